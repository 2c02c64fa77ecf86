//! The messages below: found by words, cleared, copied, and a click leads to the place that one speaks of.

use super::around::Around;
use crate::ui::link::{Line, Shown};
use crate::ui::search::score;
use crate::ui::theme::Paints;
use bf_patch::Name;
use bf_session::Severity;
use egui::{Button, RichText, ScrollArea, Ui};

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub file: String,
    /// From 1 on.
    pub line: usize,
    pub column: usize,
}

impl Spot {
    /// Reads `file:line:column`.
    fn parse(text: &str) -> Option<Spot> {
        let (rest, column) = text.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        Some(Spot { file: file.to_owned(), line: line.parse().ok()?, column: column.parse().ok()? })
    }

    pub(crate) fn is_script(&self) -> bool {
        self.file.ends_with(".rhai")
    }

    /// Whether the window can show it: a script, or the set's own file.
    fn can_be_shown(&self, around: &Around) -> bool {
        self.is_script() || around.root.join(&self.file) == around.main_file()
    }

    /// The node that a line of a patch file is about.
    pub(crate) fn node(&self, text: &str, is_node: impl Fn(&Name) -> bool) -> Option<Name> {
        let lines: Vec<&str> = text.lines().take(self.line).collect();
        for line in lines.iter().rev().map(|line| line.trim()) {
            if let Some(table) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                // A node may be a table of its own: `[nodes.lead]`.
                let node = table.split('.').nth(1)?.trim_matches('"');
                return Name::parse(node).ok().filter(is_node);
            }
            // What goes on over several lines belongs to the last that begins with a node.
            let key = line.split_once('=').map_or("", |(key, _)| key.trim().trim_matches('"'));
            let node = key.split('.').next().and_then(|key| Name::parse(key).ok());
            if let Some(name) = node.filter(&is_node) {
                return Some(name);
            }
        }
        None
    }
}

#[derive(Default)]
pub(crate) struct Messages {
    filter: String,
    errors_only: bool,
    /// How many had been said when they were cleared.
    cleared: u64,
    /// The wave of what is heard stands beside them.
    pub scope: bool,
}

impl Messages {
    /// Draws them, what the window itself has said above the others; the place that was clicked.
    pub(crate) fn ui(
        &mut self,
        ui: &mut Ui,
        said: &mut Option<String>,
        shown: &Shown,
        paints: &Paints,
    ) -> Option<Spot> {
        let mut spot = None;
        let lines = self.listed(shown);
        ui.horizontal_wrapped(|ui| {
            let field = egui::TextEdit::singleline(&mut self.filter).hint_text("filter messages").desired_width(140.0);
            ui.add(field).on_hover_text("Only messages with these words");
            ui.checkbox(&mut self.errors_only, "Errors only");
            ui.checkbox(&mut self.scope, "Scope").on_hover_text("The wave of what is heard, on the right");
            if ui.button("Copy").on_hover_text("What is listed, as text").clicked() {
                let text: Vec<String> = lines.iter().map(|line| text_of(line)).collect();
                ui.ctx().copy_text(text.join("\n"));
            }
            if ui.button("Clear").on_hover_text("Away with what was said so far").clicked() {
                self.cleared = shown.said;
                *said = None;
            }
            if let Some(said) = said {
                ui.colored_label(paints.hand, said.as_str());
            }
        });
        ScrollArea::vertical().stick_to_bottom(true).auto_shrink(false).show(ui, |ui| {
            for line in &lines {
                let color = if line.severity == Severity::Error { paints.wrong } else { paints.faint };
                let text = RichText::new(text_of(line)).color(color);
                match Spot::parse(&line.place).filter(|spot| spot.can_be_shown(&shown.around)) {
                    Some(at) => {
                        if ui.add(Button::new(text).frame(false).wrap()).on_hover_text("Show the place").clicked() {
                            spot = Some(at);
                        }
                    }
                    None => _ = ui.label(text),
                }
            }
            if lines.is_empty() {
                ui.label(RichText::new("Messages appear here.").color(paints.faint));
            }
        });
        spot
    }

    fn listed<'a>(&self, shown: &'a Shown) -> Vec<&'a Line> {
        let first = shown.said.saturating_sub(shown.lines.len() as u64);
        let old = self.cleared.saturating_sub(first) as usize;
        let is_wanted = |line: &&Line| {
            (!self.errors_only || line.severity == Severity::Error)
                && (self.filter.trim().is_empty() || score(&self.filter, &text_of(line)).is_some())
        };
        shown.lines.iter().skip(old).filter(is_wanted).collect()
    }
}

fn text_of(line: &Line) -> String {
    if line.place.is_empty() { line.text.clone() } else { format!("{}  {}", line.place, line.text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_whatever_a_file_is_called() {
        let spot = |file: &str| Some(Spot { file: file.to_owned(), line: 12, column: 3 });
        assert_eq!(Spot::parse("live.rhai:12:3"), spot("live.rhai"));
        assert_eq!(Spot::parse("C:\\sets\\a.toml:12:3"), spot("C:\\sets\\a.toml"));
        assert_eq!(Spot::parse("filter/cutoff"), None);
        assert_eq!(Spot::parse(""), None);
    }

    #[test]
    fn a_line_of_a_set_is_about_a_node() {
        let text = "beatforge = 1\n[nodes]\nlead = { type = \"saw\" }\nlist = { type = \"clip\", notes = [\n  { at = 0 },\n] }\n\
            [nodes.own]\ntype = \"sine\"\n[cables]\n\"out.left\" = \"lead\"\ntempo = 1\n";
        let is_node = |name: &Name| ["lead", "list", "own", "out"].contains(&name.as_str());
        let node = |line| {
            let spot = Spot { file: "set.toml".to_owned(), line, column: 1 };
            spot.node(text, is_node).map(|name| name.to_string()).unwrap_or_default()
        };
        let found: Vec<String> = (1..=11).map(node).collect();
        assert_eq!(found, ["", "", "lead", "list", "list", "list", "own", "own", "", "out", "out"]);
    }
}
