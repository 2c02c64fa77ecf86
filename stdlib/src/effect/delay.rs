//! Echoes, clean or from tape.

use super::blend::{blend_one, one_pole};
use bf_dsp::crossing::{Crossed, Crossing};
use bf_dsp::delay::DelayLine;
use bf_dsp::heads::{FadingTap, TapeHead, Wobble};
use bf_dsp::math::{db_to_gain, tanh_fast};
use bf_dsp::tail::{Rest, settle};
use bf_node::{
    Adopt, Form, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor, Setup, Status, Unit,
    node,
};
use core::any::Any;

node! {
    /// Stereo echoes, clean or from tape, in seconds or in beats.
    ///
    /// `tape` is a machine: each round goes through the tape's saturation, low and high cut; the speed wavers (`wow`,
    /// `flutter`), and a new time bends the pitch of what is on the tape until the head has arrived. With a feedback
    /// above 1 it swells into its own saturation and stays there. `clean` repeats exactly what entered, filters only
    /// what is fed back, and changes its time behind a crossfade. With `tempo_sync` the time is `beats` long.
    /// `pingpong` sends the echoes from side to side.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 110.0
    /// [nodes]
    /// beat = { type = "euclid", pulses = 3, steps = 8 }
    /// string = { type = "pluck" }
    /// echo = { type = "delay", tempo_sync = true, beats = 0.75, feedback = 0.6, pingpong = 1.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "string.notes" = "beat"
    /// "echo" = "string"
    /// "out" = "echo"
    /// ```
    delay: Delay,
    inputs { input: PortSpec::stereo("input", "What is repeated.") },
    outputs { out: PortSpec::stereo("out", "Dry and echoes together.") },
    params {
        mode: ParamSpec::choice("mode", 0, &["tape", "clean"], "The machine.").at_once(),
        time: ParamSpec::secs("time", 0.375, 0.001, 60.0, "From the sound to its first echo, up to `longest`."),
        tempo_sync: ParamSpec::switch("tempo_sync", false, "Whether `beats` counts instead of `time`.").at_once(),
        beats: ParamSpec::number("beats", 0.75, 0.015625, 64.0, "From the sound to its first echo, in beats.")
            .unit(Unit::Beats).log(),
        feedback: ParamSpec::number("feedback", 0.45, 0.0, 1.1, "How much of an echo is echoed again. Clean stops at 1.")
            .smooth(),
        tone: ParamSpec::hz("tone", 6000.0, 100.0, 20_000.0, "Each round loses what lies above; at 20 kHz nothing."),
        pingpong: ParamSpec::unit_range("pingpong", 0.0, "At 1 echoes change sides, and start on the left.").smooth(),
        wow: ParamSpec::unit_range("wow", 0.25, "How much the tape drifts: 1 is 0.6 % of speed."),
        flutter: ParamSpec::unit_range("flutter", 0.25, "How much the tape trembles: 1 is 0.3 % of speed."),
        drive: ParamSpec::db("drive", 3.0, 0.0, 24.0, "How hard the tape is driven; quiet sound stays as loud."),
        mix: ParamSpec::unit_range("mix", 0.35, "0: only the dry sound; 1: only the echoes.").smooth(),
        longest: ParamSpec::setting("longest", "4", Form::Count(1, 60), "The longest time there is memory for, in seconds."),
    },
    with { channels: NodeChannels::Fixed(2), make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| Ok(Echo::new(setup.sample_rate, setup.count("longest").max(1))))
}

/// What lies below this is cut on tape, so that feedback does not pile up rumble.
const TAPE_LOW_HZ: f32 = 45.0;
/// As long as the other machine takes to be heard.
const CROSS_SECS: f32 = 0.005;
/// Frames that wow, flutter and interpolation need beyond the longest time.
const SPARE_SECS: f32 = 0.01;

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Tape,
    Clean,
}

/// What is steady over a piece.
struct Settings {
    mode: Mode,
    /// Frames to the first echo.
    target: f64,
    tone: f32,
    wobble: Wobble,
    drive: f32,
}

/// What is heard again and again.
struct State {
    lines: [DelayLine; 2],
    mode: Crossing<Mode>,
    head: TapeHead,
    tap: FadingTap,
    /// Of each machine and side: what its filter lets through.
    dull: [[f32; 2]; 2],
    rumble: [f32; 2],
    rest: Rest,
}

struct Echo {
    sample_rate: f32,
    most: f64,
    rumble: f32,
    /// The coefficient of `tone`, and the value it was made for.
    tone: (f32, f32),
    state: State,
}

impl Echo {
    fn new(sample_rate: f32, longest_secs: usize) -> Echo {
        let most = longest_secs as f32 * sample_rate;
        let len = (most + SPARE_SECS * sample_rate) as usize + 4;
        Echo {
            sample_rate,
            most: f64::from(most),
            rumble: one_pole(TAPE_LOW_HZ, sample_rate),
            tone: (1.0, f32::NAN),
            state: State {
                lines: [0, 1].map(|_| DelayLine::new(len)),
                mode: Crossing::new(Mode::Tape, CROSS_SECS, sample_rate),
                head: TapeHead::new(sample_rate),
                tap: FadingTap::new((0.03 * sample_rate) as usize),
                dull: [[0.0; 2]; 2],
                rumble: [0.0; 2],
                rest: Rest::new(len),
            },
        }
    }

    fn settings(&mut self, io: &Io<'_>) -> Settings {
        let frames = if io.switch(par::tempo_sync) {
            f64::from(io.number(par::beats)) * io.transport().frames_per_beat()
        } else {
            f64::from(io.number(par::time)) * f64::from(self.sample_rate)
        };
        let tone = io.number(par::tone);
        if tone != self.tone.1 {
            // At the end of its range the filter is not there at all.
            let open = tone >= 20_000.0;
            self.tone = (if open { 1.0 } else { one_pole(tone, self.sample_rate) }, tone);
        }
        Settings {
            mode: if io.index(par::mode) == 0 { Mode::Tape } else { Mode::Clean },
            target: frames.clamp(1.0, self.most),
            tone: self.tone.0,
            wobble: Wobble { wow: io.number(par::wow), flutter: io.number(par::flutter) },
            drive: db_to_gain(io.number(par::drive)),
        }
    }
}

impl State {
    fn clear(&mut self) {
        self.lines.iter_mut().for_each(DelayLine::clear);
        (self.dull, self.rumble) = ([[0.0; 2]; 2], [0.0; 2]);
        self.rest.sleep();
    }

    /// Puts the tap and the head where they belong at once.
    fn jump(&mut self, target: f64) {
        self.head.jump(target.max(2.0));
        self.tap.jump(target.round() as usize);
    }

    /// The machines in the next frame. One that comes in goes on from where the other is.
    #[inline(always)]
    fn machines(&mut self, wanted: Mode) -> Crossed<Mode> {
        let before = self.mode.goal();
        let now = self.mode.next(wanted);
        if now.to != before {
            self.dull[now.to as usize] = self.dull[before as usize];
            match now.to {
                Mode::Tape => self.head.jump((self.tap.place() as f64).max(2.0)),
                Mode::Clean => self.tap.jump(self.head.place().round() as usize),
            }
            if now.to == Mode::Tape {
                self.rumble = [0.0; 2];
            }
        }
        now
    }

    /// What both sides hear of the past on one machine.
    #[inline(always)]
    fn read(&mut self, mode: Mode, s: &Settings, frame: u64) -> [f32; 2] {
        match mode {
            Mode::Tape => {
                let (whole, part) = self.head.next(s.target, s.wobble);
                [0, 1].map(|side: usize| self.lines[side].between(whole, part))
            }
            Mode::Clean => {
                let (a, b, gain) = self.tap.next(s.target.round() as usize, frame);
                [0, 1].map(|side: usize| {
                    let line = &self.lines[side];
                    let old = line.tap(a);
                    if gain == 0.0 { old } else { old * (1.0 - gain) + line.tap(b) * gain }
                })
            }
        }
    }

    /// What one machine writes on one side, of what enters and what comes round again; and whether it still moves.
    #[inline(always)]
    fn kept(&mut self, mode: Mode, side: usize, s: &Settings, rumble: f32, [entering, again]: [f32; 2]) -> (f32, bool) {
        let dull = &mut self.dull[mode as usize][side];
        match mode {
            Mode::Clean => {
                *dull = settle(*dull + (again - *dull) * s.tone);
                (entering + *dull, *dull != 0.0)
            }
            Mode::Tape => {
                // Saturation whose slope is 1 at zero: quiet echoes neither grow nor fade by it.
                let x = tanh_fast(settle(entering + again) * s.drive) / s.drive;
                let low = &mut self.rumble[side];
                *low = settle(*low + (x - *low) * rumble);
                *dull = settle(*dull + (x - *low - *dull) * s.tone);
                (*dull, *dull != 0.0 || *low != 0.0)
            }
        }
    }

    /// Writes one side.
    #[inline(always)]
    fn write(&mut self, modes: Crossed<Mode>, side: usize, s: &Settings, rumble: f32, x: [f32; 2]) -> bool {
        let mut moves = false;
        let kept = modes.blend(|mode| {
            let (kept, still) = self.kept(mode, side, s, rumble, x);
            moves |= still;
            kept
        });
        self.lines[side].push(kept) != 0.0 || moves
    }
}

impl Processor for Echo {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let s = self.settings(io);
        let rumble = self.rumble;
        let dry = [io.input::<f32>(inp::input, 0), io.input::<f32>(inp::input, 1)];
        let (feedback, pingpong) = (io.smooth::<f32>(par::feedback), io.smooth::<f32>(par::pingpong));
        let (mix, start) = (io.smooth::<f32>(par::mix), io.start());
        let [left, right] = io.stereo::<f32>(out::out);
        let mut idle = true;
        let state = &mut self.state;
        for i in 0..left.len() {
            let [l, r] = dry.map(|x| settle(x[i]));
            if state.rest.asleep() {
                if l == 0.0 && r == 0.0 {
                    (left[i], right[i]) = (0.0, 0.0);
                    continue;
                }
                state.jump(s.target);
                state.mode.jump(s.mode);
            }
            idle = false;
            let modes = state.machines(s.mode);
            let mut y = state.read(modes.to, &s, start + i as u64);
            if modes.from != modes.to {
                let left = state.read(modes.from, &s, start + i as u64);
                y = [0, 1].map(|side| left[side] + (y[side] - left[side]) * modes.gain);
            }
            let most_feedback = modes.blend(|mode| if mode == Mode::Tape { 1.1 } else { 1.0 });
            let g = bf_dsp::Lane::clamp(feedback.at(i), 0.0, most_feedback);
            let cross = bf_dsp::Lane::clamp(pingpong.at(i), 0.0, 1.0);
            let stay = 1.0 - cross;
            let again = [(y[0] * stay + y[1] * cross) * g, (y[1] * stay + y[0] * cross) * g];
            let entering = [l * stay + (l + r) * 0.5 * cross, r * stay];
            let mut loud = l != 0.0 || r != 0.0;
            for side in 0..2 {
                loud |= state.write(modes, side, &s, rumble, [entering[side], again[side]]);
            }
            left[i] = blend_one(l, y[0], mix.at(i));
            right[i] = blend_one(r, y[1], mix.at(i));
            if state.rest.count(loud) {
                state.clear();
            }
        }
        if idle { Status::Idle } else { Status::Active }
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.state.clear();
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        match (old as &mut dyn Any).downcast_mut::<Self>() {
            Some(old) if old.state.lines[0].longest() == self.state.lines[0].longest() => {
                core::mem::swap(&mut self.state, &mut old.state);
                Adopt::Moved
            }
            _ => Adopt::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::laws;
    use super::*;
    use bf_node::rig::{Bench, Rig};

    fn rig(values: &[(&'static str, bf_node::Value)], signal: impl Fn(u64) -> f32 + Copy + 'static) -> Rig {
        let mut rig = Rig::new(&SPEC, &Bench { values: values.to_vec(), ..Bench::default() }).unwrap();
        rig.feed("input", 0, move |frame, _| signal(frame));
        rig.feed("input", 1, move |frame, _| signal(frame));
        rig
    }

    fn impulse(frame: u64) -> f32 {
        if frame == 0 { 1.0 } else { 0.0 }
    }

    #[test]
    fn laws_hold() {
        let short = [("longest", 1.0.into()), ("time", 0.02.into())];
        laws::hold(&SPEC, &short);
        laws::hold(&SPEC, &[("mode", "clean".into()), ("time", 0.013.into()), ("longest", 1.0.into())]);
        laws::rests(&SPEC, &short, 3.0);
    }

    #[test]
    fn clean_echoes_are_exact() {
        let values =
            [("mode", "clean".into()), ("time", 0.01.into()), ("feedback", 0.5.into()), ("tone", 20_000.0.into())];
        let mut rig = rig(&values, impulse);
        rig.set("mix", 1.0);
        let out = rig.run(1_600);
        for (i, y) in out[0].iter().enumerate() {
            let want = if i > 0 && i % 480 == 0 { 0.5f32.powi(i as i32 / 480 - 1) } else { 0.0 };
            assert_eq!(*y, want, "{i}");
        }
    }

    #[test]
    fn beats_follow_the_tempo_and_pingpong_changes_sides() {
        // A quarter beat at 120 bpm is 6,000 frames.
        let values = [
            ("mode", "clean".into()),
            ("tempo_sync", true.into()),
            ("beats", 0.25.into()),
            ("pingpong", 1.0.into()),
            ("tone", 20_000.0.into()),
        ];
        let mut rig = rig(&values, impulse);
        rig.set("mix", 1.0);
        let out = rig.run(13_000);
        assert_eq!((out[0][6_000], out[1][6_000]), (1.0, 0.0));
        assert_eq!((out[0][12_000], out[1][12_000]), (0.0, 0.45));
    }

    fn crossings(x: &[f32]) -> usize {
        x.windows(2).filter(|w| w[0] < 0.0 && w[1] >= 0.0).count()
    }

    #[test]
    fn a_new_time_bends_tape_and_not_clean() {
        for (mode, want) in [("tape", 1.5..2.01), ("clean", 0.95..1.05)] {
            let values = [("mode", mode.into()), ("time", 0.5.into()), ("wow", 0.0.into()), ("flutter", 0.0.into())];
            let mut rig = rig(&values, |frame| (frame as f32 * core::f32::consts::TAU / 96.0).sin());
            rig.set("mix", 1.0);
            rig.set("feedback", 0.0);
            rig.run(48_000);
            rig.set("time", 0.25);
            rig.run(2_880);
            let bent = crossings(&rig.run(4_800)[0]) as f32 / 50.0;
            assert!(want.contains(&bent), "{mode}: {bent}");
            rig.run(96_000);
            let settled = crossings(&rig.run(4_800)[0]) as f32 / 50.0;
            assert!((settled - 1.0).abs() < 0.03, "{mode}: {settled}");
        }
    }

    #[test]
    fn tape_swells_but_stays_in_bounds() {
        let values = [("feedback", 1.1.into()), ("time", 0.05.into()), ("mix", 1.0.into())];
        let mut rig = rig(&values, |frame| if frame < 480 { (frame as f32 * 0.05).sin() } else { 0.0 });
        rig.run(96_000);
        let out = rig.run(48_000);
        let peak = out[0].iter().fold(0.0f32, |m, x| m.max(x.abs()));
        assert!((0.05..1.2).contains(&peak), "{peak}");
    }

    #[test]
    fn a_new_echo_takes_over_the_old_sound() {
        let bench = Bench { values: vec![("time", 0.05.into())], ..Bench::default() };
        let mut old = rig(&bench.values, impulse);
        old.run(64);
        let mut new = Rig::new(&SPEC, &bench).unwrap();
        assert_eq!(new.processor.adopt(&mut *old.processor), Adopt::Moved);
        assert!(new.run(4_800)[0].iter().any(|x| x.abs() > 0.05));
    }
}
