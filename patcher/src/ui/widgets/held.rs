//! A value as it stands, and what turning, stepping and typing make of it.

use crate::ui::canvas::draw::value_words;
use crate::ui::canvas::gesture::{Act, lay, value_of};
use crate::ui::canvas::ports::Param;
use crate::ui::canvas::tile::{number_at, number_of, place_of};
use crate::ui::expression::{Wrong, number_from};
use bf_node::{ParamKind, ParamSpec, Scale, Value};
use bf_patch::{Cable, Edit, Name, Patch, Socket};
use std::borrow::Cow;

/// Points of a drag over the whole range of a value; with Shift ten times as many.
pub(crate) const TRAVEL: f32 = 160.0;
/// Steps of a wheel or key over the whole range; with Shift ten times as many.
const STEPS: f32 = 50.0;

/// How far a cable moves a value about its number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Depth {
    pub from: Socket,
    pub amount: f64,
    /// Whether a script laid the cable.
    pub guest: bool,
}

impl Depth {
    /// The last cable with an amount that enters a value, of what is heard and what the set owns of it.
    pub(crate) fn of((heard, own): (&Patch, &Patch), socket: &Socket) -> Option<Depth> {
        let with = heard.cables.get(socket)?.iter().rev().find_map(|c| Some((c, c.amount?)));
        let is_own =
            |cable: &Cable| own.cables.get(socket).is_some_and(|list| list.iter().any(|c| c.from == cable.from));
        with.map(|(cable, amount)| Depth { from: cable.from.clone(), amount, guest: !is_own(cable) })
    }
}

/// Whether a plain cable or automation takes the place of a value.
pub(crate) fn replaced(patch: &Patch, socket: &Socket) -> bool {
    let plain = patch.cables.get(socket).is_some_and(|list| list.iter().any(|c| c.amount.is_none()));
    plain || patch.automation.contains_key(socket)
}

/// A value of a node.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub socket: Socket,
    pub spec: ParamSpec,
    pub help: Cow<'static, str>,
    pub value: Value,
    /// Whether a hand laid it over what the text says.
    pub by_hand: bool,
    /// Whether a cable or automation takes its place.
    pub driven: bool,
    pub depth: Option<Depth>,
    /// Whether a script owns the node.
    pub guest: bool,
}

impl Held {
    /// What stands at a value of a node of a patch; none where no hand turns it.
    pub(crate) fn of((patch, own): (&Patch, &Patch), node: &Name, param: &Param) -> Option<Held> {
        let guest = !own.nodes.contains_key(node);
        let spec = param.spec.filter(|_| !(guest && param.written))?;
        let socket = &Socket { node: node.clone(), port: Some(param.name.clone()) };
        let hand = patch.overrides.get(socket);
        let said = patch.nodes.get(&socket.node).zip(socket.port.as_ref()).and_then(|(n, p)| n.params.get(p));
        Some(Held {
            socket: socket.clone(),
            spec,
            help: param.help.clone(),
            value: hand.or(said).or(param.rest.as_ref()).cloned().unwrap_or_else(|| spec.default_value()),
            by_hand: hand.is_some(),
            driven: replaced(patch, socket),
            depth: Depth::of((patch, own), socket),
            guest,
        })
    }

    /// The number as the node reads it; none where a pattern stands there.
    pub(crate) fn number(&self) -> Option<f32> {
        if self.spec.is_setting() { None } else { number_of(&self.spec, &self.value) }
    }

    /// Its place on the way of its control, 0 to 1.
    pub(crate) fn place(&self) -> Option<f32> {
        self.number().map(|number| place_of(&self.spec, number))
    }

    /// Where a bar begins: at zero where the range goes past it.
    pub(crate) fn rest(&self) -> f32 {
        let (min, max) = self.spec.range();
        if min < 0.0 && max > 0.0 && !self.is_log() { place_of(&self.spec, 0.0) } else { 0.0 }
    }

    fn is_log(&self) -> bool {
        matches!(self.spec.kind, ParamKind::Number { scale: Scale::Log, min, .. } if min > 0.0)
    }

    /// The places between which its cable moves it.
    pub(crate) fn band(&self) -> Option<(f32, f32)> {
        let (number, depth) = (self.number()?, self.depth.as_ref()?);
        let moved = |by: f64| {
            let to = if self.is_log() { f64::from(number) * by.exp2() } else { f64::from(number) + by };
            place_of(&self.spec, to as f32)
        };
        let (low, high) = (moved(-depth.amount.abs()), moved(depth.amount.abs()));
        Some((low, high))
    }

    /// The edit that lays a value down, as part of a gesture.
    pub(crate) fn turn(&self, value: Value, gesture: Option<u64>) -> Act {
        let edit = lay(&self.socket, value, self.guest || self.by_hand);
        Act::Edit { edit, label: format!("turn {}", self.socket), gesture }
    }

    /// The value at a place of its control.
    pub(crate) fn value_at(&self, place: f32) -> Value {
        value_of(&self.spec, number_at(&self.spec, place))
    }

    /// So many steps up from where it stands: a whole number at a time where it is one, the next of a list.
    pub(crate) fn stepped(&self, steps: f32, fine: bool) -> Option<Value> {
        let (number, place) = (self.number()?, self.place()?);
        let (min, max) = self.spec.range();
        match self.spec.kind {
            ParamKind::Number { .. } => {
                let step = if fine { 0.1 } else { 1.0 } / STEPS;
                Some(self.value_at((place + steps * step).clamp(0.0, 1.0)))
            }
            _ => Some(value_of(&self.spec, (number + steps.signum() * steps.abs().max(1.0).round()).clamp(min, max))),
        }
    }

    /// The edit after a drag of so many points of the amount of its cable: from what it was when the drag began.
    pub(crate) fn deepened(&self, was: f64, points: f32, fine: bool) -> Option<(Edit, f64)> {
        let depth = self.depth.as_ref()?;
        let (min, max) = self.spec.range();
        // A log value moves by octaves: its whole range is as many as lie in it.
        let whole = if self.is_log() { (max / min).log2() } else { max - min };
        let points = if fine { points / 10.0 } else { points };
        let amount = was + f64::from(points / TRAVEL * whole);
        let unit = 10f64.powi((f64::from(whole).log10().floor() as i32) - 3);
        let amount = format!("{:.6}", (amount / unit).round() * unit).parse().unwrap_or(amount);
        let (to, from) = (self.socket.clone(), depth.from.clone());
        Some((Edit::SetAmount { to, from, amount: Some(amount) }, amount))
    }

    /// What a text means here: a number or an expression, the name of a choice, on or off, or a pattern.
    ///
    /// # Errors
    /// What was expected, in the user's words.
    pub(crate) fn typed(&self, text: &str) -> Result<Value, String> {
        let (text, spec) = (text.trim(), &self.spec);
        if spec.is_setting() {
            let value = setting_typed(spec, text);
            return spec.check_setting(&value).map(|()| value).map_err(|expected| format!("expected {expected}"));
        }
        match spec.kind {
            ParamKind::Switch { .. } if matches!(text, "on" | "true") => return Ok(Value::Bool(true)),
            ParamKind::Switch { .. } if matches!(text, "off" | "false") => return Ok(Value::Bool(false)),
            ParamKind::Choice { options, .. } if options.contains(&text) => return Ok(Value::Text(text.to_owned())),
            _ => {}
        }
        let now = f64::from(self.number().unwrap_or_else(|| spec.default_number()));
        let (min, max) = spec.range();
        match number_from(text, now, spec) {
            // What is typed stands as it was typed; what is dragged has as many digits as a drag has.
            Ok(n) if matches!(spec.kind, ParamKind::Number { .. }) => {
                Ok(Value::Number(n.clamp(f64::from(min), f64::from(max))))
            }
            Ok(n) => Ok(value_of(spec, (n as f32).clamp(min, max))),
            Err(Wrong::Unit(why)) => Err(why),
            Err(Wrong::Number(why)) if text.is_empty() => Err(why),
            Err(Wrong::Number(why)) => match bf_patch::compile::moving(spec, text) {
                Ok(_) => Ok(Value::Text(text.to_owned())),
                // A word or an operator of patterns was meant as one.
                Err(e) if text.contains(['<', '[', ' ', '~']) => Err(format!("{}; {}", e.message, e.hint)),
                Err(_) => Err(why),
            },
        }
    }

    /// What is to be said of a number that is typed beyond the range: it goes as far as that does.
    pub(crate) fn beyond(&self, text: &str) -> Option<String> {
        let spec = &self.spec;
        if !matches!(spec.kind, ParamKind::Number { .. } | ParamKind::Integer { .. }) {
            return None;
        }
        let now = f64::from(self.number().unwrap_or_else(|| spec.default_number()));
        let number = number_from(text.trim(), now, spec).ok()?;
        let (min, max) = spec.range();
        // What is typed in the unit's own terms may miss the end by what rounding leaves.
        let loose = f64::from(max - min) * 1e-6;
        let end = if number > f64::from(max) + loose {
            max
        } else if number < f64::from(min) - loose {
            min
        } else {
            return None;
        };
        let words = |end: f32| value_words(&Value::Number(f64::from(end)), spec);
        Some(format!("{} goes from {} to {}: taken as {}", self.socket, words(min), words(max), words(end)))
    }

    /// What it says now, to be typed over.
    pub(crate) fn text(&self) -> String {
        match &self.value {
            Value::Number(n) => n.to_string(),
            Value::Bool(on) => if *on { "on" } else { "off" }.to_owned(),
            Value::Text(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

/// A setting as it is typed: a list as TOML has it, a number, or a text.
fn setting_typed(spec: &ParamSpec, text: &str) -> Value {
    if text.starts_with('[') {
        let lines = format!("beatforge = 1\n[nodes]\na = {{ type = \"a\", a = {text} }}\n");
        let read = bf_patch::TextPatch::parse(&lines, "typed").ok();
        let found = read.and_then(|t| t.patch().nodes.values().next().and_then(|n| n.params.get("a").cloned()));
        return found.unwrap_or_else(|| Value::Text(text.to_owned()));
    }
    let is_number = matches!(spec.default_value(), Value::Number(_));
    match text.parse() {
        Ok(n) if is_number => Value::Number(n),
        _ => Value::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(node: &str, param: &str) -> Held {
        let registry = bf_session::registry();
        let spec = registry.get(node).unwrap();
        let mut patch = Patch::default();
        patch.nodes.insert(Name::new(node), bf_patch::Node::new(node));
        let param = Param::declared(&spec.params[spec.param(param).unwrap()]);
        Held::of((&patch, &patch), &Name::new(node), &param).unwrap()
    }

    #[test]
    fn what_is_typed_is_a_number_an_expression_a_pattern_or_says_what_was_expected() {
        let cutoff = held("svf", "cutoff");
        let now = f64::from(cutoff.number().unwrap());
        assert_eq!(cutoff.typed("440"), Ok(Value::Number(440.0)));
        assert_eq!(cutoff.typed("2 kHz"), Ok(Value::Number(2_000.0)));
        assert!(cutoff.typed("20 ms").unwrap_err().contains("it takes Hz or kHz"));
        assert_eq!(cutoff.typed("+=10"), Ok(Value::Number(now + 10.0)));
        assert_eq!(cutoff.typed("1e9"), Ok(Value::Number(f64::from(cutoff.spec.range().1))), "within its range");
        assert_eq!(cutoff.typed("<300 900>*2"), Ok(Value::Text("<300 900>*2".to_owned())));
        assert!(cutoff.typed("<300 900").unwrap_err().contains("expected"));
        assert!(cutoff.typed("").is_err() && cutoff.typed("loud").is_err());
        assert_eq!(held("arp", "mode").typed("down"), Ok(Value::Text("down".to_owned())));
        assert_eq!(held("strip", "mute").typed("on"), Ok(Value::Bool(true)));
        assert_eq!(held("clip", "notes").typed("[[0.0, 1.0]]").map(|v| v.items().len()), Ok(1));
    }

    #[test]
    fn a_number_beyond_the_range_is_told_with_the_range() {
        let cutoff = held("svf", "cutoff");
        let said = cutoff.beyond("53503").unwrap();
        assert!(said.starts_with("svf.cutoff goes from ") && said.contains("20"), "{said}");
        assert!(cutoff.beyond("1").is_some() && cutoff.beyond("*=1000").is_some());
        for inside in ["440", "2 kHz", "<300 900>*2", "loud", ""] {
            assert_eq!(cutoff.beyond(inside), None, "{inside}");
        }
        let (_, max) = cutoff.spec.range();
        assert_eq!(cutoff.beyond(&max.to_string()), None, "the end itself is in it");
        assert!(held("euclid", "pulses").beyond("1000").is_some());
        assert_eq!(held("strip", "mute").beyond("7"), None);
    }

    #[test]
    fn a_step_is_a_part_of_the_range_or_the_next_of_a_list() {
        let cutoff = held("svf", "cutoff");
        let up = |fine| cutoff.stepped(1.0, fine).unwrap().as_number().unwrap() / f64::from(cutoff.number().unwrap());
        assert!(up(false) > up(true) && up(true) > 1.0);
        assert_eq!(held("euclid", "pulses").stepped(-1.0, false), Some(Value::Number(2.0)));
        assert_eq!(held("arp", "mode").stepped(1.0, false), Some(Value::Text("down".to_owned())));
        assert_eq!(held("arp", "mode").stepped(-1.0, false), Some(Value::Text("up".to_owned())), "it ends there");
    }

    #[test]
    fn a_depth_is_seen_about_the_number() {
        let mut pan = held("strip", "pan");
        assert_eq!(pan.rest(), 0.5, "a bar begins in the middle");
        pan.depth = Some(Depth { from: Socket::first("lfo"), amount: 0.5, guest: false });
        assert_eq!(pan.band(), Some((0.25, 0.75)));
        let (_, amount) = pan.deepened(0.5, TRAVEL / 4.0, false).unwrap();
        assert!((amount - 1.0).abs() < 1e-6, "{amount}");
    }
}
