//! The cymbal.

use super::hit::{self, Sound};
use super::parts::{Decay, Drive, Filter, Hiss, Metal, keep};
use super::strike::{GATE, NOTES, Strike, VELOCITY};
use bf_dsp::math;
use bf_node::{Io, NodeChannels, ParamSpec, PortSpec, Unit, node};

node! {
    /// A cymbal, from a pinging ride to a crash.
    ///
    /// Eight squares of unrelated pitches and noise in two bands: the body, which dies first, and the shimmer above
    /// it. `crash` lets the shimmer swell after the blow as a struck edge does; `bell` is the ping of a ride. As it
    /// stands it is a crash; for a ride take `decay = 1.6, crash = 0.1, bell = 0.7, tone = 0.4, metal = 0.9`.
    ///
    /// *Source:* six of the frequencies and the two bands are those of the Roland TR-808's cymbal; the squares are
    /// band-limited.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 124.0
    /// [nodes]
    /// beat = { type = "steps", steps = "x---------------" }
    /// crash = { type = "cymbal" }
    /// level = { type = "gain", gain = 0.5 }
    /// out = { type = "output" }
    /// [cables]
    /// "crash" = "beat"
    /// "level" = "crash"
    /// "out" = "level"
    /// ```
    cymbal: Drum,
    inputs { notes: NOTES, gate: GATE, velocity: VELOCITY },
    outputs { out: PortSpec::mono("out", "The cymbal, peaks just below 1.") },
    params {
        tune: ParamSpec::number("tune", 0.0, -24.0, 24.0, "Shifts the metal: below 0 a larger cymbal.").unit(Unit::Semitones),
        decay: ParamSpec::secs("decay", 2.4, 0.1, 12.0, "How long the shimmer sounds: seconds to -60 dB."),
        tone: ParamSpec::unit_range("tone", 0.55, "From body to shimmer."),
        metal: ParamSpec::unit_range("metal", 0.6, "From noise to metal."),
        crash: ParamSpec::unit_range("crash", 0.6, "How much the shimmer swells after the blow."),
        bell: ParamSpec::unit_range("bell", 0.15, "How loud the ping is."),
        drive: ParamSpec::unit_range("drive", 0.2, "Saturation: 0 clean, 1 thick."),
    },
    with { make: hit::make::<Cymbal>, channels: NodeChannels::Fixed(1) }
}

const SQUARES_HZ: [f32; 8] = [205.3, 304.4, 369.6, 522.7, 540.0, 800.0, 419.1, 653.4];

#[derive(Clone)]
struct Cymbal {
    sample_rate: f32,
    known: [f32; 5],
    metal: Metal,
    noise: Hiss,
    mix: [f32; 2],
    /// Body, shimmer, and what the shimmer still lacks while it swells.
    body: Decay,
    shimmer: Decay,
    swell: Decay,
    stick: Decay,
    ping: [Decay; 2],
    low: [Filter; 2],
    high: [Filter; 2],
    bells: [Filter; 2],
    drive: Drive,
}

impl Sound for Cymbal {
    const PORTS: [usize; 3] = [inp::gate, inp::velocity, out::out];

    fn new(sample_rate: f32, seed: u64) -> Self {
        Cymbal {
            sample_rate,
            known: [f32::NAN; 5],
            metal: Metal::new([1.0; 8]),
            noise: Hiss::new(seed, sample_rate),
            mix: [0.0; 2],
            body: Decay::default(),
            shimmer: Decay::default(),
            swell: Decay { level: 0.0, keep: keep(0.18, sample_rate) },
            stick: Decay { level: 0.0, keep: keep(0.025, sample_rate) },
            ping: [Decay::default(); 2],
            low: [Filter::default(); 2],
            high: [Filter::default(); 2],
            bells: [Filter::default(); 2],
            drive: Drive::default(),
        }
    }

    fn tune(&mut self, io: &Io<'_>) {
        let wanted = [par::tune, par::decay, par::tone, par::metal, par::drive].map(|p| io.number(p));
        if wanted != self.known {
            self.known = wanted;
            let [tune, decay, tone, metal, drive] = wanted;
            let ratio = math::exp2(tune / 12.0);
            self.metal.tune(SQUARES_HZ.map(|hz| hz * 1.31 * ratio), self.sample_rate);
            self.body.keep = keep(decay * 0.55, self.sample_rate);
            self.shimmer.keep = keep(decay, self.sample_rate);
            for (ping, part) in self.ping.iter_mut().zip([0.5, 0.3]) {
                ping.keep = keep(decay * part, self.sample_rate);
            }
            let shift = math::exp2(tune / 36.0);
            self.low[0].tune(3_440.0 * shift, 1.2, self.sample_rate);
            self.low[1].tune(2_600.0 * shift, 0.7, self.sample_rate);
            self.high[0].tune((5_200.0 + 2_600.0 * tone) * shift, 0.7, self.sample_rate);
            self.high[1].tune((6_000.0 + 2_600.0 * tone) * shift, 0.8, self.sample_rate);
            self.bells[0].tune(2_110.0 * ratio, 25.0, self.sample_rate);
            self.bells[1].tune(3_370.0 * ratio, 25.0, self.sample_rate);
            self.mix = [0.55 * metal, 0.9 * (1.0 - metal)];
            self.drive = Drive::new(drive);
        }
    }

    fn strike(&mut self, io: &Io<'_>, _input: usize, strike: Strike) {
        let (gain, tone) = (strike.gain(), io.number(par::tone));
        self.body.level = 1.7 * gain * (1.0 - 0.75 * tone);
        self.shimmer.level = 1.75 * gain * (0.3 + 0.7 * tone);
        self.swell.level = io.number(par::crash) * 0.9;
        self.stick.level = 1.4 * gain * strike.velocity;
        let bell = io.number(par::bell) * gain;
        (self.ping[0].level, self.ping[1].level) = (5.0 * bell, 3.4 * bell);
    }

    #[inline]
    fn frame(&mut self) -> f32 {
        let source = self.metal.frame() * self.mix[0] + self.noise.frame() * self.mix[1];
        let low = self.low[0].frame(source * self.body.frame()).band;
        let low = self.low[1].frame(low).high;
        let level = self.shimmer.frame() * (1.0 - self.swell.frame()) + self.stick.frame();
        let high = self.high[0].frame(source * level).high;
        let high = self.high[1].frame(high).high;
        let mut bell = 0.0;
        for (filter, ping) in self.bells.iter_mut().zip(&mut self.ping) {
            bell += filter.frame(source * ping.frame()).band;
        }
        self.drive.frame(low + high + bell)
    }

    fn is_over(&self) -> bool {
        let pings = self.ping.iter().all(Decay::is_over);
        self.body.is_over() && self.shimmer.is_over() && self.stick.is_over() && pings
    }

    fn rest(&mut self) {
        self.low.iter_mut().chain(&mut self.high).chain(&mut self.bells).for_each(Filter::rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drum::check;

    #[test]
    fn rings_as_declared() {
        let values = [("decay", 1.5), ("tone", 1.0), ("metal", 0.0), ("drive", 0.0), ("crash", 0.0), ("bell", 0.0)];
        let y = check::strike(&SPEC, &values, 0.6, 48_000);
        assert!((check::decay_secs(&y, 9_600) / 1.5 - 1.0).abs() < 0.15, "{}", check::decay_secs(&y, 9_600));
    }

    #[test]
    fn a_crash_swells() {
        let late = |crash| {
            let y = check::strike(&SPEC, &[("crash", crash)], 1.0, 8_192);
            check::peak(&y[4_800..]) / check::peak(&y[..480])
        };
        assert!(late(1.0) > 1.3 * late(0.0), "{} {}", late(1.0), late(0.0));
    }

    #[test]
    fn tone_moves_it_up() {
        let centre = |tone| check::centre_hz(&check::strike(&SPEC, &[("tone", tone)], 1.0, 16_384));
        assert!(centre(1.0) > centre(0.0) + 1_500.0, "{} {}", centre(0.0), centre(1.0));
    }

    #[test]
    fn laws() {
        check::drum(&SPEC);
    }
}
