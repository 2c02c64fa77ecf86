//! Sample and hold.

use crate::filter::same;
use bf_dsp::{Lane, LaneBits, rest};
use bf_node::{Adopt, Event, EventBody, Io, LaneMask, MakeError, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// Catches the input at each trigger and holds it until the next.
    ///
    /// It catches when `trig` rises above one half, and at each note or trigger that reaches `notes`. With nothing
    /// patched to `input` it draws a new random value from −1 to 1 each time, the classic random steps.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// clock = { type = "square", freq = 6.0 }
    /// steps = { type = "hold" }
    /// osc = { type = "triangle", freq = 300.0 }
    /// level = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "steps.trig" = "clock"
    /// "osc.freq" = { from = "steps", amount = 1.0 }
    /// "level" = "osc"
    /// "out" = "level"
    /// ```
    hold: Modulation,
    inputs {
        input: PortSpec::signal("input", "What is caught; random values where nothing is patched."),
        trig: PortSpec::signal("trig", "Catches when it rises above one half."),
        notes: PortSpec::events("notes", "Each note or trigger catches, too."),
    },
    outputs { out: PortSpec::signal("out", "The value caught last; 0 at first.") },
    params {},
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Hold))
}

#[derive(Clone, Copy)]
struct State<L: Lane> {
    value: L,
    /// 1 where `trig` was high in the last frame.
    high: L,
    /// Where the random values have got to.
    random: L::Bits,
}

struct Hold<L: Lane> {
    /// Where the random values begin, by channel.
    seeds: Vec<L::Bits>,
    channels: Vec<State<L>>,
    /// Lanes that catch at the next frame, whatever `trig` does.
    due: LaneMask,
}

impl<L: Lane> Hold<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let seeds: Vec<L::Bits> = (0..setup.channels).map(|channel| super::seeds::<L>(setup.seed, channel)).collect();
        let state = |seed: &L::Bits| State { value: L::splat(0.0), high: L::splat(0.0), random: *seed };
        Hold { channels: seeds.iter().map(state).collect(), seeds, due: 0 }
    }
}

impl<L: Lane> Processor for Hold<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let (zero, half, one) = (L::splat(0.0), L::splat(0.5), L::splat(1.0));
        let drawn = !io.patched(inp::input);
        let due = core::mem::take(&mut self.due);
        let mut status = Status::Idle;
        for (channel, state) in self.channels.iter_mut().enumerate() {
            let silent = io.input_silent(inp::trig, channel);
            let x = io.input::<L>(inp::input, channel);
            let trig = io.input::<L>(inp::trig, channel);
            let y = io.output::<L>(out::out, channel);
            if due == 0 && silent {
                y.fill(state.value);
                state.high = zero;
                if !rest::is_zero(state.value) {
                    status = Status::Active;
                }
                continue;
            }
            status = Status::Active;
            let mut forced = L::mask_from_bits(due);
            for i in 0..y.len() {
                let high = trig[i].gt(half);
                let edge = (high & state.high.lt(half)) | forced;
                forced = L::mask_from_bits(0);
                state.high = L::select(high, one, zero);
                if L::any(edge) {
                    let next = state.random.wrapping_add(L::Bits::splat(1));
                    state.random = L::Bits::select(edge, next, state.random);
                    let x = if drawn { super::random::<L>(state.random) } else { x[i].finite_or_zero() };
                    state.value = L::select(edge, x, state.value);
                }
                y[i] = state.value;
            }
        }
        status
    }

    fn event(&mut self, _io: &mut Io<'_>, _input: usize, event: &Event) {
        if matches!(event.body, EventBody::NoteOn(_) | EventBody::Trigger { .. }) {
            self.due = rest::all_lanes::<L>();
        }
    }

    fn reset(&mut self, lanes: LaneMask) {
        self.due &= !lanes;
        let mask = L::mask_from_bits(lanes);
        for (state, seed) in self.channels.iter_mut().zip(&self.seeds) {
            state.value = rest::clear(state.value, lanes);
            state.high = rest::clear(state.high, lanes);
            state.random = L::Bits::select(mask, *seed, state.random);
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = same::<Self>(old) else { return Adopt::None };
        self.due = old.due;
        crate::filter::take_over(&mut self.channels, &old.channels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::testing::*;
    use bf_node::rig::{Bench, Rig};

    #[test]
    fn it_catches_on_rising_edges_and_on_events() {
        let mut rig = rig(&SPEC, &[]);
        rig.feed("input", 0, |f, _| f as f32 / 1000.0);
        rig.feed("trig", 0, |f, _| f32::from((100..150).contains(&f) || (300..310).contains(&f)));
        rig.event(500, "notes", EventBody::Trigger { value: 1.0 });
        let y = rig.run_output("out", 0, 0, 1000);
        assert_eq!((y[99], y[100], y[299], y[300], y[499], y[500], y[999]), (0.0, 0.1, 0.1, 0.3, 0.3, 0.5, 0.5));
    }

    fn unpatched() -> Bench<'static> {
        Bench { patched: Some(vec!["trig"]), block: 256, ..Bench::default() }
    }

    #[test]
    fn unpatched_it_draws_evenly_and_the_same_each_time() {
        let run = || {
            let mut rig = Rig::new(&SPEC, &unpatched()).expect("a rig");
            rig.feed("trig", 0, |f, _| f32::from(f % 2 == 0));
            rig.run_output("out", 0, 0, 8000)
        };
        let y = run();
        assert_eq!(y, run());
        let mean = y.iter().sum::<f32>() / 8000.0;
        let power = y.iter().map(|x| x * x).sum::<f32>() / 8000.0;
        assert!(mean.abs() < 0.03 && (power - 1.0 / 3.0).abs() < 0.02, "{mean} {power}");
        assert!((0..3999).all(|i| y[2 * i] == y[2 * i + 1] && y[2 * i + 1] != y[2 * i + 2]));
    }

    #[test]
    fn a_reset_draws_from_the_beginning() {
        let mut rig = Rig::new(&SPEC, &unpatched()).expect("a rig");
        rig.feed("trig", 0, |f, _| f32::from(f % 64 < 10));
        let first = rig.run(256);
        rig.reset(1);
        assert_eq!(first, rig.run(256));
    }

    #[test]
    fn cuts_and_lanes_keep_every_bit() {
        keeps_every_bit(&SPEC, &[], |rig| {
            rig.feed("input", 0, noise);
            rig.feed("trig", 0, |f, l| f32::from((f + 7 * l as u64) % 100 < 33));
            rig.event(77, "notes", EventBody::Trigger { value: 1.0 });
        });
    }
}
