//! Where in the text each thing of a patch stands.

use crate::{Name, Socket};
use core::ops::Range;
use rustc_hash::FxHashMap;

/// A thing that a message may be about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// `tempo`.
    Tempo,
    /// `signature`.
    Signature,
    /// `voices`.
    Voices,
    /// A node.
    Node(Name),
    /// What the text says of a param.
    Param(Socket),
    /// A cable: the input or param it enters, and its number among the cables there.
    Cable {
        /// The input or param.
        to: Socket,
        /// From 0.
        index: usize,
    },
    /// An entry of `[inputs]`.
    Input(Name),
    /// An entry of `[outputs]`.
    Output(Name),
    /// An entry of `[controls]`.
    Control(Name),
    /// An entry of `[overrides]`.
    Override(Socket),
    /// An entry of `[automation]`.
    Automation(Socket),
    /// A snapshot.
    Snapshot(Name),
    /// An entry of `[mappings]`.
    Mapping(String),
    /// An entry of `[notes]`.
    Note(Name),
    /// An entry of `[layout]`.
    Layout(Name),
}

impl core::fmt::Display for Place {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Place::Tempo => f.write_str("tempo"),
            Place::Signature => f.write_str("signature"),
            Place::Voices => f.write_str("voices"),
            Place::Node(name) => write!(f, "node {name}"),
            Place::Param(socket) => write!(f, "{socket}"),
            Place::Cable { to, .. } => write!(f, "the cables of {to}"),
            Place::Input(name) => write!(f, "input {name}"),
            Place::Output(name) => write!(f, "output {name}"),
            Place::Control(name) => write!(f, "control {name}"),
            Place::Override(socket) => write!(f, "the override of {socket}"),
            Place::Automation(socket) => write!(f, "the automation of {socket}"),
            Place::Snapshot(name) => write!(f, "snapshot {name}"),
            Place::Mapping(source) => write!(f, "the mapping of {source}"),
            Place::Note(name) => write!(f, "note {name}"),
            Place::Layout(name) => write!(f, "the place of {name}"),
        }
    }
}

/// Spans of the text by what stands there.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans(FxHashMap<Place, Range<usize>>);

impl Spans {
    pub(super) fn put(&mut self, place: Place, span: Range<usize>) {
        self.0.insert(place, span);
    }

    /// Where a thing stands, or the nearest that is in the text.
    pub(super) fn find(&self, place: &Place) -> Option<Range<usize>> {
        if let Some(span) = self.0.get(place) {
            return Some(span.clone());
        }
        match place {
            Place::Param(socket) => self.find(&Place::Node(socket.node.clone())),
            Place::Cable { to, index } if *index > 0 => self.find(&Place::Cable { to: to.clone(), index: index - 1 }),
            Place::Cable { to, .. } => self.find(&Place::Node(to.node.clone())),
            _ => None,
        }
    }
}
