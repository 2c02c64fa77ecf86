//! What could stand at the cursor.

use super::banks::Banks;
use super::check::Declared;
use super::text::lines_of;
use crate::language::scan::{Call, Here, declared, here};
use crate::language::{Sort, Words, param};
use bf_node::ParamKind;
use bf_pattern::scale::SCALES;
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, MarkupContent, MarkupKind, TextEdit,
};
use std::collections::BTreeSet;
use std::ops::Range;

/// A text with what is known of its set.
pub(crate) struct Around<'a> {
    pub(crate) words: &'a Words,
    pub(crate) text: &'a str,
    pub(crate) banks: Banks<'a>,
    /// The names of its last good evaluation.
    pub(crate) declared: &'a Declared,
}

impl Around<'_> {
    /// Everything that fits at a byte. The editor drops what does not begin as the word does.
    pub(crate) fn items(&self, at: usize) -> Vec<CompletionItem> {
        match here(self.text, at) {
            Here::Nothing => Vec::new(),
            Here::Name { range, method } => self.names(&(range.start..at.max(range.start)), method),
            Here::Key { range, of } => self.keys(&range, &of),
            Here::Value { range, key, of } => {
                let inside = self.text[..range.start].ends_with(['"', '`']);
                let options = self.options(&range, &key, &of, inside);
                if options.is_empty() && !inside { self.names(&range, false) } else { options }
            }
            Here::Text { range, call } => call.map_or_else(Vec::new, |call| self.in_text(at, &range, &call)),
        }
    }

    fn item(&self, range: &Range<usize>, name: &str, kind: CompletionItemKind, detail: &str) -> CompletionItem {
        let edit = TextEdit::new(lines_of(self.text, range), name.to_owned());
        CompletionItem {
            label: name.to_owned(),
            kind: Some(kind),
            detail: (!detail.is_empty()).then(|| detail.to_owned()),
            text_edit: Some(CompletionTextEdit::Edit(edit)),
            ..CompletionItem::default()
        }
    }

    fn names(&self, range: &Range<usize>, method: bool) -> Vec<CompletionItem> {
        let fits = self.words.iter().filter(|(_, word)| !method || word.method);
        let mut items: Vec<CompletionItem> = fits
            .map(|(name, word)| {
                let kind = match word.sort {
                    Sort::Statement => CompletionItemKind::FUNCTION,
                    Sort::Function => CompletionItemKind::METHOD,
                    Sort::Control => CompletionItemKind::PROPERTY,
                    Sort::Node => CompletionItemKind::CLASS,
                    Sort::Keyword => CompletionItemKind::KEYWORD,
                };
                let mut item = self.item(range, name, kind, &word.form);
                let help = MarkupContent { kind: MarkupKind::Markdown, value: word.help.clone() };
                item.documentation = (!word.help.is_empty()).then_some(Documentation::MarkupContent(help));
                // What is its own name before an alias or another meaning.
                item.sort_text = Some(format!("{}{name}", u8::from(word.sort == Sort::Keyword)));
                item
            })
            .collect();
        if !method {
            let own = own_names(self.text);
            items.extend(own.iter().map(|name| self.item(range, name, CompletionItemKind::VARIABLE, "of this script")));
        }
        items
    }

    fn keys(&self, range: &Range<usize>, of: &str) -> Vec<CompletionItem> {
        let Some(spec) = self.words.node(of) else { return Vec::new() };
        let params = spec.params.iter().map(|p| (p.name, param(p)));
        let inputs = spec.inputs.iter().map(|p| (p.name, p.help.to_owned()));
        params.chain(inputs).map(|(name, help)| self.item(range, name, CompletionItemKind::FIELD, &help)).collect()
    }

    /// The options of a choice.
    fn options(&self, range: &Range<usize>, key: &str, of: &str, inside: bool) -> Vec<CompletionItem> {
        let param = self.words.node(of).and_then(|spec| spec.params.iter().find(|p| p.name == key));
        let Some(ParamKind::Choice { options, .. }) = param.map(|p| p.kind) else { return Vec::new() };
        let shown = |option: &&str| if inside { (*option).to_owned() } else { format!("\"{option}\"") };
        options.iter().map(|o| self.item(range, &shown(o), CompletionItemKind::ENUM_MEMBER, "")).collect()
    }

    fn in_text(&self, at: usize, range: &Range<usize>, call: &Call) -> Vec<CompletionItem> {
        let inner = &self.text[range.start..at];
        // Names of tracks and scales have spaces; those of sounds end where mini-notation goes on.
        let whole = range.start..at;
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let start = inner.rfind(|c| !part(c)).map_or(0, |i| i + inner[i..].chars().next().map_or(1, char::len_utf8));
        let word = range.start + start..at;
        match call.name.as_str() {
            // Behind a colon stands a number.
            "s" | "sound" | "inst" if !inner[..start].ends_with(':') => self.sounds(&word, call.name != "inst"),
            "bank" => {
                let banks = self.banks.all();
                let item = |bank: &str| self.item(&word, bank, CompletionItemKind::MODULE, "bank");
                banks.iter().map(|(_, bank)| item(&bank.name)).collect()
            }
            "scale" => {
                let from = range.start + inner.find(':').map_or(start, |i| i + 1);
                let scales = SCALES.iter().map(|scale| scale.name().replace(' ', "_"));
                scales.map(|name| self.item(&(from..at), &name, CompletionItemKind::VALUE, "scale")).collect()
            }
            "track" | "solo" | "mute" | "xfade_in" | "jump_in" if call.nth == 0 && !call.method => {
                self.declared(&whole, &["track"], &self.declared.tracks, "track")
            }
            "track" if call.method => self.declared(&whole, &["track"], &self.declared.tracks, "track"),
            "cable" => {
                let mut items = self.declared(&whole, &["track"], &self.declared.tracks, "track");
                items.extend(self.declared(&whole, &["node"], &self.declared.nodes, "node"));
                items
            }
            "instrument" => self.declared(&whole, &["instrument"], &self.declared.instruments, "instrument"),
            "scene" => self.declared(&whole, &["scene"], &self.declared.scenes, "scene"),
            _ => Vec::new(),
        }
    }

    /// Instruments first, as `s` finds them.
    fn sounds(&self, range: &Range<usize>, samples: bool) -> Vec<CompletionItem> {
        let mut items = self.declared(range, &["instrument"], &self.declared.instruments, "instrument");
        if samples {
            let banks = self.banks.all();
            let names: BTreeSet<&String> = banks.iter().flat_map(|(_, bank)| bank.sounds.keys()).collect();
            items.extend(names.iter().map(|name| {
                let having = banks.iter().filter(|(_, b)| b.sounds.contains_key(*name)).map(|(_, b)| b.name.as_str());
                self.item(range, name, CompletionItemKind::VALUE, &having.collect::<Vec<_>>().join(", "))
            }));
        }
        items
    }

    /// Names that this text or its last good evaluation gives.
    fn declared(&self, range: &Range<usize>, calls: &[&str], last: &[String], what: &str) -> Vec<CompletionItem> {
        let now = declared(self.text, calls).into_iter().filter(|_| !range.is_empty() || !calls.is_empty());
        let names: BTreeSet<&str> = now.chain(last.iter().map(String::as_str)).collect();
        let typed = &self.text[range.clone()];
        let others = names.into_iter().filter(|name| *name != typed);
        others.map(|name| self.item(range, name, CompletionItemKind::REFERENCE, what)).collect()
    }
}

/// What a script names with `let`, `const` and `fn`.
fn own_names(text: &str) -> BTreeSet<&str> {
    let tokens = crate::language::scan::tokens(text);
    let pairs = tokens.windows(2).filter(|w| matches!(&text[w[0].range.clone()], "let" | "const" | "fn"));
    pairs.map(|w| &text[w[1].range.clone()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Vec<String> {
        let words = Words::new(bf_session::registry());
        let declared = Declared { instruments: vec!["acid".into()], ..Declared::default() };
        let at = text.find('|').unwrap();
        let text = text.replacen('|', "", 1);
        let around = Around {
            words: &words,
            text: &text,
            banks: Banks::Of(std::path::Path::new("/nowhere")),
            declared: &declared,
        };
        around.items(at).into_iter().map(|item| item.label).collect()
    }

    fn has(text: &str, name: &str) -> bool {
        at(text).iter().any(|n| n == name)
    }

    #[test]
    fn every_position_has_its_names() {
        assert!(has("s(\"bd\").pal|", "palindrome") && has("s(\"bd\").|", "cutoff") && !has("s(\"bd\").|", "tempo"));
        assert!(has("te|", "tempo") && has("sa|", "saw") && has("let mine = 1;\nmi|", "mine") && has("|", "let"));
        assert!(has("s(\"bd | sd\")".replacen("| ", "|", 1).as_str(), "hh"));
        assert!(has("s(\"bd a|\")", "acid") && !has("inst(\"|\")", "bd") && has("inst(\"|\")", "acid"));
        assert!(!has("s(\"bd:|\")", "bd") && has("p.bank(\"|\")", "forge"));
        assert!(has("plate(#{ |", "decay") && has("p.scale(\"c2:mi|\")", "minor"));
        assert!(has("track(\"drums\", s(\"bd\"));\nmute(\"|\")", "drums"));
        assert!(at("// te|").is_empty() && at("note(\"|\")").is_empty());
    }

    #[test]
    fn the_options_of_a_choice_are_offered() {
        let registry = bf_session::registry();
        let choice = |p: &&bf_node::ParamSpec| matches!(p.kind, ParamKind::Choice { .. });
        let (spec, param) = registry.iter().find_map(|s| Some((s, s.params.iter().find(choice)?))).unwrap();
        let ParamKind::Choice { options, .. } = param.kind else { panic!() };
        assert_eq!(at(&format!("{}(#{{ {}: \"|\" }})", spec.name, param.name)), options);
        assert!(at(&format!("{}(#{{ {}: | }})", spec.name, param.name)).contains(&format!("\"{}\"", options[0])));
    }
}
