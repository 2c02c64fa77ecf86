//! What those are told who draw what plays, and a script that a set gets while it plays.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod stand;

use bf_session::remote::Quant;
use bf_session::{Message, Noted, Script, Sent};
use stand::Stand;

const SCRIPT: &str = "track(\"bass\", note(\"c2 e2\").s(\"saw\"));\n";
/// A cycle at the tempo of a set that says none.
const CYCLE: usize = 96_000;

fn sent(stand: &mut Stand) -> Vec<Sent> {
    let note = |noted| match noted {
        Noted::Note(note) => Some(note),
        Noted::Back { .. } => None,
    };
    stand.session.take_notes().into_iter().filter_map(note).collect()
}

#[test]
fn notes_are_told_with_the_places_that_they_came_from() {
    let mut stand = Stand::new(64, &[("live.rhai", SCRIPT)]);
    assert!(stand.session.take_notes().is_empty(), "nobody has asked for them");
    stand.session.watch_notes(true);
    stand.run(CYCLE * 2);
    let notes = sent(&mut stand);
    let e2 = notes.iter().find(|note| note.pitch == 40.0).unwrap();
    assert_eq!((e2.track.as_str(), e2.voice.as_str(), e2.end - e2.begin), ("bass", "saw", 2.0));
    assert_eq!(e2.cycles.0.fract(), 0.5);
    let words: Vec<&str> = e2.places.iter().map(|(_, (start, end))| &SCRIPT[*start as usize..*end as usize]).collect();
    assert!(words.contains(&"e2"), "{words:?}");
    assert!(e2.places.iter().all(|(file, _)| &**file == "live.rhai"));
    let latest = notes.iter().map(|note| note.begin).fold(0.0, f64::max);
    let ahead = stand.session.notes_ahead();
    assert!(!ahead.is_empty() && ahead.iter().all(|note| note.begin > latest), "{ahead:?}");
    stand.session.watch_notes(false);
    stand.run(CYCLE);
    assert!(stand.session.take_notes().is_empty());
}

#[test]
fn what_is_taken_back_is_told() {
    let mut stand = Stand::new(64, &[("live.rhai", "track(\"bass\", note(\"c2*16\").s(\"saw\"));\n")]);
    stand.session.watch_notes(true);
    stand.run(CYCLE);
    let tag = sent(&mut stand).last().unwrap().tag;
    let text = "track(\"bass\", note(\"e2*16\").s(\"saw\"));\n".to_owned();
    stand.session.evaluate(Script { file: "live.rhai".into(), text, part: None, quant: Quant::Now });
    stand.run(4_800);
    let noted = stand.session.take_notes();
    let back = noted.iter().position(|n| matches!(n, Noted::Back { tag: of, .. } if *of == tag)).unwrap();
    let Noted::Back { from, .. } = noted[back] else { panic!() };
    let later = noted[back..].iter().filter_map(|n| match n {
        Noted::Note(note) => Some(note),
        Noted::Back { .. } => None,
    });
    let later: Vec<&Sent> = later.collect();
    assert!(!later.is_empty() && later.iter().all(|note| note.pitch == 40.0 && note.begin >= from), "{later:?}");
}

#[test]
fn notes_that_were_asked_before_a_text_was_changed_have_their_places_in_the_text_before() {
    let long = "// Some lines that come before.\n// And go again.\n";
    // The pattern that is changed is heard until the next cycle; the other plays on from a text in which it stands elsewhere.
    let bass = "track(\"bass\", note(\"c2*8 e2\").s(\"saw\"));\n";
    let lead = "track(\"lead\", note(\"c4*8 e4\").s(\"saw\"));\n";
    let first = format!("{long}{bass}{lead}");
    let second = format!("{}{lead}", bass.replace("c2*8", "d2*8"));
    let mut stand = Stand::new(64, &[("live.rhai", &first)]);
    stand.session.watch_notes(true);
    stand.run(CYCLE + CYCLE / 4);
    let takes = |notes: &[Sent]| notes.iter().map(|note| note.take).collect::<std::collections::BTreeSet<_>>();
    let mut notes = sent(&mut stand);
    let old = takes(&notes);
    assert_eq!(old.len(), 1);
    let text = second.clone();
    let new = stand.session.evaluate(Script { file: "live.rhai".into(), text, part: None, quant: Quant::Cycle });
    for _ in 0..100 {
        stand.run(CYCLE / 50);
        notes.extend(sent(&mut stand));
        // Also those that wait to be sent.
        notes.extend(stand.session.notes_ahead());
    }
    assert_eq!(takes(&notes), old.iter().copied().chain([new]).collect());
    for note in &notes {
        let text = if note.take == new { &second } else { &first };
        let words: Vec<&str> =
            note.places.iter().map(|(_, (a, b))| text.get(*a as usize..*b as usize).unwrap()).collect();
        let word = match note.pitch {
            36.0 => "c2",
            38.0 => "d2",
            40.0 => "e2",
            60.0 => "c4",
            _ => "e4",
        };
        assert!(words.contains(&word), "{note:?}: {words:?}");
    }
    assert!(notes.iter().any(|note| note.pitch == 36.0) && notes.iter().any(|note| note.pitch == 38.0));
}

#[test]
fn a_folder_gets_its_script_while_it_plays() {
    let set = "beatforge = 1\n[nodes]\nout = { type = \"output\" }\n";
    let mut stand = Stand::new(64, &[("set.toml", set)]);
    stand.run(480);
    stand.session.quant = Quant::Now;
    stand.save("live.rhai", SCRIPT);
    stand.run(4_800);
    assert_eq!(stand.session.script_files(), ["live.rhai"]);
    assert!(stand.session.heard().main.nodes.contains_key("bass"));
    let messages = stand.session.messages();
    assert!(!messages.iter().any(|m| matches!(m, Message::Problem(_) | Message::Refused { .. })), "{messages:?}");
}
