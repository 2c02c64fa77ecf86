//! The last ten minutes, in a file that goes round.

use super::News;
use bf_media::wav::{Existing, Format, Spec, WriteError, Writer};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Bytes of a frame.
const FRAME: u64 = 8;
/// Bytes that are written together.
const TOGETHER: usize = 1 << 16;
/// Frames that are copied in one go: what comes in meanwhile waits.
const SLICE: u64 = 48_000;
/// A disk that has refused is tried again after so long.
const AGAIN: Duration = Duration::from_secs(5);

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
    /// Since when the disk refuses, and how many frames have passed meanwhile: silence stands for them.
    refused: Option<Instant>,
    missed: u64,
    news: Option<News>,
}

/// A copy of a part of it that is being made.
pub(super) struct Copy {
    pub(super) request: u64,
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
        let file = bf_media::fresh(&path)?;
        // Where a file that is open can be removed, it goes with the program, however that ends.
        let path = if cfg!(unix) && std::fs::remove_file(&path).is_ok() { None } else { Some(path) };
        // A little more than is asked for: it goes round while a copy is made.
        let holds = u64::from(rate) * (secs + 30);
        let waiting = Vec::with_capacity(TOGETHER + 1024);
        Ok(Last { file, path, rate, holds, come: 0, waiting, refused: None, missed: 0, news: None })
    }

    /// Takes in a piece. A disk that refuses is tried again: what passes meanwhile is silent.
    pub(super) fn take(&mut self, left: &[f32], right: &[f32]) {
        if let Some(since) = self.refused {
            self.missed += left.len() as u64;
            if since.elapsed() >= AGAIN {
                self.try_again();
            }
            return;
        }
        if let Err(e) = self.write(left, right) {
            self.news =
                Some(News::Problem(format!("what was heard last cannot be kept for now: {e}; it is tried again")));
            self.refuse();
        }
    }

    fn write(&mut self, left: &[f32], right: &[f32]) -> io::Result<()> {
        for (l, r) in left.iter().zip(right) {
            self.waiting.extend_from_slice(&l.to_le_bytes());
            self.waiting.extend_from_slice(&r.to_le_bytes());
        }
        if self.waiting.len() >= TOGETHER { self.settle() } else { Ok(()) }
    }

    /// What waits is given up, and the disk is left alone for a while.
    fn refuse(&mut self) {
        self.missed += self.waiting.len() as u64 / FRAME;
        self.waiting.clear();
        self.refused = Some(Instant::now());
    }

    /// Writes silence for what was missed, and goes on where that succeeds.
    fn try_again(&mut self) {
        self.refused = None;
        let missed = self.missed;
        while self.missed > 0 {
            let frames = self.missed.min((TOGETHER as u64) / FRAME);
            self.waiting.resize((frames * FRAME) as usize, 0);
            self.missed -= frames;
            if self.settle().is_err() {
                return self.refuse();
            }
        }
        let secs = missed as f64 / f64::from(self.rate.max(1));
        self.news = Some(News::Told(format!("what was heard last is kept again; {secs:.1} s of it are silent")));
    }

    /// What there is to tell.
    pub(super) fn news(&mut self) -> Option<News> {
        self.news.take()
    }

    fn settle(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            let at = self.come % self.holds;
            let fits = (((self.holds - at) * FRAME) as usize).min(self.waiting.len());
            self.file.seek(SeekFrom::Start(at * FRAME))?;
            self.file.write_all(&self.waiting[..fits])?;
            self.come += fits as u64 / FRAME;
            self.waiting.drain(..fits);
        }
        Ok(())
    }

    /// Begins a copy of the last seconds.
    pub(super) fn copy(&mut self, request: u64, secs: f64, out: PathBuf) -> Result<Copy, String> {
        self.settle().map_err(|e| e.to_string())?;
        let frames = (secs * f64::from(self.rate)).round() as u64;
        let spec = Spec { channels: 2, sample_rate: self.rate, format: Format::Float32 };
        let writer = Writer::create(&out, spec, Existing::Keep).map_err(|e| e.to_string())?;
        Ok(Copy { request, writer, from: self.come.saturating_sub(frames), to: self.come, out })
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_was_full_for_a_while_leaves_a_silence() {
        let folder = tempfile::tempdir().unwrap();
        let mut last = Last::new(folder.path(), 48_000, 60).unwrap();
        let piece = |last: &mut Last, x: f32| (0..48_000 / 64).for_each(|_| last.take(&[x; 64], &[x; 64]));
        piece(&mut last, 0.5);
        last.settle().unwrap();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let disk = core::mem::replace(&mut last.file, full);
        piece(&mut last, 0.6);
        assert!(matches!(last.news(), Some(News::Problem(text)) if text.contains("tried again")));
        // It is still full when it is tried again, and that is not told again.
        last.refused = Instant::now().checked_sub(AGAIN);
        piece(&mut last, 0.6);
        assert_eq!(last.news(), None);
        last.file = disk;
        last.refused = Instant::now().checked_sub(AGAIN);
        piece(&mut last, 0.7);
        assert!(matches!(last.news(), Some(News::Told(text)) if text.contains("kept again; 2.0 s")));
        let out = folder.path().join("a.wav");
        let mut copy = last.copy(1, 4.0, out.clone()).unwrap();
        while !last.go_on(&mut copy).unwrap() {}
        assert_eq!(copy.finish().unwrap(), 4 * 48_000);
        let sound = bf_media::decode(&out).unwrap().data;
        let at = |secs: f64| sound[(secs * 96_000.0) as usize];
        assert_eq!([at(0.5), at(1.5), at(2.5), at(3.5)], [0.5, 0.0, 0.0, 0.7]);
    }
}
