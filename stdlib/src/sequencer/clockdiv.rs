//! Divides a clock.

use super::player::{Due, Player, Timing};
use super::rate;
use bf_node::{
    Adopt, Event, EventBody, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PerLane, PortSpec, Processor, Setup,
    Status, node,
};

node! {
    /// Lets every nth tick through.
    ///
    /// With a cable into `clock` the ticks are its triggers and notes, counted from 0; a trigger or note into
    /// `restart` counts from 0 again. Without one the ticks are those of the transport at `rate`, counted from
    /// beat 0, each on its exact frame. A tick passes where its count leaves `offset` over when divided by
    /// `division`.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 126.0
    /// [nodes]
    /// beat = { type = "clockdiv", rate = "1/4" }
    /// late = { type = "clockdiv", rate = "1/8", division = 8, offset = 7 }
    /// drum = { type = "kick" }
    /// hand = { type = "clap" }
    /// half = { type = "maths", op = "mul", value = 0.45 }
    /// soft = { type = "maths", op = "mul", value = 0.45 }
    /// out = { type = "output" }
    /// [cables]
    /// "drum" = "beat"
    /// "hand" = "late"
    /// "half" = "drum"
    /// "soft" = "hand"
    /// "out" = ["half", "soft"]
    /// ```
    clockdiv: Sequencer,
    inputs {
        clock: PortSpec::events("clock", "Ticks: triggers and notes. The transport ticks where nothing enters."),
        restart: PortSpec::events("restart", "A trigger or a note: the next tick of `clock` counts as 0."),
    },
    outputs {
        trigger: PortSpec::events("trigger", "A trigger for each tick that passes."),
        gate: PortSpec::mono("gate", "1 for ten milliseconds from each tick that passes, else 0."),
    },
    params {
        division: ParamSpec::integer("division", 1, 1, 256, "Every how many ticks one passes.").at_once(),
        offset: ParamSpec::integer("offset", 0, 0, 255, "Which one of them: 0 is the first.").at_once(),
        rate: rate::param(rate::QUARTER, "The ticks of the transport; 1/4 is one beat, t a triplet, d dotted; `cycle` is one a bar."),
    },
    with { make: make, channels: NodeChannels::Fixed(1), free_running: true }
}

/// How long the gate stays open.
const GATE_SECS: f32 = 0.01;

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| {
        let gate_frames = (setup.sample_rate * GATE_SECS).round().max(1.0) as u64;
        Ok(ClockDiv { player: Player::new(setup), count: 0, gate_frames, gate_end: 0 })
    })
}

struct ClockDiv {
    player: Player,
    /// Ticks that came through the cable.
    count: i64,
    gate_frames: u64,
    /// The absolute frame at which the gate closes.
    gate_end: u64,
}

impl ClockDiv {
    fn passes(io: &Io<'_>, count: i64) -> bool {
        let whole = |param| io.number(param).round() as i64;
        count.wrapping_sub(whole(par::offset)).rem_euclid(whole(par::division).max(1)) == 0
    }

    fn pass(&mut self, io: &mut Io<'_>, at: usize, value: f32) {
        io.emit(out::trigger, at, EventBody::Trigger { value });
        self.gate_end = io.start() + at as u64 + self.gate_frames;
    }

    fn paint(&self, io: &mut Io<'_>, from: usize, to: usize) {
        let open = self.gate_end.saturating_sub(io.start()).min(to as u64) as usize;
        for (i, gate) in io.output::<f32>(out::gate, 0).iter_mut().enumerate().take(to).skip(from) {
            *gate = f32::from(u8::from(i < open));
        }
    }
}

impl Processor for ClockDiv {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let transport = io.transport();
        let timing = Timing::new(rate::step(io.index(par::rate), transport, 1), 0.0);
        if self.player.begin(io, transport, timing, out::trigger).breaks() && !io.patched(inp::clock) {
            self.gate_end = 0;
        }
        let (start, end) = (io.start(), io.start() + io.frames() as u64);
        let mut painted = 0;
        while let Some((frame, due)) = self.player.next(transport, start, end) {
            let Due::Step(index) = due else { break };
            if io.patched(inp::clock) || !Self::passes(io, index) {
                continue;
            }
            let at = (frame - start) as usize;
            self.paint(io, painted, at);
            painted = at;
            self.pass(io, at, 1.0);
        }
        self.paint(io, painted, io.frames());
        Status::Active
    }

    fn event(&mut self, io: &mut Io<'_>, input: usize, event: &Event) {
        let value = match event.body {
            EventBody::Trigger { value } => value,
            EventBody::NoteOn(note) => note.velocity,
            _ => return,
        };
        if input == inp::restart {
            self.count = 0;
        } else {
            let count = self.count;
            self.count = self.count.wrapping_add(1);
            if Self::passes(io, count) {
                self.pass(io, 0, value);
            }
        }
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.player.clear();
        (self.count, self.gate_end) = (0, 0);
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = (old as &mut dyn core::any::Any).downcast_mut::<ClockDiv>() else { return Adopt::None };
        core::mem::swap(&mut self.player, &mut old.player);
        (self.count, self.gate_end) = (old.count, old.gate_end);
        Adopt::Moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::{cut_any_way, cut_any_way_with, random_notes};
    use bf_node::Value;
    use bf_node::rig::{Bench, Rig};

    fn rig(patched: &[&'static str], values: &[(&'static str, Value)]) -> Rig {
        let bench = Bench { patched: Some(patched.to_vec()), values: values.to_vec(), ..Bench::default() };
        Rig::new(&SPEC, &bench).unwrap()
    }

    fn frames(rig: &Rig) -> Vec<u64> {
        rig.events("trigger").iter().map(|(f, _)| *f).collect()
    }

    #[test]
    fn the_transport_ticks_where_nothing_enters() {
        let mut rig = rig(&[], &[("rate", "1/8".into()), ("division", 3.0.into()), ("offset", 1.0.into())]);
        let gate = &rig.run(96_000)[0];
        assert_eq!(frames(&rig), [12_000, 48_000, 84_000]);
        assert_eq!((gate[11_999], gate[12_000], gate[12_479], gate[12_480]), (0.0, 1.0, 1.0, 0.0));
    }

    #[test]
    fn ticks_that_enter_are_counted() {
        let mut rig = rig(&["clock"], &[("division", 3.0.into())]);
        for i in 0..7 {
            rig.event(100 * i, "clock", EventBody::Trigger { value: 0.5 });
        }
        rig.event(450, "restart", EventBody::Trigger { value: 1.0 });
        rig.run(48_000);
        assert_eq!(frames(&rig), [0, 300, 500]);
        assert_eq!(rig.events("trigger")[0].1, EventBody::Trigger { value: 0.5 });
    }

    #[test]
    fn cuts_change_nothing() {
        cut_any_way_with(&SPEC, &[("division", 2.0.into())], &random_notes);
        cut_any_way(&SPEC, &[("division", 2.0.into()), ("rate", "1/32t".into())]);
    }
}
