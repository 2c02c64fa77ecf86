//! The params of nodes and instances, with what they stand at.

use super::super::{Arg, Atom, Travel, Trust, Words};
use super::Heard;
use bf_node::{Form, NodeSpec, ParamKind, ParamSpec, Role, Unit, Value};
use bf_patch::{Control, Exposed, Name, Node, Patch, Socket};
use std::collections::BTreeMap;

/// A param that a hand can reach.
pub(super) struct Param {
    pub socket: Socket,
    pub name: Name,
    pub help: Words,
    pub kind: ParamKind,
    pub travel: Travel,
    pub trust: Trust,
    /// What it stands at; `None` where something else than a number of its own moves it.
    value: Option<Value>,
}

impl Param {
    /// Whether it is a number, a switch or a choice, and not a setting.
    pub(super) fn is_number(&self) -> bool {
        !matches!(self.kind, ParamKind::Setting { .. })
    }

    pub(super) fn arg(&self) -> Arg {
        let (tag, unit, options) = match self.kind {
            ParamKind::Number { unit, .. } => ('f', unit, &[][..]),
            ParamKind::Integer { .. } => ('i', Unit::None, &[][..]),
            ParamKind::Switch { .. } => ('T', Unit::None, &[][..]),
            ParamKind::Choice { options, .. } => ('s', Unit::None, options),
            ParamKind::Setting { form: Form::Count(..), .. } => ('i', Unit::None, &[][..]),
            ParamKind::Setting { .. } => ('s', Unit::None, &[][..]),
        };
        let travel = match self.kind {
            ParamKind::Switch { .. } | ParamKind::Choice { .. } => None,
            ParamKind::Setting { form: Form::Count(low, high), .. } => {
                Some(Travel::linear(f64::from(low), f64::from(high)))
            }
            ParamKind::Setting { .. } => None,
            _ => Some(self.travel),
        };
        Arg { travel, options, ..Arg::new("value", tag).unit(unit) }
    }

    /// What it stands at as a number.
    pub(super) fn number(&self) -> Option<f64> {
        number_of(&self.kind, self.value.as_ref()?)
    }

    /// What it stands at as a message says it.
    pub(super) fn atom(&self) -> Option<Atom> {
        let value = self.value.as_ref()?;
        match (self.kind, value) {
            (ParamKind::Number { .. }, _) => number_of(&self.kind, value).map(Atom::from),
            (ParamKind::Integer { .. } | ParamKind::Setting { form: Form::Count(..), .. }, Value::Number(n)) => {
                Some(Atom::Int(*n as i32))
            }
            (ParamKind::Switch { .. }, Value::Bool(on)) => Some(Atom::Bool(*on)),
            (ParamKind::Choice { .. } | ParamKind::Setting { .. }, Value::Text(text)) => Some(text.as_str().into()),
            _ => None,
        }
    }
}

/// The number that a value stands for, where it fits.
fn number_of(kind: &ParamKind, value: &Value) -> Option<f64> {
    match (kind, value) {
        // The text's own number, and not the nearest of 32 bits.
        (ParamKind::Number { .. } | ParamKind::Integer { .. }, Value::Number(n)) => Some(*n),
        (ParamKind::Switch { .. }, Value::Bool(on)) => Some(f64::from(u8::from(*on))),
        (ParamKind::Choice { options, .. }, Value::Text(text)) => {
            options.iter().position(|option| option == text).map(|at| at as f64)
        }
        _ => None,
    }
}

/// The params of a node: those of its type, or the controls of the patch that it stands for.
pub(super) fn declared(heard: &Heard<'_>, name: &Name, node: &Node, spec: &'static NodeSpec) -> Vec<Param> {
    let said = |socket: &Socket| {
        let own = || node.params.get(socket.port.as_ref()?).cloned();
        heard.main.overrides.get(socket).cloned().or_else(own)
    };
    if spec.role == Role::Patch {
        return instance(heard, name, said);
    }
    let reached = spec.params.iter().filter(|p| is_reached(p));
    let make = |p: &ParamSpec| {
        let socket = Socket::new(name.as_str(), p.name);
        let value = said(&socket).unwrap_or_else(|| p.default_value());
        let value = (!heard.is_moved(&socket)).then_some(value);
        let travel = Travel::of(&p.kind);
        let help = Words::Borrowed(p.help);
        Param { name: Name::new(p.name), socket, help, kind: p.kind, travel, trust: trust(&p.kind), value }
    };
    reached.map(make).collect()
}

/// Lists are edited, not turned.
fn is_reached(spec: &ParamSpec) -> bool {
    !matches!(spec.kind, ParamKind::Setting { form: Form::Samples | Form::Numbers | Form::List, .. })
}

/// Paths of files and code are for this machine's own programs.
fn trust(kind: &ParamKind) -> Trust {
    match kind {
        ParamKind::Setting { form: Form::Text | Form::Count(..), .. } => Trust::Anyone,
        ParamKind::Setting { .. } => Trust::Machine,
        _ => Trust::Anyone,
    }
}

fn instance(heard: &Heard<'_>, name: &Name, said: impl Fn(&Socket) -> Option<Value>) -> Vec<Param> {
    let file = said(&Socket::new(name.as_str(), "file"));
    let Some(patch) = file.as_ref().and_then(Value::as_text).and_then(|file| heard.file(file)) else {
        return Vec::new();
    };
    let make = |(port, control): &(Name, Control)| {
        let Exposed { spec, range, value, help } =
            Exposed::of(patch, control, &|file| heard.file(file), heard.registry).filter(|e| is_reached(e.spec))?;
        let travel = Travel::of(&spec.kind);
        let travel = range.map_or(travel, |(min, max)| Travel { min, max, ..travel });
        let socket = Socket { node: name.clone(), port: Some(port.clone()) };
        let value = said(&socket).or(Some(value)).filter(|_| !heard.is_moved(&socket));
        let help = Words::Owned(help.to_owned());
        Some(Param { name: port.clone(), socket, help, kind: spec.kind, travel, trust: trust(&spec.kind), value })
    };
    patch.controls.iter().filter_map(make).collect()
}

/// The params that the main patch exposes, and under which names.
pub(super) fn exposed_by(main: &Patch) -> BTreeMap<Socket, Name> {
    let all = main.controls.iter().flat_map(|(name, control)| control.targets.iter().map(move |t| (t, name)));
    all.map(|(target, name)| (target.clone(), name.clone())).collect()
}
