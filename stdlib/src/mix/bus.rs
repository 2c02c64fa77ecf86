//! Where several sounds meet.

use super::channel::{Channel, sounding};
use bf_dsp::GRID;
use bf_dsp::fader::fader_gain;
use bf_dsp::grid::{Cut, cuts};
use bf_node::{
    Adopt, Io, LaneMask, MakeError, ParamSpec, PerLane, PortSpec, Processor, Role, Setup, Smooth, Status, node,
};

node! {
    /// Sums everything that is cabled into it, with one fader for the sum.
    ///
    /// Use it as a group, or as the place where the sends of several strips meet before a reverb or a delay. It is a
    /// channel of the mixer, as a `strip` is: `solo` silences every strip and bus that is not soloed, but for what enters
    /// this one and what it goes through; `mute` silences this one even so. Both fade over 5 ms, and nothing clicks. `cue`
    /// lets it be heard ahead, before the fader, where the set has a `cue` node; what comes out stays as it is. With
    /// everything at its default the sum passes unchanged, bit for bit.
    ///
    /// It shows the peaks and the level of `out`.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// low = { type = "sine", freq = 110.0 }
    /// high = { type = "sine", freq = 165.0 }
    /// group = { type = "bus", gain = -12.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "group" = ["low", "high"]
    /// "out" = "group"
    /// ```
    bus: Mix,
    inputs { input: PortSpec::stereo("input", "What is summed. One channel goes to both sides.") },
    outputs {
        out: PortSpec::stereo("out", "The sum."),
        before: PortSpec::stereo("before", "The sum before fader, mute and solo: what is cued."),
    },
    params {
        gain: ParamSpec::db("gain", 0.0, -80.0, 12.0, "The fader; −80 dB is closed.").smooth(),
        mute: ParamSpec::switch("mute", false, "Silences this bus.").at_once(),
        solo: ParamSpec::switch("solo", false, "Silences every strip and bus that is not soloed.").at_once(),
        silenced: ParamSpec::switch("silenced", false, "Set by the mixer while others are soloed.").at_once(),
        cue: ParamSpec::switch("cue", false, "Lets this bus be heard ahead at the set's `cue` node.").at_once(),
    },
    with {
        role: Role::Bus,
        channels: bf_node::NodeChannels::Fixed(2),
        probe_values: &["peak_l", "peak_r", "rms"],
        make: make,
    }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, lane| Ok(Bus::new(setup, lane)))
}

struct Bus {
    /// Level and factor of a fader that stays, worked out once.
    fader: (f32, f32),
    channel: Channel,
}

impl Bus {
    fn new(setup: &Setup<'_>, lane: usize) -> Bus {
        Bus { fader: (0.0, 1.0), channel: Channel::new(setup, lane) }
    }

    /// The factor of a fader that stays.
    fn factor(&mut self, db: f32) -> f32 {
        if db != self.fader.0 {
            self.fader = (db, fader_gain(db));
        }
        self.fader.1
    }

    fn stretch(&mut self, io: &mut Io<'_>, cut: Cut) {
        let at = cut.from..cut.to;
        let x = [0, 1].map(|channel| &io.input::<f32>(inp::input, channel)[at.clone()]);
        self.channel.count(at.len(), sounding(x[0]).max(sounding(x[1])));
        for (y, x) in io.stereo::<f32>(out::before).into_iter().zip(x) {
            y[at.clone()].copy_from_slice(x);
        }
        let mut gains = [1.0; GRID];
        match io.smooth::<f32>(par::gain) {
            Smooth::Constant(db) => gains.fill(self.factor(db)),
            Smooth::Varying(db) => gains.iter_mut().zip(&db[at.clone()]).for_each(|(g, db)| *g = fader_gain(*db)),
        }
        if !self.channel.is_open() {
            gains[..at.len()].iter_mut().for_each(|g| *g *= self.channel.step());
        }
        for (side, (y, x)) in io.stereo::<f32>(out::out).into_iter().zip(x).enumerate() {
            let y = &mut y[at.clone()];
            y.iter_mut().zip(x).zip(&gains).for_each(|((y, x), g)| *y = *x * *g);
            self.channel.measure(side, y);
        }
        self.channel.show(cut.on_grid, || None);
    }
}

impl Processor for Bus {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        self.channel.open(!io.switch(par::mute) && !io.switch(par::silenced));
        if self.channel.at_rest() && (0..2).all(|channel| io.input_silent(inp::input, channel)) {
            io.silence();
            return Status::Idle;
        }
        for cut in cuts(io.start(), io.frames(), GRID) {
            self.stretch(io, cut);
        }
        Status::Active
    }

    fn reset(&mut self, lanes: LaneMask) {
        if lanes & 1 != 0 {
            self.channel.reset();
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        match (old as &mut dyn core::any::Any).downcast_mut::<Bus>() {
            Some(old) => {
                self.channel.take_over(&old.channel);
                Adopt::Copied
            }
            None => Adopt::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::testing::{keeps_the_laws, noise, rig, survives_what_is_no_number};

    #[test]
    fn at_its_defaults_it_changes_no_bit() {
        let mut rig = rig(&SPEC, 2, &[]);
        rig.feed("input", 0, noise(1));
        rig.feed("input", 1, noise(2));
        let y = rig.run(1000);
        for (channel, seed) in [(0, 1), (1, 2)] {
            let mut want = noise(seed);
            assert!(y[channel].iter().enumerate().all(|(i, y)| *y == want(i as u64, 0)));
        }
        assert_eq!(y[2..], y[..2], "what is cued");
    }

    #[test]
    fn the_fader_is_in_decibels() {
        for (db, want) in [(0.0, 1.0), (-6.0206, 0.5), (6.0206, 2.0), (-80.0, 0.0)] {
            let mut rig = rig(&SPEC, 2, &[("gain", db.into())]);
            rig.feed("input", 1, |_, _| 1.0);
            let y = rig.run(64);
            assert!((y[1][5] - want).abs() < 1e-5 && y[0][5] == 0.0, "{db}: {}", y[1][5]);
            assert_eq!(y[3][5], 1.0, "what is cued is before it");
        }
    }

    #[test]
    fn mute_and_solo_fade_within_five_ms() {
        let mut rig = rig(&SPEC, 2, &[("gain", (-6.0206).into())]);
        for channel in 0..2 {
            rig.feed("input", channel, |_, _| 1.0);
        }
        assert!((rig.run(64)[0][63] - 0.5).abs() < 1e-5);
        for switch in ["mute", "silenced"] {
            rig.set(switch, 1.0);
            let fading = rig.run(256);
            assert!(fading[0].windows(2).all(|w| (w[1] - w[0]).abs() < 0.005));
            assert!(fading[..2].iter().all(|y| y[240..].iter().all(|y| *y == 0.0)));
            assert!(fading[2..].iter().flatten().all(|y| *y == 1.0), "what is cued goes on");
            rig.set(switch, 0.0);
            assert!((rig.run(256)[0][255] - 0.5).abs() < 1e-5);
        }
    }

    #[test]
    fn it_shows_the_levels_of_what_comes_out_and_comes_to_rest() {
        let mut rig = rig(&SPEC, 2, &[("gain", (-6.0206).into())]);
        rig.feed("input", 0, |f, _| if f < 48_000 { 0.5 } else { 0.0 });
        rig.run(48_000);
        assert!((rig.probe.get(0) - 0.25).abs() < 1e-3 && rig.probe.get(1) == 0.0);
        rig.run(600_000);
        assert_eq!((rig.status, rig.probe.get(0)), (Status::Idle, 0.0));
    }

    #[test]
    fn it_keeps_the_laws() {
        keeps_the_laws(&SPEC, 2, &[("gain", (-7.0).into())], |_| ());
        keeps_the_laws(&SPEC, 2, &[], |rig| {
            let mut level = noise(3);
            rig.drive("gain", move |f, l| 20.0 * level(f, l));
            let mut mute = noise(4);
            rig.drive("mute", move |f, l| 5.0 * mute(f / 50, l));
        });
        survives_what_is_no_number(&SPEC, 2);
    }
}
