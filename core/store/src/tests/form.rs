//! What is written is read back as it was.

use super::arb;
use crate::entry::{Change, Draft, Evaluation, Motion, NoteInput, Opened, Page, Played};
use crate::form::{read_set_edit, read_what, set_edit, what};
use crate::{Hash, What};
use bf_node::Value;
use bf_patch::{Edit, Node, SetEdit, Socket};
use bf_pattern::Ratio;
use proptest::prelude::*;
use std::sync::Arc;

proptest! {
    #![proptest_config(arb::config(600))]

    #[test]
    fn every_edit_is_read_back_to_the_last_bit(edit in arb::set_edit()) {
        let text = set_edit(&edit).to_string();
        let back = read_set_edit(&serde_json::from_str(&text).unwrap()).unwrap();
        prop_assert_eq!(&back, &edit);
        // Also what equality does not see: the sign of nought.
        prop_assert_eq!(format!("{back:?}"), format!("{edit:?}"));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[\\[\\]{}\",:a-z0-9. -]{0,60}", kind in 0..120_u16) {
        let _ = read_what(kind, &text, |_| None);
    }
}

#[test]
fn the_form_is_what_older_histories_hold() {
    let cases = [
        (
            SetEdit::main(Edit::SetParam { target: Socket::new("saw", "freq"), value: Some(110.0.into()) }),
            r#"["param","saw.freq",110.0]"#,
        ),
        (
            SetEdit::file(
                "patches/kick.toml",
                Edit::AddNode {
                    name: "saw".into(),
                    node: Node::new("saw").with("freq", f64::INFINITY),
                    at: Some([8, -16]),
                },
            ),
            r#"["in","patches/kick.toml",["add","saw",["saw","freq",{"number":"inf"}],[8,-16]]]"#,
        ),
        (
            SetEdit::main(Edit::Batch(vec![Edit::SetTempo(124.0), Edit::SetScore(7)])),
            r#"["batch",["tempo",124.0],["score",7]]"#,
        ),
    ];
    for (edit, text) in cases {
        assert_eq!(set_edit(&edit).to_string(), text);
        assert_eq!(read_set_edit(&serde_json::from_str(text).unwrap()).unwrap(), edit);
    }
}

#[test]
fn what_lies_very_deep_is_read_back() {
    let mut value = Value::Number(1.0);
    for _ in 0..32 {
        value = Value::Table(vec![("a".to_owned(), value)]);
    }
    let mut edit = Edit::SetParam { target: Socket::new("saw", "freq"), value: Some(value) };
    let leaf = edit.clone();
    for _ in 0..500 {
        edit = Edit::Batch(vec![edit]);
    }
    let text = set_edit(&SetEdit::main(edit)).to_string();
    let back = read_set_edit(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(back.edit.leaves(), [&leaf]);
}

#[test]
fn every_kind_of_entry_is_read_back() {
    let hash = Hash::of(b"x");
    let text: Arc<str> = Arc::from("track(\"a\", s(\"bd\"))");
    let change = Change { label: "a".into(), gesture: Some(3), edits: vec![SetEdit::main(Edit::SetTempo(1.0))] };
    let played = Played {
        track: "drums".into(),
        note: 9,
        length: Ratio::new(3, 4),
        values: vec![("s".into(), Value::Text("bd".into())), ("gain".into(), Value::Number(0.8))],
    };
    let evaluation = Evaluation {
        request: 4,
        file: "live.rhai".into(),
        text: Arc::clone(&text),
        part: Some(3..9),
        quant: "1".into(),
    };
    let all = [
        What::Edit(change.clone()),
        What::Undo(change.clone()),
        What::Redo(Change::default()),
        What::Follow(change),
        What::GestureEnd,
        What::Evaluate(evaluation),
        What::Heard { request: 4, score: 5, beat: Ratio::new(-7, 2), of: vec![1, 4] },
        What::Tape("n 4 0 12 60 0.5\n\"t\" ü\n".to_owned()),
        What::Scene { request: 1, scene: Some("verse".into()), quant: "cycle".into() },
        What::Scene { request: 1, scene: None, quant: "now".into() },
        What::Dropped { request: 9 },
        What::Draft(Draft { file: "a/live.rhai".into(), text: "ätrück(\"é\")".into(), base: Arc::clone(&text) }),
        What::Draft(Draft { file: "b".into(), text: Arc::clone(&text), base: Arc::clone(&text) }),
        What::Draft(Draft { file: "b".into(), text: "".into(), base: Arc::clone(&text) }),
        What::Control { source: "osc".into(), target: "filter.cutoff".into(), value: 0.1 + 0.2 },
        What::Note(NoteInput { source: "midi".into(), target: "acid".into(), key: 60.5, velocity: 0.0 }),
        What::Receipt { id: u64::MAX, late: true, shed: false },
        What::Played(played),
        What::Seed { of: "set".into(), seed: u64::MAX },
        What::Transport(Motion::Play),
        What::Transport(Motion::Stop),
        What::Transport(Motion::Seek(Ratio::new(1, 3))),
        What::Transport(Motion::Tempo(123.4)),
        What::Transport(Motion::Signature(7)),
        What::Version { name: "first".into(), note: "ü \"\n".into() },
        What::Branch { from: 7, name: "other".into() },
        What::Opened(Opened { program: "BeatForge 0.1".into(), sample_rate: 48_000, block: 64, seed: 1 }),
        What::Closed,
        What::File { path: "a.wav".into(), hash, len: 12 },
        What::Saved { files: vec![("set.toml".into(), hash)] },
        What::Checkpoint(vec![Page { file: None, text: hash, base: hash }]),
        What::Lost { entries: 3 },
        What::Other { kind: 99, payload: "what comes later".into() },
    ];
    for entry in all {
        let back = read_what(entry.kind(), &what(&entry), |wanted| {
            (*wanted == Hash::of(text.as_bytes())).then(|| Arc::clone(&text))
        });
        assert_eq!(back.as_ref(), Ok(&entry));
    }
}
