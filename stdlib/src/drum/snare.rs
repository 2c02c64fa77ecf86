//! The snare drum.

use super::hit::{self, Sound};
use super::parts::{Body, Decay, Drive, Filter, Hiss, keep};
use super::strike::{GATE, NOTES, Strike, VELOCITY};
use bf_dsp::math;
use bf_node::{Io, NodeChannels, ParamSpec, PortSpec, node};

node! {
    /// A snare drum: two modes of the shell, and wires that rattle under it.
    ///
    /// `tone` goes from the low mode to the ringing high one, `snap` from the bare drum to wires alone, `rattle` says
    /// how long the wires sound and `bright` how much air they have. As it stands it cracks like a TR-909; for the
    /// TR-808's drier one take `tune = 175, decay = 0.15, tone = 0.6, snap = 0.45, rattle = 0.14, drive = 0.05`.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 124.0
    /// [nodes]
    /// beat = { type = "steps", steps = "----X--o----X---" }
    /// snare = { type = "snare", snap = 0.6 }
    /// out = { type = "output" }
    /// [cables]
    /// "snare" = "beat"
    /// "out" = "snare"
    /// ```
    snare: Drum,
    inputs { notes: NOTES, gate: GATE, velocity: VELOCITY },
    outputs { out: PortSpec::mono("out", "The drum, peaks just below 1.") },
    params {
        tune: ParamSpec::hz("tune", 185.0, 80.0, 500.0, "The pitch of the low mode."),
        decay: ParamSpec::secs("decay", 0.24, 0.03, 2.0, "How long the shell rings: seconds to -60 dB."),
        tone: ParamSpec::unit_range("tone", 0.4, "From the low mode of the shell to the high one."),
        snap: ParamSpec::unit_range("snap", 0.55, "From shell to wires."),
        rattle: ParamSpec::secs("rattle", 0.32, 0.02, 2.0, "How long the wires sound: seconds to -60 dB."),
        bright: ParamSpec::unit_range("bright", 0.6, "How bright the wires are."),
        drive: ParamSpec::unit_range("drive", 0.25, "Saturation: 0 clean, 1 thick."),
    },
    with { make: hit::make::<Snare>, channels: NodeChannels::Fixed(1) }
}

/// The high mode over the low one, between the 1.6 of an ideal skin and the circuits' 1.9.
const HIGH: f32 = 1.78;
/// How far the modes start above their pitch: a little over half an octave, gone in 25 ms.
const OCTAVES: f32 = 0.6;

#[derive(Clone)]
struct Snare {
    sample_rate: f32,
    known: [f32; 5],
    modes: [Body; 2],
    noise: Hiss,
    /// The stick's crack and the wires' rattle.
    crack: Decay,
    wires: Decay,
    below: Filter,
    above: Filter,
    drive: Drive,
}

impl Sound for Snare {
    const PORTS: [usize; 3] = [inp::gate, inp::velocity, out::out];

    fn new(sample_rate: f32, seed: u64) -> Self {
        Snare {
            sample_rate,
            known: [f32::NAN; 5],
            modes: [Body::default(); 2],
            noise: Hiss::new(seed, sample_rate),
            crack: Decay { level: 0.0, keep: keep(0.03, sample_rate) },
            wires: Decay::default(),
            below: Filter::default(),
            above: Filter::default(),
            drive: Drive::default(),
        }
    }

    fn tune(&mut self, io: &Io<'_>) {
        let wanted = [par::tune, par::decay, par::rattle, par::bright, par::drive].map(|p| io.number(p));
        if wanted != self.known {
            self.known = wanted;
            let [hz, decay, rattle, bright, drive] = wanted;
            self.modes[0].tune(hz, 0.025, decay, self.sample_rate);
            self.modes[1].tune(hz * HIGH, 0.025, decay * 0.7, self.sample_rate);
            self.wires.keep = keep(rattle, self.sample_rate);
            // Wires sound above the shell, most where the drum's air resonates.
            self.below.tune(1_000.0 * math::exp2(1.3 * bright), 0.8, self.sample_rate);
            self.above.tune(4_500.0 * math::exp2(1.8 * bright), 0.7, self.sample_rate);
            self.drive = Drive::new(drive);
        }
    }

    fn strike(&mut self, io: &Io<'_>, _input: usize, strike: Strike) {
        let (gain, tone, snap) = (strike.gain(), io.number(par::tone), io.number(par::snap));
        let shell = 0.82 * gain * (1.0 - 0.8 * snap * snap);
        self.modes[0].strike(OCTAVES, shell * (1.0 - 0.65 * tone));
        self.modes[1].strike(OCTAVES, shell * (0.15 + 0.6 * tone));
        self.wires.level = 1.2 * gain * snap;
        self.crack.level = 0.5 * gain * (0.3 + 0.7 * snap) * strike.velocity;
    }

    #[inline]
    fn frame(&mut self) -> f32 {
        let noise = self.noise.frame() * (self.wires.frame() + self.crack.frame());
        let wires = self.above.frame(self.below.frame(noise).high).low;
        self.drive.frame(self.modes[0].frame() + self.modes[1].frame() + wires)
    }

    fn is_over(&self) -> bool {
        self.modes.iter().all(|m| m.loud.is_over()) && self.wires.is_over() && self.crack.is_over()
    }

    fn rest(&mut self) {
        self.below.rest();
        self.above.rest();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drum::check;

    #[test]
    fn snap_goes_from_shell_to_wires() {
        let centre = |snap| check::centre_hz(&check::strike(&SPEC, &[("snap", snap)], 1.0, 8_192));
        assert!(centre(0.0) < 400.0 && centre(1.0) > 1_500.0, "{} {}", centre(0.0), centre(1.0));
    }

    #[test]
    fn the_shell_is_in_tune_and_rings_as_declared() {
        let values = [("tune", 200.0), ("snap", 0.0), ("tone", 0.0), ("decay", 0.8), ("drive", 0.0)];
        let y = check::strike(&SPEC, &values, 1.0, 24_000);
        let hz = check::crossings_hz(&y[9_600..19_200]);
        assert!((hz - 200.0).abs() < 3.0, "{hz}");
        assert!((check::decay_secs(&y, 4_800) / 0.8 - 1.0).abs() < 0.1, "{}", check::decay_secs(&y, 4_800));
    }

    #[test]
    fn wires_last_as_declared() {
        let y = check::strike(&SPEC, &[("snap", 1.0), ("decay", 0.03), ("rattle", 0.6)], 0.6, 24_000);
        assert!((check::decay_secs(&y, 2_400) / 0.6 - 1.0).abs() < 0.15, "{}", check::decay_secs(&y, 2_400));
    }

    #[test]
    fn laws() {
        check::drum(&SPEC);
    }
}
