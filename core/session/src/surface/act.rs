//! What a message asks for, read from its arguments.

use super::atom::decimal;
use super::route::Route;
use super::{Access, Aim, Arg, Atom, Entry, Travel, Tree, edits};
use crate::remote::Quant;
use bf_io::osc::{Argument, Pattern, Peer};
use bf_node::Value;
use bf_node::registry::nearest;
use bf_patch::{Control, Name, SetEdit, Socket};
use std::sync::Arc;

/// What a message asks for.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// A hand moves a param.
    Set {
        socket: Socket,
        value: Value,
        shown: Shown,
    },
    Note {
        name: Name,
        pitch: f32,
        velocity: f32,
        secs: Option<f64>,
    },
    NoteOff {
        name: Name,
        pitch: Option<f32>,
    },
    Trigger {
        name: Name,
        force: f32,
    },
    Play,
    Stop,
    Tempo(f64),
    Signature(u32),
    Seek(f64),
    Launch(Option<Name>),
    Recall(Name),
    Store(Name),
    Undo,
    Redo,
    Hush(bool),
    Eval {
        code: String,
        quant: Option<Quant>,
    },
    Edit(Box<SetEdit>),
    Hello {
        port: Option<u16>,
        wants: Option<Pattern>,
    },
    Bye,
    Sync,
    Get(String),
    List(String),
    Describe(String),
    Pass(String),
    Learn(Option<String>),
    Map {
        source: String,
        to: String,
        range: Option<(f64, f64)>,
        curve: Option<String>,
    },
    Unmap(String),
    /// An `osc_in` node hears a number.
    Hear {
        path: Name,
        value: f32,
    },
    /// A control was moved that is to be learned.
    Learned {
        source: String,
        to: Socket,
        asked: Option<Peer>,
        shown: Shown,
    },
    /// A button that is let go.
    Nothing,
}

impl Act {
    /// The address that stands for what is done, where something is found to be wrong with it later.
    pub(super) fn address(&self) -> &'static str {
        match self {
            Act::Set { .. } | Act::Note { .. } | Act::NoteOff { .. } | Act::Trigger { .. } | Act::Hear { .. } => {
                "/bf/node"
            }
            Act::Play | Act::Stop | Act::Seek(_) => "/bf/transport",
            Act::Tempo(_) => "/bf/transport/tempo",
            Act::Signature(_) => "/bf/transport/signature",
            Act::Launch(_) => "/bf/scene",
            Act::Recall(_) => "/bf/snapshot",
            Act::Store(_) => "/bf/snapshot/store",
            Act::Undo => "/bf/undo",
            Act::Redo => "/bf/redo",
            Act::Hush(_) => "/bf/hushed",
            Act::Eval { .. } => "/bf/eval",
            Act::Edit(_) => "/bf/edit",
            Act::Learn(_) | Act::Learned { .. } => "/bf/learn",
            Act::Map { .. } => "/bf/map",
            Act::Unmap(_) => "/bf/unmap",
            _ => "/bf",
        }
    }
}

/// What the sender's own control shows now.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shown {
    pub address: Arc<str>,
    pub value: Vec<Atom>,
}

/// What a message to an entry asks for.
///
/// # Errors
/// What it should carry instead, in the user's words.
pub(super) fn read(entry: &Entry, rest: Option<&str>, arguments: &[Argument<'_>]) -> Result<Act, String> {
    if entry.access == Access::Read {
        return Err("it can only be read".to_owned());
    }
    // A question without words: what has a value tells it.
    if arguments.is_empty() && entry.access.reads() {
        return Ok(Act::Get(entry.address.to_string()));
    }
    if entry.is_trigger() && !matches!(entry.aim, Aim::Trigger(_)) && !is_pushed(arguments) {
        return Ok(Act::Nothing);
    }
    let args = Given { entry, arguments };
    Ok(match &entry.aim {
        Aim::Param(socket) => {
            let value = native(entry, args.first()?)?;
            Act::Set { socket: socket.clone(), value, shown: args.shown() }
        }
        Aim::Norm(_) | Aim::Control(_) => return Err("it is no param".to_owned()),
        Aim::Note(name) => note(name, &args)?,
        Aim::NoteOff(name) => Act::NoteOff { name: name.clone(), pitch: args.number(0)?.map(|n| n as f32) },
        Aim::Trigger(name) => match arguments.first() {
            None => Act::Trigger { name: name.clone(), force: 1.0 },
            Some(_) if !is_pushed(arguments) => Act::Nothing,
            Some(force) => {
                let force = force.number().unwrap_or(1.0).clamp(0.0, 1.0) as f32;
                Act::Trigger { name: name.clone(), force }
            }
        },
        Aim::Play => Act::Play,
        Aim::Stop => Act::Stop,
        Aim::Playing => {
            if args.truth()? {
                Act::Play
            } else {
                Act::Stop
            }
        }
        Aim::Tempo => Act::Tempo(args.within(0)?),
        Aim::Signature => Act::Signature(args.within(0)?.round() as u32),
        Aim::Position => Act::Seek(args.within(0)?),
        Aim::Beat => Act::Nothing,
        Aim::Launch(scene) => Act::Launch(scene.clone()),
        Aim::Recall(name) => Act::Recall(name.clone()),
        Aim::Store(name) => Act::Store(name.clone()),
        Aim::StoreAs => Act::Store(Name::parse(args.text(0)?).map_err(|e| e.to_string())?),
        Aim::Undo => Act::Undo,
        Aim::Redo => Act::Redo,
        Aim::Hush => Act::Hush(true),
        Aim::Unhush => Act::Hush(false),
        Aim::Hushed => Act::Hush(args.truth()?),
        Aim::Eval => {
            let quant = arguments.get(1).map(|_| args.text(1)).transpose()?;
            let quant = quant.map(|quant| quant.parse::<Quant>().map_err(|e| e.to_string())).transpose()?;
            Act::Eval { code: args.text(0)?.to_owned(), quant }
        }
        Aim::Edit => Act::Edit(Box::new(edits::read(rest, arguments)?)),
        Aim::Hello => hello(arguments)?,
        Aim::Bye => Act::Bye,
        Aim::Sync => Act::Sync,
        Aim::Get => Act::Get(args.text(0)?.to_owned()),
        Aim::List => Act::List(arguments.first().and_then(Argument::text).unwrap_or("/bf").to_owned()),
        Aim::Describe => Act::Describe(args.text(0)?.to_owned()),
        Aim::Pass => Act::Pass(args.text(0)?.to_owned()),
        Aim::Learn => Act::Learn(arguments.first().map(|_| args.text(0).map(str::to_owned)).transpose()?),
        Aim::Map => {
            let range = args.number(2)?.zip(args.number(3)?);
            let curve = arguments.get(4).map(|_| args.text(4)).transpose()?;
            Act::Map {
                source: args.text(0)?.to_owned(),
                to: args.text(1)?.to_owned(),
                range,
                curve: curve.map(str::to_owned),
            }
        }
        Aim::Unmap => Act::Unmap(args.text(0)?.to_owned()),
        Aim::Mapped(_) => return Err("it is no address of the set".to_owned()),
    })
}

/// What a message to the place of a param from 0 to 1 asks for; `native` is the entry of the same param in its own unit.
pub(super) fn read_norm(entry: &Entry, native: &Entry, arguments: &[Argument<'_>]) -> Result<Act, String> {
    let args = Given { entry, arguments };
    let Aim::Param(socket) = &native.aim else { return Err("it is no param".to_owned()) };
    if arguments.is_empty() {
        return Ok(Act::Get(entry.address.to_string()));
    }
    let place = args.within(0)?;
    Ok(Act::Set { socket: socket.clone(), value: value_at(native, place), shown: args.shown() })
}

/// What a message to a control of the main patch asks for: all that it leads to is set to the same number, as far as it
/// goes there.
pub(super) fn read_control(
    entry: &Entry,
    control: &Control,
    tree: &Tree,
    arguments: &[Argument<'_>],
) -> Result<Vec<Act>, String> {
    let args = Given { entry, arguments };
    let place = args.within(0)?;
    let native = |target: &Socket| tree.aimed(&Aim::Param(target.clone()));
    let first = control.targets.first().and_then(native).ok_or("it leads nowhere")?;
    let number = Route::over(control, first).travel().native(place);
    let set = |target: &Socket| {
        let native = native(target)?;
        let value = number_at(native, travel(native).clamp(number));
        Some(Act::Set { socket: target.clone(), value, shown: args.shown() })
    };
    Ok(control.targets.iter().filter_map(set).collect())
}

/// What the sender's own control shows after a message to an entry.
pub(super) fn shown(entry: &Entry, arguments: &[Argument<'_>]) -> Shown {
    Given { entry, arguments }.shown()
}

/// A button is pushed unless its number is 0.
fn is_pushed(arguments: &[Argument<'_>]) -> bool {
    arguments.first().is_none_or(|argument| argument.truth().unwrap_or(true))
}

fn note(name: &Name, args: &Given<'_>) -> Result<Act, String> {
    let pitch = args.within(0)? as f32;
    let velocity = args.number(1)?.unwrap_or(0.8).clamp(0.0, 1.0) as f32;
    if velocity == 0.0 {
        return Ok(Act::NoteOff { name: name.clone(), pitch: Some(pitch) });
    }
    let secs = args.number(2)?.filter(|secs| *secs > 0.0).map(|secs| secs.min(3600.0));
    Ok(Act::Note { name: name.clone(), pitch, velocity, secs })
}

fn hello(arguments: &[Argument<'_>]) -> Result<Act, String> {
    let (mut port, mut wants) = (None, None);
    for argument in arguments {
        if let Some(text) = argument.text() {
            wants = Some(Pattern::parse(text).map_err(|e| e.to_string())?);
        } else if let Some(number) = argument.number() {
            let whole = (number.fract() == 0.0 && (1.0..=65_535.0).contains(&number)).then_some(number as u16);
            port = Some(whole.ok_or("a port is a whole number from 1 to 65535")?);
        }
    }
    Ok(Act::Hello { port, wants })
}

/// The arguments of a message to an entry.
struct Given<'a> {
    entry: &'a Entry,
    arguments: &'a [Argument<'a>],
}

impl<'a> Given<'a> {
    fn first(&self) -> Result<&'a Argument<'a>, String> {
        self.arguments.first().ok_or_else(|| self.wanted(0))
    }

    fn arg(&self, at: usize) -> Option<&Arg> {
        self.entry.args.get(at)
    }

    /// A number, where there is an argument at all.
    fn number(&self, at: usize) -> Result<Option<f64>, String> {
        let number = |argument: &Argument<'_>| argument.number().ok_or_else(|| self.wanted(at));
        self.arguments.get(at).map(number).transpose()
    }

    /// A number, brought into its range.
    fn within(&self, at: usize) -> Result<f64, String> {
        let number = match self.arguments.get(at) {
            Some(Argument::Float(value)) if value.is_finite() => decimal(*value),
            _ => self.number(at)?.ok_or_else(|| self.wanted(at))?,
        };
        Ok(self.arg(at).and_then(|arg| arg.travel).map_or(number, |travel| travel.clamp(number)))
    }

    fn truth(&self) -> Result<bool, String> {
        self.first()?.truth().ok_or_else(|| self.wanted(0))
    }

    fn text(&self, at: usize) -> Result<&'a str, String> {
        self.arguments.get(at).and_then(Argument::text).ok_or_else(|| self.wanted(at))
    }

    fn wanted(&self, at: usize) -> String {
        let Some(arg) = self.arg(at) else { return "it takes no argument".to_owned() };
        let kind = match arg.tag {
            'f' => "a number",
            'i' => "a whole number",
            's' => "a text",
            'T' => "true or false",
            _ => "a push",
        };
        let range = arg.travel.map_or(String::new(), |t| format!(" from {} to {}", t.min, t.max));
        format!("argument {} is {}: {kind}{range} is expected", at + 1, arg.name)
    }

    /// What the sender's control shows: what it has sent.
    fn shown(&self) -> Shown {
        let atom = |argument: &Argument<'_>| match argument {
            Argument::Str(text) | Argument::Symbol(text) => Atom::from(*text),
            Argument::Int(value) => Atom::Int(*value),
            Argument::Bool(on) => Atom::Bool(*on),
            other => Atom::from(other.number().unwrap_or(1.0)),
        };
        let value = self.arguments.iter().take(1).map(atom).collect();
        Shown { address: Arc::clone(&self.entry.address), value }
    }
}

/// The value that an argument means for a param in its own unit.
fn native(entry: &Entry, argument: &Argument<'_>) -> Result<Value, String> {
    let given = Given { entry, arguments: core::slice::from_ref(argument) };
    let arg = entry.args.first().ok_or("it takes no argument")?;
    Ok(match arg.tag {
        'T' => Value::Bool(given.truth()?),
        'i' => Value::Number(given.within(0)?.round()),
        's' if arg.options.is_empty() => Value::Text(given.text(0)?.to_owned()),
        's' => match argument.text() {
            Some(text) if arg.options.contains(&text) => Value::Text(text.to_owned()),
            Some(text) => {
                let near = nearest(text, arg.options.iter().copied());
                let near = near.map_or(String::new(), |near| format!(": did you mean {near}?"));
                return Err(format!("`{text}` is none of {}{near}", arg.options.join(", ")));
            }
            None => {
                let last = arg.options.len().saturating_sub(1);
                let at = given.number(0)?.ok_or_else(|| given.wanted(0))?.round().clamp(0.0, last as f64);
                Value::from(arg.options[at as usize])
            }
        },
        _ => Value::Number(given.within(0)?),
    })
}

/// The travel of a param, whatever its kind.
pub(super) fn travel(native: &Entry) -> Travel {
    let arg = native.args.first();
    let last = arg.map_or(0, |arg| arg.options.len()).saturating_sub(1).max(1);
    let steps = Travel { whole: true, ..Travel::linear(0.0, last as f64) };
    arg.and_then(|arg| arg.travel).unwrap_or(steps)
}

/// The value of a param at a place from 0 to 1.
fn value_at(native: &Entry, place: f64) -> Value {
    number_at(native, travel(native).native(place))
}

/// The value of a param for a number, whatever its kind.
pub(super) fn number_at(native: &Entry, number: f64) -> Value {
    let Some(arg) = native.args.first() else { return Value::Number(number) };
    match arg.tag {
        'T' => Value::Bool(number > 0.5),
        's' => Value::from(arg.options.get(number as usize).copied().unwrap_or_default()),
        'i' => Value::Number(number.round()),
        // As the processor reads it, written as short as that allows.
        _ => Value::Number(travel(native).clamp(decimal(number as f32))),
    }
}

/// What the entry of a param reads while it stands at a value, in its own unit and from 0 to 1.
pub(super) fn atoms_of(native: &Entry, value: &Value) -> Option<(Atom, f64)> {
    let arg = native.args.first()?;
    let (atom, number) = match (arg.tag, value) {
        ('f', Value::Number(n)) => (Atom::from(*n), *n),
        ('i', Value::Number(n)) => (Atom::Int(*n as i32), *n),
        ('T', Value::Bool(on)) => (Atom::Bool(*on), f64::from(u8::from(*on))),
        ('s', Value::Text(text)) => {
            let at = arg.options.iter().position(|option| option == text).unwrap_or(0);
            (Atom::from(text.as_str()), at as f64)
        }
        _ => return None,
    };
    Some((atom, travel(native).place(number)))
}

/// The value that an atom of a param's entry stands for.
pub(super) fn value_of_atom(atom: &Atom, native: &Entry) -> Option<Value> {
    match (native.args.first()?.tag, atom) {
        ('f', Atom::Float(n)) => Some(Value::Number(decimal(*n))),
        ('i', Atom::Int(n)) => Some(Value::Number(f64::from(*n))),
        ('T', Atom::Bool(on)) => Some(Value::Bool(*on)),
        ('s', Atom::Text(text)) => Some(Value::from(&**text)),
        _ => None,
    }
}
