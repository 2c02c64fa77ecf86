//! Recording what is heard, while it plays.

use super::{Message, Session};
use crate::recorder::loud::HeardLoudness;
use crate::recorder::{Keeps, News, Recorder};
use bf_engine::Engine;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What of what was heard is kept without being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepLast {
    /// The last ten minutes, in a file of 230 MB in the set's own folder.
    TenMinutes,
    /// Nothing.
    Nothing,
}

impl Session {
    /// Makes it possible to record an engine that does not play yet.
    pub fn arm_recorder(&mut self, engine: &mut Engine, keep: KeepLast) {
        let root = &self.folder.root;
        let own = if root.as_os_str().is_empty() { PathBuf::from(".beatforge") } else { root.join(".beatforge") };
        let notes = crate::sounds::data_folder().map(|data| data.join("recordings"));
        let keeps = Keeps { own: &own, notes: notes.as_deref(), last: keep == KeepLast::TenMinutes };
        match Recorder::new(&mut self.controller, engine, keeps) {
            Ok(recorder) => self.recorder = Some(recorder),
            Err(why) => self.messages.push(Message::Problem(why)),
        }
    }

    /// How loud what is heard is; `None` where nothing can be recorded.
    pub fn loudness(&self) -> Option<Arc<HeardLoudness>> {
        self.recorder.as_ref().map(|recorder| Arc::clone(recorder.loudness()))
    }

    /// Records what is heard into a WAV file from now on, and what enters the end of the set into files of a folder.
    /// The number of what [`Message::Answered`] says of it.
    ///
    /// # Errors
    /// It is recording already, or cannot.
    pub fn start_recording(&mut self, out: &Path, stems: Option<&Path>) -> Result<u64, String> {
        let recorder = self.recorder.as_mut().ok_or("nothing can be recorded here")?;
        let request = self.scripts.request();
        recorder.start(request, (out.to_owned(), stems.map(Path::to_owned)), &mut self.controller)?;
        Ok(request)
    }

    /// The file into which is recorded; none where nothing is being recorded.
    pub fn recording(&self) -> Option<&Path> {
        self.recorder.as_ref()?.recording()
    }

    /// Ends the recording; a message says what was recorded.
    ///
    /// # Errors
    /// Nothing is being recorded.
    pub fn stop_recording(&mut self) -> Result<(), String> {
        let recorder = self.recorder.as_mut().ok_or("nothing is being recorded")?;
        recorder.stop(&mut self.controller)
    }

    /// Writes the last seconds that were heard into a WAV file. The number of what [`Message::Answered`] says once it is
    /// there.
    ///
    /// # Errors
    /// So much is not kept.
    pub fn record_last(&mut self, secs: f64, out: &Path) -> Result<u64, String> {
        let recorder = self.recorder.as_ref().ok_or("what was heard last is not kept here")?;
        let request = self.scripts.request();
        recorder.last(request, secs, out.to_owned())?;
        Ok(request)
    }

    /// Waits until all that is recorded is written, and answers what there is to say of it. Nothing is recorded after it.
    pub fn end_recorder(&mut self) -> Vec<Message> {
        let news = self.recorder.take().map(Recorder::end).unwrap_or_default();
        news.into_iter().map(message).collect()
    }

    pub(super) fn poll_recorder(&mut self) {
        let Some(recorder) = &mut self.recorder else { return };
        let news = recorder.poll(&mut self.controller);
        self.messages.extend(news.into_iter().map(message));
    }
}

fn message(news: News) -> Message {
    match news {
        News::Told(text) => Message::Told(text),
        News::Problem(text) | News::Ended(text) => Message::Problem(text),
        News::Answer(request, result) => Message::Answered { request, result },
        News::Refused(request, why) => Message::Answered { request, result: Err(why) },
    }
}
