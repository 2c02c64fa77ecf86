//! What the journal holds.

use crate::Hash;
use bf_node::Value;
use bf_patch::{Name, SetEdit};
use bf_pattern::Ratio;
use core::ops::Range;
use std::sync::Arc;

/// When something happened on the engine's clock, as far as that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moment {
    /// The absolute frame.
    pub frame: Option<u64>,
    /// The beat of the transport.
    pub beat: Option<Ratio>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number, greater than all before it; a gap is something that was lost.
    pub seq: u64,
    /// The branch it was done on: 0, or the number of the [`What::Branch`] that began it.
    pub head: u64,
    /// Milliseconds since the beginning of 1970, by the clock on the wall.
    pub wall_ms: i64,
    /// When, for the engine.
    pub moment: Moment,
    /// What.
    pub what: What,
}

/// Kinds of entries.
///
/// Edits, undos and redos carry what was *applied*, so that a set is restored by applying them in order.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A step of undo, or more of the last one where the gesture is the same.
    Edit(Change),
    /// A step was taken back by these edits.
    Undo(Change),
    /// A step was done again by these edits.
    Redo(Change),
    /// The set changed and that is no step of undo, as when what was planned comes due.
    Follow(Change),
    /// The gesture of the last step has ended.
    GestureEnd,
    /// A text was given to be evaluated.
    Evaluate(Evaluation),
    /// What was evaluated or launched is heard.
    Heard {
        /// The number that evaluating it gave.
        request: u64,
        /// Which of the things that scripts have wanted plays now.
        score: u64,
        /// From which beat on.
        beat: Ratio,
        /// The evaluations and launches that it is made of, in their order, by the numbers that they gave.
        of: Vec<u64>,
    },
    /// A scene was launched; none: the texts alone count again.
    Scene {
        /// The number that launching it gave.
        request: u64,
        /// Which.
        scene: Option<Name>,
        /// When it is heard, as the session writes it.
        quant: String,
    },
    /// What was evaluated or launched is not heard: it was refused, or taken back before its time.
    Dropped {
        /// The number that evaluating it gave.
        request: u64,
    },
    /// A script is being typed.
    Draft(Draft),
    /// A control was moved from outside.
    Control {
        /// Who moved it: `osc 192.168.1.5:9000`, `midi nanoKONTROL`.
        source: String,
        /// What it moved: a param or an address.
        target: String,
        /// To which value.
        value: f64,
    },
    /// A note came from outside.
    Note(NoteInput),
    /// The engine has done something, at the frame of the moment.
    Receipt {
        /// What, as its sender numbered it.
        id: u64,
        /// Whether it came after its time.
        late: bool,
        /// Whether there was no room for it.
        shed: bool,
    },
    /// A pattern's event as it was played.
    Played(Played),
    /// What the engine was given, and when it took it in: what a performance is rendered from again.
    Tape(String),
    /// Something random begins from a seed.
    Seed {
        /// What: a node, a track, `set`.
        of: String,
        /// The seed.
        seed: u64,
    },
    /// The transport moved.
    Transport(Motion),
    /// The set as it is now has a name.
    Version {
        /// The name.
        name: String,
        /// What there is to say of it.
        note: String,
    },
    /// Another branch begins: what follows is done on what an earlier entry had made.
    Branch {
        /// The last entry that counts.
        from: u64,
        /// What the branch is called.
        name: String,
    },
    /// A session begins.
    Opened(Opened),
    /// A session ends as it should.
    Closed,
    /// A file played a part.
    File {
        /// Its path as the set names it.
        path: String,
        /// What it held.
        hash: Hash,
        /// How many bytes.
        len: u64,
    },
    /// The set was saved.
    Saved {
        /// The files that were written, and what they hold.
        files: Vec<(String, Hash)>,
    },
    /// The whole set as it stands here. Only [`Store::checkpoint`](crate::Store::checkpoint) writes it, with its texts.
    Checkpoint(Vec<Page>),
    /// Entries were lost here, since the queue or the disk was full.
    Lost {
        /// How many.
        entries: u64,
    },
    /// A kind that this program does not know.
    Other {
        /// Its number.
        kind: u16,
        /// What it says.
        payload: String,
    },
}

/// Edits that were applied as one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// What it was, in a few words.
    pub label: String,
    /// What holds the edits of one drag together.
    pub gesture: Option<u64>,
    /// The edits in the order in which they were applied.
    pub edits: Vec<SetEdit>,
}

/// A text that was given to be evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The number that evaluating it gave.
    pub request: u64,
    /// Its name.
    pub file: String,
    /// All of it.
    pub text: Arc<str>,
    /// The part that was evaluated, in bytes; none: all of it.
    pub part: Option<Range<usize>>,
    /// When it is heard, as the session writes it.
    pub quant: String,
}

/// A script as it was being typed, beside what its file says; the last one of a file counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The script, by its path in the set.
    pub file: String,
    /// What was typed so far, all of it; nothing is left to be saved where it is as the file.
    pub text: Arc<str>,
    /// What the file said when that was typed.
    pub base: Arc<str>,
}

/// A note from outside.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteInput {
    /// Who played it.
    pub source: String,
    /// What it plays: a node or a track.
    pub target: String,
    /// The key, 60 is middle C.
    pub key: f64,
    /// From 0 to 1; 0 ends the note.
    pub velocity: f64,
}

/// A pattern's event as it was played, at the beat of the moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// The track.
    pub track: String,
    /// The number of the note there.
    pub note: u64,
    /// How long, in beats.
    pub length: Ratio,
    /// What it says: `s`, `note`, `gain` and so on.
    pub values: Vec<(String, Value)>,
}

/// What the transport was told.
#[derive(Clone, Debug, PartialEq)]
pub enum Motion {
    /// To start.
    Play,
    /// To stop.
    Stop,
    /// To jump to a beat.
    Seek(Ratio),
    /// Beats a minute.
    Tempo(f64),
    /// Beats in a bar.
    Signature(u32),
}

/// What a session plays with.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The program and its version.
    pub program: String,
    /// Frames a second.
    pub sample_rate: u32,
    /// Frames of a block.
    pub block: u32,
    /// The seed of everything random.
    pub seed: u64,
}

/// A patch file as it stood at a checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The patch file, by its path in the set. `None`: the main patch.
    pub file: Option<String>,
    /// The text that says what the patch was.
    pub text: Hash,
    /// The text as it was last read from the disk or written there.
    pub base: Hash,
}

/// The first kind of those that come by the hundred: what is played and moved, as against what is edited.
pub(crate) const STREAMS: u16 = 100;
/// The kind of a piece of what the engine was given.
pub(crate) const TAPE: u16 = 104;
/// Kinds that change the set.
pub(crate) const CHANGES: core::ops::RangeInclusive<u16> = 1..=4;
/// The kind of a checkpoint.
pub(crate) const CHECKPOINT: u16 = 10;
/// The kind of a branch.
pub(crate) const BRANCH: u16 = 11;
/// The kind of a named version.
pub(crate) const VERSION: u16 = 12;
/// The kind of a session's beginning.
pub(crate) const OPENED: u16 = 13;
/// The kind of a session's end.
pub(crate) const CLOSED: u16 = 14;
/// The kind of a set that was saved.
pub(crate) const SAVED: u16 = 15;
/// The kind of a script that is being typed.
pub(crate) const DRAFT: u16 = 27;
/// The kind of a loss.
pub(crate) const LOST: u16 = 16;

impl What {
    /// The number that stands for the kind in the file: it never changes its meaning.
    pub fn kind(&self) -> u16 {
        match self {
            What::Edit(_) => 1,
            What::Undo(_) => 2,
            What::Redo(_) => 3,
            What::Follow(_) => 4,
            What::GestureEnd => 5,
            What::Checkpoint(_) => CHECKPOINT,
            What::Branch { .. } => BRANCH,
            What::Version { .. } => VERSION,
            What::Opened(_) => OPENED,
            What::Closed => CLOSED,
            What::Saved { .. } => SAVED,
            What::Lost { .. } => LOST,
            What::Evaluate(_) => 20,
            What::Heard { .. } => 21,
            What::Scene { .. } => 22,
            What::Seed { .. } => 23,
            What::Transport(_) => 24,
            What::File { .. } => 25,
            What::Dropped { .. } => 26,
            What::Draft(_) => DRAFT,
            What::Control { .. } => STREAMS,
            What::Note(_) => 101,
            What::Receipt { .. } => 102,
            What::Played(_) => 103,
            What::Tape(_) => TAPE,
            What::Other { kind, .. } => *kind,
        }
    }

    /// The edits that were applied, if it is a change of the set.
    pub fn change(&self) -> Option<&Change> {
        match self {
            What::Edit(change) | What::Undo(change) | What::Redo(change) | What::Follow(change) => Some(change),
            _ => None,
        }
    }
}
