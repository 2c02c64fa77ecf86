//! What a track plays through, as a patch: a source, and those stages whose controls the track's notes carry.

use bf_node::{Registry, Role, Value};
use bf_patch::text::TextPatch;
use bf_patch::{Cable, Control, Name, Node, Patch, Socket};
use bf_stdlib::library::{self, LibraryPatch};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What sounds at the beginning of a chain.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// Samples, by path or name; the control `n` picks one.
    Samples(&'a [String]),
    /// An instrument: a patch with a `voice`, and the file under which the set holds it.
    Instrument {
        /// Its path as patches name it.
        file: &'a str,
        /// What the file says.
        patch: &'a Patch,
    },
}

/// The patch that a track plays.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// A polyphonic patch. Its first output is the sound; the others are the sends that are used, by their names. Its
    /// controls are those that were asked for and are known.
    pub patch: Patch,
    /// The library patches that it refers to, by the paths under which the set is to hold them.
    pub files: Vec<(String, Patch)>,
    /// Controls that neither the source nor any stage knows.
    pub unknown: Vec<String>,
}

impl Chain {
    /// The names of the sends that are used, in order.
    pub fn sends(&self) -> impl Iterator<Item = &Name> {
        self.patch.outputs.iter().skip(1).map(|(name, _)| name)
    }
}

/// A patch file of the library, read.
type File = (String, Patch);

/// The library of stages, read once.
#[derive(Clone, Debug)]
pub struct Chains {
    sample: Vec<File>,
    stages: Vec<Vec<File>>,
    sends: Vec<File>,
    orbit: File,
}

/// Voices of a chain whose source does not say how many.
const VOICES: u32 = 16;
/// The name of the source within a chain, and of its first output.
const SOURCE: &str = "source";
const OUT: &str = "out";

impl Default for Chains {
    fn default() -> Chains {
        Chains::new()
    }
}

impl Chains {
    /// Reads the library.
    pub fn new() -> Chains {
        let all = |list: &[LibraryPatch]| list.iter().map(read).collect();
        Chains {
            sample: all(library::SAMPLE),
            stages: library::STAGES.iter().map(|stage| all(stage)).collect(),
            sends: all(library::SENDS),
            orbit: read(&library::ORBIT),
        }
    }

    /// The bus of an orbit: its path and its patch. The first input takes the sound of tracks, the others their sends
    /// by name.
    pub fn orbit(&self) -> (&str, &Patch) {
        (&self.orbit.0, &self.orbit.1)
    }

    /// The chain of a source for notes that carry these controls (by the names of [`bf_pattern::CONTROLS`], or the
    /// instrument's own).
    ///
    /// A control that an instrument names, or reads from its voice, is the instrument's alone; all others reach every
    /// stage that knows them.
    pub fn chain(&self, source: &Source<'_>, controls: &BTreeSet<String>, registry: &Registry) -> Chain {
        let mut made = Made::default();
        let mut left = controls.clone();
        let (file, first) = match source {
            Source::Samples(list) => {
                let file = covering(&self.sample, controls).map(|file| with_list(file, list)).unwrap_or_default();
                made.controls(SOURCE, &file.1, controls);
                file
            }
            Source::Instrument { file, patch } => {
                made.controls(SOURCE, patch, controls);
                let own: BTreeSet<&str> = made.known.iter().map(String::as_str).collect();
                left.retain(|name| !own.contains(name.as_str()));
                let heard = heard(patch, registry);
                left.retain(|name| !heard.contains(name.as_str()));
                made.known.extend(controls.iter().filter(|name| heard.contains(name.as_str())).cloned());
                ((*file).to_owned(), (*patch).clone())
            }
        };
        made.patch.voices = if first.voices > 0 { first.voices } else { VOICES };
        made.node(SOURCE, &file);
        let mut end = output(SOURCE, &first);
        for stage in &self.stages {
            if let Some(chosen) = covering(stage, &left).filter(|_| knows(stage, &left)) {
                end = made.stage(chosen, &first, &end, &left);
                made.files.push(chosen.clone());
            }
        }
        made.patch.outputs.push((Name::new(OUT), end.clone()));
        for send in self.sends.iter().filter(|send| knows(core::slice::from_ref(send), &left)) {
            let socket = made.stage(send, &first, &end, &left);
            let name = send.1.outputs.first().map_or_else(|| Name::new(OUT), |(name, _)| name.clone());
            made.patch.outputs.push((name, socket));
            made.files.push(send.clone());
        }
        if let Source::Samples(_) = source {
            made.files.insert(0, (file, first));
        }
        let unknown = controls.iter().filter(|name| !made.known.contains(*name)).cloned().collect();
        Chain { patch: made.patch, files: made.files, unknown }
    }
}

/// A chain under way.
#[derive(Default)]
struct Made {
    patch: Patch,
    files: Vec<File>,
    /// Controls that somebody knows.
    known: BTreeSet<String>,
}

impl Made {
    /// An instance of a file.
    fn node(&mut self, name: &str, file: &str) {
        let at = self.patch.nodes.len() as i32;
        self.patch.nodes.insert(Name::new(name), Node::new("patch").with("file", file));
        self.patch.layout.insert(Name::new(name), [80 + 160 * at, 80]);
    }

    /// Lets the controls of an instance be set from outside.
    fn controls(&mut self, node: &str, patch: &Patch, wanted: &BTreeSet<String>) {
        for (own, inner) in &patch.controls {
            let Some(name) = wanted.get(canonical(own.as_str())) else { continue };
            self.known.insert(name.clone());
            let target = Socket { node: Name::new(node), port: Some(own.clone()) };
            match self.patch.controls.iter_mut().find(|(n, _)| n.as_str() == name) {
                Some((_, control)) => control.targets.push(target),
                None => {
                    let control = Control { targets: vec![target], default: None, ..inner.clone() };
                    self.patch.controls.push((Name::new(name), control));
                }
            }
        }
    }

    /// A stage behind `from`; returns what it gives.
    fn stage(&mut self, (file, patch): &File, source: &Patch, from: &Socket, wanted: &BTreeSet<String>) -> Socket {
        let name = stem(file);
        self.node(name, file);
        self.controls(name, patch, wanted);
        for (i, (input, _)) in patch.inputs.iter().enumerate() {
            let given = source.outputs.iter().any(|(output, _)| output == input);
            let from = match i {
                0 => from.clone(),
                _ if given => Socket { node: Name::new(SOURCE), port: Some(input.clone()) },
                _ => continue,
            };
            let to = Socket { node: Name::new(name), port: Some(input.clone()) };
            self.patch.cables.entry(to).or_default().push(Cable::plain(from));
        }
        output(name, patch)
    }
}

/// The name of a control whatever alias it is written with.
fn canonical(name: &str) -> &str {
    bf_pattern::control(name).map_or(name, |control| control.name)
}

/// The first output of an instance.
fn output(node: &str, patch: &Patch) -> Socket {
    Socket { node: Name::new(node), port: patch.outputs.first().map(|(name, _)| name.clone()) }
}

/// The last part of a path, without its ending.
fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.split('.').next().unwrap_or(name)
}

/// Whether any of the alternatives of a stage knows one of the controls.
fn knows(alternatives: &[File], controls: &BTreeSet<String>) -> bool {
    alternatives.iter().flat_map(|(_, patch)| &patch.controls).any(|(name, _)| controls.contains(name.as_str()))
}

/// The first alternative that knows all the controls that any of them knows; else the last.
fn covering<'a>(alternatives: &'a [File], controls: &BTreeSet<String>) -> Option<&'a File> {
    let knows = |patch: &Patch, wanted: &str| patch.controls.iter().any(|(name, _)| name.as_str() == wanted);
    let known = |wanted: &&String| alternatives.iter().any(|(_, patch)| knows(patch, wanted));
    let wanted: Vec<&String> = controls.iter().filter(known).collect();
    let covers = |(_, patch): &&File| wanted.iter().all(|wanted| knows(patch, wanted));
    alternatives.iter().find(covers).or(alternatives.last())
}

/// The ports of its voice that an instrument reads.
fn heard<'a>(patch: &'a Patch, registry: &Registry) -> BTreeSet<&'a str> {
    let is_voice = |name: &Name| {
        let kind = patch.nodes.get(name).map(|node| node.kind.as_str());
        kind.and_then(|kind| registry.get(kind)).is_some_and(|spec| spec.role == Role::Voice)
    };
    let sources = patch.cables.values().flatten().map(|cable| &cable.from).filter(|from| is_voice(&from.node));
    sources.filter_map(|from| Some(from.port.as_ref()?.as_str())).collect()
}

/// A source of samples with its list, under a path of its own.
fn with_list((file, patch): &File, list: &[String]) -> File {
    let mut patch = patch.clone();
    let mut hash = DefaultHasher::new();
    (file, list).hash(&mut hash);
    let value = Value::List(list.iter().map(|name| Value::Text(name.clone())).collect());
    let targets = patch.controls.first().map(|(_, control)| control.targets.clone()).unwrap_or_default();
    for target in targets {
        if let (Some(node), Some(param)) = (patch.nodes.get_mut(&target.node), target.port) {
            node.params.insert(param, value.clone());
        }
    }
    (format!("beatforge/samples/{:016x}.toml", hash.finish()), patch)
}

/// A patch of the library. One that cannot be read is empty; a test reads them all.
fn read(shipped: &LibraryPatch) -> File {
    let patch = TextPatch::parse(shipped.text, shipped.file).map(|text| text.patch().clone());
    (shipped.file.to_owned(), patch.unwrap_or_default())
}
