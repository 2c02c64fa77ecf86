//! The bass drum.

use super::hit::{self, Sound};
use super::parts::{Body, Decay, Drive, Filter, Hiss, keep};
use super::strike::{GATE, NOTES, Strike, VELOCITY};
use bf_dsp::math;
use bf_node::{Io, NodeChannels, ParamSpec, PortSpec, Unit, node};

node! {
    /// A bass drum, from the deep boom to the hard knock.
    ///
    /// A sine that falls from `sweep` semitones above `tune`, a click where the beater meets the skin, and saturation
    /// over both. As it stands it is tight and punchy in the manner of the TR-909. For the long boom of the TR-808:
    /// `tune = 46, sweep = 18, bend = 0.03, decay = 1.8, click = 0.1, drive = 0.1`. With `follow` on, notes play it
    /// as a bass: note 36 sounds at 65 Hz whatever `tune` says.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 124.0
    /// [nodes]
    /// beat = { type = "steps", steps = "x---x---x---x---" }
    /// kick = { type = "kick", decay = 0.5 }
    /// out = { type = "output" }
    /// [cables]
    /// "kick" = "beat"
    /// "out" = "kick"
    /// ```
    kick: Drum,
    inputs { notes: NOTES, gate: GATE, velocity: VELOCITY },
    outputs { out: PortSpec::mono("out", "The drum, peaks just below 1.") },
    params {
        tune: ParamSpec::hz("tune", 50.0, 25.0, 150.0, "The pitch it settles on."),
        sweep: ParamSpec::number("sweep", 32.0, 0.0, 60.0, "How far above it starts.").unit(Unit::Semitones),
        bend: ParamSpec::secs("bend", 0.07, 0.005, 0.5, "How long the pitch takes to fall."),
        decay: ParamSpec::secs("decay", 0.55, 0.05, 5.0, "How long it rings: seconds to -60 dB."),
        click: ParamSpec::unit_range("click", 0.4, "How loud the beater is."),
        tone: ParamSpec::unit_range("tone", 0.5, "How bright the beater is: 0 felt, 1 wood."),
        drive: ParamSpec::unit_range("drive", 0.25, "Saturation: 0 clean, 1 thick."),
        follow: ParamSpec::switch("follow", false, "Notes set the pitch."),
    },
    with { make: hit::make::<Kick>, channels: NodeChannels::Fixed(1) }
}

#[derive(Clone)]
struct Kick {
    sample_rate: f32,
    known: [f32; 6],
    body: Body,
    /// The pitch of the note that struck, where notes are followed.
    hz: Option<f32>,
    noise: Hiss,
    burst: Decay,
    /// What enters the beater's filter once, at the blow.
    tick: f32,
    beater: Filter,
    drive: Drive,
}

impl Sound for Kick {
    const PORTS: [usize; 3] = [inp::gate, inp::velocity, out::out];

    fn new(sample_rate: f32, seed: u64) -> Self {
        Kick {
            sample_rate,
            known: [f32::NAN; 6],
            body: Body::default(),
            hz: None,
            noise: Hiss::new(seed, sample_rate),
            burst: Decay { level: 0.0, keep: keep(0.012, sample_rate) },
            tick: 0.0,
            beater: Filter::default(),
            drive: Drive::default(),
        }
    }

    fn tune(&mut self, io: &Io<'_>) {
        let hz = self.hz.filter(|_| io.switch(par::follow)).unwrap_or(io.number(par::tune));
        let [bend, decay, tone, drive] = [par::bend, par::decay, par::tone, par::drive].map(|p| io.number(p));
        let wanted = [hz, bend, decay, tone, drive, 0.0];
        if wanted != self.known {
            self.known = wanted;
            self.body.tune(hz, bend, decay, self.sample_rate);
            self.beater.tune(900.0 * math::exp2(2.6 * tone), 0.9, self.sample_rate);
            self.drive = Drive::new(drive);
        }
    }

    fn strike(&mut self, io: &Io<'_>, _input: usize, strike: Strike) {
        self.hz = strike.pitch.map(|p| math::pitch_to_hz(p).clamp(20.0, 1_000.0));
        self.tune(io);
        self.body.strike(io.number(par::sweep) / 12.0, 0.95 * strike.gain());
        // A hard blow clicks more than its loudness says.
        let click = io.number(par::click) * strike.gain() * strike.velocity;
        (self.burst.level, self.tick) = (1.6 * click, 7.0 * click);
    }

    #[inline]
    fn frame(&mut self) -> f32 {
        let beater = self.noise.frame() * self.burst.frame() + core::mem::take(&mut self.tick);
        let click = self.beater.frame(beater).band;
        self.drive.frame(self.body.frame() + click)
    }

    fn is_over(&self) -> bool {
        self.body.loud.is_over() && self.burst.is_over()
    }

    fn rest(&mut self) {
        self.beater.rest();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drum::check;
    use bf_node::EventBody;

    #[test]
    fn settles_on_its_pitch_and_rings_as_declared() {
        let y = check::strike(&SPEC, &[("tune", 60.0), ("decay", 1.0), ("drive", 0.0), ("click", 0.0)], 1.0, 48_000);
        let hz = check::crossings_hz(&y[14_400..24_000]);
        assert!((hz - 60.0).abs() < 1.0, "{hz}");
        assert!((check::decay_secs(&y, 4_800) - 1.0).abs() < 0.08, "{}", check::decay_secs(&y, 4_800));
    }

    #[test]
    fn starts_high_and_clicks() {
        let y = check::strike(&SPEC, &[], 1.0, 4_800);
        assert!(check::crossings_hz(&y[..600]) > 130.0);
        let soft = check::strike(&SPEC, &[("click", 0.0)], 1.0, 4_800);
        assert!(check::band_power(&y[..1024], 2_000.0) > 5.0 * check::band_power(&soft[..1024], 2_000.0));
    }

    #[test]
    fn follows_notes_when_asked() {
        let mut rig = check::rig(&SPEC, &[("follow", 1.0), ("decay", 3.0), ("click", 0.0)]);
        rig.event(0, "notes", check::note(48.0, 1.0));
        let y = rig.run_output("out", 0, 0, 24_000);
        let hz = check::crossings_hz(&y[12_000..]);
        assert!((hz - 130.81).abs() < 1.5, "{hz}");
        rig.event(24_000, "notes", EventBody::Trigger { value: 1.0 });
        let hz = check::crossings_hz(&rig.run_output("out", 0, 0, 24_000)[12_000..]);
        assert!((hz - 50.0).abs() < 1.5, "{hz}");
    }

    #[test]
    fn a_second_blow_does_not_click() {
        let mut rig = check::rig(&SPEC, &[("click", 0.0), ("decay", 2.0)]);
        rig.event(0, "notes", check::note(36.0, 1.0));
        // The body stands at its peak there.
        rig.event(4_321, "notes", check::note(36.0, 1.0));
        let y = rig.run_output("out", 0, 0, 6_000);
        let step = |y: &[f32]| y.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(step(&y[4_300..]) < 1.5 * step(&y[..1_000]), "{} {}", step(&y[4_300..]), step(&y[..1_000]));
    }

    #[test]
    fn laws() {
        check::drum(&SPEC);
    }
}
