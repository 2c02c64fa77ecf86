//! What hands reach from outside, and what becomes of it.

use super::Session;
use crate::play::band::Stage;
use crate::play::outs::Leaving;
use crate::play::uses::Seat;
use crate::surface::{Heard, Motion, Tree};
use bf_engine::{Move, Target};
use bf_node::Value;
use bf_patch::compile::FlatNode;
use bf_patch::{Edit, EditError, Gesture, Name, SetEdit};
use bf_pattern::Tempo;
use bf_script::Destination;

/// By whose word events of hands wait in the engine; tracks count from 1.
pub(crate) const TAG: u32 = 0x7fff_fff0;

/// What a session keeps for hands.
#[derive(Default)]
pub(super) struct Hands {
    /// Goes up whenever addresses or values may have changed.
    pub changes: u64,
    /// How often the transport was stopped.
    pub stops: u64,
    /// How often an edit set the tempo.
    pub tempos: u64,
    /// Whether the transport is started by whoever shares the time with others, at its time.
    pub start: Start,
    /// The frame at which a count-in ends and the transport starts, and whether that was sent.
    pub counting: Option<(u64, bool)>,
    /// How many notes were tried.
    pub auditions: u32,
    /// What the engine has already of the edit that is applied now.
    has: Option<Vec<(Target, f32)>>,
}

/// What becomes of a word to start the transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Start {
    /// It is started at once.
    #[default]
    AtOnce,
    /// It is kept for who takes it.
    Held,
    /// It was said, and is kept.
    Said,
}

/// A node that hears numbers by OSC.
pub(crate) struct Ear<'a> {
    pub path: &'a Name,
    /// The address that it listens to.
    pub address: &'a str,
    /// Which number of a message, from 0.
    pub argument: usize,
}

/// An edit of a hand whose numbers are on their way to a frame.
#[derive(Clone, Debug)]
pub(crate) struct Ahead {
    numbers: Vec<(Target, f32)>,
}

impl Session {
    /// Every address of the set as it is heard now.
    pub fn tree(&self) -> Tree {
        Tree::of(&Heard {
            main: &self.set.main,
            files: &self.set.files,
            layer: &self.scripts.layer.patch,
            layer_files: &self.scripts.layer.files,
            wanted: &self.scripts.state().wanted,
            registry: &self.registry,
            motion: self.motion(),
        })
    }

    /// How the transport stands.
    pub fn motion(&self) -> Motion {
        let status = self.controller.shared().status();
        Motion { playing: status.playing, beat: status.beat, hushed: self.scripts.hushed }
    }

    /// Goes up whenever what [`Session::tree`] says may have changed, but for how the transport stands.
    pub fn changes(&self) -> u64 {
        self.hands.changes
    }

    /// How often the transport was stopped so far.
    pub fn stops(&self) -> u64 {
        self.hands.stops
    }

    /// Sends the numbers of an edit of hands without a plan; false where it takes one.
    pub(super) fn send_hand(&mut self, edit: &SetEdit) -> bool {
        let has = self.hands.has.take();
        if edit.file.is_some() || self.dirty || !only_overrides(&edit.edit) {
            return false;
        }
        let Some(numbers) = self.hand_numbers(&edit.edit) else { return false };
        match has {
            Some(has) if has == numbers => self.controller.keep_numbers(&numbers),
            _ => return self.controller.set_numbers(&numbers),
        }
        true
    }

    /// The numbers that an edit of hands sets; `None` where it takes a plan.
    fn hand_numbers(&self, edit: &Edit) -> Option<Vec<(Target, f32)>> {
        let mut all = Vec::new();
        for leaf in edit.leaves() {
            let Edit::Override { target, value: Some(value) } = leaf else { return None };
            let param = target.port.as_ref()?;
            all.extend(self.controller.hand_numbers(target.node.as_str(), param.as_str(), value)?);
        }
        Some(all)
    }

    /// Sends the numbers of an edit of hands to be heard at a frame. [`Session::settle`] follows once it has come;
    /// until then the set is as it was. `None` where it takes a plan, or there is no room.
    pub(crate) fn send_ahead(&mut self, edit: &Edit, frame: u64) -> Option<Ahead> {
        let numbers = self.hand_numbers(edit).filter(|_| only_overrides(edit))?;
        self.controller.send_numbers_at(&numbers, TAG, frame).then_some(Ahead { numbers })
    }

    /// Applies an edit whose numbers were sent ahead, if they were.
    ///
    /// # Errors
    /// As [`Session::apply`].
    pub(crate) fn settle(
        &mut self,
        edit: &SetEdit,
        label: &str,
        gesture: Option<Gesture>,
        ahead: Option<Ahead>,
    ) -> Result<(), EditError> {
        self.hands.has = ahead.map(|ahead| ahead.numbers);
        let applied = self.apply(edit, label, gesture);
        self.hands.has = None;
        applied
    }

    /// Events of scripts that leave the program before a beat, for the places that `wanted` picks; each is given once.
    /// Nothing leaves while the transport stands.
    pub fn take_leaving(&mut self, until: f64, wanted: &dyn Fn(&Destination) -> bool) -> Vec<Leaving> {
        if self.scripts.outs.is_empty() || !self.controller.shared().status().playing {
            return Vec::new();
        }
        let at = self.playhead();
        let scripts = &mut self.scripts;
        let stage = Stage { controller: &mut self.controller, cycles: &scripts.cycles, shelf: &mut scripts.shelf, at };
        scripts.outs.leave(until, &stage, wanted)
    }

    /// The `osc_in` nodes that play, wherever they are.
    pub(crate) fn listening_nodes(&self) -> impl Iterator<Item = Ear<'_>> {
        self.playing_nodes("osc_in").filter_map(|node| {
            let nth = setting(node, "argument").and_then(Value::as_number).unwrap_or(1.0);
            let address = setting(node, "address")?.as_text()?;
            Some(Ear { path: &node.key.path, address, argument: (nth as usize).saturating_sub(1) })
        })
    }

    /// How often an edit set the tempo, also to what it was.
    pub(crate) fn tempos(&self) -> u64 {
        self.hands.tempos
    }

    /// Whether a start of the transport is kept for [`Session::take_start`] instead of being carried out at once.
    pub(crate) fn hold_starts(&mut self, on: bool) {
        self.hands.start = match (on, self.hands.start) {
            (true, Start::AtOnce) => Start::Held,
            (true, kept) => kept,
            (false, _) => Start::AtOnce,
        };
    }

    /// Whether the transport was to be started since the last call.
    pub(crate) fn take_start(&mut self) -> bool {
        let said = self.hands.start == Start::Said;
        if said {
            self.hands.start = Start::Held;
        }
        said
    }

    /// Whether a jump was sent that the engine has not told of.
    pub(crate) fn is_jumping(&self) -> bool {
        self.sought.is_some()
    }

    /// The `osc_send` nodes that play, wherever they are: path, host and port, address.
    pub(crate) fn sending_nodes(&self) -> impl Iterator<Item = (&Name, &str, &str)> {
        self.playing_nodes("osc_send").filter_map(|node| {
            Some((&node.key.path, setting(node, "to")?.as_text()?, setting(node, "address")?.as_text()?))
        })
    }

    /// Nodes of a type in what plays: those of the document, of scripts and of reusable patches.
    pub(super) fn playing_nodes(&self, kind: &'static str) -> impl Iterator<Item = &FlatNode> {
        let nodes = self.controller.plan().into_iter().flat_map(|plan| &plan.flat.nodes);
        nodes.filter(move |node| !node.ghost && node.face.spec().is_some_and(|spec| spec.name == kind))
    }

    /// Changes the transport at a frame. The document's tempo follows by [`Session::settle`].
    pub(crate) fn move_at(&mut self, to: Move, frame: u64) -> bool {
        self.controller.transport(to, bf_engine::When::Frame(frame)).is_some()
    }

    /// Takes it that a tempo has been sent: the next plan does not send it again.
    pub(crate) fn keep_tempo(&mut self, bpm: f64) {
        self.sent_tempo.0 = bpm;
        debug_assert!(Tempo::RANGE.0 <= bpm && bpm <= Tempo::RANGE.1, "a tempo of the transport");
    }

    /// The transport was stopped at a frame, by an event that was sent ahead.
    pub(crate) fn has_stopped(&mut self) {
        self.hands.stops += 1;
    }

    /// The node that plays notes of hands: that of a track is the first of its voices, an instrument before samples.
    pub(crate) fn voice_of(&self, name: &Name) -> Option<Name> {
        let Some(uses) = self.scripts.band.uses.get(name) else { return Some(name.clone()) };
        let seats = || uses.0.keys();
        let seat: Option<&Seat> = seats().find(|seat| seat.instrument.is_some()).or_else(|| seats().next());
        seat.map(|seat| seat.node(name))
    }
}

/// What a setting of a node is, by hands, text or declaration.
fn setting<'a>(node: &'a FlatNode, name: &str) -> Option<&'a Value> {
    node.values.as_ref()?.get(node.face.param(name)?)
}

/// What keys may play of a set's scripts.
impl Session {
    /// The node that keys play of a name: a track's, a node, or an instrument as the first track plays it that uses it.
    pub(crate) fn keys_of(&self, name: &Name) -> Option<Name> {
        let uses = &self.scripts.band.uses;
        if uses.contains_key(name) || self.set().main.nodes.contains_key(name) {
            return self.voice_of(name);
        }
        let all = uses.iter().flat_map(|(track, uses)| uses.0.keys().map(move |seat| (track, seat)));
        let mut with = all.filter(|(_, seat)| seat.instrument.as_deref() == Some(name.as_str()));
        with.next().map(|(track, seat)| seat.node(track)).or_else(|| self.voice_of(name))
    }

    /// Why nothing of a name is played by keys, and what there is.
    pub(crate) fn why_silent(&self, name: &Name) -> String {
        let tracks: Vec<Name> = self.wanted().tracks.into_iter().map(|track| track.name).collect();
        if tracks.contains(name) {
            return format!("the track `{name}` has no sound that keys could play: its pattern names none yet");
        }
        if self.instruments().contains(name.as_str()) {
            return format!(
                "no track plays the instrument `{name}`: keys play it once one does, as \
                 track(\"keys\", s(\"{name}\").gain(0)) without a sound of its own"
            );
        }
        let there: Vec<&str> =
            tracks.iter().map(Name::as_str).chain(self.set().main.nodes.keys().map(Name::as_str)).collect();
        let near = bf_node::registry::nearest(name.as_str(), there.iter().copied());
        let near = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
        format!("nothing of this set that plays notes is called `{name}`{near}")
    }
}

/// Whether an edit only lays values of hands over numbers.
fn only_overrides(edit: &Edit) -> bool {
    let leaves = edit.leaves();
    !leaves.is_empty() && leaves.iter().all(|leaf| matches!(leaf, Edit::Override { value: Some(_), .. }))
}
