//! The example of every function of the table: an expression of a script, evaluated here by the table alone.

#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

#[path = "common/expression.rs"]
mod expression;

use bf_pattern::table::functions;
use bf_pattern::{Query, Span};
use expression::evaluate;

#[test]
fn every_example_plays() {
    for function in functions() {
        let pattern = evaluate(function.example);
        let silent = ["silence", "never"].contains(&function.name);
        let mut count = 0;
        for cycle in 0..8 {
            let events = pattern.query(Span::new(cycle, cycle + 1), &Query::default());
            count += events.unwrap_or_else(|e| panic!("{}: {e}", function.example)).len();
        }
        assert!(silent || count > 0, "{} is silent", function.example);
    }
}

#[test]
fn forms_of_a_call_are_one() {
    let ask = |text: &str| evaluate(text).query(Span::new(0, 4), &Query::default()).unwrap();
    assert_eq!(ask("mini(\"a b\").fastGap(2)"), ask("fast_gap(2, mini(\"a b\"))"));
    assert_eq!(ask("mini(\"a b\").every(2, rev)"), ask("mini(\"a b\").firstOf(2, |p| p.rev())"));
    assert_eq!(ask("stack(\"a\", \"b\")"), ask("stack([\"a\", \"b\"])"));
    assert_eq!(ask("mini(\"a\").stack(\"b\")"), ask("stack(\"a\", \"b\")"));
}

#[test]
fn chords_and_scales_sound() {
    let notes = |text: &str| {
        let mut events = evaluate(text).query(Span::new(0, 1), &Query::default()).unwrap();
        events.sort_by_key(|e| e.part.begin);
        let key = bf_pattern::Key::new("note");
        let note = |e: &bf_pattern::Event| e.value.controls().get(&key).unwrap().pitch().unwrap();
        events.iter().map(note).collect::<Vec<_>>()
    };
    assert_eq!(notes("n(\"0 2 4 7\").scale(\"c4:minor\")"), [60.0, 63.0, 67.0, 72.0]);
    assert_eq!(notes("n(\"0 2\").scale(\"c4:minor\").scale_transpose(1)"), [62.0, 65.0]);
    assert_eq!(notes("note(\"f#3\").scale(\"C:major\")"), [55.0]);
    assert_eq!(notes("note(\"c3 e3\").transpose(\"5P\")"), [55.0, 59.0]);
    assert_eq!(notes("chord(\"Am\").voicing()"), [64.0, 69.0, 72.0]);
    assert_eq!(notes("n(\"0 3\").chord(\"Am\").voicing()"), [64.0, 76.0]);
    assert_eq!(notes("chord(\"Am7\").root_notes(2)"), [45.0]);
    assert_eq!(notes("note(\"c3,e3,g3\").arp(\"0 [2 1] 3\")"), [48.0, 55.0, 52.0, 48.0]);
    assert_eq!(notes("note(\"c3,e3,g3\").arp(\"updown\")"), [48.0, 52.0, 55.0, 52.0]);
}
