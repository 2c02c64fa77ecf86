//! What every node promises, held over every node of the registry without being asked.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

#[path = "../../core/engine/tests/counting/mod.rs"]
mod counting;

use bf_node::rig::{Bench, Rig};
use bf_node::{Controls, EventBody, Form, Kind, NodeSpec, Note, NoteId, ParamKind, Role};
use bf_session::{Message, Move, Options, Session, When, registry};
use std::cell::Cell;

/// Types that make a processor of their own.
fn made() -> Vec<&'static NodeSpec> {
    let mut all: Vec<_> = registry().iter().filter(|s| !matches!(s.role, Role::Voice | Role::Patch)).collect();
    all.sort_by_key(|s| s.name);
    assert!(all.len() > 60, "{}", all.len());
    all
}

#[derive(Clone, Copy)]
enum Signal {
    Silence,
    Noise,
    Impulse,
    Step,
}

fn value(signal: Signal, frame: u64, lane: usize) -> f32 {
    match signal {
        Signal::Silence => 0.0,
        Signal::Noise => {
            let mut x = (frame as u32).wrapping_mul(0x9e37_79b9) ^ (lane as u32).wrapping_mul(0x85eb_ca6b);
            x ^= x >> 16;
            x = x.wrapping_mul(0x7feb_352d);
            x ^= x >> 15;
            x as i32 as f32 / 2_147_483_648.0 * 0.5
        }
        Signal::Impulse => f32::from(u8::from(frame == 40)),
        Signal::Step => f32::from(u8::from(frame >= 40)),
    }
}

/// A rig with a signal at every input, and notes at every event input.
fn rig(spec: &'static NodeSpec, bench: &Bench<'_>, signal: Signal) -> Rig {
    let mut rig = Rig::new(spec, bench).unwrap_or_else(|e| panic!("{}: {e}", spec.name));
    for p in spec.inputs {
        match p.kind {
            Kind::Signal => {
                let channels = match p.channels {
                    bf_node::Channels::Fixed(n) => usize::from(n),
                    bf_node::Channels::Node => bench.channels,
                };
                let one_lane = !matches!(signal, Signal::Silence);
                for c in 0..channels {
                    let shift = c * 1000;
                    if one_lane {
                        rig.feed(p.name, c, move |f, l| value(signal, f, l + shift));
                    }
                }
            }
            Kind::Event => {
                for i in 0..4u32 {
                    let id = NoteId::new(7, i);
                    let note = Note { id, pitch: 48.0 + i as f32, velocity: 0.8, controls: Controls::NONE };
                    rig.event(100 + 611 * u64::from(i), p.name, EventBody::NoteOn(note));
                    rig.event(400 + 611 * u64::from(i), p.name, EventBody::NoteOff { id });
                }
                rig.event(777, p.name, EventBody::Trigger { value: 0.7 });
            }
        }
    }
    rig
}

fn bits(x: &[Vec<f32>]) -> Vec<Vec<u32>> {
    x.iter().map(|c| c.iter().map(|x| x.to_bits()).collect()).collect()
}

#[test]
fn names_are_unique_plain_and_not_reserved() {
    const RESERVED: &str = "let const if else switch do while until loop for in continue break return throw try catch \
        import export as global fn private this is public protected super new use module package var static shared with \
        exact default goto void null nil thread spawn go sync async await yield case match eval Fn call curry type_of \
        print debug true false";
    let reserved: Vec<&str> = RESERVED.split_whitespace().collect();
    for s in registry().iter() {
        let plain = |n: &str| {
            n.starts_with(|c: char| c.is_ascii_lowercase())
                && n.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
                && !reserved.contains(&n)
        };
        let mut entering: Vec<&str> = s.inputs.iter().map(|p| p.name).chain(s.params.iter().map(|p| p.name)).collect();
        for n in entering.iter().copied().chain(s.outputs.iter().map(|p| p.name)).chain([s.name]) {
            assert!(plain(n), "{}: {n:?}", s.name);
        }
        let count = entering.len();
        entering.sort_unstable();
        entering.dedup();
        assert_eq!(entering.len(), count, "{}: an input and a param share a name", s.name);
        assert!(s.params.len() <= 64, "{}", s.name);
        assert!(!s.summary().is_empty() && s.params.iter().all(|p| !p.help.is_empty()), "{}: help", s.name);
    }
}

#[test]
fn defaults_are_in_range() {
    for s in registry().iter() {
        for p in s.params {
            let d = p.default_value();
            if p.is_setting() {
                let whole = matches!(p.kind, ParamKind::Setting { form: Form::Sample | Form::Patch, .. });
                assert!(whole || p.check_setting(&d).is_ok(), "{}.{}: {d}", s.name, p.name);
            } else {
                assert!(p.number_of(&d).is_ok(), "{}.{}: {d}", s.name, p.name);
            }
        }
    }
}

#[test]
fn outputs_stay_finite() {
    for s in made() {
        for rate in [44_100, 48_000, 96_000] {
            for signal in [Signal::Silence, Signal::Noise, Signal::Impulse, Signal::Step] {
                let bench = Bench { sample_rate: rate, ..Bench::default() };
                let out = rig(s, &bench, signal).run(3000);
                assert!(out.iter().flatten().all(|x| x.is_finite()), "{} at {rate}", s.name);
            }
        }
    }
}

#[test]
fn a_nan_is_gone_with_a_reset() {
    for s in made() {
        let mut rig = rig(s, &Bench::default(), Signal::Noise);
        for p in s.inputs.iter().filter(|p| p.kind == Kind::Signal) {
            rig.feed(p.name, 0, |f, l| if (100..140).contains(&f) { f32::NAN } else { value(Signal::Noise, f, l) });
        }
        rig.run(192);
        rig.reset(u32::MAX);
        let out = rig.run(2048);
        assert!(out.iter().flatten().all(|x| x.is_finite()), "{}", s.name);
    }
}

#[test]
fn the_bits_do_not_depend_on_how_blocks_are_cut() {
    for s in made() {
        let run = |block, random_cuts| {
            let bench = Bench { block, random_cuts, channels: 2, ..Bench::default() };
            bits(&rig(s, &bench, Signal::Noise).run(4096))
        };
        let first = run(256, None);
        assert_eq!(first, run(64, None), "{} at 64", s.name);
        assert_eq!(first, run(256, Some(3)), "{} cut at random", s.name);
    }
}

#[test]
fn lane_nought_of_eight_is_one_lane() {
    for s in made().into_iter().filter(|s| s.outputs.iter().all(|p| p.kind == Kind::Signal)) {
        let run = |lanes: usize| -> Vec<Vec<u32>> {
            let out = rig(s, &Bench { lanes, ..Bench::default() }, Signal::Noise).run(2048);
            out.iter().map(|c| c.iter().step_by(lanes).map(|x| x.to_bits()).collect()).collect()
        };
        let one = run(1);
        assert_eq!(one, run(8), "{} of 8", s.name);
        assert_eq!(one, run(16), "{} of 16", s.name);
    }
}

#[test]
fn nothing_allocates_while_it_sounds() {
    for s in made() {
        let mut rig = rig(s, &Bench::default(), Signal::Noise);
        rig.run(64);
        // The rig itself allocates around the processor: count inside a processor that is wrapped.
        struct Watch(Box<dyn bf_node::Processor>);
        impl bf_node::Processor for Watch {
            fn process(&mut self, io: &mut bf_node::Io<'_>) -> bf_node::Status {
                let mut status = bf_node::Status::Idle;
                let count = counting::count(|| status = self.0.process(io));
                TOTAL.with(|t| t.set(t.get() + count));
                status
            }
            fn event(&mut self, io: &mut bf_node::Io<'_>, input: usize, event: &bf_node::Event) {
                let count = counting::count(|| self.0.event(io, input, event));
                TOTAL.with(|t| t.set(t.get() + count));
            }
            fn reset(&mut self, lanes: bf_node::LaneMask) {
                let count = counting::count(|| self.0.reset(lanes));
                TOTAL.with(|t| t.set(t.get() + count));
            }
        }
        thread_local! {
            static TOTAL: Cell<u64> = const { Cell::new(0) };
        }
        let inner = std::mem::replace(&mut rig.processor, Box::new(Nothing));
        rig.processor = Box::new(Watch(inner));
        rig.run(4096);
        rig.reset(u32::MAX);
        rig.run(512);
        assert_eq!(TOTAL.with(|t| t.replace(0)), 0, "{}", s.name);
    }
}

struct Nothing;
impl bf_node::Processor for Nothing {
    fn process(&mut self, _io: &mut bf_node::Io<'_>) -> bf_node::Status {
        bf_node::Status::Active
    }
    fn reset(&mut self, _lanes: bf_node::LaneMask) {}
}

#[test]
fn every_example_in_the_help_runs() {
    let mut without = Vec::new();
    for s in registry().iter() {
        let Some(text) = s.example() else {
            without.push(s.name);
            continue;
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("example.toml");
        std::fs::write(&file, &text).unwrap();
        let (mut session, mut engine) =
            Session::open(&file, registry(), Options::default()).unwrap_or_else(|e| panic!("{}: {e}\n{text}", s.name));
        for m in session.messages() {
            // Files that an example names are not there; everything else must be right.
            assert!(!matches!(m, Message::Fault(_)), "{}: {m:?}\n{text}", s.name);
        }
        session.controller().transport(Move::Play, When::Frame(0));
        let mut peak = 0.0f32;
        for _ in 0..750 {
            session.poll();
            peak = engine.block_now().iter().flat_map(|c| c.iter()).fold(peak, |m, x| m.max(x.abs()));
        }
        let files = session.messages().iter().any(|m| matches!(m, Message::Problem(_))) || text.contains("file =");
        assert!(peak.is_finite() && peak <= 2.0, "{}: peak {peak}", s.name);
        assert!(peak > 0.0 || files || text.contains("input\""), "{} is silent\n{text}", s.name);
    }
    assert!(without.iter().all(|n| ["voice", "patch"].contains(n)), "no example: {without:?}");
}

/// The instrument in the help of `voice`, and the set that plays it, as they are written there.
#[test]
fn the_instrument_in_the_help_sounds() {
    let registry = registry();
    let mut parts = registry.get("voice").unwrap().help.split("```text\n").skip(1);
    let mut file = || {
        let text = parts.next().unwrap().split("```").next().unwrap();
        text.lines().map(|l| l.trim().to_owned() + "\n").collect::<String>()
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keys.toml"), file()).unwrap();
    std::fs::write(folder.path().join("set.toml"), file()).unwrap();
    let (mut session, mut engine) =
        Session::open(&folder.path().join("set.toml"), bf_session::registry(), Options::default()).unwrap();
    let said = session.messages();
    assert!(!said.iter().any(|m| matches!(m, Message::Fault(_) | Message::Problem(_))), "{said:?}");
    session.controller().transport(Move::Play, When::Frame(0));
    let mut peak = 0.0f32;
    for _ in 0..750 {
        session.poll();
        peak = engine.block_now().iter().flat_map(|c| c.iter()).fold(peak, |m, x| m.max(x.abs()));
    }
    assert!((0.1..1.0).contains(&peak), "peak {peak}");
}

/// What stands in backticks in a help and names no port, param or choice of the node, and no type: values, fields of
/// notes, and names of files and of what scripts and patch files know.
const WORDS: [&str; 23] = [
    "amount",
    "at",
    "bd",
    "c4",
    "classic",
    "duck",
    "duckattack",
    "eb3",
    "exponential",
    "fold",
    "forge",
    "found",
    "linear",
    "o",
    "on_control",
    "on_note",
    "pitch",
    "pulse",
    "samples",
    "smooth",
    "timbre",
    "voices",
    "x",
];

#[test]
fn helps_name_only_what_there_is() {
    let registry = registry();
    for s in registry.iter() {
        let mut known: Vec<&str> = WORDS.to_vec();
        known.extend(s.inputs.iter().chain(s.outputs).map(|p| p.name));
        let mut helps: Vec<&str> = s.help.split("```").step_by(2).collect();
        helps.extend(s.inputs.iter().chain(s.outputs).map(|p| p.help));
        for p in s.params {
            known.push(p.name);
            helps.push(p.help);
            if let ParamKind::Choice { options, .. } = p.kind {
                known.extend(options);
            }
        }
        for word in helps.iter().flat_map(|h| h.split('`').skip(1).step_by(2)) {
            let plain = word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            let there = !plain || known.contains(&word) || registry.get(word).is_some();
            assert!(there, "the help of {} names `{word}`, which is not there", s.name);
        }
    }
}

#[test]
fn the_library_has_what_the_compiler_makes_by_itself() {
    let registry = registry();
    for helper in bf_patch::compile::HELPERS {
        let spec = registry.get(helper.kind).unwrap_or_else(|| panic!("there is no {}", helper.kind));
        for param in helper.sets {
            assert!(spec.param(param).is_some(), "{} has no {param}", helper.kind);
        }
        assert!(!spec.outputs.is_empty(), "nothing leaves {}", helper.kind);
    }
}
