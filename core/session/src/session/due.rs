//! What is due for scripts: answers of their thread, notes that are near, changes whose time has come.

use super::{Message, Session};
use crate::play::ask::Answer;
use crate::play::band::Stage;
use crate::play::scripts::{Asked, When};
use crate::play::state::Change;
use crate::play::uses::Uses;
use crate::remote::Quant;
use bf_patch::files::FileKind;
use bf_patch::text::{Diagnostic, Severity};
use std::time::{Duration, Instant};

/// How long before its beat a change is sent to the engine, which holds it until then.
pub(super) const LEAD_SECS: f64 = 0.04;
/// How far ahead notes begin that are heard as soon as they can.
const NOW_SECS: f64 = 0.004;
/// How long a change waits past its time for samples; it is heard without them then.
const SAMPLES_WAIT: Duration = Duration::from_secs(1);
/// How long before its beat what is wanted later is worked on.
const LATER_SECS: f64 = 0.3;

impl Session {
    /// Does what is due for scripts.
    pub(super) fn poll_scripts(&mut self) {
        for answer in self.scripts.way.answers() {
            match answer {
                Answer::Changed { id, result } => self.changed(id, result),
                answer => self.text_answer(answer),
            }
        }
        self.give();
        self.hear_texts();
        self.come_due();
        self.commit_due();
        self.turn_due();
        self.feed();
        self.tell_scripts();
    }

    /// Asks patterns ahead, and sends what is near.
    pub(super) fn feed(&mut self) {
        let at = self.playhead();
        let scripts = &mut self.scripts;
        scripts.band.hushed = scripts.hushed || scripts.state().wanted.hushed;
        if scripts.band.hushed {
            scripts.outs.silence();
        }
        if scripts.band.hushed && scripts.texts.is_empty() && scripts.actors.is_empty() {
            return;
        }
        let controller = &mut self.controller;
        let mut stage = Stage { controller, cycles: &scripts.cycles, shelf: &mut scripts.shelf, at };
        scripts.band.ask(&mut scripts.way, &stage);
        if !scripts.band.hushed {
            scripts.outs.ask(&mut scripts.way, &stage, &scripts.band.query);
        }
        // Where work is done here, it is done at once.
        let (mut changes, mut texts) = (Vec::new(), Vec::new());
        for answer in scripts.way.answers() {
            match answer {
                Answer::Changed { id, result } => changes.push((id, result)),
                Answer::Expression { .. } | Answer::Script { .. } | Answer::Called { .. } | Answer::Events { .. } => {
                    texts.push(answer);
                }
                answer => scripts.band.take(answer),
            }
        }
        scripts.band.send(&mut stage);
        let ahead: Vec<_> = scripts.band.samples_ahead().map(|s| (FileKind::Sample, s.clone())).collect();
        if !ahead.is_empty() {
            self.cue(&ahead);
        }
        for (id, result) in changes {
            self.changed(id, result);
        }
        texts.into_iter().for_each(|answer| self.text_answer(answer));
    }

    /// Works on what is wanted later, once it is near.
    fn come_due(&mut self) {
        let head = self.playhead();
        let near = head.beat + head.beats(LATER_SECS);
        if self.scripts.asked.is_empty() && self.scripts.pending.is_empty() {
            let due = self.scripts.later.iter().position(|(beat, ..)| beat.to_f64() <= near);
            if let Some(due) = due {
                let (beat, site, wanted) = self.scripts.later.remove(due);
                let request = self.scripts.request();
                let what = Change::Come(site, Box::new(wanted));
                self.ask(request, Asked { what, quant: Quant::Now, at: Some(beat), part_of: None });
            }
        }
    }

    /// Commits what is due: the first that waits, once its time is near and its samples are there.
    fn commit_due(&mut self) {
        let Some(pending) = self.scripts.pending.front() else { return };
        let head = self.playhead();
        let status = self.controller.shared().status();
        let due = match pending.at {
            When::Now => true,
            When::Beat(beat) => !status.playing || beat.to_f64() <= head.beat + head.beats(LEAD_SECS),
        };
        if !due || self.controller.is_busy() {
            return;
        }
        let missing = pending.uses.values().flat_map(Uses::samples).any(|sample| {
            let file = (FileKind::Sample, sample.clone());
            !self.samples.holds(&file) && self.samples.error(&file).is_none()
        });
        let late = self.scripts.late_since.get_or_insert_with(Instant::now).elapsed();
        if missing && late < SAMPLES_WAIT {
            // No first hit is silent: it waits, and comes a boundary later where it has to.
            let quant = pending.quant;
            let at = self.boundary(quant);
            if let (Some(first), When::Beat(_)) = (self.scripts.pending.front_mut(), at) {
                first.at = at;
            }
            return;
        }
        self.scripts.late_since = None;
        let Some(pending) = self.scripts.pending.pop_front() else { return };
        if missing {
            let message = format!(
                "some samples are not there after {} s: it plays without them until they are",
                SAMPLES_WAIT.as_secs()
            );
            self.messages.push(Message::Problem(message));
        }
        self.commit(pending);
    }

    /// Changes the nodes where notes that come need more of them, or where tracks go that have left.
    fn turn_due(&mut self) {
        let head = self.playhead();
        let near = head.beat + head.beats(LEAD_SECS);
        let leaves = self.scripts.leaving.values().map(|(_, until)| *until).min();
        let Some(beat) = leaves.into_iter().chain(self.scripts.band.wants_more()).min() else { return };
        if beat.to_f64() <= near && !self.controller.is_busy() {
            self.scripts.leaving.retain(|_, (_, until)| *until > beat);
            if self.scripts.leaving.is_empty() {
                self.scripts.departed.clear();
            }
            self.scripts.band.offer(beat);
            self.relayer(Some(beat));
        }
    }

    pub(super) fn tell_scripts(&mut self) {
        for said in core::mem::take(&mut self.scripts.band.news) {
            let site = &said.site;
            self.messages.push(Message::Fault(Diagnostic {
                file: site.file.to_string(),
                line: site.line.max(1),
                column: site.column.max(1),
                len: 0,
                message: said.message,
                hint: said.hint,
                severity: Severity::Warning,
            }));
        }
    }

    /// The frame of notes that are heard as soon as they can, in beats.
    pub(super) fn soonest(&self) -> f64 {
        let head = self.playhead();
        // While the transport stands there is nothing to be ahead of.
        let ahead = if self.controller.shared().status().playing { head.beats(NOW_SECS) } else { 0.0 };
        head.beat + ahead
    }
}
