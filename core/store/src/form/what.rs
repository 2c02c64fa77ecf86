//! Entries as lists.

use super::edit::{read_set_edit, set_edit};
use super::fields::{BadForm, Fields, ratio};
use super::value::{number, read_value, value};
use crate::Hash;
use crate::entry::{self, Change, Draft, Evaluation, Motion, NoteInput, Opened, Page, Played, What};
use bf_patch::Name;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// An entry's payload.
pub(crate) fn what(what: &What) -> String {
    let json = match what {
        What::Edit(c) | What::Undo(c) | What::Redo(c) | What::Follow(c) => change(c),
        What::GestureEnd | What::Closed => return String::new(),
        What::Evaluate(e) => {
            let part = e.part.as_ref().map(|part| [part.start, part.end]);
            json!([e.request, e.file, Hash::of(e.text.as_bytes()).to_string(), part, e.quant])
        }
        What::Heard { request, score, beat, of } => {
            let head = [json!(request), json!(score), json!(ratio(*beat))];
            head.into_iter().chain(of.iter().map(|of| json!(of))).collect()
        }
        What::Scene { request, scene, quant } => json!([request, scene.as_ref().map(Name::as_str), quant]),
        What::Dropped { request } => json!([request]),
        What::Draft(draft) => drafted(draft),
        What::Control { source, target, value } => json!([source, target, number(*value)]),
        What::Note(n) => json!([n.source, n.target, number(n.key), number(n.velocity)]),
        What::Receipt { id, late, shed } => json!([id, late, shed]),
        What::Played(p) => {
            let head = [json!(p.track), json!(p.note), json!(ratio(p.length))];
            head.into_iter().chain(p.values.iter().flat_map(|(key, v)| [json!(key), value(v)])).collect()
        }
        What::Seed { of, seed } => json!([of, seed]),
        What::Transport(motion) => match motion {
            Motion::Play => json!(["play"]),
            Motion::Stop => json!(["stop"]),
            Motion::Seek(beat) => json!(["seek", ratio(*beat)]),
            Motion::Tempo(bpm) => json!(["tempo", number(*bpm)]),
            Motion::Signature(beats) => json!(["signature", beats]),
        },
        What::Version { name, note } => json!([name, note]),
        What::Branch { from, name } => json!([from, name]),
        What::Opened(o) => json!([o.program, o.sample_rate, o.block, o.seed]),
        What::File { path, hash, len } => json!([path, hash.to_string(), len]),
        What::Saved { files } => files.iter().flat_map(|(file, hash)| [json!(file), json!(hash.to_string())]).collect(),
        What::Checkpoint(pages) => {
            let page = |p: &Page| [json!(p.file), json!(p.text.to_string()), json!(p.base.to_string())];
            pages.iter().flat_map(page).collect()
        }
        What::Lost { entries } => json!([entries]),
        What::Tape(text) => return text.clone(),
        What::Other { payload, .. } => return payload.clone(),
    };
    json.to_string()
}

/// The entry that a payload says. Long texts lie beside the entries and are asked for by their hash.
pub(crate) fn read_what(
    kind: u16,
    payload: &str,
    text_of: impl Fn(&Hash) -> Option<Arc<str>>,
) -> Result<What, BadForm> {
    match kind {
        5 => return Ok(What::GestureEnd),
        entry::CLOSED => return Ok(What::Closed),
        entry::TAPE => return Ok(What::Tape(payload.to_owned())),
        _ => {}
    }
    let Some(of) = name_of(kind) else {
        return Ok(What::Other { kind, payload: payload.to_owned() });
    };
    let bad = |what: &str| BadForm { what: what.to_owned(), of: of.to_owned() };
    let json: Json = serde_json::from_str(payload).map_err(|e| bad(&e.to_string()))?;
    let mut f = Fields::of(&json, of)?;
    Ok(match kind {
        1 => What::Edit(read_change(f)?),
        2 => What::Undo(read_change(f)?),
        3 => What::Redo(read_change(f)?),
        4 => What::Follow(read_change(f)?),
        20 => {
            let (request, file) = (f.count()?, f.text()?.to_owned());
            let text = text_of(&hash(&mut f)?).ok_or_else(|| bad("the text is lost"))?;
            let part = f.maybe(|json| {
                let mut ends = Fields::of(json, "part")?;
                Ok(ends.small()?..ends.small()?)
            })?;
            What::Evaluate(Evaluation { request, file, text, part, quant: f.text()?.to_owned() })
        }
        21 => {
            let (request, score, beat) = (f.count()?, f.count()?, f.ratio()?);
            let mut of = Vec::new();
            while !f.is_empty() {
                of.push(f.count()?);
            }
            What::Heard { request, score, beat, of }
        }
        22 => {
            let request = f.count()?;
            let scene = f.maybe(|json| json.as_str().map(Name::new).ok_or_else(|| bad("no name")))?;
            What::Scene { request, scene, quant: f.text()?.to_owned() }
        }
        23 => What::Seed { of: f.text()?.to_owned(), seed: f.count()? },
        24 => What::Transport(match f.text()? {
            "play" => Motion::Play,
            "stop" => Motion::Stop,
            "seek" => Motion::Seek(f.ratio()?),
            "tempo" => Motion::Tempo(f.number()?),
            "signature" => Motion::Signature(f.small()?),
            _ => return Err(bad("an unknown move")),
        }),
        25 => What::File { path: f.text()?.to_owned(), hash: hash(&mut f)?, len: f.count()? },
        26 => What::Dropped { request: f.count()? },
        entry::DRAFT => What::Draft(read_draft(f, text_of)?),
        entry::STREAMS => {
            What::Control { source: f.text()?.to_owned(), target: f.text()?.to_owned(), value: f.number()? }
        }
        101 => What::Note(NoteInput {
            source: f.text()?.to_owned(),
            target: f.text()?.to_owned(),
            key: f.number()?,
            velocity: f.number()?,
        }),
        102 => What::Receipt { id: f.count()?, late: f.flag()?, shed: f.flag()? },
        103 => {
            let (track, note, length) = (f.text()?.to_owned(), f.count()?, f.ratio()?);
            let mut values = Vec::new();
            while !f.is_empty() {
                values.push((f.text()?.to_owned(), read_value(f.json()?)?));
            }
            What::Played(Played { track, note, length, values })
        }
        entry::VERSION => What::Version { name: f.text()?.to_owned(), note: f.text()?.to_owned() },
        entry::BRANCH => What::Branch { from: f.count()?, name: f.text()?.to_owned() },
        entry::OPENED => What::Opened(Opened {
            program: f.text()?.to_owned(),
            sample_rate: f.small()?,
            block: f.small()?,
            seed: f.count()?,
        }),
        entry::SAVED => {
            let mut files = Vec::new();
            while !f.is_empty() {
                files.push((f.text()?.to_owned(), hash(&mut f)?));
            }
            What::Saved { files }
        }
        entry::CHECKPOINT => {
            let mut pages = Vec::new();
            while !f.is_empty() {
                let file = f.maybe(|json| json.as_str().map(str::to_owned).ok_or_else(|| bad("no path")))?;
                pages.push(Page { file, text: hash(&mut f)?, base: hash(&mut f)? });
            }
            What::Checkpoint(pages)
        }
        entry::LOST => What::Lost { entries: f.count()? },
        _ => return Err(bad("an unknown kind")),
    })
}

/// What a kind is called in messages; `None` for one that this program does not know.
fn name_of(kind: u16) -> Option<&'static str> {
    let names = [
        (1, "edit"),
        (2, "undo"),
        (3, "redo"),
        (4, "follow"),
        (entry::CHECKPOINT, "checkpoint"),
        (entry::BRANCH, "branch"),
        (entry::VERSION, "version"),
        (entry::OPENED, "opening"),
        (entry::SAVED, "saving"),
        (entry::LOST, "loss"),
        (20, "evaluation"),
        (21, "start of an evaluation"),
        (22, "scene"),
        (23, "seed"),
        (24, "move of the transport"),
        (25, "file"),
        (26, "dropped"),
        (entry::DRAFT, "typed text"),
        (entry::STREAMS, "control"),
        (101, "note"),
        (102, "receipt"),
        (103, "event"),
    ];
    names.into_iter().find(|(number, _)| *number == kind).map(|(_, name)| name)
}

/// `[label, gesture, edit, ...]`
fn change(change: &Change) -> Json {
    let head = [json!(change.label), json!(change.gesture)];
    head.into_iter().chain(change.edits.iter().map(set_edit)).collect()
}

fn read_change(mut f: Fields) -> Result<Change, BadForm> {
    let label = f.text()?.to_owned();
    let bad = f.bad("no whole number");
    let gesture = f.maybe(|json| json.as_u64().ok_or(bad))?;
    let mut edits = Vec::new();
    while !f.is_empty() {
        edits.push(read_set_edit(f.json()?)?);
    }
    Ok(Change { label, gesture, edits })
}

/// `[file, hash of what the file said, first byte that differs, how many there, what stands there instead]`: typing writes
/// the same text again and again, and little of it is new.
fn drafted(draft: &Draft) -> Json {
    let (text, base) = (&*draft.text, &*draft.base);
    let head = text.char_indices().zip(base.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
    let head = head.unwrap_or(text.len().min(base.len()));
    let (text, rest) = (&text[head..], &base[head..]);
    let tail: usize =
        text.chars().rev().zip(rest.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let put = &text[..text.len() - tail];
    json!([draft.file, Hash::of(base.as_bytes()).to_string(), head, rest.len() - tail, put])
}

fn read_draft(mut f: Fields, text_of: impl Fn(&Hash) -> Option<Arc<str>>) -> Result<Draft, BadForm> {
    let (file, base) = (f.text()?.to_owned(), hash(&mut f)?);
    let base = text_of(&base).ok_or_else(|| f.bad("the text is lost"))?;
    let (at, gone): (usize, usize) = (f.small()?, f.small()?);
    let ends = at.checked_add(gone).and_then(|end| Some((base.get(..at)?, base.get(end..)?)));
    let (before, after) = ends.ok_or_else(|| f.bad("a place outside of the text"))?;
    let text = [before, f.text()?, after].concat();
    Ok(Draft { file, text: text.into(), base })
}

/// The script that a draft is of.
pub(crate) fn drafted_file(payload: &str) -> Option<String> {
    serde_json::from_str::<Vec<Json>>(payload).ok()?.first()?.as_str().map(str::to_owned)
}

fn hash(f: &mut Fields) -> Result<Hash, BadForm> {
    let text = f.text()?;
    Hash::parse(text).ok_or_else(|| f.bad("no hash"))
}
