//! One address, and all that is known of it.

use super::{Atom, Travel};
use bf_node::{Category, Unit};
use bf_patch::{Name, Socket};
use std::borrow::Cow;
use std::sync::Arc;

/// An address that can be read, written or asked: what OSC, OSCQuery and layouts are made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its address, such as `/bf/node/filter/cutoff`.
    pub address: Arc<str>,
    /// One sentence.
    pub help: Words,
    /// What a message to it carries, in order.
    pub args: Vec<Arg>,
    /// Whether it can be read and written.
    pub access: Access,
    /// Who may write it.
    pub trust: Trust,
    /// What it reads now, as many as `args`; empty where there is nothing to read, or a pattern or cable moves it.
    pub value: Vec<Atom>,
    /// What it belongs to.
    pub family: Family,
    /// What it does.
    pub aim: Aim,
    /// The palette's category of the node that it belongs to, for colours.
    pub category: Option<Category>,
    /// The name under which the set exposes it (`[controls]` of the main patch).
    pub exposed: Option<Name>,
}

/// A text that is declared, or made.
pub type Words = Cow<'static, str>;

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arg {
    /// One word, such as `velocity`.
    pub name: &'static str,
    /// Its type tag as it is sent and best written: `f`, `i`, `s`, `T` for a switch, `I` for a trigger, `b`. Numbers of
    /// all types are taken wherever one is wanted.
    pub tag: char,
    /// Its least and greatest, and how a control travels between; `None` where anything goes.
    pub travel: Option<Travel>,
    /// The texts that it may be; empty where any may.
    pub options: &'static [&'static str],
    /// What it is measured in.
    pub unit: Unit,
    /// Whether it may be left out, with all behind it.
    pub optional: bool,
}

impl Arg {
    /// An argument of which nothing more is known.
    pub const fn new(name: &'static str, tag: char) -> Arg {
        Arg { name, tag, travel: None, options: &[], unit: Unit::None, optional: false }
    }
    /// The same within a range.
    pub const fn within(self, travel: Travel) -> Arg {
        Arg { travel: Some(travel), ..self }
    }
    /// The same in a unit.
    pub const fn unit(self, unit: Unit) -> Arg {
        Arg { unit, ..self }
    }
    /// The same, which may be left out.
    pub const fn optional(self) -> Arg {
        Arg { optional: true, ..self }
    }
}

/// Whether an address can be read and written, as OSCQuery counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    Read = 1,
    /// Written only: a command or a trigger.
    Write = 2,
    /// Both.
    Both = 3,
}

impl Access {
    /// Whether it has a value.
    pub fn reads(self) -> bool {
        self != Access::Write
    }
    /// Whether a message to it does something.
    pub fn writes(self) -> bool {
        self != Access::Read
    }
}

/// Who may write to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Whoever is heard at all.
    Anyone,
    /// Programs of this machine, and others only where the set was told so: code, edits, paths of files.
    Machine,
}

/// What an address belongs to: the page of a layout, the folder of a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Play, stop, tempo, place.
    Transport,
    /// A macro.
    Macro(Name),
    /// The strip of a track.
    Track(Name),
    /// A node.
    Node(Name),
    /// A scene.
    Scene(Name),
    /// A snapshot.
    Snapshot(Name),
    /// The whole set: undo, hush, code, edits.
    Set,
    /// The talk itself: hello, sync, questions.
    Talk,
    /// An address of somebody else's that is mapped.
    Foreign,
}

/// What a message to an address does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aim {
    /// Sets a param in its own unit.
    Param(Socket),
    /// Sets a param from 0 to 1, through its own curve.
    Norm(Socket),
    /// Sets all that a control of the main patch leads to, from 0 to 1 over its range.
    Control(Name),
    /// Plays a note into a node or on a track.
    Note(Name),
    /// Ends notes of a node or track.
    NoteOff(Name),
    /// Hits a node once.
    Trigger(Name),
    /// Starts the transport.
    Play,
    /// Stops it.
    Stop,
    /// Starts or stops it.
    Playing,
    /// Beats a minute.
    Tempo,
    /// Beats in a bar.
    Signature,
    /// The place in beats.
    Position,
    /// The last beat that has begun.
    Beat,
    /// Launches a scene; none leaves it.
    Launch(Option<Name>),
    /// Lays a snapshot over the set.
    Recall(Name),
    /// Stores what stands now in a snapshot that is there.
    Store(Name),
    /// Stores what stands now in a snapshot by name.
    StoreAs,
    /// Takes the last step back.
    Undo,
    /// Does it again.
    Redo,
    /// Silences all tracks.
    Hush,
    /// Lets them be heard again.
    Unhush,
    /// Whether they are silenced.
    Hushed,
    /// Evaluates code.
    Eval,
    /// Edits the patch.
    Edit,
    /// Asks for what changes from now on.
    Hello,
    /// Asks for it no more.
    Bye,
    /// Asks for all that stands.
    Sync,
    /// Asks for the value of addresses.
    Get,
    /// Asks for addresses.
    List,
    /// Asks for what is known of an address.
    Describe,
    /// Says the pass phrase.
    Pass,
    /// Maps the next control that is moved.
    Learn,
    /// Maps a control.
    Map,
    /// Lets go of one.
    Unmap,
    /// A control of somebody else's, by its address, which moves what it is mapped to.
    Mapped(Arc<str>),
}

impl Aim {
    /// The param that it sets, in whatever measure.
    pub fn param(&self) -> Option<&Socket> {
        match self {
            Aim::Param(socket) | Aim::Norm(socket) => Some(socket),
            _ => None,
        }
    }
}

impl Entry {
    /// The type tags of its arguments, such as `f` or `ff`.
    pub fn tags(&self) -> String {
        self.args.iter().map(|arg| arg.tag).collect()
    }

    /// Whether a message to it is a push: it does nothing where its argument is 0.
    pub fn is_trigger(&self) -> bool {
        matches!(self.args.first(), Some(arg) if arg.tag == 'I')
    }
}
