//! Making whole what was cut off while it was written.

use super::{WriteError, write_error};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Headers lie within so many bytes of the beginning.
const HEAD: usize = 4096;

/// Writes the sizes into a WAV file whose writer was cut off, and takes away a frame that is not whole. Answers its
/// frames.
///
/// # Errors
/// It is no WAV file, or cannot be written.
pub fn mend(path: &Path) -> Result<u64, WriteError> {
    mend_file(path).map_err(|e| write_error(path, e))
}

fn mend_file(path: &Path) -> io::Result<u64> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let len = file.metadata()?.len();
    let mut head = vec![0; HEAD.min(usize::try_from(len).unwrap_or(HEAD))];
    file.read_exact(&mut head)?;
    let none = || io::Error::new(io::ErrorKind::InvalidData, "it is no WAV file");
    let word = |at: usize| head.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    if head.get(..4) != Some(b"RIFF") || head.get(8..12) != Some(b"WAVE") {
        return Err(none());
    }
    let (mut at, mut align, mut fact) = (12, 0, None);
    loop {
        let size = word(at + 4).ok_or_else(none)?;
        match head.get(at..at + 4) {
            Some(b"data") => break,
            // Bytes of a frame, of all channels.
            Some(b"fmt ") => align = word(at + 20).ok_or_else(none)? & 0xffff,
            Some(b"fact") => fact = Some(at as u64 + 8),
            _ => {}
        }
        at += 8 + size.next_multiple_of(2) as usize;
    }
    let align = u64::from(align);
    if align == 0 {
        return Err(none());
    }
    let start = at as u64 + 8;
    let frames = (len - start).min(u64::from(u32::MAX) - start) / align;
    let bytes = frames * align;
    file.set_len(start + bytes)?;
    let mut put = |at: u64, number: u64| {
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&(number as u32).to_le_bytes())
    };
    put(4, start + bytes - 8)?;
    put(start - 4, bytes)?;
    if let Some(fact) = fact {
        put(fact, frames)?;
    }
    file.sync_all()?;
    Ok(frames)
}
