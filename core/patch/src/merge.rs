//! Bringing a changed file and a patch that was changed by hand together.

mod fresh;
mod ordered;
#[cfg(test)]
mod tests;
mod three;

use crate::diff::{diff, find_renames, side_by_side};
use crate::edit::Edit;
use crate::text::Place;
use crate::{Name, Patch};
use core::fmt;
use fresh::fresh;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use three::Three;

/// What a merge comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// What leads from our patch to the merged one.
    pub edits: Vec<Edit>,
    /// What both sides changed, and in which way our side lost.
    pub conflicts: Vec<Conflict>,
}

/// A thing that both sides changed. The file has won; what stood here can be had back by undo.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// What it is.
    pub place: Place,
    /// What it was here; `None`: it had been removed here.
    pub ours: Option<String>,
    /// What the file says; `None`: the file does not have it.
    pub theirs: Option<String>,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.ours, &self.theirs) {
            (Some(ours), Some(theirs)) => {
                write!(f, "{}: the file says {theirs}; {ours} is in the history", self.place)
            }
            (None, Some(theirs)) => write!(f, "{}: removed here, but the file says {theirs}", self.place),
            (Some(ours), None) => write!(f, "{}: gone from the file; {ours} is in the history", self.place),
            (None, None) => write!(f, "{}: gone", self.place),
        }
    }
}

/// Merges three ways. `base` is the text last read or written, `ours` what plays, `theirs` what the file says now.
///
/// - What one side changed is changed. Where both changed one value, the file wins.
/// - A node that the file removed goes, with cables that were laid to it here. A node that was removed here comes
///   back if the file changed it, or refers to it anew.
/// - A node renamed on one side keeps what the other side did to it.
/// - An override stays while the text's value stays. Where the file gives the param another value, the file is heard
///   and the override goes, unless the file's own `[overrides]` changed too.
/// - Lists keep the order of the side that changed it; the file's where both did.
///
/// All three are well formed ([`Patch::check`]), and so is the merged patch. If one side alone has changed, it is that
/// side, overrides aside.
pub fn merge(base: &Patch, ours: &Patch, theirs: &Patch) -> Merge {
    let [base, ours, theirs] = [base, ours, theirs].map(Cow::Borrowed);
    let mut sides = Sides { base, ours, theirs };
    let (mut edits, mut conflicts) = (Vec::new(), Vec::new());
    sides.rename(&mut edits, &mut conflicts);
    let here = sides.ours.clone();
    sides.remove(&mut conflicts);
    let Sides { base, ours, theirs } = &sides;
    let merged = Three { base, ours, theirs, conflicts: &mut conflicts }.merged();
    edits.extend(diff(&here, &merged));
    Merge { edits, conflicts }
}

/// The three patches, brought nearer to each other step by step. Most merges rename and remove nothing, and copy none.
struct Sides<'a> {
    base: Cow<'a, Patch>,
    ours: Cow<'a, Patch>,
    theirs: Cow<'a, Patch>,
}

impl Sides<'_> {
    /// Gives a node that one side renamed its new name on all sides.
    fn rename(&mut self, edits: &mut Vec<Edit>, conflicts: &mut Vec<Conflict>) {
        let mut here: BTreeMap<Name, Name> = find_renames(&self.base, &self.ours).into_iter().collect();
        for (from, to) in find_renames(&self.base, &self.theirs) {
            let now = here.remove(&from).unwrap_or_else(|| from.clone());
            let edit = Edit::RenameNode { from: now.clone(), to: to.clone() };
            if now != to && self.ours.to_mut().apply(&edit).is_ok() {
                if now != from {
                    let (ours, theirs) = (Some(now.to_string()), Some(to.to_string()));
                    conflicts.push(Conflict { place: Place::Node(to.clone()), ours, theirs });
                }
                edits.push(edit);
                let _ = self.base.to_mut().apply(&Edit::RenameNode { from, to });
            } else if now == to {
                let _ = self.base.to_mut().apply(&Edit::RenameNode { from, to });
            }
        }
        for (from, to) in here {
            let edit = Edit::RenameNode { from, to };
            // Where one of the two cannot be renamed, neither is: the node went and another came.
            let mut theirs = self.theirs.clone();
            if theirs.to_mut().apply(&edit).is_ok() && self.base.to_mut().apply(&edit).is_ok() {
                self.theirs = theirs;
            }
        }
    }

    /// Removes the nodes that one side removed from the other two, with all that refers to them, so that what is left
    /// hangs together on every side.
    fn remove(&mut self, conflicts: &mut Vec<Conflict>) {
        let gone = |side: &Patch| {
            let nodes = side_by_side(&self.base.nodes, &side.nodes);
            nodes.filter(|(_, base, side)| base.is_some() && side.is_none()).map(|(name, ..)| name.clone()).collect()
        };
        let (mut names, theirs): (BTreeSet<Name>, BTreeSet<Name>) = (gone(&self.ours), gone(&self.theirs));
        names.extend(theirs);
        if names.is_empty() {
            return;
        }
        let theirs_anew = fresh(&self.base, &self.theirs);
        let ours_anew = fresh(&self.base, &self.ours);
        for name in names {
            let remove = Edit::RemoveNode { name: name.clone() };
            // To the merge, a node that the file goes on with is one that the file has added.
            let _ = self.base.to_mut().apply(&remove);
            match (self.ours.nodes.get(&name), self.theirs.nodes.get(&name)) {
                (Some(node), None) => {
                    if ours_anew.contains(&name) {
                        let ours = Some(node.kind.clone());
                        conflicts.push(Conflict { place: Place::Node(name), ours, theirs: None });
                    }
                    let _ = self.ours.to_mut().apply(&remove);
                }
                (None, Some(node)) if theirs_anew.contains(&name) => {
                    let theirs = Some(node.kind.clone());
                    conflicts.push(Conflict { place: Place::Node(name), ours: None, theirs });
                }
                (None, Some(_)) => drop(self.theirs.to_mut().apply(&remove)),
                _ => {}
            }
        }
    }
}
