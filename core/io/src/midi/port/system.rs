//! The system's ports.

use super::super::Parser;
use super::sender::{Connection, Connections};
use super::stamp::Stamps;
use super::{MidiError, News, Owner, PortInfo, Received, Way, Wishes, answers};
use crate::HostClock;
use crate::backend::quiet::quietly;
use midir::{Ignore, MidiInput, MidiInputConnection, MidiOutput};
use std::sync::PoisonError;
use std::sync::mpsc::SyncSender;

fn no_system(e: &midir::InitError) -> MidiError {
    MidiError::NoSystem { why: e.to_string() }
}

/// A client for input, and the names of the ports that it could open, with their places.
fn inputs(client: &str) -> Result<(MidiInput, Vec<String>), MidiError> {
    let mut input = quietly(|| MidiInput::new(client)).0.map_err(|e| no_system(&e))?;
    input.ignore(Ignore::SysexAndActiveSense);
    let names = input.ports().iter().map(|p| input.port_name(p).unwrap_or_default()).collect();
    Ok((input, names))
}

fn outputs(client: &str) -> Result<(MidiOutput, Vec<String>), MidiError> {
    let output = quietly(|| MidiOutput::new(client)).0.map_err(|e| no_system(&e))?;
    let names = output.ports().iter().map(|p| output.port_name(p).unwrap_or_default()).collect();
    Ok((output, names))
}

pub(super) fn list() -> Result<Vec<PortInfo>, MidiError> {
    let port = |way| move |name| PortInfo { owner: Owner::System, way, name };
    let (_, sources) = inputs("beatforge-list")?;
    let (_, sinks) = outputs("beatforge-list")?;
    let named = |names: Vec<String>| names.into_iter().filter(|n| !n.is_empty() && !n.starts_with("beatforge"));
    Ok(named(sources).map(port(Way::In)).chain(named(sinks).map(port(Way::Out))).collect())
}

/// Opens the system's ports.
pub(super) struct Keeper {
    client: String,
    clock: HostClock,
    received: SyncSender<Received>,
    inputs: Vec<(u8, String, MidiInputConnection<Line>)>,
    outputs: Connections,
}

/// What one input knows.
struct Line {
    wish: u8,
    clock: HostClock,
    parser: Parser,
    stamps: Stamps,
    received: SyncSender<Received>,
}

impl Keeper {
    pub(super) fn new(client: &str, clock: HostClock, received: SyncSender<Received>, outputs: Connections) -> Keeper {
        Keeper { client: client.to_owned(), clock, received, inputs: Vec::new(), outputs }
    }

    /// Opens what answers and is not open, closes what has gone.
    pub(super) fn look(&mut self, wishes: &Wishes, tell: &mut impl FnMut(News)) -> Result<(), MidiError> {
        if wishes.is_empty() && self.is_idle() {
            return Ok(());
        }
        let (_, sources) = inputs(&self.client)?;
        let (_, sinks) = outputs(&self.client)?;
        self.look_in(&sources, wishes, tell);
        self.look_out(&sinks, wishes, tell);
        Ok(())
    }

    fn is_idle(&self) -> bool {
        self.inputs.is_empty() && self.outputs.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn look_in(&mut self, names: &[String], wishes: &Wishes, tell: &mut impl FnMut(News)) {
        let info = |name: &str| PortInfo { owner: Owner::System, way: Way::In, name: name.to_owned() };
        self.inputs
            .retain(|(wish, name, _)| left(names, (name, *wish), &wishes.inputs, info(name)).map(&mut *tell).is_none());
        for (wish, wanted) in (0u8..).zip(&wishes.inputs) {
            for name in names.iter().filter(|name| answers(name, wanted)) {
                if self.inputs.iter().any(|(w, n, _)| *w == wish && n == name) {
                    continue;
                }
                match self.connect_in(wish, name) {
                    Ok(connection) => {
                        self.inputs.push((wish, name.clone(), connection));
                        tell(News::Connected { port: info(name), wish: wanted.clone() });
                    }
                    Err(why) => tell(refused(Way::In, name, why, names)),
                }
            }
        }
    }

    fn connect_in(&self, wish: u8, name: &str) -> Result<MidiInputConnection<Line>, String> {
        let (input, names) = inputs(&self.client).map_err(|e| e.to_string())?;
        let place = names.iter().position(|n| n == name).ok_or("it has gone")?;
        let ports = input.ports();
        let port = ports.get(place).ok_or("it has gone")?;
        let line = Line {
            wish,
            clock: self.clock,
            parser: Parser::new(),
            stamps: Stamps::default(),
            received: self.received.clone(),
        };
        input.connect(port, "in", heard, line).map_err(|e| e.to_string())
    }

    fn look_out(&mut self, names: &[String], wishes: &Wishes, tell: &mut impl FnMut(News)) {
        let info = |name: &str| PortInfo { owner: Owner::System, way: Way::Out, name: name.to_owned() };
        let mut open = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|connection| {
            let Connection { wish, name, .. } = connection;
            left(names, (name, *wish), &wishes.outputs, info(name)).map(&mut *tell).is_none()
        });
        for (wish, wanted) in (0u8..).zip(&wishes.outputs) {
            for name in names.iter().filter(|name| answers(name, wanted)) {
                if open.iter().any(|c| c.wish == wish && c.name == *name) {
                    continue;
                }
                match connect_out(&self.client, name) {
                    Ok(port) => {
                        open.push(Connection { wish, name: name.clone(), port });
                        tell(News::Connected { port: info(name), wish: wanted.clone() });
                    }
                    Err(why) => tell(refused(Way::Out, name, why, names)),
                }
            }
        }
    }
}

/// What there is to tell of an open port that is not to be open any more: it has gone, or is not wanted.
fn left(names: &[String], (name, wish): (&String, u8), wishes: &[String], port: PortInfo) -> Option<News> {
    if !names.contains(name) {
        return Some(News::Gone { port, wish });
    }
    let is_wanted = wishes.get(usize::from(wish)).is_some_and(|wanted| answers(name, wanted));
    (!is_wanted).then_some(News::Let { port, wish })
}

fn refused(way: Way, port: &str, why: String, names: &[String]) -> News {
    let there = names.iter().filter(|name| !name.starts_with("beatforge")).cloned().collect();
    News::Fault(MidiError::Refused { way, port: port.to_owned(), why, there })
}

fn connect_out(client: &str, name: &str) -> Result<midir::MidiOutputConnection, String> {
    let (output, names) = outputs(client).map_err(|e| e.to_string())?;
    let place = names.iter().position(|n| n == name).ok_or("it has gone")?;
    let ports = output.ports();
    output.connect(ports.get(place).ok_or("it has gone")?, "out").map_err(|e| e.to_string())
}

/// Called by the system's thread.
fn heard(stamp_us: u64, bytes: &[u8], line: &mut Line) {
    let at_ns = line.stamps.time(stamp_us.saturating_mul(1000), line.clock.now_ns());
    let (wish, received) = (line.wish, &line.received);
    // What finds no room is lost: whoever does not take 8,192 messages is not there.
    line.parser.feed(bytes, |message| _ = received.try_send(Received { wish, at_ns, message }));
}
