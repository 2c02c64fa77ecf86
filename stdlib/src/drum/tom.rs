//! The tom.

use super::hit::{self, Sound};
use super::parts::{Body, Decay, Drive, Filter, Hiss, keep};
use super::strike::{GATE, NOTES, Strike, VELOCITY};
use bf_dsp::math;
use bf_node::{Io, NodeChannels, ParamSpec, PortSpec, Unit, node};

node! {
    /// A tom, from a floor tom to a conga.
    ///
    /// A skin that falls a few semitones as it rings, its second mode, and a stick. Low, mid and high toms are the
    /// same drum at `tune` 80, 120 and 165 Hz; for a conga take `tune = 220, sweep = 2, decay = 0.25, skin = 0.2`. With
    /// `follow` on, notes set the pitch.
    ///
    /// *Source:* the second mode lies at 1.59 times the first, as on an ideal round skin (L. Kinsler and others,
    /// "Fundamentals of Acoustics").
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 124.0
    /// [nodes]
    /// fill = { type = "steps", steps = "x--x --x- x-x- xoxX" }
    /// tom = { type = "tom", tune = 95.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "tom" = "fill"
    /// "out" = "tom"
    /// ```
    tom: Drum,
    inputs { notes: NOTES, gate: GATE, velocity: VELOCITY },
    outputs { out: PortSpec::mono("out", "The drum, peaks just below 1.") },
    params {
        tune: ParamSpec::hz("tune", 110.0, 40.0, 500.0, "The pitch it settles on."),
        sweep: ParamSpec::number("sweep", 8.0, 0.0, 36.0, "How far above it starts.").unit(Unit::Semitones),
        bend: ParamSpec::secs("bend", 0.16, 0.005, 1.0, "How long the pitch takes to fall."),
        decay: ParamSpec::secs("decay", 0.7, 0.05, 5.0, "How long it rings: seconds to -60 dB."),
        skin: ParamSpec::unit_range("skin", 0.4, "How loud stick and second mode are."),
        tone: ParamSpec::unit_range("tone", 0.5, "How bright the stick is."),
        drive: ParamSpec::unit_range("drive", 0.15, "Saturation: 0 clean, 1 thick."),
        follow: ParamSpec::switch("follow", false, "Notes set the pitch."),
    },
    with { make: hit::make::<Tom>, channels: NodeChannels::Fixed(1) }
}

/// The second mode of a round skin.
const SECOND: f32 = 1.594;

#[derive(Clone)]
struct Tom {
    sample_rate: f32,
    known: [f32; 5],
    modes: [Body; 2],
    hz: Option<f32>,
    noise: Hiss,
    stick: Decay,
    rustle: Decay,
    filter: Filter,
    drive: Drive,
}

impl Sound for Tom {
    const PORTS: [usize; 3] = [inp::gate, inp::velocity, out::out];

    fn new(sample_rate: f32, seed: u64) -> Self {
        Tom {
            sample_rate,
            known: [f32::NAN; 5],
            modes: [Body::default(); 2],
            hz: None,
            noise: Hiss::new(seed, sample_rate),
            stick: Decay { level: 0.0, keep: keep(0.02, sample_rate) },
            rustle: Decay::default(),
            filter: Filter::default(),
            drive: Drive::default(),
        }
    }

    fn tune(&mut self, io: &Io<'_>) {
        let hz = self.hz.filter(|_| io.switch(par::follow)).unwrap_or(io.number(par::tune));
        let [bend, decay, tone, drive] = [par::bend, par::decay, par::tone, par::drive].map(|p| io.number(p));
        let wanted = [hz, bend, decay, tone, drive];
        if wanted != self.known {
            self.known = wanted;
            self.modes[0].tune(hz, bend, decay, self.sample_rate);
            self.modes[1].tune(hz * SECOND, bend, decay * 0.4, self.sample_rate);
            self.rustle.keep = keep(decay * 0.35, self.sample_rate);
            self.filter.tune(500.0 * math::exp2(3.2 * tone), 0.7, self.sample_rate);
            self.drive = Drive::new(drive);
        }
    }

    fn strike(&mut self, io: &Io<'_>, _input: usize, strike: Strike) {
        self.hz = strike.pitch.map(|p| math::pitch_to_hz(p).clamp(30.0, 2_000.0));
        self.tune(io);
        let (gain, skin) = (strike.gain(), io.number(par::skin));
        // A harder blow stretches the skin further.
        let octaves = io.number(par::sweep) / 12.0 * (0.6 + 0.4 * strike.velocity);
        self.modes[0].strike(octaves, 0.84 * gain);
        self.modes[1].strike(octaves, 0.46 * skin * gain);
        self.stick.level = 1.3 * skin * gain * strike.velocity;
        self.rustle.level = 0.12 * skin * gain;
    }

    #[inline]
    fn frame(&mut self) -> f32 {
        let noise = self.noise.frame() * (self.stick.frame() + self.rustle.frame());
        let stick = self.filter.frame(noise).band;
        self.drive.frame(self.modes[0].frame() + self.modes[1].frame() + stick)
    }

    fn is_over(&self) -> bool {
        self.modes.iter().all(|m| m.loud.is_over()) && self.stick.is_over() && self.rustle.is_over()
    }

    fn rest(&mut self) {
        self.filter.rest();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drum::check;

    #[test]
    fn falls_to_its_pitch_and_rings_as_declared() {
        for tune in [80.0, 165.0] {
            let values = [("tune", tune), ("decay", 1.2), ("drive", 0.0), ("skin", 0.0)];
            let y = check::strike(&SPEC, &values, 1.0, 48_000);
            let (early, late) = (check::crossings_hz(&y[..2_400]), check::crossings_hz(&y[28_800..]));
            assert!((late / tune - 1.0).abs() < 0.01 && early > 1.15 * tune, "{early} {late}");
            assert!((check::decay_secs(&y, 4_800) / 1.2 - 1.0).abs() < 0.08);
        }
    }

    #[test]
    fn skin_adds_the_stick() {
        let power = |skin| check::band_power(&check::strike(&SPEC, &[("skin", skin)], 1.0, 2_048), 1_000.0);
        assert!(power(1.0) > 4.0 * power(0.2), "{} {}", power(1.0), power(0.2));
    }

    #[test]
    fn laws() {
        check::drum(&SPEC);
    }
}
