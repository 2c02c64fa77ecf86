//! The state-variable filter.

use crate::filter::{hush, same, take_over};
use bf_dsp::Lane;
use bf_dsp::rest::{Watch, spans};
use bf_dsp::svf::{Svf, SvfCoefs, damping, warp};
use bf_node::{Adopt, Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// A clean filter with every response at once: low, band, high, notch, peak and all-pass.
    ///
    /// Slopes are 12 dB an octave. `resonance` lifts what lies at the cutoff: from none over flat (0.09) to a ringing
    /// Q of 25. It stays in tune and stays calm however fast the cutoff is moved, so it is the filter to sweep.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "saw", freq = 110.0 }
    /// wobble = { type = "lfo", rate = 0.5 }
    /// filter = { type = "svf", cutoff = 900.0, resonance = 0.4 }
    /// level = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "filter" = "osc"
    /// "filter.cutoff" = { from = "wobble", amount = 2.0 }
    /// "level" = "filter.low"
    /// "out" = "level"
    /// ```
    ///
    /// *Source*: A. Simper, "Linear Trapezoidal Integrated State Variable Filter" (Cytomic, 2013).
    svf: Filter,
    inputs { input: PortSpec::signal("input", "What is filtered.") },
    outputs {
        low: PortSpec::signal("low", "What lies below the cutoff."),
        band: PortSpec::signal("band", "What lies around the cutoff; its gain there is Q."),
        high: PortSpec::signal("high", "What lies above the cutoff."),
        notch: PortSpec::signal("notch", "Everything but what lies around the cutoff."),
        peak: PortSpec::signal("peak", "Low less high: everything, and a peak at the cutoff."),
        allpass: PortSpec::signal("allpass", "Everything, turned in phase around the cutoff."),
    },
    params {
        cutoff: ParamSpec::hz("cutoff", 1000.0, 20.0, 20_000.0, "Where the filter bends."),
        resonance: ParamSpec::unit_range("resonance", 0.1, "How much it rings at the cutoff: Q from 0.5 to 25."),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Filter))
}

struct Filter<L> {
    sample_rate: f32,
    watch: Watch<L, 2>,
    coefs: SvfCoefs<L>,
    channels: Vec<Svf<L>>,
}

impl<L: Lane> Filter<L> {
    fn new(setup: &Setup<'_>) -> Self {
        Filter {
            sample_rate: setup.sample_rate,
            watch: Watch::default(),
            coefs: SvfCoefs::default(),
            channels: vec![Svf::default(); setup.channels],
        }
    }

    fn tune(&mut self, io: &Io<'_>) {
        let now = [io.steady::<L>(par::cutoff), io.steady::<L>(par::resonance)];
        if self.watch.changed(now) {
            self.coefs = SvfCoefs::new(warp(now[0], self.sample_rate), damping(now[1]));
        }
    }
}

/// One response of the filter, from its input, its band and its low.
#[inline(always)]
fn respond<L: Lane>(output: usize, damping: L, x: L, band: L, low: L) -> L {
    match output {
        out::low => low,
        out::band => band,
        out::high => (-damping).mul_add(band, x - low),
        out::notch => (-damping).mul_add(band, x),
        out::peak => damping.mul_add(band, low + low - x),
        _ => (-(damping + damping)).mul_add(band, x),
    }
}

/// The whole piece with exactly one output, which is known when this is compiled.
#[inline(always)]
fn run_one<L: Lane, const OUTPUT: usize>(c: &SvfCoefs<L>, state: &mut Svf<L>, start: u64, x: &[L], y: &mut [L]) {
    let c = *c;
    let mut s = *state;
    for (span, due) in spans(start, x.len().min(y.len())) {
        if due {
            s.settle();
        }
        for (x, y) in x[span.clone()].iter().zip(&mut y[span]) {
            let (band, low) = s.step(&c, *x);
            *y = respond(OUTPUT, c.damping, *x, band, low);
        }
    }
    *state = s;
}

/// The whole piece with the outputs that are there.
fn run_some<L: Lane>(c: &SvfCoefs<L>, state: &mut Svf<L>, start: u64, x: &[L], ys: &mut [Option<&mut [L]>]) {
    let c = *c;
    let mut s = *state;
    for (span, due) in spans(start, x.len()) {
        if due {
            s.settle();
        }
        for i in span {
            let (band, low) = s.step(&c, x[i]);
            for (output, y) in ys.iter_mut().enumerate() {
                if let Some(y) = y {
                    y[i] = respond(output, c.damping, x[i], band, low);
                }
            }
        }
    }
    *state = s;
}

impl<L: Lane> Processor for Filter<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        self.tune(io);
        let start = io.start();
        let patched: [bool; out::COUNT] = core::array::from_fn(|output| io.output_patched(output));
        let only = (patched.iter().filter(|p| **p).count() == 1).then(|| patched.iter().position(|p| *p)).flatten();
        let mut status = Status::Idle;
        for (channel, state) in self.channels.iter_mut().enumerate() {
            if io.input_silent(inp::input, channel) && state.is_zero() {
                hush::<L>(io, out::COUNT, channel);
                continue;
            }
            status = Status::Active;
            let x = io.input::<L>(inp::input, channel);
            let c = &self.coefs;
            match only {
                Some(out::low) => run_one::<L, { out::low }>(c, state, start, x, io.output(out::low, channel)),
                Some(out::band) => run_one::<L, { out::band }>(c, state, start, x, io.output(out::band, channel)),
                Some(out::high) => run_one::<L, { out::high }>(c, state, start, x, io.output(out::high, channel)),
                _ => {
                    let ports = [out::low, out::band, out::high, out::notch, out::peak, out::allpass];
                    let mut ys = io.outputs::<L, { out::COUNT }>(ports, channel).map(Some);
                    for (y, patched) in ys.iter_mut().zip(patched) {
                        if !patched {
                            *y = None;
                        }
                    }
                    run_some(c, state, start, x, &mut ys);
                }
            }
        }
        status
    }

    fn reset(&mut self, lanes: LaneMask) {
        for state in &mut self.channels {
            state.clear(lanes);
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        same::<Self>(old).map_or(Adopt::None, |old| take_over(&mut self.channels, &old.channels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::testing::*;

    fn q_of(resonance: f32) -> f64 {
        1.0 / f64::from(damping(resonance))
    }

    fn analogue(output: usize, w: f64, q: f64) -> f64 {
        // H(s) = N(s) / (s² + s/Q + 1) at s = jw, numerator as (real, imaginary).
        let (re, im) = match output {
            out::low => (1.0, 0.0),
            out::band => (0.0, w),
            out::high => (-w * w, 0.0),
            out::notch => (1.0 - w * w, 0.0),
            out::peak => (1.0 + w * w, 0.0),
            _ => (1.0 - w * w, -w / q),
        };
        let den = (1.0 - w * w).powi(2) + (w / q).powi(2);
        10.0 * ((re * re + im * im) / den).log10()
    }

    #[test]
    fn every_output_follows_its_analogue_prototype() {
        for (cutoff, resonance) in [(40.0, 0.5), (300.0, 0.1), (1000.0, 0.0), (3000.0, 0.9), (15_000.0, 0.6)] {
            let values = [("cutoff", cutoff.into()), ("resonance", f64::from(resonance).into())];
            for (output, port) in SPEC.outputs.iter().enumerate() {
                let response = impulse(&SPEC, &values, port.name, 24_000);
                for hz in sweep(30) {
                    let want = analogue(output, warped(hz, cutoff), q_of(resonance));
                    let got = gain_db(&response, hz);
                    assert!((got - want).abs() < 0.1 || want < -80.0, "{} at {hz:.0} Hz: {got} {want}", port.name);
                }
            }
        }
    }

    #[test]
    fn a_single_output_has_the_bits_of_all() {
        let c = SvfCoefs::new(warp(900.0f32, 48_000.0), damping(0.6));
        let x: Vec<f32> = (0..500).map(|i| noise(i, 0)).collect();
        let mut all = vec![vec![0.0f32; 500]; out::COUNT];
        run_some(&c, &mut Svf::default(), 5, &x, &mut all.iter_mut().map(|y| Some(&mut y[..])).collect::<Vec<_>>());
        fn one<const OUTPUT: usize>(c: &SvfCoefs<f32>, x: &[f32]) -> Vec<f32> {
            let mut y = vec![0.0; x.len()];
            run_one::<f32, OUTPUT>(c, &mut Svf::default(), 5, x, &mut y);
            y
        }
        assert_eq!(all[out::low], one::<{ out::low }>(&c, &x));
        assert_eq!(all[out::band], one::<{ out::band }>(&c, &x));
        assert_eq!(all[out::high], one::<{ out::high }>(&c, &x));
    }

    #[test]
    fn fast_modulation_stays_bounded() {
        for jumps in [false, true] {
            let mut rig = rig(&SPEC, &[("resonance", 1.0.into())]);
            rig.feed("input", 0, noise);
            rig.drive("cutoff", move |frame, lane| {
                let unit = if jumps { noise(frame / 16, lane + 9) } else { (frame as f32 * 0.01).sin() };
                632.0 * bf_dsp::math::exp2(5.0 * unit)
            });
            let worst = rig.run(48_000).iter().map(|y| peak(y)).fold(0.0, f32::max);
            assert!(worst < 100.0, "jumps {jumps}: {worst}");
        }
    }

    #[test]
    fn it_comes_to_rest_after_a_tail() {
        let mut rig = rig(&SPEC, &[("cutoff", 200.0.into()), ("resonance", 0.7.into())]);
        rig.feed("input", 0, |frame, _| if frame == 0 { 1.0 } else { 0.0 });
        rig.run(48_000);
        assert_eq!(rig.status, Status::Idle);
    }

    #[test]
    fn cuts_and_lanes_keep_every_bit() {
        keeps_every_bit(&SPEC, &[], |rig| {
            rig.feed("input", 0, noise);
            rig.feed("input", 1, |f, l| noise(f + 1000, l));
        });
        keeps_every_bit(&SPEC, &[("resonance", 0.9.into())], |rig| {
            rig.feed("input", 0, noise);
            rig.drive("cutoff", |f, l| 1000.0 + 900.0 * noise(f, l + 3));
        });
    }
}
