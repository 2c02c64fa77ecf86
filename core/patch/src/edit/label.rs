//! An edit in a few words, for the list of what can be undone.

use super::Edit;
use core::fmt;

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Edit::AddNode { name, node, .. } => write!(f, "add {} {name}", node.kind),
            Edit::RemoveNode { name } => write!(f, "remove {name}"),
            Edit::RenameNode { from, to } => write!(f, "rename {from} to {to}"),
            Edit::ReplaceNode { name, node } => write!(f, "make {name} a {}", node.kind),
            Edit::SetParam { target, value: Some(value) } => write!(f, "set {target} to {value}"),
            Edit::SetParam { target, value: None } => write!(f, "set {target} to its default"),
            Edit::Override { target, value: Some(value) } => write!(f, "turn {target} to {value}"),
            Edit::Override { target, value: None } => write!(f, "reset {target}"),
            Edit::Connect { to, cable, .. } => write!(f, "connect {} to {to}", cable.from),
            Edit::Disconnect { to, from } => write!(f, "disconnect {from} from {to}"),
            Edit::SetAmount { to, from, .. } => write!(f, "set the amount of {from} at {to}"),
            Edit::SetTempo(tempo) => write!(f, "set the tempo to {tempo}"),
            Edit::SetSignature(beats) => write!(f, "set the bar to {beats} beats"),
            Edit::SetVoices(voices) => write!(f, "set the voices to {voices}"),
            Edit::SetLayout { name, .. } => write!(f, "move {name}"),
            Edit::SetAutomation { target, lane: Some(_) } => write!(f, "automate {target}"),
            Edit::SetAutomation { target, lane: None } => write!(f, "remove the automation of {target}"),
            Edit::SetSnapshot { name, values: Some(_) } => write!(f, "store snapshot {name}"),
            Edit::SetSnapshot { name, values: None } => write!(f, "remove snapshot {name}"),
            Edit::SetMapping { source, mapping: Some(mapping) } => write!(f, "map {source} to {}", mapping.to),
            Edit::SetMapping { source, mapping: None } => write!(f, "let go of {source}"),
            Edit::SetNote { name, note: Some(_) } => write!(f, "change note {name}"),
            Edit::SetNote { name, note: None } => write!(f, "remove note {name}"),
            Edit::SetInput { name, targets: Some(_), .. } => write!(f, "set input {name}"),
            Edit::SetInput { name, targets: None, .. } => write!(f, "remove input {name}"),
            Edit::SetOutput { name, source: Some(_), .. } => write!(f, "set output {name}"),
            Edit::SetOutput { name, source: None, .. } => write!(f, "remove output {name}"),
            Edit::SetControl { name, control: Some(_), .. } => write!(f, "set control {name}"),
            Edit::SetControl { name, control: None, .. } => write!(f, "remove control {name}"),
            Edit::SetScore(score) => write!(f, "play score {score}"),
            Edit::Batch(edits) => match edits.as_slice() {
                [] => f.write_str("nothing"),
                [one] => one.fmt(f),
                [first, rest @ ..] => write!(f, "{first} and {} more", rest.len()),
            },
        }
    }
}
