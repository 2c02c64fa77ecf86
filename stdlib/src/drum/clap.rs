//! The hand clap.

use super::hit::{self, Sound};
use super::parts::{Decay, Drive, Filter, Hiss, keep};
use super::strike::{GATE, NOTES, Strike, VELOCITY};
use bf_dsp::{LaneBits, math, noise::hash};
use bf_node::{Io, NodeChannels, ParamSpec, PortSpec, node};

node! {
    /// Many hands: a few bursts of noise, then the room.
    ///
    /// Noise round `tune` in `hands` quick bursts, `spread` apart, and after the last a tail of `decay` seconds. Every
    /// clap is a little different, as hands are.
    ///
    /// *Source:* the envelope of the Roland TR-808's clap: a row of saw-shaped bursts over one longer decay.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 124.0
    /// [nodes]
    /// beat = { type = "steps", steps = "----x-------x--x" }
    /// clap = { type = "clap" }
    /// out = { type = "output" }
    /// [cables]
    /// "clap" = "beat"
    /// "out" = "clap"
    /// ```
    clap: Drum,
    inputs { notes: NOTES, gate: GATE, velocity: VELOCITY },
    outputs { out: PortSpec::mono("out", "The claps, peaks just below 1.") },
    params {
        tune: ParamSpec::hz("tune", 1_150.0, 400.0, 4_000.0, "Where the noise is loudest: the size of the hands."),
        decay: ParamSpec::secs("decay", 0.32, 0.03, 3.0, "How long the room sounds: seconds to -60 dB."),
        spread: ParamSpec::secs("spread", 0.011, 0.002, 0.06, "Seconds between the bursts."),
        hands: ParamSpec::integer("hands", 4, 1, 8, "How many bursts.").at_once(),
        room: ParamSpec::unit_range("room", 0.5, "How loud the tail is."),
        bright: ParamSpec::unit_range("bright", 0.35, "Air above the hands."),
        drive: ParamSpec::unit_range("drive", 0.3, "Saturation: 0 clean, 1 thick."),
    },
    with { make: hit::make::<Clap>, channels: NodeChannels::Fixed(1) }
}

#[derive(Clone)]
struct Clap {
    sample_rate: f32,
    known: [f32; 5],
    noise: Hiss,
    /// Draws the gaps between hands.
    draw: u32,
    burst: Decay,
    tail: Decay,
    /// How loud the bursts still to come and the tail after them are.
    force: [f32; 2],
    /// Bursts still to come, and frames to the next.
    left: u32,
    wait: u32,
    band: Filter,
    narrow: Filter,
    air: Filter,
    bright: f32,
    drive: Drive,
}

impl Clap {
    /// Lets one burst go, and the tail with the last.
    fn burst(&mut self, spread: f32) {
        self.left = self.left.saturating_sub(1);
        self.burst.level = self.force[0];
        if self.left == 0 {
            self.tail.level = self.force[1];
        } else {
            // A fifth of a gap to either side.
            self.draw = hash(self.draw.wrapping_add(1));
            let off = self.draw.signed_to_float() * (0.2 / 2_147_483_648.0);
            self.wait = (spread * (1.0 + off) * self.sample_rate) as u32;
        }
    }
}

impl Sound for Clap {
    const PORTS: [usize; 3] = [inp::gate, inp::velocity, out::out];

    fn new(sample_rate: f32, seed: u64) -> Self {
        Clap {
            sample_rate,
            known: [f32::NAN; 5],
            noise: Hiss::new(seed, sample_rate),
            draw: hash(seed as u32 ^ 0x00c1_a9ed),
            burst: Decay::default(),
            tail: Decay::default(),
            force: [0.0; 2],
            left: 0,
            wait: 0,
            band: Filter::default(),
            narrow: Filter::default(),
            air: Filter::default(),
            bright: 0.0,
            drive: Drive::default(),
        }
    }

    fn tune(&mut self, io: &Io<'_>) {
        let wanted = [par::tune, par::decay, par::spread, par::bright, par::drive].map(|p| io.number(p));
        if wanted != self.known {
            self.known = wanted;
            let [hz, decay, spread, bright, drive] = wanted;
            self.band.tune(hz, 1.1, self.sample_rate);
            self.narrow.tune(hz * 1.15, 2.0, self.sample_rate);
            self.air.tune(3_500.0 * math::exp2(hz / 4_000.0), 0.7, self.sample_rate);
            // A burst has fallen by 20 dB when the next one comes.
            self.burst.keep = keep(spread * 3.0, self.sample_rate);
            self.tail.keep = keep(decay, self.sample_rate);
            self.bright = bright * bright;
            self.drive = Drive::new(drive);
        }
    }

    fn strike(&mut self, io: &Io<'_>, _input: usize, strike: Strike) {
        let gain = strike.gain();
        self.force = [1.55 * gain, 1.3 * gain * io.number(par::room)];
        self.left = io.index(par::hands) as u32;
        self.tail.level = 0.0;
        self.burst(io.number(par::spread));
    }

    #[inline]
    fn frame(&mut self) -> f32 {
        if self.left > 0 {
            if self.wait == 0 {
                self.burst(self.known[2]);
            }
            self.wait = self.wait.saturating_sub(1);
        }
        let noise = self.noise.frame() * (self.burst.frame() + self.tail.frame());
        let hands = self.band.frame(noise).band + 0.7 * self.narrow.frame(noise).band;
        let air = self.air.frame(noise).high * self.bright * 0.6;
        self.drive.frame(hands + air)
    }

    fn is_over(&self) -> bool {
        self.left == 0 && self.burst.is_over() && self.tail.is_over()
    }

    fn rest(&mut self) {
        self.band.rest();
        self.narrow.rest();
        self.air.rest();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drum::check;

    /// Stretches of a tenth of a gap that begin louder than twice the one before the last.
    fn bursts(y: &[f32], gap: usize) -> usize {
        let step = gap / 5;
        let rms: Vec<f32> =
            y.chunks(step).map(|c| (c.iter().map(|x| x * x).sum::<f32>() / c.len() as f32).sqrt()).collect();
        let loud = rms.iter().fold(0f32, |m, x| m.max(*x));
        let mut count = 0;
        let mut wait = 0;
        for i in 0..rms.len() {
            let before = if i < 2 { 0.0 } else { rms[i - 2].min(rms[i - 1]) };
            if wait == 0 && rms[i] > 0.3 * loud && rms[i] > 1.7 * before {
                (count, wait) = (count + 1, 3);
            }
            wait -= i32::from(wait > 0);
        }
        count
    }

    #[test]
    fn as_many_bursts_as_hands() {
        for hands in [1.0, 2.0, 4.0, 6.0] {
            let values = [("hands", hands), ("spread", 0.03), ("room", 0.0), ("drive", 0.0)];
            let y = check::strike(&SPEC, &values, 1.0, 16_000);
            assert_eq!(bursts(&y, 1_440), hands as usize, "{hands} hands");
        }
    }

    #[test]
    fn sounds_where_it_is_tuned() {
        let centre = |tune| check::centre_hz(&check::strike(&SPEC, &[("tune", tune), ("bright", 0.0)], 1.0, 8_192));
        assert!((500.0..1_100.0).contains(&centre(700.0)), "{}", centre(700.0));
        assert!((1_800.0..3_000.0).contains(&centre(2_000.0)), "{}", centre(2_000.0));
    }

    #[test]
    fn the_room_lasts_as_declared() {
        let y = check::strike(&SPEC, &[("decay", 0.8), ("room", 1.0), ("drive", 0.0)], 0.5, 24_000);
        assert!((check::decay_secs(&y, 4_800) / 0.8 - 1.0).abs() < 0.15, "{}", check::decay_secs(&y, 4_800));
    }

    #[test]
    fn laws() {
        check::drum(&SPEC);
    }
}
