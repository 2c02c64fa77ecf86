//! What is typed into scripts and not saved: kept in the history, so that no end of the program loses it.

use super::{Message, Session};
use crate::play::state::Change;
use bf_store::{Draft, What};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Session {
    /// What was typed into scripts and their files do not say, by their paths in the set.
    pub fn drafts(&self) -> &BTreeMap<String, Draft> {
        &self.drafts
    }

    /// Keeps what was typed into a script; nothing is left to be kept where it is what its file says.
    pub fn keep_draft(&mut self, draft: Draft) {
        let is_done = draft.text == draft.base;
        if self.drafts.get(&draft.file).map_or(is_done, |known| *known == draft) {
            return;
        }
        self.write_down(|| What::Draft(draft.clone()));
        if is_done {
            self.drafts.remove(&draft.file);
        } else {
            self.drafts.insert(draft.file.clone(), draft);
        }
        self.hands.changes += 1;
    }

    /// The text of a script of which all or a part was last evaluated and is heard.
    pub fn text_that_plays(&self, file: &str) -> Option<Arc<str>> {
        self.evaluated_after(file, 0)
    }

    fn evaluated_after(&self, file: &str, after: u64) -> Option<Arc<str>> {
        let state = self.scripts.state();
        let requests = state.of.iter().rev().map(|(request, _)| *request).filter(|request| *request > after);
        let wishes = requests.filter_map(|request| self.journal.book.wish(request));
        let mut texts = wishes.filter_map(|wish| match wish {
            Change::Text { file: of, text, .. } if **of == *file => Some(Arc::clone(text)),
            _ => None,
        });
        texts.next()
    }

    /// Takes back what the history has of what was typed and is not saved.
    pub(super) fn take_drafts_back(&mut self) {
        for draft in core::mem::take(&mut self.journal.drafts) {
            let there = self.folder.read_script(&self.folder.root.join(&draft.file));
            if there.is_ok_and(|(_, text)| *text == *draft.text) {
                // Others have saved it; what they write later is not to be compared with it.
                self.drafts.insert(draft.file.clone(), draft.clone());
                self.keep_draft(Draft { base: Arc::clone(&draft.text), ..draft });
                continue;
            }
            let message = format!("{} has text that was typed and not saved: it is in the code pane", draft.file);
            self.messages.push(Message::Told(message));
            self.drafts.insert(draft.file.clone(), draft);
        }
    }

    /// What plays on of a script was evaluated after a request, and is not saved: its text is one that waits to be.
    pub(super) fn draft_what_plays(&mut self, (file, base): (&str, &str), after: u64) {
        if self.drafts.contains_key(file) {
            return;
        }
        if let Some(text) = self.evaluated_after(file, after).filter(|text| **text != *base) {
            self.keep_draft(Draft { file: file.to_owned(), text, base: base.into() });
        }
    }
}
