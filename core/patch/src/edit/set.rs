//! Edits of a set: of its main patch, or of one of its patch files.

use super::{Edit, EditError};
use crate::{Patch, Set};
use bf_node::registry::nearest;
use core::fmt;

/// A change of one patch of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct SetEdit {
    /// The patch file, by its path in the set. `None`: the main patch.
    pub file: Option<String>,
    /// What changes there.
    pub edit: Edit,
}

impl SetEdit {
    /// A change of the main patch.
    pub fn main(edit: Edit) -> SetEdit {
        SetEdit { file: None, edit }
    }
    /// A change of a patch file.
    pub fn file(path: &str, edit: Edit) -> SetEdit {
        SetEdit { file: Some(path.to_owned()), edit }
    }
}

impl fmt::Display for SetEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            None => self.edit.fmt(f),
            Some(file) => write!(f, "{} in {file}", self.edit),
        }
    }
}

impl Set {
    /// The main patch, or a patch file.
    pub fn patch(&self, file: Option<&str>) -> Option<&Patch> {
        file.map_or(Some(&self.main), |file| self.files.get(file))
    }

    /// Changes one patch of the set and returns the exact inverse.
    ///
    /// # Errors
    /// Names the file and what is at fault there; the set is then as it was.
    pub fn apply(&mut self, edit: &SetEdit) -> Result<SetEdit, EditError> {
        let Some(file) = &edit.file else {
            return Ok(SetEdit::main(self.main.apply(&edit.edit)?));
        };
        let Some(patch) = self.files.get_mut(file) else {
            let hint = nearest(file, self.files.keys().map(String::as_str)).map(str::to_owned);
            return Err(EditError::NoFile { file: file.clone(), hint });
        };
        let back = patch.apply(&edit.edit);
        let back = back.map_err(|error| EditError::InFile { file: file.clone(), error: Box::new(error) })?;
        Ok(SetEdit { file: edit.file.clone(), edit: back })
    }

    /// Applies edits in order, all or none, and returns those that take them back, in the order to apply them.
    ///
    /// # Errors
    /// As [`Set::apply`], for the first that fails.
    pub fn apply_all(&mut self, edits: &[SetEdit]) -> Result<Vec<SetEdit>, EditError> {
        let mut inverse = Vec::with_capacity(edits.len());
        for edit in edits {
            match self.apply(edit) {
                Ok(back) => inverse.push(back),
                Err(error) => {
                    for back in inverse.iter().rev() {
                        let undone = self.apply(back);
                        debug_assert!(undone.is_ok(), "the inverse of an applied edit applies");
                    }
                    return Err(error);
                }
            }
        }
        inverse.reverse();
        Ok(inverse)
    }
}
