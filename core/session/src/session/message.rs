//! What a session has to tell.

use bf_engine::Receipt;
use bf_patch::text::Diagnostic;
use bf_pattern::Ratio;
use std::path::PathBuf;

/// What a session has to tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Files were read anew and play from a frame on.
    Reloaded {
        /// The files.
        files: Vec<PathBuf>,
        /// How many edits they made.
        edits: usize,
    },
    /// Something is wrong with a file or an edit; what played plays on.
    Fault(Diagnostic),
    /// Something is wrong that has no place in a text.
    Problem(String),
    /// Something to know that is no fault.
    Told(String),
    /// A node was reset because its output was not finite.
    Broken {
        /// Its path.
        path: String,
        /// When.
        frame: u64,
        /// How often it was reset since that was told before; each is told every two seconds at most.
        since: u64,
    },
    /// Something was applied.
    Applied(Receipt),
    /// What was evaluated will be heard.
    Evaluated {
        /// The number that evaluating it gave.
        request: u64,
        /// In how many seconds.
        in_secs: f64,
    },
    /// What was evaluated is heard, or will be within a few hundredths of a second.
    Heard {
        /// The number that evaluating it gave.
        request: u64,
        /// From which beat on.
        beat: Ratio,
    },
    /// What was to be evaluated has faults; what played plays on.
    Refused {
        /// The number that evaluating it gave.
        request: u64,
        /// What is wrong.
        faults: Vec<Diagnostic>,
    },
    /// What was evaluated is part of what was evaluated after it, and heard with that.
    Overtaken {
        /// The number that evaluating it gave.
        request: u64,
    },
    /// All tracks are silenced, or no more.
    Hushed(bool),
    /// What became of something that takes a while: a recording that is begun, what was heard last, an earlier version.
    Answered {
        /// The number that asking for it gave.
        request: u64,
        /// What was done, or why not.
        result: Result<String, String>,
    },
}
