//! Notes that a hand tries through what a node plays into.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod stand;

use bf_patch::Name;
use stand::Stand;

const SET: &str = r#"beatforge = 1
[nodes]
line = { type = "clip" }
voice = { type = "patch", file = "voice.toml" }
lonely = { type = "clip" }
out = { type = "output" }
[cables]
"voice" = "line"
"out" = "voice"
"#;

const VOICE: &str = r#"beatforge = 1
[nodes]
cv = { type = "cv" }
[cables]
[inputs]
notes = ["cv"]
[outputs]
out = "cv.gate"
"#;

fn tried(set: &str, voice: &str) {
    let mut stand = Stand::new(64, &[("set.toml", set), ("voice.toml", voice)]);
    assert!(stand.run(4_800).iter().all(|x| *x == 0.0), "the clip has no notes");
    stand.session.audition(&Name::new("line"), (60.0, 0.8), 0.1).unwrap();
    let sound = stand.run(9_600);
    let on = sound.iter().filter(|x| **x == 1.0).count();
    assert!((4_700..=4_900).contains(&on), "a tenth of a second, and it is {on} frames");
    let why = stand.session.audition(&Name::new("lonely"), (60.0, 0.8), 0.1).unwrap_err();
    assert!(why.contains("`lonely`") && why.contains("connect"), "{why}");
}

#[test]
fn a_note_is_tried_through_a_node_and_through_a_patch() {
    tried(SET, VOICE);
    let plain = SET.replace("{ type = \"patch\", file = \"voice.toml\" }", "{ type = \"cv\" }");
    tried(&plain.replace("\"out\" = \"voice\"", "\"out\" = \"voice.gate\""), VOICE);
}

#[test]
fn a_note_is_tried_through_the_patch_that_a_hand_has_chosen() {
    let set = SET.replace("voice.toml", "other.toml") + "[overrides]\n\"voice.file\" = \"voice.toml\"\n";
    let other = "beatforge = 1\n[nodes]\nlevel = { type = \"constant\" }\n[outputs]\nout = \"level\"\n";
    let mut stand = Stand::new(64, &[("set.toml", &set), ("voice.toml", VOICE), ("other.toml", other)]);
    stand.run(4_800);
    stand.session.audition(&Name::new("line"), (60.0, 0.8), 0.1).unwrap();
    assert!(stand.run(9_600).contains(&1.0));
}
