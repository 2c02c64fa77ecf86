//! Makes the entries of a tree from what is heard: node declarations, tracks, macros, scenes, snapshots.

mod control;
mod fixed;
mod foreign;
mod params;

use super::{Access, Aim, Arg, Atom, Entry, Family, Travel, Trust, Words};
use crate::play::layer::is_reserved;
use bf_node::{Category, Kind, Registry, Role, Unit};
use bf_patch::{Name, Node, Patch, Socket};
use bf_script::Wanted;
use params::{Param, declared, exposed_by};
use std::collections::{BTreeMap, BTreeSet};

/// All that a tree depends on.
#[derive(Clone, Copy)]
pub struct Heard<'a> {
    /// The main patch, with the overrides of hands.
    pub main: &'a Patch,
    /// The patches of the set, by file.
    pub files: &'a BTreeMap<String, Patch>,
    /// The nodes of scripts beside it.
    pub layer: &'a Patch,
    /// And the patches that those name.
    pub layer_files: &'a BTreeMap<String, Patch>,
    /// What scripts want, as far as it plays.
    pub wanted: &'a Wanted,
    /// Every node type.
    pub registry: &'a Registry,
    /// How the transport stands.
    pub motion: Motion,
}

/// How the transport stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    /// Whether it runs.
    pub playing: bool,
    /// Its place in beats.
    pub beat: f64,
    /// Whether all tracks are silenced.
    pub hushed: bool,
}

impl<'a> Heard<'a> {
    /// A reusable patch by the path under which nodes name it.
    fn file(&self, path: &str) -> Option<&'a Patch> {
        let path = &*bf_patch::files::one_form(path);
        self.files.get(path).or_else(|| self.layer_files.get(path))
    }

    /// Nodes of the document and of scripts that users name.
    fn nodes(&self) -> impl Iterator<Item = (&'a Name, &'a Node)> {
        let own = |name: &Name| Name::parse(name.as_str()).is_ok();
        let main = self.main;
        let beside = self.layer.nodes.iter().filter(move |(name, _)| own(name) && !main.nodes.contains_key(*name));
        self.main.nodes.iter().chain(beside)
    }

    /// Whether scripts have made a node, and want it no more.
    fn is_leaving(&self, name: &Name) -> bool {
        let is_wanted = || self.wanted.nodes.contains_key(name) || self.wanted.tracks.iter().any(|t| t.name == *name);
        !self.main.nodes.contains_key(name) && !is_reserved(name) && !is_wanted()
    }

    /// Whether a cable replaces the number of a param, or automation does.
    fn is_moved(&self, socket: &Socket) -> bool {
        let cables = [self.main.cables.get(socket), self.layer.cables.get(socket)];
        cables.into_iter().flatten().flatten().any(|cable| cable.amount.is_none())
            || self.main.automation.contains_key(socket)
            || self.wanted.moved.contains_key(socket)
    }
}

/// All entries, in no order; those of params come first.
pub(super) fn entries(heard: &Heard<'_>) -> Vec<Entry> {
    let tracks: BTreeSet<&Name> = heard.wanted.tracks.iter().map(|t| &t.name).collect();
    let exposed = exposed_by(heard.main);
    let mut all = Vec::new();
    for (name, node) in heard.nodes() {
        let Some(spec) = heard.registry.get(&node.kind) else { continue };
        let is_track = tracks.contains(name) && spec.role == Role::Strip;
        // The strip of a track that has left fades, and is nobody's any more.
        if spec.role == Role::Strip && !is_track && heard.is_leaving(name) {
            continue;
        }
        let knob = heard.wanted.macros.get(name);
        let family = match spec.name {
            _ if is_track => Family::Track(name.clone()),
            "macro" => Family::Macro(name.clone()),
            _ if knob.is_some() => Family::Macro(name.clone()),
            _ => Family::Node(name.clone()),
        };
        for mut param in declared(heard, name, node, spec) {
            if let (Some(knob), "value") = (knob, param.name.as_str()) {
                param.travel = param.travel.part(knob.range.0, knob.range.1);
            }
            let exposed = exposed.get(&param.socket).cloned();
            param_entries(&mut all, &param, &family, spec.category, exposed);
        }
        let plays = is_track || spec.inputs.iter().any(|input| input.kind == Kind::Event);
        if plays {
            note_entries(&mut all, name, &family, spec.category, is_track);
        }
    }
    all.extend(heard.wanted.scenes.keys().map(scene));
    all.extend(heard.main.snapshots.keys().flat_map(snapshot));
    all.extend(fixed::entries(heard));
    let (controls, foreign) = (control::entries(heard, &all), foreign::entries(heard, &all));
    all.extend(controls.into_iter().chain(foreign));
    all
}

/// The two entries of a param: in its own unit, and from 0 to 1.
fn param_entries(all: &mut Vec<Entry>, param: &Param, family: &Family, category: Category, exposed: Option<Name>) {
    let Socket { node, port: Some(port) } = &param.socket else { return };
    let address = match family {
        Family::Track(_) => format!("/bf/track/{node}/{port}"),
        Family::Macro(_) if port.as_str() == "value" => format!("/bf/macro/{node}"),
        _ => format!("/bf/node/{node}/{port}"),
    };
    let entry = Entry {
        address: address.into(),
        help: param.help.clone(),
        args: vec![param.arg()],
        access: Access::Both,
        trust: param.trust,
        value: param.atom().into_iter().collect(),
        family: family.clone(),
        aim: Aim::Param(param.socket.clone()),
        category: Some(category),
        exposed,
    };
    if param.is_number() {
        let place = param.number().map(|number| Atom::from(param.travel.place(number)));
        all.push(Entry {
            address: format!("/bf/norm/{node}/{port}").into(),
            args: vec![Arg::new("place", 'f').within(Travel::linear(0.0, 1.0))],
            aim: Aim::Norm(param.socket.clone()),
            value: place.into_iter().collect(),
            ..entry.clone()
        });
    }
    all.push(entry);
}

/// What is played by hand.
fn note_entries(all: &mut Vec<Entry>, name: &Name, family: &Family, category: Category, is_track: bool) {
    const PITCH: Arg = Arg::new("pitch", 'f').within(Travel::linear(0.0, 127.0)).unit(Unit::Semitones);
    const VELOCITY: Arg = Arg::new("velocity", 'f').within(Travel::linear(0.0, 1.0)).optional();
    const LENGTH: Arg = Arg::new("length", 'f').within(Travel::linear(0.0, 3600.0)).unit(Unit::Secs).optional();
    let folder = if is_track { "track" } else { "node" };
    let mut add = |port: &str, aim, args, help: &'static str| {
        all.push(Entry {
            address: format!("/bf/{folder}/{name}/{port}").into(),
            help: Words::Borrowed(help),
            args,
            access: Access::Write,
            trust: Trust::Anyone,
            value: Vec::new(),
            family: family.clone(),
            aim,
            category: Some(category),
            exposed: None,
        });
    };
    let note = "Plays a note: MIDI number, velocity from 0 to 1 (0 ends it), and how long; without, until `note_off`.";
    add("note", Aim::Note(name.clone()), vec![PITCH, VELOCITY, LENGTH], note);
    let off = "Ends the notes of a pitch that were begun from outside; without a pitch, all of them.";
    add("note_off", Aim::NoteOff(name.clone()), vec![PITCH.optional()], off);
    if !is_track {
        let hit = "Hits it once, as hard as the number says.";
        add("trigger", Aim::Trigger(name.clone()), vec![Arg::new("force", 'I').within(Travel::linear(0.0, 1.0))], hit);
    }
}

fn push(address: String, help: String, family: Family, aim: Aim) -> Entry {
    Entry {
        address: address.into(),
        help: help.into(),
        args: vec![Arg::new("push", 'I')],
        access: Access::Write,
        trust: Trust::Anyone,
        value: Vec::new(),
        family,
        aim,
        category: None,
        exposed: None,
    }
}

fn scene(name: &Name) -> Entry {
    let help = format!("Launches the scene `{name}` at the set's next boundary.");
    push(format!("/bf/scene/{name}/launch"), help, Family::Scene(name.clone()), Aim::Launch(Some(name.clone())))
}

fn snapshot(name: &Name) -> [Entry; 2] {
    let family = || Family::Snapshot(name.clone());
    let recall = format!("Lays the values of the snapshot `{name}` over the set.");
    let store = format!("Stores what its params stand at now in the snapshot `{name}`.");
    [
        push(format!("/bf/snapshot/{name}/recall"), recall, family(), Aim::Recall(name.clone())),
        push(format!("/bf/snapshot/{name}/store"), store, family(), Aim::Store(name.clone())),
    ]
}
