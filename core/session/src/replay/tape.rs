//! What a history holds of one performance, and the engine that plays it again.

use super::sources::Sources;
use super::{ReplayError, reader_of};
use crate::journal::tape::{Line, read};
use bf_engine::{Config, Controller, Engine, Given, Loaded, Stem, Taken};
use bf_node::{Keys, Registry, Role};
use bf_patch::{Node, Patch, Set};
use bf_store::{Opened, What, Which};
use core::ops::ControlFlow;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

/// What was kept of a performance.
pub(super) struct Tape {
    pub(super) opened: Opened,
    lines: Vec<String>,
    taken: Vec<Taken>,
    pieces: u64,
    /// How far it goes.
    pub(super) frames: u64,
    /// Where the keeping was interrupted.
    differs: Vec<(u64, String)>,
}

impl Tape {
    /// Reads a performance, from 1; none: the last.
    pub(super) fn read(set: &Path, number: Option<usize>) -> Result<Tape, ReplayError> {
        let Some(reader) = reader_of(set)? else { return Err(ReplayError::Nothing(set.to_owned())) };
        let openings = reader.openings()?;
        let there = openings.len();
        let number = number.unwrap_or(there);
        let opening = number.checked_sub(1).and_then(|at| openings.get(at));
        let Some((opening, What::Opened(opened))) = opening.map(|entry| (entry, &entry.what)) else {
            return Err(match there {
                0 => ReplayError::Nothing(set.to_owned()),
                there => ReplayError::NoSuch { wanted: number, there },
            });
        };
        let end = openings.get(number).map_or(u64::MAX, |next| next.seq - 1);
        let (opened, lines, taken, differs) = (opened.clone(), Vec::new(), Vec::new(), Vec::new());
        let mut tape = Tape { opened, lines, taken, pieces: 0, frames: 0, differs };
        let read = reader.each(opening.seq + 1..=end, Which::All, |entry| match entry.what {
            What::Tape(text) => tape.piece(&text),
            _ => ControlFlow::Continue(()),
        });
        read?;
        Ok(tape)
    }

    /// Takes in a piece; breaks where one before it is missing.
    fn piece(&mut self, text: &str) -> ControlFlow<()> {
        for line in text.lines() {
            match line.as_bytes().first() {
                // These name no controls.
                Some(b't' | b'f' | b'c') => match read(line, &Keys::default()) {
                    Ok(Line::Taken(taken)) => {
                        self.frames = self.frames.max(taken.frame);
                        self.taken.push(taken);
                    }
                    Ok(Line::Frame(frame)) => self.frames = self.frames.max(frame),
                    Ok(Line::Piece(number)) if number == self.pieces => self.pieces += 1,
                    _ => {
                        let why = "a piece of the history is lost or damaged, and with it what came after";
                        self.differs.push((self.frames, why.to_owned()));
                        return ControlFlow::Break(());
                    }
                },
                _ => self.lines.push(line.to_owned()),
            }
        }
        ControlFlow::Continue(())
    }
}

/// An engine that is given a performance again.
pub(super) struct Player {
    controller: Controller,
    engine: Engine,
    registry: Arc<Registry>,
    sources: Arc<Sources>,
    set: Set,
    lines: VecDeque<String>,
    taken: VecDeque<Taken>,
    /// Messages that the engine is to have taken in by the end of the next block.
    due: u64,
    stems: Option<Vec<Stem>>,
    differs: Vec<(u64, String)>,
    rate: u32,
    /// It has what the device records in it.
    hears: bool,
    /// It cannot go on.
    ended: bool,
}

impl Player {
    pub(super) fn new(tape: Tape, root: &Path, registry: Arc<Registry>, stems: bool) -> Player {
        let Tape { opened, lines, taken, differs, .. } = tape;
        let config = Config {
            sample_rate: opened.sample_rate,
            block: opened.block as usize,
            seed: opened.seed,
            cpu_clock: None,
        };
        let sources = Arc::new(Sources::new(root, opened.sample_rate));
        let (controller, mut engine) = Controller::new(config, Arc::clone(&registry), Arc::clone(&sources) as Arc<_>);
        engine.take_in_again(&[]);
        Player {
            controller,
            engine,
            registry,
            sources,
            set: Set::default(),
            lines: lines.into(),
            taken: taken.into(),
            due: 0,
            stems: stems.then(Vec::new),
            differs,
            rate: opened.sample_rate,
            hears: false,
            ended: false,
        }
    }

    pub(super) fn frame(&self) -> u64 {
        self.engine.frame()
    }

    pub(super) fn goes_on(&self) -> bool {
        !self.ended
    }

    /// Makes the next block.
    pub(super) fn block(&mut self) -> [&[f32]; 2] {
        self.give_what_is_due();
        self.engine.block_now()
    }

    /// As [`Player::block`]; what of it the engine's thread would have had to do, in nanoseconds of CPU time.
    pub(super) fn timed(&mut self) -> u64 {
        self.give_what_is_due();
        let before = crate::thread_cpu_ns();
        self.engine.block_now();
        crate::thread_cpu_ns() - before
    }

    /// Levels are taken as in front of a window that shows them.
    pub(super) fn watch(&self) {
        self.controller.shared().watch(true);
    }

    fn give_what_is_due(&mut self) {
        let end = self.engine.frame() + self.engine.block() as u64;
        let mut now = Vec::new();
        while let Some(taken) = self.taken.pop_front_if(|taken| taken.frame < end) {
            if taken.lost {
                self.say("the engine told more than was listened to");
            }
            self.due += u64::from(taken.count);
            now.push(taken);
        }
        while self.controller.given() < self.due && !self.ended {
            match self.lines.pop_front() {
                Some(line) => self.give(&line),
                None => self.end("what the engine was given from here on is not in the history"),
            }
        }
        self.engine.take_in_again(&now);
    }

    /// What enters the end of the set: node, and its sound over the last block.
    pub(super) fn stems(&self) -> impl Iterator<Item = (&str, [&[f32]; 2])> {
        let stems = self.stems.iter().flatten().enumerate();
        stems.map(|(i, stem)| (stem.path.as_str(), self.engine.tapped(i)))
    }

    /// Where it may sound otherwise than it did.
    pub(super) fn differs(&self) -> Vec<String> {
        let engine =
            self.engine.differs().map(|frame| (frame, "the engine took in something else than it did".to_owned()));
        let mut all: Vec<(u64, String)> = self.differs.iter().cloned().chain(engine).collect();
        all.sort();
        let secs = |frame: u64| frame as f64 / f64::from(self.rate.max(1));
        all.into_iter().map(|(frame, why)| format!("from {:.3} s on: {why}", secs(frame))).collect()
    }

    fn listens(&self, patch: &Patch) -> bool {
        let role = |node: &Node| self.registry.get(&node.kind).map(|spec| spec.role);
        patch.nodes.values().any(|node| role(node) == Some(Role::Input))
    }

    fn say(&mut self, why: &str) {
        self.differs.push((self.engine.frame(), why.to_owned()));
    }

    fn end(&mut self, why: &str) {
        self.say(why);
        self.ended = true;
    }

    fn give(&mut self, line: &str) {
        match read(line, self.controller.keys()) {
            Ok(Line::Given(given)) => self.given(given),
            Ok(_) => {}
            Err(e) => self.end(&e.to_string()),
        }
    }

    fn given(&mut self, given: Given) {
        let sent = match given {
            Given::Set(given) => return self.load(&given),
            Given::Number { path, param, value } => self.controller.set_number(&path, &param, value),
            Given::Event { target, tag, body, when } => self.controller.send(target, tag, body, when).is_some(),
            Given::Note { target, tag, note, on, off } => self.controller.note(target, tag, note, on, off).is_some(),
            Given::Withdraw { tag, from } => self.controller.withdraw(tag, from),
            Given::WithdrawAll { tag } => self.controller.withdraw_all(tag),
            Given::Numbers { numbers } => self.controller.set_numbers(&numbers),
            Given::Kept { numbers } => {
                self.controller.keep_numbers(&numbers);
                true
            }
            Given::Move { to, when } => self.controller.transport(to, when).is_some(),
            Given::Master { gain } => self.controller.master(gain),
        };
        if !sent {
            self.end("something that the engine was given is not taken again");
        }
    }

    fn load(&mut self, given: &bf_engine::GivenSet) {
        given.apply(&mut self.set);
        if !self.hears && self.set.files.values().chain([&self.set.main]).any(|patch| self.listens(patch)) {
            self.hears = true;
            self.say("what the device recorded was not kept: there is silence in its place");
        }
        for path in self.sources.turn(&given.contents, &self.set, &self.registry) {
            self.say(&format!("{path} holds something else now than it did, or is gone"));
        }
        if !self.controller.hear_to(given.heard) {
            self.say("the engine has told less than it did");
        }
        let sources = Arc::clone(&self.sources);
        match self.controller.load_at(&self.set, &|path| sources.version(path), given.at) {
            Ok(Loaded::Busy) => self.end("an earlier plan is still on its way, which was in by then"),
            Err(e) => self.end(&format!("the set does not compile any more: {e}")),
            Ok(_) => {}
        }
        if let Some(stems) = &mut self.stems {
            let now = self.controller.stems();
            if now != *stems {
                self.engine.tap_stems(&now);
                *stems = now;
            }
        }
    }
}
