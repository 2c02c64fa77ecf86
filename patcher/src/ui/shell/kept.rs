//! What the shell keeps among the user's files: settings, recent sets, the set list; and beside a set how it is laid out.

use super::layout::Layout;
use super::settings::{self, Settings};
use super::{Shell, store};
use std::path::Path;

/// The files of recent sets and of the set list.
pub(super) const RECENT: &str = "recent";
pub(super) const LIST: &str = "sets";

impl Shell {
    /// A set is one of the recent ones.
    pub(crate) fn remember(&mut self, place: &Path) {
        store::put_first(&mut self.recent, place);
        let written = self.store.write_places(RECENT, &self.recent);
        self.wrong.extend(written.err());
    }

    /// Settles something, and keeps it.
    pub(crate) fn settle(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        if core::mem::take(&mut self.is_broken) {
            self.wrong.push(match self.store.keep(settings::FILE, "broken") {
                Ok(kept) => format!("the settings had faults: as they were they are kept in {}", kept.display()),
                Err(why) => {
                    // Nothing of it is written over.
                    self.is_broken = true;
                    format!("the settings are not written, their file has faults and cannot be kept: {why}")
                }
            });
        }
        if self.is_broken {
            return;
        }
        let written = self.store.write(settings::FILE, &self.settings.text());
        self.wrong.extend(written.err());
    }

    /// The layout in which the set was left, once.
    pub(crate) fn layout_of(&mut self, root: &Path) -> Option<Layout> {
        self.laid_out = Layout::read(root);
        self.laid_out
    }

    /// Keeps the layout of the set where it has changed.
    pub(crate) fn keep_layout(&mut self, layout: Layout, root: &Path) {
        if self.laid_out != Some(layout) && !self.stand_in {
            layout.write(root);
            self.laid_out = Some(layout);
        }
    }

    /// Keeps the set list.
    pub(crate) fn write_list(&mut self) {
        let written = self.store.write_places(LIST, &self.list.places());
        self.wrong.extend(written.err());
    }
}
