//! The side that many connect to.

use super::line::{Line, next};
use super::net::{UnixListener, UnixStream};
use super::place::Place;
use super::{LocalError, MAX_CLIENTS};
use std::io::{BufReader, Write};
use std::net::Shutdown;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// Lines of one client that wait to be taken; then its reader waits, and with it the client.
const INBOX: usize = 16;
/// Lines that wait to be sent to one client.
const OUTBOX: usize = 64;
/// Lines taken of one client at a time, so that one that floods leaves the others their turn.
const AT_ONCE: usize = 8;
/// How long a client that reads nothing holds a line up before it is dropped.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a client that has said its last is kept for answers.
const LINGER: Duration = Duration::from_secs(10);

/// A client. Numbers are not used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(u64);

/// Serves a folder until it is dropped. No call waits.
pub struct Server {
    place: Place,
    stop: Arc<AtomicBool>,
    arrivals: Receiver<Client>,
    clients: Vec<Client>,
    thread: Option<JoinHandle<()>>,
}

struct Client {
    id: ClientId,
    stream: UnixStream,
    inbox: Receiver<Line>,
    outbox: SyncSender<String>,
    /// Set by the thread that writes, when it cannot.
    deaf: Arc<AtomicBool>,
    /// Lines taken and not yet answered.
    pending: usize,
    /// When it said its last.
    ended: Option<Instant>,
    /// Counts the clients that are open.
    _open: Open,
}

/// One of the open clients.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Server {
    /// Listens for programs of the same user.
    ///
    /// # Errors
    /// Another program serves the folder already, or the system refuses.
    pub fn open(folder: &Path) -> Result<Server, LocalError> {
        let (place, listener) = Place::take(folder)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (outbox, arrivals) = sync_channel(MAX_CLIENTS);
        let stopped = Arc::clone(&stop);
        let thread = Builder::new()
            .name("bf-local".into())
            .spawn(move || accept(&listener, &outbox, &stopped))
            .map_err(LocalError::system("starting a thread"))?;
        Ok(Server { place, stop, arrivals, clients: Vec::new(), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn socket(&self) -> &Path {
        &self.place.socket
    }

    /// The clients that are connected.
    pub fn clients(&self) -> impl Iterator<Item = ClientId> {
        self.clients.iter().map(|client| client.id)
    }

    /// Lines that came in since the last call, those of each client in their order. Each wants one
    /// [`answer`](Server::answer).
    pub fn lines(&mut self) -> Vec<(ClientId, Line)> {
        self.clients.extend(self.arrivals.try_iter());
        let mut lines = Vec::new();
        for client in &mut self.clients {
            for _ in 0..AT_ONCE {
                match client.inbox.try_recv() {
                    Ok(line) => {
                        client.pending += 1;
                        lines.push((client.id, line));
                    }
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        client.ended.get_or_insert_with(Instant::now);
                        break;
                    }
                }
            }
        }
        self.clients.retain(|client| {
            let ended = client.ended.is_some_and(|at| client.pending == 0 || at.elapsed() > LINGER);
            !ended && !client.deaf.load(Ordering::Acquire)
        });
        lines
    }

    /// Sends the answer to a line. A client that leaves too many unread is dropped.
    pub fn answer(&mut self, client: ClientId, line: String) {
        let Some(at) = self.clients.iter().position(|c| c.id == client) else { return };
        self.clients[at].pending = self.clients[at].pending.saturating_sub(1);
        if self.clients[at].outbox.try_send(line).is_err() {
            self.clients.remove(at);
        }
    }

    /// Sends a line that nobody asked for. False when the client has too many unread, or is gone.
    pub fn tell(&mut self, client: ClientId, line: &str) -> bool {
        let found = self.clients.iter().find(|c| c.id == client);
        found.is_some_and(|c| !matches!(c.outbox.try_send(line.to_owned()), Err(TrySendError::Full(_))))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // What waits is still sent: the writer shuts the stream when it has nothing more. The reader is woken here.
        let _ = self.stream.shutdown(Shutdown::Read);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // Only to wake the thread that accepts; where that fails it stays, and ends with the program.
        if UnixStream::connect(&self.place.socket).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &UnixListener, arrivals: &SyncSender<Client>, stop: &AtomicBool) {
    let open = Arc::new(AtomicUsize::new(0));
    let mut number = 0;
    loop {
        let stream = listener.accept();
        if stop.load(Ordering::Acquire) {
            return;
        }
        let Ok((mut stream, _)) = stream else {
            // Out of file handles, as a rule: others may close some.
            std::thread::sleep(Duration::from_millis(50));
            continue;
        };
        let _ = stream.set_write_timeout(Some(PATIENCE));
        let taken = Open(Arc::clone(&open));
        if open.fetch_add(1, Ordering::AcqRel) >= MAX_CLIENTS {
            let _ = stream.write_all(b"{\"refused\":\"too many programs are connected to this set\"}\n");
            continue;
        }
        number += 1;
        if let Ok(client) = Client::start(ClientId(number), stream, taken)
            && arrivals.send(client).is_err()
        {
            return;
        }
    }
}

impl Client {
    fn start(id: ClientId, stream: UnixStream, open: Open) -> std::io::Result<Client> {
        let (to_inbox, inbox) = sync_channel(INBOX);
        let (outbox, from_outbox) = sync_channel::<String>(OUTBOX);
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut writer = stream.try_clone()?;
        let deaf = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&deaf);
        Builder::new().name("bf-local-read".into()).spawn(move || {
            while let Some(line) = next(&mut reader) {
                if to_inbox.send(line).is_err() {
                    break;
                }
            }
        })?;
        Builder::new().name("bf-local-write".into()).spawn(move || {
            for mut line in from_outbox {
                line.push('\n');
                if writer.write_all(line.as_bytes()).is_err() {
                    heard.store(true, Ordering::Release);
                    break;
                }
            }
            let _ = writer.shutdown(Shutdown::Both);
        })?;
        Ok(Client { id, stream, inbox, outbox, deaf, pending: 0, ended: None, _open: open })
    }
}
