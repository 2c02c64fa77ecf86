//! What the user has settled: sound, MIDI, OSC, folders, looks, keys. A file that is broken changes nothing and is kept.

use crate::cli::playing::BLOCK;
use crate::ui::command::KeyMap;
use crate::ui::theme::{Accent, Theme};
use bf_session::remote::Quant;
use std::fmt::Write;
use std::path::PathBuf;
use toml_edit::{Document, Item, TableLike};

/// The file.
pub(crate) const FILE: &str = "settings.toml";

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub theme: Theme,
    pub accent: Accent,
    /// How large everything is, 0.5 to 3.
    pub scale: f32,
    pub keys: KeyMap,
    /// When what is evaluated is heard, where it was chosen.
    pub quant: Option<Quant>,
    /// auto, cpal, jack or null.
    pub backend: String,
    pub device: String,
    pub rate: Option<u32>,
    pub buffer: Option<u32>,
    /// Frames of the engine's block.
    pub block: usize,
    /// Channels that are played and that are recorded.
    pub outputs: Option<usize>,
    pub inputs: usize,
    pub midi_in: Vec<String>,
    pub midi_out: Vec<String>,
    /// 0: the usual one.
    pub osc_port: u16,
    pub osc_to: Vec<String>,
    pub samples: Vec<PathBuf>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            theme: Theme::default(),
            accent: Accent::default(),
            scale: 1.0,
            keys: KeyMap::default(),
            quant: None,
            backend: "auto".to_owned(),
            device: String::new(),
            rate: None,
            buffer: None,
            block: BLOCK,
            outputs: None,
            inputs: 0,
            midi_in: Vec::new(),
            midi_out: Vec::new(),
            osc_port: 0,
            osc_to: Vec::new(),
            samples: Vec::new(),
        }
    }
}

/// Reads values and remembers what is wrong with them.
struct Reading<'a> {
    text: &'a str,
    wrong: Vec<String>,
}

impl Reading<'_> {
    fn line(&self, item: &Item) -> usize {
        let at = item.span().map_or(0, |span| span.start).min(self.text.len());
        self.text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1
    }

    /// The value of a name, where it is there and right.
    fn get<T>(
        &mut self,
        table: &dyn TableLike,
        name: &str,
        expected: &str,
        read: impl Fn(&Item) -> Option<T>,
    ) -> Option<T> {
        let item = table.get(name)?;
        let value = read(item);
        if value.is_none() {
            self.wrong.push(format!("line {}: `{name}` is {expected}", self.line(item)));
        }
        value
    }
}

fn whole<T: TryFrom<i64>>(item: &Item) -> Option<T> {
    item.as_integer().and_then(|n| T::try_from(n).ok())
}

fn texts(item: &Item) -> Option<Vec<String>> {
    item.as_array()?.iter().map(|value| value.as_str().map(str::to_owned)).collect()
}

fn one_of<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str) -> impl Fn(&Item) -> Option<T> {
    move |item| all.iter().copied().find(|one| item.as_str() == Some(name(*one)))
}

impl Settings {
    /// What a file says; what is wrong in it is as by default, and told.
    pub(crate) fn parse(text: &str) -> (Settings, Vec<String>) {
        let mut settings = Settings::default();
        let document = match Document::parse(text) {
            Ok(document) => document,
            Err(e) => {
                let at = e.span().map_or(0, |span| span.start).min(text.len());
                let line = text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
                return (settings, vec![format!("line {line}: {}", e.message())]);
            }
        };
        let mut reading = Reading { text, wrong: Vec::new() };
        let table = document.as_table();
        let r = &mut reading;
        let mut set = |value: Option<f32>| settings.scale = value.unwrap_or(settings.scale);
        let number = |item: &Item| item.as_float().or(item.as_integer().map(|n| n as f64));
        set(r.get(table, "scale", "a number from 0.5 to 3", |item| {
            number(item).filter(|n| (0.5..=3.0).contains(n)).map(|n| n as f32)
        }));
        let themes = one_of(&Theme::ALL, Theme::name);
        if let Some(theme) = r.get(table, "theme", "dark, light or high contrast", themes) {
            settings.theme = theme;
        }
        let accents = one_of(&Accent::ALL, Accent::name);
        if let Some(accent) = r.get(table, "accent", "purple, cyan or orange", accents) {
            settings.accent = accent;
        }
        if let Some(keys) =
            r.get(table, "keys", "beatforge, ableton-like or max-like", one_of(&KeyMap::ALL, KeyMap::name))
        {
            settings.keys = keys;
        }
        let quants = |item: &Item| {
            let cycles = item.as_integer().map(|n| n.to_string());
            item.as_str().or(cycles.as_deref()).and_then(|text| text.parse().ok())
        };
        settings.quant = r.get(table, "quant", "now, beat, cycle, or a number of cycles from 1 to 1024", quants);
        let text_of = |item: &Item| item.as_str().map(str::to_owned);
        let backends = ["auto", "cpal", "jack", "null"];
        if let Some(backend) = r.get(table, "backend", "auto, cpal, jack or null", |item| {
            text_of(item).filter(|name| backends.contains(&name.as_str()))
        }) {
            settings.backend = backend;
        }
        if let Some(device) = r.get(table, "device", "the name of a device", text_of) {
            settings.device = device;
        }
        let rates = |item: &Item| whole(item).filter(|n: &u32| (8_000..=384_000).contains(n));
        settings.rate = r.get(table, "rate", "a whole number from 8000 to 384000", rates);
        let buffers = |item: &Item| whole(item).filter(|n: &u32| (16..=16_384).contains(n));
        settings.buffer = r.get(table, "buffer", "a whole number from 16 to 16384", buffers);
        let blocks = |item: &Item| whole(item).filter(|n: &usize| (16..=1024).contains(n) && n.is_multiple_of(16));
        settings.block = r.get(table, "block", "a multiple of 16 from 16 to 1024", blocks).unwrap_or(BLOCK);
        let outputs = |item: &Item| whole(item).filter(|n: &usize| (1..=64).contains(n));
        settings.outputs = r.get(table, "outputs", "a whole number from 1 to 64", outputs);
        let inputs = |item: &Item| whole(item).filter(|n: &usize| *n <= 64);
        settings.inputs = r.get(table, "inputs", "a whole number from 0 to 64", inputs).unwrap_or(0);
        settings.osc_port = r.get(table, "osc_port", "a port from 0 to 65535", whole).unwrap_or(0);
        let mut lists = |name: &str| r.get(table, name, "a list of texts", texts).unwrap_or_default();
        settings.midi_in = lists("midi_in");
        settings.midi_out = lists("midi_out");
        settings.osc_to = lists("osc_to");
        settings.samples = lists("samples").into_iter().map(PathBuf::from).collect();
        (settings, reading.wrong)
    }

    /// As it stands in a file.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("# BeatForge: written by the settings window; may be edited by hand.\n");
        let quoted = |text: &str| toml_edit::value(text).to_string().trim().to_owned();
        let list = |all: &[String]| format!("[{}]", all.iter().map(|t| quoted(t)).collect::<Vec<_>>().join(", "));
        let samples: Vec<String> = self.samples.iter().map(|path| path.display().to_string()).collect();
        let mut line = |name: &str, value: String| _ = writeln!(text, "{name} = {value}");
        line("theme", quoted(self.theme.name()));
        line("accent", quoted(self.accent.name()));
        line("scale", format!("{:.2}", self.scale));
        line("keys", quoted(self.keys.name()));
        if let Some(quant) = self.quant {
            line("quant", quoted(&quant.to_string()));
        }
        line("backend", quoted(&self.backend));
        line("device", quoted(&self.device));
        if let Some(rate) = self.rate {
            line("rate", rate.to_string());
        }
        if let Some(buffer) = self.buffer {
            line("buffer", buffer.to_string());
        }
        line("block", self.block.to_string());
        if let Some(outputs) = self.outputs {
            line("outputs", outputs.to_string());
        }
        line("inputs", self.inputs.to_string());
        line("midi_in", list(&self.midi_in));
        line("midi_out", list(&self.midi_out));
        line("osc_port", self.osc_port.to_string());
        line("osc_to", list(&self.osc_to));
        line("samples", list(&samples));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let settings = Settings {
            theme: Theme::Contrast,
            accent: Accent::Orange,
            scale: 1.5,
            keys: KeyMap::Max,
            quant: Some(Quant::Cycles(4)),
            backend: "jack".to_owned(),
            device: "Scarlett \"2i2\"".to_owned(),
            rate: Some(96_000),
            buffer: Some(128),
            block: 128,
            outputs: Some(4),
            inputs: 2,
            midi_in: vec!["Launchpad".to_owned(), "Keys".to_owned()],
            midi_out: vec!["Volca".to_owned()],
            osc_port: 9_100,
            osc_to: vec!["192.168.1.20:9001".to_owned()],
            samples: vec![PathBuf::from("/sounds/one"), PathBuf::from("/sounds/two")],
        };
        assert_eq!(Settings::parse(&settings.text()), (settings, Vec::new()));
        assert_eq!(Settings::parse(&Settings::default().text()), (Settings::default(), Vec::new()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_the_rest_counts() {
        let (settings, wrong) = Settings::parse("scale = 40\ntheme = \"light\"\n\nrate = \"fast\"\nunknown = 1\n");
        assert_eq!((settings.theme, settings.scale, settings.rate), (Theme::Light, 1.0, None));
        assert!(wrong[0].starts_with("line 1: `scale`") && wrong[1].starts_with("line 4: `rate`"), "{wrong:?}");
        let (settings, wrong) = Settings::parse("quant = 2\n");
        assert_eq!((settings.quant, wrong.len()), (Some(Quant::Cycles(2)), 0));
        let (settings, wrong) = Settings::parse("quant = \"soon\"\n");
        assert!(settings.quant.is_none() && wrong[0].starts_with("line 1: `quant`"), "{wrong:?}");
        let (settings, wrong) = Settings::parse("theme = \"light\"\n= broken\n");
        assert_eq!(settings, Settings::default());
        assert!(wrong[0].starts_with("line 2:"), "{wrong:?}");
    }
}
