//! What the tests of sequencers share.

use super::chance::draw;
use bf_node::rig::{Bench, Rig};
use bf_node::{Controls, EventBody, Kind, NodeSpec, Note, NoteId, Value};
use bf_pattern::{Ratio, Tempo};

/// The notes that an output has begun, with their frames.
pub(crate) fn ons(rig: &Rig, output: &str) -> Vec<(u64, Note)> {
    let on = |(f, e): &(u64, EventBody)| if let EventBody::NoteOn(n) = e { Some((*f, *n)) } else { None };
    rig.events(output).iter().filter_map(on).collect()
}

/// The frames at which notes begin and end, in the order of their beginnings; `None` for a note that goes on.
pub(crate) fn spans(rig: &Rig, output: &str) -> Vec<(u64, Option<u64>)> {
    let end = |id| {
        let mut ends = rig.events(output).iter().filter(|(_, e)| matches!(e, EventBody::NoteOff { id: i } if *i == id));
        let end = ends.next().map(|(f, _)| *f);
        assert!(ends.next().is_none(), "{id:?} ends twice");
        end
    };
    ons(rig, output).iter().map(|(f, n)| (*f, end(n.id))).collect()
}

/// Every off comes after its on and before other ons of its frame, and frames never go back.
pub(crate) fn in_order(events: &[(u64, EventBody)]) {
    for pair in events.windows(2) {
        let key = |e: &(u64, EventBody)| (e.0, e.1.class());
        assert!(key(&pair[0]) <= key(&pair[1]), "{pair:?}");
    }
}

/// What a node says and emits over a second and a half with two changes of tempo, a jump, a stop and a start.
fn story(
    spec: &'static NodeSpec,
    values: &[(&'static str, Value)],
    bench: Bench<'_>,
    play: &dyn Fn(&mut Rig),
) -> Story {
    let mut rig = Rig::new(spec, &Bench { values: values.to_vec(), ..bench }).expect("a node");
    play(&mut rig);
    let mut signals: Vec<Vec<f32>> = Vec::new();
    let run = |rig: &mut Rig, frames: usize, signals: &mut Vec<Vec<f32>>| {
        let part = rig.run(frames);
        signals.resize(part.len(), Vec::new());
        for (all, new) in signals.iter_mut().zip(part) {
            all.extend(new);
        }
    };
    run(&mut rig, 12_800, &mut signals);
    rig.transport = rig.transport.with_tempo(rig.frame(), Tempo::from_bpm(171.3));
    run(&mut rig, 10_240, &mut signals);
    rig.seek(Ratio::new(22, 7));
    run(&mut rig, 15_360, &mut signals);
    rig.transport = rig.transport.with_tempo(rig.frame(), Tempo::from_bpm(77.7));
    run(&mut rig, 12_800, &mut signals);
    rig.transport = rig.transport.stop(rig.frame());
    run(&mut rig, 2_560, &mut signals);
    rig.transport = rig.transport.play(rig.frame());
    run(&mut rig, 12_800, &mut signals);
    let outputs = spec.outputs.iter().filter(|p| p.kind == Kind::Event);
    Story { signals, events: outputs.map(|p| rig.events(p.name).to_vec()).collect() }
}

#[derive(Debug, PartialEq)]
struct Story {
    signals: Vec<Vec<f32>>,
    events: Vec<Vec<(u64, EventBody)>>,
}

/// The same story whatever the blocks, with events in order; and lane 0 of eight says what one lane says.
pub(crate) fn cut_any_way(spec: &'static NodeSpec, values: &[(&'static str, Value)]) {
    cut_on(spec, values, Some(Vec::new()), &|_| {});
}

/// The same, with something set up before: what enters.
pub(crate) fn cut_any_way_with(spec: &'static NodeSpec, values: &[(&'static str, Value)], play: &dyn Fn(&mut Rig)) {
    cut_on(spec, values, None, play);
}

type Patched = Option<Vec<&'static str>>;

fn cut_on(spec: &'static NodeSpec, values: &[(&'static str, Value)], patched: Patched, play: &dyn Fn(&mut Rig)) {
    let bench = || Bench { block: 256, bpm: 123.4, patched: patched.clone(), ..Bench::default() };
    let whole = story(spec, values, bench(), play);
    assert!(whole.events.iter().any(|e| !e.is_empty()) || whole.events.is_empty(), "nothing happened");
    whole.events.iter().for_each(|e| in_order(e));
    for (block, random_cuts) in [(256, Some(7)), (16, None), (256, Some(99)), (64, Some(3))] {
        let cut = story(spec, values, Bench { block, random_cuts, ..bench() }, play);
        assert!(cut == whole, "block {block}, cuts {random_cuts:?}");
    }
    let eight = story(spec, values, Bench { lanes: 8, ..bench() }, play);
    for (one, all) in whole.signals.iter().zip(&eight.signals) {
        assert!(all.iter().step_by(8).eq(one), "lane 0 of eight");
    }
}

/// Stops the transport while something sounds, and finds every note ended at that frame.
pub(crate) fn stop_ends_all(rig: &mut Rig, output: &str) {
    assert!(spans(rig, output).iter().any(|(_, end)| end.is_none()), "nothing sounds");
    rig.transport = rig.transport.stop(rig.frame());
    let at = rig.frame();
    rig.run(64);
    assert!(spans(rig, output).iter().all(|(_, end)| end.is_some_and(|e| e <= at)));
}

/// A note that begins.
pub(crate) fn note_on(id: u64, pitch: f32, velocity: f32) -> EventBody {
    EventBody::NoteOn(Note { id: NoteId(id), pitch, velocity, controls: Controls::NONE })
}

/// Its end.
pub(crate) fn note_off(id: u64) -> EventBody {
    EventBody::NoteOff { id: NoteId(id) }
}

/// Sixty notes and a few triggers over about a second, some of them together.
pub(crate) fn random_notes(rig: &mut Rig) {
    for i in 0..60 {
        let at = (draw(5, 0, i as i64) * 50_000.0) as u64;
        let input = rig.spec.inputs.iter().find(|p| p.kind == Kind::Event).expect("an event input").name;
        rig.event(at, input, note_on(i, 40.0 + 40.0 * draw(5, 1, i as i64), draw(5, 2, i as i64)));
        rig.event(at + 1 + (draw(5, 3, i as i64) * 9_000.0) as u64, input, note_off(i));
        if i % 9 == 0 {
            rig.event(at, input, EventBody::Trigger { value: 0.7 });
        }
    }
}

/// A signal of random steps from 0 to 1, each 40 frames long.
pub(crate) fn random_steps(stream: u32) -> impl FnMut(u64, usize) -> f32 + 'static {
    move |frame, _| draw(11, stream, (frame / 40).cast_signed())
}
