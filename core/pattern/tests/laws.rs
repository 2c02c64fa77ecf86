//! Laws that hold for every pattern, by name.

#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

use bf_pattern::{Event, Pattern, Query, Ratio, Span, Transform, mini};
use proptest::prelude::*;

/// Random mini-notation that is well formed.
fn text() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec!["a", "b", "c", "~", "3", "bd:2"]).prop_map(str::to_owned);
    let step = atom.prop_recursive(3, 24, 4, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..4).prop_map(|steps| steps.join(" "));
        prop_oneof![
            several.clone().prop_map(|s| format!("[{s}]")),
            several.clone().prop_map(|s| format!("<{s}>")),
            several.clone().prop_map(|s| format!("{{{s}}}%3")),
            (several.clone(), several).prop_map(|(a, b)| format!("[{a}, {b}]")),
            (
                inner.clone(),
                prop::sample::select(vec!["*2", "*1.5", "/2", "*<2 3>", "!2", "@3", "(3,8)", "(2,5,1)", "?"])
            )
                .prop_map(|(step, op)| format!("{step}{op}")),
        ]
    });
    prop::collection::vec(step, 1..4).prop_map(|steps| steps.join(" "))
}

fn ask(pattern: &Pattern, begin: Ratio, end: Ratio) -> Vec<Event> {
    let mut events = pattern.query(Span { begin, end }, &Query::default()).unwrap();
    sort(&mut events);
    events
}

fn sort(events: &mut [Event]) {
    events.sort_by_key(|e| {
        (e.part.begin, e.part.end, e.whole.map(|w| (w.begin, w.end)), e.value.to_string(), e.atoms.as_slice().to_vec())
    });
}

fn cycle(pattern: &Pattern, number: i64) -> Vec<Event> {
    ask(pattern, Ratio::int(number), Ratio::int(number + 1))
}

/// Events whose pieces were joined where they meet, so that cuts of a query do not matter.
fn joined(events: Vec<Event>) -> Vec<Event> {
    let mut joined = Pattern::defragment(events);
    sort(&mut joined);
    joined
}

fn r(num: i64, den: i64) -> Ratio {
    Ratio::new(num, den)
}

/// A pattern with some of the functions on it.
fn changed(pattern: &Pattern, which: u8) -> Pattern {
    let rev = Transform::new(Pattern::rev);
    match which % 10 {
        0 => pattern.clone(),
        1 => pattern.first_of(3.0, &rev),
        2 => pattern.off(0.125, &Transform::new(|p| p.fast(2.0))),
        3 => pattern.degrade_by(0.4),
        4 => pattern.swing_by(0.25, 4.0),
        5 => pattern.chunk(4.0, &rev),
        6 => pattern.shuffle(4.0),
        7 => pattern.late(0.3),
        8 => pattern.iter(4.0).ply(2.0),
        _ => pattern.sometimes(&rev),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rev_of_rev_is_nothing(text in text(), number in -3i64..5) {
        let pattern = mini(&text).unwrap();
        prop_assert_eq!(cycle(&pattern.rev().rev(), number), cycle(&pattern, number));
    }

    #[test]
    fn slow_undoes_fast(text in text(), n in 1i64..7, number in -3i64..5) {
        let pattern = mini(&text).unwrap();
        prop_assert_eq!(cycle(&pattern.fast(n as f64).slow(n as f64), number), cycle(&pattern, number));
    }

    #[test]
    fn early_undoes_late(text in text(), num in 0i64..9, number in -3i64..5) {
        let pattern = mini(&text).unwrap();
        prop_assert_eq!(cycle(&pattern.late(r(num, 7)).early(r(num, 7)), number), cycle(&pattern, number));
    }

    #[test]
    fn a_query_may_be_cut_anywhere(text in text(), which in 0u8..10, cut in 1i64..40) {
        let pattern = changed(&mini(&text).unwrap(), which);
        let middle = r(cut, 20);
        let mut parts = ask(&pattern, Ratio::ZERO, middle);
        parts.extend(ask(&pattern, middle, Ratio::int(2)));
        let whole = ask(&pattern, Ratio::ZERO, Ratio::int(2));
        prop_assert_eq!(onsets(&parts), onsets(&whole));
        if which == 0 {
            prop_assert_eq!(joined(parts).len(), joined(whole).len());
        }
    }

    #[test]
    fn the_order_of_questions_does_not_matter(text in text(), which in 0u8..10) {
        let pattern = changed(&mini(&text).unwrap(), which);
        let forwards: Vec<_> = (0..6).map(|n| cycle(&pattern, n)).collect();
        let mut backwards: Vec<_> = (0..6).rev().map(|n| cycle(&pattern, n)).collect();
        backwards.reverse();
        prop_assert_eq!(forwards, backwards);
    }

    #[test]
    fn parts_lie_in_the_question_and_in_their_wholes(text in text(), which in 0u8..10, begin in 0i64..16, len in 1i64..20) {
        let pattern = changed(&mini(&text).unwrap(), which);
        let span = Span { begin: r(begin, 8), end: r(begin + len, 8) };
        for event in ask(&pattern, span.begin, span.end) {
            prop_assert!(span.contains(event.part), "{:?}", event);
            prop_assert!(event.whole.is_some_and(|w| w.contains(event.part)), "{:?}", event);
        }
    }

    #[test]
    fn atoms_are_the_words_of_the_text(text in text(), which in 0u8..10) {
        let pattern = changed(&mini(&text).unwrap(), which);
        for event in cycle(&pattern, 0) {
            prop_assert!(!event.atoms.is_empty());
            for atom in event.atoms.as_slice() {
                let word = text.get(atom.start as usize..atom.end as usize);
                prop_assert!(word.is_some_and(|w| !w.is_empty() && w.chars().all(|c| c.is_alphanumeric() || c == '.')));
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[a-c0-9~_ .<>\\[\\]{}(),|!@*/?:%^-]{0,40}") {
        if let Ok(pattern) = mini(&text) {
            let _ = pattern.query(Span::new(0, 2), &Query::default());
        }
    }

    #[test]
    fn errors_point_into_the_text(text in "\\PC{0,30}") {
        if let Err(error) = mini(&text) {
            prop_assert!(text.get(error.span.clone()).is_some(), "{:?} {:?}", text, error);
        }
    }
}

fn onsets(events: &[Event]) -> Vec<(Option<Span>, String)> {
    let mut all: Vec<_> = events.iter().filter(|e| e.has_onset()).map(|e| (e.whole, e.value.to_string())).collect();
    all.sort_by_key(|(whole, value)| (whole.map(|w| (w.begin, w.end)), value.clone()));
    all
}

#[test]
fn chance_keeps_its_share() {
    for (text, share) in [("a*16?", 0.5), ("a*16?0.2", 0.8), ("a*16?0.9", 0.1)] {
        let kept: usize = (0..500).map(|n| cycle(&mini(text).unwrap(), n).len()).sum();
        assert!((kept as f64 / 8000.0 - share).abs() < 0.02, "{text}: {kept}");
    }
    let pattern = mini("[a|b|c]*8").unwrap();
    let mut counts = [0usize; 3];
    for event in (0..500).flat_map(|n| cycle(&pattern, n)) {
        counts[event.value.to_string().as_bytes()[0] as usize - usize::from(b'a')] += 1;
    }
    assert!(counts.iter().all(|n| (1200..1470).contains(n)), "{counts:?}");
}

#[test]
fn seeds_differ_and_hold() {
    let pattern = mini("a*16?").unwrap();
    let seeded = |seed: f64| (0..4).map(|n| cycle(&pattern.seed(seed), n).len()).collect::<Vec<_>>();
    assert_eq!(seeded(7.0), seeded(7.0));
    assert_ne!(seeded(7.0), seeded(8.0));
    let all = Query { seed: 7.0, ..Query::default() };
    assert_eq!(pattern.query(Span::new(0, 1), &all), pattern.seed(7.0).query(Span::new(0, 1), &Query::default()));
}
