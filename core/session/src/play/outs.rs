//! Patterns that leave the program: asked ahead like those that sound, and handed out at their time.

use super::ask::{Job, Way};
use super::band::{Said, Stage};
use bf_pattern::{Event, Pattern, Query, Ratio, Span, Value};
use bf_script::{Destination, Out, Site};
use std::collections::VecDeque;

/// Patterns are asked so many seconds ahead of the playhead.
const ASK_SECS: f64 = 1.0;
/// And for at least so many at once.
const PIECE_SECS: f64 = 0.25;
/// Events of one pattern that wait; what is more is left out.
const MOST: usize = 4_096;
/// What is later than this is not sent any more.
const STALE_SECS: f64 = 0.1;
/// Marks these players among the parts of the band.
const MARK: u64 = 1 << 63;

/// An event that leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaving {
    /// When it begins, in beats.
    pub beat: Ratio,
    /// When it ends.
    pub end: Ratio,
    /// How long it is, in cycles.
    pub cycles: Ratio,
    /// Where to.
    pub to: Destination,
    /// What it says, by the names of the language; a plain value is under `value`.
    pub controls: Vec<(String, Value)>,
}

struct Player {
    id: u64,
    to: Destination,
    pattern: Pattern,
    fingerprint: Option<u64>,
    site: Site,
    /// Up to which cycle it was asked, and whether an answer is on its way.
    asked: Ratio,
    asking: bool,
    /// Why it cannot be asked was said; it is silent until its text changes.
    broken: bool,
    /// The cycle at which it ends, where another has taken its place.
    until: Option<Ratio>,
    events: VecDeque<Gone>,
}

/// An event that waits, in cycles.
struct Gone {
    begin: Ratio,
    end: Ratio,
    controls: Vec<(String, Value)>,
}

/// All patterns that leave.
#[derive(Default)]
pub(crate) struct Outs {
    players: Vec<Player>,
    next: u64,
    /// Events that came too late, or found no room.
    pub dropped: u64,
}

impl Outs {
    /// What scripts want from a cycle on. What is surely the same goes on.
    pub(crate) fn turn(&mut self, wanted: &[Out], from: Ratio) {
        let mut kept = vec![false; wanted.len()];
        for player in self.players.iter_mut().filter(|p| p.until.is_none()) {
            let same =
                |out: &Out| out.to == player.to && out.fingerprint.is_some() && out.fingerprint == player.fingerprint;
            match wanted.iter().enumerate().position(|(n, out)| !kept[n] && same(out)) {
                Some(n) => {
                    kept[n] = true;
                    player.site.clone_from(&wanted[n].site);
                }
                None => {
                    player.until = Some(from);
                    player.events.retain(|event| event.begin < from);
                }
            }
        }
        for (out, _) in wanted.iter().zip(kept).filter(|(_, kept)| !kept) {
            self.next += 1;
            self.players.push(Player {
                id: MARK | self.next,
                to: out.to.clone(),
                pattern: out.pattern.clone(),
                fingerprint: out.fingerprint,
                site: out.site.clone(),
                asked: from,
                asking: false,
                broken: false,
                until: None,
                events: VecDeque::new(),
            });
        }
    }

    /// Asks everything anew from a cycle on, as after a jump.
    pub(crate) fn anew(&mut self, from: Ratio) {
        for player in &mut self.players {
            self.next += 1;
            (player.id, player.asked, player.asking) = (MARK | self.next, from, false);
            player.events.clear();
        }
    }

    /// Asks what is due to be asked.
    pub(crate) fn ask(&mut self, way: &mut Way, stage: &Stage<'_>, query: &Query) {
        let ahead = Ratio::from_f64(stage.at.beat + stage.at.beats(ASK_SECS));
        let horizon = stage.cycles.cycle(ahead);
        let now = stage.cycles.cycle(Ratio::from_f64(stage.at.beat.max(0.0)));
        self.players.retain(|p| p.until.is_none_or(|until| until > now) || !p.events.is_empty());
        for player in &mut self.players {
            let over = player.until.is_some_and(|until| player.asked >= until);
            if player.asking || player.broken || over || player.asked >= horizon {
                continue;
            }
            if player.asked + Ratio::ONE < now {
                player.asked = now.cycle();
            }
            let least =
                player.asked + Ratio::from_f64(stage.at.beats(PIECE_SECS) / stage.cycles.signature(ahead) as f64);
            let end = if least.is_int() { least } else { least.next_cycle() };
            let end = player.until.map_or(end, |until| end.min(until));
            let (part, pattern, query) = (player.id, player.pattern.clone(), query.clone());
            player.asking = way.give(Job::Events { part, pattern, span: Span { begin: player.asked, end }, query });
        }
    }

    /// Takes in what a pattern answered.
    pub(crate) fn take(&mut self, part: u64, span: Span, result: Result<Vec<Event>, String>) -> Option<Said> {
        let player = self.players.iter_mut().find(|p| p.id == part)?;
        player.asking = false;
        match result {
            Ok(events) => {
                player.asked = span.end;
                let mut gone: Vec<Gone> = events.iter().filter_map(gone).collect();
                gone.retain(|event| event.begin >= span.begin && event.begin < span.end);
                gone.sort_by_key(|event| event.begin);
                let room = MOST.saturating_sub(player.events.len());
                self.dropped += gone.len().saturating_sub(room) as u64;
                player.events.extend(gone.into_iter().take(room));
                None
            }
            Err(message) => {
                player.broken = true;
                let hint = Some("it is silent until it is evaluated again".to_owned());
                Some(Said { site: player.site.clone(), message, hint })
            }
        }
    }

    /// What is to leave before a beat, in order.
    pub(crate) fn leave(
        &mut self,
        until: f64,
        stage: &Stage<'_>,
        wanted: &dyn Fn(&Destination) -> bool,
    ) -> Vec<Leaving> {
        let mut all = Vec::new();
        let stale = stage.at.beat - stage.at.beats(STALE_SECS);
        for player in self.players.iter_mut().filter(|p| wanted(&p.to)) {
            while let Some(event) = player.events.front() {
                let beat = stage.cycles.beat(event.begin);
                if beat.to_f64() >= until {
                    break;
                }
                let Some(Gone { begin, end, controls }) = player.events.pop_front() else { break };
                if beat.to_f64() < stale {
                    self.dropped += 1;
                    continue;
                }
                let cycles = end - begin;
                all.push(Leaving { beat, end: stage.cycles.beat(end), cycles, to: player.to.clone(), controls });
            }
        }
        all.sort_by_key(|leaving| leaving.beat);
        all
    }

    /// Nothing is to leave while everything is hushed.
    pub(crate) fn silence(&mut self) {
        self.players.iter_mut().for_each(|player| player.events.clear());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.players.is_empty()
    }
}

/// An event that begins where it is asked for, with its controls.
fn gone(event: &Event) -> Option<Gone> {
    let whole = event.whole.filter(|_| event.has_onset())?;
    let controls = event.value.controls().iter().map(|(key, value)| (key.to_string(), value.clone())).collect();
    Some(Gone { begin: whole.begin, end: whole.end, controls })
}
