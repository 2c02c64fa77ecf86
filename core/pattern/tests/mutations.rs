//! Texts that were changed at random: each is read or refused with a place, asked or refused, and nothing panics.
//!
//! `MUTATIONS=1000000 cargo test -p bf-pattern --test mutations` runs longer.

#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

#[path = "common/mutate.rs"]
mod mutate;

use bf_pattern::mini::NOTATION;
use bf_pattern::{Query, Span, mini};
use mutate::{Rng, mutated, rounds};

#[test]
fn changed_notation_is_read_or_refused() {
    let seeds: Vec<&str> = NOTATION.iter().map(|form| form.example).collect();
    let mut rng = Rng(0x1234_5678);
    let query = Query { max_events: 1 << 12, max_work: 1 << 14, ..Query::default() };
    let (mut read, mut refused) = (0, 0);
    for round in 0..rounds(20_000) {
        let text = mutated(&mut rng, &seeds, "~-[]<>{}()*/!@?:|.,%_ 0123.5abé\"'\n");
        match mini(&text) {
            Ok(pattern) => {
                read += 1;
                let cycle = rng.below(7) as i64 - 3;
                for event in pattern.query(Span::new(cycle, cycle + 1), &query).unwrap_or_default() {
                    assert!(event.part.begin <= event.part.end, "{text:?}");
                    for atom in event.atoms.as_slice() {
                        let word = text.get(atom.start as usize..atom.end as usize);
                        assert!(word.is_some_and(|word| !word.is_empty()), "{text:?} round {round}");
                    }
                }
            }
            Err(error) => {
                refused += 1;
                assert!(text.get(error.span.clone()).is_some(), "{text:?} {error:?}");
                assert!(!error.message.is_empty());
            }
        }
    }
    assert!(read > 1000 && refused > 1000, "{read} {refused}");
}
