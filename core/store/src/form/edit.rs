//! Edits as lists: `["param", "saw.freq", 110.0]`.

use super::fields::{BadForm, Fields, socket_of};
use super::value::{number, read_value, value};
use bf_node::{Scale, Value};
use bf_patch::{Cable, Control, Curve, Edit, LaneSpec, Mapping, Name, Node, Note, Point, SetEdit, Socket};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Batches in batches, beyond which all that they hold is written in one row: a reader of JSON goes 128 deep.
const MAX_NESTED: usize = 16;

/// An edit of a set as the history writes it: an edit of the main patch as it is, another as `["in", file, edit]`.
pub fn set_edit(edit: &SetEdit) -> Json {
    match &edit.file {
        None => encode(&edit.edit, 0),
        Some(file) => json!(["in", file, encode(&edit.edit, 0)]),
    }
}

/// The edit that [`set_edit`] has written.
///
/// # Errors
/// What does not read.
pub fn read_set_edit(json: &Json) -> Result<SetEdit, BadForm> {
    let (tag, mut fields) = Fields::tagged(json, "edit")?;
    if tag != "in" {
        return Ok(SetEdit { file: None, edit: decode(json)? });
    }
    Ok(SetEdit { file: Some(fields.text()?.to_owned()), edit: decode(fields.json()?)? })
}

fn encode(edit: &Edit, nested: usize) -> Json {
    let opt = |v: &Option<Value>| v.as_ref().map(value);
    match edit {
        Edit::AddNode { name, node: n, at } => json!(["add", name.as_str(), node(n), at]),
        Edit::RemoveNode { name } => json!(["remove", name.as_str()]),
        Edit::RenameNode { from, to } => json!(["rename", from.as_str(), to.as_str()]),
        Edit::ReplaceNode { name, node: n } => json!(["replace", name.as_str(), node(n)]),
        Edit::SetParam { target, value } => json!(["param", socket(target), opt(value)]),
        Edit::Override { target, value } => json!(["override", socket(target), opt(value)]),
        Edit::Connect { to, cable, at } => {
            json!(["connect", socket(to), socket(&cable.from), cable.amount.map(number), at])
        }
        Edit::Disconnect { to, from } => json!(["disconnect", socket(to), socket(from)]),
        Edit::SetAmount { to, from, amount } => json!(["amount", socket(to), socket(from), amount.map(number)]),
        Edit::SetTempo(tempo) => json!(["tempo", number(*tempo)]),
        Edit::SetSignature(beats) => json!(["signature", beats]),
        Edit::SetVoices(voices) => json!(["voices", voices]),
        Edit::SetLayout { name, at } => json!(["layout", name.as_str(), at]),
        Edit::SetAutomation { target, lane: l } => json!(["automation", socket(target), l.as_ref().map(lane)]),
        Edit::SetSnapshot { name, values } => json!(["snapshot", name.as_str(), values.as_ref().map(stored)]),
        Edit::SetMapping { source, mapping: m } => json!(["mapping", source, m.as_ref().map(mapping)]),
        Edit::SetNote { name, note: n } => json!(["note", name.as_str(), n.as_ref().map(note)]),
        Edit::SetInput { name, targets, at } => {
            json!(["input", name.as_str(), targets.as_ref().map(|t| sockets(t)), at])
        }
        Edit::SetOutput { name, source, at } => json!(["output", name.as_str(), source.as_ref().map(socket), at]),
        Edit::SetControl { name, control: c, at } => {
            json!(["control", name.as_str(), c.as_ref().map(control), at])
        }
        Edit::SetScore(score) => json!(["score", score]),
        Edit::Batch(_) if nested >= MAX_NESTED => {
            let leaves = edit.leaves().into_iter().map(|leaf| encode(leaf, 0));
            core::iter::once(json!("batch")).chain(leaves).collect()
        }
        Edit::Batch(edits) => {
            core::iter::once(json!("batch")).chain(edits.iter().map(|e| encode(e, nested + 1))).collect()
        }
    }
}

fn decode(json: &Json) -> Result<Edit, BadForm> {
    let (tag, mut f) = Fields::tagged(json, "edit")?;
    Ok(match tag {
        "add" => Edit::AddNode { name: f.name()?, node: read_node(f.json()?)?, at: f.maybe(place)? },
        "remove" => Edit::RemoveNode { name: f.name()? },
        "rename" => Edit::RenameNode { from: f.name()?, to: f.name()? },
        "replace" => Edit::ReplaceNode { name: f.name()?, node: read_node(f.json()?)? },
        "param" => Edit::SetParam { target: f.socket()?, value: f.maybe(read_value)? },
        "override" => Edit::Override { target: f.socket()?, value: f.maybe(read_value)? },
        "connect" => {
            let to = f.socket()?;
            Edit::Connect { to, cable: Cable { from: f.socket()?, amount: amount(&mut f)? }, at: position(&mut f)? }
        }
        "disconnect" => Edit::Disconnect { to: f.socket()?, from: f.socket()? },
        "amount" => Edit::SetAmount { to: f.socket()?, from: f.socket()?, amount: amount(&mut f)? },
        "tempo" => Edit::SetTempo(f.number()?),
        "signature" => Edit::SetSignature(f.small()?),
        "voices" => Edit::SetVoices(f.small()?),
        "layout" => Edit::SetLayout { name: f.name()?, at: f.maybe(place)? },
        "automation" => Edit::SetAutomation { target: f.socket()?, lane: f.maybe(read_lane)? },
        "snapshot" => Edit::SetSnapshot { name: f.name()?, values: f.maybe(read_stored)? },
        "mapping" => Edit::SetMapping { source: f.text()?.to_owned(), mapping: f.maybe(read_mapping)? },
        "note" => Edit::SetNote { name: f.name()?, note: f.maybe(read_note)? },
        "input" => Edit::SetInput { name: f.name()?, targets: f.maybe(read_sockets)?, at: position(&mut f)? },
        "output" => Edit::SetOutput { name: f.name()?, source: f.maybe(read_socket)?, at: position(&mut f)? },
        "control" => Edit::SetControl { name: f.name()?, control: f.maybe(read_control)?, at: position(&mut f)? },
        "score" => Edit::SetScore(f.count()?),
        "batch" => {
            let mut edits = Vec::new();
            while !f.is_empty() {
                edits.push(decode(f.json()?)?);
            }
            Edit::Batch(edits)
        }
        _ => return Err(f.bad("an unknown edit")),
    })
}

fn socket(socket: &Socket) -> Json {
    json!(socket.to_string())
}

fn read_socket(json: &Json) -> Result<Socket, BadForm> {
    let text = json.as_str().ok_or_else(|| BadForm { what: "no text".to_owned(), of: "socket".to_owned() })?;
    Ok(socket_of(text))
}

fn sockets(list: &[Socket]) -> Json {
    list.iter().map(socket).collect()
}

fn read_sockets(json: &Json) -> Result<Vec<Socket>, BadForm> {
    let mut fields = Fields::of(json, "sockets")?;
    let mut list = Vec::new();
    while !fields.is_empty() {
        list.push(fields.socket()?);
    }
    Ok(list)
}

fn amount(fields: &mut Fields) -> Result<Option<f64>, BadForm> {
    fields.maybe(|json| {
        let bad = || BadForm { what: "no number".to_owned(), of: "amount".to_owned() };
        super::value::read_number(json).ok_or_else(bad)
    })
}

/// A place in a list.
fn position(fields: &mut Fields) -> Result<Option<usize>, BadForm> {
    let bad = || BadForm { what: "no whole number".to_owned(), of: "place".to_owned() };
    fields.maybe(|json| json.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or_else(bad))
}

/// A place on the canvas.
fn place(json: &Json) -> Result<[i32; 2], BadForm> {
    let bad = || BadForm { what: "not two whole numbers".to_owned(), of: "place".to_owned() };
    let whole = |json: &Json| json.as_i64().and_then(|n| i32::try_from(n).ok());
    match json.as_array().map(Vec::as_slice) {
        Some([x, y]) => Ok([whole(x).ok_or_else(bad)?, whole(y).ok_or_else(bad)?]),
        _ => Err(bad()),
    }
}

/// `[kind, param, value, ...]`
fn node(node: &Node) -> Json {
    let params = node.params.iter().flat_map(|(param, v)| [json!(param.as_str()), value(v)]);
    core::iter::once(json!(node.kind)).chain(params).collect()
}

fn read_node(json: &Json) -> Result<Node, BadForm> {
    let mut fields = Fields::of(json, "node")?;
    let mut node = Node::new(fields.text()?);
    while !fields.is_empty() {
        let param: Name = fields.name()?;
        node.params.insert(param, read_value(fields.json()?)?);
    }
    Ok(node)
}

/// `[length, beat, value, curve, ...]`
fn lane(lane: &LaneSpec) -> Json {
    let points = lane.points.iter().flat_map(|p| [number(p.beat), number(p.value), json!(curve(p.curve))]);
    core::iter::once(number(lane.length)).chain(points).collect()
}

fn read_lane(json: &Json) -> Result<LaneSpec, BadForm> {
    let mut fields = Fields::of(json, "automation")?;
    let mut lane = LaneSpec { length: fields.number()?, points: Vec::new() };
    while !fields.is_empty() {
        let (beat, value, curve) = (fields.number()?, fields.number()?, fields.text()?);
        let curve = read_curve(curve).ok_or_else(|| fields.bad("an unknown curve"))?;
        lane.points.push(Point { beat, value, curve });
    }
    Ok(lane)
}

fn curve(curve: Curve) -> &'static str {
    match curve {
        Curve::Linear => "linear",
        Curve::Hold => "hold",
        Curve::Exponential => "exponential",
        Curve::Smooth => "smooth",
    }
}

fn read_curve(text: &str) -> Option<Curve> {
    let all = [Curve::Linear, Curve::Hold, Curve::Exponential, Curve::Smooth];
    all.into_iter().find(|c| curve(*c) == text)
}

/// `[socket, value, ...]`
fn stored(values: &BTreeMap<Socket, Value>) -> Json {
    values.iter().flat_map(|(target, v)| [socket(target), value(v)]).collect()
}

fn read_stored(json: &Json) -> Result<BTreeMap<Socket, Value>, BadForm> {
    let mut fields = Fields::of(json, "snapshot")?;
    let mut values = BTreeMap::new();
    while !fields.is_empty() {
        let target = fields.socket()?;
        values.insert(target, read_value(fields.json()?)?);
    }
    Ok(values)
}

/// `[to, range, curve, from, mode]`
fn mapping(mapping: &Mapping) -> Json {
    let ends = |ends: Option<(f64, f64)>| ends.map(|(low, high)| [number(low), number(high)]);
    let curve = mapping.curve.map(|scale| if scale == Scale::Log { "log" } else { "linear" });
    json!([
        socket(&mapping.to),
        ends(mapping.range),
        curve,
        ends(mapping.from),
        mapping.mode.as_ref().map(Name::as_str)
    ])
}

fn read_mapping(json: &Json) -> Result<Mapping, BadForm> {
    let mut fields = Fields::of(json, "mapping")?;
    let ends = |json: &Json| {
        let mut ends = Fields::of(json, "range")?;
        Ok((ends.number()?, ends.number()?))
    };
    let word = |json: &Json| {
        let bad = || BadForm { what: "no text".to_owned(), of: "mapping".to_owned() };
        json.as_str().map(str::to_owned).ok_or_else(bad)
    };
    let to = fields.socket()?;
    let range = fields.maybe(ends)?;
    let curve = match fields.maybe(word)?.as_deref() {
        None => None,
        Some("linear") => Some(Scale::Linear),
        Some("log") => Some(Scale::Log),
        Some(_) => return Err(fields.bad("an unknown curve")),
    };
    let from = fields.maybe(ends)?;
    let mode = fields.maybe(word)?.map(|mode| Name::new(&mode));
    Ok(Mapping { to, range, curve, from, mode })
}

/// `[text, at, size, color]`
fn note(note: &Note) -> Json {
    json!([note.text, note.at, note.size, note.color.as_ref().map(Name::as_str)])
}

fn read_note(json: &Json) -> Result<Note, BadForm> {
    let mut fields = Fields::of(json, "note")?;
    let word = |json: &Json| {
        let bad = || BadForm { what: "no text".to_owned(), of: "note".to_owned() };
        json.as_str().map(Name::new).ok_or_else(bad)
    };
    Ok(Note {
        text: fields.text()?.to_owned(),
        at: place(fields.json()?)?,
        size: fields.maybe(place)?,
        color: fields.maybe(word)?,
    })
}

/// `[targets, default, range, help]`
fn control(control: &Control) -> Json {
    let range = control.range.map(|(low, high)| [number(low), number(high)]);
    json!([sockets(&control.targets), control.default.as_ref().map(value), range, control.help])
}

fn read_control(json: &Json) -> Result<Control, BadForm> {
    let mut fields = Fields::of(json, "control")?;
    Ok(Control {
        targets: read_sockets(fields.json()?)?,
        default: fields.maybe(read_value)?,
        range: fields.maybe(|json| {
            let mut ends = Fields::of(json, "range")?;
            Ok((ends.number()?, ends.number()?))
        })?,
        help: fields.text()?.to_owned(),
    })
}
