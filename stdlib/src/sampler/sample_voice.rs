//! The sampler of an instrument: one recording a voice.

use super::lane::{Asked, File, Frames, Lane as Playing};
use super::player::is_sound;
use bf_dsp::{GRID, Lane, math};
use bf_node::{
    Form, Io, LaneMask, MakeError, NodeChannels, ParamSpec, PortSpec, Processor, Setup, Status, Value, lanes, node,
};
use core::ops::Range;

node! {
    /// Inside an instrument: plays one of a list of recordings while its voice is held.
    ///
    /// `files` lists paths from the set's folder, or names of sounds: `bd`, `bd:2`, `found/break`. When `gate` rises,
    /// `index` says which of them plays (past the last they begin anew), and it starts on that frame. As it stands, a
    /// recording plays to its end however short it is held, as a drum does; with `one_shot` off, or `looped` on, it
    /// plays on for `tail` seconds once the gate has fallen, then leaves within a few milliseconds.
    ///
    /// `speed` 2 is an octave up and twice as fast; negative speeds play backwards. `note` moves the pitch: the `root`
    /// (36, the note c2) plays as recorded. With `by_length` a speed of 1 plays the whole recording in one second,
    /// whatever its length. `begin` and `end` choose the part that plays; played backwards they are counted from the
    /// end. `looped` goes round between `loop_begin` and `loop_end`. What is played, from where and in which direction
    /// is read when the gate rises; `speed` and `note` may move while it sounds.
    ///
    /// `held` is 1 while the gate is high or a recording that plays to its end still plays: the gate for envelopes
    /// that shape it. The file `hits.toml` of an instrument could be
    ///
    /// ```text
    /// beatforge = 1
    /// voices = 8
    /// [nodes]
    /// note = { type = "voice" }
    /// hit = { type = "sample_voice", files = ["bd", "sd", "hh"] }
    /// [cables]
    /// "hit" = "note.gate"
    /// [outputs]
    /// out = "hit"
    /// [controls]
    /// n = "hit.index"
    /// ```
    ///
    /// It plays wherever there is a gate:
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// clock = { type = "square", freq = 3.0 }
    /// hit = { type = "sample_voice", files = ["rim", "hh"], note = 40.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "hit" = "clock"
    /// "out" = "hit"
    /// ```
    ///
    /// *Source*: Catmull and Rom, A class of local interpolating splines (1974), between frames of octave copies.
    sample_voice: Sampler,
    inputs { gate: PortSpec::mono("gate", "Starts a recording when it rises; high while it is held.") },
    outputs {
        out: PortSpec::stereo("out", "The sound; a mono recording is on both sides."),
        held: PortSpec::mono("held", "1 while it is held, or plays to its end."),
    },
    params {
        files: ParamSpec::setting("files", "[]", Form::Samples, "Sound files relative to the set, or names of sounds."),
        index: ParamSpec::number("index", 0.0, -9999.0, 9999.0, "Which of the files plays, from 0; past the last they begin anew."),
        speed: ParamSpec::number("speed", 1.0, -64.0, 64.0, "Speed and pitch: 1 is as recorded, 2 an octave up, negative backwards."),
        note: ParamSpec::number("note", 36.0, -120.0, 240.0, "The note: `root` plays as recorded."),
        root: ParamSpec::number("root", 36.0, 0.0, 127.0, "The note at which a file plays as recorded."),
        by_length: ParamSpec::switch("by_length", false, "Whether `speed` counts lengths of the recording a second.").at_once(),
        begin: ParamSpec::unit_range("begin", 0.0, "Where playing starts: 0 is the beginning of the file, 1 its end."),
        end: ParamSpec::unit_range("end", 1.0, "Where playing ends."),
        looped: ParamSpec::switch("looped", false, "Whether it goes round between `loop_begin` and `loop_end`.").at_once(),
        loop_begin: ParamSpec::unit_range("loop_begin", 0.0, "Where the loop begins, as a part of the file."),
        loop_end: ParamSpec::unit_range("loop_end", 1.0, "Where the loop ends, as a part of the file."),
        one_shot: ParamSpec::switch("one_shot", true, "Whether it plays to its end however short it is held.").at_once(),
        tail: ParamSpec::number("tail", 0.01, 0.0, 60.0, "Seconds that it plays on once it is let go.").unit(bf_node::Unit::Secs),
    },
    with { channels: NodeChannels::Fixed(2), make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, SampleVoice))
}

struct SampleVoice<L> {
    files: Vec<Option<File>>,
    sample_rate: f32,
    lanes: Vec<Playing>,
    /// The gates of the last frame.
    gate: LaneMask,
    /// What `held` says.
    held: LaneMask,
    /// Lanes that sound.
    sounding: LaneMask,
    /// What the speeds were last worked out from.
    tuned: Option<[L; 3]>,
    /// Speeds by lane, in frames of the engine; the recording's own length and rate apart.
    speeds: Vec<f64>,
    scratch: [[f32; GRID]; 2],
}

/// The params of a piece.
struct Params<L> {
    index: L,
    begin: L,
    end: L,
    looped: L,
    around: [L; 2],
    one_shot: L,
    by_length: L,
    tail: L,
}

impl<L: Lane> Params<L> {
    fn read(io: &Io<'_>) -> Params<L> {
        Params {
            index: io.steady(par::index),
            begin: io.steady(par::begin),
            end: io.steady(par::end),
            looped: io.steady(par::looped),
            around: [io.steady(par::loop_begin), io.steady(par::loop_end)],
            one_shot: io.steady(par::one_shot),
            by_length: io.steady(par::by_length),
            tail: io.steady(par::tail),
        }
    }
}

/// The lanes in which a value is above one half.
#[inline(always)]
fn high<L: Lane>(x: L) -> LaneMask {
    L::mask_bits(x.gt(L::splat(0.5)))
}

/// The lanes of a mask, lowest first.
fn each(mut mask: LaneMask) -> impl Iterator<Item = usize> {
    core::iter::from_fn(move || {
        let lane = mask.trailing_zeros() as usize;
        (mask != 0).then(|| {
            mask &= mask - 1;
            lane
        })
    })
}

impl<L: Lane> SampleVoice<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let file = |path: &Value| {
            let sample = setup.samples.sample(path.as_text()?).filter(|sample| is_sound(sample))?;
            let native = f64::from(sample.sample_rate) / f64::from(setup.sample_rate);
            (native.is_finite() && native > 0.0).then_some(File { sample, native })
        };
        SampleVoice {
            files: setup.value("files").items().iter().map(file).collect(),
            sample_rate: setup.sample_rate,
            lanes: vec![Playing::silent(); L::WIDTH],
            gate: 0,
            held: 0,
            sounding: 0,
            tuned: None,
            speeds: vec![1.0; L::WIDTH],
            scratch: [[0.0; GRID]; 2],
        }
    }

    /// Works out the speed of every lane where what it depends on has moved.
    fn tune(&mut self, io: &Io<'_>, params: &Params<L>) {
        let now = [io.steady::<L>(par::speed), io.steady::<L>(par::note), io.steady::<L>(par::root)];
        let moved = |last: &[L; 3]| last.iter().zip(&now).any(|(a, b)| L::any(a.lt(*b) | a.gt(*b)));
        if self.tuned.as_ref().is_none_or(moved) {
            let [speed, note, root] = now;
            for (lane, out) in self.speeds.iter_mut().enumerate() {
                let octaves = ((note.get(lane) - root.get(lane)) / 12.0).clamp(-10.0, 10.0);
                *out = f64::from(speed.get(lane)) * f64::from(math::exp2(octaves));
            }
            self.tuned = Some(now);
        }
        for lane in each(self.sounding) {
            let speed = self.speed(lane, self.lanes[lane].file(), params);
            self.lanes[lane].tune(speed);
        }
    }

    /// Frames of a recording for one of the engine.
    fn speed(&self, lane: usize, file: usize, params: &Params<L>) -> f64 {
        let Some(file) = self.files.get(file).and_then(Option::as_ref) else { return 0.0 };
        let whole = high(params.by_length) & 1 << lane != 0;
        let native = if whole { file.sample.frames as f64 / f64::from(self.sample_rate) } else { file.native };
        self.speeds[lane] * native
    }

    /// Starts the lanes whose gate rises here, and lets go of those that nothing holds any more.
    fn turn(&mut self, gate: LaneMask, params: &Params<L>) {
        let rises = gate & !self.gate;
        for lane in each(rises) {
            let count = self.files.len().max(1) as i64;
            let file = (params.index.get(lane).round_ties_even() as i64).rem_euclid(count) as usize;
            let looped = high(params.looped) & 1 << lane != 0;
            let asked = Asked {
                file,
                speed: self.speed(lane, file, params),
                begin: params.begin.get(lane),
                end: params.end.get(lane),
                looped: looped.then(|| (params.around[0].get(lane), params.around[1].get(lane))),
            };
            self.lanes[lane].start(&self.files, &asked, self.sample_rate);
            self.sounding |= LaneMask::from(self.lanes[lane].sounds()) << lane;
        }
        let to_end = high(params.one_shot);
        for lane in each(self.sounding & !gate) {
            if to_end & 1 << lane == 0 || self.lanes[lane].loops() {
                let tail = params.tail.get(lane).clamp(0.0, 60.0) * self.sample_rate;
                self.lanes[lane].let_go(tail as u32);
            }
        }
        self.held |= gate;
        self.gate = gate;
    }

    /// Frames without a turn and within one quantum of the grid.
    fn stretch(&mut self, io: &mut Io<'_>, range: Range<usize>) {
        let start = io.start() + range.start as u64;
        if start.is_multiple_of(GRID as u64) {
            let plays = |lane: &usize| self.lanes[*lane].holds();
            self.held = each(self.sounding).filter(plays).fold(self.gate, |mask, lane| mask | 1 << lane);
        }
        let ones = L::select(L::mask_from_bits(self.held), L::splat(1.0), L::splat(0.0));
        io.output::<L>(out::held, 0)[range.clone()].fill(ones);
        let frames = Frames { start, sample_rate: self.sample_rate };
        for lane in each(self.sounding) {
            let [left, right] = &mut self.scratch;
            let (left, right) = (&mut left[..range.len()], &mut right[..range.len()]);
            self.lanes[lane].process(&self.files, frames, left, right);
            for (side, x) in io.stereo::<L>(out::out).into_iter().zip([left, right]) {
                side[range.clone()].iter_mut().zip(x).for_each(|(y, x)| y.set(lane, *x));
            }
            if !self.lanes[lane].sounds() {
                self.sounding &= !(1 << lane);
            }
        }
    }
}

impl<L: Lane> Processor for SampleVoice<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        if self.sounding | self.gate | self.held == 0 && io.input_silent(inp::gate, 0) {
            io.silence();
            return Status::Idle;
        }
        let params = Params::read(io);
        self.tune(io, &params);
        for side in io.stereo::<L>(out::out) {
            side.fill(L::splat(0.0));
        }
        let gates = io.input::<L>(inp::gate, 0);
        let (start, frames) = (io.start(), io.frames());
        let mut at = 0;
        while at < frames {
            let gate = high(gates[at]);
            self.turn(gate, &params);
            let quantum = at + GRID - ((start + at as u64) % GRID as u64) as usize;
            let most = quantum.min(frames);
            let to = (at + 1..most).find(|i| high(gates[*i]) != gate).unwrap_or(most);
            self.stretch(io, at..to);
            at = to;
        }
        Status::Active
    }

    fn reset(&mut self, lanes: LaneMask) {
        for lane in each(lanes & (LaneMask::MAX >> (LaneMask::BITS - L::WIDTH as u32))) {
            self.lanes[lane] = Playing::silent();
        }
        for mask in [&mut self.gate, &mut self.held, &mut self.sounding] {
            *mask &= !lanes;
        }
    }
}

#[cfg(test)]
mod tests;
