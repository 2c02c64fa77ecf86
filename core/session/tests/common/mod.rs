//! A chain in a set, rendered offline note by note.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test that fails says where")]

use bf_node::{Controls, EventBody, NoSamples, Note, NoteId, Registry, SampleSource};
use bf_patch::files::FileKind;
use bf_patch::{Cable, Name, Node, Patch, Set, Socket};
use bf_session::chain::{Chain, Chains, Source};
use bf_session::{Controller, Engine, Loaded, Move, SampleStore, When};
use std::collections::BTreeSet;
use std::sync::Arc;

pub const RATE: u32 = 48_000;

/// Frames of so many seconds.
pub fn secs(secs: f64) -> u64 {
    (secs * f64::from(RATE)) as u64
}

pub fn controls(names: &str) -> BTreeSet<String> {
    names.split_whitespace().map(str::to_owned).collect()
}

/// A set in which a track named `t` plays a chain, by itself or through its strip and an orbit.
pub fn set(chain: &Chain, files: &[(&str, &Patch)], through: Through) -> Set {
    let mut main = Patch::default();
    let mut node = |name: &str, node: Node| _ = main.nodes.insert(Name::new(name), node);
    node("t", Node::new("patch").with("file", "t.toml"));
    node("out", Node::new("output"));
    let mut cables = vec![("out.input".to_owned(), "t.out".to_owned())];
    let chains = Chains::new();
    let (orbit_file, orbit) = chains.orbit();
    if let Through::Orbit { mute } = through {
        node("strip", Node::new("strip").with("mute", mute));
        node("orbit", Node::new("patch").with("file", orbit_file));
        cables = vec![("strip.input".to_owned(), "t.out".to_owned())];
        for (i, send) in chain.sends().enumerate() {
            cables.push((format!("strip.to_send{}", i + 1), format!("t.{send}")));
            cables.push((format!("orbit.{send}"), format!("strip.send{}", i + 1)));
        }
        cables.push(("orbit.dry".to_owned(), "strip.out".to_owned()));
        cables.push(("out.input".to_owned(), "orbit.out".to_owned()));
    }
    for (to, from) in cables {
        let [to, from] = [to, from].map(|text| Socket::parse(&text).unwrap());
        main.cables.entry(to).or_default().push(Cable::plain(from));
    }
    let mut set = Set { main, ..Set::default() };
    set.files.insert(orbit_file.to_owned(), orbit.clone());
    set.files.insert("t.toml".to_owned(), chain.patch.clone());
    set.files.extend(chain.files.iter().cloned());
    set.files.extend(files.iter().map(|(file, patch)| ((*file).to_owned(), (*patch).clone())));
    set
}

/// What a chain plays into.
#[derive(Clone, Copy)]
pub enum Through {
    Nothing,
    Orbit { mute: bool },
}

/// A note: from, to (seconds), pitch and controls.
#[derive(Clone, Copy)]
pub struct Hit<'a> {
    pub at: f64,
    pub until: f64,
    pub pitch: f32,
    pub controls: &'a [(&'a str, f32)],
}

pub struct Host {
    pub controller: Controller,
    pub engine: Engine,
    block: usize,
    notes: u32,
}

impl Host {
    pub fn new(registry: &Arc<Registry>, samples: Arc<dyn SampleSource + Send + Sync>, block: usize) -> Host {
        let config = bf_engine::Config { block, ..bf_engine::Config::default() };
        let (controller, engine) = Controller::new(config, Arc::clone(registry), samples);
        Host { controller, engine, block, notes: 0 }
    }

    pub fn load(&mut self, set: &Set) {
        for _ in 0..1000 {
            match self.controller.load(set, &|_| 1) {
                Ok(Loaded::Busy) => _ = self.engine.block_now(),
                Ok(_) => {
                    let warnings = &self.controller.plan().unwrap().flat.warnings;
                    assert!(warnings.is_empty(), "{warnings:?}");
                    let sent = self.controller.transport(Move::Play, When::Frame(0));
                    assert!(sent.is_some());
                    return;
                }
                Err(e) => panic!("{e:?}"),
            }
        }
        panic!("never free");
    }

    /// Sends a note to the track; nothing falls later than the queue is asked for.
    pub fn hit(&mut self, hit: &Hit<'_>) -> NoteId {
        let mut carried = Controls::NONE;
        for (name, value) in hit.controls {
            assert!(carried.set(self.controller.keys().key(name), *value));
        }
        self.notes += 1;
        let id = NoteId::new(1, self.notes);
        let note = Note { id, pitch: hit.pitch, velocity: 1.0, controls: carried };
        self.controller.event("t", None, EventBody::NoteOn(note), When::Frame(secs(hit.at))).unwrap();
        self.controller.event("t", None, EventBody::NoteOff { id }, When::Frame(secs(hit.until))).unwrap();
        id
    }

    /// Both sides.
    pub fn run(&mut self, frames: u64) -> [Vec<f32>; 2] {
        let mut out = [Vec::new(), Vec::new()];
        while (out[0].len() as u64) < frames {
            let sides = self.engine.block_now();
            out.iter_mut().zip(sides).for_each(|(all, side)| all.extend_from_slice(side));
            self.controller.collect();
        }
        out.map(|mut side| {
            side.truncate(frames as usize);
            side
        })
    }
}

/// What is on the shelf.
pub fn store(names: &[&str]) -> Arc<SampleStore> {
    let store = SampleStore::new(std::path::Path::new("/nowhere"), RATE);
    let wanted: Vec<_> = names.iter().map(|name| (FileKind::Sample, (*name).to_owned())).collect();
    assert_eq!(store.load_now(&wanted), []);
    Arc::new(store)
}

/// Renders a chain of samples.
pub fn samples(names: &[&str], used: &str, hits: &[Hit<'_>], length: f64) -> [Vec<f32>; 2] {
    samples_at(names, used, hits, length, 64)
}

/// The same at a block size.
pub fn samples_at(names: &[&str], used: &str, hits: &[Hit<'_>], length: f64, block: usize) -> [Vec<f32>; 2] {
    let registry = bf_session::registry();
    let list: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let chain = Chains::new().chain(&Source::Samples(&list), &controls(used), &registry);
    assert_eq!(chain.unknown, [""; 0]);
    let mut host = Host::new(&registry, store(names), block);
    host.load(&set(&chain, &[], Through::Nothing));
    hits.iter().for_each(|hit| _ = host.hit(hit));
    host.run(secs(length))
}

/// Renders an instrument through its chain.
pub fn instrument(patch: &Patch, used: &str, hits: &[Hit<'_>], length: f64) -> [Vec<f32>; 2] {
    let registry = bf_session::registry();
    let source = Source::Instrument { file: "i.toml", patch };
    let chain = Chains::new().chain(&source, &controls(used), &registry);
    assert_eq!(chain.unknown, [""; 0]);
    let mut host = Host::new(&registry, Arc::new(NoSamples), 64);
    host.load(&set(&chain, &[("i.toml", patch)], Through::Nothing));
    hits.iter().for_each(|hit| _ = host.hit(hit));
    host.run(secs(length))
}

/// The greatest magnitude.
pub fn peak(x: &[f32]) -> f32 {
    x.iter().fold(0.0, |m, x| m.max(x.abs()))
}

/// The root mean square.
pub fn rms(x: &[f32]) -> f32 {
    (x.iter().map(|x| x * x).sum::<f32>() / x.len().max(1) as f32).sqrt()
}

/// The greatest step between neighbours.
pub fn step(x: &[f32]) -> f32 {
    x.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max)
}

/// How bright: the level of the difference of neighbours against that of the sound.
pub fn brightness(x: &[f32]) -> f32 {
    let d: Vec<f32> = x.windows(2).map(|w| w[1] - w[0]).collect();
    rms(&d) / rms(x).max(1e-9)
}

/// The amplitude of a tone in a signal whose window is Hann's.
pub fn amplitude(x: &[f32], hz: f64) -> f64 {
    let (mut re, mut im, mut sum) = (0.0, 0.0, 0.0);
    for (i, v) in x.iter().enumerate() {
        let window = 0.5 - 0.5 * (core::f64::consts::TAU * (i as f64 + 0.5) / x.len() as f64).cos();
        let w = core::f64::consts::TAU * hz * i as f64 / f64::from(RATE);
        re += window * f64::from(*v) * w.cos();
        im += window * f64::from(*v) * w.sin();
        sum += window;
    }
    2.0 * re.hypot(im) / sum
}
