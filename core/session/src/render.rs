//! Rendering a set to files, faster than it plays and with the same bits.

use crate::folder::OpenError;
use crate::own::OwnFile;
use crate::session::{Message, Options, Session};
use crate::stems::stem_path;
use bf_engine::{Move, When};
use bf_media::wav::{Existing, Format, Spec, WriteError, Writer, Written};
use bf_node::Registry;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How long to render.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// Seconds of sound.
    Seconds(f64),
    /// Cycles (bars) at the set's tempo.
    Cycles(f64),
}

/// What to render.
#[derive(Clone, Debug)]
pub struct RenderRequest {
    /// The set.
    pub set: PathBuf,
    /// The file to write.
    pub out: PathBuf,
    /// How long.
    pub length: Length,
    /// Float or 24 bits.
    pub format: Format,
    /// Whether files that are there may be replaced.
    pub existing: Existing,
    /// Whether each strip gets a file of its own, after its fader.
    pub stems: bool,
    /// Rate, block and seed.
    pub options: Options,
}

/// What was rendered.
#[derive(Clone, Debug)]
pub struct RenderReport {
    /// Every file with what is known of it.
    pub files: Vec<(PathBuf, Written)>,
    /// Frames of each.
    pub frames: u64,
    /// Warnings of the set.
    pub messages: Vec<Message>,
    /// CPU seconds of the engine.
    pub cpu_secs: f64,
}

/// Why nothing was rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The set cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The set itself would be written over.
    #[error(transparent)]
    Own(#[from] OwnFile),
    /// It was cancelled; no file was left.
    #[error("cancelled: nothing was written")]
    Cancelled,
    /// The length is not a length.
    #[error("the length is {0}, expected more than 0 and at most a day")]
    Length(f64),
}

/// Renders a set. `progress` hears the share that is done; `cancel` ends it without leaving files.
///
/// # Errors
/// Faults of the set, or a file that cannot be written: in both cases no file is left half written.
pub fn render(
    request: &RenderRequest,
    registry: Arc<Registry>,
    progress: &mut dyn FnMut(f64),
    cancel: &AtomicBool,
) -> Result<RenderReport, RenderError> {
    let options = Options { wait_for_samples: true, ..request.options };
    let (mut session, mut engine) = Session::open(&request.set, registry, options)?;
    let frames = frames(request.length, &session, options.sample_rate)?;
    let spec = |channels| Spec { channels, sample_rate: options.sample_rate, format: request.format };
    session.not_own(&request.out)?;
    let main = Writer::create(&request.out, spec(2), request.existing)?;
    let mut stems = Vec::new();
    if request.stems {
        let strips = session.controller().strips();
        for (path, _, late) in &strips {
            let file = stem_path(&request.out, path);
            session.not_own(&file)?;
            let track = Track::new(Writer::create(&file, spec(2), request.existing)?, *late, frames);
            stems.push((file, track));
        }
        engine.tap(&strips.iter().map(|(_, slot, _)| *slot).collect::<Vec<_>>());
    }
    session.controller().transport(Move::Play, When::Frame(0));
    let mut cpu = 0;
    let mut main = Track::new(main, session.controller().plan().map_or(0, |plan| plan.latency), frames);
    let mut blocks = 0u64;
    while main.left > 0 || stems.iter().any(|(_, stem)| stem.left > 0) {
        if cancel.load(Ordering::Relaxed) {
            return Err(RenderError::Cancelled);
        }
        let before = crate::thread_cpu_ns();
        let heard = engine.block_now();
        cpu += crate::thread_cpu_ns() - before;
        main.write(heard)?;
        for (i, (_, stem)) in stems.iter_mut().enumerate() {
            stem.write(engine.tapped(i))?;
        }
        blocks += 1;
        if blocks.is_multiple_of(256) {
            progress((frames - main.left) as f64 / frames as f64);
        }
        session.poll();
    }
    progress(1.0);
    let mut files = vec![(request.out.clone(), main.writer.finish()?)];
    for (path, stem) in stems {
        files.push((path, stem.writer.finish()?));
    }
    let messages = session.messages().into_iter().filter(|m| !matches!(m, Message::Applied(_))).collect();
    Ok(RenderReport { files, frames, messages, cpu_secs: cpu as f64 / 1e9 })
}

/// A file in the making. What makes it late, such as a limiter that looks ahead, is left out: every file begins on the
/// grid.
struct Track {
    writer: Writer,
    /// Frames that are still to be left out, and then to be written.
    late: usize,
    left: u64,
    buffer: Vec<f32>,
}

impl Track {
    fn new(writer: Writer, late: u32, frames: u64) -> Track {
        Track { writer, late: late as usize, left: frames, buffer: Vec::new() }
    }

    fn write(&mut self, [left, right]: [&[f32]; 2]) -> Result<(), WriteError> {
        let skip = self.late.min(left.len());
        let take = self.left.min((left.len() - skip) as u64);
        self.buffer.clear();
        let frames = left.iter().zip(right).skip(skip).take(take as usize);
        self.buffer.extend(frames.flat_map(|(l, r)| [*l, *r]));
        self.writer.write(&self.buffer)?;
        (self.late, self.left) = (self.late - skip, self.left - take);
        Ok(())
    }
}

fn frames(length: Length, session: &Session, rate: u32) -> Result<u64, RenderError> {
    let main = &session.set().main;
    let (secs, said) = match length {
        Length::Seconds(s) => (s, s),
        Length::Cycles(c) => (c * f64::from(main.signature) * 60.0 / main.tempo, c),
    };
    if !(secs > 0.0 && secs <= 86_400.0) {
        return Err(RenderError::Length(said));
    }
    Ok((secs * f64::from(rate)).round() as u64)
}

/// The file that a render of a set writes when none is named.
pub fn default_out(set: &Path) -> PathBuf {
    let name = if set.is_dir() { set.file_name() } else { set.file_stem() };
    PathBuf::from(name.unwrap_or_else(|| "out".as_ref())).with_extension("wav")
}
