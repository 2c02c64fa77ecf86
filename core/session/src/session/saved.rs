//! What of a set is saved, and the way back to that: a tempo and a signature that scripts say are not the document's.

use super::{Message, Session};
use crate::play::state::Change;
use bf_patch::{Edit, EditError, Gesture, Patch, SetEdit, diff};
use bf_pattern::Tempo;
use bf_store::Draft;
use std::borrow::Cow;
use std::sync::Arc;

/// What the way back is called in the history.
const GO_BACK: &str = "go back to what is saved";

impl Session {
    /// The tempo and the signature that scripts say.
    fn said_by_scripts(&self) -> (Option<f64>, Option<u32>) {
        let state = self.scripts.state();
        let wanted = &state.wanted;
        let bar = f64::from(wanted.signature.unwrap_or(self.set.main.signature));
        let (low, high) = Tempo::RANGE;
        let tempo = wanted.tempo.or(wanted.cps.map(|cps| cps * 60.0 * bar));
        (tempo.map(|bpm| bpm.clamp(low, high)), wanted.signature)
    }

    /// A patch of the set as it is to be saved.
    pub(super) fn to_save(&self, file: Option<&str>) -> Option<Cow<'_, Patch>> {
        let mut patch = Cow::Borrowed(self.set.patch(file)?);
        if file.is_none() {
            let (text, (tempo, signature)) = (self.folder.text.patch(), self.said_by_scripts());
            if patch.tempo != text.tempo && tempo == Some(patch.tempo) {
                patch.to_mut().tempo = text.tempo;
            }
            if patch.signature != text.signature && signature == Some(patch.signature) {
                patch.to_mut().signature = text.signature;
            }
        }
        Some(patch)
    }

    /// Whether a patch differs from its file.
    pub(super) fn differs(&self, file: Option<&str>) -> bool {
        self.to_save(file).is_some_and(|patch| *self.folder.text_of(file).patch() != *patch)
    }

    /// Goes back to what the set's files say, as one step, and hears its script as it is written, where something else of
    /// it plays. What was typed and not saved is no more to be kept. Whether there was anything to go back from.
    ///
    /// # Errors
    /// Why an edit does not apply; what was done before stands.
    pub fn revert(&mut self, gesture: Gesture) -> Result<bool, EditError> {
        let mut any = false;
        let (tempo, signature) = self.said_by_scripts();
        let files: Vec<Option<String>> =
            core::iter::once(None).chain(self.folder.files.keys().cloned().map(Some)).collect();
        for file in files {
            let Some(now) = self.set.patch(file.as_deref()) else { continue };
            let mut as_saved = Cow::Borrowed(self.folder.text_of(file.as_deref()).patch());
            if let (None, Some(tempo)) = (&file, tempo) {
                as_saved.to_mut().tempo = tempo;
            }
            if let (None, Some(signature)) = (&file, signature) {
                as_saved.to_mut().signature = signature;
            }
            let edits = diff(now, &as_saved);
            if !edits.is_empty() {
                any = true;
                let edit = SetEdit { file, edit: Edit::Batch(edits) };
                self.apply_as_written(&edit, GO_BACK, Some(gesture))?;
            }
        }
        any |= !self.drafts.is_empty();
        for draft in core::mem::take(&mut self.drafts).into_values() {
            // It is put back for a moment, so that its end is written.
            self.drafts.insert(draft.file.clone(), draft.clone());
            self.keep_draft(Draft { text: draft.base.clone(), ..draft });
        }
        // What the script plays joins the step once it is worked out.
        let plays = self.hear_as_saved(gesture);
        if !plays {
            self.end_gesture();
        }
        Ok(any | plays)
    }

    /// Evaluates the script as its file has it, and takes back lines that were typed beside it, where something else
    /// plays; whether it does.
    fn hear_as_saved(&mut self, gesture: Gesture) -> bool {
        let Some(script) = self.folder.script.clone() else { return false };
        let (file, text) = match self.folder.read_script(&script) {
            Ok(read) => read,
            Err(e) => {
                self.messages.push(Message::Problem(e.to_string()));
                return false;
            }
        };
        let state = self.scripts.state();
        let says = |of: &str| if of == file { text.as_str() } else { "" };
        let is_said = |(request, of): &(u64, Option<Arc<str>>)| {
            let wish = self.journal.book.wish(*request);
            matches!(wish, Some(Change::Text { text, part: None, .. }) if of.as_deref().map(says) == Some(text))
        };
        let plays_own = state.of.iter().any(|(_, of)| of.as_deref() == Some(&file));
        if plays_own && state.of.iter().all(is_said) {
            return false;
        }
        let beside: Vec<Arc<str>> = state.sheets.keys().filter(|of| ***of != *file).cloned().collect();
        for of in beside {
            self.evaluate_in((of.to_string(), String::new()), (gesture, GO_BACK));
        }
        self.evaluate_in((file, text), (gesture, GO_BACK));
        true
    }
}
