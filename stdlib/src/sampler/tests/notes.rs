//! Who plays what, and until when.

use super::*;

#[test]
fn marked_slices_play_by_note() {
    let mut s = shelf(1, 8000, |i, _| {
        if i < 1000 {
            0.1
        } else if i < 5000 {
            0.2
        } else {
            0.3
        }
    });
    Arc::get_mut(&mut s.0).expect("is alone").slices = vec![0, 1000, 5000];
    let mut rig = rig(&s, vec![("marks", true.into()), ("slices", number(16.0)), ("choke", true.into())]);
    for (i, pitch) in [60.0, 61.0, 62.0, 63.0].into_iter().enumerate() {
        rig.event(i as u64 * 5000, "notes", on(i as u64, pitch));
    }
    let x = rig.run_output("out", 0, 0, 20_000);
    assert_eq!([x[500], x[5500], x[8800], x[10_500], x[15_500]], [0.1, 0.2, 0.2, 0.3, 0.1]);
    assert_eq!([x[1001], x[9001], x[13_001], x[16_001]], [0.0; 4]);
}

#[test]
fn slices_play_by_note_and_end_without_a_click() {
    let s = shelf(1, 8000, |i, _| 0.1 * (1 + i / 1000) as f64);
    let mut rig = rig(&s, vec![("slices", number(8.0))]);
    for (i, pitch) in [60.0, 63.0, 67.0, 68.0, 59.0].into_iter().enumerate() {
        rig.event(i as u64 * 2000, "notes", on(i as u64, pitch));
    }
    let x = rig.run_output("out", 0, 0, 10_000);
    for (i, slice) in [0, 3, 7, 0, 7].into_iter().enumerate() {
        let played = &x[i * 2000..][..2000];
        assert_eq!(played[500], 0.1 * (1 + slice) as f32, "note {i}");
        assert!(played[1001..].iter().all(|v| *v == 0.0));
        // The last slice ends where the file does, as recorded; the others fade over 2 ms.
        let steepest = played[600..1002].windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(slice == 7 || steepest < 0.02, "note {i}: {steepest}");
    }
}

#[test]
fn held_notes_are_let_go_and_one_shots_are_not() {
    let s = shelf(1, 48_000, |_, _| 1.0);
    let play = |one_shot: bool, looped: bool| {
        let release = ("release", number(0.1));
        let mut rig = rig(&s, vec![("one_shot", one_shot.into()), ("looped", looped.into()), release]);
        rig.event(0, "notes", on(1, 60.0));
        rig.event(4800, "notes", off(1));
        rig.run_output("out", 0, 0, 40_000)
    };
    let held = play(false, false);
    assert_eq!((held[4799], play(true, false)[30_000]), (1.0, 1.0));
    let quiet = held.iter().position(|x| *x < 0.001).expect("falls");
    assert!((9590..9610).contains(&quiet), "{quiet}");
    assert!(held[4800 + 8100..].iter().all(|x| *x == 0.0));
    assert_eq!(play(true, true)[30_000], 0.0);
    let mut attack = rig(&s, vec![("attack", number(0.1))]);
    attack.event(0, "notes", HIT);
    let x = attack.run_output("out", 0, 0, 6000);
    assert!((x[2400] - 0.5).abs() < 0.001 && x[0] == 0.0 && x[4900] == 1.0);
}

#[test]
fn the_quietest_makes_room_within_five_milliseconds() {
    let s = shelf(1, 48_000, |_, _| 1.0);
    let mut rig = rig(&s, vec![("voices", number(2.0))]);
    for (i, value) in [0.5, 0.25, 0.125, 0.125].into_iter().enumerate() {
        rig.event(i as u64 * 1000, "notes", EventBody::Trigger { value });
    }
    let x = rig.run_output("out", 0, 0, 5000);
    let at = [900, 1900, 2900, 3900].map(|i| x[i]);
    assert_eq!(at, [0.5, 0.75, 0.625, 0.625]);
    let steepest = x[2001..].windows(2).map(|w| w[0] - w[1]).fold(0.0, f32::max);
    assert!(steepest < 0.25 / 230.0, "{steepest}");
}

#[test]
fn a_choke_cuts_what_sounds_and_rolls_never_run_out() {
    let s = shelf(1, 48_000, |_, _| 0.1);
    let mut rig = rig(&s, vec![("choke", true.into())]);
    for i in 0..40 {
        rig.event(i * 11, "notes", HIT);
    }
    let x = rig.run_output("out", 0, 0, 2000);
    assert!(x.iter().all(|v| *v < 2.5));
    assert_eq!(x[1000], 0.1);
}

#[test]
fn autoplay_follows_its_switch() {
    let s = shelf(1, 4000, |i, _| 0.5 + i as f64 * 1e-4);
    let mut rig = rig(&s, vec![("autoplay", true.into())]);
    let x = rig.run_output("out", 0, 0, 6000);
    assert!(x[0] == 0.5 && x[4001..].iter().all(|v| *v == 0.0) && rig.status == Status::Idle);
    // It plays once; off and on again is from the start.
    rig.set("autoplay", 0.0);
    rig.run(64);
    rig.set("autoplay", 1.0);
    assert_eq!(rig.run_output("out", 0, 0, 100)[0], 0.5);
    rig.set("autoplay", 0.0);
    let x = rig.run_output("out", 0, 0, 6000);
    let steepest = x.windows(2).map(|w| (w[0] - w[1]).abs()).fold(0.0, f32::max);
    assert!(steepest < 0.01 && x[5999] == 0.0, "{steepest}");
    rig.set("autoplay", 1.0);
    rig.run(100);
    rig.reset(1);
    assert_eq!(rig.run_output("out", 0, 0, 100)[0], 0.5);
}

#[test]
fn notes_carry_their_own_controls() {
    let s = shelf(1, 4800, |i, _| i as f64 * 1e-4);
    let mut rig = rig(&s, vec![]);
    let keys = ["start", "end", "rate", "gain"].map(|k| rig.keys.key(k));
    let with = |rig: &mut Rig, at: u64, own: &[(ControlKey, f32)]| {
        let mut controls = Controls::NONE;
        own.iter().for_each(|(k, v)| assert!(controls.set(*k, *v)));
        rig.event(at, "notes", EventBody::NoteOn(Note { id: NoteId(at), pitch: 60.0, velocity: 1.0, controls }));
    };
    with(&mut rig, 0, &[(keys[0], 0.5), (keys[1], 0.75)]);
    with(&mut rig, 2000, &[(keys[2], 2.0), (keys[3], 0.5)]);
    rig.event(2100, "notes", EventBody::NoteControl { id: NoteId(2000), key: keys[2], value: 1.0 });
    let x = rig.run_output("out", 0, 0, 3000);
    assert!((x[100] - 0.25).abs() < 1e-6 && x[1201] == 0.0);
    assert!((x[2050] - 0.005).abs() < 1e-4 && (x[2150] - 0.0125).abs() < 1e-4, "{} {}", x[2050], x[2150]);
}
