//! A set built in code, rendered offline.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test that fails says where")]

use bf_engine::{Config, Controller, Engine, Loaded};
use bf_node::{NoSamples, NodeSpec, Registry};
use bf_patch::{Cable, Name, Node, Patch, Set, Socket};
use std::sync::Arc;

pub fn registry() -> Arc<Registry> {
    let mut r = Registry::new();
    bf_stdlib::register(&mut r);
    Arc::new(r)
}

/// A socket written as in a patch file.
pub fn at(text: &str) -> Socket {
    Socket::parse(text).unwrap()
}

pub trait Build {
    fn node(self, name: &str, node: Node) -> Self;
    fn cable(self, to: &str, from: &str) -> Self;
    fn amount(self, to: &str, from: &str, amount: f64) -> Self;
}

impl Build for Patch {
    fn node(mut self, name: &str, node: Node) -> Self {
        self.nodes.insert(Name::new(name), node);
        self
    }
    fn cable(mut self, to: &str, from: &str) -> Self {
        self.cables.entry(at(to)).or_default().push(Cable::plain(at(from)));
        self
    }
    fn amount(mut self, to: &str, from: &str, amount: f64) -> Self {
        self.cables.entry(at(to)).or_default().push(Cable { from: at(from), amount: Some(amount) });
        self
    }
}

pub struct Host {
    pub controller: Controller,
    pub engine: Engine,
}

impl Host {
    pub fn new(block: usize) -> Host {
        Host::with(&[], block)
    }
    /// One that knows further nodes.
    pub fn with(more: &[&'static NodeSpec], block: usize) -> Host {
        let mut registry = Registry::new();
        bf_stdlib::register(&mut registry);
        more.iter().for_each(|spec| registry.add(spec));
        let config = Config { block, ..Config::default() };
        let (controller, engine) = Controller::new(config, Arc::new(registry), Arc::new(NoSamples));
        Host { controller, engine }
    }
    pub fn load(&mut self, set: &Set) {
        for _ in 0..1000 {
            match self.controller.load(set, &|_| 0).unwrap() {
                Loaded::Busy => {
                    self.engine.block_now();
                }
                _ => return,
            }
        }
        panic!("never free");
    }
    pub fn main(&mut self, patch: &Patch) {
        self.load(&Set { main: patch.clone(), ..Set::default() });
    }
    /// Left channel.
    pub fn run(&mut self, frames: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity(frames);
        while out.len() < frames {
            out.extend_from_slice(self.engine.block_now()[0]);
        }
        out.truncate(frames);
        out
    }
}

/// The greatest step between neighbours.
pub fn step(x: &[f32]) -> f32 {
    x.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max)
}

pub fn peak(x: &[f32]) -> f32 {
    x.iter().fold(0.0, |m, x| m.max(x.abs()))
}
