//! What a client asks for.

use super::Quant;
use serde::{Deserialize, Serialize};

/// A request with the number that its answer bears.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Chosen by the client; 0 where it has no use for it.
    #[serde(default)]
    pub id: u64,
    /// What is asked for.
    #[serde(flatten)]
    pub request: Request,
}

/// What a client asks for, by `do`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    /// Evaluate a script or a part of it.
    Evaluate(Evaluate),
    /// Silence everything.
    Hush,
    /// Take the silence back.
    Unhush,
    /// Take the last step back.
    Undo,
    /// Do the last undone step again.
    Redo,
    /// Launch a scene.
    Launch {
        /// Its name.
        scene: String,
        /// When; as the set has it where it is left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quant: Option<Quant>,
    },
    /// Hear a track, and others that are solo, alone.
    Solo {
        /// Its name.
        track: String,
        /// Whether it is, or is no more.
        on: bool,
    },
    /// Silence a track.
    Mute {
        /// Its name.
        track: String,
        /// Whether it is, or is no more.
        on: bool,
    },
    /// Set the tempo.
    Tempo {
        /// Beats a minute.
        bpm: f64,
    },
    /// Start the transport.
    Play,
    /// Stop the transport.
    Stop,
    /// Give the set as it stands a name, under which it can be had again.
    Version {
        /// The name.
        name: String,
        /// What there is to say of it.
        #[serde(default)]
        note: String,
    },
    /// Go back to a version, as a branch of its own.
    Restore {
        /// Its name, or `#` and the number of an entry of the history.
        version: String,
    },
    /// Record what is heard.
    Record(Record),
    /// Write the set into its files.
    Save,
    /// Say what plays.
    Status,
    /// Say what sources of time there are, and how the set stands to them.
    Sync,
    /// Be told of what happens from now on, or no more.
    Watch {
        /// Which of the two.
        on: bool,
    },
}

/// What is to be recorded. Files are absolute paths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// What is heard from now on.
    Start {
        /// The file.
        out: String,
        /// The folder for what enters the end of the set, each in a file of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stems: Option<String>,
    },
    /// Nothing more.
    Stop,
    /// What was heard last.
    Last {
        /// How many seconds.
        secs: f64,
        /// The file.
        out: String,
    },
}

/// A text to evaluate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluate {
    /// The file that the text is in, an absolute path; a name such as `repl` for a text without a file.
    pub file: String,
    /// The whole text as the editor has it, saved or not.
    pub text: String,
    /// Which part of it is evaluated.
    #[serde(default)]
    pub part: Part,
    /// When it is heard; as the set has it where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quant: Option<Quant>,
}

/// A part of a text. Places are in bytes of the whole text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// All of it.
    #[default]
    Whole,
    /// The block with a place in it.
    Block {
        /// The place.
        at: usize,
    },
    /// From a place to another, as a line or a selection.
    Range {
        /// Where it begins.
        start: usize,
        /// Where it ends; this byte is outside.
        end: usize,
    },
    /// All of it as one block beside those of the set's files, whose functions and values it has: a line that was typed.
    Line,
}
