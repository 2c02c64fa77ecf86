//! The last ten minutes, in a file that goes round.

use bf_media::wav::{Existing, Format, Spec, WriteError, Writer};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes of a frame.
const FRAME: u64 = 8;
/// Bytes that are written together.
const TOGETHER: usize = 1 << 16;
/// Frames that are copied in one go: what comes in meanwhile waits.
const SLICE: u64 = 48_000;

/// A file that holds what came last.
pub(super) struct Last {
    file: File,
    /// What is removed in the end, where the system does not do it by itself.
    path: Option<PathBuf>,
    rate: u32,
    /// Frames that it holds.
    holds: u64,
    /// Frames that have come.
    come: u64,
    waiting: Vec<u8>,
}

/// A copy of a part of it that is being made.
pub(super) struct Copy {
    writer: Writer,
    from: u64,
    to: u64,
    pub(super) out: PathBuf,
}

impl Last {
    /// Begins one in a folder.
    pub(super) fn new(folder: &Path, rate: u32, secs: u64) -> io::Result<Last> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(format!("history.last-{}", std::process::id()));
        let file = File::options().create(true).truncate(true).read(true).write(true).open(&path)?;
        // Where a file that is open can be removed, it goes with the program, however that ends.
        let path = if cfg!(unix) && std::fs::remove_file(&path).is_ok() { None } else { Some(path) };
        // A little more than is asked for: it goes round while a copy is made.
        let holds = u64::from(rate) * (secs + 30);
        Ok(Last { file, path, rate, holds, come: 0, waiting: Vec::with_capacity(TOGETHER + 1024) })
    }

    /// Takes in a piece.
    pub(super) fn write(&mut self, left: &[f32], right: &[f32]) -> io::Result<()> {
        for (l, r) in left.iter().zip(right) {
            self.waiting.extend_from_slice(&l.to_le_bytes());
            self.waiting.extend_from_slice(&r.to_le_bytes());
        }
        if self.waiting.len() >= TOGETHER { self.settle() } else { Ok(()) }
    }

    fn settle(&mut self) -> io::Result<()> {
        let mut bytes = &self.waiting[..];
        while !bytes.is_empty() {
            let at = self.come % self.holds;
            let fits = (((self.holds - at) * FRAME) as usize).min(bytes.len());
            self.file.seek(SeekFrom::Start(at * FRAME))?;
            self.file.write_all(&bytes[..fits])?;
            self.come += fits as u64 / FRAME;
            bytes = &bytes[fits..];
        }
        self.waiting.clear();
        Ok(())
    }

    /// Begins a copy of the last seconds.
    pub(super) fn copy(&mut self, secs: f64, out: PathBuf) -> Result<Copy, String> {
        self.settle().map_err(|e| e.to_string())?;
        let frames = (secs * f64::from(self.rate)).round() as u64;
        let spec = Spec { channels: 2, sample_rate: self.rate, format: Format::Float32 };
        let writer = Writer::create(&out, spec, Existing::Keep).map_err(|e| e.to_string())?;
        Ok(Copy { writer, from: self.come.saturating_sub(frames), to: self.come, out })
    }

    /// Goes on with a copy; true once it is whole.
    pub(super) fn go_on(&mut self, copy: &mut Copy) -> Result<bool, String> {
        let says = |e: io::Error| e.to_string();
        self.settle().map_err(says)?;
        let at = copy.from % self.holds;
        let frames = SLICE.min(copy.to - copy.from).min(self.holds - at);
        let mut bytes = vec![0; (frames * FRAME) as usize];
        self.file.seek(SeekFrom::Start(at * FRAME)).map_err(says)?;
        self.file.read_exact(&mut bytes).map_err(says)?;
        let sound: Vec<f32> = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        copy.writer.write(&sound).map_err(|e| e.to_string())?;
        copy.from += frames;
        Ok(copy.from == copy.to)
    }
}

impl Copy {
    /// Ends it.
    pub(super) fn finish(self) -> Result<u64, WriteError> {
        self.writer.finish().map(|written| written.frames)
    }
}

impl Drop for Last {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // A file that stays is written over the next time.
            let _ = std::fs::remove_file(path);
        }
    }
}
