//! A walk from nothing to a beat with a bass, as a performer takes it, in few actions.

use super::{Stage, cables, number};
use bf_patch::{Name, Socket};
use egui::{Key, Modifiers, Pos2, pos2, vec2};

/// A stage that counts: a click, a drag, a chord of keys and a text are one action each.
struct Walk {
    stage: Stage,
    actions: u32,
}

impl Walk {
    fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.actions += 1;
        self.stage.key(modifiers, key);
    }

    fn drag(&mut self, from: Pos2, to: Pos2) {
        self.actions += 1;
        self.stage.drag(from, to, Modifiers::NONE);
    }

    fn click(&mut self, at: Pos2) {
        self.actions += 1;
        self.stage.click(at, Modifiers::NONE);
    }

    /// Chooses in the open field.
    fn choose(&mut self, what: &str) {
        self.actions += 1;
        self.stage.types(what);
        self.key(Modifiers::NONE, Key::Enter);
        self.stage.until("it is there", |s| s.own.main.nodes.contains_key(what));
    }

    /// A node where the pointer is.
    fn add(&mut self, what: &str, at: Pos2) {
        let at = self.stage.at(at);
        self.stage.harness.input_mut().events.push(egui::Event::PointerMoved(at));
        self.key(Modifiers::NONE, Key::Tab);
        self.choose(what);
    }

    /// A node that a cable is drawn to.
    fn lead(&mut self, from: &str, to: &str, at: Pos2) {
        let output = self.stage.at(self.stage.harness.state().plug_of(from, None));
        let at = self.stage.at(at);
        self.drag(output, at);
        self.choose(to);
    }

    fn row(&self, node: &str, param: &str) -> Pos2 {
        self.stage.at(self.stage.harness.state().row_of(node, param).center())
    }
}

#[test]
fn from_nothing_to_a_beat_with_a_bass_in_forty_actions() {
    let mut walk = Walk { stage: Stage::new("beatforge = 1\n", None), actions: 0 };
    // A beat: hits, a drum, and where it is heard.
    walk.add("euclid", pos2(0.0, 0.0));
    walk.lead("euclid", "kick", pos2(220.0, 0.0));
    walk.lead("kick", "output", pos2(680.0, 80.0));
    // A bass: notes, a string, a filter.
    walk.add("steps", pos2(0.0, 260.0));
    // On its name: a click on a step turns that over.
    let row = walk.stage.harness.state().row_of("steps", "steps");
    let row = walk.stage.at(row.left_center() + vec2(20.0, 0.0));
    walk.click(row);
    walk.click(row);
    walk.key(Modifiers::COMMAND, Key::A);
    walk.actions += 1;
    walk.stage.types("c2 ~ c2 eb2 ~ c2 g1 bb1");
    walk.key(Modifiers::NONE, Key::Enter);
    walk.stage.until("the row is written", |s| format!("{:?}", s.own.main.nodes["steps"]).contains("eb2"));
    walk.lead("steps", "pluck", pos2(220.0, 260.0));
    walk.lead("pluck", "ladder", pos2(440.0, 260.0));
    let (ladder, out) = {
        let app = walk.stage.harness.state();
        (walk.stage.at(app.plug_of("ladder", None)), walk.stage.at(app.plug_of("output", Some("input"))))
    };
    walk.drag(ladder, out);
    let drive = walk.row("ladder", "resonance");
    walk.drag(drive, drive + vec2(30.0, 0.0));
    // The filter follows a slow wave.
    walk.add("lfo", pos2(220.0, 460.0));
    let (wave, cutoff) = (walk.stage.at(walk.stage.harness.state().plug_of("lfo", None)), walk.row("ladder", "cutoff"));
    walk.drag(wave, cutoff);
    let shown = walk.stage.until("it moves the filter", |s| !cables(s, "ladder", Some("cutoff")).is_empty());
    assert_eq!(cables(&shown, "output", None).len() + cables(&shown, "output", Some("input")).len(), 2);
    assert!(number(&shown, "ladder", "resonance") > 0.3);
    heard(&mut walk.stage, ["kick", "pluck", "ladder"]);

    // The bass is a patch of its own, for other sets, too.
    for (name, modifiers) in
        ["steps", "pluck", "ladder", "lfo"].into_iter().zip([Modifiers::NONE].into_iter().chain([Modifiers::SHIFT; 3]))
    {
        let title = walk.stage.at(walk.stage.tile(name).min + vec2(60.0, 10.0));
        walk.actions += 1;
        walk.stage.click(title, modifiers);
    }
    walk.key(Modifiers::COMMAND, Key::G);
    let shown = walk.stage.until("it is a patch", |s| s.own.main.nodes.contains_key("part"));
    let left: Vec<&str> = shown.own.main.nodes.keys().map(Name::as_str).collect();
    assert_eq!(left, ["euclid", "kick", "output", "part"]);

    walk.key(Modifiers::COMMAND, Key::S);
    let shown = walk.stage.until("it is saved", |s| !s.unsaved);
    const PARTS: [&str; 3] = ["kick", "part/pluck", "part/ladder"];
    heard(&mut walk.stage, PARTS);

    // The program is started again on what was saved.
    walk.actions += 1;
    let Walk { stage, actions } = walk;
    let saved = stage.folder.path().join("set.toml");
    let text = std::fs::read_to_string(saved).unwrap();
    drop(stage.harness);
    let mut again = Stage::of(stage.folder, vec2(1280.0, 800.0));
    let reopened = again.shown();
    assert_eq!(reopened.own, shown.own, "it is as it was:\n{text}");
    let bass = &reopened.own.files["patches/part.toml"];
    assert!(bass.cables[&Socket::new("ladder", "cutoff")][0].amount.is_some());
    heard(&mut again, PARTS);
    eprintln!("{actions} actions");
    assert!(actions <= 40);
}

/// Drum, bass and filter sound.
fn heard(stage: &mut Stage, names: [&str; 3]) {
    for name in names {
        stage.until(name, |s| s.glances.get(Name::new(name).as_str()).is_some_and(|g| g.peak(0) > 0.02));
    }
    let began = std::time::Instant::now();
    while stage.harness.state().link().shared.status().peaks[0] < 0.02 {
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "nothing reaches the output");
        stage.harness.run_steps(1);
    }
}
