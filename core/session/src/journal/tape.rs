//! What the engine was given, as lines of text: the first word says what a line is, numbers are read back to the last
//! bit.

use bf_engine::{Given, GivenSet, Move, Taken, Target, When};
use bf_node::{ControlKey, Controls, EventBody, Keys, Note, NoteId};
use bf_pattern::{Ratio, Tempo};
use core::fmt::Write;
use core::str::FromStr;
use serde_json::{Value as Json, json};

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Line {
    /// Something was given.
    Given(Given),
    /// It was taken in.
    Taken(Taken),
    /// So far it has played.
    Frame(u64),
    /// The number of a piece of the performance, from 0; one that is missing is lost.
    Piece(u64),
}

/// A line that does not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no line of a performance that this program knows")]
pub(crate) struct BadLine(String);

/// Writes a line. Writing to a text does not fail.
pub(crate) fn write(line: &Line, keys: &Keys, to: &mut String) {
    let _ = match line {
        Line::Taken(t) => writeln!(to, "t {} {}{}", t.frame, t.count, if t.lost { " lost" } else { "" }),
        Line::Frame(frame) => writeln!(to, "f {frame}"),
        Line::Piece(number) => writeln!(to, "c {number}"),
        Line::Given(given) => write_given(given, keys, to),
    };
}

fn write_given(given: &Given, keys: &Keys, to: &mut String) -> core::fmt::Result {
    match given {
        Given::Set(set) => {
            let edits: Vec<Json> = set.edits.iter().map(bf_store::form::set_edit).collect();
            writeln!(
                to,
                "s {} {} {}",
                set.heard,
                set.at.map_or("-".into(), ratio),
                json!([set.gone, set.contents, edits])
            )
        }
        Given::Number { path, param, value } => writeln!(to, "v {} {} {value}", word(path), word(param)),
        Given::Event { target, tag, body, when } => {
            writeln!(to, "e {} {tag} {} {}", place(*target), when_text(*when), body_text(body, keys))
        }
        Given::Note { target, tag, note, on, off } => {
            let (on, off) = (when_text(*on), when_text(*off));
            writeln!(to, "n {} {tag} {on} {off} {}", place(*target), note_text(note, keys))
        }
        Given::Withdraw { tag, from } => writeln!(to, "w {tag} {}", ratio(*from)),
        Given::WithdrawAll { tag } => writeln!(to, "a {tag}"),
        Given::Numbers { numbers } => writeln!(to, "p {}", numbers_text(numbers)),
        Given::Kept { numbers } => writeln!(to, "k {}", numbers_text(numbers)),
        Given::Move { to: change, when } => writeln!(to, "m {} {}", when_text(*when), move_text(*change)),
        Given::Master { gain } => writeln!(to, "g {gain}"),
    }
}

fn numbers_text(numbers: &[(Target, f32)]) -> String {
    let one = |(target, value): &(Target, f32)| format!("{} {value}", place(*target));
    numbers.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn ratio(r: Ratio) -> String {
    format!("{}/{}", r.num(), r.den())
}

/// A text as one word.
fn word(text: &str) -> String {
    if text.is_empty() {
        return "\\e".to_owned();
    }
    text.replace('\\', "\\\\").replace(' ', "\\s").replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")
}

fn place(target: Target) -> String {
    let (slot, port, is_param) = target.numbers();
    format!("{slot} {port} {}", if is_param { "p" } else { "i" })
}

fn when_text(when: When) -> String {
    match when {
        When::Now => "now".to_owned(),
        When::Frame(frame) => format!("f{frame}"),
        When::Beat(beat) => format!("b{}", ratio(beat)),
        When::Near { beat, frames } => format!("b{}:{frames}", ratio(beat)),
    }
}

fn move_text(to: Move) -> String {
    match to {
        Move::Play => "play".to_owned(),
        Move::Stop => "stop".to_owned(),
        Move::Tempo(tempo) => format!("tempo {}", tempo.bpm()),
        Move::Seek(beat) => format!("seek {}", ratio(beat)),
        Move::Signature(beats) => format!("signature {beats}"),
    }
}

fn key_text(key: ControlKey, keys: &Keys) -> String {
    word(&keys.name(key).unwrap_or_default())
}

fn note_text(note: &Note, keys: &Keys) -> String {
    let mut text = format!("{} {} {}", note.id.0, note.pitch, note.velocity);
    for (key, value) in note.controls.iter() {
        let _ = write!(text, " {} {value}", key_text(key, keys));
    }
    text
}

fn body_text(body: &EventBody, keys: &Keys) -> String {
    match body {
        EventBody::NoteOff { id } => format!("off {}", id.0),
        EventBody::NoteControl { id, key, value } => format!("bend {} {} {value}", id.0, key_text(*key, keys)),
        EventBody::Control { key, value } => format!("control {} {value}", key_text(*key, keys)),
        EventBody::Trigger { value } => format!("trigger {value}"),
        EventBody::NoteOn(note) => format!("on {}", note_text(note, keys)),
    }
}

/// Reads a line.
pub(crate) fn read(line: &str, keys: &Keys) -> Result<Line, BadLine> {
    let mut words = Words(line.split(' '));
    words.line(line, keys).ok_or_else(|| BadLine(line.chars().take(80).collect()))
}

struct Words<'a>(core::str::Split<'a, char>);

impl Words<'_> {
    fn line(&mut self, line: &str, keys: &Keys) -> Option<Line> {
        Some(Line::Given(match self.0.next()? {
            "t" => {
                let (frame, count) = (self.get()?, self.get()?);
                return Some(Line::Taken(Taken { frame, count, lost: self.0.next() == Some("lost") }));
            }
            "f" => return Some(Line::Frame(self.get()?)),
            "c" => return Some(Line::Piece(self.get()?)),
            "s" => {
                let heard = self.get()?;
                let at = match self.0.next()? {
                    "-" => None,
                    beat => Some(read_ratio(beat)?),
                };
                let json: Json = serde_json::from_str(line.splitn(4, ' ').nth(3)?).ok()?;
                let edits = json.get(2)?.as_array()?.iter().map(bf_store::form::read_set_edit);
                Given::Set(Box::new(GivenSet {
                    gone: serde_json::from_value(json.get(0)?.clone()).ok()?,
                    contents: serde_json::from_value(json.get(1)?.clone()).ok()?,
                    edits: edits.collect::<Result<_, _>>().ok()?,
                    at,
                    heard,
                }))
            }
            "v" => Given::Number { path: self.text()?, param: self.text()?, value: self.get()? },
            "e" => {
                let (target, tag, when) = (self.place()?, self.get()?, self.when()?);
                Given::Event { target, tag, body: self.body(keys)?, when }
            }
            "n" => {
                let (target, tag, on, off) = (self.place()?, self.get()?, self.when()?, self.when()?);
                Given::Note { target, tag, note: self.note(keys)?, on, off }
            }
            "w" => Given::Withdraw { tag: self.get()?, from: read_ratio(self.0.next()?)? },
            "a" => Given::WithdrawAll { tag: self.get()? },
            "p" => Given::Numbers { numbers: self.numbers()? },
            "k" => Given::Kept { numbers: self.numbers()? },
            "m" => {
                let when = self.when()?;
                Given::Move { to: self.change()?, when }
            }
            "g" => Given::Master { gain: self.get()? },
            _ => return None,
        }))
    }

    fn numbers(&mut self) -> Option<Vec<(Target, f32)>> {
        let mut numbers = Vec::new();
        while self.0.clone().next().is_some() {
            numbers.push((self.place()?, self.get()?));
        }
        Some(numbers)
    }

    fn get<T: FromStr>(&mut self) -> Option<T> {
        self.0.next()?.parse().ok()
    }

    fn text(&mut self) -> Option<String> {
        let word = self.0.next()?;
        let (mut text, mut chars) = (String::with_capacity(word.len()), word.chars());
        while let Some(c) = chars.next() {
            if c != '\\' {
                text.push(c);
                continue;
            }
            match chars.next()? {
                'e' => {}
                's' => text.push(' '),
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                other => text.push(other),
            }
        }
        Some(text)
    }

    fn place(&mut self) -> Option<Target> {
        let (slot, port) = (self.get()?, self.get()?);
        Some(Target::from_numbers((slot, port, self.0.next()? == "p")))
    }

    fn when(&mut self) -> Option<When> {
        let word = self.0.next()?;
        if word == "now" {
            return Some(When::Now);
        }
        if let Some(frame) = word.strip_prefix('f') {
            return frame.parse().ok().map(When::Frame);
        }
        let beat = word.strip_prefix('b')?;
        match beat.split_once(':') {
            Some((beat, frames)) => Some(When::Near { beat: read_ratio(beat)?, frames: frames.parse().ok()? }),
            None => Some(When::Beat(read_ratio(beat)?)),
        }
    }

    fn change(&mut self) -> Option<Move> {
        Some(match self.0.next()? {
            "play" => Move::Play,
            "stop" => Move::Stop,
            "tempo" => Move::Tempo(Tempo::from_bpm(self.get()?)),
            "seek" => Move::Seek(read_ratio(self.0.next()?)?),
            "signature" => Move::Signature(self.get()?),
            _ => return None,
        })
    }

    fn note(&mut self, keys: &Keys) -> Option<Note> {
        let (id, pitch, velocity) = (NoteId(self.get()?), self.get()?, self.get()?);
        let mut controls = Controls::NONE;
        while let Some(name) = self.text() {
            let _room = controls.set(keys.key(&name), self.get()?);
        }
        Some(Note { id, pitch, velocity, controls })
    }

    fn body(&mut self, keys: &Keys) -> Option<EventBody> {
        Some(match self.0.next()? {
            "off" => EventBody::NoteOff { id: NoteId(self.get()?) },
            "bend" => {
                let (id, key) = (NoteId(self.get()?), keys.key(&self.text()?));
                EventBody::NoteControl { id, key, value: self.get()? }
            }
            "control" => {
                let key = keys.key(&self.text()?);
                EventBody::Control { key, value: self.get()? }
            }
            "trigger" => EventBody::Trigger { value: self.get()? },
            "on" => EventBody::NoteOn(self.note(keys)?),
            _ => return None,
        })
    }
}

fn read_ratio(text: &str) -> Option<Ratio> {
    let (num, den) = text.split_once('/')?;
    let den: i64 = den.parse().ok().filter(|den| *den > 0)?;
    Some(Ratio::new(num.parse().ok()?, den))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_patch::{Edit, Node, SetEdit};

    #[test]
    fn lines_are_read_back_to_the_last_bit() {
        let (keys, other) = (Keys::default(), Keys::default());
        let target = Target::from_numbers((7, 2, true));
        let mut controls = Controls::NONE;
        assert!(
            controls.set(keys.key("cutoff"), 0.1) && controls.set(keys.key("my own\\ key\n"), f32::MIN_POSITIVE / 8.0)
        );
        let note = Note { id: NoteId(u64::MAX - 5), pitch: 60.1, velocity: 1.0 / 3.0, controls };
        let (on, off) = (When::Near { beat: Ratio::new(-7, 3), frames: -12 }, When::Beat(Ratio::new(1 << 40, 7)));
        let add = Edit::AddNode { name: "a/b".into(), node: Node::new("saw").with("freq", 0.1 + 0.2), at: None };
        let given = [
            Given::Note { target, tag: 3 << 30, note, on, off },
            Given::Event { target, tag: 0, body: EventBody::NoteOn(note), when: When::Now },
            Given::Event { target, tag: 1, body: EventBody::NoteOff { id: NoteId(4) }, when: When::Frame(1 << 60) },
            Given::Event { target, tag: 1, body: EventBody::Trigger { value: f32::INFINITY }, when: When::Now },
            Given::Event {
                target,
                tag: 1,
                body: EventBody::Control { key: keys.key(""), value: -0.0 },
                when: When::Now,
            },
            Given::Number { path: "kick/env".into(), param: "attack".into(), value: 1e-30 },
            Given::Withdraw { tag: 9, from: Ratio::new(1, 3) },
            Given::WithdrawAll { tag: u32::MAX },
            Given::Numbers { numbers: vec![(target, 0.1), (target, -1e30)] },
            Given::Kept { numbers: vec![(target, f32::INFINITY)] },
            Given::Move { to: Move::Tempo(Tempo::from_bpm(123.456_789)), when: When::Now },
            Given::Move { to: Move::Seek(Ratio::new(5, 4)), when: When::Frame(0) },
            Given::Master { gain: 0.0 },
            Given::Set(Box::new(GivenSet {
                gone: vec!["script:a b".into()],
                edits: vec![SetEdit::file("script:x y", add)],
                at: Some(Ratio::new(3, 2)),
                heard: 12,
                contents: vec![("kick drum.wav".into(), u64::MAX)],
            })),
        ];
        let lines = given.into_iter().map(Line::Given);
        let taken = Taken { frame: 64, count: 3, lost: true };
        for line in lines.chain([Line::Taken(taken), Line::Frame(9), Line::Piece(3)]) {
            let mut text = String::new();
            write(&line, &keys, &mut text);
            assert_eq!(text.matches('\n').count(), 1, "{text}");
            let back = read(text.trim_end_matches('\n'), &keys).unwrap();
            assert_eq!(back, line, "{text}");
            assert!(read(text.trim_end_matches('\n'), &other).is_ok());
        }
        for bad in ["", "x", "n 1 2 i", "s 1 - {", "t a b", "e 1 2 i 0 b1/0 trigger 1"] {
            assert!(read(bad, &keys).is_err(), "{bad}");
        }
    }
}
