//! A picture of the wave.

use super::shown::{for_shown, pass, show};
use bf_node::{Io, LaneMask, MakeError, ParamSpec, PerLane, PortSpec, Probe, Processor, Setup, Status, node};
use std::sync::Arc;

node! {
    /// Shows the wave of what passes.
    ///
    /// The sound passes unchanged. A picture has 2,048 points; each stands for `decimate` frames and shows the one
    /// that is furthest from zero, so that no peak is missed. With the trigger `rising`, a picture begins where the
    /// wave rises through `level`, and a steady tone stands still; where nothing does so for 0.1 s, it begins all
    /// the same. With `free`, pictures follow one another without a gap.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// tone = { type = "saw", freq = 110.0 }
    /// low = { type = "gain", gain = 0.3 }
    /// view = { type = "scope", trigger = "rising" }
    /// out = { type = "output" }
    /// [cables]
    /// "low" = "tone"
    /// "view" = "low"
    /// "out" = "view"
    /// ```
    scope: Analysis,
    inputs { input: PortSpec::signal("input", "What is shown.") },
    outputs { out: PortSpec::signal("out", "The same, unchanged.") },
    params {
        trigger: ParamSpec::choice("trigger", 1, &["free", "rising"], "Where a picture begins.").at_once(),
        level: ParamSpec::number("level", 0.0, -1.0, 1.0, "What the wave rises through."),
        decimate: ParamSpec::integer("decimate", 1, 1, 256, "How many frames a point stands for.").at_once(),
        show: show(),
    },
    with { probe_frames: POINTS, make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, lane| Ok(Scope::new(setup, lane)))
}

/// Points of a picture.
pub const POINTS: usize = 2048;
/// A picture begins after this time even where nothing triggers it.
const PATIENCE_SECS: f32 = 0.1;

/// Copies the present picture, from its first point to its last, and returns how many points there are: the new
/// sweep as far as it has come, then what is left of the one before, as on the screen of an oscilloscope.
pub fn picture(probe: &Probe, points: &mut [f32; POINTS]) -> usize {
    let mut newest = [0.0; POINTS];
    let first = (probe.written() % POINTS as u64) as usize;
    let count = probe.latest(&mut newest);
    if count < POINTS {
        points[..count].copy_from_slice(&newest[..count]);
    } else {
        let (left_over, new) = newest.split_at(POINTS - first);
        points[first..].copy_from_slice(left_over);
        points[..first].copy_from_slice(new);
    }
    count
}

struct Scope {
    /// Lane 0 is shown.
    probe: Option<Arc<Probe>>,
    patience: u32,
    state: State,
}

#[derive(Clone, Copy, Default)]
struct State {
    sweeping: bool,
    /// Of the present point: what is furthest from zero, and how many frames it holds.
    furthest: f32,
    held: u32,
    last: f32,
    waited: u32,
    /// Points of silence in a row, up to a whole picture.
    quiet: u32,
}

impl Scope {
    fn new(setup: &Setup<'_>, lane: usize) -> Scope {
        Scope {
            probe: (lane == 0).then(|| Arc::clone(&setup.probe)),
            patience: (PATIENCE_SECS * setup.sample_rate) as u32,
            state: State { quiet: POINTS as u32, ..State::default() },
        }
    }
}

impl State {
    fn frame(&mut self, x: f32, probe: &Probe, patience: u32, free: bool, level: f32, decimate: u32) {
        if !self.sweeping {
            let rises = self.last < level && x >= level;
            // A picture of nothing stays; it is not drawn again.
            let sounds = x != 0.0 || self.quiet < POINTS as u32;
            self.waited = if sounds { self.waited + 1 } else { 0 };
            if rises || (sounds && (free || self.waited > patience)) {
                (self.sweeping, self.held, self.waited) = (true, 0, 0);
            }
        }
        self.last = x;
        if self.sweeping {
            if self.held == 0 || x.abs() > self.furthest.abs() {
                self.furthest = x;
            }
            self.held += 1;
            if self.held >= decimate {
                self.held = 0;
                self.quiet = if self.furthest == 0.0 { (self.quiet + 1).min(POINTS as u32) } else { 0 };
                probe.push(self.furthest);
                self.sweeping = !probe.written().is_multiple_of(POINTS as u64);
            }
        }
    }
}

impl Processor for Scope {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        pass(io, inp::input, out::out);
        let silent = (0..io.channels()).all(|c| io.input_silent(inp::input, c));
        let Some(probe) = &self.probe else {
            return if silent { Status::Idle } else { Status::Active };
        };
        let (free, level) = (io.index(par::trigger) == 0, io.number(par::level));
        let decimate = io.index(par::decimate).max(1) as u32;
        let mut state = self.state;
        // Also after a reset in the middle of a picture.
        state.sweeping |= !probe.written().is_multiple_of(POINTS as u64);
        for_shown(io, inp::input, io.index(par::show), |x| {
            state.frame(x, probe, self.patience, free, level, decimate);
        });
        self.state = state;
        let rest = !state.sweeping && state.quiet == POINTS as u32 && state.last == 0.0 && state.waited == 0;
        if rest && silent { Status::Idle } else { Status::Active }
    }

    fn reset(&mut self, lanes: LaneMask) {
        if lanes & 1 != 0 {
            self.state = State { quiet: POINTS as u32, ..State::default() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::testing::{keeps_the_laws, noise, rig, sine, survives_what_is_no_number};

    #[test]
    fn a_steady_tone_stands_still() {
        let mut rig = rig(&SPEC, 1, &[]);
        rig.feed("input", 0, sine(437.0, 0.8));
        let mut points = [0.0; POINTS];
        for frames in [9000, 1234, 4321] {
            rig.run(frames);
            assert_eq!(picture(&rig.probe, &mut points), POINTS);
            for (i, x) in points.iter().enumerate() {
                let want = 0.8 * (i as f64 * 437.0 / 48_000.0 * core::f64::consts::TAU).sin();
                // The picture begins within one frame of the crossing.
                assert!((f64::from(*x) - want).abs() < 0.8 * 437.0 / 48_000.0 * 6.3, "point {i}: {x} {want}");
            }
        }
    }

    #[test]
    fn a_point_keeps_the_peak_of_its_frames() {
        let mut rig = rig(&SPEC, 1, &[("trigger", "free".into()), ("decimate", 64.0.into())]);
        rig.feed("input", 0, |f, _| if f == 6400 + 17 { -0.9 } else { 0.01 });
        rig.run(64 * POINTS);
        let mut points = [0.0; POINTS];
        assert_eq!(picture(&rig.probe, &mut points), POINTS);
        assert_eq!((points[99], points[100], points[101]), (0.01, -0.9, 0.01));
    }

    #[test]
    fn without_a_trigger_it_draws_all_the_same_and_rests_in_silence() {
        let mut rig = rig(&SPEC, 1, &[("level", 0.9.into())]);
        rig.feed("input", 0, |f, _| if f < 20_000 { 0.5 } else { 0.0 });
        rig.run(20_000);
        assert!(rig.probe.written() >= POINTS as u64);
        rig.run(48_000);
        assert_eq!(rig.status, Status::Idle);
        let mut points = [1.0; POINTS];
        picture(&rig.probe, &mut points);
        assert_eq!(points, [0.0; POINTS]);
    }

    #[test]
    fn it_keeps_the_laws() {
        for trigger in ["free", "rising"] {
            let values = [("trigger", trigger.into()), ("decimate", 3.0.into())];
            keeps_the_laws(&SPEC, 2, &values, |rig| rig.drive("level", noise(2)));
        }
        keeps_the_laws(&SPEC, 2, &[("show", "right".into())], |_| ());
        survives_what_is_no_number(&SPEC, 1);
    }
}
