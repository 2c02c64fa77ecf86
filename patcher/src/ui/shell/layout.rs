//! How the window of a set is laid out, kept beside the set's history.

use crate::ui::app::Tab;
use crate::ui::pane::{Pane, Sizes};
use std::fs;
use std::path::{Path, PathBuf};
use toml_edit::Document;

/// What is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub tab: Tab,
    pub browser: bool,
    pub inspector: bool,
    pub messages: bool,
    /// The wave of what is heard, beside the messages.
    pub scope: bool,
    /// How large panels are.
    pub sizes: Sizes,
}

/// What the sizes of panels are kept under.
const SIZES: &str = "size";

/// The file, which is only written where the set has a folder of its own for such things.
fn file(root: &Path) -> PathBuf {
    root.join(".beatforge").join("window.toml")
}

impl Layout {
    /// As it was left, where that is known.
    pub(crate) fn read(root: &Path) -> Option<Layout> {
        let text = fs::read_to_string(file(root)).ok()?;
        let document = Document::parse(text.as_str()).ok()?;
        let on = |name: &str| document.get(name).and_then(|item| item.as_bool());
        let tab = document.get("tab").and_then(|item| item.as_str());
        Some(Layout {
            tab: Tab::ALL.into_iter().find(|(_, name)| Some(*name) == tab)?.0,
            browser: on("browser")?,
            inspector: on("inspector")?,
            messages: on("messages")?,
            scope: on("scope").unwrap_or(false),
            sizes: Pane::ALL.map(|(_, name)| {
                let size = document.get(SIZES)?.get(name)?.as_integer()?;
                u16::try_from(size).ok()
            }),
        })
    }

    /// Keeps it; how a window looks is worth no word where it cannot be kept.
    pub(crate) fn write(self, root: &Path) {
        let path = file(root);
        let own = path.parent().filter(|own| own.is_dir() && !own.is_symlink());
        // A set may come from anybody: what is a link leads to somebody's file.
        if own.is_none() || path.is_symlink() {
            return;
        }
        let tab = Tab::ALL.into_iter().find(|(tab, _)| *tab == self.tab).map_or("", |(_, name)| name);
        let Layout { browser, inspector, messages, scope, sizes, .. } = self;
        let mut text = format!(
            "tab = \"{tab}\"\nbrowser = {browser}\ninspector = {inspector}\nmessages = {messages}\nscope = {scope}\n"
        );
        let given = Pane::ALL.iter().zip(sizes).filter_map(|((_, name), size)| Some(format!("{name} = {}", size?)));
        let given: Vec<String> = given.collect();
        if !given.is_empty() {
            text.push_str(&format!("{SIZES} = {{ {} }}\n", given.join(", ")));
        }
        let _ = fs::write(path, text);
    }
}
