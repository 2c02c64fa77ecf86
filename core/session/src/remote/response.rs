//! What a set answers and tells.

use super::Fault;
use crate::sync::Source;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An answer with the number of its request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The number of the request; 0 where that was none.
    pub id: u64,
    /// The answer.
    #[serde(flatten)]
    pub response: Response,
}

/// What a set answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// It is done, or will be when its time comes.
    Done(Changed),
    /// It is not done; what played plays on.
    Failed(Failed),
    /// What plays.
    Status(Status),
    /// Every source of time.
    Sources(Vec<Source>),
}

/// What a request has changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// In words for the user; none where nothing is to be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How many edits it made.
    #[serde(default)]
    pub edits: usize,
    /// The number of the evaluation, which [`Sounding`] bears; numbers begin at 1 and are not used twice.
    #[serde(default)]
    pub take: u64,
    /// The part of the text that was evaluated, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(usize, usize)>,
    /// In how many milliseconds it is heard, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_in_millis: Option<u64>,
    /// Warnings, and what the script printed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Fault>,
}

/// Why a request is not carried out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    /// In words for the user: the first fault, or what is wrong with the request.
    pub message: String,
    /// What is wrong with the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// What plays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Whether the transport runs.
    pub playing: bool,
    /// Whether everything is silenced.
    #[serde(default)]
    pub hushed: bool,
    /// Beats a minute.
    pub bpm: f64,
    /// Beats since the transport started.
    pub beat: f64,
    /// Cycles since the transport started.
    pub cycle: f64,
    /// Part of the time of a block that the engine needs, 0 to 1.
    #[serde(default)]
    pub load: f64,
    /// Blocks that came too late.
    #[serde(default)]
    pub missed: u64,
    /// Tracks by name, and whether each sounds.
    #[serde(default)]
    pub tracks: BTreeMap<String, bool>,
    /// Scenes by name.
    #[serde(default)]
    pub scenes: Vec<String>,
    /// The scripts that play, absolute paths.
    #[serde(default)]
    pub files: Vec<String>,
}

/// What a set tells those who watch, by `tell`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "tell", rename_all = "snake_case")]
pub enum Notice {
    /// These begin to sound. What was told before sounds on until its time.
    Sounding {
        /// Places in texts.
        spans: Vec<Sounding>,
    },
    /// Something to say, as that a pattern failed while it played.
    Message {
        /// With its place.
        fault: Fault,
    },
    /// Something to say that has no place in a text.
    Note {
        /// In words.
        text: String,
    },
    /// A text, or a part of it, plays from now on: by a client, or because a file was saved.
    Evaluated {
        /// Its file, an absolute path.
        file: String,
        /// The part, in bytes.
        range: (usize, usize),
        /// The number of the evaluation.
        #[serde(default)]
        take: u64,
    },
    /// Everything is silenced, or no more.
    Hushed {
        /// Which of the two.
        on: bool,
    },
}

/// An atom of a pattern that sounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sounding {
    /// The file that it is in, an absolute path.
    pub file: String,
    /// The evaluation that it plays from: its place is one in the text of that time. 0 is the last of this file.
    #[serde(default)]
    pub take: u64,
    /// Its first byte in that text.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
    /// For how many milliseconds it sounds from now on.
    pub millis: u32,
}

impl Response {
    /// Why a request is not carried out, where no text is at fault.
    pub fn failed(why: impl Into<String>) -> Response {
        Response::Failed(Failed { message: why.into(), faults: Vec::new() })
    }

    /// A text has faults.
    pub fn faults(faults: impl IntoIterator<Item = impl Into<Fault>>) -> Response {
        let faults: Vec<Fault> = faults.into_iter().map(Into::into).collect();
        let message = faults.first().map_or_else(|| "the script has a fault".to_owned(), |fault| fault.message.clone());
        Response::Failed(Failed { message, faults })
    }

    /// It is done, with something to say.
    pub fn done(note: impl Into<String>) -> Response {
        Response::Done(Changed { note: Some(note.into()), ..Changed::default() })
    }
}
