//! The user's own patches, as the browser and the finder list them: read on a thread of its own.

use super::Store;
use bf_node::Kind;
use bf_session::{Shelved, shelved};
use egui::Ui;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

/// The folder of the library among the user's data.
const FOLDER: &str = "patches";

#[derive(Default)]
pub(crate) struct Library {
    folder: Option<PathBuf>,
    pub all: Arc<Vec<Shelved>>,
    /// Counts the lists that were read.
    pub serial: u64,
    /// How many patches had been put there when it was last read.
    of: Option<u64>,
    looking: Option<Receiver<Vec<Shelved>>>,
}

impl Library {
    pub(crate) fn of_user(store: &Store) -> Library {
        Library { folder: store.data(FOLDER), ..Library::default() }
    }

    #[cfg(test)]
    pub(crate) fn at(folder: &Path) -> Library {
        Library { folder: Some(folder.to_owned()), ..Library::default() }
    }

    /// Where it lies; nowhere where this system has no folder for the data of programs.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Others may have put something there.
    pub(crate) fn again(&mut self) {
        self.of = None;
    }

    /// Reads it where something may have changed; so many patches were put there from here.
    pub(crate) fn look(&mut self, ui: &Ui, shelved_here: u64) {
        let Some(folder) = &self.folder else { return };
        if self.of != Some(shelved_here) {
            self.of = Some(shelved_here);
            let folder = folder.clone();
            let (tell, told) = sync_channel(1);
            std::thread::spawn(move || tell.send(shelved(&folder, &bf_session::registry())));
            self.looking = Some(told);
        }
        let Some(looking) = &self.looking else { return };
        match looking.try_recv() {
            Ok(all) => {
                (self.all, self.looking) = (Arc::new(all), None);
                self.serial += 1;
            }
            Err(TryRecvError::Empty) => ui.ctx().request_repaint(),
            Err(TryRecvError::Disconnected) => self.looking = None,
        }
    }
}

/// What there is to say of a patch.
pub(crate) fn about(patch: &Shelved) -> String {
    if let Some(fault) = &patch.fault {
        return format!("It cannot be used: {fault}");
    }
    let mut text = if patch.about.is_empty() { "A patch of your library".to_owned() } else { patch.about.clone() };
    let ports = |list: &[(String, Option<Kind>)]| {
        let name = |(name, kind): &(String, Option<Kind>)| match kind {
            Some(Kind::Event) => format!("{name} (notes)"),
            _ => name.clone(),
        };
        list.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    let controls = patch.controls.join(", ");
    let lines = [("Inputs", ports(&patch.inputs)), ("Outputs", ports(&patch.outputs)), ("Controls", controls)];
    for (what, names) in lines.iter().filter(|(_, names)| !names.is_empty()) {
        text.push_str(&format!("\n{what}: {names}"));
    }
    text
}
