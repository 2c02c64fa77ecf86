//! What is said over a WebSocket beside packets: JSON with `COMMAND` and `DATA`.

use crate::surface::Change;
use serde::Deserialize;
use serde_json::json;

/// Changes that are told one by one. More are told as one change of the folder that holds them all.
const MOST: usize = 64;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// To be told of an address.
    Listen(String),
    /// To be told of it no more.
    Ignore(String),
}

#[derive(Deserialize)]
struct Said {
    #[serde(rename = "COMMAND")]
    command: String,
    #[serde(rename = "DATA")]
    data: serde_json::Value,
}

impl Command {
    /// Reads a command; `None` for what is none, or none that a client may say.
    pub(super) fn read(text: &str) -> Option<Command> {
        let said: Said = serde_json::from_str(text).ok()?;
        let address = said.data.as_str()?.to_owned();
        match said.command.as_str() {
            "LISTEN" => Some(Command::Listen(address)),
            "IGNORE" => Some(Command::Ignore(address)),
            _ => None,
        }
    }
}

/// What is told of changes: each by itself, and then the folder that holds them all, for those who read only that.
pub(super) fn of(changes: &[Change]) -> Vec<String> {
    let say = |command: &str, data: serde_json::Value| json!({ "COMMAND": command, "DATA": data }).to_string();
    let mut said = Vec::new();
    if changes.len() <= MOST {
        said.extend(changes.iter().filter_map(|change| {
            Some(match change {
                Change::Added(address) => say("PATH_ADDED", json!(**address)),
                Change::Removed(address) => say("PATH_REMOVED", json!(**address)),
                Change::Renamed { old, new } => say("PATH_RENAMED", json!({ "OLD": **old, "NEW": **new })),
                Change::Changed(_) => return None,
            })
        }));
    }
    if let Some(folder) = folder_of(changes) {
        said.push(say("PATH_CHANGED", json!(folder)));
    }
    said
}

/// The deepest address that all changes are at or below.
fn folder_of(changes: &[Change]) -> Option<String> {
    let addresses = changes.iter().flat_map(|change| match change {
        // What is there or not there changes what holds it.
        Change::Added(address) | Change::Removed(address) => vec![parent(address)],
        Change::Renamed { old, new } => vec![parent(old), parent(new)],
        Change::Changed(address) => vec![&**address],
    });
    addresses.map(str::to_owned).reduce(|a, b| common(&a, &b))
}

fn parent(address: &str) -> &str {
    match address.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &address[..at],
    }
}

fn common(a: &str, b: &str) -> String {
    let parts = a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b).map(|(a, _)| a);
    let joined = parts.collect::<Vec<_>>().join("/");
    if joined.is_empty() { "/".to_owned() } else { joined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_and_anything_else_is_not() {
        let read = |text| Command::read(text);
        assert_eq!(read(r#"{"COMMAND":"LISTEN","DATA":"/a"}"#), Some(Command::Listen("/a".into())));
        assert_eq!(read(r#"{ "DATA": "/a", "COMMAND": "IGNORE", "MORE": 1 }"#), Some(Command::Ignore("/a".into())));
        for none in [
            "",
            "[]",
            "{}",
            r#"{"COMMAND":"LISTEN"}"#,
            r#"{"COMMAND":"LISTEN","DATA":5}"#,
            r#"{"COMMAND":"EVAL","DATA":"x"}"#,
        ] {
            assert_eq!(read(none), None, "{none}");
        }
        // Deep nesting is an error of the parser's.
        assert_eq!(read(&"[".repeat(100_000)), None);
    }

    #[test]
    fn changes_are_told_by_themselves_and_by_the_folder_that_holds_them() {
        let changes = [
            Change::Removed("/bf/node/a/x".into()),
            Change::Renamed { old: "/bf/node/b/x".into(), new: "/bf/node/c/x".into() },
            Change::Added("/bf/node/d/x".into()),
        ];
        let expected = [
            r#"{"COMMAND":"PATH_REMOVED","DATA":"/bf/node/a/x"}"#,
            r#"{"COMMAND":"PATH_RENAMED","DATA":{"NEW":"/bf/node/c/x","OLD":"/bf/node/b/x"}}"#,
            r#"{"COMMAND":"PATH_ADDED","DATA":"/bf/node/d/x"}"#,
            r#"{"COMMAND":"PATH_CHANGED","DATA":"/bf/node"}"#,
        ];
        assert_eq!(of(&changes), expected);
        let one = [Change::Changed("/bf/node/a/x".into())];
        assert_eq!(of(&one), [r#"{"COMMAND":"PATH_CHANGED","DATA":"/bf/node/a/x"}"#]);
        let many: Vec<Change> = (0..65).map(|n| Change::Added(format!("/bf/node/n{n}/x").into())).collect();
        assert_eq!(of(&many), [r#"{"COMMAND":"PATH_CHANGED","DATA":"/bf/node"}"#]);
        assert_eq!(of(&[]), Vec::<String>::new());
    }
}
