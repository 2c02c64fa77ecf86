//! One pattern that plays: how far it was asked, and the notes that wait to be sent.

use super::struck::Struck;
use bf_patch::{Name, Socket};
use bf_pattern::{Pattern, Ratio, Value};
use bf_script::Site;
use std::collections::VecDeque;
use std::sync::Arc;

/// What a part plays into.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Into {
    /// The voices of a track.
    Track(Name),
    /// A param of a node.
    Param(Socket),
    /// A param of a node of the document, or a control of an instrument there: the pattern is its value.
    Value(Socket),
    /// An input of a node of the document.
    Notes(Socket),
    /// Out of the program: its number among what scripts send out.
    Out(u32),
}

/// An event that leaves the program.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OutEvent {
    /// When it begins and ends, in cycles.
    pub begin: Ratio,
    pub end: Ratio,
    pub value: Value,
}

/// The level of notes over some cycles, from silence to as they are or back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ramp {
    pub from: Ratio,
    pub cycles: Ratio,
    pub rises: bool,
}

/// The control that says how loud a note is.
const GAIN: &str = "gain";

impl Ramp {
    /// Gives a note the level of its place.
    fn apply(&self, note: &mut Struck) {
        let gone = ((note.begin - self.from).to_f64() / self.cycles.to_f64().max(1e-9)).clamp(0.0, 1.0) as f32;
        let level = if self.rises { gone } else { 1.0 - gone };
        match note.controls.iter_mut().find(|(name, _)| name == GAIN) {
            Some((_, gain)) => *gain *= level,
            None => note.controls.push((GAIN.to_owned(), level)),
        }
    }
}

impl Into {
    /// Whether the document says it, and no script.
    pub(crate) fn is_of_document(&self) -> bool {
        matches!(self, Into::Value(_) | Into::Notes(_))
    }
}

/// Where a pattern stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Words {
    pub site: Site,
    /// The files that its atoms count.
    pub files: Arc<[Arc<str>]>,
    /// The request that evaluated its text.
    pub take: u64,
}

/// A pattern that plays.
pub(crate) struct Part {
    pub id: u64,
    /// By whose word its notes wait in the engine.
    pub tag: u32,
    pub into: Into,
    pub pattern: Pattern,
    /// What it played before, while the present one has not answered yet: what it falls back to.
    pub good: Option<(Pattern, Arc<Words>)>,
    /// Where the pattern stands, and where the one stood that was asked last: notes keep what they were answered with.
    pub words: Arc<Words>,
    pub asked_in: Arc<Words>,
    /// The first cycle of it, and the one behind its last, where it ends.
    pub until: Option<Ratio>,
    /// How its level goes while it takes over from another, or gives way.
    pub ramp: Option<Ramp>,
    /// Up to where it was asked, and whether an answer is on its way.
    pub asked: Ratio,
    pub asking: bool,
    /// Whether it plays what it fell back to.
    pub fallen: bool,
    /// Whether it cannot be asked, and there is nothing to fall back to.
    pub broken: bool,
    pub notes: VecDeque<Struck>,
    /// How many of them are known to be offered by the nodes, or to be so in time.
    pub learnt: usize,
    pub values: VecDeque<(Ratio, f32)>,
    pub outs: VecDeque<OutEvent>,
    /// The ends of notes that were sent, in beats.
    pub ends: Vec<f64>,
}

/// The most notes of a part that wait or sound at once: more than anyone hears, few enough to leave room for others.
pub(crate) const MOST_NOTES: usize = 1_024;

impl Part {
    /// Whether it has come to its end.
    pub(crate) fn is_over(&self) -> bool {
        let ended = self.until.is_some_and(|until| self.asked >= until);
        ended && !self.asking && self.notes.is_empty() && self.values.is_empty() && self.outs.is_empty()
    }

    /// Takes in notes that its pattern has answered.
    pub(crate) fn take(&mut self, notes: impl Iterator<Item = Struck>) {
        let (ramp, words) = (self.ramp, &self.asked_in);
        self.notes.extend(notes.map(|mut note| {
            note.words = Some(Arc::clone(words));
            if let Some(ramp) = ramp {
                ramp.apply(&mut note);
            }
            note
        }));
    }

    /// Begins anew at a cycle, with another pattern.
    pub(crate) fn turn(&mut self, from: Ratio, pattern: Pattern, words: Arc<Words>) {
        let before = core::mem::replace(&mut self.pattern, pattern);
        let stood = core::mem::replace(&mut self.words, words);
        if !self.broken {
            self.good = Some((before, stood));
        }
        (self.broken, self.fallen) = (false, false);
        self.from(from);
    }

    /// Is asked again from a cycle on; what it was to play from there is forgotten.
    pub(crate) fn from(&mut self, from: Ratio) {
        (self.asked, self.asking) = (from, false);
        self.notes.retain(|note| note.begin < from);
        self.learnt = self.learnt.min(self.notes.len());
        self.values.retain(|(at, _)| *at < from);
        self.outs.retain(|out| out.begin < from);
    }
}
