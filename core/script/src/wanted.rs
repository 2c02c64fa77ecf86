//! What a script wants, as plain data.

use bf_patch::{Cable, Diagnostic, Name, Patch, Socket};
use bf_pattern::{Pattern, Ratio, Transform};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What a script wants to play. The difference to what plays is what changes.
///
/// A whole text is [settled](Wanted::settled): the patterns of its tracks are what sounds. That of one block, and of a
/// scene, is what it said: the functions of `all`, `solo` and `mute` stand in lists of their own, so that several add
/// up as one text would.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Beats a minute.
    pub tempo: Option<f64>,
    /// Cycles a second, which says the tempo in another way.
    pub cps: Option<f64>,
    /// Beats in a bar, which is a cycle.
    pub signature: Option<u32>,
    /// The seed of all chance.
    pub seed: Option<f64>,
    /// Tracks in the order of the text.
    pub tracks: Vec<Track>,
    /// Functions for every track, in the order of the text; applied and gone once settled.
    pub all: Vec<All>,
    /// Tracks of which only they and others like them sound; once settled, the tracks themselves say so.
    pub solo: Vec<Marked>,
    /// Tracks that stay silent; once settled, the tracks themselves say so.
    pub mute: Vec<Marked>,
    /// Patterns that play for one cycle, from when they are evaluated.
    pub once: Vec<Once>,
    /// Patterns that leave the program.
    pub outs: Vec<Out>,
    /// What is wanted from some later time on, in the order of the text.
    pub later: Vec<Later>,
    /// Scenes that are to be launched, in the order of the text.
    pub launch: Vec<Marked>,
    /// Instruments by name.
    pub instruments: BTreeMap<Name, Instrument>,
    /// Nodes by name, each with the nodes of its graph.
    pub nodes: BTreeMap<Name, NodeGraph>,
    /// Cables that were said one by one, in the order of the text. They may leave from and enter tracks, by name.
    pub cables: Vec<Joined>,
    /// Once settled: all nodes with all cables, also those within their graphs.
    pub patch: Patch,
    /// Once settled: patterns that move params of nodes.
    pub moved: BTreeMap<Socket, Moved>,
    /// Scenes by name.
    pub scenes: BTreeMap<Name, Scene>,
    /// Macros by name.
    pub macros: BTreeMap<Name, Macro>,
    /// Folders of samples, relative to the set; the later come first.
    pub samples: Vec<Samples>,
    /// Whether everything is silenced.
    pub hushed: bool,
    /// The files that texts came from, as `Atom::source` of the patterns counts them.
    pub files: Vec<Arc<str>>,
    /// What it printed, and warnings.
    pub messages: Vec<Diagnostic>,
}

/// A place in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The file.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The bytes of the block whose statements declared it. It may stand in a function of another block.
    pub block: Range<u32>,
}

/// A pattern with a strip.
#[derive(Clone, Debug)]
pub struct Track {
    /// Its name, without the `_` that keeps it muted.
    pub name: Name,
    /// What it plays.
    pub pattern: Pattern,
    /// Equal only for patterns that surely play the same, though their texts may stand at other places; `None` is like
    /// no other.
    pub fingerprint: Option<u64>,
    /// Whether it stays silent.
    pub muted: bool,
    /// Whether only it and others like it sound.
    pub solo: bool,
    /// How it takes over from what the track played before.
    pub entry: Entry,
    /// Where it was declared.
    pub site: Site,
}

impl Track {
    /// Whether both surely sound the same, wherever they stand: pattern, mute and solo. How they enter is left aside.
    pub fn is_same(&self, other: &Track) -> bool {
        same(self.fingerprint, other.fingerprint) && (self.muted, self.solo) == (other.muted, other.solo)
    }
}

/// Whether two fingerprints are known and equal.
fn same(a: Option<u64>, b: Option<u64>) -> bool {
    a.is_some() && a == b
}

/// How a track takes over from what it played before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Entry {
    /// At the next boundary.
    #[default]
    Next,
    /// After a number of cycles.
    Jump(f64),
    /// Faded over a number of cycles.
    Fade(f64),
}

/// A function for every track.
#[derive(Clone, Debug)]
pub struct All {
    /// The function.
    pub function: Transform,
    /// Where it was said.
    pub site: Site,
}

/// A track that is muted or soloed by its name, or a scene that is launched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The name.
    pub name: Name,
    /// Where it was said.
    pub site: Site,
}

/// A pattern that plays for one cycle.
#[derive(Clone, Debug)]
pub struct Once {
    /// What it plays.
    pub pattern: Pattern,
    /// As [`Track::fingerprint`].
    pub fingerprint: Option<u64>,
    /// Where it was said.
    pub site: Site,
}

/// A pattern that leaves the program.
#[derive(Clone, Debug)]
pub struct Out {
    /// Where to.
    pub to: Destination,
    /// What it plays.
    pub pattern: Pattern,
    /// As [`Track::fingerprint`].
    pub fingerprint: Option<u64>,
    /// Where it was said.
    pub site: Site,
}

/// Where a pattern goes that leaves the program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Destination {
    /// Open Sound Control: a message an event, its controls as names and values in turn.
    Osc {
        /// Host and port, such as `127.0.0.1:57120`.
        to: String,
        /// The address of its messages, such as `/dirt/play`.
        address: String,
    },
    /// MIDI notes and controllers.
    Midi {
        /// The port, or a part of its name.
        port: String,
        /// The channel, 1 to 16.
        channel: u8,
    },
}

/// What is wanted from some later time on.
#[derive(Clone, Debug)]
pub struct Later {
    /// When.
    pub when: When,
    /// What then adds to what is wanted, as a text of its own would.
    pub wanted: Box<Wanted>,
    /// Where it was said.
    pub site: Site,
}

/// A later time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// At a cycle of the transport, from 0.
    Cycle(Ratio),
    /// At a beat of the transport, from 0.
    Beat(Ratio),
    /// Some cycles after it is evaluated.
    After(Ratio),
}

/// An instrument: a patch with voices.
#[derive(Clone, Debug, PartialEq)]
pub struct Instrument {
    /// One voice of it, with the controls that it reads. Equal patches sound the same.
    pub patch: Patch,
    /// Where it was declared.
    pub site: Site,
}

/// A node beside the tracks, with the nodes of its graph.
#[derive(Clone, Debug, Default)]
pub struct NodeGraph {
    /// Its nodes and the cables between them. The last of them has the name under which it was declared.
    pub patch: Patch,
    /// Patterns that move their params.
    pub moved: BTreeMap<Socket, Moved>,
    /// Where it was declared.
    pub site: Site,
}

impl NodeGraph {
    /// Whether both are surely the same, wherever they stand.
    pub fn is_same(&self, other: &NodeGraph) -> bool {
        let moves = self.moved.len() == other.moved.len()
            && self.moved.iter().all(|(to, m)| other.moved.get(to).is_some_and(|o| same(m.fingerprint, o.fingerprint)));
        self.patch == other.patch && moves
    }
}

/// A pattern that moves a param.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The values.
    pub pattern: Pattern,
    /// As [`Track::fingerprint`].
    pub fingerprint: Option<u64>,
    /// Where its node was declared.
    pub site: Site,
}

/// A cable that was said by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    /// What it enters.
    pub to: Socket,
    /// Where it comes from.
    pub cable: Cable,
    /// Where it was said.
    pub site: Site,
}

/// What a scene wants when it is launched.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Its tracks and the rest, as a text of their own would want them; not settled, so that it adds to what plays.
    pub wanted: Box<Wanted>,
    /// Where it was declared.
    pub site: Site,
}

/// A number under a name, for hands.
#[derive(Clone, Debug, PartialEq)]
pub struct Macro {
    /// Where it stands until a hand moves it.
    pub value: f64,
    /// Its least and greatest.
    pub range: (f64, f64),
    /// Where it was declared.
    pub site: Site,
}

/// A folder of samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// Its path: from the set's folder, from the root, or with `~/` from the user's own.
    pub folder: String,
    /// Where it was said.
    pub site: Site,
}
