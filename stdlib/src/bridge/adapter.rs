//! Runs a fundsp unit as a node.
//!
//! Only the unit's `tick` is used, frame by frame. Its `process` works in vectors of eight and may read a control once
//! for all eight, so its bits would hang on where a block is cut; feeding it whole vectors only would cost latency.

use crate::effect::blend_one;
use bf_dsp::Lane;
use bf_dsp::tail::{Rest, settle};
use bf_node::{
    Channels, Io, LaneMask, MakeError, ParamKind, PerLane, Processor, Setup, Smooth, Status, Unit as Measure,
};
use fundsp::audiounit::AudioUnit;
use fundsp::math::AttoHash;

/// The most live params that a unit may have.
const MOST_PARAMS: usize = 6;
/// The most channels in or out of one unit.
const MOST_CHANNELS: usize = 2;
/// Silent seconds after which a unit counts as at rest, and is put into the state of a new one.
const SILENT_SECS: f32 = 1.0;

/// A param that is an input of the unit.
#[derive(Clone, Copy)]
struct Live {
    index: usize,
    min: f32,
    max: f32,
}

/// One unit, for all channels or for one of them.
struct Unit {
    inner: Box<dyn AudioUnit>,
    rest: Rest,
}

struct Bridge {
    units: Vec<Unit>,
    /// Channels of each unit; 0 in where it is a source.
    ins: usize,
    outs: usize,
    live: Vec<Live>,
    /// The param that blends dry and wet, which the unit does not see.
    mix: Option<usize>,
}

fn width(channels: Channels) -> usize {
    match channels {
        Channels::Node => 1,
        Channels::Fixed(n) => usize::from(n),
    }
}

/// Makes a node of a unit whose inputs are the channels of the node's input, then the live params in order.
/// A param named `mix` is left to the adapter.
pub(super) fn make(
    setup: &Setup<'_>,
    build: impl Fn(&Setup<'_>) -> Box<dyn AudioUnit>,
) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, lane| Ok(Bridge::new(setup, lane, &build)))
}

impl Bridge {
    fn new(setup: &Setup<'_>, lane: usize, build: &impl Fn(&Setup<'_>) -> Box<dyn AudioUnit>) -> Bridge {
        let spec = setup.spec;
        let follows = spec.outputs.iter().any(|p| p.channels == Channels::Node);
        let count = if follows { setup.channels } else { 1 };
        let silent = (SILENT_SECS * setup.sample_rate) as usize;
        let unit = |channel: usize| {
            let mut inner = build(setup);
            inner.set_sample_rate(f64::from(setup.sample_rate));
            // What is random in a unit hangs on this; the same set gives the same sound.
            inner.ping(false, AttoHash::new(setup.seed ^ ((lane as u64) << 8 | channel as u64)));
            inner.allocate();
            inner.reset();
            Unit { inner, rest: Rest::new(silent) }
        };
        let mut live = Vec::new();
        for (index, param) in spec.params.iter().enumerate().filter(|(_, p)| p.name != "mix") {
            if let ParamKind::Number { min, max, unit, .. } = param.kind {
                // Filters are not made for what lies at the very end of the band.
                let top = if unit == Measure::Hz { max.min(0.45 * setup.sample_rate) } else { max };
                live.push(Live { index, min, max: top });
            }
        }
        let mut bridge = Bridge {
            units: (0..count).map(unit).collect(),
            ins: spec.inputs.first().map_or(0, |p| width(p.channels)),
            outs: spec.outputs.first().map_or(0, |p| width(p.channels)),
            live,
            mix: spec.param("mix"),
        };
        if bridge.ins == 0 {
            bridge.units.iter_mut().for_each(|u| {
                u.rest.count(true);
            });
        }
        bridge
    }
}

impl Processor for Bridge {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let live: [Smooth<'_, f32>; MOST_PARAMS] = core::array::from_fn(|k| match self.live.get(k) {
            Some(param) => io.smooth::<f32>(param.index),
            None => Smooth::Constant(0.0),
        });
        let mix = self.mix.map_or(Smooth::Constant(1.0), |param| io.smooth::<f32>(param));
        let (ins, outs, frames) = (self.ins, self.outs, io.frames());
        let mut idle = true;
        for (n, unit) in self.units.iter_mut().enumerate() {
            for i in 0..frames {
                let mut input = [0.0; MOST_CHANNELS + MOST_PARAMS];
                let mut output = [0.0; MOST_CHANNELS];
                for (c, x) in input[..ins].iter_mut().enumerate() {
                    *x = settle(io.input::<f32>(0, n * ins + c)[i]);
                }
                let silent = input[..ins].iter().all(|x| *x == 0.0);
                if !(ins > 0 && silent && unit.rest.asleep()) {
                    idle = false;
                    for ((x, param), value) in input[ins..].iter_mut().zip(&self.live).zip(&live) {
                        *x = Lane::clamp(value.at(i), param.min, param.max);
                    }
                    unit.tick(&input[..ins + self.live.len()], &mut output[..outs], silent && ins > 0);
                }
                for (c, y) in output[..outs].iter().enumerate() {
                    let dry = if ins > 0 { input[c.min(ins - 1)] } else { 0.0 };
                    let heard = if self.mix.is_some() { blend_one(dry, *y, mix.at(i)) } else { *y };
                    io.output::<f32>(0, n * outs + c)[i] = heard;
                }
            }
        }
        if idle { Status::Idle } else { Status::Active }
    }

    fn reset(&mut self, _lanes: LaneMask) {
        for unit in &mut self.units {
            unit.inner.reset();
            if self.ins > 0 {
                unit.rest.sleep();
            }
        }
    }
}

impl Unit {
    /// One frame. A unit that loses its numbers begins anew, as does one that has long been silent.
    #[inline(always)]
    fn tick(&mut self, input: &[f32], output: &mut [f32], silent: bool) {
        self.inner.tick(input, output);
        if output.iter().any(|y| !y.is_finite()) {
            self.inner.reset();
            output.fill(0.0);
        }
        output.iter_mut().for_each(|y| *y = settle(*y));
        let loud = !silent || output.iter().any(|y| *y != 0.0);
        if self.rest.count(loud) {
            self.inner.reset();
        }
    }
}
