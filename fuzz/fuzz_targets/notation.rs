//! Any text as mini-notation: no panic, errors within the text, atoms within the text.
//!
//! `cargo +nightly fuzz run notation fuzz/corpus/notation fuzz/seeds/notation`

#![no_main]

use bf_pattern::{Query, Span, mini};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let query = Query { max_events: 1 << 12, max_work: 1 << 14, ..Query::default() };
    match mini(text) {
        Ok(pattern) => {
            for event in pattern.query(Span::new(0, 2), &query).unwrap_or_default() {
                assert!(event.part.begin <= event.part.end);
                for atom in event.atoms.as_slice() {
                    assert!(text.get(atom.start as usize..atom.end as usize).is_some_and(|word| !word.is_empty()));
                }
            }
        }
        Err(error) => assert!(text.get(error.span).is_some()),
    }
});
