//! The hi-hat.

use super::hit::{self, Sound};
use super::parts::{Decay, Drive, Filter, Hiss, Metal, keep};
use super::strike::{GATE, NOTES, Strike, VELOCITY};
use bf_dsp::math;
use bf_node::{Io, NodeChannels, ParamSpec, PortSpec, Unit, node};

node! {
    /// A hi-hat, closed and open, one pair of cymbals: a closed stroke ends an open one.
    ///
    /// Six squares of unrelated pitches and noise through steep high-passes. `notes` and the gate strike it closed,
    /// for `decay`; what enters `open` strikes it open, for `open_decay`. For one that is always open, raise `decay`.
    /// `metal` goes from the sizzle of noise to the ring of the TR-808.
    ///
    /// *Source:* the six frequencies are those of the Roland TR-808's service notes; the squares are band-limited.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 124.0
    /// [nodes]
    /// closed = { type = "steps", steps = "x-x-x-x-x-x-x-xx" }
    /// open = { type = "steps", steps = "--x---x---x---x-" }
    /// hat = { type = "hat" }
    /// level = { type = "gain", gain = 0.5 }
    /// out = { type = "output" }
    /// [cables]
    /// "hat.notes" = "closed"
    /// "hat.open" = "open"
    /// "level" = "hat"
    /// "out" = "level"
    /// ```
    hat: Drum,
    inputs {
        notes: NOTES,
        gate: GATE,
        velocity: VELOCITY,
        open: PortSpec::events("open", "Notes and triggers that strike it open."),
    },
    outputs { out: PortSpec::mono("out", "The hi-hat, peaks just below 1.") },
    params {
        tune: ParamSpec::number("tune", 0.0, -24.0, 24.0, "Shifts the metal.").unit(Unit::Semitones),
        decay: ParamSpec::secs("decay", 0.14, 0.02, 4.0, "How long a closed stroke sounds: seconds to -60 dB."),
        open_decay: ParamSpec::secs("open_decay", 0.9, 0.05, 6.0, "How long an open stroke sounds: seconds to -60 dB."),
        tone: ParamSpec::unit_range("tone", 0.5, "Where the high-pass begins: 0 full, 1 thin."),
        metal: ParamSpec::unit_range("metal", 0.7, "From noise to metal."),
        snap: ParamSpec::unit_range("snap", 0.4, "How hard the stick strikes."),
        drive: ParamSpec::unit_range("drive", 0.15, "Saturation: 0 clean, 1 thick."),
    },
    with { make: hit::make::<Hat>, channels: NodeChannels::Fixed(1) }
}

const SQUARES_HZ: [f32; 8] = [205.3, 304.4, 369.6, 522.7, 540.0, 800.0, 0.0, 0.0];
const WEIGHTS: [f32; 8] = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0];

#[derive(Clone)]
struct Hat {
    sample_rate: f32,
    known: [f32; 6],
    metal: Metal,
    noise: Hiss,
    /// How loud metal and noise are beside each other.
    mix: [f32; 2],
    closed: [f32; 2],
    is_open: bool,
    ring: Decay,
    stick: Decay,
    band: Filter,
    high: [Filter; 2],
    drive: Drive,
}

impl Sound for Hat {
    const PORTS: [usize; 3] = [inp::gate, inp::velocity, out::out];

    fn new(sample_rate: f32, seed: u64) -> Self {
        Hat {
            sample_rate,
            known: [f32::NAN; 6],
            metal: Metal::new(WEIGHTS),
            noise: Hiss::new(seed, sample_rate),
            mix: [0.0; 2],
            closed: [0.0; 2],
            is_open: false,
            ring: Decay::default(),
            stick: Decay { level: 0.0, keep: keep(0.012, sample_rate) },
            band: Filter::default(),
            high: [Filter::default(); 2],
            drive: Drive::default(),
        }
    }

    fn tune(&mut self, io: &Io<'_>) {
        let wanted = [par::tune, par::decay, par::open_decay, par::tone, par::metal, par::drive].map(|p| io.number(p));
        if wanted != self.known {
            self.known = wanted;
            let [tune, decay, open_decay, tone, metal, drive] = wanted;
            let ratio = math::exp2(tune / 12.0);
            self.metal.tune(SQUARES_HZ.map(|hz| hz * ratio), self.sample_rate);
            self.closed = [decay, open_decay].map(|secs| keep(secs, self.sample_rate));
            let corner = 4_500.0 * math::exp2(1.1 * tone);
            self.band.tune(corner * 1.45, 1.1, self.sample_rate);
            self.high[0].tune(corner, 0.75, self.sample_rate);
            self.high[1].tune(corner * 1.1, 0.9, self.sample_rate);
            // Little of the squares lies so high: what is left is brought up to the level of the noise.
            self.mix = [1.15 * metal, 1.0 * (1.0 - metal)];
            self.drive = Drive::new(drive);
        }
        self.ring.keep = self.closed[usize::from(self.is_open)];
    }

    fn strike(&mut self, io: &Io<'_>, input: usize, strike: Strike) {
        self.is_open = input == inp::open;
        self.tune(io);
        self.ring.level = 1.25 * strike.gain();
        self.stick.level = 1.4 * strike.gain() * strike.velocity * io.number(par::snap);
    }

    #[inline]
    fn frame(&mut self) -> f32 {
        let source = self.metal.frame() * self.mix[0] + self.noise.frame() * self.mix[1];
        let x = source * (self.ring.frame() + self.stick.frame());
        let band = self.band.frame(x);
        let x = self.high[0].frame(band.band + 0.5 * band.high).high;
        self.drive.frame(self.high[1].frame(x).high)
    }

    fn is_over(&self) -> bool {
        self.ring.is_over() && self.stick.is_over()
    }

    fn rest(&mut self) {
        self.band.rest();
        self.high.iter_mut().for_each(Filter::rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drum::check;

    #[test]
    fn bright_and_brighter() {
        let centre = |tone| check::centre_hz(&check::strike(&SPEC, &[("tone", tone), ("decay", 0.5)], 1.0, 8_192));
        assert!(centre(0.0) > 5_000.0 && centre(1.0) > centre(0.0) + 1_000.0, "{} {}", centre(0.0), centre(1.0));
    }

    #[test]
    fn open_rings_and_closed_ends_it() {
        let mut rig = check::rig(&SPEC, &[("drive", 0.0), ("snap", 0.0), ("metal", 0.0)]);
        rig.event(0, "open", check::note(46.0, 0.6));
        let y = rig.run_output("out", 0, 0, 24_000);
        assert!((check::decay_secs(&y, 2_400) / 0.9 - 1.0).abs() < 0.15, "{}", check::decay_secs(&y, 2_400));
        rig.event(24_000, "notes", check::note(42.0, 0.6));
        let y = rig.run_output("out", 0, 0, 9_600);
        assert!(check::peak(&y[7_200..]) < 0.01 * check::peak(&y));
    }

    #[test]
    fn laws() {
        check::drum(&SPEC);
    }
}
