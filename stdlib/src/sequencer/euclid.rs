//! Euclidean rhythms.

use super::line::Line;
use super::player::{Due, Player, Timing};
use super::rate;
use bf_node::{
    Adopt, Controls, EventBody, Io, LaneMask, MakeError, NodeChannels, Note, ParamSpec, PerLane, PortSpec, Processor,
    Setup, Status, node,
};

node! {
    /// Spreads hits as evenly as can be over a number of steps.
    ///
    /// Three hits over eight steps are the tresillo `x--x--x-`, five the cinquillo `x-xx-xx-`, seven over twelve a
    /// West African bell. `rotation` shifts the row to later steps, as in Strudel (Tidal shifts it the other way);
    /// a negative number of pulses turns hits into rests and rests into hits, as in Strudel too. `accents` spreads
    /// so many accents over the hits in the same way.
    ///
    /// Step 0 falls on beat 0 of the transport, every step on its exact frame. When the transport stops or jumps,
    /// the notes end.
    ///
    /// *Source*: E. Bjorklund, "The theory of rep-rate pattern generation in the SNS timing system", 2003;
    /// G. Toussaint, "The Euclidean algorithm generates traditional musical rhythms", 2005.
    ///
    /// ```toml
    /// beatforge = 1
    /// tempo = 112.0
    /// [nodes]
    /// low = { type = "euclid", pulses = 3, steps = 8 }
    /// high = { type = "euclid", pulses = 7, steps = 16, rotation = 2, accents = 2, velocity = 0.5 }
    /// drum = { type = "kick" }
    /// ride = { type = "hat" }
    /// low_level = { type = "maths", op = "mul", value = 0.6 }
    /// high_level = { type = "maths", op = "mul", value = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "drum" = "low"
    /// "ride" = "high"
    /// "low_level" = "drum"
    /// "high_level" = "ride"
    /// "out" = ["low_level", "high_level"]
    /// ```
    euclid: Sequencer,
    inputs { },
    outputs {
        notes: PortSpec::events("notes", "The hits, as notes."),
        gate: PortSpec::mono("gate", "1 while a hit sounds, else 0. Where one follows another without a rest, it falls for one frame."),
        freq: PortSpec::mono("freq", "The frequency of the newest hit in Hz."),
        value: PortSpec::mono("value", "The velocity of the newest hit, 0 to 1."),
    },
    params {
        pulses: ParamSpec::integer("pulses", 3, -64, 64, "How many steps are hits; below 0 that many are rests.").at_once(),
        steps: ParamSpec::integer("steps", 8, 1, 64, "How many steps the row has.").at_once(),
        rotation: ParamSpec::integer("rotation", 0, -64, 64, "Shifts the row to later steps (negative: to earlier ones).").at_once(),
        accents: ParamSpec::integer("accents", 0, 0, 64, "How many of the hits are accents, spread evenly.").at_once(),
        rate: rate::param(rate::SIXTEENTH, "The length of a step; 1/4 is one beat, t a triplet, d dotted; `cycle` fits the row into one bar."),
        gate_length: ParamSpec::unit_range("gate_length", 0.5, "How much of a step a hit fills, 0 (one frame) to 1 (up to the next step)."),
        swing: ParamSpec::number("swing", 0.0, 0.0, 0.75, "How late every second step is, in steps: 0 is straight, 0.333 triplets."),
        pitch: ParamSpec::number("pitch", 60.0, 0.0, 127.0, "The MIDI note number of the hits."),
        velocity: ParamSpec::unit_range("velocity", 0.75, "How hard hits are played; accents are a third harder."),
    },
    with {
        make: make,
        channels: NodeChannels::Fixed(1),
        free_running: true,
        probe_values: &["step", "dropped"]
    }
}

const SIGNALS: [usize; 3] = [out::gate, out::freq, out::value];

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    PerLane::make(setup, |setup, _| {
        Ok(Euclid { player: Player::new(setup), line: Line::default(), row: None, probe: setup.probe.clone() })
    })
}

struct Euclid {
    player: Player,
    line: Line,
    row: Option<Row>,
    probe: std::sync::Arc<bf_node::Probe>,
}

/// The params that shape a row.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Shape {
    pulses: i32,
    steps: i32,
    rotation: i32,
    accents: i32,
}

/// A row as bits, step 0 the lowest, and the shape it was made from.
#[derive(Clone, Copy)]
struct Row {
    shape: Shape,
    hits: u64,
    accents: u64,
}

impl Row {
    fn new(shape: Shape) -> Row {
        let steps = shape.steps.clamp(1, 64);
        let hits = spread(shape.pulses.clamp(-64, 64), steps);
        let strong =
            spread(shape.accents.clamp(0, hits.count_ones().cast_signed()), hits.count_ones().cast_signed().max(1));
        let mut accents = 0;
        let mut nth = 0;
        for step in 0..steps {
            if hits >> step & 1 == 1 {
                accents |= (strong >> nth & 1) << step;
                nth += 1;
            }
        }
        let turn = |row| rotate(row, steps, shape.rotation);
        Row { shape, hits: turn(hits), accents: turn(accents) }
    }

    /// Whether a step is a hit, and whether that is an accent.
    fn at(&self, index: i64) -> (bool, bool) {
        let step = index.rem_euclid(i64::from(self.shape.steps.clamp(1, 64)));
        (self.hits >> step & 1 == 1, self.accents >> step & 1 == 1)
    }
}

/// Bjorklund's row of `pulses` hits over `steps` (1 to 64), step 0 the lowest bit. Negative pulses are rests.
fn spread(pulses: i32, steps: i32) -> u64 {
    let all = u64::MAX >> (64 - steps);
    if pulses < 0 {
        return !spread(-pulses, steps) & all;
    }
    // Two kinds of group, each (bits, length), and how many there are of each.
    let (mut a, mut b) = ((1u64, 1), (0u64, 1));
    let mut many = (pulses.min(steps), steps - pulses.min(steps));
    let join = |x: (u64, i32), y: (u64, i32)| (x.0 | y.0 << x.1, x.1 + y.1);
    while many.0.min(many.1) > 1 {
        let pairs = many.0.min(many.1);
        let joined = join(a, b);
        if many.0 > many.1 {
            b = a;
        }
        many = (pairs, many.0.max(many.1) - pairs);
        a = joined;
    }
    let (mut row, mut at) = (0, 0);
    for (group, count) in [(a, many.0), (b, many.1)] {
        for _ in 0..count {
            row |= group.0 << at;
            at += group.1;
        }
    }
    row & all
}

/// Shifts a row of `steps` bits to later steps.
fn rotate(row: u64, steps: i32, by: i32) -> u64 {
    let by = by.rem_euclid(steps);
    if by == 0 {
        return row;
    }
    (row << by | row >> (steps - by)) & (u64::MAX >> (64 - steps))
}

impl Euclid {
    fn row(&mut self, io: &Io<'_>) -> Row {
        let whole = |param| io.number(param).round() as i32;
        let shape = Shape {
            pulses: whole(par::pulses),
            steps: whole(par::steps),
            rotation: whole(par::rotation),
            accents: whole(par::accents),
        };
        match self.row {
            Some(row) if row.shape == shape => row,
            _ => *self.row.insert(Row::new(shape)),
        }
    }

    fn step(&mut self, io: &mut Io<'_>, at: usize, index: i64, timing: &Timing) {
        let row = self.row(io);
        self.probe.set(0, index.rem_euclid(i64::from(row.shape.steps.max(1))) as f32);
        let (true, accent) = row.at(index) else { return };
        let end = timing.end(index, 1, io.number(par::gate_length));
        let Some(id) = self.player.sounding.begin(io.transport(), io.start() + at as u64, end.into()) else { return };
        let velocity = io.number(par::velocity) * if accent { 4.0 / 3.0 } else { 1.0 };
        let note = Note { id, pitch: io.number(par::pitch), velocity: velocity.min(1.0), controls: Controls::NONE };
        io.emit(out::notes, at, EventBody::NoteOn(note));
        self.line.strike(note.pitch, note.velocity);
    }
}

impl Processor for Euclid {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        let transport = io.transport();
        let count = io.number(par::steps).round().max(1.0) as usize;
        let timing = Timing::new(rate::step(io.index(par::rate), transport, count), io.number(par::swing));
        if self.player.begin(io, transport, timing, out::notes).breaks() {
            self.line.gate = 0.0;
        }
        let (start, end) = (io.start(), io.start() + io.frames() as u64);
        let mut painted = 0;
        while let Some((frame, due)) = self.player.next(transport, start, end) {
            let at = (frame - start) as usize;
            self.line.paint(io, SIGNALS, painted, at);
            painted = at;
            match due {
                Due::Off => self.player.end_next(io, out::notes, at),
                Due::Step(index) => self.step(io, at, index, &timing),
            }
            self.line.gate = f32::from(u8::from(self.player.sounding.any()));
        }
        self.line.paint(io, SIGNALS, painted, io.frames());
        self.probe.set(1, self.player.sounding.dropped as f32);
        // The transport may start at any frame without an event, so there is no rest.
        Status::Active
    }

    fn reset(&mut self, _lanes: LaneMask) {
        self.player.clear();
        self.line = Line::default();
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = (old as &mut dyn core::any::Any).downcast_mut::<Euclid>() else { return Adopt::None };
        core::mem::swap(&mut self.player, &mut old.player);
        self.line = old.line;
        Adopt::Moved
    }

    fn release(&mut self, io: &mut Io<'_>) {
        self.player.sounding.end_all(io, out::notes, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequencer::testing::{cut_any_way, ons};
    use bf_node::rig::{Bench, Rig};

    fn text(row: u64, steps: i32) -> String {
        (0..steps).map(|i| if row >> i & 1 == 1 { 'x' } else { '.' }).collect()
    }

    #[test]
    fn rows_are_those_of_strudel() {
        for (pulses, steps, rotation, row) in [
            (3, 8, 0, "x..x..x."),
            (5, 8, 0, "x.xx.xx."),
            (2, 5, 0, "x.x.."),
            (4, 9, 0, "x.x.x.x.."),
            (7, 12, 0, "x.xx.x.xx.x."),
            (11, 24, 0, "x..x.x.x.x.x..x.x.x.x.x."),
            (4, 4, 0, "xxxx"),
            (0, 4, 0, "...."),
            (9, 4, 0, "xxxx"),
            (-3, 8, 0, ".xx.xx.x"),
            (3, 8, 2, "x.x..x.."),
            (3, 8, -1, "..x..x.x"),
            (3, 8, 8, "x..x..x."),
        ] {
            let made = Row::new(Shape { pulses, steps, rotation, accents: 0 });
            assert_eq!(text(made.hits, steps), row, "({pulses},{steps},{rotation})");
        }
        for steps in 1..=64 {
            for pulses in 0..=steps {
                assert_eq!(spread(pulses, steps).count_ones().cast_signed(), pulses, "({pulses},{steps})");
            }
        }
    }

    #[test]
    fn accents_lie_on_hits() {
        let row = Row::new(Shape { pulses: 5, steps: 8, rotation: 3, accents: 2 });
        assert_eq!((row.accents.count_ones(), row.accents & !row.hits), (2, 0));
    }

    #[test]
    fn hits_fall_on_their_frames() {
        let mut rig = Rig::new(&SPEC, &Bench::default()).unwrap();
        rig.run(48_000);
        // At 120 beats a minute a sixteenth has 6,000 frames.
        let frames: Vec<u64> = ons(&rig, "notes").iter().map(|(f, _)| f / 6_000).collect();
        assert_eq!(frames, [0, 3, 6]);
        assert!(ons(&rig, "notes").iter().all(|(f, _)| f % 6_000 == 0));
    }

    #[test]
    fn cuts_change_nothing() {
        cut_any_way(&SPEC, &[("swing", 0.3.into()), ("accents", 2.0.into()), ("gate_length", 1.0.into())]);
    }
}
