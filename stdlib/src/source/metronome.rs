//! The click that players hear.

use bf_dsp::fader::fader_gain;
use bf_dsp::math;
use bf_node::{
    Adopt, Event, EventBody, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor, Setup,
    Status, node,
};
use bf_pattern::Ratio;

node! {
    /// Clicks on every beat while the set plays, higher on the first of a bar.
    ///
    /// Lead it to a `cue`, or to an output that is neither recorded nor rendered: `channels = "beside"`. A trigger
    /// into `click` clicks as well, also while the set stands: 1 is the first of a bar, what is less another beat;
    /// so a bar is counted in.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// click = { type = "metronome", gain = -12.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "out" = "click"
    /// ```
    metronome: Source,
    inputs { click: PortSpec::events("click", "A trigger clicks; 1 as on the first of a bar.") },
    outputs { out: PortSpec::mono("out", "The clicks.") },
    params {
        on: ParamSpec::switch("on", true, "Whether it clicks with the transport."),
        gain: ParamSpec::db("gain", -6.0, -80.0, 12.0, "How loud; −80 dB is silent."),
    },
    with { make: make, channels: NodeChannels::Fixed(1), free_running: true }
}

/// The pitch of the first of a bar, and of the others.
const PITCH_HZ: [f32; 2] = [1_760.0, 1_175.0];
/// A click falls to a third in this time, and ends after that.
const DECAY_SECS: f32 = 0.012;
const END_SECS: f32 = 0.12;

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| Ok(Metronome::new(setup.sample_rate)))
}

struct Metronome {
    rate: f32,
    /// Frames since the last click began, up to its end.
    age: u32,
    end: u32,
    first: bool,
}

impl Metronome {
    fn new(rate: f32) -> Metronome {
        let end = (END_SECS * rate) as u32;
        Metronome { rate, age: end, end, first: false }
    }

    fn begin(&mut self, first: bool) {
        (self.age, self.first) = (0, first);
    }

    fn step(&mut self) -> f32 {
        if self.age >= self.end {
            return 0.0;
        }
        let secs = self.age as f32 / self.rate;
        self.age += 1;
        let hz = PITCH_HZ[usize::from(!self.first)];
        math::sin(core::f32::consts::TAU * hz * secs) * math::exp(-secs / DECAY_SECS)
    }
}

impl Processor for Metronome {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let transport = *io.transport();
        let (start, frames) = (io.start(), io.frames());
        let mut beat = if io.switch(par::on) { transport.first_index(start, Ratio::ONE) } else { None };
        let due = |beat: Option<i64>| beat.and_then(|beat| transport.frame_of(Ratio::int(beat)));
        let mut next = due(beat);
        let gain: f32 = fader_gain(io.number(par::gain));
        for i in 0..frames {
            if next == Some(start + i as u64)
                && let Some(at) = &mut beat
            {
                self.begin(at.rem_euclid(i64::from(transport.beats_per_cycle.max(1))) == 0);
                *at += 1;
                next = due(beat);
            }
            let y = self.step() * gain;
            io.output::<f32>(out::out, 0)[i] = y;
        }
        Status::Active
    }

    fn event(&mut self, _io: &mut Io<'_>, _input: usize, event: &Event) {
        if let EventBody::Trigger { value } = event.body
            && value > 0.0
        {
            self.begin(value >= 1.0);
        }
    }

    fn reset(&mut self, lanes: LaneMask) {
        if lanes & 1 != 0 {
            *self = Metronome::new(self.rate);
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        match (old as &mut dyn core::any::Any).downcast_mut::<Metronome>() {
            Some(old) => {
                (self.age, self.first) = (old.age, old.first);
                Adopt::Copied
            }
            None => Adopt::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::testing::{keeps_the_laws, rig};

    #[test]
    fn it_clicks_on_each_beat_and_keeps_the_laws() {
        let mut rig = rig(&SPEC, 1, &[("gain", 0.0.into())]);
        let per_beat = (rig.transport.frames_per_beat()).round() as usize;
        let y = rig.run(4 * per_beat + 2_000);
        for beat in 0..4 {
            let at = beat * per_beat;
            let peak = |from: usize| y[0][from..from + 400].iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
            assert!(peak(at) > 0.5, "beat {beat}");
            assert!(peak(at + per_beat / 2) == 0.0, "nothing between");
        }
        let crossings = |at: usize| y[0][at..at + 960].windows(2).filter(|w| w[0] < 0.0 && w[1] >= 0.0).count();
        assert!(crossings(0) > crossings(per_beat), "the first of a bar is higher");
        keeps_the_laws(&SPEC, 1, &[], |_| ());
    }
}
