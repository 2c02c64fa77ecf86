//! The mixer.

use super::{SET, Stage, number};
use bf_patch::Name;
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable;

#[test]
fn a_fader_is_moved_in_one_step() {
    let text = SET.replace("\"out\" = \"filter.low\"", "\"out\" = \"mix\"\n\"mix\" = \"filter.low\"");
    let text = text.replace("out = { type", "mix = { type = \"strip\" }\nout = { type");
    let mut stage = Stage::new(&text, None);
    stage.key(Modifiers::ALT, Key::Num3);
    let fader = stage.harness.get_by_label("mix gain").rect().center();
    stage.drag(fader, fader + vec2(0.0, 40.0), Modifiers::NONE);
    let shown = stage.until("it is lower", |s| s.own.main.nodes[&Name::new("mix")].params.contains_key("gain"));
    assert!(number(&shown, "mix", "gain") < 1.0);
    stage.key(Modifiers::COMMAND, Key::Z);
    let back =
        stage.until("one undo takes it back", |s| !s.own.main.nodes[&Name::new("mix")].params.contains_key("gain"));
    assert_eq!(back.undo, None);
}
