//! The words of the protocol, and a set with clients.

use super::*;
use crate::sync::{Source, SourceKind};
use serde_json::json;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(20);

fn requests() -> Vec<Request> {
    let evaluate = |part, quant| {
        let (file, text) = ("/set/live.rhai".to_owned(), "d1(s(\"bd\"));\n\"ä\\\n".to_owned());
        Request::Evaluate(Evaluate { file, text, part, quant })
    };
    vec![
        evaluate(Part::Whole, None),
        evaluate(Part::Block { at: 3 }, Some(Quant::Now)),
        evaluate(Part::Range { start: 0, end: 9 }, Some(Quant::Beat)),
        evaluate(Part::Line, Some(Quant::Cycles(4))),
        Request::Hush,
        Request::Unhush,
        Request::Undo,
        Request::Redo,
        Request::Launch { scene: "drop".into(), quant: Some(Quant::Cycle) },
        Request::Launch { scene: "drop".into(), quant: None },
        Request::Solo { track: "drums".into(), on: true },
        Request::Mute { track: "drums".into(), on: false },
        Request::Tempo { bpm: 172.5 },
        Request::Play,
        Request::Stop,
        Request::Status,
        Request::Sync,
        Request::Watch { on: true },
    ]
}

fn fault() -> Fault {
    let (file, message) = ("/set/live.rhai".to_owned(), "there is no `sq`".to_owned());
    Fault { file, line: 3, column: 5, end: 7, message, hint: Some("did you mean `s`?".into()), warning: false }
}

#[test]
fn every_message_survives_the_way() {
    for request in requests() {
        let call = Call { id: 7, request };
        let line = text(&call);
        assert!(!line.contains('\n') && line.starts_with("{\"id\":7,\"do\":"), "{line}");
        assert_eq!(serde_json::from_str::<Call>(&line).unwrap(), call);
    }
    let status = Status { playing: true, bpm: 120.0, tracks: [("bass".to_owned(), true)].into(), ..Status::default() };
    let changed = Changed { edits: 3, take: 2, range: Some((2, 9)), messages: vec![fault()], ..Changed::default() };
    let source = Source { peers: Some(2), bpm: Some(121.5), ..Source::new(SourceKind::Link, "Ableton Link") };
    let responses = [
        Response::Done(changed),
        Response::faults([fault()]),
        Response::failed("why"),
        Response::Status(status),
        Response::Sources(vec![source, Source::new(SourceKind::Device, "null")]),
    ];
    for response in responses {
        let answer = Answer { id: 9, response };
        assert_eq!(serde_json::from_str::<Answer>(&text(&answer)).unwrap(), answer);
        assert!(serde_json::from_str::<Notice>(&text(&answer)).is_err());
    }
    let file = || "/set/live.rhai".to_owned();
    let notices = [
        Notice::Sounding { spans: vec![Sounding { file: file(), take: 2, start: 3, end: 5, millis: 120 }] },
        Notice::Message { fault: fault() },
        Notice::Note { text: "words".into() },
        Notice::Evaluated { file: file(), range: (0, 40), take: 2 },
        Notice::Hushed { on: true },
    ];
    for notice in notices {
        assert_eq!(serde_json::from_str::<Notice>(&text(&notice)).unwrap(), notice);
    }
}

#[test]
fn what_a_hand_writes_is_understood() {
    let read = |value: serde_json::Value| serde_json::from_value::<Call>(value).map(|call| call.request);
    assert_eq!(read(json!({ "do": "hush" })).unwrap(), Request::Hush);
    let asked = read(json!({ "do": "evaluate", "file": "a.rhai", "text": "x", "part": { "block": { "at": 0 } } }));
    let Ok(Request::Evaluate(e)) = asked else { panic!("{asked:?}") };
    assert_eq!((e.part, e.quant), (Part::Block { at: 0 }, None));
    let launch = |quant: &str| read(json!({ "do": "launch", "scene": "a", "quant": quant }));
    assert_eq!(launch("4").unwrap(), Request::Launch { scene: "a".into(), quant: Some(Quant::Cycles(4)) });
    assert!(launch("0").unwrap_err().to_string().contains("`0` is no time"));
    assert!(launch("bar").is_err() && read(json!({ "do": "dance" })).is_err());
}

#[test]
fn a_fault_is_a_diagnostic_and_back() {
    assert_eq!(Fault::from(crate::Diagnostic::from(fault())), fault());
}

fn requests_of(remote: &mut Remote) -> Vec<(Ticket, Request)> {
    let began = Instant::now();
    loop {
        let requests = remote.requests();
        if !requests.is_empty() {
            return requests;
        }
        assert!(began.elapsed() < LONG);
        std::thread::yield_now();
    }
}

#[test]
fn clients_ask_and_those_who_watch_are_told() {
    let set = tempfile::tempdir().unwrap();
    let mut remote = Remote::open(set.path()).unwrap();
    let script = set.path().join("live.rhai");
    std::fs::write(&script, "").unwrap();
    let (mut one, mut other) = (Caller::connect(&script).unwrap(), Caller::connect(set.path()).unwrap());
    assert!(!remote.is_watched());
    let watching = one.send(Request::Watch { on: true }).unwrap();
    while !remote.is_watched() {
        assert!(remote.requests().is_empty());
    }
    assert_eq!(one.receive(LONG).unwrap(), Some(Incoming::Answer(watching, Response::Done(Changed::default()))));

    let asked = std::thread::spawn(move || {
        let answer = other.ask(Request::Hush, LONG).unwrap();
        (answer, other)
    });
    let (ticket, request) = requests_of(&mut remote).remove(0);
    assert_eq!(request, Request::Hush);
    remote.tell(&Notice::Hushed { on: true });
    remote.answer(ticket, Response::done("silent"));
    let (answer, mut other) = asked.join().unwrap();
    assert_eq!(answer, Some(Response::done("silent")));
    assert_eq!(one.receive(LONG).unwrap(), Some(Incoming::Notice(Notice::Hushed { on: true })));
    assert_eq!(other.receive(Duration::ZERO).unwrap(), None);

    drop(one);
    while remote.is_watched() {
        assert!(remote.requests().is_empty());
    }
    remote.tell(&Notice::Hushed { on: false });
}

#[test]
fn notices_do_not_hide_an_answer() {
    let set = tempfile::tempdir().unwrap();
    let mut remote = Remote::open(set.path()).unwrap();
    let mut caller = Caller::connect(set.path()).unwrap();
    let _ = caller.send(Request::Watch { on: true }).unwrap();
    while !remote.is_watched() {
        assert!(remote.requests().is_empty());
    }
    let asked = std::thread::spawn(move || (caller.ask(Request::Status, LONG).unwrap(), caller));
    for (ticket, _) in requests_of(&mut remote) {
        remote.tell(&Notice::Note { text: "before".into() });
        remote.answer(ticket, Response::Status(Status::default()));
        remote.tell(&Notice::Note { text: "after".into() });
    }
    let (answer, mut caller) = asked.join().unwrap();
    assert_eq!(answer, Some(Response::Status(Status::default())));
    for text in ["before", "after"] {
        assert_eq!(caller.receive(LONG).unwrap(), Some(Incoming::Notice(Notice::Note { text: text.into() })));
    }
}

#[test]
fn what_is_no_request_gets_an_answer_too() {
    let set = tempfile::tempdir().unwrap();
    let mut remote = Remote::open(set.path()).unwrap();
    let mut client = bf_io::local::Client::connect(set.path()).unwrap();
    for line in ["nonsense", "{\"id\":4,\"do\":\"dance\"}", "[1]", "{\"id\":5,\"do\":\"tempo\"}"] {
        client.send(line).unwrap();
    }
    client.send(&"x".repeat(MAX_LINE + 1)).unwrap();
    let mut ids = Vec::new();
    while ids.len() < 5 {
        assert!(remote.requests().is_empty());
        if let Some(Line::Text(line)) = client.receive(Duration::ZERO).unwrap() {
            let Answer { id, response } = serde_json::from_str(&line).unwrap();
            let Response::Failed(failed) = response else { panic!("{line}") };
            assert!(!failed.message.is_empty());
            ids.push(id);
        }
    }
    assert_eq!(ids, [0, 4, 0, 5, 0]);
}

#[test]
fn a_file_belongs_to_the_set_that_plays_above_it() {
    let set = tempfile::tempdir().unwrap();
    let inner = set.path().join("modules");
    std::fs::create_dir(&inner).unwrap();
    let file = inner.join("a.rhai");
    assert_eq!(folder_of(&file), inner);
    let remote = Remote::open(set.path()).unwrap();
    assert_eq!(folder_of(&file), set.path());
    assert_eq!(folder_of(set.path()), set.path());
    drop(remote);
    assert_eq!(folder_of(&file), inner);
}
