//! Notes that are played from outside, and their ends.

use crate::session::Session;
use crate::session::hand::TAG;
use bf_engine::{Controller, Target, When};
use bf_io::osc::Peer;
use bf_node::{EventBody, Note, NoteId};
use bf_patch::Name;
use std::collections::VecDeque;

/// Notes that sound until they are ended; a further one ends the oldest.
const HELD: usize = 512;
/// Marks these notes among those of tracks and nodes.
const SALT: u32 = TAG;

/// A note without an end so far.
struct Held {
    client: Peer,
    name: Name,
    pitch: f32,
    target: Target,
    id: NoteId,
}

/// The notes that hands hold.
#[derive(Default)]
pub(super) struct Notes {
    held: VecDeque<Held>,
    /// Ends that found no room on their way: they are sent again until they do.
    ends: Vec<(Target, NoteId, When)>,
    count: u32,
}

/// A note that begins.
pub(super) struct Begun {
    pub client: Peer,
    pub name: Name,
    pub pitch: f32,
    pub velocity: f32,
    pub secs: Option<f64>,
}

impl Notes {
    /// Begins a note.
    ///
    /// # Errors
    /// What cannot be played, in the user's words.
    pub(super) fn begin(&mut self, session: &mut Session, note: Begun, when: When, rate: u32) -> Result<(), String> {
        let Begun { client, name, pitch, velocity, secs } = note;
        let silent = || format!("`{name}` has nothing to play now");
        let path = session.voice_of(&name).ok_or_else(silent)?;
        let controller = session.controller();
        let target = controller.target(path.as_str(), None).ok_or_else(silent)?;
        self.count = self.count.wrapping_add(1);
        let id = NoteId::new(SALT, self.count);
        let played = Note { id, pitch, velocity, controls: Default::default() };
        let full = || "more notes than the engine takes: this one was left out".to_owned();
        if !controller.has_room() {
            return Err(full());
        }
        if let Some(secs) = secs {
            let begin = if let When::Frame(frame) = when { frame } else { controller.shared().status().frame };
            let end = begin + (secs * f64::from(rate)).round().max(1.0) as u64;
            return controller.note(target, TAG, played, when, When::Frame(end)).map(|_| ()).ok_or_else(full);
        }
        controller.send(target, TAG, EventBody::NoteOn(played), when).ok_or_else(full)?;
        self.held.push_back(Held { client, name, pitch, target, id });
        if self.held.len() > HELD
            && let Some(oldest) = self.held.pop_front()
        {
            self.end(oldest.target, oldest.id, when, session.controller());
        }
        Ok(())
    }

    /// Ends the notes of a pitch, or all, of a node or track.
    pub(super) fn off(&mut self, name: &Name, pitch: Option<f32>, when: When, controller: &mut Controller) {
        self.end_all(|held| held.name == *name && pitch.is_none_or(|p| held.pitch == p), when, controller);
    }

    /// Ends all notes, or all that somebody began who is gone.
    pub(super) fn silence(&mut self, of: Option<Peer>, controller: &mut Controller) {
        self.end_all(|held| of.is_none_or(|client| held.client == client), When::Now, controller);
    }

    fn end_all(&mut self, meant: impl Fn(&Held) -> bool, when: When, controller: &mut Controller) {
        let (ended, held): (VecDeque<_>, VecDeque<_>) =
            core::mem::take(&mut self.held).into_iter().partition(|held| meant(held));
        self.held = held;
        for Held { target, id, .. } in ended {
            self.end(target, id, when, controller);
        }
    }

    fn end(&mut self, target: Target, id: NoteId, when: When, controller: &mut Controller) {
        // No tag: an end is not withdrawn.
        if controller.send(target, 0, EventBody::NoteOff { id }, when).is_none() {
            self.ends.push((target, id, when));
        }
    }

    /// Sends the ends that found no room.
    pub(super) fn retry(&mut self, controller: &mut Controller) {
        for (target, id, when) in core::mem::take(&mut self.ends) {
            self.end(target, id, when, controller);
        }
    }
}

/// Hits a node once.
///
/// # Errors
/// What cannot be hit, in the user's words.
pub(super) fn hit(session: &mut Session, name: &Name, force: f32, when: When) -> Result<(), String> {
    let body = EventBody::Trigger { value: force };
    let controller = session.controller();
    let target = controller.target(name.as_str(), None).ok_or_else(|| format!("`{name}` cannot be hit now"))?;
    let sent = controller.has_room().then(|| controller.send(target, TAG, body, when)).flatten();
    sent.map(|_| ()).ok_or_else(|| "more hits than the engine takes: this one was left out".to_owned())
}

/// Gives a node the number that it is to say. The set keeps none of it: a message is data, and no edit.
///
/// # Errors
/// What cannot take it, in the user's words.
pub(super) fn say(session: &mut Session, name: &Name, value: f32, when: When) -> Result<(), String> {
    let controller = session.controller();
    let target = controller.param_target(name.as_str(), "value");
    let target = target.ok_or_else(|| format!("`{name}` is not playing yet"))?;
    let body = EventBody::Trigger { value };
    let sent = controller.has_room().then(|| controller.send(target, TAG, body, when)).flatten();
    sent.map(|_| ()).ok_or_else(|| "more numbers than the engine takes: this one was left out".to_owned())
}
