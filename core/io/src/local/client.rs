//! The side that connects.

use super::line::{Line, next};
use super::net::UnixStream;
use super::{LocalError, place};
use std::io::{BufReader, Write};
use std::net::Shutdown;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::Builder;
use std::time::Duration;

/// Lines from the server that wait to be read.
const INBOX: usize = 256;
/// How long a server that reads nothing is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection to the program that serves a folder.
pub struct Client {
    stream: UnixStream,
    inbox: Receiver<Line>,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// No program serves the folder, or the system refuses.
    pub fn connect(folder: &Path) -> Result<Client, LocalError> {
        let stream = place::connect(folder)?;
        let doing = "connecting";
        stream.set_write_timeout(Some(PATIENCE)).map_err(LocalError::system(doing))?;
        let mut reader = BufReader::new(stream.try_clone().map_err(LocalError::system(doing))?);
        let (to_inbox, inbox) = sync_channel(INBOX);
        let thread = Builder::new().name("bf-local-client".into()).spawn(move || {
            while let Some(line) = next(&mut reader) {
                if to_inbox.send(line).is_err() {
                    break;
                }
            }
        });
        thread.map_err(LocalError::system("starting a thread"))?;
        Ok(Client { stream, inbox })
    }

    /// Sends a line, which holds no line feed.
    ///
    /// # Errors
    /// The server has closed, or does not read.
    pub fn send(&mut self, line: &str) -> Result<(), LocalError> {
        let bytes = [line.as_bytes(), b"\n"].concat();
        self.stream.write_all(&bytes).map_err(|_| LocalError::Closed)
    }

    /// The next line; none where none comes in time.
    ///
    /// # Errors
    /// The server has closed.
    pub fn receive(&mut self, wait: Duration) -> Result<Option<Line>, LocalError> {
        match self.inbox.recv_timeout(wait) {
            Ok(line) => Ok(Some(line)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(LocalError::Closed),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
