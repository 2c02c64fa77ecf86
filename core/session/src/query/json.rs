//! Addresses as JSON: each with its attributes, folders with what is in them.

use crate::surface::{Access, Arg, Atom, Entry};
use bf_io::query::Answer;
use bf_node::Unit;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::json;
use std::collections::BTreeMap;

/// An attribute that can be asked for alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    HostInfo,
    FullPath,
    Contents,
    Type,
    Value,
    Range,
    Access,
    Description,
    Unit,
    ClipMode,
    Tags,
}

const NAMES: [(Attribute, &str); 11] = [
    (Attribute::HostInfo, "HOST_INFO"),
    (Attribute::FullPath, "FULL_PATH"),
    (Attribute::Contents, "CONTENTS"),
    (Attribute::Type, "TYPE"),
    (Attribute::Value, "VALUE"),
    (Attribute::Range, "RANGE"),
    (Attribute::Access, "ACCESS"),
    (Attribute::Description, "DESCRIPTION"),
    (Attribute::Unit, "UNIT"),
    (Attribute::ClipMode, "CLIPMODE"),
    (Attribute::Tags, "TAGS"),
];
/// What the proposal knows and a set does not have.
const WITHOUT: [&str; 4] = ["EXTENDED_TYPE", "CRITICAL", "OVERLOADS", "HTML"];

impl Attribute {
    /// The attribute of this name.
    ///
    /// # Errors
    /// The status that answers it: 204 for one that a set does not have, 400 for none.
    pub(super) fn named(name: &str) -> Result<Attribute, u16> {
        let found = NAMES.iter().find(|(_, other)| *other == name).map(|(attribute, _)| *attribute);
        found.ok_or(if WITHOUT.contains(&name) { 204 } else { 400 })
    }
}

/// An answer that is only a status.
pub(super) fn status(status: u16) -> Answer {
    Answer { status, body: "{}".to_owned() }
}

/// What is known of the server itself.
pub(super) fn host(name: &str, osc: Option<u16>) -> String {
    let has = ["ACCESS", "VALUE", "RANGE", "DESCRIPTION", "TAGS", "UNIT", "CLIPMODE", "LISTEN", "PATH_CHANGED"];
    let more = ["PATH_RENAMED", "PATH_REMOVED", "PATH_ADDED"];
    let extensions: BTreeMap<&str, bool> = has
        .into_iter()
        .chain(more)
        .map(|extension| (extension, true))
        .chain(WITHOUT.iter().map(|extension| (*extension, false)))
        .collect();
    let mut host = json!({ "NAME": name, "EXTENSIONS": extensions, "OSC_TRANSPORT": "UDP" });
    if let Some(port) = osc {
        host["OSC_PORT"] = json!(port);
    }
    host.to_string()
}

/// What answers a question for a path; `entries` is all that is at it and below.
pub(super) fn body(path: &str, entries: &[Entry], attribute: Option<Attribute>) -> Answer {
    let folder = match Folder::of(path, entries) {
        Some(folder) => folder,
        // Every set has a root.
        None if path.is_empty() => Folder::default(),
        None => return status(404),
    };
    let text = match attribute {
        None => serde_json::to_string(&folder),
        Some(attribute) => {
            if attribute == Attribute::Value && folder.entry.is_none_or(|entry| !entry.access.reads()) {
                return status(204);
            }
            serde_json::to_string(&Only(&folder, attribute))
        }
    };
    match text {
        Ok(body) => Answer { status: 200, body },
        Err(_) => status(500),
    }
}

/// A folder or an address, which may be both.
#[derive(Default)]
struct Folder<'a> {
    path: &'a str,
    entry: Option<&'a Entry>,
    names: BTreeMap<&'a str, Folder<'a>>,
}

impl<'a> Folder<'a> {
    /// Sorts entries into folders; `None` where nothing is at the path.
    fn of(path: &str, entries: &'a [Entry]) -> Option<Folder<'a>> {
        let mut root: Option<Folder<'a>> = None;
        for entry in entries {
            let address: &'a str = &entry.address;
            // Between a folder and what is in it lie names that only begin alike.
            let Some(rest) = address.strip_prefix(path).filter(|rest| rest.is_empty() || rest.starts_with('/')) else {
                continue;
            };
            let mut at = address.len() - rest.len();
            let mut folder = root.get_or_insert_with(|| Folder { path: &address[..at], ..Folder::default() });
            for name in rest.split('/').skip(1) {
                at += 1 + name.len();
                folder = folder.names.entry(name).or_insert(Folder { path: &address[..at], ..Folder::default() });
            }
            folder.entry = Some(entry);
        }
        root
    }

    fn put<M: SerializeMap>(&self, map: &mut M, attribute: Attribute) -> Result<(), M::Error> {
        let key = NAMES.iter().find(|(other, _)| *other == attribute).map_or("", |(_, key)| key);
        let has_range = |arg: &Arg| arg.travel.is_some() || !arg.options.is_empty() || arg.tag == 'T';
        match (attribute, self.entry) {
            (Attribute::FullPath, _) => {
                map.serialize_entry(key, if self.path.is_empty() { "/" } else { self.path })?;
            }
            (Attribute::Contents, _) if !self.names.is_empty() => map.serialize_entry(key, &self.names)?,
            (Attribute::Access, entry) => {
                map.serialize_entry(key, &entry.map_or(0, |entry| entry.access as i32))?;
            }
            (Attribute::Type, Some(entry)) if !entry.args.is_empty() => map.serialize_entry(key, &entry.tags())?,
            (Attribute::Value, Some(entry)) if entry.access != Access::Write && !entry.value.is_empty() => {
                map.serialize_entry(key, &Values(&entry.value))?;
            }
            (Attribute::Range, Some(entry)) if entry.args.iter().any(has_range) => {
                map.serialize_entry(key, &entry.args.iter().map(Range).collect::<Vec<_>>())?;
            }
            (Attribute::Description, Some(entry)) => map.serialize_entry(key, &entry.help)?,
            (Attribute::Unit, Some(entry)) if entry.args.iter().any(|arg| unit(arg.unit).is_some()) => {
                map.serialize_entry(key, &entry.args.iter().map(|arg| unit(arg.unit)).collect::<Vec<_>>())?;
            }
            (Attribute::ClipMode, Some(entry)) if entry.access.writes() && entry.args.iter().any(has_range) => {
                let mode = |arg: &Arg| if arg.travel.is_some() { "both" } else { "none" };
                map.serialize_entry(key, &entry.args.iter().map(mode).collect::<Vec<_>>())?;
            }
            (Attribute::Tags, Some(entry)) => {
                if let Some(name) = &entry.exposed {
                    map.serialize_entry(key, &["exposed", name.as_str()])?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Serialize for Folder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (attribute, _) in NAMES.iter().filter(|(attribute, _)| *attribute != Attribute::HostInfo) {
            self.put(&mut map, *attribute)?;
        }
        map.end()
    }
}

/// One attribute alone.
struct Only<'a>(&'a Folder<'a>, Attribute);

impl Serialize for Only<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.put(&mut map, self.1)?;
        map.end()
    }
}

/// Values, each as JSON has it.
struct Values<'a>(&'a [Atom]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut all = serializer.serialize_seq(Some(self.0.len()))?;
        for atom in self.0 {
            match atom {
                Atom::Int(value) => all.serialize_element(value)?,
                Atom::Float(value) => all.serialize_element(value)?,
                Atom::Bool(value) => all.serialize_element(value)?,
                Atom::Text(value) => all.serialize_element(&**value)?,
            }
        }
        all.end()
    }
}

/// What an argument may be.
struct Range<'a>(&'a Arg);

impl Serialize for Range<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let arg = self.0;
        if !arg.options.is_empty() {
            map.serialize_entry("VALS", arg.options)?;
        } else if arg.tag == 'T' {
            map.serialize_entry("VALS", &[false, true])?;
        } else if let Some(travel) = arg.travel {
            map.serialize_entry("MIN", &number(travel.min, arg.tag))?;
            map.serialize_entry("MAX", &number(travel.max, arg.tag))?;
        }
        map.end()
    }
}

fn number(value: f64, tag: char) -> serde_json::Value {
    // What is said to be whole is written so.
    if tag == 'i' { json!(value as i64) } else { json!(value) }
}

/// A unit in the proposal's words, or in ours where it has none.
fn unit(unit: Unit) -> Option<&'static str> {
    Some(match unit {
        Unit::None => return None,
        Unit::Hz => "time.hz",
        Unit::Secs => "time.second",
        Unit::Db => "gain.db",
        Unit::Bpm => "time.bpm",
        Unit::Degrees => "angle.degree",
        Unit::Semitones => "semitones",
        Unit::Beats => "beats",
        Unit::Ratio => "ratio",
    })
}
