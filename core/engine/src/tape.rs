//! What the control half gives the engine, kept so that it can be given again: with the frames at which the engine took
//! it in, it leads to the same sound.

mod raw;

use crate::controller::Target;
use crate::message::{Move, When};
use bf_node::{EventBody, Note};
use bf_patch::{Edit, Patch, Set, SetEdit};
use bf_pattern::Ratio;
use std::collections::BTreeMap;

/// Something that the engine was given.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// Another set.
    Set(Box<GivenSet>),
    /// A number of a param.
    Number {
        /// The node.
        path: String,
        /// Its param.
        param: String,
        /// The number.
        value: f32,
    },
    /// An event.
    Event {
        /// Where it goes.
        target: Target,
        /// By whose word.
        tag: u32,
        /// What.
        body: EventBody,
        /// When.
        when: When,
    },
    /// A note with its end.
    Note {
        /// Where it goes.
        target: Target,
        /// By whose word.
        tag: u32,
        /// The note.
        note: Note,
        /// When it begins.
        on: When,
        /// When it ends.
        off: When,
    },
    /// What waits by somebody's word is taken back from a beat on.
    Withdraw {
        /// By whose.
        tag: u32,
        /// From where.
        from: Ratio,
    },
    /// All that waits by somebody's word is taken back.
    WithdrawAll {
        /// By whose.
        tag: u32,
    },
    /// Numbers of params, set at once.
    Numbers {
        /// Which, and to what.
        numbers: Vec<(Target, f32)>,
    },
    /// Numbers that were sent for frames which have come: they are known to stand.
    Kept {
        /// Which, and at what.
        numbers: Vec<(Target, f32)>,
    },
    /// A change of the transport.
    Move {
        /// Which.
        to: Move,
        /// When.
        when: When,
    },
    /// All of it louder or softer.
    Master {
        /// The gain.
        gain: f32,
    },
}

/// A set that the engine was given, as what leads to it from the one before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GivenSet {
    /// Files of patches that are no longer there.
    pub gone: Vec<String>,
    /// What to do to get there, in order, each to one entry of a patch alone; a file that is named first is new.
    pub edits: Vec<SetEdit>,
    /// The beat at which its plan takes over.
    pub at: Option<Ratio>,
    /// How much had come back from the engine by then.
    pub heard: u64,
    /// Samples and other files whose contents were others than before, with the numbers of their contents.
    pub contents: Vec<(String, u64)>,
}

/// How many messages the engine took in before it went on from a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The frame.
    pub frame: u64,
    /// How many.
    pub count: u32,
    /// Whether there was no room to tell of those before it.
    pub lost: bool,
}

/// What was given since it was last asked for.
#[derive(Default)]
pub(crate) struct Tape {
    pub(crate) given: Vec<Given>,
    /// The set that was given last.
    last: Set,
    contents: BTreeMap<String, u64>,
}

impl Tape {
    /// Notes a set down.
    pub(crate) fn set(&mut self, set: &Set, at: Option<Ratio>, heard: u64, contents: BTreeMap<String, u64>) {
        let mut given = GivenSet { at, heard, ..GivenSet::default() };
        given.gone = self.last.files.keys().filter(|file| !set.files.contains_key(*file)).cloned().collect();
        given.edits.extend(raw::diff(&self.last.main, &set.main).into_iter().map(SetEdit::main));
        let empty = Patch::default();
        for (file, patch) in &set.files {
            let last = self.last.files.get(file);
            let edits = raw::diff(last.unwrap_or(&empty), patch);
            if last.is_none() && edits.is_empty() {
                // An empty patch is one, too.
                given.edits.push(SetEdit::file(file, Edit::SetVoices(patch.voices)));
            }
            given.edits.extend(edits.into_iter().map(|edit| SetEdit::file(file, edit)));
        }
        let differs = |(path, content): &(&String, &u64)| self.contents.get(*path) != Some(*content);
        given.contents = contents.iter().filter(differs).map(|(path, content)| (path.clone(), *content)).collect();
        self.contents.extend(contents);
        // What is told is what a later set is compared with.
        given.apply(&mut self.last);
        self.given.push(Given::Set(Box::new(given)));
    }
}

impl GivenSet {
    /// Changes the set that was given before it into this one, but for places on the canvas.
    pub fn apply(&self, set: &mut Set) {
        self.gone.iter().for_each(|file| _ = set.files.remove(file));
        for edit in &self.edits {
            let patch = match &edit.file {
                Some(file) => set.files.entry(file.clone()).or_default(),
                None => &mut set.main,
            };
            raw::apply(patch, &edit.edit);
        }
    }
}
