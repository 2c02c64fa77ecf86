//! A drawn curve over time.

use bf_dsp::{GRID, Lane, math};
use bf_node::{
    Form, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PortSpec, Processor, Setup, Status, Value, lanes, node,
};
use bf_pattern::Transport;
use core::marker::PhantomData;

node! {
    /// Follows a drawn curve in time with the transport.
    ///
    /// `points` is a list of `[beat, value]` or `[beat, value, curve]`, where the curve says how the value goes on to
    /// the next point: `linear`; `hold`, it stays until there; `exponential`, in equal ratios, as befits a frequency;
    /// `smooth`, slow at both ends. Before the first point and after the last the value stands. With a `length` the
    /// curve begins again after so many beats, with 0 it is followed once. While the transport stands the value stands.
    ///
    /// The lanes under `[automation]` of a patch are made of these.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 120.0
    /// [nodes]
    /// rise = { type = "automation", length = 4, points = [[0, 110.0, "exponential"], [3, 440.0, "hold"], [4, 110.0]] }
    /// osc = { type = "triangle" }
    /// level = { type = "maths", op = "mul", value = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "osc.freq" = "rise"
    /// "level" = "osc"
    /// "out" = "level"
    /// ```
    automation: Control,
    inputs { },
    outputs { out: PortSpec::mono("out", "The value.") },
    params {
        points: ParamSpec::setting("points", "[]", Form::List, "The points, each [beat, value, curve]."),
        length: ParamSpec::setting("length", "0", Form::Count(0, 1_000_000), "Beats after which the curve begins again; 0 for never."),
    },
    with { make: make, channels: NodeChannels::Fixed(1), free_running: true }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    // Read once here for what may be wrong, and again by each lane type.
    Curve::read(setup)?;
    Ok(lanes!(setup, Automation))
}

/// How the value goes on from a point.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Linear,
    Hold,
    Exponential,
    Smooth,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    beat: f64,
    value: f64,
    shape: Shape,
}

impl Point {
    fn read(item: &Value) -> Result<Point, &'static str> {
        let number = |i: usize| item.items().get(i).and_then(Value::as_number).filter(|x| x.is_finite());
        let (Some(beat), Some(value)) = (number(0), number(1)) else {
            return Err("[beat, value] or [beat, value, curve], such as [0, 110.0, \"linear\"]");
        };
        let shape = match item.items().get(2).map(|v| v.as_text().unwrap_or("")) {
            None | Some("linear") => Shape::Linear,
            Some("hold") => Shape::Hold,
            Some("exponential") => Shape::Exponential,
            Some("smooth") => Shape::Smooth,
            Some(_) => return Err("one of linear, hold, exponential, smooth as its curve"),
        };
        Ok(Point { beat, value, shape })
    }

    /// The value on the way to the next point.
    fn towards(&self, next: &Point, beat: f64) -> f64 {
        let x = ((beat - self.beat) / (next.beat - self.beat)).clamp(0.0, 1.0);
        match self.shape {
            Shape::Hold => self.value,
            Shape::Exponential if self.value * next.value > 0.0 => {
                self.value * f64::from(math::pow((next.value / self.value) as f32, x as f32))
            }
            Shape::Smooth => self.value + (next.value - self.value) * (x * x * (3.0 - 2.0 * x)),
            Shape::Linear | Shape::Exponential => self.value + (next.value - self.value) * x,
        }
    }
}

/// Points by their beat, and the beats of one pass (0 for a curve that does not begin again).
#[derive(Debug, Default)]
struct Curve {
    points: Vec<Point>,
    length: f64,
}

impl Curve {
    fn read(setup: &Setup<'_>) -> Result<Curve, MakeError> {
        let mut points = Vec::new();
        for item in setup.value("points").items() {
            points.push(Point::read(item).map_err(|expected| MakeError::Setting {
                setting: "points",
                found: item.to_string(),
                expected: expected.to_owned(),
            })?);
        }
        // Stable: of two points at one beat the later in the text counts from there on.
        points.sort_by(|a, b| a.beat.total_cmp(&b.beat));
        let length = setup.value("length").as_number().filter(|l| l.is_finite()).unwrap_or(0.0).max(0.0);
        Ok(Curve { points, length })
    }

    /// The value at a beat; `near` is where the last search ended.
    fn at(&self, beat: f64, near: &mut usize) -> f64 {
        let beat = if self.length > 0.0 { beat - self.length * (beat / self.length).floor() } else { beat };
        // `near` counts the points at or before the beat: most often it still does.
        let fits = |n: usize| {
            self.points.get(n.wrapping_sub(1)).is_none_or(|p| p.beat <= beat)
                && self.points.get(n).is_none_or(|p| p.beat > beat)
        };
        if !fits(*near) || *near > self.points.len() {
            *near = self.points.partition_point(|p| p.beat <= beat);
        }
        match (near.checked_sub(1).and_then(|i| self.points.get(i)), self.points.get(*near)) {
            (Some(last), Some(next)) => last.towards(next, beat),
            (Some(only), None) | (None, Some(only)) => only.value,
            (None, None) => 0.0,
        }
    }
}

/// Beats at frames: found exactly on the grid, and between by the tempo, so that cuts change nothing.
struct Beats {
    grid: u64,
    beat: f64,
    per_frame: f64,
}

impl Beats {
    fn on_grid(transport: &Transport, frame: u64) -> Beats {
        let grid = frame - frame % GRID as u64;
        let per_frame = if transport.playing { 1.0 / transport.frames_per_beat() } else { 0.0 };
        Beats { grid, beat: transport.beat_at(grid), per_frame }
    }

    fn at(&self, frame: u64) -> f64 {
        self.beat + (frame - self.grid) as f64 * self.per_frame
    }
}

struct Automation<L> {
    curve: Curve,
    near: usize,
    lane: PhantomData<L>,
}

impl<L: Lane> Automation<L> {
    fn new(setup: &Setup<'_>) -> Self {
        Automation { curve: Curve::read(setup).unwrap_or_default(), near: 0, lane: PhantomData }
    }
}

impl<L: Lane> Processor for Automation<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let (transport, start) = (io.transport(), io.start());
        let mut beats = Beats::on_grid(transport, start);
        for (frame, y) in (start..).zip(io.output::<L>(out::out, 0)) {
            if frame >= beats.grid + GRID as u64 {
                beats = Beats::on_grid(transport, frame);
            }
            *y = L::splat(self.curve.at(beats.at(frame), &mut self.near) as f32).finite_or_zero();
        }
        Status::Active
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.near = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::cut_any_way;
    use bf_node::rig::{Bench, Rig};

    fn point(beat: f64, value: f64, shape: &str) -> Value {
        Value::List(vec![beat.into(), value.into(), shape.into()])
    }

    fn values(points: Vec<Value>, length: f64) -> Vec<(&'static str, Value)> {
        vec![("points", Value::List(points)), ("length", length.into())]
    }

    #[test]
    fn the_curve_is_followed() {
        let points = vec![
            point(0.5, 1.0, "linear"),
            point(1.0, 3.0, "hold"),
            point(1.5, 100.0, "exponential"),
            point(2.0, 400.0, "smooth"),
            point(2.5, 0.0, "linear"),
        ];
        let mut rig = Rig::new(&SPEC, &Bench { values: values(points, 3.0), ..Bench::default() }).unwrap();
        let out = &rig.run(84_000)[0];
        // At 120 beats a minute a beat has 24,000 frames.
        for (frame, want) in [
            (0, 1.0),
            (18_000, 2.0),
            (24_000, 3.0),
            (35_999, 3.0),
            (36_000, 100.0),
            (42_000, 200.0),
            (51_000, 400.0 * (1.0 - 0.15625)),
            (70_000, 0.0),
            (72_000, 1.0),
        ] {
            assert!((out[frame] - want).abs() < 1e-3, "frame {frame}: {} instead of {want}", out[frame]);
        }
        rig.transport = rig.transport.seek(rig.frame(), bf_pattern::Ratio::new(3, 4)).stop(rig.frame());
        assert!(rig.run(64)[0].iter().all(|x| *x == 2.0));
    }

    #[test]
    fn wrong_points_are_named() {
        for (wrong, hint) in [(point(0.0, 1.0, "bent"), "one of linear"), (Value::Number(1.0), "[beat, value]")] {
            let error = Rig::new(&SPEC, &Bench { values: values(vec![wrong], 0.0), ..Bench::default() }).err().unwrap();
            assert!(error.to_string().contains(hint), "{error}");
        }
        let mut none = Rig::new(&SPEC, &Bench::default()).unwrap();
        assert!(none.run(64)[0].iter().all(|x| *x == 0.0));
    }

    #[test]
    fn cuts_change_nothing() {
        let points = (0..20).map(|i| point(f64::from(i) / 7.0, f64::from(i % 3), ["linear", "smooth"][i as usize % 2]));
        cut_any_way(&SPEC, &values(points.collect(), 2.5));
    }
}
