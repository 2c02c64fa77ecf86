//! The mixer: faders, equaliser, compressor, sends, snapshots, headphones, the click and scenes, by hand.

use super::{SET, Stage, cables, number};
use bf_node::Value;
use bf_patch::{Name, Socket};
use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable;

/// Two strips, a bus and an effect.
const DESK: &str = r#"beatforge = 1

[nodes]
kick = { type = "saw", freq = 55.0 }
a = { type = "strip", gain = -12.0 }
b = { type = "strip", gain = -20.0 }
group = { type = "bus" }
out = { type = "output" }

[cables]
"a" = "kick"
"b" = "kick"
"out" = ["a", "b", "group"]
"#;

fn desk() -> Stage {
    let mut stage = Stage::new(DESK, None);
    open(&mut stage);
    stage
}

/// Goes to the mixer's tab.
fn open(stage: &mut Stage) {
    stage.harness.get_by_label("Mixer").click();
    stage.harness.run_steps(3);
    // The tab gives the focus away.
    stage.key(Modifiers::NONE, Key::Escape);
    stage.harness.run_steps(3);
}

fn param(shown: &super::Shown, node: &str, param: &str) -> Option<Value> {
    shown.own.main.nodes.get(&Name::new(node))?.params.get(param).cloned()
}

/// Clicks what has a name.
fn press(stage: &mut Stage, label: &str) {
    stage.harness.get_by_label(label).click();
    stage.harness.run_steps(2);
    stage.settle();
    stage.harness.run_steps(2);
}

#[test]
fn a_fader_is_moved_in_one_step() {
    let text = SET.replace("\"out\" = \"filter.low\"", "\"out\" = \"mix\"\n\"mix\" = \"filter.low\"");
    let text = text.replace("out = { type", "mix = { type = \"strip\" }\nout = { type");
    let mut stage = Stage::new(&text, None);
    open(&mut stage);
    let fader = stage.harness.get_all_by_label("mix gain").next().unwrap().rect().center();
    stage.drag(fader, fader + vec2(0.0, 40.0), Modifiers::NONE);
    let shown = stage.until("it is lower", |s| s.own.main.nodes[&Name::new("mix")].params.contains_key("gain"));
    assert!(number(&shown, "mix", "gain") < 1.0);
    stage.key(Modifiers::COMMAND, Key::Z);
    let back =
        stage.until("one undo takes it back", |s| !s.own.main.nodes[&Name::new("mix")].params.contains_key("gain"));
    assert_eq!(back.undo, None);
}

#[test]
fn strips_stand_side_by_side_and_fit_the_window() {
    for wide in [false, true] {
        let mut stage = desk();
        if wide {
            stage.key(Modifiers::NONE, Key::W);
            stage.harness.run_steps(3);
        }
        let rect = |stage: &Stage, label: &str| stage.harness.get_all_by_label(label).next().unwrap().rect();
        // The messages are below.
        let bottom = 710.0;
        let mut last = 0.0;
        for name in ["a", "b"] {
            let fader = rect(&stage, &format!("{name} gain"));
            let switches = ["mute", "solo", "cue"].map(|param| rect(&stage, &format!("{name} {param}")));
            let meter = rect(&stage, &format!("{name} level"));
            assert!(fader.height() >= 140.0 && fader.max.y < bottom, "{fader} above {bottom}");
            assert!(switches.windows(2).all(|w| w[0].max.x <= w[1].min.x), "{switches:?}");
            assert!(switches[0].max.y <= fader.min.y && switches[0].min.x > last, "{switches:?} after {last}");
            assert!(meter.min.x >= fader.max.x && meter.height() > 120.0);
            last = switches[2].max.x;
        }
        let number = stage.harness.get_all_by_label("a gain").last().unwrap().rect();
        assert!(number.max.y < bottom, "the number under a fader is seen: {number}");
    }
}

#[test]
fn nothing_of_the_master_lies_beyond_its_panel() {
    let stage = desk();
    for label in ["Click", "1 bar", "2 bars", "out channels"] {
        let rect = stage.harness.get_by_label(label).rect();
        assert!(rect.max.x <= 1_280.0 - 8.0, "{label}: {rect}");
    }
}

#[test]
fn keys_go_from_strip_to_strip_and_move_what_is_chosen() {
    let mut stage = desk();
    stage.key(Modifiers::NONE, Key::ArrowRight);
    stage.key(Modifiers::NONE, Key::ArrowRight);
    stage.key(Modifiers::NONE, Key::ArrowUp);
    stage.settle();
    stage.key(Modifiers::NONE, Key::ArrowUp);
    stage.key(Modifiers::NONE, Key::M);
    stage.key(Modifiers::NONE, Key::S);
    let shown = stage.until("b is muted and soloed", |s| param(s, "b", "solo") == Some(Value::Bool(true)));
    assert_eq!(param(&shown, "b", "mute"), Some(Value::Bool(true)));
    assert_eq!(number(&shown, "b", "gain"), -18.0, "a decibel a press");
    assert_eq!(number(&shown, "a", "gain"), -12.0);
    stage.key(Modifiers::NONE, Key::ArrowLeft);
    stage.key(Modifiers::NONE, Key::ArrowDown);
    stage.until("a is lower", |s| number(s, "a", "gain") == -13.0);
}

#[test]
fn a_bus_has_the_switches_of_a_strip() {
    let text = DESK.replace("\"out\" = [\"a\", \"b\", \"group\"]", "\"group\" = \"a\"\n\"out\" = [\"b\", \"group\"]");
    let mut stage = Stage::new(&text, None);
    open(&mut stage);
    for switch in ["mute", "solo", "cue"] {
        press(&mut stage, &format!("group {switch}"));
        let shown = stage.until("it is on", |s| param(s, "group", switch) == Some(Value::Bool(true)));
        assert_eq!(param(&shown, "group", "solo").is_some(), switch != "mute");
    }
    let shown = stage.shown();
    assert!(shown.own.main.nodes.contains_key("phones"), "the first that is cued brings headphones along");
    // By its key as well.
    for _ in 0..3 {
        stage.key(Modifiers::NONE, Key::ArrowRight);
    }
    stage.key(Modifiers::NONE, Key::M);
    stage.until("it is heard again", |s| param(s, "group", "mute") == Some(Value::Bool(false)));
    let [mute, fader, level] = ["mute", "gain", "level"]
        .map(|what| stage.harness.get_all_by_label(&format!("group {what}")).next().unwrap().rect());
    let [other, ..] = ["mute"].map(|what| stage.harness.get_by_label(&format!("a {what}")).rect());
    assert!((mute.min.y - other.min.y).abs() < 1.0, "it stands in a row with those of strips");
    assert!(mute.max.y <= fader.min.y && level.min.x >= fader.max.x);
}

#[test]
fn a_bus_that_is_muted_is_silent_and_its_meter_says_so() {
    let text = DESK.replace("\"out\" = [\"a\", \"b\", \"group\"]", "\"group\" = \"a\"\n\"out\" = \"group\"");
    let mut stage = Stage::new(&text, None);
    open(&mut stage);
    let reading = |shown: &super::Shown, stage: &Stage| {
        let (name, node) = shown.heard.main.nodes.get_key_value("group").unwrap();
        shown.seen.reading(&stage.harness.state().link().registry, (name, node), "peak_l").unwrap_or(0.0)
    };
    let mut level = 0.0;
    for _ in 0..2_000 {
        stage.harness.step();
        level = reading(&stage.shown(), &stage);
        if level > 0.05 {
            break;
        }
    }
    assert!(level > 0.05, "it is metered: {level}");
    press(&mut stage, "group mute");
    stage.until("it is silent", |s| param(s, "group", "mute") == Some(Value::Bool(true)));
    let began = std::time::Instant::now();
    while reading(&stage.shown(), &stage) > 0.01 {
        assert!(began.elapsed() < super::PATIENCE, "its meter falls");
        stage.harness.step();
    }
}

/// Waits for what was wished while no frame is drawn: for the hand no time goes by.
fn granted(stage: &Stage) {
    let sent = stage.harness.state().link().sent();
    let began = std::time::Instant::now();
    while stage.shown().granted < sent {
        assert!(began.elapsed() < super::PATIENCE, "it is carried out");
        std::thread::yield_now();
    }
}

#[test]
fn presses_of_a_key_on_a_fader_are_one_step_until_they_rest() {
    let mut stage = desk();
    stage.key(Modifiers::NONE, Key::ArrowRight);
    for _ in 0..4 {
        stage.key(Modifiers::NONE, Key::ArrowUp);
        granted(&stage);
    }
    assert_eq!(number(&stage.shown(), "a", "gain"), -8.0, "{:?}", stage.shown().lines);
    // So long that the hand has left the key.
    stage.harness.run_steps(120);
    stage.key(Modifiers::NONE, Key::ArrowDown);
    granted(&stage);
    stage.key(Modifiers::SHIFT, Key::ArrowDown);
    stage.until("it is down", |s| (number(s, "a", "gain") + 9.1).abs() < 1e-4);
    stage.harness.run_steps(120);
    stage.settle();
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("the second movement is one step", |s| number(s, "a", "gain") == -8.0);
    stage.key(Modifiers::COMMAND, Key::Z);
    let shown = stage.until("so is the first", |s| number(s, "a", "gain") == -12.0);
    assert_eq!(shown.undo, None);
    // Another strip is another step, however quickly it is reached.
    stage.key(Modifiers::NONE, Key::ArrowUp);
    granted(&stage);
    stage.key(Modifiers::NONE, Key::ArrowRight);
    stage.key(Modifiers::NONE, Key::ArrowUp);
    stage.until("both are up", |s| number(s, "b", "gain") == -19.0 && number(s, "a", "gain") == -11.0);
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.until("one is back", |s| number(s, "b", "gain") == -20.0 && number(s, "a", "gain") == -11.0);
}

#[test]
fn a_band_of_the_equaliser_is_dragged_in_gain_and_place() {
    let mut stage = desk();
    stage.key(Modifiers::NONE, Key::W);
    let band = stage.harness.get_by_label("a mid").rect().center();
    stage.drag(band, band + vec2(20.0, -20.0), Modifiers::NONE);
    let shown = stage.until("the bell is up", |s| param(s, "a", "mid").is_some());
    assert!((9.0..11.0).contains(&number(&shown, "a", "mid")), "{}", number(&shown, "a", "mid"));
    assert!(number(&shown, "a", "mid_freq") > 1_500.0);
    stage.key(Modifiers::COMMAND, Key::Z);
    let back = stage.until("one undo takes both back", |s| param(s, "a", "mid").is_none());
    assert_eq!((param(&back, "a", "mid_freq"), back.undo.clone()), (None, None));
}

#[test]
fn the_compressor_is_switched_on_turns_down_and_shows_it() {
    let mut stage = desk();
    stage.key(Modifiers::NONE, Key::W);
    press(&mut stage, "a compress");
    let curve = stage.harness.get_by_label("a threshold curve").rect().center();
    stage.drag(curve, curve + vec2(-20.0, 10.0), Modifiers::NONE);
    let shown = stage.until("it is lower", |s| param(s, "a", "threshold").is_some());
    assert_eq!(param(&shown, "a", "compress"), Some(Value::Bool(true)));
    assert!(number(&shown, "a", "threshold") < -25.0 && number(&shown, "a", "ratio") > 3.0);
    let reads = |s: &super::Shown, stage: &str| {
        let registry = bf_session::registry();
        let name = Name::new(stage);
        let node = &s.heard.main.nodes[&name];
        s.seen.reading(&registry, (&name, node), "gain_reduction_db")
    };
    stage.until("the meter shows it", |s| reads(s, "a").is_some_and(|db| db > 3.0));
    assert_eq!(reads(&stage.shown(), "b"), Some(0.0));
}

#[test]
fn a_send_is_led_to_a_bus_by_name() {
    let mut stage = desk();
    stage.key(Modifiers::NONE, Key::W);
    press(&mut stage, "a send1 goes to");
    stage.harness.get_by_label("send to group").click();
    stage.harness.run_steps(2);
    let shown = stage.until("it is cabled", |s| !cables(s, "group", None).is_empty());
    assert_eq!(cables(&shown, "group", None), ["a.send1"]);
}

#[test]
fn a_mix_is_stored_recalled_compared_and_morphed() {
    let mut stage = desk();
    let field = |stage: &mut Stage, text: &str| {
        stage.harness.get_by_label("name of a mix").click();
        stage.harness.run_steps(2);
        stage.types(text);
        press(stage, "Store");
    };
    field(&mut stage, "Verse");
    let shown = stage.until("it is stored", |s| s.own.main.snapshots.contains_key(&Name::new("verse")));
    let stored = &shown.own.main.snapshots[&Name::new("verse")];
    assert_eq!(stored[&Socket::new("a", "gain")], Value::from(-12.0));
    assert!(stored.contains_key(&Socket::new("group", "gain")) && !stored.contains_key(&Socket::new("a", "solo")));

    let fader = stage.harness.get_all_by_label("a gain").next().unwrap().rect().center();
    stage.drag(fader, fader + vec2(0.0, 60.0), Modifiers::NONE);
    let low = number(&stage.shown(), "a", "gain");
    assert!(low < -15.0);
    press(&mut stage, "compare");
    assert_eq!(number(&stage.shown(), "a", "gain"), -12.0, "the stored mix");
    press(&mut stage, "compare");
    assert_eq!(number(&stage.shown(), "a", "gain"), low, "and back to the present");

    field(&mut stage, "wide");
    press(&mut stage, "Recall");
    assert_eq!(number(&stage.shown(), "a", "gain"), low, "what was stored last is chosen");
    let before = stage.shown().undo.clone();
    let slider = stage.harness.get_by_label("morph").rect();
    stage.drag(slider.left_center() + vec2(8.0, 0.0), slider.center(), Modifiers::NONE);
    let shown = stage.shown();
    let middle = number(&shown, "a", "gain");
    assert!(middle > low && middle < -12.0, "between {low} and -12: {middle}");
    assert_ne!(shown.undo, before);
    stage.key(Modifiers::COMMAND, Key::Z);
    let back = stage.until("one undo takes the morph back", |s| number(s, "a", "gain") == low);
    assert_eq!(back.undo, before);
}

#[test]
fn the_first_cue_brings_headphones_and_says_where_they_are() {
    let mut stage = desk();
    press(&mut stage, "a cue");
    let shown = stage.until("it is cued", |s| param(s, "a", "cue") == Some(Value::Bool(true)));
    assert_eq!(cables(&shown, "phones", None), ["cue"]);
    assert_eq!(param(&shown, "phones", "channels"), Some(Value::from("3/4")));
    // The null device of tests plays two channels.
    press(&mut stage, "Solo in main outs");
    stage.until("it stands in", |s| param(s, "phones", "channels") == Some(Value::from("instead")));
    press(&mut stage, "Cue off");
    stage.until("nothing is cued", |s| param(s, "a", "cue") == Some(Value::Bool(false)));
    for _ in 0..3 {
        stage.key(Modifiers::COMMAND, Key::Z);
    }
    let back = stage.until("each was one step", |s| !s.own.main.nodes.contains_key(&Name::new("cue")));
    assert_eq!((param(&back, "a", "cue"), back.undo.clone()), (None, None));
}

#[test]
fn a_click_is_brought_along_and_counts_in() {
    let mut stage = desk();
    press(&mut stage, "Click");
    let shown = stage.until("it is there", |s| s.own.main.nodes.contains_key(&Name::new("metronome")));
    assert_eq!(cables(&shown, "beside", None), ["metronome"]);
    assert_eq!(param(&shown, "beside", "channels"), Some(Value::from("beside")));
    press(&mut stage, "Click");
    stage.until("it is off", |s| param(s, "metronome", "on") == Some(Value::Bool(false)));

    let playing = |stage: &Stage| stage.harness.state().link().shared.status().playing;
    press(&mut stage, "1 bar");
    press(&mut stage, "Stop");
    while playing(&stage) || stage.harness.query_by_label("Play").is_none() {
        stage.harness.run_steps(1);
    }
    press(&mut stage, "Play");
    assert!(stage.shown().seen.counting && !playing(&stage), "it counts first");
    let from = stage.harness.state().link().shared.status();
    while !playing(&stage) {
        stage.harness.run_steps(1);
        std::thread::yield_now();
    }
    let frames = stage.harness.state().link().shared.status().frame - from.frame;
    let beat = 48_000.0 * 60.0 / from.bpm;
    assert!(frames as f64 > 3.9 * beat, "a bar of four: {frames} frames");
}

#[test]
fn the_scene_that_plays_is_lit() {
    let script = "track(\"one\", s(\"bd\"));\nscene(\"drop\", || { track(\"one\", s(\"bd*4\")); });\n";
    let mut stage = Stage::new(SET, Some(script));
    stage.until("the scene is known", |s| s.scenes == [Name::new("drop")]);
    open(&mut stage);
    press(&mut stage, "scene drop");
    stage.until("it plays", |s| s.seen.scenes[0] == Some(Name::new("drop")));
    press(&mut stage, "Leave scene");
    stage.until("it is left", |s| s.seen.scenes == [None, None]);
    press(&mut stage, "Stop all");
    stage.until("all is silent", |s| s.hushed);
}

#[test]
fn loudness_is_measured_and_begins_anew() {
    let mut stage = desk();
    let reads = |s: &super::Shown| s.seen.loudness.as_ref().map(|loudness| loudness.readings().integrated);
    stage.until("it is loud", |s| reads(s).is_some_and(|lufs| (-60.0..-1.0).contains(&lufs)));
    stage.harness.get_by_label("Reset").click();
    stage.harness.run_steps(2);
    stage.until("it begins anew", |s| reads(s).is_some_and(|lufs| lufs < -100.0));
    stage.until("and goes on", |s| reads(s).is_some_and(|lufs| (-60.0..-1.0).contains(&lufs)));
}

#[test]
fn a_value_of_a_tracks_strip_is_laid_over_the_text() {
    let mut stage = Stage::new(SET, Some("track(\"drums\", s(\"bd*4\"));\n"));
    stage.until("the track is there", |s| s.heard.main.nodes.contains_key(&Name::new("drums")));
    open(&mut stage);
    press(&mut stage, "drums mute");
    let shown = stage.until("a hand's value", |s| !s.own.main.overrides.is_empty());
    assert_eq!(shown.own.main.overrides[&Socket::new("drums", "mute")], Value::Bool(true));
}
