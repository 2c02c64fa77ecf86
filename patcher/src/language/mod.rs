//! The language as those who write it need it: every name with its form and help, from the declarations.

pub(crate) mod scan;

use bf_node::{Kind, NodeSpec, ParamKind, ParamSpec, Registry};
use bf_pattern::table::{self, Function, Receiver};
use bf_pattern::{CONTROLS, Control};
use bf_session::script::STATEMENTS;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// Words of Rhai that scripts use.
const KEYWORDS: &[&str] = &[
    "let", "const", "fn", "if", "else", "for", "in", "while", "loop", "break", "continue", "return", "import", "as",
    "switch", "true", "false",
];

/// What a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    Statement,
    Function,
    Control,
    Node,
    Keyword,
}

impl Sort {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Sort::Statement => "statement",
            Sort::Function => "pattern function",
            Sort::Control => "control",
            Sort::Node => "node",
            Sort::Keyword => "word of Rhai",
        }
    }
}

/// A meaning of a name.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) sort: Sort,
    /// How it is written.
    pub(crate) form: String,
    /// What each argument is, where that is declared.
    pub(crate) params: Vec<String>,
    /// One sentence or a few.
    pub(crate) short: String,
    /// All that is known, in Markdown, without the form.
    pub(crate) help: String,
    /// Whether it follows a dot.
    pub(crate) method: bool,
}

/// Every name of the language.
pub(crate) struct Words {
    registry: Arc<Registry>,
    all: BTreeMap<String, Vec<Word>>,
}

impl Words {
    pub(crate) fn new(registry: Arc<Registry>) -> Words {
        let mut words = Words { all: BTreeMap::new(), registry: Arc::clone(&registry) };
        for (name, forms) in STATEMENTS {
            words.statement(name, forms);
        }
        for function in table::functions() {
            let word = of_function(function);
            function.names().for_each(|name| words.add(name, word.clone()));
        }
        // The first is what a plain value is called, which nobody writes.
        for control in CONTROLS.iter().skip(1) {
            let word = of_control(control);
            [&control.name].into_iter().chain(control.aliases).for_each(|name| words.add(*name, word.clone()));
        }
        for spec in registry.iter() {
            words.add(spec.name, of_node(spec));
        }
        for word in KEYWORDS {
            let (short, params) = (String::new(), Vec::new());
            let form = (*word).to_owned();
            words.add(*word, Word { sort: Sort::Keyword, form, params, short, help: String::new(), method: false });
        }
        words
    }

    fn add(&mut self, name: impl Into<String>, word: Word) {
        self.all.entry(name.into()).or_default().push(word);
    }

    fn statement(&mut self, name: &str, forms: &str) {
        let mut word = Word {
            sort: Sort::Statement,
            form: format!("{name}(…)"),
            params: Vec::new(),
            short: forms.to_owned(),
            help: forms.to_owned(),
            method: name == "track" || name == "d1",
        };
        if name != "d1" {
            return self.add(name, word);
        }
        for number in 1..=16 {
            word.form = format!("d{number}(p)");
            self.add(format!("d{number}"), word.clone());
        }
    }

    /// What a name means; several things, as a control and a node.
    pub(crate) fn find(&self, name: &str) -> &[Word] {
        let bare = name.strip_prefix('_').filter(|bare| *bare == "track" || bare.starts_with('d'));
        self.all.get(name).or_else(|| self.all.get(bare?)).map_or(&[], Vec::as_slice)
    }

    /// Every name with what it means.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Word)> {
        self.all.iter().flat_map(|(name, words)| words.iter().map(move |word| (name.as_str(), word)))
    }

    /// The node type of a name.
    pub(crate) fn node(&self, name: &str) -> Option<&'static NodeSpec> {
        self.registry.get(name)
    }

    /// Help on a name in Markdown; none where it is no name of the language.
    pub(crate) fn page(&self, name: &str) -> Option<String> {
        let pages: Vec<String> = self.find(name).iter().filter(|w| w.sort != Sort::Keyword).map(Word::page).collect();
        (!pages.is_empty()).then(|| pages.join("\n\n---\n\n"))
    }

    /// The name that is nearest to one that is not known.
    pub(crate) fn near(&self, name: &str) -> Option<&str> {
        bf_node::registry::nearest(name, self.all.keys().map(String::as_str))
    }
}

impl Word {
    fn page(&self) -> String {
        format!("```rhai\n{}\n```\n*{}*\n\n{}", self.form, self.sort.words(), self.help)
    }
}

fn of_function(f: &Function) -> Word {
    let params: Vec<String> = f.params.iter().map(|p| format!("{}: {}", p.name, p.kind.words())).collect();
    let names: Vec<&str> = f.params.iter().map(|p| p.name).collect();
    let (needed, further): (Vec<_>, Vec<_>) = f.params.iter().partition(|p| !p.optional);
    let shown = |list: Vec<&table::Param>| list.iter().map(|p| p.name).collect::<Vec<_>>().join(", ");
    let list = match (needed.is_empty(), further.is_empty()) {
        (_, true) => names.join(", "),
        (true, false) => format!("[{}]", shown(further)),
        (false, false) => format!("{}[, {}]", shown(needed), shown(further)),
    };
    let form = match f.receiver {
        Receiver::Nothing if list.is_empty() => f.name.to_owned(),
        Receiver::Nothing | Receiver::Either => format!("{}({list})", f.name),
        Receiver::Pattern => format!("p.{}({list})", f.name),
    };
    let mut help = format!("{}\n\n", f.doc);
    f.params.iter().for_each(|p| _ = writeln!(help, "- `{}`: {}", p.name, p.kind.words()));
    _ = write!(help, "\n```rhai\n{}\n```", f.example);
    also(&mut help, f.aliases);
    let method = f.receiver != Receiver::Nothing;
    Word { sort: Sort::Function, form, params, short: f.doc.to_owned(), help, method }
}

fn of_control(c: &Control) -> Word {
    let mut help = c.doc.to_owned();
    if !c.tail.is_empty() {
        _ = write!(help, "\n\nFurther values, as in `a:b`, set `{}`.", c.tail.join("`, `"));
    }
    also(&mut help, c.aliases);
    let form = if matches!(c.name, "s" | "n" | "note") {
        format!("{}(value)", c.name)
    } else {
        format!("p.{}(value)", c.name)
    };
    let params = vec!["value: a value or a pattern".to_owned()];
    Word { sort: Sort::Control, form, params, short: c.doc.to_owned(), help, method: true }
}

fn also(help: &mut String, aliases: &[&str]) {
    if !aliases.is_empty() {
        _ = write!(help, "\n\nAlso `{}`.", aliases.join("`, `"));
    }
}

fn of_node(s: &NodeSpec) -> Word {
    // The example of the help is a patch file, which does not help in a script.
    let text = s.help.split("```").next().unwrap_or_default();
    let mut help = text.lines().map(|l| l.strip_prefix(' ').unwrap_or(l)).collect::<Vec<_>>().join("\n");
    help = help.trim().to_owned();
    if !s.inputs.is_empty() || !s.params.is_empty() {
        help.push_str("\n\n");
    }
    for port in s.inputs {
        let kind = if port.kind == Kind::Event { "events" } else { "signal" };
        _ = writeln!(help, "- `{}` ({kind}): {}", port.name, port.help);
    }
    s.params.iter().for_each(|p| _ = writeln!(help, "- `{}`: {}", p.name, param(p)));
    let form = match s.params.first() {
        Some(first) => format!("{}(#{{ {}: … }})", s.name, first.name),
        None => format!("{}()", s.name),
    };
    Word {
        sort: Sort::Node,
        form,
        params: Vec::new(),
        short: s.summary().to_owned(),
        help: help.trim_end().to_owned(),
        method: false,
    }
}

/// A param in one line: what it does, its range and where it stands.
pub(crate) fn param(p: &ParamSpec) -> String {
    let range = match p.kind {
        ParamKind::Number { default, min, max, unit, .. } => {
            let (unit, space) = (unit.symbol(), if unit.symbol().is_empty() { "" } else { " " });
            format!("{min} to {max}{space}{unit}, else {default}")
        }
        ParamKind::Integer { default, min, max } => format!("whole, {min} to {max}, else {default}"),
        ParamKind::Switch { default } => format!("true or false, else {default}"),
        ParamKind::Choice { default, options } => format!("{}, else \"{}\"", quoted(options), options[default]),
        ParamKind::Setting { default, .. } => format!("a setting, else {default:?}"),
    };
    format!("{} ({range})", p.help.trim_end_matches('.'))
}

fn quoted(options: &[&str]) -> String {
    options.iter().map(|option| format!("\"{option}\"")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words::new(bf_session::registry())
    }

    #[test]
    fn every_name_of_the_language_has_help() {
        let words = words();
        for name in ["fast", "everyNth", "cutoff", "lpf", "saw", "track", "d7", "_d7", "_track", "scene", "fastGap"] {
            let known = words.page(name);
            assert!(known.is_some() || name == "everyNth", "{name}");
        }
        for (name, word) in words.iter().filter(|(_, word)| word.sort != Sort::Keyword) {
            assert!(!word.short.is_empty() && !word.help.is_empty(), "{name}");
        }
        assert_eq!(words.near("palindrom"), Some("palindrome"));
    }

    #[test]
    fn a_name_with_two_meanings_shows_both() {
        let page = words().page("gain").unwrap();
        assert!(page.contains("*control*") && page.contains("*node*"), "{page}");
    }
}
