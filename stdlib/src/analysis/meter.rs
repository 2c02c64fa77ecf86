//! Peak, average and loudness of what passes.

use bf_dsp::Lane;
use bf_dsp::grid::cuts;
use bf_dsp::level_meter::{Fall, LevelMeter, WINDOW};
use bf_dsp::loudness::Loudness;
use bf_dsp::math::gain_to_db;
use bf_dsp::true_peak::TruePeak;
use bf_node::{Adopt, Io, LaneMask, MakeError, ParamSpec, PerLane, PortSpec, Probe, Processor, Setup, Status, node};
use std::sync::Arc;

node! {
    /// Measures what passes: peak, average, and loudness as broadcasters and streaming services do.
    ///
    /// The sound passes unchanged. Shown are, for each side, the peak (it falls by 20 dB in 1.7 s) and the average
    /// level over 300 ms (rms), both as factors; then after EBU R 128, in LUFS, the momentary loudness (400 ms),
    /// the short-term loudness (3 s) and the integrated loudness since the last reset; the loudness range in LU;
    /// and the highest true peak since the reset in dBTP. Silence reads −200. Aim at −14 LUFS for streaming and at
    /// −23 LUFS for European broadcast, with a true peak of at most −1 dBTP.
    ///
    /// Switching `reset` on starts the integrated loudness, the range and the true peak anew.
    ///
    /// *Source*: ITU-R BS.1770-4, EBU R 128, EBU Tech 3341 and 3342.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// tone = { type = "sine", freq = 1000.0 }
    /// low = { type = "gain", gain = 0.07 }
    /// level = { type = "meter" }
    /// out = { type = "output" }
    /// [cables]
    /// "low" = "tone"
    /// "level" = "low"
    /// "out" = "level"
    /// ```
    meter: Analysis,
    inputs { input: PortSpec::stereo("input", "What is measured. One channel counts as both sides.") },
    outputs { out: PortSpec::stereo("out", "The same, unchanged.") },
    params { reset: ParamSpec::switch("reset", false, "Starts the measurement anew when it is switched on.").at_once() },
    with {
        channels: bf_node::NodeChannels::Fixed(2),
        probe_values: &[
            "peak_l", "peak_r", "rms_l", "rms_r", "momentary", "shortterm", "integrated", "range", "truepeak",
        ],
        make: make,
    }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, lane| Ok(Meter::new(setup, lane)))
}

/// Frames are gathered up to absolute frames divisible by this and measured together: it costs the same however
/// blocks are cut. A window of the level meters holds a whole number of them.
const CHUNK: usize = 64;

struct Meter {
    fall: Fall,
    probe: Option<Arc<Probe>>,
    chunk: [[f32; CHUNK]; 2],
    /// Where in the chunk the measurement began, once it has begun; frames before do not count.
    since: Option<usize>,
    levels: [LevelMeter; 2],
    reset_was_on: bool,
    measured: Box<Measured>,
}

/// What a reset begins anew.
struct Measured {
    loudness: Loudness,
    true_peaks: [TruePeak; 2],
    highest: f32,
}

impl Measured {
    fn reset(&mut self) {
        self.loudness.reset();
        self.true_peaks.iter_mut().for_each(TruePeak::reset);
        self.highest = 0.0;
    }
}

impl Meter {
    fn new(setup: &Setup<'_>, lane: usize) -> Meter {
        let rate = setup.sample_rate;
        Meter {
            fall: Fall::new(rate),
            probe: (lane == 0).then(|| Arc::clone(&setup.probe)),
            chunk: [[0.0; CHUNK]; 2],
            since: None,
            levels: Default::default(),
            reset_was_on: false,
            measured: Box::new(Measured {
                loudness: Loudness::new(rate, &[1.0, 1.0]),
                true_peaks: core::array::from_fn(|_| TruePeak::new(rate)),
                highest: 0.0,
            }),
        }
    }

    /// Measures the chunk that ends before the absolute frame `end`.
    fn measure(&mut self, end: u64) {
        let since = self.since.replace(0).unwrap_or(0);
        let heard = [&self.chunk[0][since..], &self.chunk[1][since..]];
        let measured = &mut *self.measured;
        measured.loudness.process(end - heard[0].len() as u64, &heard);
        for (side, x) in heard.into_iter().enumerate() {
            self.levels[side].add(x);
            measured.highest = measured.highest.max(measured.true_peaks[side].process(x));
        }
        if end.is_multiple_of(WINDOW as u64) {
            self.levels.iter_mut().for_each(|level| level.turn(&self.fall));
            self.show();
        }
    }

    fn show(&self) {
        let Some(probe) = &self.probe else { return };
        let (r, [left, right]) = (self.measured.loudness.readings(), &self.levels);
        let values = [
            left.peak(),
            right.peak(),
            left.rms(),
            right.rms(),
            r.momentary,
            r.short_term,
            r.integrated,
            r.range,
            gain_to_db(self.measured.highest),
        ];
        values.into_iter().enumerate().for_each(|(i, value)| probe.set(i, value));
    }
}

impl Processor for Meter {
    /// Never idle: the readings fall in silence too, and a reset must be seen.
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let reset = io.switch(par::reset);
        if reset && !self.reset_was_on {
            self.measured.reset();
            self.since = None;
        }
        self.reset_was_on = reset;
        self.since.get_or_insert((io.start() % CHUNK as u64) as usize);
        for cut in cuts(io.start(), io.frames(), CHUNK) {
            let to = ((io.start() + cut.from as u64) % CHUNK as u64) as usize;
            for channel in 0..2 {
                let x = &io.input::<f32>(inp::input, channel)[cut.from..cut.to];
                io.output::<f32>(out::out, channel)[cut.from..cut.to].copy_from_slice(x);
                for (kept, x) in self.chunk[channel][to..].iter_mut().zip(x) {
                    *kept = Lane::clamp(x.finite_or_zero(), -1e6, 1e6);
                }
            }
            if let Some(end) = cut.on_grid {
                self.measure(end);
            }
        }
        Status::Active
    }

    fn reset(&mut self, lanes: LaneMask) {
        if lanes & 1 != 0 {
            self.measured.reset();
            self.chunk = [[0.0; CHUNK]; 2];
            (self.levels, self.since, self.reset_was_on) = Default::default();
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        match (old as &mut dyn core::any::Any).downcast_mut::<Meter>() {
            Some(old) => {
                core::mem::swap(&mut self.measured, &mut old.measured);
                (self.chunk, self.since) = (old.chunk, old.since);
                (self.levels, self.reset_was_on) = (old.levels, old.reset_was_on);
                Adopt::Moved
            }
            None => Adopt::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::loudness::measure;
    use crate::mix::testing::{bursts, keeps_the_laws, noise, rig, sine, survives_what_is_no_number};
    use bf_node::rig::Rig;

    fn reading(rig: &Rig, name: &str) -> f64 {
        f64::from(rig.probe.get(SPEC.probe_values.iter().position(|v| *v == name).expect("declared")))
    }

    #[test]
    fn a_sine_reads_as_it_should() {
        let mut rig = rig(&SPEC, 2, &[]);
        let amplitude = 10f64.powf(-23.0 / 20.0);
        for channel in 0..2 {
            rig.feed("input", channel, sine(1000.0, amplitude));
        }
        rig.run(192_000);
        for (name, want) in [
            ("peak_l", amplitude),
            ("rms_r", amplitude / 2f64.sqrt()),
            ("momentary", -23.0),
            ("shortterm", -23.0),
            ("integrated", -23.0),
            ("range", 0.0),
            ("truepeak", -23.0),
        ] {
            assert!((reading(&rig, name) - want).abs() < 0.05, "{name}: {}", reading(&rig, name));
        }
    }

    #[test]
    fn it_agrees_with_the_measurement_of_a_file() {
        let mut rig = rig(&SPEC, 2, &[]);
        let level = |f: u64| 0.05 + 0.4 * ((f / 24_000) % 5) as f32 / 4.0;
        for channel in 0..2 {
            let mut noise = noise(channel as u64);
            rig.feed("input", channel as usize, move |f, l| level(f) * noise(f, l));
        }
        let y = rig.run(12 * 48_000);
        let file: Vec<f32> = y[0].iter().zip(&y[1]).flat_map(|(l, r)| [*l, *r]).collect();
        let report = measure(&file, 2, 48_000).expect("measures");
        for (name, want, within) in [
            ("integrated", report.integrated, 0.05),
            ("range", report.range, 0.3),
            ("truepeak", report.true_peak_db, 1e-4),
        ] {
            assert!((reading(&rig, name) - want).abs() < within, "{name}: {} {want}", reading(&rig, name));
        }
    }

    #[test]
    fn a_reset_starts_anew() {
        let mut rig = rig(&SPEC, 2, &[]);
        for channel in 0..2 {
            rig.feed("input", channel, |f, _| {
                let level = if f < 48_000 { 0.5 } else { 0.05 };
                level * (f as f32 * 0.2).sin()
            });
        }
        rig.run(48_123);
        let before = reading(&rig, "integrated");
        rig.set("reset", 1.0);
        rig.run(48_000);
        let after = reading(&rig, "integrated");
        assert!((before - after - 20.0).abs() < 0.2, "{before} {after}");
        assert!(reading(&rig, "truepeak") < -25.0, "{}", reading(&rig, "truepeak"));
    }

    #[test]
    fn silence_reads_minus_200_and_the_laws_are_kept() {
        let mut silent = rig(&SPEC, 2, &[]);
        silent.run(4800);
        assert_eq!(reading(&silent, "integrated"), -200.0);
        assert!((reading(&silent, "truepeak") + 200.0).abs() < 1e-3);
        keeps_the_laws(&SPEC, 2, &[], |_| ());
        keeps_the_laws(&SPEC, 2, &[], |rig| rig.drive("reset", bursts(3)));
        survives_what_is_no_number(&SPEC, 2);
    }
}
