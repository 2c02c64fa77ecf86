//! The set list: from one to the next, past what is missing or broken, with a set in it twice.

use super::shell::set;
use super::{PATIENCE, Stage};
use crate::cli::playing::Playing;
use crate::ui::app::App;
use crate::ui::link::{Link, Wish};
use crate::ui::shell::deck::Deed;
use crate::ui::shell::{Face, Shell, Store, browser};
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// A set of bars so short that nothing has to be waited for.
const SHORT: &str = "beatforge = 1\ntempo = 300.0\nsignature = 1\n\n[nodes]\nout = { type = \"output\" }\n";

/// A set whose bars are so long that much can be wished before the next.
const LONG: &str = "beatforge = 1\ntempo = 90.0\nsignature = 4\n\n[nodes]\nout = { type = \"output\" }\n";

/// Sets of these names in a list, the first of which plays; one that is not there and one that is broken by their names.
fn listed(names: &[&str]) -> (Stage, Vec<PathBuf>) {
    list_of(names, SHORT)
}

fn list_of(names: &[&str], text: &str) -> (Stage, Vec<PathBuf>) {
    let home = tempfile::tempdir().unwrap();
    let place = |name: &&str| match *name {
        "gone" => home.path().join("gone"),
        "broken" => set(home.path(), name, "beatforge = 1\n[nodes]\nx = { type = 3 }\n"),
        name => set(home.path(), name, text),
    };
    let places: Vec<PathBuf> = names.iter().map(place).collect();
    let store = Store::at(&home.path().join("config"));
    store.write_places("sets", &places).unwrap();
    let playing = Playing::start(&places[0], &super::Alone::arguments()).unwrap_or_else(|_| panic!("it plays"));
    let app = App::with(Link::start(playing, Arc::default()), Shell::new(store, Face::Set));
    (Stage { harness: super::shell::harness(app), raster: Default::default(), folder: home }, places)
}

impl Stage {
    fn next(&mut self) {
        self.key(Modifiers::COMMAND, Key::PageDown);
    }

    /// A step is wished, and no frame is drawn.
    fn wishes_step(&self, by: isize) {
        let app = self.harness.state();
        app.link().wish(Wish::Deed(Deed::Step { by, list: app.shell.list.all().to_vec() }));
    }

    /// Waits until a set plays, while the window shows the one before.
    fn comes_unseen(&self, title: &str) {
        let began = Instant::now();
        while self.shown().around.title != title {
            assert!(began.elapsed() < PATIENCE, "{title} does not come");
            std::thread::yield_now();
        }
    }

    fn title_is(&mut self, title: &str) {
        let came = self.until_or(|shown| shown.around.title == title && shown.around.coming.is_none());
        came.unwrap_or_else(|shown| panic!("{title} plays, not {}: {:?}", shown.around.title, shown.lines));
    }
}

#[test]
fn what_is_missing_or_broken_in_the_set_list_is_passed() {
    let (mut stage, _) = listed(&["a", "gone", "b", "broken", "c"]);
    stage.next();
    stage.title_is("b");
    assert!(stage.harness.state().said().is_none(), "it is said for some seconds, not beside the messages");
    stage.next();
    stage.until("it is refused", |shown| shown.around.failed == 1);
    stage.next();
    stage.title_is("c");
    stage.next();
    assert_eq!(stage.settle().around.coming, None, "the list ends there");
    assert!(stage.harness.query_by_label("the set list ends here").is_some());
    assert_eq!(stage.harness.state().said(), None);
    stage.key(Modifiers::COMMAND, Key::PageUp);
    stage.until("it is refused again", |shown| shown.around.failed == 2);
    stage.key(Modifiers::COMMAND, Key::PageUp);
    stage.title_is("b");
    stage.key(Modifiers::COMMAND, Key::PageUp);
    stage.title_is("a");
    stage.harness.state_mut().shell.browse(browser::Tab::Sets, std::path::Path::new("/nowhere"));
    stage.harness.run_steps(2);
    stage.harness.get_by_label("2. gone  (missing)");
}

#[test]
fn a_set_may_stand_in_the_list_twice() {
    let (mut stage, places) = listed(&["a", "b", "a", "c"]);
    for title in ["b", "a", "c"] {
        stage.next();
        stage.title_is(title);
    }
    stage.harness.state_mut().shell.browse(browser::Tab::Sets, std::path::Path::new("/nowhere"));
    stage.harness.run_steps(2);
    // The last goes up; nothing above it can.
    stage.harness.get_all_by_label("up").last().unwrap().click();
    stage.harness.run_steps(3);
    let [a, b, c] = [0, 1, 3].map(|i| places[i].clone());
    assert_eq!(stage.harness.state().shell.list.places(), [a.clone(), b.clone(), c.clone(), a.clone()]);
    stage.harness.get_all_by_label("down").next().unwrap().click();
    stage.harness.run_steps(3);
    assert_eq!(stage.harness.state().shell.list.places(), [b, a.clone(), c, a]);
    stage.next();
    stage.title_is("a");
}

#[test]
fn the_set_that_was_wished_last_comes() {
    let (mut stage, _) = list_of(&["a", "b", "c"], LONG);
    stage.next();
    stage.next();
    stage.title_is("c");
    stage.key(Modifiers::COMMAND, Key::PageUp);
    stage.next();
    stage.settle();
    // What plays is what was wished: nothing else comes.
    stage.until("nothing comes", |shown| shown.around.coming.is_none() && !shown.around.waits);
    stage.title_is("c");
}

#[test]
fn two_steps_wished_before_the_window_has_seen_the_first_go_two_sets_on() {
    let (mut stage, _) = listed(&["a", "b", "c", "d", "e"]);
    stage.wishes_step(1);
    stage.wishes_step(1);
    stage.title_is("c");
    // The next set plays, and the window still shows the one before.
    stage.wishes_step(1);
    stage.comes_unseen("d");
    stage.wishes_step(-1);
    stage.wishes_step(-1);
    stage.title_is("b");
    stage.next();
    stage.title_is("c");
}

#[test]
fn steps_count_from_what_comes_and_from_what_plays_where_one_stays() {
    let (mut stage, places) = list_of(&["a", "b", "c", "d"], LONG);
    // It comes by another way than the list.
    stage.wish(Wish::Deed(Deed::Open(places[1].clone())));
    stage.wishes_step(1);
    stage.settle();
    stage.until("what comes is the one after it", |shown| shown.around.coming.as_deref() == Some("c"));
    stage.wish(Wish::Deed(Deed::Stay));
    stage.until("nothing comes", |shown| shown.around.coming.is_none() && !shown.around.waits);
    stage.title_is("a");
    stage.wishes_step(1);
    stage.title_is("b");
}

#[test]
fn the_set_list_goes_on_while_words_are_typed_in_the_browser() {
    let (mut stage, places) = listed(&["a", "b"]);
    stage.key(Modifiers::COMMAND, Key::L);
    stage.types("saw");
    stage.next();
    stage.title_is("b");
    stage.wish(Wish::Deed(Deed::Open(places[0].clone())));
    stage.title_is("a");
}
