//! The language as a list and as a page, from its declarations: statements, functions, signals, controls, nodes.

mod page;

pub use page::page;

use crate::STATEMENTS;
use bf_node::{Category, NodeSpec, Registry};
use bf_pattern::table::{Family, Function, Kind, Receiver, functions};
use bf_pattern::{CONTROLS, Control};

/// A word of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, in `snake_case`.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// The group of its kind that it belongs to; empty where the kind has none.
    pub group: &'static str,
    /// How it is called.
    pub form: String,
    /// Its other names.
    pub names: Vec<String>,
    /// What it does.
    pub help: String,
    /// An example: an expression, or for statements and nodes a statement.
    pub example: String,
}

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// Says what is to be heard.
    Statement,
    /// Makes a pattern, of another or of none.
    Function,
    /// A continuous pattern.
    Signal,
    /// Sets something of each note.
    Control,
    /// A unit of sound, for instruments and beside the tracks.
    Node,
}

impl EntryKind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            EntryKind::Statement => "statement",
            EntryKind::Function => "function",
            EntryKind::Signal => "signal",
            EntryKind::Control => "control",
            EntryKind::Node => "node",
        }
    }
}

/// Every word, kind by kind.
pub fn entries(registry: &Registry) -> Vec<Entry> {
    let mut all: Vec<Entry> = STATEMENTS.iter().map(|(name, help)| statement(name, help)).collect();
    let declared: Vec<Entry> = functions().map(function).collect();
    let (signals, others): (Vec<Entry>, Vec<Entry>) =
        declared.into_iter().partition(|entry| entry.kind == EntryKind::Signal);
    all.extend(others);
    all.extend(signals);
    all.extend(CONTROLS.iter().skip(1).map(control));
    let mut nodes: Vec<&NodeSpec> = registry.iter().collect();
    nodes.sort_by_key(|spec| (spec.category, spec.name));
    all.extend(nodes.into_iter().map(node));
    all
}

/// The word of a name, in any of its forms; of several the statement first.
pub fn entry(registry: &Registry, name: &str) -> Option<Entry> {
    entries(registry).into_iter().find(|entry| entry.name == name || entry.names.iter().any(|n| n == name))
}

fn statement(name: &str, help: &str) -> Entry {
    let (form, help) =
        help.split_once("): ").map_or((name.to_owned(), help), |(form, help)| (format!("{form})"), help));
    let mut letters = help.chars();
    let help = letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default();
    let example = EXAMPLES.iter().find(|(of, _)| *of == name).map_or("", |(_, example)| example);
    Entry {
        name: name.to_owned(),
        kind: EntryKind::Statement,
        group: "",
        form,
        names: camel(name).into_iter().collect(),
        help,
        example: example.to_owned(),
    }
}

/// The other spelling of a statement, where it has one.
fn camel(name: &str) -> Option<String> {
    let mut parts = name.split('_');
    let first = parts.next()?.to_owned();
    let camel = parts.fold(first, |camel, part| format!("{camel}{}{}", part[..1].to_uppercase(), &part[1..]));
    (camel != name).then_some(camel)
}

fn function(f: &Function) -> Entry {
    let params: Vec<String> = f
        .params
        .iter()
        .map(|p| {
            let many = matches!(p.kind, Kind::Patterns | Kind::Transforms | Kind::Weighted);
            format!("{}{}{}", p.name, if many { ", …" } else { "" }, if p.optional { "?" } else { "" })
        })
        .collect();
    let params = params.join(", ");
    let is_signal = f.family == Family::Value && f.receiver == Receiver::Nothing;
    let form = match f.receiver {
        _ if is_signal => f.name.to_owned(),
        Receiver::Pattern => format!("p.{}({params})", f.name),
        Receiver::Nothing | Receiver::Either => format!("{}({params})", f.name),
    };
    Entry {
        name: f.name.to_owned(),
        kind: if is_signal { EntryKind::Signal } else { EntryKind::Function },
        group: if is_signal { "" } else { family(f.family) },
        form,
        names: f.names().filter(|name| name != f.name).collect(),
        help: f.doc.to_owned(),
        example: f.example.to_owned(),
    }
}

/// The title of a family.
fn family(family: Family) -> &'static str {
    match family {
        Family::Combine => "Several patterns as one",
        Family::Time => "Time",
        Family::Structure => "Onsets, and picking",
        Family::Conditional => "Now and then",
        Family::Layer => "Copies over copies",
        Family::Random => "Chance",
        Family::Value => "Values",
        Family::Operator => "Operators",
        Family::Sample => "Samples",
        Family::Tonal => "Scales and chords",
    }
}

/// The title of a category.
fn category(category: Category) -> &'static str {
    match category {
        Category::Source => "Sources",
        Category::Drum => "Drums",
        Category::Sampler => "Samplers",
        Category::Filter => "Filters",
        Category::Modulation => "Modulation",
        Category::Shaper => "Shapers",
        Category::Delay => "Delays",
        Category::Reverb => "Reverbs",
        Category::Dynamics => "Dynamics",
        Category::Sequencer => "Sequencers",
        Category::Mix => "Mixing",
        Category::Control => "Control",
        Category::Analysis => "Analysis",
        Category::Edge => "In and out",
        Category::Utility => "Others",
    }
}

fn control(c: &Control) -> Entry {
    let value = VALUES.iter().find(|(name, _)| *name == c.name).map_or("0.5", |(_, value)| value);
    let example = match c.name {
        "s" => "s(\"bd sd\")".to_owned(),
        "note" => "note(\"c3 e3\")".to_owned(),
        "n" => "n(\"0 2\").s(\"hh\")".to_owned(),
        name => format!("s(\"bd sd\").{name}({value})"),
    };
    Entry {
        name: c.name.to_owned(),
        kind: EntryKind::Control,
        group: "",
        form: format!("p.{}(value)", c.name),
        names: c.aliases.iter().map(|name| (*name).to_owned()).collect(),
        help: c.doc.to_owned(),
        example,
    }
}

fn node(spec: &NodeSpec) -> Entry {
    let params: Vec<&str> = spec.params.iter().filter(|p| !p.is_setting()).map(|p| p.name).collect();
    let call = format!("{}()", spec.name);
    let is_effect = spec.inputs.first().is_some_and(|port| port.kind == bf_node::Kind::Signal);
    let graph = if is_effect { format!("saw(110) >> {call}") } else { call };
    Entry {
        name: spec.name.to_owned(),
        kind: EntryKind::Node,
        group: category(spec.category),
        form: format!("{}({})", spec.name, params.join(", ")),
        names: Vec::new(),
        help: spec.summary().to_owned(),
        example: format!("node(\"x\", {graph});"),
    }
}

/// Values of controls that are not 0.5.
const VALUES: &[(&str, &str)] = &[
    ("bank", "\"forge\""),
    ("inst", "\"keys\""),
    ("freq", "440"),
    ("octave", "3"),
    ("unison", "3"),
    ("orbit", "2"),
    ("adsr", "\"0.01:0.1:0.5:0.2\""),
    ("cutoff", "\"<400 2000>\""),
    ("hcutoff", "300"),
    ("bandf", "800"),
    ("ftype", "\"ladder\""),
    ("vowel", "\"<a e>\""),
    ("crush", "6"),
    ("coarse", "8"),
    ("distorttype", "\"soft\""),
    ("compressor", "-20"),
    ("phaser", "2"),
    ("tremolo", "4"),
    ("vib", "5"),
    ("roomlp", "4000"),
    ("duck", "2"),
    ("speed", "\"1 -1\""),
    ("unit", "\"c\""),
    ("looped", "1"),
    ("cut", "1"),
    ("chord", "\"Am7\""),
    ("scale_name", "\"c:minor\""),
    ("anchor", "\"c5\""),
    ("mode", "\"below\""),
    ("dictionary", "\"open\""),
    ("offset", "1"),
    ("midichan", "10"),
    ("ccn", "74"),
    ("color", "\"red\""),
    ("channels", "\"3:4\""),
];

/// An example of each statement.
const EXAMPLES: &[(&str, &str)] = &[
    ("track", "track(\"drums\", s(\"bd*4, ~ cp\"));"),
    ("d1", "d1(s(\"hh*8\")); _d2(s(\"cp\"));"),
    ("tempo", "tempo(124);"),
    ("cps", "cps(0.5);"),
    ("signature", "signature(3);"),
    ("seed", "seed(7);"),
    ("instrument", "instrument(\"soft\", |v| saw(v.freq) >> svf(v.cutoff) >> gain(adsr(v.gate)));"),
    ("node", "node(\"verb\", plate(#{ decay: 2 }));"),
    ("cable", "track(\"drums\", s(\"bd*4\")); node(\"verb\", plate()); cable(\"drums\", \"verb\");"),
    ("scene", "scene(\"drop\", || { track(\"drums\", s(\"bd*8\")); });"),
    ("launch", "scene(\"drop\", || d1(s(\"bd*8\"))); launch(\"drop\");"),
    ("at", "at(16, || { track(\"drums\", s(\"bd*8\")); });"),
    ("at_beat", "at_beat(64, || tempo(140));"),
    ("after", "after(8, || { mute(\"drums\"); }); track(\"drums\", s(\"bd*4\"));"),
    ("osc_out", "osc_out(\"127.0.0.1:57120\", s(\"bd*4\"));"),
    ("midi_out", "midi_out(\"synth\", 10, note(\"c2*4\"));"),
    ("macro", "macro(\"brightness\", 800, 200, 4000);"),
    ("sample", "node(\"loop\", sample(\"loop.wav\"));"),
    ("samples", "samples(\"sounds\");"),
    ("hush", "hush();"),
    ("solo", "track(\"drums\", s(\"bd*4\")); solo(\"drums\");"),
    ("mute", "track(\"drums\", s(\"bd*4\")); mute(\"drums\");"),
    ("all", "all(|p| p.fast(2)); d1(s(\"bd\"));"),
    ("once", "once(s(\"cr\"));"),
    ("xfade_in", "xfade_in(\"drums\", 4, s(\"bd*8\"));"),
    ("jump_in", "jump_in(\"drums\", 2, s(\"bd*8\"));"),
    ("mini", "d1(mini(\"bd sd\").s());"),
];
