//! Files that are made under a name of the program's own.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Makes a file, to be written and read. What lies under the name goes first: a set may come from anybody, and a link in
/// it would have somebody's file written over.
///
/// # Errors
/// What the system says.
pub fn fresh(path: &Path) -> io::Result<File> {
    // Where it cannot be removed, it cannot be made either.
    let _ = fs::remove_file(path);
    File::options().read(true).write(true).create_new(true).open(path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::wav::{Existing, Format, Spec, Writer};

    #[test]
    fn nothing_is_written_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let mine = dir.path().join("mine.txt");
        fs::write(&mine, "mine").unwrap();
        let part = dir.path().join(format!(".a.wav.{}.part", std::process::id()));
        std::os::unix::fs::symlink(&mine, &part).unwrap();
        let spec = Spec { channels: 1, sample_rate: 48_000, format: Format::Float32 };
        let mut w = Writer::create(dir.path().join("a.wav"), spec, Existing::Keep).unwrap();
        w.write(&[0.5; 100]).unwrap();
        w.finish().unwrap();
        assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
        assert_eq!(crate::decode(dir.path().join("a.wav")).unwrap().frames(), 100);
    }
}
