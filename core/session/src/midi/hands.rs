//! Knobs and faders that move params, and their lights.

use super::source::{Source, SourceError, Touch};
use crate::session::Session;
use crate::surface::{Aim, Travel};
use bf_io::midi::{Grip, Message, Moved, Number, Relative, Takeover};
use bf_node::{Scale, Value};
use bf_patch::{Edit, Gesture, SetEdit, Socket};
use std::collections::BTreeMap;

/// Marks the numbers of these gestures among those of other hands.
const MARK: u64 = 1 << 61;
/// A knob that rests for so long has been let go: what it moves next is a step of its own.
const REST_NS: u64 = 700_000_000;
/// While a hand moves and so long after, it is not told what it did itself.
const ECHO_NS: u64 = 500_000_000;
/// Lights are looked at so often.
const LIGHT_NS: u64 = 16_666_667;
/// A step of an encoder, of the whole travel.
const STEP: f64 = 1.0 / 127.0;
/// The most that seven bits say.
const MOST: f64 = 127.0;
/// So many moves of a control are looked at before it is learnt.
const LEARN: usize = 4;

/// A knob, fader or key that moves a param.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// What moves it.
    pub source: Source,
    /// What it moves.
    pub target: Socket,
    /// The part of the param's travel that it goes through, 0 to 1; the first may be the greater.
    pub range: (f64, f64),
    /// The power by which its way is bent; 1 leaves it straight.
    pub curve: f64,
    /// What happens where the fader stands elsewhere than the value.
    pub takeover: Takeover,
    /// How turns are written, for an encoder without ends.
    pub relative: Option<Relative>,
    /// What the param stands at from end to end; its whole range where nothing is said.
    pub native: Option<(f64, f64)>,
    /// How it travels in between; as the param does where nothing is said.
    pub scale: Option<Scale>,
    /// What the control says from end to end, 0 to 127.
    pub from: (f64, f64),
    /// Whether each push turns it over.
    pub toggles: bool,
}

impl Mapping {
    /// A mapping over the whole travel, without a jump.
    pub fn new(source: Source, target: Socket) -> Mapping {
        // A push is meant as it is.
        let takeover = if matches!(source.what, Touch::Key(_)) { Takeover::Jump } else { Takeover::Pickup };
        Mapping {
            source,
            target,
            range: (0.0, 1.0),
            curve: 1.0,
            takeover,
            relative: None,
            native: None,
            scale: None,
            from: (0.0, MOST),
            toggles: false,
        }
    }

    /// A mapping of the set's file. Its mode is a way to take over, a kind of encoder, or `toggle`.
    ///
    /// # Errors
    /// What means nothing to MIDI, in the user's words.
    pub fn of(source: &str, said: &bf_patch::Mapping) -> Result<Mapping, String> {
        let source: Source = source.parse().map_err(|e: SourceError| e.to_string())?;
        let mut mapping = Mapping::new(source, said.to.clone());
        (mapping.native, mapping.scale) = (said.range, said.curve);
        mapping.from = said.from.unwrap_or(mapping.from);
        let Some(mode) = said.mode.as_ref().map(bf_patch::Name::as_str) else { return Ok(mapping) };
        match (Takeover::from_name(mode), Relative::from_name(mode)) {
            (Some(takeover), _) => mapping.takeover = takeover,
            (_, Some(relative)) => mapping.relative = Some(relative),
            _ if mode == "toggle" => mapping.toggles = true,
            _ => {
                let known = Takeover::NAMES.iter().map(|(n, _)| *n).chain(Relative::NAMES.iter().map(|(n, _)| *n));
                let known: Vec<&str> = known.chain(["toggle"]).collect();
                return Err(format!("`{mode}` says nothing of {}; there are {}", mapping.source, known.join(", ")));
            }
        }
        Ok(mapping)
    }

    /// The same as the set's file has it, and its source there.
    pub fn written(&self) -> (String, bf_patch::Mapping) {
        let mode = match self.relative {
            Some(kind) => Some(kind.name()),
            None if self.toggles => Some("toggle"),
            None if self.takeover == Mapping::new(self.source.clone(), self.target.clone()).takeover => None,
            None => Takeover::NAMES.iter().find(|(_, kind)| *kind == self.takeover).map(|(name, _)| *name),
        };
        let mode = mode.map(bf_patch::Name::new);
        let from = Some(self.from).filter(|from| *from != (0.0, MOST));
        let (range, curve) = (self.native, self.scale);
        (self.source.to_string(), bf_patch::Mapping { to: self.target.clone(), range, curve, from, mode })
    }

    /// The place on the param's travel of a place of the hand.
    fn place(&self, hand: f64) -> f64 {
        let (from, to) = self.range;
        (from + (to - from) * hand.clamp(0.0, 1.0).powf(self.curve.clamp(0.01, 100.0))).clamp(0.0, 1.0)
    }

    /// The place of the hand that gives a place on the travel.
    fn hand(&self, place: f64) -> f64 {
        let (from, to) = self.range;
        if from == to {
            return 0.0;
        }
        ((place - from) / (to - from)).clamp(0.0, 1.0).powf(1.0 / self.curve.clamp(0.01, 100.0))
    }
}

/// A mapping at work.
struct Line {
    mapping: Mapping,
    grip: Grip,
    travel: Option<Travel>,
    /// The state of the set in which nothing had its target.
    missing: Option<u64>,
    /// Where the hand is and what it asks for, not yet carried out.
    wanted: Option<f64>,
    gesture: u64,
    moved_ns: Option<u64>,
    /// What the controller was last told, 0 to 127.
    told: Option<u8>,
}

/// Someone waits to see which control a hand touches.
struct Learning {
    target: Socket,
    seen: BTreeMap<Source, Vec<u8>>,
}

/// The mappings of a set.
#[derive(Default)]
pub(super) struct Hands {
    lines: Vec<Line>,
    gestures: u64,
    learning: Option<Learning>,
    looked_ns: u64,
    pub problems: Vec<String>,
}

/// What a message of a port says, as the source that moves: its value from 0 to 1, and as it came.
pub(super) struct Move {
    pub source: Source,
    pub unit: f64,
    pub raw: u8,
}

impl Move {
    pub(super) fn of(port: &str, message: Message) -> Option<Move> {
        let (channel, what, unit, raw) = match message {
            Message::NoteOn { channel, key, velocity } => {
                (channel, Touch::Key(key), f64::from(velocity) / 127.0, velocity)
            }
            Message::NoteOff { channel, key, .. } => (channel, Touch::Key(key), 0.0, 0),
            Message::Bend { channel, value } => {
                (channel, Touch::Bend, f64::from(i32::from(value) + 8192) / 16_383.0, 64)
            }
            Message::Pressure { channel, value } => (channel, Touch::Pressure, f64::from(value) / 127.0, value),
            Message::Program { channel, program } => (channel, Touch::Program, f64::from(program) / 127.0, program),
            _ => return None,
        };
        Some(Move { source: Source { port: port.to_owned(), channel: channel + 1, what }, unit, raw })
    }

    pub(super) fn of_number(port: &str, moved: &Moved) -> Move {
        let source = Source { port: port.to_owned(), channel: moved.channel + 1, what: Touch::Number(moved.number) };
        Move { source, unit: moved.unit(), raw: moved.value.min(127) as u8 }
    }
}

impl Hands {
    /// Other mappings; what is the same goes on as it is.
    pub(super) fn set(&mut self, mappings: Vec<Mapping>) {
        let mut old = core::mem::take(&mut self.lines);
        for mapping in mappings {
            let same = old.iter().position(|line| line.mapping == mapping);
            self.lines.push(match same {
                Some(at) => old.swap_remove(at),
                None => Line {
                    mapping,
                    grip: Grip::default(),
                    travel: None,
                    missing: None,
                    wanted: None,
                    gesture: 0,
                    moved_ns: None,
                    told: None,
                },
            });
        }
    }

    pub(super) fn mappings(&self) -> impl Iterator<Item = &Mapping> {
        self.lines.iter().map(|line| &line.mapping)
    }

    /// The next control that a hand moves is mapped to a param.
    pub(super) fn learn(&mut self, target: Option<Socket>) {
        self.learning = target.map(|target| Learning { target, seen: BTreeMap::new() });
    }

    pub(super) fn learns(&self) -> Option<&Socket> {
        self.learning.as_ref().map(|learning| &learning.target)
    }

    /// A control has moved. Answers a mapping that was learnt by it.
    pub(super) fn take(&mut self, session: &mut Session, moved: &Move, now_ns: u64) -> Option<Mapping> {
        if let Some(learnt) = self.learnt(moved) {
            return Some(learnt);
        }
        for at in 0..self.lines.len() {
            let source = &self.lines[at].mapping.source;
            if source.what == moved.source.what && source.is_from(&moved.source.port, moved.source.channel) {
                self.turn(at, session, moved, now_ns);
            }
        }
        None
    }

    fn learnt(&mut self, moved: &Move) -> Option<Mapping> {
        let learning = self.learning.as_mut()?;
        learning.seen.entry(moved.source.clone()).or_default().push(moved.raw);
        let seen = learning.seen.get(&moved.source)?;
        // Pads and keys say all at once, and what moves twice at once is one control of 14 bits.
        let is_key = matches!(moved.source.what, Touch::Key(_) | Touch::Program) && moved.unit > 0.0;
        if !is_key && seen.len() < LEARN {
            return None;
        }
        let mut source = moved.source.clone();
        let relative = match source.what {
            Touch::Number(Number::Controller(n)) => {
                let is_seen = |n: u8| {
                    let what = Touch::Number(Number::Controller(n));
                    learning.seen.contains_key(&Source { what, ..source.clone() })
                };
                let is_fine = n < 32 && is_seen(n + 32) || (32..64).contains(&n) && is_seen(n - 32);
                let kind = Relative::guess(seen).filter(|_| !is_fine);
                if is_fine {
                    source.what = Touch::Number(Number::Fine(n % 32));
                }
                kind
            }
            _ => None,
        };
        // What is learnt holds on whichever port the controller is.
        source.port.clear();
        let target = self.learning.take()?.target;
        Some(Mapping { relative, ..Mapping::new(source, target) })
    }

    fn turn(&mut self, at: usize, session: &mut Session, moved: &Move, now_ns: u64) {
        let Some(place) = self.place(at, session) else { return };
        let line = &mut self.lines[at];
        let before = line.wanted.unwrap_or_else(|| line.mapping.hand(place));
        let (low, high) = line.mapping.from;
        let unit = if low == high { 0.0 } else { ((moved.unit * MOST - low) / (high - low)).clamp(0.0, 1.0) };
        let hand = match line.mapping.relative {
            None if line.mapping.toggles && unit < 0.5 => None,
            None if line.mapping.toggles => Some(if before < 0.5 { 1.0 } else { 0.0 }),
            Some(kind) => Some((before + f64::from(kind.steps(moved.raw)) * STEP).clamp(0.0, 1.0)),
            None => line.grip.take(line.mapping.takeover, unit, before),
        };
        let Some(hand) = hand else { return };
        if line.moved_ns.is_none_or(|last| now_ns.saturating_sub(last) > REST_NS) {
            self.gestures += 1;
            line.gesture = MARK | self.gestures;
        }
        (line.wanted, line.moved_ns) = (Some(hand), Some(now_ns));
        // There its light, or its motor, is now.
        line.told = Some((moved.unit * 127.0).round() as u8);
    }

    /// Where the value of a mapping stands on its travel.
    fn place(&mut self, at: usize, session: &mut Session) -> Option<f64> {
        let line = &mut self.lines[at];
        let target = &line.mapping.target;
        let param = target.port.as_ref()?;
        if line.travel.is_none() && line.missing != Some(session.changes()) {
            let tree = session.tree();
            let entry = tree.aimed(&Aim::Param(target.clone()));
            let own = entry.and_then(|entry| entry.args.first()?.travel);
            line.travel = own.map(|own| {
                let (min, max) = line.mapping.native.unwrap_or((own.min, own.max));
                let part = own.part(min, max);
                Travel { scale: line.mapping.scale.unwrap_or(part.scale), ..part }
            });
            if line.travel.is_none() && line.missing.is_none() {
                let source = &line.mapping.source;
                self.problems.push(format!("MIDI: {source} is mapped to `{target}`, which nothing has"));
            }
            line.missing = line.travel.is_none().then(|| session.changes());
        }
        let travel = line.travel?;
        let hand = session.set().main.overrides.get(target).and_then(number);
        let native = hand.or_else(|| session.controller().number(target.node.as_str(), param.as_str()).map(f64::from));
        Some(native.map_or(0.0, |native| travel.place(native)))
    }

    /// Carries out what hands have moved, and looks at the lights. `tell` is what goes to the controllers.
    pub(super) fn tick(&mut self, session: &mut Session, now_ns: u64, mut tell: impl FnMut(&Source, Message)) {
        for at in 0..self.lines.len() {
            let line = &mut self.lines[at];
            let (Some(hand), Some(travel)) = (line.wanted.take(), line.travel) else { continue };
            let native = travel.native(line.mapping.place(hand));
            // Written as short as a float allows.
            let value = (native as f32).to_string().parse().unwrap_or(native);
            let (target, gesture) = (line.mapping.target.clone(), Gesture(line.gesture));
            let edit = SetEdit::main(Edit::Override { target: target.clone(), value: Some(Value::Number(value)) });
            if session.settle(&edit, &format!("turn {target}"), Some(gesture), None).is_err() {
                // It is looked up anew with the next move.
                line.travel = None;
            }
        }
        if now_ns.saturating_sub(self.looked_ns) >= LIGHT_NS {
            self.looked_ns = now_ns;
            self.light(session, now_ns, &mut tell);
        }
    }

    fn light(&mut self, session: &mut Session, now_ns: u64, tell: &mut impl FnMut(&Source, Message)) {
        for at in 0..self.lines.len() {
            let line = &self.lines[at];
            let moves = line.moved_ns.is_some_and(|last| now_ns.saturating_sub(last) < ECHO_NS);
            if moves || line.mapping.relative.is_some() {
                continue;
            }
            let Some(place) = self.place(at, session) else { continue };
            let line = &mut self.lines[at];
            let value = (line.mapping.hand(place) * 127.0).round() as u8;
            if line.told.replace(value) != Some(value) {
                let channel = line.mapping.source.channel.max(1) - 1;
                let message = match line.mapping.source.what {
                    Touch::Number(Number::Controller(controller) | Number::Fine(controller)) => {
                        Message::Control { channel, controller, value }
                    }
                    Touch::Key(key) => Message::note(channel, key, value),
                    _ => continue,
                };
                tell(&line.mapping.source, message);
            }
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => Some(*n),
        Value::Bool(on) => Some(f64::from(u8::from(*on))),
        _ => None,
    }
}
