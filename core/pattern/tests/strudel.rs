//! What Strudel answers to many patterns: every case of the recordings is asked here and compared, event by event.

#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

mod common;

use common::{cycle, pattern, recorded};
use serde_json::Value as Json;

/// Asks every case of a recording, and reports all that differ.
fn replay(name: &str, text: &str) {
    let all: Json = serde_json::from_str(text).unwrap();
    let none = Vec::new();
    let (mut asked, mut wrong) = (0, Vec::new());
    for case in ["mini", "functions"].iter().flat_map(|group| all[*group].as_array().unwrap_or(&none)) {
        let base = if case["src"].is_null() { &case["base"] } else { &case["src"] };
        let pattern = pattern(base, &case["ops"]);
        asked += 1;
        for (number, events) in case["cycles"].as_array().unwrap().iter().enumerate() {
            let wanted = recorded(events);
            let found = cycle(&pattern, number as i64);
            if found.as_ref() != Ok(&wanted) {
                let found = found.map_or_else(|e| e, |lines| lines.join("  "));
                let what = format!("{} {base} {}", case["id"], case["ops"]);
                wrong.push(format!("{what}, cycle {number}\n  wanted {}\n  found  {found}", wanted.join("  ")));
                break;
            }
        }
    }
    assert!(asked > 50, "{name} holds {asked} cases");
    assert!(wrong.is_empty(), "{name}: {} of {asked} cases differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_oracles_agree() {
    replay("oracles", include_str!("data/oracles.json"));
}

#[test]
fn more_answers_agree() {
    replay("answers", include_str!("data/answers.json"));
}
