//! From what a control of another layout says to the value of the param that it is mapped to, and back.

use super::act::{number_at, travel};
use super::atom::decimal;
use super::{Atom, Entry, Travel};
use bf_io::osc::check_address;
use bf_node::Value;
use bf_patch::{Control, Mapping};

/// Numbers of a message that can be mapped: an XY pad has two.
pub(super) const ARGUMENTS: usize = 8;

/// Marks the sources of OSC among all.
const OSC: &str = "osc:";

/// The way of a mapping.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Route {
    /// What the control says from end to end.
    pub from: Travel,
    /// What the param stands at from end to end.
    to: Travel,
    /// Each push turns a switch over.
    toggles: bool,
}

/// The address and the number of the argument, from 0, of a source of OSC: `osc:/1/xy#2` is the second number of `/1/xy`.
pub(super) fn source_of(source: &str) -> Option<(&str, usize)> {
    let rest = source.strip_prefix(OSC)?;
    match rest.rsplit_once('#') {
        Some((address, nth)) => Some((address, nth.parse::<usize>().ok()?.checked_sub(1)?)),
        None => Some((rest, 0)),
    }
}

/// The source of an argument, from 0, of messages to an address.
pub(super) fn source(address: &str, argument: usize) -> String {
    if argument == 0 { format!("{OSC}{address}") } else { format!("{OSC}{address}#{}", argument + 1) }
}

/// The source that a text names, as the set writes it; an address alone is one of OSC.
///
/// # Errors
/// Why it names none, in the user's words.
pub(super) fn read_source(text: &str) -> Result<String, String> {
    if text.starts_with("midi:") {
        return text.parse::<crate::midi::Source>().map(|_| text.to_owned()).map_err(|e| e.to_string());
    }
    let Some(rest) = text.strip_prefix(OSC).or_else(|| text.starts_with('/').then_some(text)) else {
        let such =
            "write its address, such as osc:/1/fader1, osc:/1/xy#2 for the second number of a pad, or midi:1/cc/7";
        return Err(format!("`{text}` is no control: {such}"));
    };
    let (address, nth) = rest.rsplit_once('#').unwrap_or((rest, "1"));
    let nth = nth.parse::<usize>().ok().filter(|nth| (1..=ARGUMENTS).contains(nth));
    let nth = nth.ok_or_else(|| format!("`{text}` is no control: the numbers of a message are #1 to #{ARGUMENTS}"))?;
    check_address(address).map_err(|e| format!("`{text}` is no control: {e}"))?;
    if address == "/bf" || address.starts_with("/bf/") {
        return Err(format!("`{address}` is an address of the set itself: map one of another layout to it"));
    }
    Ok(source(address, nth - 1))
}

impl Route {
    /// The way of a control of the main patch to what it leads to, the first of which has this entry.
    pub(super) fn over(control: &Control, first: &Entry) -> Route {
        let own = travel(first);
        let (min, max) = control.range.map_or((own.min, own.max), |(a, b)| (own.clamp(a), own.clamp(b)));
        Route { from: Travel::linear(0.0, 1.0), to: own.part(min, max), toggles: false }
    }

    /// Where it leads, from end to end.
    pub(super) fn travel(&self) -> Travel {
        self.to
    }

    /// The way of a mapping to a param, whose entry in its own unit this is.
    pub(super) fn of(mapping: &Mapping, native: &Entry) -> Route {
        let own = travel(native);
        let (min, max) = mapping.range.map_or((own.min, own.max), |(a, b)| (own.clamp(a), own.clamp(b)));
        let (low, high) = mapping.from.unwrap_or((0.0, 1.0));
        let part = own.part(min, max);
        let to = Travel { scale: mapping.curve.unwrap_or(part.scale), ..part };
        let toggles = mapping.mode.as_ref().is_some_and(|mode| mode.as_str() == "toggle");
        Route { from: Travel::linear(low, high), to, toggles }
    }

    /// The value of the param for what the control says; `None` for a push that is let go.
    pub(super) fn value(&self, native: &Entry, said: f64) -> Option<Value> {
        let place = self.from.place(said);
        if !self.toggles {
            return Some(number_at(native, self.to.native(place)));
        }
        if place < 0.5 {
            return None;
        }
        let is = native.value.first().and_then(Atom::number).unwrap_or(self.to.min);
        let other = if (is - self.to.max).abs() < (is - self.to.min).abs() { self.to.min } else { self.to.max };
        Some(number_at(native, other))
    }

    /// What the control shows for a value of the param.
    pub(super) fn place(&self, native: &Entry, atom: &Atom) -> Option<Atom> {
        let number = match atom {
            Atom::Text(text) => {
                let options = native.args.first()?.options;
                options.iter().position(|option| **option == **text)? as f64
            }
            Atom::Float(number) => decimal(*number),
            other => other.number()?,
        };
        Some(Atom::from(self.from.native(self.to.place(number))))
    }
}
