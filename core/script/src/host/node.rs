//! Scripts of `script` nodes: what they name, and callbacks that answer what a node hears.

use super::{Host, Text, fault_at};
use crate::diagnose;
use crate::hint::Fault;
use crate::number::number;
use crate::shared::Outcome;
use crate::value::kind;
use crate::{Present, Wanted};
use bf_patch::Diagnostic;
use bf_pattern::{Ratio, Value};
use rhai::{AST, Array, Dynamic, Engine, FnPtr, FuncArgs, ImmutableString, Map};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a callback is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// A note began.
    Note {
        /// MIDI note number.
        pitch: f64,
        /// 0 to 1.
        velocity: f64,
    },
    /// A control has moved.
    Control {
        /// Which.
        name: String,
        /// To what.
        value: f64,
    },
    /// The transport comes to a beat.
    Beat(Ratio),
}

/// What a callback answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A note.
    Note {
        /// MIDI note number.
        pitch: f64,
        /// 0 to 1.
        velocity: f64,
        /// Beats; as long as what it answers where nothing is said.
        length: Option<f64>,
        /// Beats from the event to it.
        at: f64,
        /// What else it says.
        controls: Vec<(String, f64)>,
    },
    /// A value for an output.
    Value {
        /// Which.
        output: String,
        /// The value.
        value: f64,
        /// Beats from the event to it.
        at: f64,
    },
}

/// What a script names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ports {
    /// What it calls the node's controls, the first first.
    pub inputs: Vec<String>,
    /// What it calls the node's outputs, the first first.
    pub outputs: Vec<String>,
    /// How many beats lie between two that it hears.
    pub beat: Option<Ratio>,
    /// Whether it hears notes.
    pub notes: bool,
    /// Whether it hears controls.
    pub controls: bool,
}

/// A script of a node, evaluated: its callbacks with what their variables hold.
pub struct NodeScript {
    file: String,
    ast: AST,
    ports: Ports,
    callbacks: Callbacks,
}

impl fmt::Debug for NodeScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeScript").field("file", &self.file).field("ports", &self.ports).finish_non_exhaustive()
    }
}

impl NodeScript {
    /// What it names.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }
}

#[derive(Clone, Debug, Default)]
struct Callbacks {
    note: Option<FnPtr>,
    control: Option<FnPtr>,
    beat: Option<FnPtr>,
}

/// What the script of a node that is being evaluated has said so far; nothing while another text is.
#[derive(Debug, Default)]
pub(super) struct Declared(Mutex<Option<(Ports, Callbacks)>>);

impl Declared {
    fn lock(&self) -> MutexGuard<'_, Option<(Ports, Callbacks)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, what: &str, change: impl FnOnce(&mut Ports, &mut Callbacks)) -> Outcome<()> {
        match &mut *self.lock() {
            Some((ports, callbacks)) => {
                change(ports, callbacks);
                Ok(())
            }
            None => {
                let fault = Fault::new(format!("`{what}` belongs in the script of a node"));
                Err(fault.hint(Some("write it in the code of a node of the type script")).into())
            }
        }
    }
}

/// Registers what only scripts of nodes say.
pub(super) fn register(engine: &mut Engine, declared: &Arc<Declared>) {
    let of = declared.clone();
    engine.register_fn("input", move |name: ImmutableString| {
        // The input for notes has its name already.
        of.say("input", |ports, _| ports.inputs.extend((name != "notes").then(|| name.to_string())))
    });
    let of = declared.clone();
    engine.register_fn("output", move |name: ImmutableString| {
        of.say("output", |ports, _| ports.outputs.extend((name != "notes").then(|| name.to_string())))
    });
    let of = declared.clone();
    engine.register_fn("on_note", move |f: FnPtr| {
        of.say("on_note", |ports, callbacks| (ports.notes, callbacks.note) = (true, Some(f)))
    });
    let of = declared.clone();
    engine.register_fn("on_control", move |f: FnPtr| {
        of.say("on_control", |ports, callbacks| (ports.controls, callbacks.control) = (true, Some(f)))
    });
    let of = declared.clone();
    engine.register_fn("on_beat", move |f: FnPtr| {
        of.say("on_beat", |ports, callbacks| (ports.beat, callbacks.beat) = (Some(Ratio::ONE), Some(f)))
    });
    let of = declared.clone();
    engine.register_fn("on_beat", move |step: Dynamic, f: FnPtr| {
        let beats = number(&step).map(Ratio::from_f64).filter(|s| *s >= LEAST_STEP);
        let Some(beats) = step.read_lock::<Ratio>().map(|r| *r).filter(|s| *s >= LEAST_STEP).or(beats) else {
            return Err(Fault::new("on_beat takes a number of beats from 1/32 on: on_beat(1/2, |beat| …)").into());
        };
        of.say("on_beat", |ports, callbacks| (ports.beat, callbacks.beat) = (Some(beats), Some(f)))
    });
}

/// The least time between two beats that a script hears.
const LEAST_STEP: Ratio = Ratio::new(1, 32);
/// The most answers of one callback.
const MOST: usize = 64;

impl Host {
    /// The callbacks of a node's script.
    ///
    /// # Errors
    /// As [`Host::evaluate`], and where it says what belongs in the script of a set.
    pub fn node_script(&self, file: &str, text: &str) -> Result<NodeScript, Vec<Diagnostic>> {
        let _turn = self.turn();
        self.shared.literals().begin();
        let ast = self.compile(file, text, text)?;
        *self.declared.lock() = Some(Default::default());
        let run = self.run(&Text { file, text }, ast.clone(), Vec::new(), &mut Present::default());
        let said = self.declared.lock().take();
        let wanted = super::sum(&run?);
        if let Some(stray) = stray(&wanted) {
            let hint = Some("say it in the script of the set".to_owned());
            let message = "a node's script answers what it hears, and has no tracks and nodes".to_owned();
            return Err(vec![diagnose::at(file, stray.line, stray.column, message, hint)]);
        }
        let (ports, callbacks) = said.unwrap_or_default();
        let named = [
            (&callbacks.note, 1, "on_note(|note| …)"),
            (&callbacks.control, 2, "on_control(|name, value| …)"),
            (&callbacks.beat, 1, "on_beat(|beat| …)"),
        ];
        for (callback, count, form) in named {
            let Some(callback) = callback else { continue };
            let function = ast.iter_functions().find(|f| f.name == callback.fn_name());
            let takes = function.map_or(count, |f| f.params.len().saturating_sub(callback.curry().len()));
            if takes != count {
                let message = format!("this function takes {takes} arguments, not {count}");
                return Err(vec![diagnose::at(file, 1, 1, message, Some(format!("write {form}")))]);
            }
        }
        if ports.inputs.len() > 4 || ports.outputs.len() > 4 {
            let message = "a node's script has at most four inputs and four outputs besides notes".to_owned();
            return Err(vec![diagnose::at(file, 1, 1, message, None)]);
        }
        Ok(NodeScript { file: file.to_owned(), ast, ports, callbacks })
    }

    /// Calls back a node's script: nothing where it does not listen.
    ///
    /// # Errors
    /// What went wrong, with its line; a callback that runs on is stopped.
    pub fn call_back(&self, script: &NodeScript, call: &Call) -> Result<Vec<Said>, Diagnostic> {
        let (value, velocity) = match call {
            Call::Note { pitch, velocity } => {
                let mut note = Map::new();
                note.insert("pitch".into(), Dynamic::from_float(*pitch));
                note.insert("velocity".into(), Dynamic::from_float(*velocity));
                (self.call_one(script, script.callbacks.note.as_ref(), (note,))?, *velocity)
            }
            Call::Control { name, value } => {
                let args = (ImmutableString::from(name.as_str()), *value);
                (self.call_one(script, script.callbacks.control.as_ref(), args)?, VELOCITY)
            }
            Call::Beat(beat) => {
                let beat = if beat.is_int() { Dynamic::from_int(beat.num()) } else { Dynamic::from(*beat) };
                (self.call_one(script, script.callbacks.beat.as_ref(), (beat,))?, VELOCITY)
            }
        };
        let mut all = Vec::new();
        said(&value, velocity, &mut all).map_err(|fault| fault_at(&script.file, &fault))?;
        Ok(all)
    }

    fn call_one(
        &self,
        script: &NodeScript,
        callback: Option<&FnPtr>,
        args: impl FuncArgs,
    ) -> Result<Dynamic, Diagnostic> {
        let Some(callback) = callback else { return Ok(Dynamic::UNIT) };
        let called = match self.shared.enter() {
            Ok(()) => catch_unwind(AssertUnwindSafe(|| callback.call(&self.engine, &script.ast, args))),
            Err(fault) => Ok(Err(fault.into())),
        };
        self.shared.leave();
        match called {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                let place = diagnose::empty_loop(&script.ast);
                Err(diagnose::diagnostic(&self.shared, &script.file, "", &error, place))
            }
            Err(_) => Err(fault_at(&script.file, &Fault::new("the script ran into a fault of this program"))),
        }
    }
}

/// The velocity of a note that answers no note.
const VELOCITY: f64 = 0.8;

/// Where a text wants what only the script of a set may.
fn stray(wanted: &Wanted) -> Option<crate::Site> {
    let track = wanted.tracks.first().map(|t| t.site.clone());
    let node = || wanted.nodes.values().next().map(|n| n.site.clone());
    track.or_else(node).or_else(|| wanted.instruments.values().next().map(|i| i.site.clone()))
}

/// Reads what a callback answered.
fn said(value: &Dynamic, velocity: f64, all: &mut Vec<Said>) -> Result<(), Fault> {
    let note = |pitch: f64| Said::Note { pitch, velocity, length: None, at: 0.0, controls: Vec::new() };
    if value.is_unit() || value.is_bool() {
        return Ok(());
    }
    if all.len() >= MOST {
        return Err(Fault::new(format!("a callback answers with at most {MOST} notes and values")));
    }
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().try_for_each(|item| said(item, velocity, all));
    }
    if let Some(map) = value.read_lock::<Map>() {
        all.push(one(&map, velocity)?);
        return Ok(());
    }
    match pitch(value) {
        Some(pitch) => {
            all.push(note(pitch));
            Ok(())
        }
        None => {
            let fault = Fault::new(format!("a callback answers with notes and values, not with {}", kind(value)));
            Err(fault.hint(Some("write #{ pitch: 60, velocity: 0.8, length: 0.5 } or #{ output: \"a\", value: 0.5 }")))
        }
    }
}

/// A number, or a note by its name.
fn pitch(value: &Dynamic) -> Option<f64> {
    let named = || value.read_lock::<ImmutableString>().and_then(|text| Value::text(&text).pitch());
    number(value).or_else(named).filter(|p| p.is_finite())
}

/// A note or value from its parts.
fn one(map: &Map, velocity: f64) -> Result<Said, Fault> {
    let get = |name: &str| match map.get(name) {
        None => Ok(None),
        Some(value) => match number(value).filter(|n| n.is_finite()) {
            Some(n) => Ok(Some(n)),
            None => Err(Fault::new(format!("`{name}` is {}, not a number", kind(value)))),
        },
    };
    let at = get("at")?.unwrap_or(0.0).clamp(0.0, 1e6);
    if let Some(output) = map.get("output") {
        let value = get("value")?.ok_or_else(|| Fault::new("a value for an output says `value`"))?;
        return Ok(Said::Value { output: output.to_string(), value, at });
    }
    let Some(pitch) = map.get("pitch").and_then(pitch) else {
        let fault = Fault::new("this answer has no `pitch` and no `output`");
        return Err(fault.hint(Some("write #{ pitch: 60 } or #{ output: \"a\", value: 0.5 }")));
    };
    let mut controls = Vec::new();
    for (name, value) in map.iter().filter(|(name, _)| !KNOWN.contains(&name.as_str())) {
        let Some(n) = number(value) else { continue };
        controls.push((name.to_string(), n));
    }
    let velocity = get("velocity")?.unwrap_or(velocity).clamp(0.0, 1.0);
    Ok(Said::Note { pitch, velocity, length: get("length")?.map(|l| l.clamp(0.0, 1e6)), at, controls })
}

/// Parts of a note that are no controls.
const KNOWN: [&str; 4] = ["pitch", "velocity", "length", "at"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Env;

    fn note(pitch: f64, velocity: f64, length: Option<f64>, at: f64) -> Said {
        Said::Note { pitch, velocity, length, at, controls: Vec::new() }
    }

    #[test]
    fn callbacks_answer_with_notes_and_values() {
        let host = Host::new(Env::default());
        let text = r#"
            input("notes"); input("shift"); output("bend");
            let shift = 12; let count = 0;
            on_control(|name, value| { if name == "shift" { shift = value; } #{ output: "bend", value: value / 2 } });
            on_note(|n| { count += 1; [n.pitch, #{ pitch: n.pitch + shift, velocity: 0.25, length: 1/2, cutoff: count }] });
            on_beat(1/2, |beat| if beat % 4 == 0 { ["c4", #{ pitch: "e4", at: 0.25 }] });
        "#;
        let script = host.node_script("n.rhai", text).unwrap();
        let ports = script.ports();
        assert_eq!(
            (ports.inputs.as_slice(), ports.outputs.as_slice()),
            (&["shift".to_owned()][..], &["bend".to_owned()][..])
        );
        assert_eq!((ports.beat, ports.notes, ports.controls), (Some(Ratio::new(1, 2)), true, true));
        let hear = |pitch| host.call_back(&script, &Call::Note { pitch, velocity: 0.5 }).unwrap();
        let answer = |shift: f64, count: f64| {
            let controls = vec![("cutoff".to_owned(), count)];
            let more = Said::Note { pitch: 60.0 + shift, velocity: 0.25, length: Some(0.5), at: 0.0, controls };
            [note(60.0, 0.5, None, 0.0), more]
        };
        assert_eq!(hear(60.0), answer(12.0, 1.0));
        let control = Call::Control { name: "shift".into(), value: 7.0 };
        let value = Said::Value { output: "bend".into(), value: 3.5, at: 0.0 };
        assert_eq!(host.call_back(&script, &control).unwrap(), [value]);
        assert_eq!(hear(60.0), answer(7.0, 2.0), "variables hold what callbacks put there");
        let beat = |n, d| host.call_back(&script, &Call::Beat(Ratio::new(n, d))).unwrap();
        assert_eq!(beat(8, 1), [note(60.0, 0.8, None, 0.0), note(64.0, 0.8, None, 0.25)]);
        assert_eq!(beat(9, 2), []);
    }

    #[test]
    fn faults_are_told_with_their_line_and_what_runs_on_is_stopped() {
        let host = Host::new(Env::default());
        for (text, line, said) in [
            ("on_note(|n| n.pitch", 1, ""),
            ("\ntrack(\"a\", s(\"bd\"));", 2, "no tracks"),
            ("on_note(|a, b| a);", 1, "takes 2 arguments"),
            ("let x = 1;\nloop {}", 2, "does not end"),
        ] {
            let faults = host.node_script("n.rhai", text).unwrap_err();
            assert!(faults[0].line == line && faults[0].message.contains(said), "{text}: {faults:?}");
        }
        let text = "on_note(|n|\n  nothere(n));\non_control(|name, value| {\n  loop {} });\non_beat(|beat| \"high\");";
        let script = host.node_script("n.rhai", text).unwrap();
        let failed = host.call_back(&script, &Call::Note { pitch: 60.0, velocity: 1.0 }).unwrap_err();
        assert!(failed.line == 2 && failed.message.contains("nothere"), "{failed}");
        let begun = std::time::Instant::now();
        let ran = host.call_back(&script, &Call::Control { name: "a".into(), value: 0.0 }).unwrap_err();
        assert!(ran.line >= 3 && ran.message.contains("too long") && begun.elapsed().as_millis() < 250, "{ran}");
        assert!(host.call_back(&script, &Call::Beat(Ratio::ZERO)).unwrap_err().message.contains("a text"));
        // What belongs to nodes is no part of a set's script.
        assert!(
            host.evaluate("live.rhai", "on_note(|n| n.pitch);").unwrap_err()[0].message.contains("script of a node")
        );
    }
}
