//! Where the user's own sounds lie.

use std::env::var_os;
use std::path::PathBuf;

/// The folder of the user's banks: `BEATFORGE_SOUNDS` where it is set, else `beatforge/sounds` where this system keeps
/// the data of programs. It need not be there.
pub fn folder() -> Option<PathBuf> {
    let named = |name: &str| var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let data = || match std::env::consts::OS {
        "windows" => named("APPDATA"),
        "macos" => named("HOME").map(|home| home.join("Library/Application Support")),
        _ => named("XDG_DATA_HOME").or_else(|| named("HOME").map(|home| home.join(".local/share"))),
    };
    named("BEATFORGE_SOUNDS").or_else(|| data().map(|data| data.join("beatforge/sounds")))
}
