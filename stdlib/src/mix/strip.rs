//! A channel strip: equaliser, compressor, fader, pan, mute, solo and two sends.

use super::channel::{Channel, FADE_SECS, sounding};
use bf_dsp::dynamics::{Asked, Compressor, OCTAVES_PER_DB, to_factors};
use bf_dsp::eq_band::{ThreeBands, ThreeGains};
use bf_dsp::fader::{Fade, fader_gain};
use bf_dsp::grid::{Cut, cuts};
use bf_dsp::pan::balance;
use bf_dsp::{GRID, Lane};
use bf_node::{
    Adopt, Io, LaneMask, MakeError, ParamSpec, PerLane, PortSpec, Processor, Role, Setup, Smooth, Status, Unit, node,
};

node! {
    /// A channel of a mixing desk, for one sound or one group.
    ///
    /// The sound runs through a three-band equaliser (shelves at 120 Hz and 6 kHz, a wide bell between them), a
    /// compressor that is off until you switch it on, the fader in decibels, and the pan; two sends take what comes
    /// out. `solo` silences every strip and bus that is not soloed; `mute` silences this one even so. What a soloed one
    /// goes through, and what enters it, stays open. Both fade over 5 ms, and nothing clicks. A pan is a balance at equal power: the centre leaves both sides as they are, a hard pan
    /// leaves one side at +3 dB. With everything at its default the sound passes unchanged, bit for bit.
    ///
    /// What enters `to_send1` and `to_send2` is added to the sends at its own level, such as the part of each note that
    /// goes to a room: it passes fader, mute, solo and pan, but neither equaliser nor compressor.
    ///
    /// `cue` lets it be heard ahead, before the fader, where the set has a `cue` node; what comes out stays as it is.
    ///
    /// It shows the peaks and the level of `out`, and by how many decibels the compressor turns down.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// bass = { type = "saw", freq = 55.0 }
    /// channel = { type = "strip", gain = -9.0, high = -6.0, compress = true, threshold = -12.0, send1_level = 0.3 }
    /// room = { type = "freeverb" }
    /// out = { type = "output" }
    /// [cables]
    /// "channel" = "bass"
    /// "room" = "channel.send1"
    /// "out" = ["channel", "room"]
    /// ```
    strip: Mix,
    inputs {
        input: PortSpec::stereo("input", "The sound. One channel goes to both sides."),
        to_send1: PortSpec::stereo("to_send1", "Added to the first send, behind fader, mute and pan."),
        to_send2: PortSpec::stereo("to_send2", "Added to the second send, behind fader, mute and pan."),
    },
    outputs {
        out: PortSpec::stereo("out", "The sound behind fader and pan."),
        send1: PortSpec::stereo("send1", "The same, at the first send's level."),
        send2: PortSpec::stereo("send2", "The same, at the second send's level."),
        before: PortSpec::stereo("before", "The sound before fader, pan, mute and solo: what is cued."),
    },
    params {
        gain: ParamSpec::db("gain", 0.0, -80.0, 12.0, "The fader; −80 dB is closed.").smooth(),
        pan: ParamSpec::number("pan", 0.0, -1.0, 1.0, "−1 is left, 0 the centre, 1 right.").smooth(),
        mute: ParamSpec::switch("mute", false, "Silences this strip.").at_once(),
        solo: ParamSpec::switch("solo", false, "Silences every strip and bus that is not soloed.").at_once(),
        silenced: ParamSpec::switch("silenced", false, "Set by the mixer while other strips are soloed.").at_once(),
        hush: ParamSpec::switch("hush", false, "Silences this strip apart from `mute`: set while everything is hushed.").at_once(),
        cue: ParamSpec::switch("cue", false, "Lets this strip be heard ahead at the set's `cue` node.").at_once(),
        low: ParamSpec::db("low", 0.0, -24.0, 12.0, "What lies below 120 Hz."),
        mid: ParamSpec::db("mid", 0.0, -24.0, 12.0, "What lies around `mid_freq`."),
        mid_freq: ParamSpec::hz("mid_freq", 1000.0, 100.0, 10_000.0, "The centre of the middle band."),
        high: ParamSpec::db("high", 0.0, -24.0, 12.0, "What lies above 6 kHz."),
        compress: ParamSpec::switch("compress", false, "Switches the compressor on.").at_once(),
        threshold: ParamSpec::db("threshold", -18.0, -60.0, 0.0, "The peak level above which it turns down."),
        ratio: ParamSpec::number("ratio", 3.0, 1.0, 20.0, "How many decibels more in make one more out.")
            .unit(Unit::Ratio).log(),
        attack: ParamSpec::secs("attack", 0.01, 0.0001, 0.5, "The time constant of turning down."),
        release: ParamSpec::secs("release", 0.12, 0.005, 5.0, "The time constant of coming back."),
        makeup: ParamSpec::db("makeup", 0.0, 0.0, 24.0, "Added behind the compressor while it is on.").smooth(),
        send1_level: ParamSpec::unit_range("send1_level", 0.0, "How much goes to the first send.").smooth(),
        send2_level: ParamSpec::unit_range("send2_level", 0.0, "How much goes to the second send.").smooth(),
    },
    with {
        role: Role::Strip,
        channels: bf_node::NodeChannels::Fixed(2),
        probe_values: &["peak_l", "peak_r", "rms", "gain_reduction_db"],
        make: make,
    }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, lane| Ok(Strip::new(setup, lane)))
}

/// How wide the compressor bends.
pub(super) const KNEE_DB: f32 = 6.0;

/// The sound, and what goes to the sends.
const INPUTS: usize = inp::COUNT;
/// What enters for a send, and where it leaves.
const SENDS: [(usize, usize); 2] = [(inp::to_send1, out::send1), (inp::to_send2, out::send2)];

/// Frames of both sides between two grid points.
type Frames = [[f32; GRID]; 2];

struct Strip {
    fader: Fader,
    channel: Channel,
    state: State,
}

/// What sounds on.
#[derive(Clone, Copy)]
struct State {
    eq: ThreeBands,
    compressor: Compressor,
    compress: Fade,
}

/// Level and place, worked out once for as long as they stay.
struct Fader {
    level: (f32, f32),
    place: (f32, [f32; 2]),
}

impl Fader {
    /// The factors of left and right.
    fn gains(&mut self, db: f32, pan: f32, fade: f32) -> [f32; 2] {
        if db != self.level.0 {
            self.level = (db, fader_gain(db));
        }
        if pan != self.place.0 {
            self.place = (pan, balance(pan));
        }
        let factor = self.level.1 * fade;
        self.place.1.map(|g| factor * g)
    }
}

impl Strip {
    fn new(setup: &Setup<'_>, lane: usize) -> Strip {
        let rate = setup.sample_rate;
        Strip {
            fader: Fader { level: (0.0, 1.0), place: (0.0, [1.0; 2]) },
            channel: Channel::new(setup, lane),
            state: State {
                eq: ThreeBands::new(rate),
                compressor: Compressor::new(rate),
                compress: Fade::new(FADE_SECS, rate),
            },
        }
    }

    fn tune(&mut self, io: &Io<'_>) {
        let state = &mut self.state;
        state.eq.tune(ThreeGains {
            low: io.number(par::low),
            mid: io.number(par::mid),
            mid_hz: io.number(par::mid_freq),
            high: io.number(par::high),
        });
        state.compressor.tune(Asked {
            threshold_db: io.number(par::threshold),
            ratio: io.number(par::ratio),
            knee_db: KNEE_DB,
            attack_secs: io.number(par::attack),
            release_secs: io.number(par::release),
        });
        let aim = self.channel.aim();
        if aim(&mut state.compress, io.switch(par::compress)) {
            state.compressor.reset();
        }
        self.channel.open(!io.switch(par::mute) && !io.switch(par::silenced) && !io.switch(par::hush));
    }

    fn compress(&mut self, x: &mut Frames, n: usize, makeup: Smooth<'_, f32>, from: usize) {
        let state = &mut self.state;
        if state.compress.is_closed() {
            return;
        }
        let mut gain = [0.0f32; GRID];
        let gain = &mut gain[..n];
        for (i, g) in gain.iter_mut().enumerate() {
            *g = Lane::max(x[0][i].abs(), x[1][i].abs());
        }
        state.compressor.ride(gain);
        for (i, g) in gain.iter_mut().enumerate() {
            *g = (*g + makeup.at(from + i) * OCTAVES_PER_DB) * state.compress.step();
        }
        to_factors(gain);
        for side in x {
            side.iter_mut().zip(&*gain).for_each(|(x, g)| *x *= *g);
        }
    }

    /// Fader, mute and pan, the same for all that passes.
    fn place(&mut self, all: &mut [Frames], n: usize, io: &Io<'_>, from: usize) {
        let (gain, pan) = (io.smooth::<f32>(par::gain), io.smooth::<f32>(par::pan));
        if let (Smooth::Constant(db), Smooth::Constant(pan)) = (gain, pan)
            && self.channel.is_open()
        {
            let gains = self.fader.gains(db, pan, 1.0);
            for x in all {
                for (side, g) in x.iter_mut().zip(gains) {
                    side.iter_mut().for_each(|x| *x *= g);
                }
            }
            return;
        }
        for i in 0..n {
            let fade = self.channel.step();
            let gains = self.fader.gains(gain.at(from + i), pan.at(from + i), fade);
            for x in &mut *all {
                x.iter_mut().zip(gains).for_each(|(side, g)| side[i] *= g);
            }
        }
    }

    /// The first inputs without what cannot be sound, and a count of the silence in them.
    fn enter(&mut self, io: &Io<'_>, cut: Cut, inputs: usize) -> [Frames; INPUTS] {
        let (mut all, mut last) = ([Frames::default(); INPUTS], 0);
        for (input, x) in all.iter_mut().enumerate().take(inputs).filter(|(input, _)| io.patched(*input)) {
            for (channel, x) in x.iter_mut().enumerate() {
                let input = &io.input::<f32>(input, channel)[cut.from..cut.to];
                x.iter_mut().zip(input).for_each(|(x, input)| *x = Lane::clamp(input.finite_or_zero(), -1e6, 1e6));
                last = last.max(sounding(x));
            }
        }
        self.channel.count(cut.to - cut.from, last);
        all
    }

    fn stretch(&mut self, io: &mut Io<'_>, cut: Cut) {
        let (from, n) = (cut.from, cut.to - cut.from);
        // Where nothing is patched to the sends, nothing is worked out for them.
        let inputs = if SENDS.iter().any(|(input, _)| io.patched(*input)) { INPUTS } else { 1 };
        let mut all = self.enter(io, cut, inputs);
        let [left, right] = &mut all[inp::input];
        self.state.eq.process([&mut left[..n], &mut right[..n]]);
        self.compress(&mut all[inp::input], n, io.smooth(par::makeup), from);
        write(io, out::before, from, n, &all[inp::input], Smooth::Constant(1.0));
        self.place(&mut all[..inputs], n, io, from);
        let x = &all[inp::input];
        write(io, out::out, from, n, x, Smooth::Constant(1.0));
        write(io, out::send1, from, n, x, io.smooth(par::send1_level));
        write(io, out::send2, from, n, x, io.smooth(par::send2_level));
        for (input, output) in SENDS {
            if !io.patched(input) {
                continue;
            }
            for (y, x) in io.stereo::<f32>(output).into_iter().zip(&all[input]) {
                y[from..cut.to].iter_mut().zip(x).for_each(|(y, x)| *y += *x);
            }
        }
        x.iter().enumerate().for_each(|(side, x)| self.channel.measure(side, &x[..n]));
        let state = &mut self.state;
        if cut.on_grid.is_some() {
            state.compressor.rider().settle();
            state.eq.settle();
        }
        let off = state.compress.is_closed();
        self.channel.show(cut.on_grid, || Some(if off { 0.0 } else { -state.compressor.rider().gain_db() }));
    }

    fn at_rest(&self) -> bool {
        let state = &self.state;
        self.channel.at_rest()
            && state.compress.is_settled()
            && (state.compress.is_closed() || state.compressor.at_rest())
            && state.eq.at_rest()
    }
}

fn write(io: &mut Io<'_>, port: usize, from: usize, n: usize, x: &Frames, level: Smooth<'_, f32>) {
    for (y, x) in io.stereo::<f32>(port).into_iter().zip(x) {
        let y = y[from..from + n].iter_mut().zip(x);
        match level {
            Smooth::Constant(level) => y.for_each(|(y, x)| *y = *x * level),
            Smooth::Varying(level) => y.zip(&level[from..]).for_each(|((y, x), level)| *y = *x * *level),
        }
    }
}

impl Processor for Strip {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        self.tune(io);
        let silent = |input| !io.patched(input) || (0..2).all(|c| io.input_silent(input, c));
        if self.at_rest() && (0..INPUTS).all(silent) {
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
            let state = &mut self.state;
            state.eq.reset();
            state.compressor.reset();
            state.compress.reset();
            self.channel.reset();
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        match (old as &mut dyn core::any::Any).downcast_mut::<Strip>() {
            Some(old) => {
                self.state = old.state;
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
    use crate::mix::testing::{keeps_the_laws, noise, rig, sine, sine_db, survives_what_is_no_number};
    use bf_node::rig::{Bench, Rig};

    fn stereo_sine(rig: &mut bf_node::rig::Rig, hz: f64, amplitude: f64) {
        for channel in 0..2 {
            rig.feed("input", channel, sine(hz, amplitude));
        }
    }

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
        assert!(y[2..6].iter().flatten().all(|y| *y == 0.0), "closed sends");
        assert_eq!(y[6..], y[..2], "what is cued");
    }

    #[test]
    fn each_band_has_its_gain() {
        for (name, hz, db) in [("low", 25.0, -12.0), ("mid", 1000.0, 6.0), ("high", 18_000.0, -9.0)] {
            let mut rig = rig(&SPEC, 2, &[(name, db.into())]);
            stereo_sine(&mut rig, hz, 0.5);
            rig.run(9600);
            let got = sine_db(&rig.run(19_200)[0]) - sine_db(&[0.5 / 2f32.sqrt()]);
            assert!((got - db).abs() < 0.4, "{name}: {got}");
        }
    }

    #[test]
    fn mute_fades_within_five_ms_and_takes_the_sends_along() {
        let mut rig = rig(&SPEC, 2, &[("send1_level", 0.5.into())]);
        for channel in 0..2 {
            rig.feed("input", channel, |_, _| 1.0);
        }
        let before = rig.run(64);
        assert_eq!((before[0][63], before[2][63]), (1.0, 0.5));
        rig.set("mute", 1.0);
        let fading = rig.run(256);
        assert!(fading[0].windows(2).all(|w| (w[1] - w[0]).abs() < 0.005));
        assert!(fading[..6].iter().all(|y| y[240..].iter().all(|y| *y == 0.0)));
        assert!(fading[6..].iter().flatten().all(|y| *y == 1.0), "what is cued goes on");
        rig.set("mute", 0.0);
        rig.set("silenced", 1.0);
        assert_eq!(rig.run(64)[0][63], 0.0);
        rig.set("silenced", 0.0);
        assert_eq!(rig.run(256)[0][255], 1.0);
    }

    #[test]
    fn what_is_for_the_sends_passes_fader_and_mute_and_nothing_else() {
        let values = [("low", 12.0.into()), ("gain", (-20.0).into()), ("send1_level", 0.5.into())];
        let patched = Some(vec!["input", "to_send1", "to_send2"]);
        let mut rig = rig(&SPEC, 2, &values);
        let mut with = Rig::new(&SPEC, &Bench { values: values.to_vec(), patched, ..Bench::default() }).unwrap();
        for channel in 0..2 {
            rig.feed("input", channel, sine(50.0, 0.5));
            with.feed("input", channel, sine(50.0, 0.5));
            with.feed("to_send2", channel, |_, _| 0.5);
        }
        with.feed("to_send1", 0, |_, _| -1.0);
        let (plain, y) = (rig.run(640), with.run(640));
        assert_eq!((&plain[..2], &plain[3]), (&y[..2], &y[3]), "the sound itself, and a side without a send");
        assert!(plain[2].iter().zip(&y[2]).all(|(a, b)| (a - b - 0.1).abs() < 1e-6));
        assert!(y[4].iter().chain(&y[5]).all(|y| (y - 0.05).abs() < 1e-6));
        with.set("mute", 1.0);
        let y = with.run(640);
        assert!(y[..6].iter().all(|y| y[241..].iter().all(|y| *y == 0.0)), "muted, nothing is sent");
        // A send alone keeps the strip awake, and lets it rest in the end.
        let patched = Some(vec!["input", "to_send1"]);
        let mut alone = Rig::new(&SPEC, &Bench { patched, ..Bench::default() }).unwrap();
        alone.feed("to_send1", 1, |f, _| if f < 20_000 { 0.25 } else { 0.0 });
        assert!(alone.run(20_000)[3].iter().all(|y| *y == 0.25));
        alone.run(600_000);
        assert_eq!(alone.status, Status::Idle);
    }

    #[test]
    fn the_compressor_turns_down_and_shows_it() {
        let values = [("compress", true.into()), ("threshold", (-20.0).into()), ("ratio", 4.0.into())];
        let mut rig = rig(&SPEC, 2, &values);
        for channel in 0..2 {
            rig.feed("input", channel, |_, _| 1.0);
        }
        let y = rig.run(48_128);
        let got = 20.0 * y[0][48_127].log10();
        assert!((got + 15.0).abs() < 0.05, "20 dB over at 4:1: {got}");
        assert!((rig.probe.get(3) - 15.0).abs() < 0.05, "{}", rig.probe.get(3));
    }

    #[test]
    fn it_shows_the_levels_of_what_comes_out() {
        let mut rig = rig(&SPEC, 2, &[("gain", (-6.0206).into()), ("pan", (-1.0).into())]);
        stereo_sine(&mut rig, 997.0, 0.5);
        rig.run(96_000);
        let want = 0.25 * 2f32.sqrt();
        assert!((rig.probe.get(0) - want).abs() < 0.005 && rig.probe.get(1) == 0.0);
        assert!((rig.probe.get(2) - want / 2.0).abs() < 0.01, "{}", rig.probe.get(2));
    }

    #[test]
    fn it_comes_to_rest_and_keeps_the_laws() {
        let busy = [
            ("low", 6.0.into()),
            ("high", (-3.0).into()),
            ("compress", true.into()),
            ("attack", 0.001.into()),
            ("send2_level", 0.7.into()),
        ];
        let mut resting = rig(&SPEC, 2, &busy);
        resting.feed("input", 0, |f, _| if f < 500 { 0.9 } else { 0.0 });
        resting.run(600_000);
        assert_eq!(resting.status, Status::Idle);
        keeps_the_laws(&SPEC, 2, &busy, |_| ());
        keeps_the_laws(&SPEC, 2, &busy, |rig| {
            for (i, param) in
                ["gain", "pan", "mid", "threshold", "makeup", "send1_level", "mute", "compress"].into_iter().enumerate()
            {
                let mut noise = noise(i as u64);
                rig.drive(param, move |f, l| 5.0 * noise(f / 50, l));
            }
        });
        survives_what_is_no_number(&SPEC, 2);
    }
}
