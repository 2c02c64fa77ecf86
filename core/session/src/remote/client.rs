//! The side that asks.

use super::{Answer, Call, LocalError, Notice, Request, Response, folder_of, text};
use bf_io::local::{Client, Line};
use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant};

/// Notices that are kept while an answer is waited for; of more, the newest.
const KEPT: usize = 1024;

/// A connection to a running set.
pub struct Caller {
    client: Client,
    next: u64,
    notices: VecDeque<Notice>,
}

/// What comes from a set.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// The answer to the request with this number.
    Answer(u64, Response),
    /// Something that is told to all who watch.
    Notice(Notice),
}

impl Caller {
    /// Connects to the set that plays a file or folder.
    ///
    /// # Errors
    /// No program plays it, or the system refuses.
    pub fn connect(path: &Path) -> Result<Caller, LocalError> {
        let client = Client::connect(&folder_of(path))?;
        Ok(Caller { client, next: 1, notices: VecDeque::new() })
    }

    /// Sends a request and goes on; the number that its answer will bear.
    ///
    /// # Errors
    /// The set has closed.
    pub fn send(&mut self, request: Request) -> Result<u64, LocalError> {
        let id = self.next;
        self.next += 1;
        self.client.send(&text(&Call { id, request }))?;
        Ok(id)
    }

    /// What has come in; none where nothing comes in time. What is neither answer nor notice is passed over.
    ///
    /// # Errors
    /// The set has closed.
    pub fn receive(&mut self, wait: Duration) -> Result<Option<Incoming>, LocalError> {
        match self.notices.pop_front() {
            Some(notice) => Ok(Some(Incoming::Notice(notice))),
            None => self.read(wait),
        }
    }

    /// Sends a request and waits for its answer; notices are kept for [`Caller::receive`]. None where none comes in
    /// time.
    ///
    /// # Errors
    /// The set has closed.
    pub fn ask(&mut self, request: Request, wait: Duration) -> Result<Option<Response>, LocalError> {
        let until = Instant::now() + wait;
        let asked = self.send(request)?;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            match self.read(left)? {
                Some(Incoming::Answer(id, response)) if id == asked => return Ok(Some(response)),
                Some(Incoming::Notice(notice)) => {
                    if self.notices.len() == KEPT {
                        self.notices.pop_front();
                    }
                    self.notices.push_back(notice);
                }
                // A late answer to another request.
                Some(Incoming::Answer(..)) => {}
                None => break,
            }
        }
        Ok(None)
    }

    fn read(&mut self, wait: Duration) -> Result<Option<Incoming>, LocalError> {
        let until = Instant::now() + wait;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Some(line) = self.client.receive(left)? else { return Ok(None) };
            let Line::Text(line) = line else { continue };
            if let Ok(notice) = serde_json::from_str(&line) {
                return Ok(Some(Incoming::Notice(notice)));
            }
            if let Ok(Answer { id, response }) = serde_json::from_str(&line) {
                return Ok(Some(Incoming::Answer(id, response)));
            }
        }
    }
}
