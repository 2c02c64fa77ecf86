//! Carries out what surfaces say, and tells them what changes: everything but the sockets.

use super::act::Act;
use super::answer::asks;
use super::feedback::Feedback;
use super::frames::{FrameClock, Reading, due_ns};
use super::gestures::Gestures;
use super::listen::Noted;
use super::names::{Names, Who};
use super::notes::Notes;
use super::post::Post;
use super::tags::{TagTimes, Tags};
use super::trust::{Gate, RemoteEdits};
use super::waiting::Waiting;
use super::{Aim, Atom, Tree};
use crate::session::Session;
use crate::session::hand::{Ahead, TAG};
use crate::typed::Typed;
use bf_io::osc::{Arrival, Packet, Peer, TimeTag, Via};
use bf_node::Value;
use bf_patch::Socket;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

/// How long before its frame a message is sent to the engine: longer than the control thread is ever busy with one thing.
const LEAD_NS: u64 = 150_000_000;
/// Between two rounds of news.
const ROUND_NS: u64 = 5_000_000;
/// The share of the time that making the tree anew may take, as the time that follows it without.
const REST: u64 = 20;

/// What was counted of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heed {
    /// Messages that were read.
    pub messages: u64,
    /// Messages that asked for what is not there, or not allowed, or no sense.
    pub refused: u64,
    /// Messages that came after their time, and were carried out at once.
    pub late: u64,
    /// Messages for later that found no room.
    pub shed: u64,
    /// Messages for later that were withdrawn when the transport stopped.
    pub withdrawn: u64,
    /// Messages of other layouts that are mapped to nothing.
    pub foreign: u64,
    /// Answers that found no room.
    pub left_out: u64,
    /// Messages that wait for their time.
    pub waiting: u64,
}

/// Messages of one time from one sender.
pub(super) struct Group {
    pub who: Who,
    pub acts: Vec<Act>,
}

/// What was sent to the engine for a frame that has not come.
pub(super) struct Sent {
    pub frame: u64,
    pub who: Who,
    pub what: Due,
}

/// What is to be done once a frame has come.
pub(super) enum Due {
    /// The set takes over values that the engine has.
    Values(Vec<(Socket, Value)>, Option<Ahead>),
    /// The set takes over a tempo that the engine has.
    Tempo(f64),
    /// The transport has stopped.
    Stopped,
    /// Something that the engine knows nothing of.
    Act(Act),
}

/// Everything between a set and those who reach it from outside, but the sockets: packets come in by
/// [`Console::take`], time goes on by [`Console::tick`], and what is to leave is [`Console::outgoing`].
pub struct Console {
    pub(super) tree: Tree,
    /// The state of the session that the tree is of.
    pub(super) seen: Option<u64>,
    /// When the tree was made, and when it may be made again.
    pub(super) rebuilt_ns: u64,
    pub(super) rest_until_ns: u64,
    clock: FrameClock,
    pub(super) rate: u32,
    waiting: Waiting<Group>,
    pub(super) sent: Vec<Sent>,
    /// Values that are to be set at once: the newest of each param.
    moves: Vec<(Peer, Socket, Value)>,
    moved: HashMap<Socket, usize>,
    pub(super) feedback: Feedback<Peer>,
    told_ns: u64,
    pub(super) gestures: Gestures,
    pub(super) notes: Notes,
    pub(super) gate: Gate,
    pub(super) post: Post,
    pub(super) names: Names,
    /// How the tree has changed since it was last asked; `None` while nobody asks.
    pub(super) noted: Option<Noted>,
    pub(super) counts: Heed,
    /// Address and reason of the last message that was refused.
    last_refused: Option<String>,
    tags: TagTimes,
    stops: u64,
    pub(super) typed: Typed,
    /// The param that the next control to be moved is mapped to, and who asked by OSC.
    pub(super) learning: Option<(Socket, Option<Peer>)>,
    /// Who has said something last, and what.
    last: Option<(Peer, String)>,
    /// Who waits for what an evaluation gives, and what was typed before it.
    pub(super) asked: BTreeMap<u64, (Peer, Option<usize>)>,
}

/// Arguments of a message that are shown.
const SHOWN: usize = 4;

impl Console {
    /// A console of a set. `targets` are told of everything that changes, wherever messages come from.
    pub fn new(session: &Session, edits: RemoteEdits, targets: Vec<SocketAddr>) -> Console {
        let rate = session.sample_rate();
        let mut console = Console {
            tree: Tree::default(),
            seen: None,
            rebuilt_ns: 0,
            rest_until_ns: 0,
            clock: FrameClock::new(rate),
            rate,
            waiting: Waiting::new(),
            sent: Vec::new(),
            moves: Vec::new(),
            moved: HashMap::new(),
            feedback: Feedback::new(),
            told_ns: 0,
            gestures: Gestures::default(),
            notes: Notes::default(),
            gate: Gate::new(edits),
            post: Post::new(),
            names: Names::new(targets),
            noted: None,
            counts: Heed::default(),
            last_refused: None,
            tags: TagTimes::default(),
            stops: session.stops(),
            typed: Typed::new("osc"),
            learning: None,
            asked: BTreeMap::new(),
            last: None,
        };
        console.freshen(session, 0);
        for target in console.names.targets() {
            console.feedback.hello(Peer::udp(*target), (None, true), &console.tree, 0);
        }
        console
    }

    /// The tree as it was last made; values of what surfaces set are kept up.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// How many listen: they have said hello, or the set was told of them.
    pub fn listeners(&self) -> usize {
        self.feedback.listeners()
    }

    /// The clock that time tags are read by.
    pub fn clock(&self) -> &FrameClock {
        &self.clock
    }

    /// Address and reason of the last message that was refused since this was asked.
    pub(super) fn take_refused(&mut self) -> Option<String> {
        self.last_refused.take()
    }

    /// What was counted.
    pub fn counts(&self) -> Heed {
        let waiting = (self.waiting.len() + self.sent.len()) as u64;
        Heed { left_out: self.post.left_out, waiting, ..self.counts }
    }

    /// The time tags of each sender.
    pub fn tags(&self) -> impl Iterator<Item = (Peer, Tags)> {
        self.tags.all()
    }

    /// The message that was read last, and whose it was.
    pub fn last(&self) -> Option<(Peer, &str)> {
        self.last.as_ref().map(|(peer, text)| (*peer, text.as_str()))
    }

    /// Takes a reading of the device's clock.
    pub fn observe(&mut self, reading: Reading) {
        self.clock.observe(reading);
    }

    /// Carries out a packet, or keeps it for its time. Values that are to be set at once wait for [`Console::tick`], or
    /// for something else from anybody: only the newest of each is set.
    pub fn take(&mut self, session: &mut Session, packet: Packet<'_>, from: Peer, arrival: Arrival) {
        let now_ns = arrival.host_ns;
        if self.names.app(from).is_some() && packet.messages().any(|timed| asks(timed.message.address())) {
            self.stand(from, now_ns);
        }
        let who = Who { from, client: self.names.hear(from, now_ns) };
        self.feedback.heard(who.client, who.client.via == Via::Udp, &self.tree, now_ns);
        let (mut acts, mut at) = (Vec::new(), TimeTag::IMMEDIATE);
        for timed in packet.messages() {
            if timed.at != at && !acts.is_empty() {
                let group = Group { who, acts: core::mem::take(&mut acts) };
                self.dispatch(session, group, at, arrival);
            }
            at = timed.at;
            self.counts.messages += 1;
            self.read(session, &timed.message, who, now_ns, &mut acts);
        }
        if !acts.is_empty() {
            self.dispatch(session, Group { who, acts }, at, arrival);
        }
        if let Some(timed) = packet.messages().last() {
            let (peer, text) = self.last.get_or_insert_with(|| (from, String::new()));
            *peer = from;
            text.clear();
            text.push_str(timed.message.address());
            for argument in timed.message.arguments().take(SHOWN) {
                text.push(' ');
                // A text takes what is written into it.
                let _ = write!(text, "{argument}");
            }
        }
    }

    /// Does what is due: values, what waits for its frame, news. Called every few milliseconds.
    pub fn tick(&mut self, session: &mut Session, now_ns: u64) {
        self.heed_stops(session);
        self.flush(session, now_ns);
        self.settle(session, now_ns);
        self.release(session, now_ns);
        self.notes.retry(session.controller());
        if now_ns.saturating_sub(self.told_ns) < ROUND_NS && self.told_ns > 0 {
            return;
        }
        self.told_ns = now_ns.max(1);
        if self.seen != Some(session.changes()) && now_ns >= self.rest_until_ns {
            self.freshen(session, now_ns);
        }
        self.show_motion(session);
        for (client, news) in self.feedback.due(&self.tree, now_ns) {
            self.post.news(client, news.iter().map(|(address, value)| (&**address, &value[..])));
        }
    }

    /// Packets that are to be sent.
    pub fn outgoing(&mut self) -> Vec<(Peer, Vec<u8>)> {
        self.post.take()
    }

    /// A connection is gone: the notes that it holds end, and it is told nothing any more.
    pub fn closed(&mut self, session: &mut Session, peer: Peer) {
        self.feedback.bye(peer);
        self.gate.forget(peer);
        if let Some(client) = self.names.forget(peer) {
            self.feedback.bye(client);
        }
        self.notes.silence(Some(peer), session.controller());
    }

    /// Makes the tree anew.
    pub(super) fn freshen(&mut self, session: &Session, now_ns: u64) {
        let old = core::mem::replace(&mut self.tree, session.tree());
        self.seen = Some(session.changes());
        self.rebuilt_ns = now_ns;
        // An entry takes about two microseconds to make.
        self.rest_until_ns = now_ns + REST * 2_000 * self.tree.entries().len() as u64;
        let diff = self.tree.since(&old);
        self.note(&diff);
        diff.removed.iter().for_each(|address| self.feedback.removed(address));
        for address in diff.added.iter().chain(&diff.changed).chain(&diff.moved) {
            self.feedback.changed(address);
        }
    }

    /// Counts a message that is not carried out, and says why.
    pub(super) fn refuse(&mut self, client: Peer, address: &str, why: &str) {
        self.counts.refused += 1;
        self.last_refused = Some(format!("{address}: {why}"));
        self.post.error(client, address, why);
    }

    /// Carries out messages of one time, or keeps them for it.
    fn dispatch(&mut self, session: &mut Session, group: Group, at: TimeTag, arrival: Arrival) {
        let now_ns = arrival.host_ns;
        if at.is_immediate() {
            return self.now(session, group, now_ns);
        }
        let due = due_ns(arrival, at);
        let rendered = session.controller().shared().status().frame;
        let late = self.clock.frame(due).map_or(due <= now_ns, |frame| frame < rendered);
        let messages = group.acts.len();
        self.tags.take(group.who.client, (now_ns, due), messages);
        if late {
            self.count_late(&group);
            return self.now(session, group, now_ns);
        }
        let client = group.who.client;
        if !self.waiting.push(due, messages, group) {
            self.counts.shed += messages as u64;
            self.post.error(client, "#bundle", "too much waits for its time already: this was left out");
        }
    }

    fn count_late(&mut self, group: &Group) {
        self.counts.late += group.acts.len() as u64;
        self.tags.late(group.who.client, group.acts.len());
    }

    fn now(&mut self, session: &mut Session, group: Group, now_ns: u64) {
        for act in group.acts {
            if let Act::Set { socket, value, .. } = act {
                match self.moved.get(&socket) {
                    Some(at) => self.moves[*at] = (group.who.client, socket, value),
                    None => {
                        self.moved.insert(socket.clone(), self.moves.len());
                        self.moves.push((group.who.client, socket, value));
                    }
                }
            } else {
                self.flush(session, now_ns);
                self.perform(session, act, group.who, now_ns);
            }
        }
    }

    /// Sets the values that wait, those of each client at once.
    fn flush(&mut self, session: &mut Session, now_ns: u64) {
        if self.moves.is_empty() {
            return;
        }
        self.moved.clear();
        let mut by_client: BTreeMap<Peer, Vec<(Socket, Value)>> = BTreeMap::new();
        for (client, socket, value) in core::mem::take(&mut self.moves) {
            by_client.entry(client).or_default().push((socket, value));
        }
        for (client, values) in by_client {
            self.set(session, client, values, None, now_ns);
        }
    }

    /// Sends to the engine what is near.
    fn release(&mut self, session: &mut Session, now_ns: u64) {
        while let Some((due, group)) = self.waiting.pop(now_ns + LEAD_NS) {
            let rendered = session.controller().shared().status().frame;
            match self.clock.frame(due) {
                Some(frame) if frame >= rendered => self.send_at(session, group, frame),
                None if due > now_ns => {
                    // Without a clock the time itself has to come.
                    let messages = group.acts.len();
                    self.waiting.push(due, messages, group);
                    return;
                }
                known => {
                    if known.is_some() {
                        self.count_late(&group);
                    }
                    self.now(session, group, now_ns);
                }
            }
        }
        self.flush(session, now_ns);
    }

    /// Takes over what has come to its frame.
    fn settle(&mut self, session: &mut Session, now_ns: u64) {
        let rendered = session.controller().shared().status().frame;
        while let Some(first) = self.sent.first().filter(|first| first.frame < rendered) {
            let _ = first;
            let Sent { who, what, .. } = self.sent.remove(0);
            match what {
                Due::Values(values, ahead) => self.set(session, who.client, values, ahead, now_ns),
                Due::Tempo(bpm) => self.take_tempo(session, who.client, bpm, now_ns),
                Due::Stopped => session.has_stopped(),
                Due::Act(act) => self.perform(session, act, who, now_ns),
            }
        }
    }

    /// Whatever waits is withdrawn once the transport is stopped, by whomever.
    fn heed_stops(&mut self, session: &mut Session) {
        if core::mem::replace(&mut self.stops, session.stops()) == session.stops() {
            return;
        }
        let sent = self.sent.iter().filter(|sent| !matches!(sent.what, Due::Stopped)).count();
        self.counts.withdrawn += (self.waiting.clear() + sent) as u64;
        self.sent.retain(|sent| matches!(sent.what, Due::Stopped));
        session.controller().withdraw_all(TAG);
        self.notes.silence(None, session.controller());
    }

    /// How the transport stands, in the tree.
    fn show_motion(&mut self, session: &Session) {
        let motion = session.motion();
        let beat = motion.beat.floor();
        let all = [
            (Aim::Playing, Atom::Bool(motion.playing)),
            (Aim::Hushed, Atom::Bool(motion.hushed)),
            (Aim::Beat, Atom::Int(beat as i32)),
        ];
        for (aim, atom) in all {
            self.show(&aim, atom);
        }
        // The place goes on all the time: it tells those who ask, and is news once a beat.
        if let Some(at) = self.tree.place(&Aim::Position) {
            let old = self.tree.entries()[at].value.first().and_then(Atom::number).unwrap_or(0.0);
            self.tree.set_value(at, vec![Atom::from(motion.beat)]);
            if old.floor() != beat {
                let address = Arc::clone(&self.tree.entries()[at].address);
                self.feedback.changed(&address);
            }
        }
    }

    /// Lets an entry read another value, and tells.
    pub(super) fn show(&mut self, aim: &Aim, atom: Atom) {
        let Some(at) = self.tree.place(aim) else { return };
        if self.tree.set_value(at, vec![atom]) {
            let address = Arc::clone(&self.tree.entries()[at].address);
            self.feedback.changed(&address);
        }
    }
}
