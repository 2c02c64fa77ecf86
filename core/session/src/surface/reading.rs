//! Reads messages into what they ask for, by the tree.

use super::act::{self, Act, Shown};
use super::console::Console;
use super::names::Who;
use super::route::{Route, source, source_of};
use super::{Access, Aim, Atom, Entry};
use crate::session::Session;
use bf_io::osc::{Argument, Message, Pattern, Peer, is_pattern};
use bf_node::registry::nearest;
use bf_patch::Socket;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What shows a value besides params, and is told.
const SHOWN: [Aim; 5] = [Aim::Playing, Aim::Hushed, Aim::Tempo, Aim::Signature, Aim::Position];

impl Console {
    /// Reads a message into what it asks for.
    pub(super) fn read(
        &mut self,
        session: &Session,
        message: &Message<'_>,
        who: Who,
        now_ns: u64,
        acts: &mut Vec<Act>,
    ) {
        let Who { from, client } = who;
        let arguments: Vec<Argument<'_>> = message.arguments().collect();
        let address = message.address();
        let before = acts.len();
        let read = if !address.starts_with("/bf/") {
            self.read_foreign(session, address, &arguments, (from, now_ns), acts)
        } else if is_pattern(address) {
            self.read_pattern(address, &arguments, from, acts)
        } else {
            self.read_one(session, address, &arguments, (from, now_ns), acts)
        };
        if let Err(why) = read {
            self.refuse(client, address, &why);
        }
        let mut turns = false;
        for act in &acts[before..] {
            match act {
                Act::Set { socket, shown, .. } => self.hand(client, socket, shown, now_ns),
                Act::Play | Act::Stop | Act::Hush(_) | Act::Tempo(_) | Act::Signature(_) | Act::Seek(_) => turns = true,
                // The finger is still on what is learned.
                Act::Learned { shown, .. } => self.holds(client, shown.clone(), now_ns),
                _ => continue,
            }
            self.names.take(from);
        }
        if turns && !arguments.is_empty() {
            self.hand_on_fixed(address, &arguments, client, now_ns);
        }
    }

    /// A client's hand is on a param: on all addresses that show it.
    fn hand(&mut self, client: Peer, socket: &Socket, shown: &Shown, now_ns: u64) {
        let addresses: Vec<Arc<str>> = self.tree.showing(socket).map(|entry| Arc::clone(&entry.address)).collect();
        self.feedback.hand(client, &addresses, &(Arc::clone(&shown.address), shown.value.clone()), now_ns);
    }

    /// A client's hand is on what only one address shows.
    fn holds(&mut self, client: Peer, shown: Shown, now_ns: u64) {
        let address = [Arc::clone(&shown.address)];
        self.feedback.hand(client, &address, &(shown.address, shown.value), now_ns);
    }

    /// A client's hand is on the transport, or on what silences the set.
    fn hand_on_fixed(&mut self, address: &str, arguments: &[Argument<'_>], client: Peer, now_ns: u64) {
        let pattern = if is_pattern(address) { Pattern::parse(address).ok() } else { None };
        for aim in SHOWN {
            let entry = self.tree.aimed(&aim).filter(|entry| match &pattern {
                Some(pattern) => pattern.matches(&entry.address),
                None => *entry.address == *address,
            });
            if let Some(shown) = entry.map(|entry| act::shown(entry, arguments)) {
                self.holds(client, shown, now_ns);
            }
        }
    }

    fn read_one(
        &mut self,
        session: &Session,
        address: &str,
        arguments: &[Argument<'_>],
        (from, now_ns): (Peer, u64),
        acts: &mut Vec<Act>,
    ) -> Result<(), String> {
        if self.tree.find(address).is_none() && self.seen != Some(session.changes()) && now_ns > self.rebuilt_ns {
            self.freshen(session, now_ns);
        }
        if let Some(what) = address.strip_prefix("/bf/edit/")
            && let Some(entry) = self.tree.exact("/bf/edit")
        {
            self.gate.may(from, entry)?;
            acts.push(act::read(entry, Some(what), arguments)?);
            return Ok(());
        }
        let Some(entry) = self.tree.find(address) else {
            // The search costs too much to be done for each message of a flood.
            let near = self.post.tells_errors().then(|| {
                let all = self.tree.entries().iter().map(|e| &*e.address);
                nearest(address, all).map(str::to_owned)
            });
            let near = near.flatten().map_or(String::new(), |near| format!(": did you mean {near}?"));
            return Err(format!("there is no such address{near}"));
        };
        self.gate.may(from, entry)?;
        self.acts_of(entry, arguments, acts)
    }

    /// A message of another layout: what it is mapped to moves, or it is learned.
    fn read_foreign(
        &mut self,
        session: &Session,
        address: &str,
        arguments: &[Argument<'_>],
        (from, now_ns): (Peer, u64),
        acts: &mut Vec<Act>,
    ) -> Result<(), String> {
        if self.seen != Some(session.changes())
            && (now_ns >= self.rest_until_ns
                || now_ns > self.rebuilt_ns && self.lacks(session, address, arguments.len()))
        {
            self.freshen(session, now_ns);
        }
        if is_pattern(address) {
            return self.read_foreign_pattern(session, address, arguments, from, acts);
        }
        if let Some((to, asked)) = self.learning.take_if(|_| arguments.iter().any(|a| a.number().is_some())) {
            let shown = Shown { address: address.into(), value: numbers(arguments) };
            acts.push(Act::Learned { source: source(address, 0), to, asked, shown });
            return Ok(());
        }
        let heard = hear(session, &|of| of == address, arguments, acts);
        if self.tree.aimed(&Aim::Mapped(address.into())).is_none() {
            self.counts.foreign += u64::from(!heard);
            return Ok(());
        }
        self.moved_by(session, address, arguments, from, acts)
    }

    /// The same for all addresses that a pattern matches.
    fn read_foreign_pattern(
        &mut self,
        session: &Session,
        address: &str,
        arguments: &[Argument<'_>],
        from: Peer,
        acts: &mut Vec<Act>,
    ) -> Result<(), String> {
        let pattern = Pattern::parse(address).map_err(|e| e.to_string())?;
        let before = acts.len();
        hear(session, &|of| pattern.matches(of), arguments, acts);
        let mapped = session.set().main.mappings.keys().filter_map(|source| source_of(source));
        let matching: BTreeSet<&str> = mapped.map(|(of, _)| of).filter(|of| pattern.matches(of)).collect();
        for of in matching {
            self.moved_by(session, of, arguments, from, acts)?;
        }
        self.counts.foreign += u64::from(acts.len() == before);
        Ok(())
    }

    /// What the numbers of a mapped control move.
    fn moved_by(
        &self,
        session: &Session,
        address: &str,
        arguments: &[Argument<'_>],
        from: Peer,
        acts: &mut Vec<Act>,
    ) -> Result<(), String> {
        let Some(entry) = self.tree.aimed(&Aim::Mapped(address.into())) else { return Ok(()) };
        self.gate.may(from, entry)?;
        let value = numbers(arguments);
        for (at, said) in arguments.iter().enumerate() {
            let mapping = session.set().main.mappings.get(&source(address, at));
            let (Some(mapping), Some(said)) = (mapping, said.number()) else { continue };
            let Some(native) = self.tree.aimed(&Aim::Param(mapping.to.clone())) else { continue };
            if let Some(to) = Route::of(mapping, native).value(native, said) {
                let shown = Shown { address: Arc::clone(&entry.address), value: value.clone() };
                acts.push(Act::Set { socket: mapping.to.clone(), value: to, shown });
            }
        }
        Ok(())
    }

    /// Whether a control is mapped to what the tree does not know yet.
    fn lacks(&self, session: &Session, address: &str, values: usize) -> bool {
        let mappings = &session.set().main.mappings;
        let mut mapped = (0..values).filter_map(|at| mappings.get(&source(address, at))).peekable();
        let is_known = mapped.peek().is_none() || self.tree.aimed(&Aim::Mapped(address.into())).is_some();
        !is_known || mapped.any(|mapping| self.tree.aimed(&Aim::Param(mapping.to.clone())).is_none())
    }

    fn acts_of(&self, entry: &Entry, arguments: &[Argument<'_>], acts: &mut Vec<Act>) -> Result<(), String> {
        match &entry.aim {
            Aim::Norm(socket) => {
                let native = self.tree.aimed(&Aim::Param(socket.clone())).ok_or("it is no param")?;
                acts.push(act::read_norm(entry, native, arguments)?);
            }
            Aim::Control(name) if !arguments.is_empty() => {
                let control = self.tree.control(name).ok_or("it leads nowhere")?;
                acts.extend(act::read_control(entry, control, &self.tree, arguments)?);
            }
            _ => acts.push(act::read(entry, None, arguments)?),
        }
        Ok(())
    }

    fn read_pattern(
        &self,
        address: &str,
        arguments: &[Argument<'_>],
        from: Peer,
        acts: &mut Vec<Act>,
    ) -> Result<(), String> {
        let pattern = Pattern::parse(address).map_err(|e| e.to_string())?;
        let mut why = None;
        let before = acts.len();
        for entry in self.tree.matching(&pattern).filter(|e| e.access != Access::Read) {
            let read = self.gate.may(from, entry).and_then(|()| self.acts_of(entry, arguments, acts));
            why = read.err().or(why);
        }
        if acts.len() > before {
            return Ok(());
        }
        Err(why.unwrap_or_else(|| "no address matches".to_owned()))
    }
}

/// Gives the numbers of a message to the `osc_in` nodes of its address; whether there are any.
fn hear(session: &Session, is_meant: &dyn Fn(&str) -> bool, arguments: &[Argument<'_>], acts: &mut Vec<Act>) -> bool {
    let before = acts.len();
    for ear in session.listening_nodes().filter(|ear| is_meant(ear.address)) {
        let number = arguments.get(ear.argument).and_then(Argument::number);
        acts.extend(number.map(|value| Act::Hear { path: ear.path.clone(), value: value as f32 }));
    }
    acts.len() > before
}

/// What the control of another layout shows: the numbers that it has sent.
fn numbers(arguments: &[Argument<'_>]) -> Vec<Atom> {
    arguments.iter().filter_map(Argument::number).map(Atom::from).collect()
}
