//! No choice, switch or whole number makes a steady sound step, whatever node has it.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

#[path = "../../core/engine/tests/counting/mod.rs"]
mod counting;

use bf_engine::{Config, Controller, Engine, Loaded, Move, When};
use bf_node::sample::{GUARD, Level};
use bf_node::{
    Category, Controls, EventBody, Form, Kind, NodeSpec, Note, NoteId, ParamKind, ParamSpec, Role, Sample,
    SampleSource, Value,
};
use bf_patch::{Cable, Name, Node, Patch, Set, Socket};
use bf_session::registry;
use std::sync::Arc;

/// Ten seconds of a tone, whatever is asked for.
struct Shelf(Arc<Sample>);

impl SampleSource for Shelf {
    fn sample(&self, _path: &str) -> Option<Arc<Sample>> {
        Some(Arc::clone(&self.0))
    }
}

fn shelf() -> Shelf {
    let frames = 480_000;
    let mut data = vec![0.0; frames + 2 * GUARD];
    for (i, x) in data[GUARD..GUARD + frames].iter_mut().enumerate() {
        *x = 0.3 * (i as f32 * core::f32::consts::TAU * 440.0 / 48_000.0).sin();
    }
    let levels = vec![Level { frames, data }];
    let (name, slices) = ("tone".to_owned(), Vec::new());
    Shelf(Arc::new(Sample { name, sample_rate: 48_000.0, channels: 1, frames, levels, slices, hash: 1 }))
}

/// Frames of a crossing: 5 ms.
const CROSSING: usize = 240;
/// What is waited for before the first jump, and between two.
const SETTLES: usize = 25_003;
const BETWEEN: usize = 4_800;

/// What leaves these are gates, and numbers that hold until the next step: a jump changes which, and smooths none.
const STEP: [&str; 2] = ["logic", "quantizer"];
/// What strikes as a note does, with its own attack.
const STRIKES: (&str, &str) = ("sampler", "autoplay");

/// One output channel of a node of its own, heard while a param jumps from value to value.
struct Case {
    spec: &'static NodeSpec,
    output: &'static str,
    param: usize,
    values: Vec<f32>,
}

impl Case {
    fn name(&self) -> String {
        format!("{}.{} at {}", self.spec.name, self.spec.params[self.param].name, self.output)
    }

    /// Where the jumps fall: on the grid and off it.
    fn frame(&self, jump: usize) -> usize {
        SETTLES + jump * BETWEEN + 7 * jump
    }

    fn patch(&self) -> Patch {
        let mut patch = Patch::default();
        let mut node = |name: &str, node: Node| patch.nodes.insert(Name::new(name), node);
        node("tone", Node::new("sine").with("freq", 440.0));
        node("level", Node::new("gain").with("gain", 0.3));
        node("high", Node::new("constant").with("value", 1.0));
        let mut it = Node::new(self.spec.name);
        for p in self.spec.params {
            let file = || Value::Text("tone.wav".to_owned());
            it = match p.kind {
                ParamKind::Setting { form: Form::Sample, .. } => it.with(p.name, file()),
                ParamKind::Setting { form: Form::Samples, .. } => it.with(p.name, Value::List(vec![file()])),
                _ => it,
            };
        }
        node("it", it);
        node("out", Node::new("output"));
        let mut cable = |to: &str, from: &str| {
            let from = Cable::plain(Socket::parse(from).unwrap());
            patch.cables.entry(Socket::parse(to).unwrap()).or_default().push(from);
        };
        cable("level", "tone");
        for p in self.spec.inputs.iter().filter(|p| p.kind == Kind::Signal) {
            cable(&format!("it.{}", p.name), if p.name == "gate" { "high" } else { "level" });
        }
        cable("out", &format!("it.{}", self.output));
        patch
    }

    /// What is heard in blocks of a size, and how often memory was asked for.
    fn hear(&self, block: usize) -> (Vec<f32>, u64) {
        let config = Config { block, ..Config::default() };
        let (mut controller, mut engine) = Controller::new(config, registry(), Arc::new(shelf()));
        let set = Set { main: self.patch(), ..Set::default() };
        assert!(!matches!(controller.load(&set, &|_| 0).unwrap(), Loaded::Busy));
        controller.transport(Move::Play, When::Frame(0));
        for p in self.spec.inputs.iter().filter(|p| p.kind == Kind::Event) {
            let note = Note { id: NoteId::new(1, 1), pitch: 57.0, velocity: 0.8, controls: Controls::NONE };
            controller.event("it", Some(p.name), EventBody::NoteOn(note), When::Frame(64)).unwrap();
        }
        let name = self.spec.params[self.param].name;
        let target = controller.param_target("it", name).unwrap();
        for (i, value) in self.values.iter().enumerate() {
            let frame = self.frame(i) as u64;
            assert!(controller.send_numbers_at(&[(target, *value)], 0, frame), "{}", self.name());
        }
        run(&mut engine, self.frame(self.values.len()))
    }
}

fn run(engine: &mut Engine, frames: usize) -> (Vec<f32>, u64) {
    let mut heard = Vec::with_capacity(frames + 2048);
    let mut count = 0;
    while heard.len() < frames {
        let mut block = &[][..];
        count += counting::count(|| block = engine.block_now()[0]);
        heard.extend_from_slice(block);
    }
    heard.truncate(frames);
    (heard, count)
}

/// Some values of a param: the ends, what stands at first and its neighbours, the middle.
fn values(spec: &ParamSpec) -> Vec<f32> {
    let (min, max) = spec.range();
    let first = spec.default_number();
    let all: Vec<f32> = if max - min < 8.0 {
        (min as i32..=max as i32).map(|x| x as f32).collect()
    } else {
        vec![min, min + 1.0, (min + max) / 2.0, max, first + 1.0]
    };
    let other = all.iter().copied().filter(|x| *x != first);
    // From what it stands at to each other value, and back in the end.
    other.chain([first]).collect()
}

/// Every live param of a node that makes sound or values, at every output.
fn cases() -> Vec<Case> {
    let mut all: Vec<Case> = Vec::new();
    let sounds = |s: &&NodeSpec| {
        let made = !matches!(s.role, Role::Voice | Role::Patch | Role::Input);
        made && s.category != Category::Sequencer && !STEP.contains(&s.name)
    };
    for spec in registry().iter().filter(sounds) {
        for (param, p) in spec.params.iter().enumerate() {
            let jumps =
                matches!(p.kind, ParamKind::Integer { .. } | ParamKind::Switch { .. } | ParamKind::Choice { .. });
            if !jumps || (spec.name, p.name) == STRIKES {
                continue;
            }
            let outputs = spec.outputs.iter().filter(|p| p.kind == Kind::Signal);
            all.extend(outputs.map(|o| Case { spec, output: o.name, param, values: values(p) }));
        }
    }
    all.sort_by_key(Case::name);
    all
}

/// The most by which the slope of a sound changes from frame to frame.
fn bend(x: &[f32]) -> f32 {
    x.windows(3).map(|w| (w[2] - 2.0 * w[1] + w[0]).abs()).fold(0.0, f32::max)
}

fn slope(x: &[f32]) -> f32 {
    x.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max)
}

fn peak(x: &[f32]) -> f32 {
    x.iter().map(|x| x.abs()).fold(0.0, f32::max)
}

/// The most that crossing over between two sounds along 3x² − 2x³ bends, by the rule for the second difference of
/// a + (b − a) g: that of a sound, twice the slope of g (1.5 / n) times that of b − a, and the bend of g (6 / n²) times
/// b − a. Along a straight line, as some nodes do themselves, its ends bend by 1 / n. What the node does with its new number
/// before it has settled may be louder by a half than what it does then.
fn most(before: &[f32], after: &[f32], straight: bool) -> f32 {
    let n = CROSSING as f32;
    let ends = if straight { 1.0 / n } else { 6.0 / (n * n) };
    let both = |of: fn(&[f32]) -> f32| (of(before), of(after));
    let (bends, slopes, peaks) = (both(bend), both(slope), both(peak));
    let crossed = bends.0.max(bends.1) + 3.0 / n * (slopes.0 + slopes.1) + ends * (peaks.0 + peaks.1);
    1.5 * crossed + 1e-5
}

#[test]
fn nothing_steps() {
    let (mut faults, mut heard) = (Vec::new(), 0);
    for case in cases() {
        let (x, count) = case.hear(64);
        if count != 0 {
            faults.push(format!("{} asks for memory", case.name()));
        }
        for (i, value) in case.values.iter().enumerate() {
            let at = case.frame(i);
            let (before, after) = (&x[at - 2_400..at], &x[at + 2_400..at + BETWEEN]);
            let got = bend(&x[at - 2..at + CROSSING + 2]);
            let bound = most(before, after, case.spec.params[case.param].at_once);
            heard += usize::from(peak(before) > 0.01);
            if got > bound {
                faults.push(format!("{} to {value}: {got} where crossing over gives {bound}", case.name()));
            }
        }
        for block in [16, 1024] {
            if case.hear(block).0.iter().zip(&x).any(|(a, b)| a.to_bits() != b.to_bits()) {
                faults.push(format!("{}: other bits in blocks of {block}", case.name()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(heard > 100, "{heard}");
}

/// What the law is for: two steady sounds of a node, one put behind the other.
#[test]
fn a_hard_cut_is_found() {
    let cut = [
        ("gain", "invert", 1.0),
        ("biquad", "kind", 1.0),
        ("ladder", "slope", 1.0),
        ("phaser", "stages", 3.0),
        ("chorus", "voices", 6.0),
        ("delay", "mode", 1.0),
        ("shaper", "shape", 3.0),
        ("formant", "voice", 0.0),
    ];
    for (node, param, value) in cut {
        let all = cases();
        let case = all.iter().find(|c| c.spec.name == node && c.spec.params[c.param].name == param).unwrap();
        let stays = Case { values: vec![case.spec.params[case.param].default_number()], ..*case };
        let other = Case { values: vec![value], ..*case };
        let (a, b) = (stays.hear(64).0, other.hear(64).0);
        let at = case.frame(0) + 2_400;
        // At one of the frames of a cycle at least.
        let found = (at..at + 110).any(|at| {
            let cut = [&a[at - 1_000..at], &b[at..at + 1_000]].concat();
            bend(&cut) > most(&a[at - 1_000..at], &b[at..at + 1_000], true)
        });
        assert!(found, "{}", case.name());
    }
}
