//! Questions and answers, and who is told what.

use super::act::Act;
use super::console::Console;
use super::feedback::Room;
use super::names::Who;
use super::{Access, Aim, Entry};
use crate::session::Session;
use bf_io::osc::{Argument, Pattern, Peer, Via, is_pattern};
use std::net::SocketAddr;

/// Names in one answer to `/bf/list`.
const NAMES: usize = 32;
/// Addresses that one `/bf/get` answers.
const VALUES: usize = 8_192;

/// Whether a message to an address asks for something.
pub(super) fn asks(address: &str) -> bool {
    matches!(address, "/bf/hello" | "/bf/get" | "/bf/list" | "/bf/describe")
}

impl Console {
    /// Answers a question, or changes who is told what.
    pub(super) fn answer(&mut self, session: &Session, act: Act, who: Who, now_ns: u64) {
        let Who { from, client } = who;
        match act {
            Act::Hello { port, wants } => {
                let to = port.map_or(from, |port| Peer::udp(SocketAddr::new(from.address.ip(), port)));
                self.freshen_for_questions(session, now_ns);
                self.hello(from, to, wants, now_ns);
            }
            Act::Bye => self.bye(who, now_ns),
            Act::Sync => {
                self.freshen_for_questions(session, now_ns);
                self.feedback.sync(client, &self.tree, now_ns);
            }
            Act::Get(address) => {
                let client = self.asker(who, now_ns);
                self.get(session, &address, client, now_ns);
            }
            Act::List(prefix) => {
                let client = self.asker(who, now_ns);
                self.list(session, &prefix, client, now_ns);
            }
            Act::Describe(address) => {
                let client = self.asker(who, now_ns);
                self.describe(session, &address, client, now_ns);
            }
            Act::Pass(phrase) => match self.gate.pass(from, &phrase, now_ns) {
                Ok(()) => self.post.send(client, "/bf/done", &[Argument::Str("/bf/pass")]),
                Err(why) => self.refuse(client, "/bf/pass", &why),
            },
            _ => {}
        }
    }

    /// Where somebody who asks is answered: whoever asks is no app of a target's, though it is at the same address.
    fn asker(&mut self, who: Who, now_ns: u64) -> Peer {
        if self.names.app(who.from).is_none() {
            return who.client;
        }
        self.stand(who.from, now_ns);
        who.from
    }

    /// A sender stands for itself. What it has moved as the app of a target, the target was not told.
    pub(super) fn stand(&mut self, from: Peer, now_ns: u64) {
        if let Some(target) = self.names.stand(from, now_ns) {
            self.feedback.sync(target, &self.tree, now_ns);
        }
    }

    fn hello(&mut self, from: Peer, to: Peer, wants: Option<Pattern>, now_ns: u64) {
        self.stand(from, now_ns);
        let stays = to.via != Via::Udp || self.names.is_target(to);
        match self.feedback.hello(to, (wants, stays), &self.tree, now_ns) {
            Room::Free => {}
            Room::Of(gone) => {
                self.names.gone(gone);
                let why = "another program listens in this place after a long silence; say hello again to be told";
                self.post.error(gone, "/bf/hello", why);
            }
            Room::None => {
                let why = "too many programs listen, and all of them have spoken within 10 s: try again later";
                return self.refuse(from, "/bf/hello", why);
            }
        }
        if let Some(before) = self.names.give(from, to, now_ns) {
            self.feedback.bye(before);
        }
        if from != to {
            self.feedback.bye(from);
        }
    }

    /// Somebody is told nothing any more, but what a target is told: who set that up can end it.
    fn bye(&mut self, who: Who, now_ns: u64) {
        if self.names.app(who.from).is_some() {
            return;
        }
        if let Some(client) = self.names.give(who.from, who.from, now_ns) {
            self.feedback.bye(client);
        }
        if !self.names.is_target(who.from) {
            self.feedback.bye(who.from);
        }
    }

    /// Makes the tree anew before it is told, where it may have changed; not more often than messages can come in.
    fn freshen_for_questions(&mut self, session: &Session, now_ns: u64) {
        if self.seen != Some(session.changes()) {
            self.freshen(session, now_ns);
        }
    }

    fn get(&mut self, session: &Session, address: &str, client: Peer, now_ns: u64) {
        self.freshen_for_questions(session, now_ns);
        let found = match is_pattern(address) {
            false => Ok(self.tree.find(address).into_iter().collect()),
            true => Pattern::parse(address).map_err(|e| e.to_string()).map(|pattern| {
                let all = self.tree.entries().iter().filter(|e| pattern.matches(&e.address));
                all.take(VALUES).collect::<Vec<&Entry>>()
            }),
        };
        match found {
            Ok(entries) if entries.is_empty() => self.refuse(client, address, "there is no such address"),
            Ok(entries) => {
                let readable = entries.iter().filter(|e| e.access.reads());
                self.post.news(client, readable.map(|e| (&*e.address, &e.value[..])));
            }
            Err(why) => self.refuse(client, address, &why),
        }
    }

    /// `prefix, how many names there are below it, the first of these, names`, as many messages as it takes.
    fn list(&mut self, session: &Session, prefix: &str, client: Peer, now_ns: u64) {
        self.freshen_for_questions(session, now_ns);
        let names = self.tree.children(prefix);
        let count = i32::try_from(names.len()).unwrap_or(i32::MAX);
        let mut first = 0;
        for names in names.chunks(NAMES).chain(names.is_empty().then_some(&names[..])) {
            let mut arguments = vec![Argument::Str(prefix), Argument::Int(count), Argument::Int(first)];
            arguments.extend(names.iter().map(|name| Argument::Str(name)));
            self.post.send(client, "/bf/list", &arguments);
            first += NAMES as i32;
        }
    }

    /// `address, type tags, access, unit, least, greatest, linear or log, help, options`.
    fn describe(&mut self, session: &Session, address: &str, client: Peer, now_ns: u64) {
        self.freshen_for_questions(session, now_ns);
        let Some(entry) = self.tree.find(address) else {
            return self.refuse(client, address, "there is no such address");
        };
        let arg = entry.args.first();
        let tags = entry.tags();
        let access = match entry.access {
            Access::Read => "read",
            Access::Write => "write",
            Access::Both => "both",
        };
        let travel = arg.and_then(|arg| arg.travel);
        let end = |end: Option<f64>| end.map_or(Argument::Nil, |end| Argument::Float(end as f32));
        let unit = arg.map_or("", |arg| arg.unit.symbol());
        let mut arguments = vec![
            Argument::Str(&entry.address),
            Argument::Str(&tags),
            Argument::Str(access),
            Argument::Str(unit),
            end(travel.map(|t| t.min)),
            end(travel.map(|t| t.max)),
            Argument::Str(match travel {
                Some(travel) if travel.is_log() => "log",
                Some(travel) if !travel.is_linear() => "log0",
                _ => "linear",
            }),
            Argument::Str(&entry.help),
        ];
        arguments.extend(arg.iter().flat_map(|arg| arg.options).map(|option| Argument::Str(option)));
        self.post.send(client, "/bf/describe", &arguments);
    }

    /// The param that an address sets, for those who show it.
    pub fn param_of(&self, address: &str) -> Option<&bf_patch::Socket> {
        self.tree.find(address).and_then(|e| e.aim.param())
    }

    /// The place from 0 to 1 of a param, where it has one.
    pub fn place_of(&self, socket: &bf_patch::Socket) -> Option<f64> {
        self.tree.aimed(&Aim::Norm(socket.clone()))?.value.first()?.number()
    }
}
