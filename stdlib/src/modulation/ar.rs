//! The envelope with two knobs.

use super::gated::{Gated, Ports};
use crate::filter::same;
use bf_dsp::Lane;
use bf_node::{Adopt, Event, Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// Attack and release: up when struck, down when let go, from 0 to 1.
    ///
    /// While `gate` is high it climbs to the top within `attack` and stays there, then it falls within `release`. With
    /// `sustained` off it falls as soon as it has reached the top, however long the gate stays high: the envelope of
    /// drums and plucks. A sequencer can play it through `notes`. Struck again, it rises from where it stands.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// noise = { type = "white" }
    /// beat = { type = "square", freq = 4.0 }
    /// env = { type = "ar", attack = 0.001, release = 0.12, sustained = false }
    /// amp = { type = "gain", gain = 0.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "env.gate" = "beat"
    /// "amp" = "noise"
    /// "amp.gain" = { from = "env", amount = 0.3 }
    /// "out" = "amp"
    /// ```
    ar: Modulation,
    inputs {
        gate: PortSpec::signal("gate", "High while it is held."),
        velocity: PortSpec::signal("velocity", "How hard it is struck, 0 to 1; read when the gate rises.").rest(1.0),
        notes: PortSpec::events("notes", "Notes that hold it; triggers that strike it."),
    },
    outputs { out: PortSpec::signal("out", "The envelope, 0 to 1.") },
    params {
        attack: ParamSpec::secs("attack", 0.005, 0.0005, 20.0, "From nothing to the top."),
        release: ParamSpec::secs("release", 0.3, 0.001, 20.0, "From the top to nothing."),
        sustained: ParamSpec::switch("sustained", true, "Stay at the top while the gate is high."),
        sensitivity: ParamSpec::unit_range("sensitivity", 0.0, "How much the velocity counts."),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Ar))
}

struct Ar<L>(Gated<L>);

impl<L: Lane> Ar<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let ports = Ports { gate: inp::gate, velocity: inp::velocity, sensitivity: par::sensitivity };
        Ar(Gated::new(setup, ports))
    }
}

impl<L: Lane> Processor for Ar<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let release = io.steady(par::release);
        let sustain = L::splat(f32::from(u8::from(io.switch(par::sustained))));
        self.0.process(io, [io.steady(par::attack), release, sustain, release])
    }
    fn event(&mut self, io: &mut Io<'_>, _input: usize, event: &Event) {
        self.0.event(io, event);
    }
    fn reset(&mut self, lanes: LaneMask) {
        self.0.reset(lanes);
    }
    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        same::<Self>(old).map_or(Adopt::None, |old| self.0.adopt(&old.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::testing::*;
    use bf_node::EventBody;

    #[test]
    fn it_rises_and_falls_in_the_time_it_says() {
        for (sustained, fall) in [(true, 24_000), (false, 4800)] {
            let values = [("attack", 0.1.into()), ("release", 0.2.into()), ("sustained", sustained.into())];
            let mut rig = rig(&SPEC, &values);
            rig.feed("gate", 0, |f, _| f32::from(f < 24_000));
            let y = rig.run_output("out", 0, 0, 48_000);
            let top = y.iter().position(|x| *x >= 1.0).expect("it arrives");
            assert!((top as i64 - 4800).abs() < 10, "{top}");
            assert!(y[fall - 20] > 0.99 && y[fall + 200] < 0.9);
            let end = y.iter().rposition(|x| *x > 0.0).expect("it arrives");
            assert!((end as i64 - fall as i64 - 9600).abs() < 30, "{end}");
            assert_eq!(rig.status, Status::Idle);
        }
    }

    #[test]
    fn a_trigger_is_one_shot_and_strikes_again_from_where_it_stands() {
        let mut rig = rig(&SPEC, &[("attack", 0.01.into()), ("release", 0.2.into())]);
        rig.event(0, "notes", EventBody::Trigger { value: 1.0 });
        rig.event(1500, "notes", EventBody::Trigger { value: 1.0 });
        let y = rig.run_output("out", 0, 0, 24_000);
        assert!(y[470] > 0.97 && y[1499] < 0.6 && y[1500] > y[1499] && y[1820] > 0.95);
        assert!(y.windows(2).all(|w| (w[1] - w[0]).abs() < 0.01));
        assert_eq!(y[23_999], 0.0);
    }

    #[test]
    fn cuts_and_lanes_keep_every_bit() {
        keeps_every_bit(&SPEC, &[("release", 0.01.into())], |rig| {
            rig.feed("gate", 0, |f, l| f32::from((f + 37 * l as u64) % 500 < 333));
            rig.event(1200, "notes", EventBody::Trigger { value: 0.8 });
        });
    }
}
