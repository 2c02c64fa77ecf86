//! Which nodes hear what comes in, and which of them send what they are played.

use crate::session::Session;
use bf_engine::{Controller, Target};
use bf_io::midi::Wishes;
use bf_io::midi::port::{MOST_WISHES, NOBODY};
use bf_node::{Probe, Value};
use bf_patch::Name;
use std::sync::Arc;

/// The types of the nodes that hear and send.
const IN: &str = "midi_in";
const OUT: &str = "midi_send";

/// Somewhere that notes are played.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Route {
    pub path: Name,
    pub target: Target,
    /// The wish whose messages are meant; none: any.
    pub wish: Option<u8>,
    /// 0 to 15; none: any.
    pub channel: Option<u8>,
    pub mpe: bool,
    /// The controller that its output follows; none where it is no `midi_in`.
    pub controller: Option<u8>,
}

/// A node that sends what it is played.
#[derive(Clone)]
pub(super) struct Sending {
    pub path: Name,
    pub probe: Arc<Probe>,
    /// The wish among the outputs; none where it names no port.
    pub wish: Option<u8>,
    /// 0 to 15.
    pub channel: u8,
    pub controller: u8,
    /// 0 to 127.
    pub program: Option<u8>,
    pub mpe: bool,
    pub delay_ns: u64,
    /// The place of `value`, `bend` and `pressure` among its params.
    pub places: [u16; 3],
}

/// Everything between ports and nodes, as of a change of the set.
#[derive(Default)]
pub(super) struct Routes {
    pub routes: Vec<Route>,
    pub sending: Vec<Sending>,
    seen: Option<u64>,
    /// Whether what keys are to play is not there, since when, and whether that was told.
    is_silent: bool,
    silent_since: Option<u64>,
    is_told: bool,
}

/// The number of a wish, which comes to the others where it is not there yet.
pub(super) fn wish(wishes: &mut Vec<String>, text: &str) -> Option<u8> {
    if !wishes.iter().any(|wish| wish == text) {
        match wishes.iter_mut().find(|wish| *wish == NOBODY) {
            Some(free) => text.clone_into(free),
            None => wishes.push(text.to_owned()),
        }
    }
    number(wishes, text)
}

/// The number of a wish that is there.
pub(super) fn number(wishes: &[String], text: &str) -> Option<u8> {
    let at = wishes.iter().position(|wish| wish == text)?;
    u8::try_from(at).ok().filter(|at| usize::from(*at) < MOST_WISHES)
}

/// Whether no port is wanted.
fn is_none(wishes: &[String]) -> bool {
    wishes.iter().all(|wish| wish == NOBODY)
}

impl Routes {
    /// The set is looked at the next time, whether it has changed or not.
    pub(super) fn forget(&mut self) {
        self.seen = None;
    }

    /// Looks at the set again where it has changed; whether it has.
    pub(super) fn renew(&mut self, session: &mut Session, play: Option<&Name>, wishes: &mut Wishes) -> bool {
        let now = session.changes();
        if self.seen == Some(now) {
            return false;
        }
        self.seen = Some(now);
        let played = play.and_then(|name| session.keys_of(name));
        self.is_silent = play.is_some();
        let controller = session.controller();
        let mut routes: Vec<Route> = Vec::new();
        let mut sending = Vec::new();
        let nodes: Vec<(Name, &'static str, Vec<Value>)> = controller.plan().map_or(Vec::new(), |plan| {
            let ours = plan.flat.nodes.iter().filter(|n| !n.ghost);
            let of_kind = ours.filter_map(|n| {
                let name = n.face.spec()?.name;
                (name == IN || name == OUT).then(|| (n.key.path.clone(), name, n.setup_values()))
            });
            of_kind.collect()
        });
        for (path, kind, values) in nodes {
            let Some(settings) = Settings::of(session_spec(session, kind), &values) else { continue };
            let controller = session.controller();
            match kind {
                IN => routes.extend(hearing(path, &settings, controller, wishes)),
                _ => sending.extend(sends(path, &settings, controller, wishes)),
            }
        }
        if let Some(path) = played
            && let Some(target) = session.controller().target(path.as_str(), None)
        {
            if is_none(&wishes.inputs) {
                wish(&mut wishes.inputs, "");
            }
            self.is_silent = false;
            routes.push(Route { path, target, wish: None, channel: None, mpe: false, controller: None });
        }
        (self.routes, self.sending) = (routes, sending);
        true
    }
}

/// A set that opens may need so long until what keys play is there.
const PATIENCE_NS: u64 = 1_000_000_000;

impl Routes {
    /// Why keys play nothing, once, where that stays so.
    pub(super) fn silence(&mut self, session: &Session, play: Option<&Name>, now_ns: u64) -> Option<String> {
        if !self.is_silent {
            (self.silent_since, self.is_told) = (None, false);
            return None;
        }
        let since = *self.silent_since.get_or_insert(now_ns);
        if self.is_told || now_ns.saturating_sub(since) < PATIENCE_NS {
            return None;
        }
        self.is_told = true;
        play.map(|name| format!("MIDI: keys play nothing: {}", session.why_silent(name)))
    }
}

fn session_spec(session: &Session, kind: &str) -> Option<&'static bf_node::NodeSpec> {
    session.registry().get(kind)
}

/// The settings of a node by name.
struct Settings<'a> {
    spec: &'static bf_node::NodeSpec,
    values: &'a [Value],
}

impl Settings<'_> {
    fn of<'a>(spec: Option<&'static bf_node::NodeSpec>, values: &'a [Value]) -> Option<Settings<'a>> {
        spec.map(|spec| Settings { spec, values })
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(self.spec.param(name)?)
    }

    fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_text).unwrap_or("")
    }

    fn count(&self, name: &str) -> u8 {
        self.number(name).clamp(0.0, 255.0) as u8
    }

    fn number(&self, name: &str) -> f64 {
        self.get(name).and_then(Value::as_number).unwrap_or(0.0)
    }

    fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value::Bool(true))) || self.number(name) > 0.5
    }
}

fn hearing(path: Name, settings: &Settings<'_>, controller: &Controller, wishes: &mut Wishes) -> Option<Route> {
    let target = controller.target(path.as_str(), Some("feed"))?;
    let text = settings.text("port");
    // Without a name any port is meant that is open, and a keyboard is opened where none is.
    let wish = match text {
        "" if is_none(&wishes.inputs) || wishes.inputs.iter().any(String::is_empty) => wish(&mut wishes.inputs, ""),
        "" => None,
        text => Some(wish(&mut wishes.inputs, text)?),
    };
    let channel = settings.count("channel").checked_sub(1).map(|c| c.min(15));
    let (mpe, controller) = (settings.is_on("mpe"), Some(settings.count("controller")));
    Some(Route { path, target, wish, channel, mpe, controller })
}

fn sends(path: Name, settings: &Settings<'_>, controller: &Controller, wishes: &mut Wishes) -> Option<Sending> {
    let probe = controller.probe(path.as_str())?;
    let text = settings.text("port");
    let wish = if text.is_empty() { None } else { wish(&mut wishes.outputs, text) };
    let place = |name: &str| settings.spec.param(name).map_or(u16::MAX, |at| at as u16);
    Some(Sending {
        path,
        probe,
        wish,
        channel: settings.count("channel").clamp(1, 16) - 1,
        controller: settings.count("controller"),
        program: settings.count("program").checked_sub(1),
        mpe: settings.is_on("mpe"),
        delay_ns: (settings.number("delay") * 1e6) as u64,
        places: ["value", "bend", "pressure"].map(place),
    })
}
