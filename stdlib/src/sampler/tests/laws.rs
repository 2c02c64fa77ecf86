//! The same bits however it is cut, nothing that is not finite, and what takes over.

use super::*;

/// Everything at once: notes over each other, loops, driven rates across octave copies, releases.
fn busy(
    shelf: &Shelf,
    quality: &str,
    looped: bool,
    (block, cuts, lanes): (usize, Option<u64>, usize),
) -> Vec<Vec<f32>> {
    let values: Values = vec![
        ("quality", quality.into()),
        ("looped", looped.into()),
        ("loop_start", number(0.3)),
        ("loop_end", number(0.313)),
        ("start", number(0.1)),
        ("end", number(0.4)),
        ("one_shot", false.into()),
        ("voices", number(3.0)),
        ("attack", number(0.01)),
        ("autoplay", true.into()),
    ];
    let bench = Bench { block, random_cuts: cuts, lanes, ..bench(shelf, values) };
    let mut rig = Rig::new(&SPEC, &bench).expect("makes");
    for i in 0..24u64 {
        rig.event(i * 487, "notes", on(i, 48.0 + (i * 5 % 37) as f32));
        rig.event(i * 487 + 611, "notes", off(i));
    }
    let mut out = rig.run(4096);
    rig.drive("rate", |f, _| 1.4 + 0.3 * (f as f32 * 0.001).sin());
    rig.drive("reverse", |f, _| f32::from(u8::from(f % 3000 > 2000)));
    rig.drive("gain", |f, _| (f as f32 * 0.01).cos());
    for (all, more) in out.iter_mut().zip(rig.run(9000)) {
        all.extend(more);
    }
    out
}

#[test]
fn the_cut_of_a_block_changes_no_bit() {
    for (quality, looped) in [("cubic", false), ("cubic", true), ("sinc", true)] {
        for s in [noise(20_000), shelf(1, 20_000, tone(3000.0))] {
            let whole = busy(&s, quality, looped, (256, None, 1));
            assert!(whole[0].iter().any(|x| x.abs() > 0.1));
            for (block, cuts) in [(64, None), (16, None), (64, Some(3)), (256, Some(5))] {
                let cut = busy(&s, quality, looped, (block, cuts, 1));
                assert!(whole == cut, "{quality}, looped {looped}, block {block}, cuts {cuts:?}");
            }
        }
    }
}

#[test]
fn lane_0_of_eight_has_the_bits_of_one() {
    let s = noise(8000);
    let [one, eight] = [1, 8].map(|lanes| busy(&s, "cubic", true, (64, None, lanes)));
    for (one, eight) in one.iter().zip(&eight) {
        assert!(one.iter().eq(eight.iter().step_by(8)));
    }
}

#[test]
fn nonsense_never_gets_through() {
    let s = noise(5000);
    for bad in [f32::NAN, f32::INFINITY, -1e30, 1e30] {
        for param in SPEC.params.iter().filter(|p| !p.is_setting()) {
            let mut rig = rig(&s, vec![("autoplay", true.into())]);
            rig.drive(param.name, move |f, _| if (100..200).contains(&f) { bad } else { param.default_number() });
            rig.event(
                150,
                "notes",
                EventBody::NoteOn(Note { id: NoteId(1), pitch: bad, velocity: bad, controls: Controls::NONE }),
            );
            rig.event(160, "notes", EventBody::Trigger { value: bad });
            let out = rig.run(2000);
            assert!(out.iter().flatten().all(|x| x.is_finite()), "{} {bad}", param.name);
        }
    }
}

#[test]
fn without_a_sample_it_is_silent() {
    let s = noise(100);
    for file in ["", "missing.wav"] {
        let bench = Bench { values: vec![("file", file.into()), ("autoplay", true.into())], ..bench(&s, vec![]) };
        let mut rig = Rig::new(&SPEC, &bench).expect("makes");
        rig.event(0, "notes", HIT);
        assert!(rig.run(200).iter().flatten().all(|x| *x == 0.0));
        assert_eq!(rig.status, Status::Idle);
    }
    // A sample that does not have the shape it says is none.
    let broken = Shelf(Arc::new(Sample { channels: 2, frames: 100, ..Sample::default() }));
    let mut rig = rig(&broken, vec![("autoplay", true.into())]);
    assert!(rig.run(100).iter().flatten().all(|x| *x == 0.0));
}

#[test]
fn while_a_file_is_awaited_the_one_before_plays_on() {
    let s = noise(20_000);
    let mut old = rig(&s, vec![("autoplay", true.into()), ("looped", true.into())]);
    let mut reference = rig(&s, vec![("autoplay", true.into()), ("looped", true.into())]);
    for rig in [&mut old, &mut reference] {
        rig.run(640);
    }
    let values: Values = vec![("file", "missing.wav".into()), ("autoplay", true.into()), ("looped", true.into())];
    let mut new = Rig::new(&SPEC, &Bench { values, ..bench(&s, vec![]) }).expect("makes");
    new.run(640);
    assert_eq!(new.processor.adopt(&mut *old.processor), Adopt::Copied);
    assert!(new.run(1000) == reference.run(1000));
}

#[test]
fn another_polyphony_plays_on_from_where_it_was() {
    let s = noise(20_000);
    let looped = || vec![("autoplay", true.into()), ("looped", true.into())];
    let mut old = rig(&s, looped());
    let mut reference = rig(&s, looped());
    for rig in [&mut old, &mut reference] {
        rig.event(100, "notes", on(1, 64.0));
        rig.run(640);
    }
    let mut values: Values = looped();
    values.push(("voices", number(16.0)));
    let mut new = rig(&s, values);
    new.run(640);
    assert_eq!(new.processor.adopt(&mut *old.processor), Adopt::Copied);
    assert!(new.run(1000) == reference.run(1000));
    let other = noise(20_001);
    let mut stranger = rig(&other, looped());
    assert_eq!(stranger.processor.adopt(&mut *old.processor), Adopt::None);
}

/// A voice that goes on as it went, and all that may end that: numbers, notes' own controls, and the way back.
#[test]
fn a_course_ends_with_whatever_it_was_found_for() {
    let play = |block: usize, random_cuts: Option<u64>| {
        let s = noise(4000);
        let values: Values = vec![
            ("looped", true.into()),
            ("loop_start", number(0.2)),
            ("loop_end", number(0.9)),
            ("autoplay", true.into()),
            ("rate", number(0.7)),
            ("attack", number(0.002)),
        ];
        let mut rig = Rig::new(&SPEC, &Bench { block, random_cuts, ..bench(&s, values) }).expect("makes");
        rig.event(64, "notes", on(7, 61.0));
        let mut out = rig.run_output("out", 0, 0, 1600);
        // A number at a time, each long enough for a voice to settle on it again.
        let numbers = [
            ("rate", 1.2),
            ("loop_end", 0.5),
            ("gain", 0.5),
            ("loop_fade", 0.001),
            ("rate", 1.4),
            ("reverse", 1.0),
            ("loop_start", 0.3),
            ("quality", 1.0),
            ("quality", 0.0),
        ];
        for (param, value) in numbers {
            rig.set(param, value);
            out.extend(rig.run_output("out", 0, 0, 1600));
        }
        let key = rig.keys.key("rate");
        // On the grid and off it, up and down over the octave copies.
        for (after, value) in [(800, 0.5), (804, 1.3), (333, 0.9), (1207, 2.0), (8, 0.4)] {
            let at = rig.frame();
            rig.event(at + after, "notes", EventBody::NoteControl { id: NoteId(7), key, value });
            out.extend(rig.run_output("out", 0, 0, 1600));
        }
        out
    };
    let cut = play(64, Some(9));
    assert!(cut.iter().any(|x| x.abs() > 0.1));
    for block in [16, 64, 256] {
        assert!(play(block, None) == cut, "blocks of {block}");
    }
}
