//! Scripts that were changed at random: each is evaluated or refused with a place, soon, and nothing panics.
//!
//! `MUTATIONS=100000 cargo test -p bf-script --test mutations` runs longer.

#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

mod common;
#[path = "../../pattern/tests/common/mutate.rs"]
mod mutate;

use bf_pattern::{Query, Span};
use bf_script::reference::entries;
use bf_script::{Score, block};
use common::host;
use mutate::{Rng, mutated, rounds};

/// What all words of the language are shown by, and what a set looks like.
fn seeds() -> Vec<String> {
    let mut registry = bf_node::Registry::new();
    bf_stdlib::register(&mut registry);
    let shown = entries(&registry).into_iter().map(|entry| match entry.example.ends_with(';') {
        true => entry.example,
        false => format!("d1({});", entry.example),
    });
    let page = include_str!("../src/reference/language.md");
    let texts = page.split("```rhai\n").skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned);
    shown.chain(texts).collect()
}

#[test]
fn changed_scripts_are_evaluated_or_refused() {
    let seeds = seeds();
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    let host = host();
    let mut rng = Rng(0x9e37_79b9);
    let query = Query { max_events: 1 << 12, max_work: 1 << 14, ..Query::default() };
    let (mut good, mut refused) = (0, 0);
    for _ in 0..rounds(1500) {
        let text = mutated(&mut rng, &seeds, "()[]{}\"`;:.,|&+-*/%<>=!#$'\\ \n0159azé");
        let faults = match host.evaluate_set("x", &text) {
            Ok((mut score, mut present)) => {
                good += 1;
                for track in &score.wanted().tracks {
                    let _ = track.pattern.query(Span::new(0, 1), &query);
                }
                let blocks = block::blocks(&text);
                let range = blocks.get(rng.below(blocks.len())).cloned().unwrap_or(0..text.len());
                match host.evaluate_block("x", &text, range.clone(), &mut present) {
                    Ok(wanted) => {
                        score.replace(&text, range, wanted);
                        Vec::new()
                    }
                    Err(faults) => faults,
                }
            }
            Err(faults) => {
                refused += 1;
                faults
            }
        };
        for fault in faults {
            let lines = text.lines().count().max(1) as u32 + 1;
            assert!((1..=lines).contains(&fault.line) && fault.column >= 1, "{text:?} {fault}");
            assert!(!fault.message.is_empty() && !fault.message.contains("fault of this program"), "{text:?} {fault}");
        }
    }
    assert!(good > 40 && refused > 100, "{good} {refused}");
}

#[test]
fn any_blocks_replace_any_others() {
    let seeds = seeds();
    let seeds: Vec<&str> = seeds.iter().map(String::as_str).collect();
    let mut rng = Rng(0x51_ed_27);
    for _ in 0..300 {
        let mut score = Score::default();
        for _ in 0..rng.below(8) {
            let parts: Vec<&str> = (0..rng.below(5)).map(|_| seeds[rng.below(seeds.len())]).collect();
            let text = mutated(&mut rng, &[parts.join("\n\n").as_str()], "\n \"é;");
            let blocks = block::blocks(&text);
            if let Some(range) = blocks.get(rng.below(blocks.len().max(1))) {
                score.replace(&text, range.clone(), bf_script::Wanted::default());
                assert!(score.parts().iter().any(|part| part.range == *range));
                assert!(score.parts().windows(2).all(|pair| pair[0].range.start <= pair[1].range.start));
            }
        }
    }
}
