//! What can be wrong with an edit, in the performer's words.

use super::BadValue;
use crate::{Name, Socket, name::BadName};
use core::fmt;

/// Why an edit was not applied. The patch is as it was.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EditError {
    /// A node that is not there.
    #[error("there is no node `{name}`{}", meant(.hint))]
    NoNode {
        /// As it was written.
        name: Name,
        /// The nearest that there is.
        hint: Option<Name>,
    },
    /// A name that is taken.
    #[error("there is a node `{name}` already")]
    NodeExists {
        /// The name.
        name: Name,
    },
    /// A text that cannot be a name.
    #[error(transparent)]
    BadName(#[from] BadName),
    /// A cable that is not there.
    #[error("no cable runs from `{from}` to `{to}`{}", meant(.hint))]
    NoCable {
        /// The input or param.
        to: Socket,
        /// The output.
        from: Socket,
        /// The nearest output of which a cable does run there.
        hint: Option<Socket>,
    },
    /// A cable that is there already.
    #[error("a cable runs from `{from}` to `{to}` already")]
    CableExists {
        /// The input or param.
        to: Socket,
        /// The output.
        from: Socket,
    },
    /// A cable that does not fit.
    #[error(transparent)]
    Misfit(#[from] crate::Misfit),
    /// A node where a param was wanted.
    #[error("`{target}` names a node; a param is written `{target}.name`")]
    NoParam {
        /// As it was written.
        target: Socket,
    },
    /// `type` where a param was wanted.
    #[error("`{target}` cannot be set: `type` says what the node is; replace the node instead")]
    TypeIsNoParam {
        /// As it was written.
        target: Socket,
    },
    /// An entry that is not there.
    #[error("there is no {part} `{name}`{}", meant(.hint))]
    NoEntry {
        /// Of which part of the patch.
        part: Part,
        /// As it was written.
        name: Name,
        /// The nearest that there is.
        hint: Option<Name>,
    },
    /// A value that no text can hold.
    #[error("`{target}` cannot be set: {problem}")]
    BadValue {
        /// The param.
        target: Socket,
        /// What is wrong with it.
        problem: BadValue,
    },
    /// An amount that is not a number.
    #[error("the cable from `{from}` to `{to}` needs a finite amount, not {amount}")]
    BadAmount {
        /// The input or param.
        to: Socket,
        /// The output.
        from: Socket,
        /// The amount.
        amount: f64,
    },
    /// A tempo that cannot be played.
    #[error("the tempo is a number from {min} to {max} beats a minute, not {0}", min = crate::edit::TEMPO.0, max = crate::edit::TEMPO.1)]
    BadTempo(f64),
    /// A signature that cannot be counted.
    #[error("a bar has 1 to {max} beats, not {0}", max = crate::edit::check::MAX_SIGNATURE)]
    BadSignature(u32),
    /// Too many voices.
    #[error("a patch has 0 to {max} voices, not {0}", max = crate::edit::check::MAX_VOICES)]
    BadVoices(u32),
    /// A lane that cannot be played.
    #[error("the automation of `{target}` does not hold: {problem}")]
    BadLane {
        /// The param.
        target: Socket,
        /// What is wrong with it.
        problem: String,
    },
    /// A mapping that makes no sense.
    #[error("the mapping of `{control}` does not hold: {problem}")]
    BadMapping {
        /// Where the control comes from.
        control: String,
        /// What stands against it.
        problem: String,
    },
    /// A comment or frame that cannot be.
    #[error("the note `{name}` does not hold: {problem}")]
    BadNote {
        /// Which.
        name: Name,
        /// What stands against it.
        problem: String,
    },
    /// A control's range that is empty.
    #[error("the range of control `{name}` runs from {min} to {max}, which leaves nothing between")]
    BadRange {
        /// The control.
        name: Name,
        /// Its least value.
        min: f64,
        /// Its greatest value.
        max: f64,
    },
    /// A patch file that the set does not have.
    #[error("the set has no patch file \"{file}\"{}", meant(.hint))]
    NoFile {
        /// As it was written.
        file: String,
        /// The nearest that there is.
        hint: Option<String>,
    },
    /// Something wrong in a patch file of the set.
    #[error("in {file}: {error}")]
    InFile {
        /// Which file.
        file: String,
        /// What is wrong there.
        error: Box<EditError>,
    },
}

/// A part of a patch with named entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `[inputs]`.
    Input,
    /// `[outputs]`.
    Output,
    /// `[controls]`.
    Control,
    /// `[snapshots]`.
    Snapshot,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Input => "input",
            Part::Output => "output",
            Part::Control => "control",
            Part::Snapshot => "snapshot",
        })
    }
}

/// `; did you mean ...?` behind a message.
fn meant(hint: &Option<impl fmt::Display>) -> String {
    hint.as_ref().map_or_else(String::new, |h| format!("; did you mean `{h}`?"))
}
