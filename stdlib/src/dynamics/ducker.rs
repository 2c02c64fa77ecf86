//! Turns down at each trigger and comes back by itself.

use bf_dsp::math;
use bf_node::{
    ControlKey, Event, EventBody, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor,
    Setup, Status, node,
};

node! {
    /// Ducks at each trigger: the sound goes down at once and comes back over `attack`.
    ///
    /// A kick into `trigger` makes a bass or a pad pump, without anything being listened to: the curve is the same for
    /// every kick, however loud. It falls in a straight line over 2 ms, so that nothing clicks, and rises in the curve of a
    /// cosine; a trigger while it rises turns it down from where it stands. A trigger's value is how far it ducks, as a
    /// factor of `depth`; the control `duckattack` sets another time for the triggers behind it. Tracks of scripts use it for
    /// the control `duck`.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// beat = { type = "steps", steps = "x", rate = "1/4" }
    /// pad = { type = "saw", freq = 110.0 }
    /// pump = { type = "ducker", attack = 0.3 }
    /// low = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "pump" = "pad"
    /// "pump.trigger" = "beat"
    /// "low" = "pump"
    /// "out" = "low"
    /// ```
    ducker: Dynamics,
    inputs {
        input: PortSpec::stereo("input", "What ducks. One channel goes to both sides."),
        trigger: PortSpec::events("trigger", "Triggers and notes that it ducks for."),
    },
    outputs { out: PortSpec::stereo("out", "The sound, turned down behind each trigger.") },
    params {
        depth: ParamSpec::unit_range("depth", 1.0, "How far it goes down: 1 is silence, 0.5 half the level."),
        attack: ParamSpec::secs("attack", 0.1, 0.001, 10.0, "The time until it is back."),
    },
    with { make: make, channels: NodeChannels::Fixed(2) }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| {
        let rate = setup.sample_rate;
        Ok(Ducker {
            rate,
            fall: (FALL_SECS * rate).max(1.0) as u64,
            key: setup.key("duckattack"),
            attack: None,
            dip: None,
        })
    })
}

const FALL_SECS: f32 = 0.002;

struct Ducker {
    rate: f32,
    fall: u64,
    key: ControlKey,
    /// Seconds that a control has set.
    attack: Option<f32>,
    dip: Option<Dip>,
}

/// A way down and back.
#[derive(Clone, Copy)]
struct Dip {
    /// The frame of its trigger, and the gain there.
    at: u64,
    from: f32,
    low: f32,
    /// Frames until it is back, behind the fall.
    back: u64,
}

impl Dip {
    /// The gain at a frame; `None` once it is back.
    fn gain(&self, frame: u64, fall: u64) -> Option<f32> {
        let gone = frame.saturating_sub(self.at);
        if gone < fall {
            return Some(self.from + (self.low - self.from) * (gone as f32 / fall as f32));
        }
        let share = (gone - fall) as f32 / self.back as f32;
        (share < 1.0).then(|| {
            let risen = 0.5 - 0.5 * math::cos(share * core::f32::consts::PI);
            self.low + (1.0 - self.low) * risen
        })
    }
}

impl Processor for Ducker {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let (start, frames) = (io.start(), io.frames() as u64);
        let silent = (0..2).all(|side| io.input_silent(inp::input, side));
        for side in 0..2 {
            let x = io.input::<f32>(inp::input, side);
            let y = io.output::<f32>(out::out, side);
            match &self.dip {
                None => y.copy_from_slice(x),
                Some(dip) => {
                    for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
                        *y = *x * dip.gain(start + i as u64, self.fall).unwrap_or(1.0);
                    }
                }
            }
        }
        if self.dip.is_some_and(|dip| dip.gain(start + frames, self.fall).is_none()) {
            self.dip = None;
        }
        if silent { Status::Idle } else { Status::Active }
    }

    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        let hard = match event.body {
            EventBody::Control { key, value } if key == self.key => {
                self.attack = value.is_finite().then_some(value);
                return;
            }
            EventBody::Trigger { value } => value,
            EventBody::NoteOn(note) => note.velocity,
            _ => return,
        };
        let at = io.start();
        let from = self.dip.and_then(|dip| dip.gain(at, self.fall)).unwrap_or(1.0);
        let secs = self.attack.unwrap_or_else(|| io.number(par::attack)).clamp(0.001, 10.0);
        let low = 1.0 - (hard.clamp(0.0, 1.0) * io.number(par::depth)).clamp(0.0, 1.0);
        self.dip = Some(Dip { at, from, low, back: ((secs * self.rate) as u64).max(1) });
    }

    fn reset(&mut self, _lanes: LaneMask) {
        (self.attack, self.dip) = (None, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::testing::{keeps_the_laws, with};
    use bf_node::rig::{Bench, Rig};

    fn rig() -> Rig {
        let mut rig = with(&SPEC, Bench { channels: 2, ..Bench::default() });
        rig.feed("input", 0, |_, _| 1.0);
        rig.feed("input", 1, |_, _| 1.0);
        rig
    }

    #[test]
    fn it_goes_down_at_a_trigger_and_comes_back_without_a_click() {
        let mut rig = rig();
        let key = rig.keys.key("duckattack");
        rig.event(1_000, "trigger", EventBody::Trigger { value: 0.75 });
        rig.event(9_000, "trigger", EventBody::Control { key, value: 0.01 });
        rig.event(9_000, "trigger", EventBody::Trigger { value: 1.0 });
        let y = rig.run_output("out", 0, 0, 12_000);
        assert!(y[..=1_000].iter().all(|x| *x == 1.0));
        assert!((y[1_096] - 0.25).abs() < 1e-6 && (y[1_096 + 2_400] - 0.625).abs() < 1e-3);
        assert!(y[1_096 + 4_800..=9_000].iter().all(|x| *x == 1.0));
        assert!(y[9_096].abs() < 1e-6 && y[9_096 + 480..].iter().all(|x| *x == 1.0));
        let step = y.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(step < 1.01 / 96.0, "{step}");
    }

    #[test]
    fn it_keeps_the_laws() {
        keeps_the_laws(&SPEC, 2, &[("depth", 0.5.into())], |rig| {
            for frame in [7, 640, 1_000] {
                rig.event(frame, "trigger", EventBody::Trigger { value: 0.75 });
            }
        });
    }
}
