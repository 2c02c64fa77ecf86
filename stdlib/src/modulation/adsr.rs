//! The envelope of most instruments.

use super::gated::{Gated, Ports};
use crate::filter::same;
use bf_dsp::Lane;
use bf_node::{Adopt, Event, Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// Attack, decay, sustain, release: how a note begins, lives and ends, from 0 to 1.
    ///
    /// While `gate` is high (above one half) it climbs to the top within `attack`, falls to `sustain` by `decay` and
    /// stays there; then it falls to nothing within `release`. A sequencer can play it directly through `notes`: it
    /// holds while a note is down. Curves are exponential, as in analogue synthesisers, and a new note starts from
    /// where the envelope stands. A bare trigger runs the attack and then lets go.
    ///
    /// `sensitivity` says how much a soft note lowers the whole envelope; the velocity comes with the notes or, in a
    /// voice, through the `velocity` input.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "saw", freq = 110.0 }
    /// pulse = { type = "square", freq = 2.0 }
    /// env = { type = "adsr", attack = 0.01, decay = 0.15, sustain = 0.3, release = 0.2 }
    /// amp = { type = "gain", gain = 0.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "env.gate" = "pulse"
    /// "amp" = "osc"
    /// "amp.gain" = { from = "env", amount = 0.4 }
    /// "out" = "amp"
    /// ```
    adsr: Modulation,
    inputs {
        gate: PortSpec::signal("gate", "High while the note is held."),
        velocity: PortSpec::signal("velocity", "How hard the note is struck, 0 to 1; read when the gate rises.").rest(1.0),
        notes: PortSpec::events("notes", "Notes that hold it; triggers that strike it."),
    },
    outputs { out: PortSpec::signal("out", "The envelope, 0 to 1.") },
    params {
        attack: ParamSpec::secs("attack", 0.005, 0.0005, 20.0, "From nothing to the top."),
        decay: ParamSpec::secs("decay", 0.2, 0.001, 20.0, "From the top down by 60 dB; it stops at the sustain level."),
        sustain: ParamSpec::unit_range("sustain", 0.7, "Where it stays while the gate is high."),
        release: ParamSpec::secs("release", 0.3, 0.001, 20.0, "From the top to nothing when the gate falls."),
        sensitivity: ParamSpec::unit_range("sensitivity", 0.0, "How much the velocity counts."),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Adsr))
}

struct Adsr<L>(Gated<L>);

impl<L: Lane> Adsr<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let ports = Ports { gate: inp::gate, velocity: inp::velocity, sensitivity: par::sensitivity };
        Adsr(Gated::new(setup, ports))
    }
}

impl<L: Lane> Processor for Adsr<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let adsr = [par::attack, par::decay, par::sustain, par::release].map(|param| io.steady(param));
        self.0.process(io, adsr)
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
    use bf_node::rig::Rig;
    use bf_node::{Controls, EventBody, Note, NoteId, Value};

    const SLOW: [(&str, f64); 4] = [("attack", 0.1), ("decay", 0.2), ("sustain", 0.5), ("release", 0.3)];

    fn values() -> Vec<(&'static str, Value)> {
        SLOW.into_iter().map(|(n, v)| (n, v.into())).collect()
    }

    fn gated(from: u64, to: u64) -> Rig {
        let mut rig = rig(&SPEC, &values());
        rig.feed("gate", 0, move |f, _| f32::from((from..to).contains(&f)));
        rig
    }

    fn note(id: u64, velocity: f32) -> EventBody {
        EventBody::NoteOn(Note { id: NoteId(id), pitch: 60.0, velocity, controls: Controls::NONE })
    }

    #[test]
    fn segments_take_the_time_they_say() {
        let y = gated(1000, 25_000).run_output("out", 0, 0, 48_000);
        let first =
            |from: usize, holds: &dyn Fn(f32) -> bool| (from..48_000).find(|&i| holds(y[i])).expect("it arrives");
        assert_eq!(y[999], 0.0);
        let top = first(0, &|x| x >= 1.0);
        assert!((top as i64 - 1000 - 4800).abs() < 10, "attack ends after {}", top - 1000);
        // The decay would be 60 dB down after 0.2 s, and passes the sustain level on its way.
        let expected = 0.2 * (0.501f64 / 0.001).ln() / (1.001f64 / 0.001).ln() * 48_000.0;
        let settled = first(top, &|x| x <= 0.5);
        assert!(((settled - top) as f64 - expected).abs() < 20.0, "decay ends after {}", settled - top);
        assert_eq!(y[24_999], 0.5);
        let silent = first(25_000, &|x| x == 0.0);
        let expected = 0.3 * (0.501f64 / 0.001).ln() / (1.001f64 / 0.001).ln() * 48_000.0;
        assert!(((silent - 25_000) as f64 - expected).abs() < 20.0, "release ends after {}", silent - 25_000);
        assert!(y.windows(2).all(|w| (w[1] - w[0]).abs() < 0.001), "no jumps");
    }

    #[test]
    fn the_attack_bulges_and_the_release_falls_as_a_capacitor_does() {
        let y = gated(0, 24_000).run_output("out", 0, 0, 36_000);
        assert!((y[2400] - 0.675).abs() < 0.005, "half way through the attack: {}", y[2400]);
        let db = 20.0 * (y[24_000 + 4800] / y[24_000 + 2400]).log10();
        assert!((db + 10.0).abs() < 0.3, "0.3 s for 60 dB is 10 dB in 0.05 s: {db}");
    }

    #[test]
    fn a_late_gate_starts_from_where_it_stands() {
        let mut rig = rig(&SPEC, &values());
        rig.feed("gate", 0, |f, _| f32::from(!(24_000..26_000).contains(&f)));
        let y = rig.run_output("out", 0, 0, 40_000);
        assert!(y[26_000] > 0.15 && (y[26_000] - y[25_999]).abs() < 0.001 && y[30_000] > 0.9);
    }

    #[test]
    fn notes_hold_it_and_triggers_strike_it() {
        let mut rig = rig(&SPEC, &values());
        for (frame, body) in [
            (100, note(1, 1.0)),
            (20_000, note(2, 1.0)),
            (21_000, EventBody::NoteOff { id: NoteId(1) }),
            (35_000, EventBody::NoteOff { id: NoteId(2) }),
            (60_000, EventBody::Trigger { value: 1.0 }),
        ] {
            rig.event(frame, "notes", body);
        }
        let y = rig.run_output("out", 0, 0, 96_000);
        assert_eq!(y[99], 0.0);
        assert!(y[100] > 0.0 && y[19_999] == 0.5 && y[23_100] > 0.98, "the second note strikes again");
        assert!(y[34_999] == 0.5 && y[36_000] < 0.5 && y[59_999] == 0.0);
        assert!(y[64_790] > 0.99 && y[66_000] < 0.9 && y[95_999] == 0.0, "a trigger lets go at the top");
        assert_eq!(rig.status, Status::Idle);
    }

    #[test]
    fn velocity_lowers_the_whole_envelope() {
        let with = |sensitivity: f64| {
            let mut v = values();
            v.push(("sensitivity", sensitivity.into()));
            let mut rig = rig(&SPEC, &v);
            rig.feed("gate", 0, |f, _| f32::from(f < 48_000));
            rig.feed("velocity", 0, |f, _| if f == 0 { 0.25 } else { 0.9 });
            rig.run_output("out", 0, 0, 24_000)
        };
        assert!((peak(&with(1.0)) - 0.25).abs() < 1e-6);
        assert!((with(1.0)[23_999] - 0.125).abs() < 1e-6);
        assert!((peak(&with(0.5)) - 0.625).abs() < 1e-6);
        assert!((peak(&with(0.0)) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn long_attacks_keep_their_time() {
        let mut rig = rig(&SPEC, &[("attack", 10.0.into())]);
        rig.feed("gate", 0, |_, _| 1.0);
        let y = rig.run_output("out", 0, 0, 10 * 48_000 + 24_000);
        let top = y.iter().position(|x| *x >= 1.0).expect("it arrives") as f64 / 48_000.0;
        assert!((top - 10.0).abs() < 0.3, "{top}");
    }

    #[test]
    fn cuts_and_lanes_keep_every_bit() {
        keeps_every_bit(&SPEC, &[("release", 0.01.into()), ("sensitivity", 0.7.into())], |rig| {
            rig.feed("gate", 0, |f, l| f32::from((f + 37 * l as u64) % 500 < 333));
            rig.feed("gate", 1, |f, _| f32::from(f % 91 < 33));
            rig.feed("velocity", 0, |f, l| noise(f, l).abs());
            rig.drive("sustain", |f, l| noise(f / 50, l).abs());
        });
        keeps_every_bit(&SPEC, &[("decay", 0.01.into()), ("sensitivity", 0.7.into())], |rig| {
            rig.event(33, "notes", note(1, 0.4));
            rig.event(777, "notes", EventBody::NoteOff { id: NoteId(1) });
            rig.event(1200, "notes", EventBody::Trigger { value: 0.8 });
        });
    }
}
