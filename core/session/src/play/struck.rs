//! From an event of a pattern to what is struck: a sound, its pitch and its controls.

use super::part::Words;
use bf_pattern::{Atoms, Controls, Event, Key, Ratio, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Who plays.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Voice {
    /// An instrument by its name.
    Instrument(String),
    /// Samples of a name, `bd` or `forge/bd`.
    Sample(String),
}

/// A note to be played.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Struck {
    /// When it begins and ends, in cycles.
    pub begin: Ratio,
    pub end: Ratio,
    pub voice: Voice,
    /// Which take of a sample.
    pub take: i64,
    /// The bus that it is on.
    pub orbit: u32,
    /// MIDI number.
    pub pitch: f32,
    pub velocity: f32,
    /// What its voice is told, by the names of the language.
    pub controls: Vec<(String, f32)>,
    /// Seconds that it is moved by.
    pub nudge: f64,
    /// Its group, of which only one note sounds.
    pub cut: Option<i64>,
    /// What it ducks.
    pub duck: Option<Duck>,
    /// What of it says nothing, such as a note that there is not.
    pub odd: Vec<String>,
    /// The places in the texts that it came from.
    pub atoms: Atoms,
    /// Where its pattern stood in them when it was asked.
    pub words: Option<Arc<Words>>,
}

/// Orbits that a note turns down for a while.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Duck {
    pub orbits: Vec<u32>,
    /// How far, 0 to 1, and the seconds until they are back.
    pub depth: f32,
    pub attack: f32,
}

/// The pitch of what says none: c2, at which samples play as recorded.
const PITCH: f32 = 36.0;
/// Other names of the plain oscillators, as Strudel has them.
const ALIASES: [(&str, &str); 4] = [("sawtooth", "saw"), ("tri", "triangle"), ("sqr", "square"), ("sin", "sine")];
/// What sounds where a pattern has notes and names no sound.
const DEFAULT: &str = "triangle";

/// Whether a sample plays to its end however short its note is.
pub(crate) const ONE_SHOT: &str = "one_shot";

/// Controls that say what, when and where rather than how, or that only other functions read.
const NOT_TOLD: [&str; 29] = [
    "value",
    "s",
    "n",
    "note",
    "bank",
    "inst",
    "freq",
    "octave",
    "channels",
    "orbit",
    "clip",
    "nudge",
    "cut",
    "duck",
    "duckdepth",
    "duckattack",
    "_slices",
    "chord",
    "scale_name",
    "anchor",
    "mode",
    "dictionary",
    "offset",
    "midichan",
    "ccn",
    "ccv",
    "color",
    "adsr",
    "detune",
];

/// Controls whose values are names.
const NAMES: [&str; 10] =
    ["value", "s", "bank", "inst", "chord", "scale_name", "anchor", "mode", "dictionary", "color"];

/// What an event strikes; `None` where it names no sound. `instruments` are those there are.
pub(crate) fn struck(event: &Event, instruments: &BTreeSet<String>) -> Option<Struck> {
    let whole = event.whole.filter(|_| event.has_onset())?;
    let controls = match &event.value {
        Value::Map(map) => map.clone(),
        // A track of plain values: texts are sounds, numbers are notes.
        Value::Num(_) => one("note", event.value.clone()),
        Value::List(list) if list.len() > 1 => one("s", list[0].clone()).with(Key::new("n"), list[1].clone()),
        other => one("s", other.clone()),
    };
    let get = |name: &str| controls.get(&Key::new(name));
    let number = |name: &str| get(name).and_then(Value::number).filter(|n| n.is_finite());
    let pitch = get("note").and_then(Value::pitch).or_else(|| number("freq").map(|f| 69.0 + 12.0 * (f / 440.0).log2()));
    let take = number("n").unwrap_or(0.0);
    let odd = odd(&controls);
    let voice = voice(&controls, pitch.is_some() || get("note").is_some() || get("n").is_some(), instruments)?;
    let pitch = pitch.map(|p| p + number("detune").unwrap_or(0.0));
    let length = whole.duration() * Ratio::from_f64(number("clip").unwrap_or(1.0).clamp(0.0, 1e4));
    let velocity = number("velocity").unwrap_or(1.0).clamp(0.0, 1.0) as f32;
    Some(Struck {
        begin: whole.begin,
        end: whole.begin + length,
        take: take.floor().clamp(-1e9, 1e9) as i64,
        orbit: number("orbit").map_or(1, |o| o.clamp(0.0, 999.0) as u32),
        pitch: pitch.filter(|p| p.is_finite()).map_or(PITCH, |p| p.clamp(-60.0, 200.0) as f32),
        velocity,
        odd,
        controls: told(&controls, &voice),
        nudge: number("nudge").unwrap_or(0.0).clamp(-10.0, 10.0),
        cut: number("cut").map(|c| c as i64),
        duck: get("duck").map(|orbits| Duck {
            orbits: orbits_of(orbits),
            depth: number("duckdepth").unwrap_or(1.0).clamp(0.0, 1.0) as f32,
            attack: number("duckattack").unwrap_or(0.1).clamp(0.001, 10.0) as f32,
        }),
        atoms: event.atoms.clone(),
        words: None,
        voice,
    })
}

/// Controls whose values are texts that mean nothing to them.
fn odd(controls: &Controls) -> Vec<String> {
    let text = |value: &Value| if let Value::Text(text) = value { Some(text.to_string()) } else { None };
    let odd = controls.iter().filter_map(|(key, value)| {
        let (name, text) = (key.name(), text(value)?);
        match name {
            "note" => value.pitch().is_none().then(|| format!("`{text}` is no note: write names such as c4 or eb3")),
            _ if NAMES.contains(&name) => None,
            _ => plain(name, value).is_none().then(|| format!("`{text}` is no number for `{name}`")),
        }
    });
    odd.collect()
}

/// One orbit or several, as in `duck("2:3")`.
fn orbits_of(value: &Value) -> Vec<u32> {
    let one = |value: &Value| value.number().filter(|n| (0.0..1000.0).contains(n)).map(|n| n as u32);
    match value {
        Value::List(list) => list.iter().filter_map(one).collect(),
        other => one(other).into_iter().collect(),
    }
}

fn one(name: &str, value: Value) -> Controls {
    Controls::from_iter([(Key::new(name), value)])
}

fn voice(controls: &Controls, pitched: bool, instruments: &BTreeSet<String>) -> Option<Voice> {
    let text = |name: &str| controls.get(&Key::new(name)).map(ToString::to_string).filter(|t| !t.is_empty());
    if let Some(name) = text("inst") {
        return Some(Voice::Instrument(name));
    }
    let bank = text("bank");
    match text("s") {
        Some(s) if s == "-" || s == "~" => None,
        Some(s) if bank.is_none() && instruments.contains(&s) => Some(Voice::Instrument(s)),
        Some(s) if bank.is_none() && ALIASES.iter().any(|(name, _)| *name == s) => {
            let of = ALIASES.iter().find(|(name, _)| *name == s).map_or(DEFAULT, |(_, of)| of);
            Some(Voice::Instrument(of.to_owned()))
        }
        Some(s) => Some(Voice::Sample(bank.map_or_else(|| s.clone(), |bank| format!("{bank}/{s}")))),
        None if pitched => Some(Voice::Instrument(DEFAULT.to_owned())),
        None => None,
    }
}

/// The controls that a voice is told. A sample whose length is said ends with it.
fn told(controls: &Controls, voice: &Voice) -> Vec<(String, f32)> {
    let mut all = Vec::new();
    for (key, value) in controls.iter().filter(|(key, _)| !NOT_TOLD.contains(&key.name())) {
        if let Some(x) = plain(key.name(), value) {
            all.push((key.name().to_owned(), x));
        }
    }
    if let Some(Value::List(parts)) = controls.get(&Key::new("adsr")) {
        for (name, part) in ["attack", "decay", "sustain", "release"].iter().zip(parts.iter()) {
            all.extend(part.number().map(|x| ((*name).to_owned(), x as f32)));
        }
    }
    // A time in seconds or in beats: the one that is said counts.
    for (said, synced) in [("delaytime", 0.0), ("delaysync", 1.0)] {
        if controls.get(&Key::new(said)).is_some() {
            all.push(("delay_synced".to_owned(), synced));
        }
    }
    if matches!(voice, Voice::Sample(_)) {
        let has = |name: &str| controls.get(&Key::new(name)).is_some();
        // A sample plays to its end, unless its length is said; one of a group can be ended by the next.
        if ["clip", "looped", "release"].iter().any(|name| has(name)) {
            all.push((ONE_SHOT.to_owned(), 0.0));
        } else if has("cut") {
            all.push((ONE_SHOT.to_owned(), 1.0));
        }
    }
    all
}

/// A control as a number.
fn plain(name: &str, value: &Value) -> Option<f32> {
    let number = match (name, value) {
        ("vowel", Value::Text(t)) => ["a", "e", "i", "o", "u"].iter().position(|v| **v == **t).map(|at| at as f64),
        ("unit", Value::Text(t)) => Some(f64::from(u8::from(&**t == "c"))),
        (_, Value::List(parts)) => parts.first().and_then(Value::number),
        _ => value.number(),
    };
    number.filter(|n| n.is_finite()).map(|n| n as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_pattern::{Pattern, Query, Span, mini};

    fn ask(pattern: &Pattern) -> Vec<Struck> {
        let instruments = ["acid", "triangle"].iter().map(|s| (*s).to_owned()).collect();
        let events = pattern.query(Span::new(0, 1), &Query::default()).unwrap();
        events.iter().filter_map(|e| struck(e, &instruments)).collect()
    }

    fn said(name: &str, text: &str) -> Pattern {
        mini(text).unwrap().as_control(name)
    }

    #[test]
    fn a_sound_is_an_instrument_first_and_a_sample_otherwise() {
        let voices = |p: &Pattern| ask(p).into_iter().map(|s| s.voice).collect::<Vec<_>>();
        let sample = |s: &str| Voice::Sample(s.to_owned());
        assert_eq!(voices(&said("s", "acid bd")), [Voice::Instrument("acid".into()), sample("bd")]);
        assert_eq!(voices(&said("s", "bd").control("bank", mini("forge").unwrap())), [sample("forge/bd")]);
        assert_eq!(voices(&said("note", "c3")), [Voice::Instrument("triangle".into())]);
        assert_eq!(voices(&mini("bd sd:2").unwrap()), [sample("bd"), sample("sd")]);
        assert!(voices(&said("gain", "1")).is_empty());
    }

    #[test]
    fn a_note_says_its_pitch_its_length_and_its_controls() {
        let pattern = said("note", "c4 ~").control("s", mini("acid").unwrap());
        let pattern = pattern.control("clip", mini("0.5").unwrap()).control("cutoff", mini("800").unwrap());
        let note = &ask(&pattern)[0];
        assert_eq!((note.begin, note.end, note.pitch), (Ratio::ZERO, Ratio::new(1, 4), 60.0));
        assert_eq!(note.controls, [("cutoff".to_owned(), 800.0)]);
        let hit = &ask(&said("s", "bd").control("clip", mini("1").unwrap()).control("vowel", mini("e").unwrap()))[0];
        assert_eq!(hit.controls, [("vowel".to_owned(), 1.0), ("one_shot".to_owned(), 0.0)]);
        assert_eq!(hit.pitch, 36.0);
    }
}
