//! The script's thread: texts are evaluated and patterns asked there, so that neither holds up anything else.

use super::callbacks::{Callbacks, Called, Stamp};
use super::part::OutEvent;
use super::state::{Change, Sheet, State};
use super::struck::{Struck, struck};
use crate::Diagnostic;
use bf_patch::{Name, Socket};
use bf_pattern::{Event, Pattern, Query, Ratio, Span};
use bf_script::{Host, Instrument, Ports, Site, Wanted};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

/// Work for the thread.
pub(crate) enum Job {
    /// Changes a state, and surveys what its new tracks strike in the cycles from one on.
    Change { id: u64, change: Change, from: Arc<State>, cycle: i64 },
    /// Asks a pattern for its notes.
    Notes { part: u64, pattern: Pattern, span: Span, query: Query, instruments: Arc<BTreeSet<String>> },
    /// Asks a pattern for what leaves the program.
    Outs { part: u64, pattern: Pattern, span: Span, query: Query },
    /// Evaluates an expression that yields a pattern of notes.
    Expression { key: u64, text: String },
    /// Evaluates the script of a node.
    Script { key: u64, file: String, text: String },
    /// Calls back the script of a node.
    Call { key: u64, calls: Vec<(Stamp, Option<bf_script::Call>)> },
    /// A node with a script is gone.
    Forget { key: u64 },
    /// Asks a pattern that leaves the program for its events.
    Events { part: u64, pattern: Pattern, span: Span, query: Query },
    /// Asks a pattern for its values.
    Values { part: u64, pattern: Pattern, span: Span, query: Query, at: At },
}

/// Where a pattern is asked for its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum At {
    /// Many times a cycle: it may change at any time.
    Steps,
    /// Where its events begin.
    Onsets,
}

impl Job {
    /// What is answered where the work ran into a fault of this program.
    fn fallen(&self) -> impl FnOnce() -> Answer + use<> {
        let why = || "this ran into a fault of this program, and was stopped".to_owned();
        let (kind, id, span) = match self {
            Job::Change { id, .. } => (0, *id, Span::new(0, 0)),
            Job::Notes { part, span, .. } => (1, *part, *span),
            Job::Values { part, span, .. } => (2, *part, *span),
            Job::Events { part, span, .. } => (6, *part, *span),
            Job::Outs { part, span, .. } => (7, *part, *span),
            Job::Expression { key, .. } => (3, *key, Span::new(0, 0)),
            Job::Script { key, .. } => (4, *key, Span::new(0, 0)),
            Job::Call { key, .. } | Job::Forget { key } => (5, *key, Span::new(0, 0)),
        };
        move || match kind {
            0 => Answer::Changed { id, result: Err(vec![plain(why())]) },
            1 => Answer::Notes { part: id, span, result: Err(why()) },
            3 => Answer::Expression { key: id, result: Err(vec![plain(why())]) },
            4 => Answer::Script { key: id, result: Err(vec![plain(why())]) },
            5 => Answer::Called { key: id, called: Called::default() },
            6 => Answer::Events { part: id, span, result: Err(why()) },
            7 => Answer::Outs { part: id, span, result: Err(why()) },
            _ => Answer::Values { part: id, span, result: Err(why()) },
        }
    }
}

/// What came of it.
pub(crate) enum Answer {
    Changed { id: u64, result: Result<Box<Changed>, Vec<Diagnostic>> },
    Notes { part: u64, span: Span, result: Result<Vec<Struck>, String> },
    Values { part: u64, span: Span, result: Result<Vec<(Ratio, f32)>, String> },
    Events { part: u64, span: Span, result: Result<Vec<Event>, String> },
    Outs { part: u64, span: Span, result: Result<Vec<OutEvent>, String> },
    Expression { key: u64, result: Result<Pattern, Vec<Diagnostic>> },
    Script { key: u64, result: Result<Ports, Vec<Diagnostic>> },
    Called { key: u64, called: Called },
}

/// A state that was changed.
#[derive(Clone, Debug)]
pub(crate) struct Changed {
    pub state: State,
    /// What tracks that are not as before strike first; for a pattern that cannot be asked: why.
    pub survey: BTreeMap<Name, Result<Vec<Struck>, String>>,
}

/// How many cycles are looked at to learn what a track uses.
const SURVEY: i64 = 8;
/// The most events of a track that are looked at, and of all tracks together. Counted, not timed: what a set sounds like
/// does not depend on how busy the machine was.
const SURVEY_EVENTS: usize = 2_048;
const SURVEY_ALL: usize = 16_384;
/// What takes longer than this is no pattern that can be looked at; its nodes come with its notes.
const SURVEY_TIME: Duration = Duration::from_secs(1);
/// Values of a moving param in a cycle.
const VALUES: i64 = 128;
/// Jobs on their way.
const JOBS: usize = 256;

/// What evaluates and asks.
pub(crate) struct Mind {
    /// Where there is none, patterns are asked and nothing is evaluated.
    pub host: Option<Host>,
    /// The instruments that ship.
    pub library: Arc<BTreeMap<Name, Instrument>>,
    /// Whether sound waits for it: then no clock decides what it finds.
    pub is_awaited: bool,
    /// The scripts of nodes.
    pub callbacks: Callbacks,
}

impl Mind {
    pub(crate) fn work(&self, job: Job) -> Answer {
        match job {
            Job::Expression { key, text } => {
                let result = self.host().and_then(|host| host.pattern(&text));
                Answer::Expression { key, result }
            }
            Job::Script { key, file, text } => {
                let result = self.host().and_then(|host| self.callbacks.evaluate(host, key, &file, &text));
                Answer::Script { key, result }
            }
            Job::Call { key, calls } => {
                let called = self.host().map(|host| self.callbacks.call(host, key, calls)).unwrap_or_default();
                Answer::Called { key, called }
            }
            Job::Forget { key } => {
                self.callbacks.forget(key);
                Answer::Called { key, called: Called::default() }
            }
            Job::Change { id, change, from, cycle } => {
                Answer::Changed { id, result: self.change(id, change, &from, cycle).map(Box::new) }
            }
            Job::Notes { part, pattern, span, query, instruments } => {
                let events = pattern.query(span, &query).map_err(|e| e.to_string());
                Answer::Notes { part, span, result: events.map(|events| notes(&events, &instruments)) }
            }
            Job::Events { part, pattern, span, query } => {
                Answer::Events { part, span, result: pattern.query(span, &query).map_err(|e| e.to_string()) }
            }
            Job::Outs { part, pattern, span, query } => {
                let events = pattern.query(span, &query).map_err(|e| e.to_string());
                Answer::Outs { part, span, result: events.map(|events| outs(&events)) }
            }
            Job::Values { part, pattern, span, query, at: At::Steps } => {
                Answer::Values { part, span, result: values(&pattern, span, &query) }
            }
            Job::Values { part, pattern, span, query, at: At::Onsets } => {
                Answer::Values { part, span, result: onsets(&pattern, span, &query) }
            }
        }
    }

    fn host(&self) -> Result<&Host, Vec<Diagnostic>> {
        self.host.as_ref().ok_or_else(|| vec![plain("nothing here evaluates scripts".to_owned())])
    }

    fn change(&self, id: u64, change: Change, from: &State, cycle: i64) -> Result<Changed, Vec<Diagnostic>> {
        let mut state = from.clone();
        self.take_in(id, change, &mut state)?;
        state.wanted = state.sum()?;
        state.firsts = firsts(&state.wanted);
        let survey = self.survey(&state.wanted, &from.wanted, cycle);
        Ok(Changed { state, survey })
    }

    fn take_in(&self, id: u64, change: Change, state: &mut State) -> Result<(), Vec<Diagnostic>> {
        let host = self.host()?;
        state.consists(id, &change);
        match change {
            Change::Text { file, text, part: None } => {
                let (score, present) = host.evaluate_set(&file, &text)?;
                let order = state.next_order();
                // What has come and is said still, stays.
                let later = score.sum().later;
                let said = |wanted: &Wanted| later.iter().find(|later| later.wanted.is_same(wanted));
                state.come.retain_mut(|(site, wanted)| {
                    let Some(later) = said(wanted) else { return false };
                    site.clone_from(&later.site);
                    true
                });
                state.sheets.insert(file, Sheet { order, score, present });
                let declared = |name: &Name| state.sheets.values().any(|s| s.score.sum().scenes.contains_key(name));
                state.scene = state.scene.clone().filter(declared);
                state.launch();
            }
            Change::Text { file, text, part: Some(part) } => {
                // What was typed has the values of the set's own script.
                let present = state.sheets.values().next().map(|s| s.present.clone()).unwrap_or_default();
                let order = state.next_order();
                let sheet = state.sheets.entry(Arc::clone(&file));
                let sheet = sheet.or_insert_with(|| Sheet { present, ..Sheet::default() });
                let wanted = host.evaluate_block(&file, &text, part.clone(), &mut sheet.present)?;
                sheet.score.replace(&text, part.clone(), wanted);
                sheet.order = order;
                let within = |site: &Site| {
                    site.file == file && site.block.start < part.end as u32 && (part.start as u32) < site.block.end
                };
                state.come.retain(|(site, _)| !within(site));
                state.launch();
            }
            Change::Launch(scene) => state.scene = scene,
            Change::Come(site, wanted) => {
                state.come.retain(|(of, _)| *of != site);
                state.come.push((site, *wanted));
            }
            Change::Again { of, .. } => {
                *state = State::default();
                for (id, change) in of {
                    self.take_in(id, change, state)?;
                }
            }
        }
        Ok(())
    }

    /// The names of all instruments.
    pub(crate) fn instruments(&self, wanted: &Wanted) -> BTreeSet<String> {
        self.library.keys().chain(wanted.instruments.keys()).map(ToString::to_string).collect()
    }

    fn survey(&self, wanted: &Wanted, before: &Wanted, cycle: i64) -> BTreeMap<Name, Result<Vec<Struck>, String>> {
        let instruments = self.instruments(wanted);
        let began = Instant::now();
        let (mut found, mut seen) = (BTreeMap::new(), 0);
        for track in &wanted.tracks {
            if before.tracks.iter().any(|t| t.name == track.name && t.is_same(track)) {
                continue;
            }
            let mut all = Vec::new();
            let mut said = Ok(());
            for cycle in cycle..cycle + SURVEY {
                let query = Query { max_events: SURVEY_EVENTS * 32, ..query(wanted) };
                match track.pattern.query(Span::new(cycle, cycle + 1), &query) {
                    Ok(events) => {
                        seen += events.len();
                        all.extend(notes(&events, &instruments));
                    }
                    Err(e) => said = Err(e.to_string()),
                }
                let enough = all.len() > SURVEY_EVENTS || seen > SURVEY_ALL;
                if said.is_err() || enough || (!self.is_awaited && began.elapsed() > SURVEY_TIME) {
                    break;
                }
            }
            found.insert(track.name.clone(), said.map(|()| all));
        }
        found
    }
}

/// A fault that has no place in a text.
pub(crate) fn plain(message: String) -> Diagnostic {
    Diagnostic {
        file: String::new(),
        line: 1,
        column: 1,
        len: 0,
        message,
        hint: None,
        severity: crate::Severity::Error,
    }
}

/// How the patterns of a script are asked.
pub(crate) fn query(wanted: &Wanted) -> Query {
    Query { cps: Some(wanted.cycles_per_sec()), seed: wanted.seed.unwrap_or(0.0), ..Query::default() }
}

/// The values of moving params at cycle 0.
fn firsts(wanted: &Wanted) -> BTreeMap<Socket, f32> {
    let begin = Span { begin: Ratio::ZERO, end: Ratio::new(1, VALUES) };
    let first = |pattern: &Pattern| Some(values(pattern, begin, &query(wanted)).ok()?.first()?.1);
    wanted.moved.iter().filter_map(|(to, moved)| Some((to.clone(), first(&moved.pattern)?))).collect()
}

fn notes(events: &[Event], instruments: &BTreeSet<String>) -> Vec<Struck> {
    let mut all: Vec<Struck> = events.iter().filter_map(|event| struck(event, instruments)).collect();
    all.sort_by_key(|note| note.begin);
    all
}

/// The values of a span on a fixed grid of cycles, where they change.
fn values(pattern: &Pattern, span: Span, query: &Query) -> Result<Vec<(Ratio, f32)>, String> {
    let step = Ratio::new(1, VALUES);
    let first = (span.begin * Ratio::int(VALUES)).ceil();
    let last = (span.end * Ratio::int(VALUES)).ceil();
    let mut all: Vec<(Ratio, f32)> = Vec::new();
    for at in first..last {
        let begin = Ratio::new(at, VALUES);
        let events = pattern.query(Span { begin, end: begin + step }, query).map_err(|e| e.to_string())?;
        // Of several in one step the last counts from its own onset on.
        for event in &events {
            let Some(x) = event.value.number().filter(|x| x.is_finite()) else { continue };
            if all.last().is_none_or(|(_, last)| *last != x as f32) {
                all.push((event.part.begin, x as f32));
            }
        }
    }
    Ok(all)
}

/// The values of a span where they begin, and the one that holds at its begin.
fn onsets(pattern: &Pattern, span: Span, query: &Query) -> Result<Vec<(Ratio, f32)>, String> {
    let mut events = pattern.query(span, query).map_err(|e| e.to_string())?;
    events.sort_by_key(|event| event.part.begin);
    let mut all: Vec<(Ratio, f32)> = Vec::new();
    for event in &events {
        let Some(x) = event.value.number().filter(|x| x.is_finite()) else { continue };
        if all.last().is_none_or(|(_, last)| *last != x as f32) {
            all.push((event.part.begin, x as f32));
        }
    }
    Ok(all)
}

/// The way to the mind: a thread of its own, or, where a render waits for scripts, the caller's.
pub(crate) enum Way {
    /// No script was evaluated yet.
    Idle,
    Here {
        mind: Mind,
        done: Vec<Answer>,
    },
    There {
        jobs: SyncSender<Job>,
        answers: Receiver<Answer>,
        library: Arc<BTreeMap<Name, Instrument>>,
    },
}

impl Way {
    /// Works where it is called.
    pub(crate) fn here(mind: Mind) -> Way {
        Way::Here { mind, done: Vec::new() }
    }

    /// Works on a thread of its own; where the system grants none, as [`Way::here`].
    pub(crate) fn there(make: impl FnOnce() -> Mind) -> Way {
        let mind = make();
        let library = Arc::clone(&mind.library);
        let (jobs, to_do) = sync_channel::<Job>(JOBS);
        let (done, answers) = sync_channel(JOBS);
        let (hand, taken) = sync_channel::<Mind>(1);
        let work = move || {
            let Ok(mind) = taken.recv() else { return };
            for job in to_do {
                let fallen = job.fallen();
                // A fault of this program in one pattern leaves the others playing.
                let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| mind.work(job)));
                if done.send(answer.unwrap_or_else(|_| fallen())).is_err() {
                    return;
                }
            }
        };
        match std::thread::Builder::new().name("bf-script".into()).spawn(work) {
            Ok(_) => {
                _ = hand.send(mind);
                Way::There { jobs, answers, library }
            }
            Err(_) => Way::here(mind),
        }
    }

    pub(crate) fn library(&self) -> Arc<BTreeMap<Name, Instrument>> {
        match self {
            Way::Idle => Arc::default(),
            Way::Here { mind, .. } => Arc::clone(&mind.library),
            Way::There { library, .. } => Arc::clone(library),
        }
    }

    /// Gives work; false where the thread has too much, or is gone.
    pub(crate) fn give(&mut self, job: Job) -> bool {
        match self {
            Way::Idle => false,
            Way::Here { mind, done } => {
                done.push(mind.work(job));
                true
            }
            Way::There { jobs, .. } => {
                !matches!(jobs.try_send(job), Err(TrySendError::Full(_) | TrySendError::Disconnected(_)))
            }
        }
    }

    /// What is done since the last call.
    pub(crate) fn answers(&mut self) -> Vec<Answer> {
        match self {
            Way::Idle => Vec::new(),
            Way::Here { done, .. } => core::mem::take(done),
            Way::There { answers, .. } => answers.try_iter().collect(),
        }
    }
}

/// The events that begin.
fn outs(events: &[Event]) -> Vec<OutEvent> {
    let begun = events.iter().filter(|event| event.has_onset());
    begun.filter_map(|e| e.whole.map(|w| OutEvent { begin: w.begin, end: w.end, value: e.value.clone() })).collect()
}
