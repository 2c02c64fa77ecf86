//! MIDI of a set that plays: keys become notes, knobs move params, clocks are followed and sent.
//!
//! [`MidiDesk`] is everything but the ports: messages come in by [`MidiDesk::take`] with the times at which they came,
//! time goes on by [`MidiDesk::tick`], and what is to leave is in [`MidiDesk::leaving`]. [`Midi`] is the ports around it.

mod clock;
mod export;
mod hands;
mod import;
mod keys;
mod outs;
mod routes;
mod scripts;
mod source;
mod watch;

pub use clock::Sync;
pub(crate) use clock::standing;
pub use export::{ExportError, Exported, export_midi};
pub use hands::Mapping;
pub use import::{ImportError, Imported, import_midi};
pub use outs::Leaving;
pub use source::{Source, SourceError, Touch};
pub use watch::{ClockWatch, Watched};

pub use bf_io::midi::port::{Owner, list as list_ports};
pub use bf_io::midi::{Message as MidiMessage, MidiError, News, PortInfo, Relative, Takeover, Way, Wishes};
pub use bf_media::load_notes;

use crate::session::Session;
use crate::surface::{FrameClock, Reading};
use bf_engine::When;
use bf_io::HostClock;
use bf_io::midi::port::{NOBODY, renumbered};
use bf_io::midi::{Ports, Received};
use bf_patch::{Edit, Name, SetEdit, Socket};
use clock::{Follow, Lead, Stage};
use hands::{Hands, Move};
use keys::Keys;
use outs::Outs;
use routes::{Routes, number};
use scripts::Scripts;
use std::collections::BTreeMap;

/// What of MIDI a set is played with.
#[derive(Clone, Debug, Default)]
pub struct MidiRequest {
    /// Ports to open besides those that the set's nodes name.
    pub wishes: Wishes,
    /// What keys play besides the set's `midi_in` nodes: a track, a node, or an instrument that a track plays.
    pub play: Option<Name>,
    /// Whether another machine's clock moves the transport.
    pub follow_clock: bool,
    /// Whether the transport's clock goes out.
    pub send_clock: bool,
    /// What knobs and faders move.
    pub mappings: Vec<Mapping>,
    /// Milliseconds from a message to what is heard of it, besides a buffer of the device: more than the program is
    /// ever busy with one thing.
    pub look_ahead_ms: f64,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MidiCounts {
    /// Messages that came in, but for clocks.
    pub received: u64,
    /// Messages that found no room anywhere.
    pub lost: u64,
}

/// MIDI of a set, without its ports.
pub struct MidiDesk {
    request: MidiRequest,
    wishes: Wishes,
    frames: FrameClock,
    latency: u64,
    rate: f64,
    routes: Routes,
    keys: Keys,
    hands: Hands,
    outs: Outs,
    scripts: Scripts,
    follow: Option<Follow>,
    /// The clocks that go out, by the numbers of the outputs.
    leads: BTreeMap<u8, Lead>,
    leaving: Vec<Leaving>,
    learnt: Vec<Mapping>,
    /// What was last wrong with the set's mappings.
    wrong: Vec<String>,
    counts: MidiCounts,
}

impl MidiDesk {
    /// For a set on a device whose buffers have so many frames.
    pub fn new(session: &mut Session, request: MidiRequest, buffer: u32) -> MidiDesk {
        let rate = f64::from(session.sample_rate());
        let mut hands = Hands::default();
        hands.set(request.mappings.clone());
        let latency = u64::from(buffer) + (request.look_ahead_ms.max(0.0) * 1e-3 * rate).round() as u64;
        let mut desk = MidiDesk {
            wishes: request.wishes.clone(),
            frames: FrameClock::new(session.sample_rate()),
            latency,
            rate,
            routes: Routes::default(),
            keys: Keys::default(),
            hands,
            outs: Outs::default(),
            scripts: Scripts::default(),
            follow: request.follow_clock.then(Follow::default),
            leads: BTreeMap::new(),
            leaving: Vec::new(),
            learnt: Vec::new(),
            wrong: Vec::new(),
            counts: MidiCounts::default(),
            request,
        };
        desk.lead();
        desk.renew(session, 0);
        desk
    }

    /// Other ports than those of the request, besides those that the set's nodes and scripts name. What stays is not
    /// touched; notes that are held at a port which goes end, once the ports say that it is closed.
    pub fn want(&mut self, session: &mut Session, wishes: Wishes, now_ns: u64) {
        if wishes == self.request.wishes {
            return;
        }
        self.request.wishes = wishes;
        // As if it began with them, to know what is wanted; then by the numbers that there are.
        let mut wanted = self.request.wishes.clone();
        self.routes.forget();
        self.routes.renew(session, self.request.play.as_ref(), &mut wanted);
        self.scripts.want(&mut wanted);
        let Wishes { inputs, outputs } = core::mem::take(&mut self.wishes);
        let before = outputs.clone();
        self.wishes =
            Wishes { inputs: renumbered(inputs, &wanted.inputs), outputs: renumbered(outputs, &wanted.outputs) };
        self.routes.forget();
        self.renew(session, now_ns);
        let leads = core::mem::take(&mut self.leads);
        self.lead();
        for (wish, mut lead) in leads {
            let at = usize::from(wish);
            let stays = before.get(at) == self.wishes.outputs.get(at);
            match self.leads.get_mut(&wish) {
                Some(same) if stays => *same = lead,
                another => {
                    // The next one of this number begins once its port has come.
                    if let Some(next) = another {
                        next.wait(now_ns + 2 * LAST_NS);
                    }
                    lead.stop(now_ns, wish, &mut self.leaving);
                }
            }
        }
    }

    /// A clock for each output that was asked for.
    fn lead(&mut self) {
        let asked = self.request.wishes.outputs.iter().filter(|_| self.request.send_clock);
        let numbers = asked.filter_map(|name| number(&self.wishes.outputs, name));
        self.leads = numbers.map(|wish| (wish, Lead::default())).collect();
    }

    /// The ports that are wanted; what is wanted later keeps the numbers of the others.
    pub fn wishes(&self) -> &Wishes {
        &self.wishes
    }

    /// The ports that are heard, by their names.
    pub fn heard_ports(&self) -> Vec<String> {
        self.wishes.inputs.iter().filter(|wish| *wish != NOBODY).cloned().collect()
    }

    /// The device's clock.
    pub fn clock(&self) -> &FrameClock {
        &self.frames
    }

    /// Takes a reading of the device's clock.
    pub fn observe(&mut self, reading: Reading) {
        self.frames.observe(reading);
    }

    /// The frame at which a message of a time is played.
    fn when(&self, at_ns: u64) -> When {
        self.frames.frame(at_ns).map_or(When::Now, |frame| When::Frame(frame + self.latency))
    }

    /// Takes a message that came in.
    pub fn take(&mut self, session: &mut Session, received: Received) {
        let Received { wish, at_ns, message } = received;
        if let Some(follow) = &mut self.follow {
            let stage = Stage { frames: &self.frames, latency: self.latency, rate: self.rate };
            follow.take(session, at_ns, message, &stage);
        }
        if message.channel().is_none() {
            return;
        }
        self.counts.received += 1;
        let when = self.when(at_ns);
        let port = self.wishes.inputs.get(usize::from(wish)).map_or("", String::as_str);
        let mut moves: Vec<Move> = Move::of(port, message).into_iter().collect();
        let mut stage = keys::Stage { routes: &self.routes.routes, controller: session.controller(), when };
        self.keys.take((wish, at_ns), message, &mut stage, |moved| moves.push(Move::of_number(port, &moved)));
        self.move_hands(session, &moves, at_ns);
    }

    /// A port that answers to a wish is gone: what its keys hold ends, and its wheels and pedals are let go.
    pub fn gone(&mut self, session: &mut Session, wish: u8) {
        let stage = keys::Stage { routes: &self.routes.routes, controller: session.controller(), when: When::Now };
        self.keys.gone(wish, stage);
    }

    fn move_hands(&mut self, session: &mut Session, moves: &[Move], at_ns: u64) {
        for moved in moves {
            let Some(learnt) = self.hands.take(session, moved, at_ns) else { continue };
            let (source, mapping) = learnt.written();
            let label = format!("map {source} to {}", mapping.to);
            let edit = SetEdit::main(Edit::SetMapping { source, mapping: Some(mapping) });
            match session.apply(&edit, &label, None) {
                Ok(()) => self.learnt.push(learnt),
                Err(e) => self.hands.problems.push(format!("MIDI: {e}")),
            }
        }
    }

    /// Time goes on: called every few milliseconds.
    pub fn tick(&mut self, session: &mut Session, now_ns: u64) {
        self.renew(session, now_ns);
        self.hands.problems.extend(self.routes.silence(session, self.request.play.as_ref(), now_ns));
        let mut late = Vec::new();
        let ports = &self.wishes.inputs;
        self.keys.due(now_ns, |wish, moved| {
            let port = ports.get(usize::from(wish)).map_or("", String::as_str);
            late.push(Move::of_number(port, &moved));
        });
        self.move_hands(session, &late, now_ns);
        if self.keys.waits() {
            self.keys.renew(&self.routes.routes, session.controller());
        }
        let MidiDesk { hands, wishes, leaving, request, .. } = self;
        hands.tick(session, now_ns, |source, message| {
            // Lights are on the controllers that were asked for by name.
            let meant = |wish: &&u8| {
                let name = &wishes.outputs[usize::from(**wish)];
                request.wishes.outputs.contains(name) && source.is_from(name, source.channel)
            };
            let all: Vec<u8> = (0u8..).take(wishes.outputs.len()).collect();
            leaving.extend(all.iter().filter(meant).map(|wish| Leaving { wish: *wish, at_ns: now_ns, message }));
        });
        let frames = &self.frames;
        self.outs.hear(|frame| frames.time_ns(frame as f64), session.controller(), &mut self.leaving);
        let outs = session.take_midi_outs();
        let status = clock::standing(session);
        let rate = self.rate;
        let time = |beat: bf_pattern::Ratio| {
            let frame = status.frame as f64 + (beat.to_f64() - status.beat) * 60.0 / status.bpm.max(1.0) * rate;
            frames.time_ns(frame.max(0.0))
        };
        self.scripts.send(outs, &mut self.wishes, time, &mut self.leaving);
        self.scripts.tick(now_ns, &mut self.leaving);
        let stage = Stage { frames, latency: self.latency, rate };
        if let Some(follow) = &mut self.follow {
            follow.tick(session, now_ns, &stage);
        }
        for (wish, lead) in &mut self.leads {
            lead.tick(session, now_ns, &stage, |at_ns, message| {
                self.leaving.push(Leaving { wish: *wish, at_ns, message });
            });
        }
    }

    fn renew(&mut self, session: &mut Session, now_ns: u64) {
        if self.routes.renew(session, self.request.play.as_ref(), &mut self.wishes) {
            self.keys.renew(&self.routes.routes, session.controller());
            self.outs.renew(&self.routes.sending, now_ns, &mut self.leaving);
            self.renew_mappings(session);
        }
    }

    /// The mappings of the set's file, and those of the request.
    fn renew_mappings(&mut self, session: &Session) {
        let written = session.set().main.mappings.iter().filter(|(source, _)| source.starts_with("midi:"));
        let mut all = self.request.mappings.clone();
        let mut wrong = Vec::new();
        for (source, said) in written {
            match Mapping::of(source, said) {
                Ok(mapping) => all.push(mapping),
                Err(why) => wrong.push(format!("[mappings]: {why}")),
            }
        }
        if wrong != self.wrong {
            self.hands.problems.extend(wrong.iter().cloned());
            self.wrong = wrong;
        }
        self.hands.set(all);
    }

    /// Takes what is to leave, each with its time.
    pub fn leaving(&mut self) -> Vec<Leaving> {
        core::mem::take(&mut self.leaving)
    }

    /// Other mappings than those of the request, beside the set's own.
    pub fn map(&mut self, session: &Session, mappings: Vec<Mapping>) {
        self.request.mappings = mappings;
        self.renew_mappings(session);
    }

    /// The mappings as they stand.
    pub fn mappings(&self) -> impl Iterator<Item = &Mapping> {
        self.hands.mappings()
    }

    /// The next control that a hand moves is mapped to a param: see [`MidiDesk::learnt`]. `None` gives up.
    pub fn learn(&mut self, target: Option<Socket>) {
        self.hands.learn(target);
    }

    /// The param for which a control is awaited.
    pub fn learns(&self) -> Option<&Socket> {
        self.hands.learns()
    }

    /// Mappings that were learnt since the last call. They are part of the set, and can be undone.
    pub fn learnt(&mut self) -> Vec<Mapping> {
        core::mem::take(&mut self.learnt)
    }

    /// How the set stands to another machine's clock, where one is followed.
    pub fn sync(&self) -> Option<Sync> {
        self.follow.as_ref().map(Follow::sync)
    }

    /// What was counted so far.
    pub fn counts(&self) -> MidiCounts {
        MidiCounts { lost: self.counts.lost + self.keys.shed + self.outs.lost, ..self.counts }
    }

    /// What is wrong, in the user's words, since the last call.
    pub fn problems(&mut self) -> Vec<String> {
        core::mem::take(&mut self.hands.problems)
    }
}

/// How long ports stay open for the last that leaves.
const LAST_NS: u64 = 50_000_000;

/// MIDI of a set, with its ports. No call waits for a device.
pub struct Midi {
    ports: Ports,
    desk: MidiDesk,
    clock: HostClock,
    wanted: Wishes,
    /// When the ports are told of other wishes: what leaves until then is still to arrive.
    tell_at: Option<u64>,
    lost: u64,
    news: Vec<News>,
}

impl Midi {
    /// Opens ports for a set; what is plugged in later is opened then. `clock` is that of the device's readings, and
    /// `buffer` the length of its buffers in frames.
    ///
    /// # Errors
    /// When the system grants no thread; that there is no MIDI at all is news.
    pub fn open(session: &mut Session, request: MidiRequest, clock: HostClock, buffer: u32) -> Result<Midi, MidiError> {
        let desk = MidiDesk::new(session, request, buffer);
        let wanted = desk.wishes().clone();
        let ports = Ports::open("beatforge-midi", wanted.clone(), clock)?;
        Ok(Midi { ports, desk, clock, wanted, tell_at: None, lost: 0, news: Vec::new() })
    }

    /// Other ports than it was opened with, while all else goes on.
    pub fn want(&mut self, session: &mut Session, wishes: Wishes) {
        let now = self.clock.now_ns();
        self.desk.want(session, wishes, now);
        self.tell_at = Some(now + LAST_NS);
        self.send();
    }

    /// Everything but the ports.
    pub fn desk(&mut self) -> &mut MidiDesk {
        &mut self.desk
    }

    /// Carries out what has come in and sends what is to leave. `readings` are of the device's clock, since the last
    /// call. Called every few milliseconds.
    pub fn poll(&mut self, session: &mut Session, readings: &[Reading]) {
        readings.iter().for_each(|reading| self.desk.observe(*reading));
        let Midi { ports, desk, news, .. } = self;
        // What a port has sent is taken before it is known to be gone.
        let told = ports.news();
        ports.receive(|received| desk.take(session, received));
        for one in told {
            if let News::Gone { port, wish } | News::Let { port, wish } = &one
                && port.way == Way::In
            {
                desk.gone(session, *wish);
            }
            news.push(one);
        }
        self.desk.tick(session, self.clock.now_ns());
        let waits = self.tell_at.is_some_and(|at| self.clock.now_ns() < at);
        if !waits && *self.desk.wishes() != self.wanted {
            self.tell_at = None;
            self.wanted = self.desk.wishes().clone();
            self.ports.want(self.wanted.clone());
        }
        self.send();
    }

    fn send(&mut self) {
        for Leaving { wish, at_ns, message } in self.desk.leaving() {
            self.ports.send(usize::from(wish), at_ns, message);
        }
    }

    /// Ends the notes that sound outside.
    pub fn close(mut self) {
        let now = self.clock.now_ns();
        self.desk.outs.end_all(now, &mut self.desk.leaving);
        self.desk.scripts.end_all(now, &mut self.desk.leaving);
        for (wish, lead) in &mut self.desk.leads {
            lead.stop(now, *wish, &mut self.desk.leaving);
        }
        self.send();
        // Until the last of it is due, the ports stay open.
        std::thread::sleep(std::time::Duration::from_nanos(LAST_NS));
    }

    /// What there is to tell of ports.
    pub fn news(&mut self) -> Vec<News> {
        core::mem::take(&mut self.news)
    }

    /// What went wrong since the last call, in the user's words.
    pub fn problems(&mut self) -> Vec<String> {
        let mut said = self.desk.problems();
        let lost = self.ports.lost() + self.desk.counts().lost;
        let more = lost.saturating_sub(core::mem::replace(&mut self.lost, lost));
        if more > 0 {
            said.push(format!("MIDI: {more} messages found no room"));
        }
        said
    }
}
