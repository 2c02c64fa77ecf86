//! Beats and frames of what waits, at any block.

use super::*;
use bf_node::NoteId;
use bf_pattern::Tempo;

fn off(slot: u32, id: u64) -> What {
    What::Event { slot, port: 0, is_param: false, body: EventBody::NoteOff { id: NoteId(id) } }
}

/// Frames and ids of what falls due, block by block.
fn run(block: u64) -> Vec<(u64, u64)> {
    let mut s = Schedule::new();
    let mut transport = Transport::new(48_000, Tempo::from_bpm(60.0), 4).play(0);
    let beat = |n: i64, d: i64| When::Beat(Ratio::new(n, d));
    let timed = |id, when, what| Timed { id, tag: 0, when, what };
    for (id, when) in [(1, beat(1, 100)), (2, beat(2, 100)), (3, When::Frame(700)), (4, beat(3, 100)), (5, beat(9, 1))]
    {
        assert!(s.wait(timed(id, when, off(7, id)), 0, &transport));
    }
    s.wait(timed(10, When::Frame(600), What::Transport(Move::Tempo(Tempo::from_bpm(120.0)))), 0, &transport);
    s.wait(timed(11, When::Frame(1000), What::Transport(Move::Seek(Ratio::new(9, 1)))), 0, &transport);
    let mut out = Vec::new();
    for start in (0..4096).step_by(block as usize) {
        s.clear();
        s.fall_due(Piece { block: start, start, end: start + block }, transport, |fate| {
            out.push((fate.frame, fate.id))
        });
        transport = s.turns().last().unwrap().1;
    }
    out.sort_unstable();
    out
}

#[test]
fn beats_fall_on_the_frames_of_the_tempo_at_any_block() {
    // A hundredth of a beat is 480 frames, and 240 after the tempo has doubled at 600.
    let want = vec![(480, 1), (600, 10), (700, 3), (780, 2), (1000, 4), (1000, 5), (1000, 11)];
    for block in [16, 64, 512, 2048] {
        assert_eq!(run(block), want, "block {block}");
    }
}

#[test]
fn what_waits_for_a_node_that_is_gone_is_withdrawn() {
    let mut s = Schedule::new();
    let transport = Transport::new(48_000, Tempo::from_bpm(60.0), 4);
    for (id, slot) in [(1, 3), (2, 4)] {
        s.wait(Timed { id, tag: 0, when: When::Frame(10), what: off(slot, id) }, 0, &transport);
    }
    let mut told = Vec::new();
    s.forget(&[1, 3], 5, |fate| told.push((fate.id, fate.shed)));
    s.fall_due(Piece { block: 0, start: 0, end: 64 }, transport, |fate| told.push((fate.id, fate.shed)));
    assert_eq!(told, [(1, true), (2, false)]);
    assert_eq!(s.due().len(), 1);
}

fn note(id: u64, tag: u32, on: When, until: When) -> Timed {
    let note = Note { id: NoteId(id), pitch: 60.0, velocity: 1.0, controls: bf_node::Controls::NONE };
    Timed { id, tag, when: on, what: What::Note { slot: 1, port: 0, note, until } }
}

fn beat(n: i64, d: i64) -> When {
    When::Beat(Ratio::new(n, d))
}

/// What reaches nodes up to a frame: the frame, the class (0 ends a note, 2 begins one) and the note.
fn played(s: &mut Schedule, transport: &mut Transport, from: u64, to: u64) -> Vec<(u64, u8, u64)> {
    let mut out = Vec::new();
    for start in (from..to).step_by(64) {
        s.clear();
        s.fall_due(Piece { block: start, start, end: start + 64 }, *transport, |_| {});
        *transport = s.turns().last().unwrap().1;
        out.extend(s.due().iter().map(|d| {
            let id = match d.event.body {
                EventBody::NoteOn(n) => n.id.0,
                EventBody::NoteOff { id } => id.0,
                _ => 0,
            };
            (start + u64::from(d.event.frame), d.event.body.class(), id)
        }));
    }
    out.sort_unstable();
    out
}

#[test]
fn a_withdrawal_takes_what_has_not_begun_and_leaves_the_ends_of_what_sounds() {
    let mut s = Schedule::new();
    let mut t = Transport::new(48_000, Tempo::from_bpm(60.0), 4).play(0);
    for (id, tag, on) in [(1, 7, 0), (2, 7, 1), (3, 7, 2), (4, 8, 2)] {
        // Each sounds for two beats, which are 96,000 frames.
        assert!(s.wait(note(id, tag, beat(on, 10), beat(on + 20, 10)), 0, &t));
    }
    assert_eq!(played(&mut s, &mut t, 0, 4800), [(0, 2, 1)]);
    s.withdraw(7, Some(Ratio::new(2, 10)), 4800);
    let rest = played(&mut s, &mut t, 4800, 200_000);
    assert_eq!(rest, [(4800, 2, 2), (9600, 2, 4), (96_000, 0, 1), (100_800, 0, 2), (105_600, 0, 4)]);
}

#[test]
fn a_second_withdrawal_brings_nothing_back() {
    let mut s = Schedule::new();
    let mut t = Transport::new(48_000, Tempo::from_bpm(60.0), 4).play(0);
    for on in 1..5 {
        s.wait(note(on as u64, 7, beat(on, 10), beat(on + 1, 10)), 0, &t);
    }
    s.withdraw(7, Some(Ratio::new(2, 10)), 0);
    s.wait(note(12, 7, beat(2, 10), beat(3, 10)), 0, &t);
    s.withdraw(7, Some(Ratio::new(4, 10)), 0);
    assert_eq!(played(&mut s, &mut t, 0, 48_000), [(4800, 2, 1), (9600, 0, 1), (9600, 2, 12), (14_400, 0, 12)]);
}

/// A change that is heard as soon as it can comes later than it was meant for: until then its predecessor has sounded.
#[test]
fn what_has_sounded_does_not_sound_again_when_it_is_sent_anew() {
    let mut s = Schedule::new();
    let mut t = Transport::new(48_000, Tempo::from_bpm(60.0), 4).play(0);
    for on in 0..4 {
        s.wait(note(on as u64, 7, beat(on, 100), beat(on + 1, 100)), 0, &t);
    }
    // Frames 0, 480 and 960 have passed; the change was meant from a hundredth of a beat on.
    let before = played(&mut s, &mut t, 0, 1_024);
    assert_eq!(before.iter().filter(|(_, class, _)| *class == 2).count(), 3);
    s.withdraw(7, Some(Ratio::new(1, 100)), 1_024);
    for on in 1..5 {
        s.wait(note(10 + on as u64, 7, beat(on, 100), beat(on + 1, 100)), 1_024, &t);
    }
    // What was left over from before is late and sounds, and so does what comes too late by itself.
    s.wait(note(20, 7, beat(1, 200), beat(9, 100)), 1_024, &t);
    s.wait(note(21, 7, beat(22, 1_000), beat(9, 100)), 1_088, &t);
    let on: Vec<(u64, u64)> =
        played(&mut s, &mut t, 1_088, 9_600).iter().filter(|e| e.1 == 2).map(|e| (e.0, e.2)).collect();
    assert_eq!(on, [(1_088, 20), (1_088, 21), (1_440, 13), (1_920, 14)]);
}

#[test]
fn what_is_sent_behind_a_jump_is_meant_for_where_it_leads() {
    let mut s = Schedule::new();
    let mut t = Transport::new(48_000, Tempo::from_bpm(60.0), 4).play(0);
    assert_eq!(played(&mut s, &mut t, 0, 96_000), []);
    let back = Timed { id: 0, tag: 0, when: When::Now, what: What::Transport(Move::Seek(Ratio::ZERO)) };
    s.withdraw(7, Some(Ratio::int(-1)), 96_000);
    s.wait(back, 96_000, &t);
    s.wait(note(1, 7, beat(1, 10), beat(2, 10)), 96_000, &t);
    assert_eq!(played(&mut s, &mut t, 96_000, 192_000), [(100_800, 2, 1), (105_600, 0, 1)]);
}

#[test]
fn the_ends_of_notes_follow_the_tempo_and_come_at_a_stop() {
    let mut s = Schedule::new();
    let mut t = Transport::new(48_000, Tempo::from_bpm(60.0), 4).play(0);
    s.wait(note(1, 7, beat(0, 1), beat(1, 1)), 0, &t);
    s.wait(note(2, 7, beat(1, 2), beat(9, 1)), 0, &t);
    let turn = |frame, to| Timed { id: 0, tag: 0, when: When::Frame(frame), what: What::Transport(to) };
    s.wait(turn(24_000, Move::Tempo(Tempo::from_bpm(120.0))), 0, &t);
    s.wait(turn(40_000, Move::Stop), 0, &t);
    assert_eq!(played(&mut s, &mut t, 0, 60_000), [(0, 2, 1), (24_000, 2, 2), (36_000, 0, 1), (40_000, 0, 2)]);
}

#[test]
fn a_note_without_length_ends_after_it_began() {
    let mut s = Schedule::new();
    let mut t = Transport::new(48_000, Tempo::from_bpm(60.0), 4).play(0);
    s.wait(note(1, 7, When::Near { beat: Ratio::new(1, 100), frames: 20 }, beat(1, 100)), 0, &t);
    assert_eq!(played(&mut s, &mut t, 0, 48_000), [(500, 2, 1), (501, 0, 1)]);
}
