//! The user's own files of the window: settings, recent sets, the set list. Without a folder, nothing is kept.

use std::fs;
use std::path::{Path, PathBuf};

/// Sets that are remembered.
const RECENT: usize = 20;

#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    folder: Option<PathBuf>,
    /// The folder of larger things: the user's own patches.
    data: Option<PathBuf>,
}

impl Store {
    /// The folder `beatforge` where this system keeps the settings of programs.
    pub(crate) fn of_user() -> Store {
        let named = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
        let folder = match std::env::consts::OS {
            "windows" => named("APPDATA"),
            "macos" => named("HOME").map(|home| home.join("Library/Application Support")),
            _ => named("XDG_CONFIG_HOME").or_else(|| named("HOME").map(|home| home.join(".config"))),
        };
        Store { folder: folder.map(|folder| folder.join("beatforge")), data: bf_session::sounds::data_folder() }
    }

    #[cfg(test)]
    pub(crate) fn at(folder: &Path) -> Store {
        Store { folder: Some(folder.to_owned()), data: Some(folder.join("data")) }
    }

    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(name))
    }

    /// A folder among the user's data.
    pub(crate) fn data(&self, name: &str) -> Option<PathBuf> {
        self.data.as_ref().map(|folder| folder.join(name))
    }

    /// The text of a file; none where it is not there.
    pub(crate) fn read(&self, name: &str) -> Option<String> {
        let path = self.path(name)?;
        fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Writes a file whole.
    ///
    /// # Errors
    /// Why it could not be, in the user's words.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let Some(path) = self.path(name) else { return Ok(()) };
        let part = path.with_extension("part");
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = folder.and_then(|()| fs::write(&part, text)).and_then(|()| fs::rename(&part, &path));
        written.map_err(|e| format!("{}: {e}", path.display()))
    }

    /// Keeps a file as it is beside itself, under its name with an ending; where it is kept.
    ///
    /// # Errors
    /// Why it could not be, in the user's words.
    pub(crate) fn keep(&self, name: &str, ending: &str) -> Result<PathBuf, String> {
        let path = self.path(name).ok_or("there is no folder for it")?;
        let kept = path.with_file_name(format!("{name}.{ending}"));
        fs::copy(&path, &kept).map(|_| kept).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// Places, one a line.
    pub(crate) fn places(&self, name: &str) -> Vec<PathBuf> {
        let text = self.read(name).unwrap_or_default();
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(PathBuf::from)
            .collect()
    }

    pub(crate) fn write_places(&self, name: &str, places: &[PathBuf]) -> Result<(), String> {
        self.write(name, &places.iter().map(|place| format!("{}\n", place.display())).collect::<String>())
    }
}

/// Puts a place first, and lets go of the oldest.
pub(crate) fn put_first(places: &mut Vec<PathBuf>, place: &Path) {
    places.retain(|known| known != place);
    places.insert(0, place.to_owned());
    places.truncate(RECENT);
}
