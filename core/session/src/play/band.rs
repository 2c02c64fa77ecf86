//! Everything that plays patterns: asks them ahead of the playhead and sends their notes to the engine.

use super::ask::{Answer, At, Job, Way};
use super::cycles::Cycles;
use super::part::{Into, MOST_NOTES, OutEvent, Part, Ramp, Words};
use super::sent::Watch;
use super::shelf::Shelf;
use super::strike::{Cut, pick};
use super::struck::{Struck, Voice};
use super::uses::Uses;
use bf_engine::{Controller, Target, When};
use bf_node::{ControlKey, EventBody};
use bf_patch::Name;
use bf_pattern::{Pattern, Query, Ratio, Span};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Patterns are asked so many seconds ahead of the playhead, and notes sent so many.
const ASK_SECS: f64 = 1.0;
const SEND_SECS: f64 = 0.5;
/// What leaves the program is handed out so many seconds ahead.
const LEAVE_SECS: f64 = 0.08;
/// Events that wait for who sends them; where nobody does, the oldest go.
const MOST_LEAVING: usize = 4_096;
/// What is later than this is not played any more: a burst of stale notes helps nobody.
const STALE_SECS: f64 = 0.1;
/// A pattern is asked for at least so many seconds at once.
const PIECE_SECS: f64 = 0.25;

/// Where the transport is, and how it maps.
#[derive(Clone, Copy)]
pub(crate) struct Playhead {
    pub beat: f64,
    pub bpm: f64,
    pub rate: u32,
}

impl Playhead {
    /// Beats in so many seconds.
    pub(crate) fn beats(&self, secs: f64) -> f64 {
        secs * self.bpm / 60.0
    }
}

/// What a band plays with.
pub(crate) struct Stage<'a> {
    pub controller: &'a mut Controller,
    pub cycles: &'a Cycles,
    pub shelf: &'a mut Shelf,
    pub at: Playhead,
}

/// Something to say of a part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    pub site: bf_script::Site,
    pub message: String,
    pub hint: Option<String>,
}

/// A place of a text that sounds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lit {
    pub file: Arc<str>,
    /// The request that evaluated the text.
    pub take: u64,
    pub span: (u32, u32),
    /// In beats.
    pub begin: f64,
    pub end: f64,
}

#[derive(Default)]
pub(crate) struct Band {
    pub(super) parts: Vec<Part>,
    next_id: u64,
    next_tag: u32,
    pub(super) next_note: u32,
    /// Where the transport is, in beats.
    now: f64,
    /// Tags of parts that are gone, and the beat from which on nothing waits under them: then they are given again.
    free: Vec<(u32, f64)>,
    /// What the nodes of the tracks offer.
    pub uses: BTreeMap<Name, Uses>,
    /// What the tracks use, as far as their notes are known.
    pub(super) ahead: BTreeMap<Name, Uses>,
    /// Notes that use what the nodes do not offer yet, by the beat at which they come: the nodes change there, so that
    /// the sound does not depend on when the notes were asked for.
    coming: BTreeMap<Ratio, Vec<(Name, Struck, Option<String>)>>,
    pub(super) targets: BTreeMap<Name, Option<Target>>,
    /// Where what the document says leads to.
    pub(super) aims: BTreeMap<Into, Target>,
    /// Whether only what the document says plays.
    pub hushed: bool,
    /// Tracks that their text keeps silent.
    pub muted: BTreeSet<Into>,
    pub(super) keys: BTreeMap<String, ControlKey>,
    /// The notes of each group that sound or are on their way, the last of them last.
    pub(super) cuts: BTreeMap<i64, Vec<Cut>>,
    /// The names of what notes say to their orbit.
    pub(super) orbit_controls: BTreeSet<String>,
    pub instruments: Arc<BTreeSet<String>>,
    pub query: Query,
    /// What leaves the program soon, with its number among what scripts send out.
    pub leaving: VecDeque<(u32, OutEvent)>,
    /// Notes that came too late to be played.
    pub dropped: u64,
    said: BTreeSet<String>,
    pub news: Vec<Said>,
    /// Whether places that sound are wanted, and those since they were last taken.
    pub lights: bool,
    pub lit: Vec<Lit>,
    /// What is noted of notes for who draws them.
    pub watch: Watch,
}

impl Band {
    /// Nobody plays yet. Some controls of notes are said to their orbit.
    pub(crate) fn new(orbit_controls: BTreeSet<String>) -> Band {
        Band { orbit_controls, ..Band::default() }
    }

    /// Where what plays into a place stands now.
    pub(crate) fn words(&self, into: &Into) -> Option<Arc<Words>> {
        let part = self.parts.iter().find(|part| part.into == *into && part.until.is_none());
        part.map(|part| Arc::clone(&part.words))
    }

    /// Begins a part; one that plays into the same place is replaced there from a cycle on, and what it had sent is taken
    /// back by [`Band::withdraw`].
    pub(crate) fn play(&mut self, new: NewPart) {
        if let Some(part) = self.parts.iter_mut().find(|p| p.into == new.into && new.until.is_none()) {
            part.turn(new.from, new.pattern, new.words);
            part.ramp = new.ramp;
            self.next_id += 1;
            part.id = self.next_id;
            return;
        }
        self.next_id += 1;
        let ready = self.free.iter().position(|(_, until)| *until <= self.now);
        let tag = ready.map(|at| self.free.swap_remove(at).0).unwrap_or_else(|| {
            self.next_tag += 1;
            self.next_tag
        });
        self.parts.push(Part {
            id: self.next_id,
            tag,
            into: new.into,
            pattern: new.pattern,
            good: None,
            asked_in: Arc::clone(&new.words),
            words: new.words,
            until: new.until,
            ramp: new.ramp,
            asked: new.from,
            asking: false,
            broken: false,
            fallen: false,
            notes: Default::default(),
            learnt: 0,
            values: Default::default(),
            outs: Default::default(),
            ends: Vec::new(),
        });
    }

    /// Takes back what a part has sent from a beat on, so that it can be played anew or not at all.
    pub(crate) fn withdraw(&mut self, into: &Into, from: Ratio, controller: &mut Controller) {
        for part in self.parts.iter().filter(|p| p.into == *into) {
            take_back(&mut self.cuts, part.tag, from, controller);
            self.watch.back(part.tag, from);
        }
    }

    /// The same but of a part that gives way to another: that one fades on.
    pub(crate) fn withdraw_present(&mut self, into: &Into, from: Ratio, controller: &mut Controller) {
        for part in self.parts.iter().filter(|p| p.into == *into && p.until.is_none()) {
            take_back(&mut self.cuts, part.tag, from, controller);
            self.watch.back(part.tag, from);
        }
    }

    /// Ends the parts that play into a place.
    pub(crate) fn end(&mut self, into: &Into) {
        self.leave(|part| part.into == *into);
    }

    /// Parts that are over go, and their tags once nothing waits under them.
    fn leave(&mut self, is_over: impl Fn(&Part) -> bool) {
        let Band { parts, free, now, .. } = self;
        parts.retain(|part| {
            let over = is_over(part);
            if over {
                let until = part.ends.iter().copied().fold(*now + TAG_BEATS, f64::max);
                free.push((part.tag, until));
            }
            !over
        });
    }

    /// Goes on with a part that plays what it did, from a text in which it may stand elsewhere.
    pub(crate) fn keep(&mut self, new: &NewPart) {
        for part in self.parts.iter_mut().filter(|p| p.into == new.into && p.until.is_none()) {
            if part.fallen || part.broken {
                // The text is as it was when it failed: what it fell back to goes on.
                continue;
            }
            (part.pattern, part.words) = (new.pattern.clone(), Arc::clone(&new.words));
        }
    }

    /// Says where a part of the document leads to, and where in a file it stands.
    pub(crate) fn aim(&mut self, into: &Into, target: Option<Target>, site: bf_script::Site) {
        match target {
            Some(target) => self.aims.insert(into.clone(), target),
            None => self.aims.remove(into),
        };
        if let Some(part) = self.parts.iter_mut().find(|p| p.into == *into) {
            Arc::make_mut(&mut part.words).site = site;
        }
    }

    /// Nobody answers any more what was asked so far: it is asked again.
    pub(crate) fn unask(&mut self) {
        self.parts.iter_mut().for_each(|part| part.asking = false);
    }

    /// Asks everything anew from a beat on, after a jump or after silence; what was sent for a beat is taken back.
    pub(crate) fn anew(&mut self, sent: Ratio, from: Ratio, cycles: &Cycles, controller: &mut Controller) {
        for part in &mut self.parts {
            // What the document says was not silent.
            if sent == from && part.into.is_of_document() {
                continue;
            }
            take_back(&mut self.cuts, part.tag, sent, controller);
            self.watch.back(part.tag, sent);
            part.from(cycles.cycle(from));
            self.next_id += 1;
            part.id = self.next_id;
        }
    }

    /// What was to be played before a cycle and was not, is not played any more.
    pub(crate) fn skip_to(&mut self, cycle: Ratio) {
        for part in self.parts.iter_mut().filter(|part| !part.into.is_of_document()) {
            part.notes.retain(|note| note.begin >= cycle);
            part.learnt = part.learnt.min(part.notes.len());
        }
    }

    /// A part whose place now leads elsewhere sends its notes again from a beat on.
    pub(crate) fn renew_targets(&mut self, from: Ratio, cycles: &Cycles, controller: &mut Controller) {
        let old = core::mem::take(&mut self.targets);
        let mut moved: BTreeSet<Name> = BTreeSet::new();
        for (node, target) in old {
            let now = controller.target(node.as_str(), None);
            if target.is_some() && now != target {
                moved.insert(node.clone());
            }
            self.targets.insert(node, now);
        }
        for part in &mut self.parts {
            let Into::Track(track) = &part.into else { continue };
            let below = |node: &Name| node.as_str().strip_prefix(track.as_str()).is_some_and(|n| n.starts_with('/'));
            if moved.iter().any(below) {
                take_back(&mut self.cuts, part.tag, from, controller);
                self.watch.back(part.tag, from);
                part.from(cycles.cycle(from));
                self.next_id += 1;
                part.id = self.next_id;
            }
        }
    }

    /// Whether patterns were asked that have not answered yet.
    pub(crate) fn is_asking(&self) -> bool {
        self.parts.iter().any(|part| part.asking)
    }

    /// Asks what is due to be asked.
    pub(crate) fn ask(&mut self, way: &mut Way, stage: &Stage<'_>) {
        self.now = stage.at.beat;
        let ahead = Ratio::from_f64(stage.at.beat + stage.at.beats(ASK_SECS));
        let horizon = stage.cycles.cycle(ahead);
        let now = stage.cycles.cycle(Ratio::from_f64(stage.at.beat.max(0.0)));
        for part in &mut self.parts {
            if self.hushed && !part.into.is_of_document() {
                continue;
            }
            if part.asking || part.broken || part.asked >= horizon || part.until.is_some_and(|u| part.asked >= u) {
                continue;
            }
            // What has passed is not asked: the sound goes on from here.
            if part.asked + Ratio::ONE < now {
                part.asked = now.cycle();
            }
            let piece = Ratio::from_f64(stage.at.beats(PIECE_SECS) / stage.cycles.signature(ahead) as f64);
            let least = part.asked + piece;
            let mut end = if least.is_int() { least } else { least.next_cycle() };
            if let Some(until) = part.until {
                end = end.min(until);
            }
            let span = Span { begin: part.asked, end };
            let (id, pattern, query) = (part.id, part.pattern.clone(), self.query.clone());
            let job = match part.into {
                Into::Param(_) => Job::Values { part: id, pattern, span, query, at: At::Steps },
                Into::Value(_) => Job::Values { part: id, pattern, span, query, at: At::Onsets },
                Into::Out(_) => Job::Outs { part: id, pattern, span, query },
                _ => Job::Notes { part: id, pattern, span, query, instruments: Arc::clone(&self.instruments) },
            };
            part.asking = way.give(job);
            part.asked_in = Arc::clone(&part.words);
        }
    }

    /// Takes in what a pattern answered; an answer for what no longer plays is dropped.
    pub(crate) fn take(&mut self, answer: Answer) {
        let (id, span) = match &answer {
            Answer::Notes { part, span, .. } | Answer::Values { part, span, .. } | Answer::Outs { part, span, .. } => {
                (*part, *span)
            }
            _ => return,
        };
        let Some(part) = self.parts.iter_mut().find(|p| p.id == id) else { return };
        part.asking = false;
        let failed = match answer {
            Answer::Notes { result: Ok(notes), .. } => {
                part.take(notes.into_iter().filter(|n| n.begin >= span.begin && n.begin < span.end));
                None
            }
            Answer::Values { result: Ok(values), .. } => {
                part.values.extend(values);
                None
            }
            Answer::Outs { result: Ok(outs), .. } => {
                part.outs.extend(outs.into_iter().filter(|o| o.begin >= span.begin && o.begin < span.end));
                None
            }
            Answer::Notes { result: Err(why), .. }
            | Answer::Values { result: Err(why), .. }
            | Answer::Outs { result: Err(why), .. } => Some(why),
            _ => None,
        };
        let Some(why) = failed else {
            part.asked = span.end;
            return;
        };
        let site = part.words.site.clone();
        let hint = match part.good.take() {
            Some((good, words)) => {
                (part.pattern, part.words, part.fallen) = (good, words, true);
                Some("it plays what it played before".to_owned())
            }
            None => {
                part.broken = true;
                let until = if part.into.is_of_document() { "its text changes" } else { "it is evaluated again" };
                Some(format!("it is silent until {until}"))
            }
        };
        self.news.push(Said { site, message: why, hint });
    }

    /// Notes what the notes that have come in use.
    fn learn(&mut self, shelf: &mut Shelf, cycles: &Cycles) {
        let Band { parts, ahead, coming, said, news, instruments, .. } = self;
        for part in parts.iter_mut() {
            let Into::Track(track) = &part.into else { continue };
            for note in part.notes.iter().skip(part.learnt) {
                for message in &note.odd {
                    if said.insert(message.clone()) {
                        news.push(Said { site: part.words.site.clone(), message: message.clone(), hint: None });
                    }
                }
                let sample = pick(note, shelf);
                if let Some(Err(message)) = &sample
                    && said.insert(message.clone())
                {
                    let hint = near_instrument(note, instruments);
                    news.push(Said { site: part.words.site.clone(), message: message.clone(), hint });
                }
                let found = sample.and_then(Result::ok);
                if matches!(note.voice, Voice::Sample(_)) && found.is_none() {
                    continue;
                }
                if ahead.entry(track.clone()).or_default().add(note, found.as_deref()) {
                    coming.entry(cycles.beat(note.begin)).or_default().push((track.clone(), note.clone(), found));
                }
            }
            part.learnt = part.notes.len();
        }
    }

    /// The beat at which the nodes must offer more, the first of them.
    pub(crate) fn wants_more(&self) -> Option<Ratio> {
        self.coming.keys().next().copied()
    }

    /// Samples that notes to come use.
    pub(crate) fn samples_ahead(&self) -> impl Iterator<Item = &String> {
        self.coming.values().flatten().filter_map(|(_, _, sample)| sample.as_ref())
    }

    /// From a beat on the nodes offer what the notes there use.
    pub(crate) fn offer(&mut self, beat: Ratio) {
        while let Some(first) = self.coming.first_entry().filter(|first| *first.key() <= beat) {
            for (track, note, sample) in first.remove() {
                self.uses.entry(track).or_default().add(&note, sample.as_deref());
            }
        }
    }

    /// A track uses something else from now on; none: nothing.
    pub(crate) fn set_uses(&mut self, track: &Name, uses: Option<Uses>) {
        for coming in self.coming.values_mut() {
            coming.retain(|(of, ..)| of != track);
        }
        self.coming.retain(|_, coming| !coming.is_empty());
        match uses {
            Some(uses) => {
                self.ahead.insert(track.clone(), uses.clone());
                self.uses.insert(track.clone(), uses);
            }
            None => {
                self.ahead.remove(track);
                self.uses.remove(track);
            }
        }
    }

    /// Sends what is near.
    pub(crate) fn send(&mut self, stage: &mut Stage<'_>) {
        self.learn(stage.shelf, stage.cycles);
        let until = Ratio::from_f64(stage.at.beat + stage.at.beats(SEND_SECS));
        let stale = stage.at.beat - stage.at.beats(STALE_SECS);
        for i in 0..self.parts.len() {
            if self.hushed && !self.parts[i].into.is_of_document() {
                continue;
            }
            // Notes whose nodes are on their way wait; those behind them do not.
            let mut waiting = Vec::new();
            while let Some(note) = self.parts[i].notes.front() {
                let beat = stage.cycles.beat(note.begin);
                if beat > until || !stage.controller.has_room() {
                    break;
                }
                let note = note.clone();
                if self.parts[i].ends.len() >= MOST_NOTES {
                    self.parts[i].ends.retain(|end| *end > stage.at.beat);
                }
                if beat.to_f64() < stale {
                    self.dropped += 1;
                    let (site, message) =
                        (self.parts[i].words.site.clone(), "notes came too late and are left out".to_owned());
                    let hint = "the script, or this machine, is too slow for it: fewer or simpler patterns".to_owned();
                    self.say(Said { site, message, hint: Some(hint) });
                } else if self.parts[i].ends.len() >= MOST_NOTES {
                    self.dropped += 1;
                    let message = format!("more than {MOST_NOTES} notes at once; what is more is left out");
                    let site = self.parts[i].words.site.clone();
                    self.say(Said {
                        site,
                        message,
                        hint: Some("shorter notes, .clip(1), or fewer of them".to_owned()),
                    });
                } else if !self.strike(i, &note, stage) {
                    waiting.push(note);
                }
                self.parts[i].notes.pop_front();
                self.parts[i].learnt = self.parts[i].learnt.saturating_sub(1);
            }
            self.parts[i].learnt += waiting.len();
            waiting.into_iter().rev().for_each(|note| self.parts[i].notes.push_front(note));
            while let Some((at, value)) = self.parts[i].values.front().copied() {
                let beat = stage.cycles.beat(at);
                if beat > until || !stage.controller.has_room() {
                    break;
                }
                self.parts[i].values.pop_front();
                let target = match &self.parts[i].into {
                    Into::Param(to) => {
                        stage.controller.param_target(to.node.as_str(), to.port.as_ref().map_or("", Name::as_str))
                    }
                    into => self.aims.get(into).copied(),
                };
                if let Some(target) = target {
                    let body = EventBody::Trigger { value };
                    stage.controller.send(target, self.parts[i].tag, body, When::Beat(beat));
                }
            }
        }
        self.hand_out(stage);
        self.leave(Part::is_over);
    }

    /// Hands out what leaves the program soon; what is stale is left out.
    fn hand_out(&mut self, stage: &Stage<'_>) {
        let until = Ratio::from_f64(stage.at.beat + stage.at.beats(LEAVE_SECS));
        let stale = stage.at.beat - stage.at.beats(STALE_SECS);
        for part in self.parts.iter_mut().filter(|part| !part.outs.is_empty() && !self.hushed) {
            let Into::Out(number) = part.into else { continue };
            while let Some(out) = part.outs.pop_front_if(|out| stage.cycles.beat(out.begin) <= until) {
                if stage.cycles.beat(out.begin).to_f64() >= stale {
                    self.leaving.push_back((number, out));
                }
            }
        }
        while self.leaving.len() > MOST_LEAVING {
            self.leaving.pop_front();
        }
    }

    /// Forgets what was said, so that it is said again.
    pub(crate) fn forget_said(&mut self) {
        self.said.clear();
    }

    /// Whether something was not said before; it counts as said now.
    pub(crate) fn is_new(&mut self, message: &str) -> bool {
        self.said.insert(message.to_owned())
    }

    /// Says something once.
    pub(crate) fn say(&mut self, said: Said) {
        if self.said.insert(said.message.clone()) {
            self.news.push(said);
        }
    }
}

/// Beats in which something may still wait under the tag of a part that is gone, besides the ends of its notes.
const TAG_BEATS: f64 = 16.0;

/// Takes back what waits under a tag from a beat on.
fn take_back(cuts: &mut BTreeMap<i64, Vec<Cut>>, tag: u32, from: Ratio, controller: &mut Controller) {
    _ = controller.withdraw(tag, from);
    cuts.values_mut().for_each(|of| of.retain(|cut| cut.tag != tag || cut.begin < from));
}

/// A part to be.
pub(crate) struct NewPart {
    pub into: Into,
    pub pattern: Pattern,
    pub words: Arc<Words>,
    /// The cycle from which on it plays, and the one at which it ends.
    pub from: Ratio,
    pub until: Option<Ratio>,
    pub ramp: Option<Ramp>,
}

/// The instrument whose name is near that of a sound that is not there.
pub(crate) fn near_instrument(note: &Struck, instruments: &BTreeSet<String>) -> Option<String> {
    let Voice::Sample(name) = &note.voice else { return None };
    let near = bf_node::registry::nearest(name, instruments.iter().map(String::as_str));
    near.map(|near| format!("did you mean the instrument `{near}`?"))
}
