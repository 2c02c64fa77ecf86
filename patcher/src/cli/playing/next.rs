//! The next set: opened beside the one that plays, it takes over from it with a crossfade.

use super::{Play, Playing, link, midi, osc};
use bf_session::surface::Outlet;
use bf_session::{Desk, Engine, KeepHistory, KeepLast, Message, Move, OpenError, Options, Session, When, registry};
use std::path::Path;

/// How sets are opened here; it may go to another thread.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    options: Options,
    quant: bf_session::remote::Quant,
    keep: KeepLast,
}

/// A set that is open and does not play yet.
pub(crate) struct Ready {
    session: Session,
    engine: Box<Engine>,
}

/// A set whose engine waits for its bar.
pub(super) struct Next {
    number: u64,
    session: Session,
}

impl Opening {
    pub(super) fn new(a: &Play, sample_rate: u32) -> Opening {
        let options = Options {
            sample_rate,
            block: a.block.unwrap_or(super::BLOCK),
            seed: a.seed,
            measure: true,
            wait_for_samples: true,
            wait_for_scripts: false,
            keep_history: !a.no_history,
            as_saved: a.as_saved,
            without_broken_script: a.mends,
        };
        Opening {
            options,
            quant: a.quant.unwrap_or_default(),
            keep: if a.no_last { KeepLast::Nothing } else { KeepLast::TenMinutes },
        }
    }

    pub(super) fn open(&self, set: &Path) -> Result<(Session, Engine), OpenError> {
        let (mut session, mut engine) = Session::open(set, registry(), self.options)?;
        session.quant = self.quant;
        session.arm_recorder(&mut engine, self.keep);
        Ok((session, engine))
    }

    /// Opens a set so that it can play at once.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn ready(&self, set: &Path) -> Result<Ready, OpenError> {
        let (session, engine) = self.open(set)?;
        Ok(Ready { session, engine: Box::new(engine) })
    }
}

/// Waits for a thread to end.
pub(crate) fn ended(thread: Option<std::thread::JoinHandle<()>>) {
    if let Some(thread) = thread {
        // One that has failed has let go of what it had, too.
        let _ = thread.join();
    }
}

impl Playing {
    /// How the next set is opened.
    pub(crate) fn opening(&self) -> Opening {
        // Who asked for the set as saved meant the first one.
        Opening::new(&Play { as_saved: false, ..self.how.clone() }, self.live.format().sample_rate)
    }

    /// Whether a set waits for its bar, or comes in just now.
    pub(crate) fn is_changing(&self) -> bool {
        self.next.is_some() || self.leaving.is_some()
    }

    /// Has the set play on from another folder, which holds a copy of its files.
    ///
    /// # Errors
    /// What cannot be written there; it stays where it is. What else there is to say is told.
    pub(crate) fn move_to(&mut self, to: &Path) -> Result<Vec<String>, String> {
        let keep = if self.how.no_history { KeepHistory::No } else { KeepHistory::Yes };
        let mut told = self.session.move_to(to, keep)?;
        self.desk = None;
        match Desk::open(&self.session) {
            Ok(desk) => self.desk = Some(desk),
            Err(e) => told.push(format!("editors cannot reach this set: {e}")),
        }
        told.extend(self.live.follow(&self.session));
        Ok(told)
    }

    /// Ends once the histories of the sets before are closed: until then they are only read.
    pub(crate) fn closing(&mut self) -> Option<std::thread::JoinHandle<()>> {
        self.closing.take()
    }

    /// The set before, while it is still heard.
    pub(crate) fn leaving(&mut self) -> Option<&mut Session> {
        self.leaving.as_mut()
    }

    /// Lets a set take over at the next bar, or at once where nothing plays.
    ///
    /// # Errors
    /// Another one takes over just now.
    pub(crate) fn change_over(&mut self, ready: Ready) -> Result<(), String> {
        let Ready { mut session, mut engine } = ready;
        let at = self.next_bar();
        session.controller().transport(Move::Play, When::Frame(0));
        engine.prime();
        match self.live.change_over(engine, at) {
            Ok(number) => {
                self.next = Some(Next { number, session });
                Ok(())
            }
            Err(_) => Err("another set takes over just now".to_owned()),
        }
    }

    /// Whether a set waits for its bar.
    pub(crate) fn waits(&self) -> bool {
        self.next.is_some()
    }

    /// A set that waits for its bar does not come in after all.
    pub(crate) fn stay(&mut self) {
        if self.next.is_some() {
            self.live.withdraw();
        }
    }

    /// The frame at which a bar begins next.
    fn next_bar(&mut self) -> u64 {
        let beats = f64::from(self.session.set().main.signature.max(1));
        let rate = f64::from(self.session.sample_rate());
        let status = self.session.controller().shared().status();
        if !status.playing {
            return status.frame;
        }
        let frames = |bar: f64| (bar * beats - status.beat) * 60.0 / status.bpm.max(1.0) * rate;
        let mut bar = (status.beat / beats).floor() + 1.0;
        // What has been given to the device already cannot be changed.
        if frames(bar) < rate * 0.05 {
            bar += 1.0;
        }
        status.frame + frames(bar) as u64
    }

    /// The frame of the engine at which a beat begins next.
    pub(crate) fn next_beat(&mut self) -> u64 {
        let status = self.session.controller().shared().status();
        if !status.playing {
            return status.frame;
        }
        let left = status.beat.floor() + 1.0 - status.beat;
        status.frame + (left * 60.0 / status.bpm.max(1.0) * f64::from(self.session.sample_rate())) as u64
    }

    /// Goes over to the next set once it comes in, and lets go of the one before once it is silent. Whether another one
    /// plays from now on, and what the one before has to say.
    pub(super) fn take_over(&mut self) -> (bool, Vec<Message>) {
        let serving = self.live.serving();
        let next = self.next.take_if(|next| next.number == serving);
        let is_another = next.is_some();
        let mut said = next.map_or_else(Vec::new, |next| self.enter(next));
        if let Some(next) = &mut self.next {
            next.session.poll();
        }
        if let Some(leaving) = &mut self.leaving {
            leaving.poll();
            said.extend(leaving.messages().into_iter().filter(|m| matches!(m, Message::Answered { .. })));
        }
        if self.live.collect() {
            // One that came back without having come in was withdrawn.
            let serving = self.live.serving();
            let gone = self.leaving.take();
            let gone = gone.or_else(|| self.next.take_if(|next| next.number != serving).map(|next| next.session));
            // Its history is closed and its threads end, which takes a while.
            let before = self.closing.take();
            self.closing = Some(std::thread::spawn(move || {
                drop(gone);
                ended(before);
            }));
        }
        (is_another, said)
    }

    /// Puts a set into the place of the one that plays, with everything around it.
    fn enter(&mut self, next: Next) -> Vec<Message> {
        (self.desk, self.surface, self.link) = (None, None, None);
        let mut before = core::mem::replace(&mut self.session, next.session);
        // What was recorded ends with its set; it may be that nothing was.
        let _ = before.stop_recording();
        self.records = false;
        self.leaving = Some(before);
        let Playing { session, live, how, .. } = self;
        // It may have been chosen while this set was read.
        session.quant = how.quant.unwrap_or_default();
        let mut said = Vec::new();
        let mut problem = |text: String| said.push(Message::Problem(text));
        self.desk = Desk::open(session).map_err(|e| problem(format!("editors cannot reach this set: {e}"))).ok();
        match osc::open(session, live.clock(), &how.reached) {
            Ok(surface) => self.surface = surface,
            Err(why) => problem(why),
        }
        match midi::open(session, live, &how.played) {
            Ok(midi) => core::mem::replace(&mut self.midi, midi).close(),
            Err(why) => problem(why),
        }
        match link::open(session, live, &how.together, &how.played) {
            Ok(link) => self.link = link,
            Err(why) => problem(why),
        }
        if let Some(note) = live.follow(session) {
            problem(note);
        }
        self.outlet = Outlet::new(session, live.clock());
        said
    }
}
