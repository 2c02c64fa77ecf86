//! A performance again, from its history: what the engine was given, at the frames at which it took that in.

mod sources;
mod tape;
mod times;

pub use times::{ReplayTimes, replay_times};

use crate::folder::Folder;
use crate::own::{OwnFile, not_own_file};
use crate::stems::stem_path;
use bf_media::wav::{Existing, Format, Spec, WriteError, Writer, Written};
use bf_node::Registry;
use bf_store::{OpenError, ReadError, Reader};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tape::{Player, Tape};

/// What to render again.
#[derive(Clone, Debug)]
pub struct ReplayRequest {
    /// The set.
    pub set: PathBuf,
    /// Which of its performances, from 1; none: the last.
    pub performance: Option<usize>,
    /// From which second on, and to which.
    pub from_secs: f64,
    /// Up to which second; none: to the end.
    pub to_secs: Option<f64>,
    /// The file to write.
    pub out: PathBuf,
    /// Float or 24 bits.
    pub format: Format,
    /// Whether files that are there may be replaced.
    pub existing: Existing,
    /// Whether what enters the end of the set gets files of its own.
    pub stems: bool,
}

/// What was rendered.
#[derive(Clone, Debug, Default)]
pub struct ReplayReport {
    /// Every file with what is known of it.
    pub files: Vec<(PathBuf, Written)>,
    /// Frames of each.
    pub frames: u64,
    /// Frames a second.
    pub sample_rate: u32,
    /// Where it may sound otherwise than it did, and why. Nothing: it has the same bits.
    pub differs: Vec<String>,
    /// CPU seconds of the engine.
    pub cpu_secs: f64,
}

/// Why nothing was rendered.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is no history.
    #[error("{0}: no performance of this set is kept; `beatforge run` keeps one")]
    Nothing(PathBuf),
    /// There are not so many.
    #[error("there is no performance {wanted}: {there} are kept")]
    NoSuch {
        /// Which was wanted.
        wanted: usize,
        /// How many there are.
        there: usize,
    },
    /// The history does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The history does not read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The set itself would be written over.
    #[error(transparent)]
    Own(#[from] OwnFile),
    /// The range is none.
    #[error("from {from} s to {to} s there is nothing of the performance, which has {len} s")]
    Range {
        /// Its begin.
        from: f64,
        /// Its end.
        to: f64,
        /// How long the performance is.
        len: f64,
    },
    /// What blocks cost is not told here.
    #[error("this system does not tell the CPU time of a thread: what blocks cost cannot be measured on it")]
    NoClock,
    /// It was cancelled; no file was left.
    #[error("cancelled: nothing was written")]
    Cancelled,
}

/// A performance that a history holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Performance {
    /// Its number, from 1.
    pub number: usize,
    /// When it began, in milliseconds since the beginning of 1970.
    pub began_ms: i64,
    /// The last that is known of it.
    pub until_ms: i64,
    /// Frames a second.
    pub sample_rate: u32,
}

/// The history of a set, to be read; none where there is none.
///
/// # Errors
/// What the database says.
pub(crate) fn reader_of(set: &Path) -> Result<Option<Reader>, OpenError> {
    let (folder, file) = Folder::place(set);
    Reader::of(&folder, file.as_deref())
}

/// The performances of a set.
///
/// # Errors
/// What the database says.
pub fn performances(set: &Path) -> Result<Vec<Performance>, ReplayError> {
    let Some(reader) = reader_of(set)? else { return Ok(Vec::new()) };
    let (openings, last) = (reader.openings()?, reader.last()?);
    let ends = openings.iter().skip(1).map(|entry| entry.seq - 1).chain(last.map(|(seq, _)| seq));
    let all = openings.iter().zip(ends).enumerate().map(|(i, (entry, end))| {
        let until = reader.entries(end..=end, bf_store::Which::All, 1)?;
        let bf_store::What::Opened(opened) = &entry.what else { return Ok(None) };
        Ok(Some(Performance {
            number: i + 1,
            began_ms: entry.wall_ms,
            until_ms: until.first().map_or(entry.wall_ms, |entry: &bf_store::Entry| entry.wall_ms),
            sample_rate: opened.sample_rate,
        }))
    });
    all.filter_map(Result::transpose).collect()
}

/// Renders a performance again. `progress` hears the share that is done; `cancel` ends it without leaving files.
///
/// # Errors
/// What cannot be read or written; no file is left half written.
pub fn replay(
    request: &ReplayRequest,
    registry: Arc<Registry>,
    progress: &mut dyn FnMut(f64),
    cancel: &AtomicBool,
) -> Result<ReplayReport, ReplayError> {
    let tape = Tape::read(&request.set, request.performance)?;
    let rate = f64::from(tape.opened.sample_rate);
    let whole = |secs: f64| (secs.max(0.0) * rate).round() as u64;
    let first = whole(request.from_secs);
    let end = request.to_secs.map_or(tape.frames, whole).min(tape.frames);
    if first >= end {
        let (from, to) = (request.from_secs, request.to_secs.unwrap_or(tape.frames as f64 / rate));
        return Err(ReplayError::Range { from, to, len: tape.frames as f64 / rate });
    }
    let sample_rate = tape.opened.sample_rate;
    let spec = Spec { channels: 2, sample_rate, format: request.format };
    not_own_file(&request.set, &request.out, &registry)?;
    let mut main = Writer::create(&request.out, spec, request.existing)?;
    let mut stems = Stems { files: BTreeMap::new(), spec, request, registry: Arc::clone(&registry), done: 0 };
    let (folder, _) = Folder::place(&request.set);
    let mut player = Player::new(tape, &folder, registry, request.stems);
    let (mut cpu, mut done, mut buffer) = (0, 0_u64, Vec::new());
    while player.frame() < end && player.goes_on() {
        if cancel.load(Ordering::Relaxed) {
            return Err(ReplayError::Cancelled);
        }
        let (frame, before) = (player.frame(), crate::thread_cpu_ns());
        let [left, right] = player.block();
        cpu += crate::thread_cpu_ns() - before;
        let skip = first.saturating_sub(frame).min(left.len() as u64) as usize;
        let take = (end - frame).min(left.len() as u64) as usize;
        if skip < take {
            interleave([&left[skip..take], &right[skip..take]], &mut buffer);
            main.write(&buffer)?;
            if request.stems {
                stems.write(&player, skip..take)?;
            }
            done += (take - skip) as u64;
        }
        if (frame / 64).is_multiple_of(256) {
            progress(frame as f64 / end as f64);
        }
    }
    progress(1.0);
    let mut files = vec![(request.out.clone(), main.finish()?)];
    files.extend(stems.finish()?);
    Ok(ReplayReport { files, frames: done, sample_rate, differs: player.differs(), cpu_secs: cpu as f64 / 1e9 })
}

/// The files of stems: each begins with the performance, whenever its node came.
struct Stems<'a> {
    files: BTreeMap<String, (PathBuf, Writer, u64)>,
    spec: Spec,
    request: &'a ReplayRequest,
    registry: Arc<Registry>,
    done: u64,
}

impl Stems<'_> {
    fn write(&mut self, player: &Player, range: core::ops::Range<usize>) -> Result<(), ReplayError> {
        let mut buffer = Vec::new();
        // Two cables of one node are one stem.
        let mut sums: BTreeMap<&str, [Vec<f32>; 2]> = BTreeMap::new();
        for (path, [left, right]) in player.stems() {
            let sound = [&left[range.clone()], &right[range.clone()]];
            match sums.entry(path) {
                // As the recorder has it: a sum that began at 0 would turn the sign of a silence of -0.
                Entry::Vacant(first) => _ = first.insert(sound.map(<[f32]>::to_vec)),
                Entry::Occupied(mut sum) => {
                    for (sum, sound) in sum.get_mut().iter_mut().zip(sound) {
                        sum.iter_mut().zip(sound).for_each(|(sum, x)| *sum += x);
                    }
                }
            }
        }
        for (path, [left, right]) in sums {
            if !self.files.contains_key(path) {
                let file = stem_path(&self.request.out, path);
                not_own_file(&self.request.set, &file, &self.registry)?;
                let writer = Writer::create(&file, self.spec, self.request.existing)?;
                self.files.insert(path.to_owned(), (file, writer, 0));
            }
            let Some((_, writer, written)) = self.files.get_mut(path) else { continue };
            pad(writer, written, self.done)?;
            interleave([&left, &right], &mut buffer);
            writer.write(&buffer)?;
            *written += range.len() as u64;
        }
        self.done += range.len() as u64;
        Ok(())
    }

    fn finish(self) -> Result<Vec<(PathBuf, Written)>, WriteError> {
        let mut all = Vec::new();
        for (file, mut writer, mut written) in self.files.into_values() {
            pad(&mut writer, &mut written, self.done)?;
            all.push((file, writer.finish()?));
        }
        Ok(all)
    }
}

/// Writes silence up to a frame.
pub(crate) fn pad(writer: &mut Writer, written: &mut u64, to: u64) -> Result<(), WriteError> {
    let silence = [0.0; 2048];
    while *written < to {
        let frames = (to - *written).min(silence.len() as u64 / 2);
        writer.write(&silence[..frames as usize * 2])?;
        *written += frames;
    }
    Ok(())
}

fn interleave([left, right]: [&[f32]; 2], into: &mut Vec<f32>) {
    into.clear();
    into.extend(left.iter().zip(right).flat_map(|(l, r)| [*l, *r]));
}
