//! What scripts want, all texts together, and what changes it.

use super::ask::plain;
use crate::Diagnostic;
use bf_patch::{Name, Socket};
use bf_script::{Present, Score, Site, Wanted};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// All that scripts want: what each text was evaluated to, and what that comes to.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// By file.
    pub sheets: BTreeMap<Arc<str>, Sheet>,
    /// The scene that was launched last.
    pub scene: Option<Name>,
    /// The scene that the texts launch.
    pub said: Option<Name>,
    /// What was wanted later and is there now, by where it was said.
    pub come: Vec<(Site, Wanted)>,
    /// The sum, settled.
    pub wanted: Wanted,
    /// What params that patterns move begin with.
    pub firsts: BTreeMap<Socket, f32>,
    /// The requests that it is made of, in their order, each with its text; none for a scene.
    pub of: Vec<(u64, Option<Arc<str>>)>,
}

/// What one text was evaluated to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheet {
    /// Its place among the texts: the one that was evaluated last has the last word.
    pub order: u64,
    pub score: Score,
    pub present: Present,
}

/// What is to change.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// A text, or a part of it, is evaluated.
    Text { file: Arc<str>, text: Arc<str>, part: Option<Range<usize>> },
    /// A scene is launched; none: the texts alone count again.
    Launch(Option<Name>),
    /// What was wanted later is due, and where it was said.
    Come(Site, Box<Wanted>),
    /// What was once evaluated and launched, from the beginning, by the numbers that it had: a state that is no longer
    /// kept, which has a number where it is one of this set's past.
    Again { score: Option<u64>, of: Vec<(u64, Change)> },
}

impl State {
    /// Counts a request to what it is made of, in the place of what is nothing any more with it.
    pub(super) fn consists(&mut self, id: u64, change: &Change) {
        match change {
            Change::Text { file, part, .. } => {
                self.of.retain(|(_, of)| part.is_some() || of.as_ref() != Some(file));
                self.of.push((id, Some(Arc::clone(file))));
            }
            Change::Launch(_) => {
                self.of.retain(|(_, of)| of.is_some());
                self.of.push((id, None));
            }
            Change::Come(..) | Change::Again { .. } => {}
        }
    }

    pub(super) fn next_order(&self) -> u64 {
        self.sheets.values().map(|sheet| sheet.order + 1).max().unwrap_or(0)
    }

    /// Launches the scene that the texts name last, where they say something else than before; a scene that a hand has
    /// launched since stays. What they no longer launch is left.
    pub(super) fn launch(&mut self) {
        let said = self.sheets.values().flat_map(|sheet| sheet.score.sum().launch).last().map(|scene| scene.name);
        if said == self.said {
            return;
        }
        if said.is_some() || self.scene == self.said {
            self.scene.clone_from(&said);
        }
        self.said = said;
    }

    /// What all texts want together, with a scene and what has come due.
    pub(super) fn sum(&self) -> Result<Wanted, Vec<Diagnostic>> {
        let mut sum = Wanted::default();
        let mut sheets: Vec<&Sheet> = self.sheets.values().collect();
        sheets.sort_by_key(|sheet| sheet.order);
        for sheet in sheets {
            sum.extend(sheet.score.sum());
        }
        for (_, come) in &self.come {
            sum.extend(come.clone());
        }
        let unknown = sum.unknown_marks();
        sum.messages.extend(unknown);
        if let Some(name) = &self.scene {
            let Some(scene) = sum.scenes.get(name).cloned() else {
                let known: Vec<String> = sum.scenes.keys().map(ToString::to_string).collect();
                let message = match known.as_slice() {
                    [] => format!("there is no scene `{name}`: the scripts declare none"),
                    _ => format!("there is no scene `{name}`: there are {}", known.join(", ")),
                };
                let said = self.sheets.values().flat_map(|sheet| sheet.score.sum().launch).rfind(|m| m.name == *name);
                let at = said.map(|marked| marked.site).unwrap_or_default();
                let fault = Diagnostic {
                    file: at.file.to_string(),
                    line: at.line.max(1),
                    column: at.column.max(1),
                    ..plain(message)
                };
                return Err(vec![fault]);
            };
            // A scene says which tracks play.
            sum.tracks.clear();
            sum.extend(*scene.wanted);
        }
        Ok(sum.settled())
    }
}
