//! A number that a hand has laid over the script's: written into the text where it stands there by itself.

use super::Code;
use super::number::{Number, number_at};
use crate::language::scan::{What, tokens};
use crate::ui::change::site_of;
use crate::ui::link::Link;
use crate::ui::shell::deck::{Found, beside, heard};
use bf_node::{Registry, Value};
use bf_patch::{Name, Socket};
use bf_session::Trial;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Numbers of the text that are tried at most.
const TRIED: usize = 48;
/// Digits that count of a value.
const DIGITS: i32 = 4;

/// What is to be written, and where it is looked for.
#[derive(Clone, Debug)]
pub(crate) struct ToWrite {
    pub root: PathBuf,
    pub registry: Arc<Registry>,
    pub file: String,
    pub text: String,
    pub target: Socket,
    pub value: f64,
    /// The line that made the node, and the file of that, where it is known.
    pub site: Option<(String, u32)>,
}

/// Where the number stands, and what is to stand there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// The text that it stands in.
    pub file: String,
    pub text: String,
    pub range: Range<usize>,
    pub put: String,
    pub target: Socket,
}

/// A number that is being looked for.
#[derive(Default)]
pub(crate) struct Writing(Option<Found<Result<Place, String>>>);

impl Code {
    /// Has a number looked for in the set's own script, which a hand has laid another one over.
    ///
    /// # Errors
    /// There is no such script.
    pub(crate) fn find_number(
        &mut self,
        link: &Link,
        writing: &mut Writing,
        (target, value): (Socket, f64),
    ) -> Result<(), String> {
        let shown = link.shown();
        self.follow(&shown);
        let file = self.own_file().ok_or("the set has no script of its own to write into")?.to_owned();
        let site = site_of(&shown.sites, &target.node).map(|site| (site.file.to_string(), site.line));
        let (root, registry, text) = (link.root.clone(), Arc::clone(&link.registry), self.text().to_owned());
        let wanted = ToWrite { root, registry, file, text, target, value, site };
        writing.0 = Some(beside(move || wanted.find()));
        Ok(())
    }

    /// Writes what was looked for, once it is found; what there is to say of it.
    pub(crate) fn write_found(&mut self, ui: &egui::Ui, link: &Link, writing: &mut Writing) -> Option<String> {
        match heard(&mut writing.0) {
            Some(Some(Ok(place))) => match self.write(link, &place) {
                Ok(said) | Err(said) => Some(said),
            },
            Some(Some(Err(why))) => Some(why),
            Some(None) => Some("looking for the number has failed".to_owned()),
            None => {
                if writing.0.is_some() {
                    ui.ctx().request_repaint_after(std::time::Duration::from_millis(16));
                }
                None
            }
        }
    }
}

impl ToWrite {
    /// Finds the one number of the text that says the value and nothing else: each that is like it is changed on trial.
    /// It takes a while.
    ///
    /// # Errors
    /// Why the value cannot be written, in the user's words.
    pub(crate) fn find(self) -> Result<Place, String> {
        let ToWrite { file, text, target, .. } = &self;
        let port = target.port.clone().unwrap_or_else(|| Name::new("value"));
        let by_hand = self.line_in_words();
        let trial = Trial::new(&self.root, &self.registry);
        let before = trial.says(file, text).map_err(|fault| {
            format!("{file}:{}: {}: mend that first, then write {target}", fault.line, fault.message)
        })?;
        let node = before.patch.nodes.get(&target.node).ok_or_else(|| {
            format!("{file} makes no node {} by itself: {target} cannot be written there{by_hand}", target.node)
        })?;
        let was = match node.params.get(&port) {
            Some(Value::Number(was)) => *was,
            Some(_) => return Err(format!("{file} says {target} as no number: change it there{by_hand}")),
            None => return Err(format!("{file} does not say {target}: add `{port}: {}` there{by_hand}", self.value)),
        };
        let mut alike: Vec<Number> = numbers(text).into_iter().filter(|number| is_near(number.value, was)).collect();
        let line = self.site.as_ref().filter(|(of, _)| of == file).map_or(0, |(_, line)| *line);
        let from = crate::lsp::text::byte_at(text, line.max(1), 1);
        // What stands behind the line that made the node comes first.
        alike.sort_by_key(|number| (number.range.start < from, number.range.start.abs_diff(from)));
        for number in alike.iter().take(TRIED) {
            let put = written(self.value, number);
            let Ok(value) = put.parse::<f64>() else { continue };
            let mut after_text = text.clone();
            after_text.replace_range(number.range.clone(), &put);
            let Ok(mut after) = trial.says(file, &after_text) else { continue };
            let Some(says) = after.patch.nodes.get_mut(&target.node).and_then(|node| node.params.get_mut(&port)) else {
                continue;
            };
            let is_it = matches!(says, Value::Number(says) if is_near(*says, value));
            *says = Value::Number(was);
            // It may say more than that: then it is not its number alone.
            if is_it && after == before {
                let (file, text, range) = (file.clone(), text.clone(), number.range.clone());
                return Ok(Place { file, text, range, put, target: self.target });
            }
        }
        Err(format!("no number of {file} says {target} and nothing else: it is worked out there{by_hand}"))
    }

    fn line_in_words(&self) -> String {
        self.site.as_ref().map_or_else(String::new, |(file, line)| format!(" ({file}:{line})"))
    }
}

/// The numbers of a script, outside of its texts.
fn numbers(text: &str) -> Vec<Number> {
    let mut found: Vec<Number> = Vec::new();
    for token in tokens(text).iter().filter(|token| token.what == What::Number) {
        if found.last().is_some_and(|last| last.range.end >= token.range.end) {
            continue;
        }
        found.extend(number_at(text, token.range.start));
    }
    found
}

fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1e-6)
}

/// A value as a number of the text would be written: with a point where that has one, and no more digits than count.
fn written(value: f64, number: &Number) -> String {
    let size = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    let digits = (DIGITS - 1 - size).clamp(0, 6) as usize;
    let text = format!("{value:.digits$}");
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    };
    let text = if text == "-0" { "0".to_owned() } else { text };
    if number.digits > 0 && !text.contains('.') { format!("{text}.0") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(text: &str, target: (&str, &str), value: f64) -> Result<String, String> {
        let root = std::env::temp_dir();
        let (registry, target) = (bf_session::registry(), Socket::new(target.0, target.1));
        let (file, text) = ("live.rhai".to_owned(), text.to_owned());
        let site = Some((file.clone(), 1));
        let Place { mut text, range, put, .. } = ToWrite { root, registry, file, text, target, value, site }.find()?;
        text.replace_range(range, &put);
        Ok(text)
    }

    #[test]
    fn a_number_is_written_where_it_stands_by_itself() {
        let text = "node(\"verb\", plate(#{ decay: 2.0, mod_rate: 2.0 }));\n// 2.0\n";
        assert_eq!(tried(text, ("verb", "decay"), 3.456_78).unwrap(), text.replacen("2.0", "3.457", 1));
        let second = "node(\"verb\", plate(#{ decay: 2.0, mod_rate: 3.0 }));\n";
        assert_eq!(tried(second, ("verb", "decay"), 4.0).unwrap(), second.replace("2.0", "4.0"));
        let two = "node(\"a\", plate(#{ decay: 2 }));\nnode(\"b\", plate(#{ decay: 2 }));\n";
        assert_eq!(
            tried(two, ("b", "decay"), 1.5).unwrap(),
            "node(\"a\", plate(#{ decay: 2 }));\nnode(\"b\", plate(#{ decay: 1.5 }));\n"
        );
        let named = "let long = 2.0;\nnode(\"verb\", plate(#{ decay: long }));\n";
        assert_eq!(tried(named, ("verb", "decay"), 5.0).unwrap(), named.replace("2.0", "5.0"));
        let knob = "macro(\"dark\", 0.25);\n";
        assert_eq!(tried(knob, ("dark", "value"), 0.5).unwrap(), knob.replace("0.25", "0.5"));
    }

    #[test]
    fn where_it_is_no_number_by_itself_it_says_why() {
        let why = |text: &str, node: &str| tried(text, (node, "decay"), 3.0).unwrap_err();
        let shared = "let long = 2.0;\nnode(\"a\", plate(#{ decay: long }));\nnode(\"b\", plate(#{ decay: long }));\n";
        assert!(why(shared, "a").contains("no number of live.rhai says a.decay and nothing else"));
        assert!(why("node(\"a\", plate(#{ decay: 1.0 + 1.0 }));\n", "a").contains("worked out"));
        assert!(why("node(\"a\", plate());\n", "a").contains("does not say a.decay: add `decay: 3`"));
        assert!(why("node(\"a\", plate(#{ decay: 2.0 }));\n", "b").contains("no node b"));
        let broken = why("node(\"a\", plate(#{ decay: 2.0 ));\n", "a");
        assert!(broken.starts_with("live.rhai:1: ") && broken.contains("mend that first"), "{broken}");
    }

    #[test]
    fn values_are_written_as_the_number_before_was() {
        let number = |text: &str| number_at(text, 0).unwrap();
        for (value, was, want) in [
            (0.731_234, "0.5", "0.7312"),
            (2.0, "3.5", "2.0"),
            (2.0, "3", "2"),
            (1_234.567, "900", "1235"),
            (-0.000_000_1, "1", "0"),
            (0.012_345, "1", "0.01235"),
        ] {
            assert_eq!(written(value, &number(was)), want);
        }
    }
}
