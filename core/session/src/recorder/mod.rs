//! What is heard goes to files while it plays: to a recording that was started, and to one that is always there and
//! holds the last ten minutes.
//!
//! The engine sends pieces of 64 frames into a ring that holds [`AHEAD_SECS`]: 1.6 MB for what is heard, and as much for
//! each stem while stems are recorded. A thread of its own takes them out and writes them: a disk that stands still for
//! less than that costs nothing, and one that stands still for longer leaves a gap of silence, which is told. The last
//! ten minutes lie in a file of 230 MB in the set's own folder, not in memory; it goes when the program ends.

mod cut_off;
mod last;
pub(crate) mod loud;
#[cfg(test)]
mod tests;
mod thread;

use bf_engine::{Controller, Engine, Sound, Stem};
use loud::{HeardLoudness, Listener};
use rtrb::Consumer;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use thread::{Files, Hold};

/// How long the disk may stand still.
const AHEAD_SECS: usize = 4;
/// How much of what was heard last is kept.
const LAST_SECS: u64 = 600;
/// Orders and news on their way.
const NEWS: usize = 64;

/// Something that a recorder is told to do.
enum Order {
    /// To write what is heard from a frame on, and what enters the end of the set into a folder.
    Start { request: u64, out: PathBuf, stems: Option<PathBuf>, at: u64 },
    /// Other stems from here on.
    Stems(Vec<String>, Consumer<Sound>),
    /// To end the recording.
    Stop,
    /// To write what was heard last.
    Last { request: u64, secs: f64, out: PathBuf },
}

/// Where a recorder keeps what it needs, and what of what was heard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keeps<'a> {
    /// The set's own folder.
    pub own: &'a Path,
    /// The folder of the notes of what is being recorded, outside of every set.
    pub notes: Option<&'a Path>,
    /// Whether the last ten minutes are kept there.
    pub last: bool,
}

/// Something that a recorder has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Something to know.
    Told(String),
    /// Something is wrong.
    Problem(String),
    /// The recording has ended by itself.
    Ended(String),
    /// What became of a request.
    Answer(u64, Result<String, String>),
    /// Why a request began no recording.
    Refused(u64, String),
}

/// The control thread's end of the recorder. Dropped, it ends what is being recorded, and waits for that.
pub(crate) struct Recorder {
    orders: Option<SyncSender<Order>>,
    news: Receiver<News>,
    thread: Option<JoinHandle<()>>,
    frames: usize,
    /// The stems that are recorded; none where none are wanted.
    stems: Option<Vec<Stem>>,
    /// What is being recorded.
    recording: Option<PathBuf>,
    loudness: Arc<HeardLoudness>,
}

impl Recorder {
    /// Listens to an engine that does not play yet. What a program before has left cut off is made whole.
    ///
    /// # Errors
    /// The system grants no thread.
    pub(crate) fn new(controller: &mut Controller, engine: &mut Engine, keeps: Keeps<'_>) -> Result<Recorder, String> {
        Recorder::held(controller, engine, keeps, None)
    }

    fn held(
        controller: &mut Controller,
        engine: &mut Engine,
        keeps: Keeps<'_>,
        hold: Option<Hold>,
    ) -> Result<Recorder, String> {
        let rate = engine.sample_rate();
        let frames = rate as usize * AHEAD_SECS;
        let sound = controller.keep_sound(engine, frames);
        let ((orders, to_do), (tell, news)) = (sync_channel(NEWS), sync_channel(NEWS));
        let (own, notes, last) = (keeps.own.to_owned(), keeps.notes.map(Path::to_owned), keeps.last);
        let loudness = Arc::new(HeardLoudness::default());
        let listener = Listener::new(rate, Arc::clone(&loudness));
        let run = move || {
            let keeps = Keeps { own: &own, notes: notes.as_deref(), last };
            Files::new((rate, sound, listener), (to_do, tell), keeps, hold).run();
        };
        let thread = std::thread::Builder::new().name("bf-recorder".into()).spawn(run);
        let thread = thread.map_err(|e| format!("nothing can be recorded: {e}"))?;
        let (orders, thread) = (Some(orders), Some(thread));
        Ok(Recorder { orders, news, thread, frames, stems: None, recording: None, loudness })
    }

    /// The file into which is recorded.
    pub(crate) fn recording(&self) -> Option<&Path> {
        self.recording.as_deref()
    }

    /// How loud what is heard is.
    pub(crate) fn loudness(&self) -> &Arc<HeardLoudness> {
        &self.loudness
    }

    fn order(&self, order: Order) -> Result<(), String> {
        let Some(orders) = &self.orders else { return Err("nothing is recorded any more".to_owned()) };
        orders.try_send(order).map_err(|e| match e {
            TrySendError::Full(_) => "the recorder has too much to do: try again".to_owned(),
            TrySendError::Disconnected(_) => "the recorder has ended".to_owned(),
        })
    }

    /// Begins a recording; news says whether that could be done.
    pub(crate) fn start(
        &mut self,
        request: u64,
        (out, stems): (PathBuf, Option<PathBuf>),
        controller: &mut Controller,
    ) -> Result<(), String> {
        if self.recording.is_some() {
            return Err("it is recording already; stop that first".to_owned());
        }
        let wants_stems = stems.is_some();
        let at = controller.shared().status().frame;
        self.order(Order::Start { request, out: out.clone(), stems, at })?;
        self.recording = Some(out);
        self.stems = wants_stems.then(Vec::new);
        self.follow(controller);
        Ok(())
    }

    /// Ends a recording.
    pub(crate) fn stop(&mut self, controller: &mut Controller) -> Result<(), String> {
        if self.recording.is_none() {
            return Err("nothing is being recorded".to_owned());
        }
        self.order(Order::Stop)?;
        self.ended(controller);
        Ok(())
    }

    fn ended(&mut self, controller: &mut Controller) {
        self.recording = None;
        if self.stems.take().is_some() {
            let _none = controller.keep_stems(&[], 0);
        }
    }

    /// Writes what was heard last into a file; news says when it is there, or why not.
    pub(crate) fn last(&self, request: u64, secs: f64, out: PathBuf) -> Result<(), String> {
        if !(secs > 0.0 && secs <= LAST_SECS as f64) {
            return Err(format!("the last {secs} s are not kept: name 1 to {LAST_SECS} s"));
        }
        self.order(Order::Last { request, secs, out })
    }

    /// Follows what enters the end of the set, and hears what there is to tell.
    pub(crate) fn poll(&mut self, controller: &mut Controller) -> Vec<News> {
        let news: Vec<News> = self.news.try_iter().collect();
        if news.iter().any(|news| matches!(news, News::Ended(_) | News::Refused(..))) {
            self.ended(controller);
        }
        self.follow(controller);
        news
    }

    /// Ends all of it, and answers what there is to tell.
    pub(crate) fn end(mut self) -> Vec<News> {
        self.join();
        self.news.try_iter().collect()
    }

    fn join(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A thread that has panicked has nothing more to write.
            let _ = thread.join();
        }
    }

    fn follow(&mut self, controller: &mut Controller) {
        let Some(stems) = &mut self.stems else { return };
        let now = controller.stems();
        if now == *stems {
            return;
        }
        // Where an earlier list is still on its way, this one goes later.
        if let Some(sound) = controller.keep_stems(&now, self.frames) {
            let names = names(&now);
            *stems = now;
            let _ended = self.order(Order::Stems(names, sound));
        }
    }
}

/// The names of stems, each once, as the engine counts them.
fn names(stems: &[Stem]) -> Vec<String> {
    let mut names: Vec<String> = stems.iter().map(|stem| stem.path.clone()).collect();
    names.dedup();
    names
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.join();
    }
}
