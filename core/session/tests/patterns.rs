//! Patterns that stand in patch files: they move params, play nodes, and say where they are wrong.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod stand;

use bf_patch::{Edit, SetEdit, Socket};
use stand::{Stand, at, differs, faults};

/// A constant that is heard as it is; a cycle is 96,000 frames.
fn level(value: &str) -> String {
    format!(
        "beatforge = 1\ntempo = 120.0\n[nodes]\nlevel = {{ type = \"constant\", value = {value} }}\nout = {{ type = \
         \"output\" }}\n[cables]\n\"out\" = \"level\"\n"
    )
}

#[test]
fn a_text_moves_a_param_at_its_onsets_with_the_same_bits_at_any_block() {
    let text = level("\"<[0.25 0.5] 0.125>\"");
    let first = Stand::new(64, &[("set.toml", &text)]).run(300_000);
    for (frame, value) in [(0, 0.25), (47_999, 0.25), (48_600, 0.5), (95_999, 0.5), (96_600, 0.125), (192_600, 0.25)] {
        assert_eq!(at(&first, frame), value, "{frame}");
    }
    assert!(at(&first, 48_001) > 0.25 && at(&first, 48_001) < 0.26, "it glides from its onset on");
    for block in [16, 256, 1024] {
        let other = Stand::new(block, &[("set.toml", &text)]).run(300_000);
        assert_eq!(differs(&first, &other), None, "block {block}");
    }
}

#[test]
fn texts_count_inside_of_patches_for_instances_and_in_overrides() {
    let patch = "beatforge = 1\n[nodes]\nlevel = { type = \"constant\", value = \"0.25 0.5\" }\n[outputs]\nout = \
                 \"level\"\n[controls]\nvalue = { to = \"level.value\" }\n";
    let main = |rest: &str, overrides: &str| {
        format!(
            "beatforge = 1\ntempo = 120.0\n[nodes]\np = {{ type = \"patch\", file = \"p.toml\"{rest} }}\nout = {{ type \
             = \"output\" }}\n[cables]\n\"out\" = \"p\"\n{overrides}"
        )
    };
    for (rest, overrides, want) in [
        ("", "", (0.25, 0.5)),
        (", value = \"0.75 0.125\"", "", (0.75, 0.125)),
        (", value = 0.5", "[overrides]\n\"p.value\" = \"0.375 0.625\"\n", (0.375, 0.625)),
        (", value = 0.5", "", (0.5, 0.5)),
    ] {
        let sound = Stand::new(64, &[("set.toml", &main(rest, overrides)), ("p.toml", patch)]).run(96_000);
        assert_eq!((at(&sound, 40_000), at(&sound, 90_000)), want, "{rest} {overrides}");
    }
}

#[test]
fn a_text_moves_a_param_of_every_voice() {
    let patch = |level: &str, controls: &str| {
        format!(
            "beatforge = 1\nvoices = 4\n[nodes]\nv = {{ type = \"voice\" }}\nlevel = {{ type = \"gain\", gain = {level} \
             }}\n[cables]\n\"level\" = \"v.gate\"\n[outputs]\nout = \"level\"\n{controls}"
        )
    };
    let main = |rest: &str| {
        format!(
            "beatforge = 1\ntempo = 120.0\n[nodes]\nbeat = {{ type = \"steps\", steps = \"x\", rate = \"1/1\", \
             gate_length = 1.0 }}\np = {{ type = \"patch\", file = \"p.toml\"{rest} }}\nout = {{ type = \"output\" \
             }}\n[cables]\n\"p\" = \"beat\"\n\"out\" = \"p\"\n"
        )
    };
    for (inner, rest) in [
        (patch("\"0.25 0.5\"", ""), ""),
        (patch("\"0.25 0.5\"", "[controls]\nlevel = \"level.gain\"\n"), ""),
        (patch("0.125", "[controls]\nlevel = \"level.gain\"\n"), ", level = \"0.25 0.5\""),
    ] {
        let render = |block| Stand::new(block, &[("set.toml", &main(rest)), ("p.toml", &inner)]).run(96_000);
        let sound = render(64);
        assert_eq!((at(&sound, 40_000), at(&sound, 90_000)), (0.25, 0.5), "{inner} {rest}");
        assert_eq!(differs(&sound, &render(512)), None, "{inner} {rest}");
    }
}

#[test]
fn names_of_choices_may_be_patterns_too() {
    let text = "beatforge = 1\ntempo = 120.0\n[nodes]\na = { type = \"constant\", value = 0.25 }\nm = { type = \
                \"maths\", op = \"<add mul>\", value = 0.5 }\nout = { type = \"output\" }\n[cables]\n\"m\" = \
                \"a\"\n\"out\" = \"m\"\n";
    let sound = Stand::new(64, &[("set.toml", text)]).run(192_000);
    assert_eq!((at(&sound, 90_000), at(&sound, 190_000)), (0.75, 0.125));
}

#[test]
fn what_is_no_pattern_is_told_at_its_place() {
    for (value, column, said, hint) in [
        ("\"<0.25 hi>\"", 45, "`hi` is no value of it", "a pattern of numbers such as"),
        ("\"0.25 [0.5\"", 44, "level.value is \"0.25 [0.5\"", "a number from"),
        ("'''0.25 hi'''", 46, "`hi`", "a number from"),
    ] {
        let told = faults(&[("set.toml", &level(value))]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((told[0].line, told[0].column), (4, column), "{}", told[0]);
        assert!(told[0].message.contains(said) && told[0].hint.as_ref().unwrap().contains(hint), "{}", told[0]);
    }
    // The value that an instance lays over a param stands at the instance.
    let patch = "beatforge = 1\n[nodes]\nlevel = { type = \"constant\" }\n[outputs]\nout = \"level\"\n[controls]\nvalue = \
                 \"level.value\"\n";
    let main = "beatforge = 1\n[nodes]\np = { type = \"patch\", file = \"p.toml\", value = \"<1 no>\" }\n";
    let told = faults(&[("set.toml", main), ("p.toml", patch)]);
    assert!(told[0].file.ends_with("set.toml") && (told[0].line, told[0].column) == (3, 52), "{}", told[0]);
}

#[test]
fn edits_and_reloads_change_what_moves_and_what_stays_goes_on() {
    let mut stand = Stand::new(64, &[("set.toml", &level("\"<0.25 0.5>\""))]);
    stand.run(100_000);
    // Another text is heard at once, and plays what it says at this place.
    stand.save("set.toml", &level("\"<0.125 0.75>\""));
    assert_eq!(at(&stand.run(4_800), 4_799), 0.75);
    // A text that stays goes on, whatever else is edited.
    let more = level("\"<0.125 0.75>\"").replace("[cables]", "other = { type = \"sine\" }\n[cables]");
    stand.save("set.toml", &more);
    let sound = stand.run(4_800);
    assert!(sound.iter().all(|x| *x == 0.75), "it stays where it is");
    // A fault changes nothing.
    stand.save("set.toml", &more.replace("<0.125", "<[0.125"));
    assert!(stand.run(4_800).iter().all(|x| *x == 0.75));
    let told = stand.faults();
    assert!(told.len() == 1 && told[0].line == 4, "{told:?}");
    // A number stays where it is put, also where the pattern began with the same; and so does a hand's edit.
    stand.save("set.toml", &level("0.125"));
    assert_eq!(at(&stand.run(4_800), 4_799), 0.125);
    assert_eq!(at(&stand.run(192_000), 191_000), 0.125);
    let edit = |value: &str| {
        let value = value.parse::<f64>().map_or_else(|_| value.into(), bf_node::Value::Number);
        SetEdit::main(Edit::SetParam { target: Socket::new("level", "value"), value: Some(value) })
    };
    stand.session.apply(&edit("0.5 0.25*4"), "pattern", None).unwrap();
    stand.run(48_000);
    stand.session.apply(&edit("0.0625"), "number", None).unwrap();
    assert_eq!(at(&stand.run(4_800), 4_799), 0.0625);
    assert_eq!(at(&stand.run(96_000), 95_000), 0.0625);
    assert_eq!(stand.faults(), []);
}

#[test]
fn a_pattern_that_is_too_much_is_told_and_harms_nothing() {
    let mut stand = Stand::new(64, &[("set.toml", &level("\"0.25*10000000\""))]);
    let begun = std::time::Instant::now();
    assert_eq!(at(&stand.run(96_000), 95_000), 0.0, "it stands where it stands without");
    assert!(begun.elapsed().as_secs() < 20);
    let told = stand.faults();
    assert!(told.len() == 1 && told[0].line == 4 && told[0].message.contains("more than"), "{told:?}");
}

#[test]
fn patterns_go_on_while_scripts_come_and_are_hushed() {
    let mut stand = Stand::new(64, &[("set.toml", &level("\"0.25 0.5\"")), ("live.rhai", "track(\"t\", s(\"~\"));")]);
    assert_eq!(at(&stand.run(48_000), 47_000), 0.25);
    stand.session.hush(true);
    assert_eq!(at(&stand.run(24_000), 23_000), 0.0);
    stand.session.hush(false);
    assert_eq!(at(&stand.run(24_000), 23_000), 0.5, "it went on meanwhile");
    assert_eq!(at(&stand.run(48_000), 47_000), 0.25);
    // A set that had no script gets one: its patterns are asked by another thread from then on.
    let mut stand = Stand::new(64, &[("set.toml", &level("\"0.25 0.5\""))]);
    stand.run(24_000);
    let script = bf_session::Script {
        file: "typed".into(),
        text: "track(\"t\", s(\"~\"));".into(),
        part: None,
        quant: bf_session::remote::Quant::Now,
    };
    stand.session.evaluate(script);
    let sound = stand.run(192_000);
    assert_eq!((at(&sound, 20_000), at(&sound, 60_000), at(&sound, 110_000)), (0.25, 0.5, 0.25));
}
