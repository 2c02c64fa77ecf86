//! What keeps a patch well formed: names that can be written, values that can be read back, ends that are there.

use super::EditError;
use crate::{Control, LaneSpec, Mapping, Name, Note, Patch, Socket};
use bf_node::Value;

/// The slowest and the fastest tempo, in beats a minute: what the transport can play.
pub(crate) const TEMPO: (f64, f64) = bf_pattern::Tempo::RANGE;
/// The longest bar, in beats.
pub(crate) const MAX_SIGNATURE: u32 = 256;
/// The most voices of an instrument.
pub(crate) const MAX_VOICES: u32 = 1024;
/// How deep lists and tables may lie in each other; the TOML reader stops at 80.
const MAX_DEPTH: usize = 32;

/// Why a value cannot stand in a patch file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadValue {
    /// NaN, which is not even equal to itself.
    #[error("the value is not a number")]
    NotANumber,
    /// Lists in lists in lists.
    #[error("lists and tables lie more than {MAX_DEPTH} deep in each other")]
    TooDeep,
    /// One key twice in a table.
    #[error("the key {0:?} stands twice in one table")]
    KeyTwice(String),
}

/// Whether a value can be written to a patch file and read back as it is.
///
/// # Errors
/// What stands against it.
pub fn check_value(value: &Value) -> Result<(), BadValue> {
    fn walk(value: &Value, depth: usize) -> Result<(), BadValue> {
        if depth > MAX_DEPTH {
            return Err(BadValue::TooDeep);
        }
        match value {
            Value::Number(n) if n.is_nan() => Err(BadValue::NotANumber),
            Value::Number(_) | Value::Bool(_) | Value::Text(_) => Ok(()),
            Value::List(list) => list.iter().try_for_each(|v| walk(v, depth + 1)),
            Value::Table(table) => {
                let mut keys: Vec<&str> = table.iter().map(|(k, _)| k.as_str()).collect();
                keys.sort_unstable();
                if let Some(twice) = keys.windows(2).find(|w| w[0] == w[1]) {
                    return Err(BadValue::KeyTwice(twice[0].to_owned()));
                }
                table.iter().try_for_each(|(_, v)| walk(v, depth + 1))
            }
        }
    }
    walk(value, 0)
}

/// Whether a tempo can be played.
pub(crate) fn tempo_holds(tempo: f64) -> bool {
    (TEMPO.0..=TEMPO.1).contains(&tempo)
}

/// Whether an amount is a number that signals can be multiplied by.
pub(crate) fn amount_holds(amount: f64) -> bool {
    (amount as f32).is_finite()
}

/// What stands against an automation lane.
pub(crate) fn lane_problem(lane: &LaneSpec) -> Option<String> {
    if !(lane.length.is_finite() && lane.length >= 0.0) {
        return Some(format!("its length is a number of beats from 0 on, not {}", lane.length));
    }
    for (i, point) in lane.points.iter().enumerate() {
        if !(point.beat.is_finite() && point.beat >= 0.0) {
            return Some(format!("point {} lies at beat {}; beats count from 0", i + 1, point.beat));
        }
        if !point.value.is_finite() {
            return Some(format!("point {} has no finite value", i + 1));
        }
        if i > 0 && point.beat < lane.points[i - 1].beat {
            return Some(format!("point {} lies before the one in front of it; points stand in order", i + 1));
        }
    }
    None
}

/// Bytes of where a control comes from.
const MAX_SOURCE: usize = 256;

/// What stands against a mapping.
pub(crate) fn mapping_problem(source: &str, mapping: &Mapping) -> Option<String> {
    if source.is_empty() || source.len() > MAX_SOURCE || source.chars().any(char::is_control) {
        return Some(format!("where it comes from is a text of at most {MAX_SOURCE} bytes, such as `osc:/1/fader1`"));
    }
    for (low, high) in [mapping.range, mapping.from].into_iter().flatten() {
        if !(low.is_finite() && high.is_finite()) || low == high {
            return Some(format!("a range runs from one number to another, not from {low} to {high}"));
        }
    }
    mapping.mode.as_ref().and_then(|mode| Name::parse(mode.as_str()).err()).map(|e| e.to_string())
}

/// What stands against a comment or a frame.
pub(crate) fn note_problem(note: &Note) -> Option<String> {
    let [width, height] = note.size?;
    (width < 1 || height < 1).then(|| format!("a frame is at least a pixel wide and high, not {width} by {height}"))
}

impl Patch {
    /// A name that a user may write.
    pub(super) fn want_name(name: &Name) -> Result<(), EditError> {
        Name::parse(name.as_str())?;
        Ok(())
    }

    /// A node that is there.
    pub(super) fn want_node(&self, name: &Name) -> Result<(), EditError> {
        if self.nodes.contains_key(name) {
            return Ok(());
        }
        Err(EditError::NoNode { name: name.clone(), hint: self.nearest_node(name.as_str()) })
    }

    /// A node that is there, in the patch or beside it.
    pub(super) fn want_named(&self, name: &Name) -> Result<(), EditError> {
        if self.has(name.as_str()) { Ok(()) } else { self.want_node(name) }
    }

    /// A socket of a node that is there, in the patch or beside it.
    pub(super) fn want_socket(&self, socket: &Socket) -> Result<(), EditError> {
        self.want_named(&socket.node)?;
        socket.port.as_ref().map_or(Ok(()), Self::want_name)
    }

    /// A param of a node that is there.
    pub(super) fn want_param<'a>(&self, target: &'a Socket) -> Result<&'a Name, EditError> {
        self.want_socket(target)?;
        let param = target.port.as_ref().ok_or_else(|| EditError::NoParam { target: target.clone() })?;
        if param.as_str() == "type" {
            return Err(EditError::TypeIsNoParam { target: target.clone() });
        }
        Ok(param)
    }

    /// A value that can be written.
    pub(super) fn want_value(target: &Socket, value: &Value) -> Result<(), EditError> {
        check_value(value).map_err(|problem| EditError::BadValue { target: target.clone(), problem })
    }

    /// A control that holds.
    pub(super) fn want_control(&self, name: &Name, control: &Control) -> Result<(), EditError> {
        for target in &control.targets {
            self.want_param(target)?;
        }
        if let Some(value) = &control.default {
            Self::want_value(&Socket { node: name.clone(), port: None }, value)?;
        }
        match control.range {
            Some((min, max)) if !(min.is_finite() && max.is_finite() && min < max) => {
                Err(EditError::BadRange { name: name.clone(), min, max })
            }
            _ => Ok(()),
        }
    }

    /// What is not well formed here: nothing, in a patch that was read from a text or changed by edits alone.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn check(&self) -> Result<(), EditError> {
        if !tempo_holds(self.tempo) {
            return Err(EditError::BadTempo(self.tempo));
        }
        if !(1..=MAX_SIGNATURE).contains(&self.signature) {
            return Err(EditError::BadSignature(self.signature));
        }
        if self.voices > MAX_VOICES {
            return Err(EditError::BadVoices(self.voices));
        }
        for (name, node) in &self.nodes {
            Self::want_name(name)?;
            self.want_params(name, node)?;
        }
        for (to, cables) in &self.cables {
            self.want_socket(to)?;
            let mut seen = std::collections::BTreeSet::new();
            for cable in cables {
                self.want_socket(&cable.from)?;
                Self::want_amount(to, cable)?;
                if !seen.insert(&cable.from) {
                    return Err(EditError::CableExists { to: to.clone(), from: cable.from.clone() });
                }
            }
        }
        self.check_interface()?;
        self.check_values()?;
        self.notes.iter().try_for_each(|(name, note)| Self::want_note(name, note))?;
        self.layout.keys().try_for_each(|name| self.want_named(name))
    }

    fn check_interface(&self) -> Result<(), EditError> {
        for (name, targets) in &self.inputs {
            Self::want_name(name)?;
            targets.iter().try_for_each(|t| self.want_socket(t))?;
        }
        for (name, source) in &self.outputs {
            Self::want_name(name)?;
            self.want_socket(source)?;
        }
        for (name, control) in &self.controls {
            Self::want_name(name)?;
            self.want_control(name, control)?;
        }
        Ok(())
    }

    fn check_values(&self) -> Result<(), EditError> {
        let stored = self.snapshots.values().flatten();
        for (target, value) in self.overrides.iter().chain(stored) {
            self.want_param(target)?;
            Self::want_value(target, value)?;
        }
        self.snapshots.keys().try_for_each(Self::want_name)?;
        for (target, lane) in &self.automation {
            self.want_lane(target, lane)?;
        }
        self.mappings.iter().try_for_each(|(source, mapping)| self.want_mapping(source, mapping))
    }
}
