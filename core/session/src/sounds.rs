//! Where the user's own sounds and other files of the program lie.

use std::env::var_os;
use std::path::PathBuf;

/// The folder of the user's banks: `BEATFORGE_SOUNDS` where it is set, else `sounds` in [`data_folder`]. It need not be
/// there.
pub fn folder() -> Option<PathBuf> {
    named("BEATFORGE_SOUNDS").or_else(|| data_folder().map(|data| data.join("sounds")))
}

/// The folder `beatforge` where this system keeps the data of programs. It need not be there.
pub fn data_folder() -> Option<PathBuf> {
    let data = match std::env::consts::OS {
        "windows" => named("APPDATA"),
        "macos" => named("HOME").map(|home| home.join("Library/Application Support")),
        _ => named("XDG_DATA_HOME").or_else(|| named("HOME").map(|home| home.join(".local/share"))),
    };
    data.map(|data| data.join("beatforge"))
}

fn named(name: &str) -> Option<PathBuf> {
    var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from)
}
