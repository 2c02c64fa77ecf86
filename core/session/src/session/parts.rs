//! Which patterns play from a change on, and what is to come later.

use super::{Message, Session};
use crate::play::ask::query;
use crate::play::band::NewPart;
use crate::play::part::{Into, Ramp, Words};
use crate::play::scripts::{Asked, ONCE, Pending, Step, When};
use crate::play::state::{Change as Wish, State};
use crate::play::uses::Uses;
use bf_patch::{Name, Socket};
use bf_pattern::Ratio;
use bf_script::{Once, Site, Track, Wanted};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Session {
    /// Patterns that are new or have changed play from a beat on; those that are gone end there.
    pub(super) fn play_parts(&mut self, old: &Wanted, pending: &Pending, from: Ratio) {
        let (new, take) = (&pending.state.wanted, pending.request);
        let scripts = &mut self.scripts;
        let cycle = scripts.cycles.cycle(from);
        let instruments: BTreeSet<String> =
            scripts.library.keys().chain(new.instruments.keys()).map(ToString::to_string).collect();
        scripts.band.instruments = Arc::new(instruments);
        scripts.band.query = query(new);
        let solo = new.tracks.iter().any(|track| track.solo);
        let silent = new.tracks.iter().filter(|track| track.muted || (solo && !track.solo));
        scripts.band.muted = silent.map(|track| Into::Track(track.name.clone())).collect();
        let leave: &[bf_script::Out] = if new.hushed { &[] } else { &new.outs };
        scripts.outs.turn(leave, cycle);
        let files: Arc<[Arc<str>]> = new.files.clone().into();
        let words = |site: &Site| Arc::new(Words { site: site.clone(), files: Arc::clone(&files), take });
        let seeded = old.seed != new.seed;
        let plays =
            |track: &Track, wanted: &Wanted| !wanted.hushed && wanted.tracks.iter().any(|t| t.name == track.name);
        for track in old.tracks.iter().filter(|t| !plays(t, new)) {
            let into = Into::Track(track.name.clone());
            scripts.band.withdraw(&into, from, &mut self.controller);
            scripts.band.end(&into);
        }
        for track in new.tracks.iter().filter(|t| plays(t, new)) {
            let into = Into::Track(track.name.clone());
            let entry = match track.entry {
                bf_script::Entry::Jump(cycles) => Ratio::from_f64(cycles),
                _ => Ratio::ZERO,
            };
            let (pattern, words) = (track.pattern.clone(), words(&track.site));
            let ramp = match track.entry {
                bf_script::Entry::Fade(cycles) if cycles > 0.0 => {
                    Some(Ramp { from: cycle, cycles: Ratio::from_f64(cycles), rises: true })
                }
                _ => None,
            };
            let part = NewPart { into, pattern, words, from: cycle + entry, until: None, ramp };
            let is_same = old.tracks.iter().any(|t| t.name == track.name && t.is_same(track));
            if is_same && !old.hushed && !seeded {
                if pending.evaluates(&track.site) {
                    scripts.band.keep(&part);
                }
                continue;
            }
            scripts.band.withdraw_present(&part.into, scripts.cycles.beat(part.from), &mut self.controller);
            let before = old.tracks.iter().find(|t| t.name == track.name);
            let stood = scripts.band.words(&part.into).unwrap_or_else(|| Arc::clone(&part.words));
            let gives_way = before.zip(part.ramp).map(|(before, ramp)| NewPart {
                into: part.into.clone(),
                pattern: before.pattern.clone(),
                words: stood,
                from: cycle,
                until: Some(ramp.from + ramp.cycles),
                ramp: Some(Ramp { rises: false, ..ramp }),
            });
            scripts.band.play(part);
            gives_way.into_iter().for_each(|part| scripts.band.play(part));
        }
        let moved = |to: &Socket, wanted: &Wanted| wanted.moved.contains_key(to);
        for to in old.moved.keys().filter(|to| !moved(to, new)) {
            scripts.band.withdraw(&Into::Param(to.clone()), from, &mut self.controller);
            scripts.band.end(&Into::Param(to.clone()));
            // It goes back to the number that the text says of it.
            let param = to.port.as_ref().map_or("", Name::as_str);
            let number = self.controller.number(to.node.as_str(), param);
            if let Some((value, target)) = number.zip(self.controller.param_target(to.node.as_str(), param)) {
                let body = bf_node::EventBody::Trigger { value };
                self.controller.send(target, 0, body, bf_engine::When::Beat(from));
            }
        }
        for (to, m) in &new.moved {
            let same = old.moved.get(to).is_some_and(|o| o.fingerprint.is_some() && o.fingerprint == m.fingerprint);
            if same && !seeded {
                continue;
            }
            let into = Into::Param(to.clone());
            scripts.band.withdraw(&into, from, &mut self.controller);
            let (pattern, words) = (m.pattern.clone(), words(&m.site));
            scripts.band.play(NewPart { into, pattern, words, from: cycle, until: None, ramp: None });
        }
        self.play_outs(old, pending, from);
        let scripts = &mut self.scripts;
        let is_part = pending.text.as_ref().is_some_and(|(_, part)| part.is_some());
        // A block plays its own each time that it is evaluated, a whole text what is new in it.
        let again = |once: &Once| match is_part {
            true => pending.evaluates(&once.site),
            false => !old.once.iter().any(|o| o.fingerprint.is_some() && o.fingerprint == once.fingerprint),
        };
        for once in new.once.iter().filter(|once| again(once)) {
            let into = Into::Track(Name::new(ONCE));
            let (pattern, words) = (once.pattern.clone(), words(&once.site));
            let until = Some(cycle + Ratio::ONE);
            let gone = scripts.cycles.beat((cycle + Ratio::int(3)).next_cycle());
            scripts.leaving.entry(Name::new(ONCE)).or_insert((Uses::default(), gone)).1 = gone;
            scripts.band.play(NewPart { into, pattern, words, from: cycle, until, ramp: None });
        }
    }

    /// What leaves the program from a beat on.
    fn play_outs(&mut self, old: &Wanted, pending: &Pending, from: Ratio) {
        let new = &pending.state.wanted;
        let scripts = &mut self.scripts;
        let files: Arc<[Arc<str>]> = new.files.clone().into();
        for (number, out) in (0u32..).zip(&new.outs) {
            let before = old.outs.get(number as usize);
            let same =
                before.is_some_and(|b| b.to == out.to && b.fingerprint.is_some() && b.fingerprint == out.fingerprint);
            if same && !old.hushed && old.seed == new.seed {
                continue;
            }
            scripts.band.play(NewPart {
                into: Into::Out(number),
                pattern: out.pattern.clone(),
                words: Arc::new(Words { site: out.site.clone(), files: Arc::clone(&files), take: pending.request }),
                from: scripts.cycles.cycle(from),
                until: None,
                ramp: None,
            });
        }
        for number in new.outs.len()..old.outs.len() {
            scripts.band.end(&Into::Out(number as u32));
        }
    }

    /// What a state wants later, from a beat on.
    pub(super) fn plan_later(&mut self, pending: &Pending, from: Ratio) {
        if matches!(pending.step, Step::Follows { score: None }) {
            return;
        }
        let cycles = &self.scripts.cycles;
        let beat = |when: bf_script::When| match when {
            bf_script::When::Cycle(cycle) => cycles.beat(cycle),
            bf_script::When::Beat(beat) => beat,
            bf_script::When::After(after) => cycles.beat(cycles.cycle(from) + after),
        };
        // A block that is evaluated plans what it says; what others have said goes on.
        let is_part = pending.text.as_ref().is_some_and(|(_, part)| part.is_some());
        let planned = |site: &bf_script::Site| !is_part || pending.evaluates(site);
        let has_come = |site: &bf_script::Site| pending.state.come.iter().any(|(of, _)| of == site);
        let all = pending.state.wanted.later.iter().filter(|later| planned(&later.site) && !has_come(&later.site));
        let waits = |wanted: &Wanted| self.scripts.later.iter().find(|(.., of)| of.is_same(wanted)).map(|(at, ..)| *at);
        let at = |later: &bf_script::Later| match later.when {
            // Of a text that is evaluated as a whole again, what waits goes on waiting.
            bf_script::When::After(_) if !is_part => waits(&later.wanted).unwrap_or_else(|| beat(later.when)),
            when => beat(when),
        };
        let mut later: Vec<(Ratio, bf_script::Site, Wanted)> =
            all.map(|later| (at(later), later.site.clone(), (*later.wanted).clone())).collect();
        later.extend(core::mem::take(&mut self.scripts.later).into_iter().filter(|(_, site, _)| !planned(site)));
        later.sort_by_key(|(beat, ..)| *beat);
        self.scripts.later = later;
    }

    /// Has what played once worked out again, and then heard.
    fn wish_again(&mut self, score: u64, of: Vec<(u64, Wish)>) {
        self.wake();
        let request = self.scripts.request();
        self.scripts.pending.clear();
        let what = Wish::Again { score: Some(score), of };
        self.ask(request, Asked { what, quant: crate::remote::Quant::Now, at: None, part_of: None });
    }

    /// An undo or redo has chosen another score: it is heard as soon as it can.
    pub(super) fn follow_score(&mut self) {
        let score = self.set.main.beside.score;
        if score == self.scripts.playing {
            return;
        }
        let Some((state, uses)) = self.scripts.recall(score) else {
            if let Some(of) = self.journal.book.again(score) {
                return self.wish_again(score, of);
            }
            let message = "what the scripts played then is no longer kept; the tracks play on as they are";
            self.messages.push(Message::Problem(message.to_owned()));
            return;
        };
        let old = self.scripts.state();
        let is_same = |name: &Name| {
            let track = |s: &State| s.wanted.tracks.iter().find(|t| t.name == *name).cloned();
            track(&old).zip(track(&state)).is_some_and(|(a, b)| a.is_same(&b))
        };
        let uses = uses.iter().filter(|(name, _)| !is_same(name)).map(|(n, u)| (n.clone(), u.clone())).collect();
        let request = self.scripts.request();
        self.scripts.newest = Arc::clone(&state);
        self.scripts.stale = self.scripts.at_work;
        self.scripts.pending.clear();
        self.scripts.pending.push_back(Pending {
            request,
            with: Vec::new(),
            state,
            uses,
            quant: crate::remote::Quant::Now,
            at: When::Now,
            step: Step::Follows { score: Some(score) },
            text: None,
        });
    }
}
