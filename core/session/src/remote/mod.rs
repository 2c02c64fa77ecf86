//! Other programs at a running set: editors, the read-eval loop and `eval --live` ask, the set answers and tells.
//!
//! A line is a JSON object. A client sends `{"id": 1, "do": "hush"}` and gets one answer for it, `{"id": 1, "done":
//! {…}}`, `{"id": 1, "failed": {…}}`, `{"id": 1, "status": {…}}` or `{"id": 1, "sources": […]}`; besides, the set tells what happens, as in
//! `{"tell": "evaluated", …}`. [`Request`], [`Response`] and [`Notice`] are all there is. Nothing here knows how a
//! request is carried out: whoever runs the set takes [`Remote::requests`] and gives an [`Remote::answer`] to each.

mod client;
mod fault;
mod place;
mod quant;
mod request;
mod response;
#[cfg(test)]
mod tests;

pub use bf_io::local::{LocalError, MAX_LINE};
pub use client::{Caller, Incoming};
pub use fault::Fault;
pub use place::folder_of;
pub use quant::{Quant, QuantError};
pub use request::{Call, Evaluate, Part, Record, Request};
pub use response::{Answer, Changed, Failed, Notice, Response, Sounding, Status};

use bf_io::local::{ClientId, Line, Server};
use std::collections::BTreeSet;
use std::path::Path;

/// The clients of a running set. No call waits, so that the control thread may make them.
pub struct Remote {
    server: Server,
    watchers: BTreeSet<ClientId>,
}

/// Whom a request is from: each wants one answer.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the client waits for an answer"]
pub struct Ticket {
    client: ClientId,
    id: u64,
}

impl Remote {
    /// Listens in a set's folder.
    ///
    /// # Errors
    /// Another program plays the set, or the system refuses: the set can play without.
    pub fn open(folder: &Path) -> Result<Remote, LocalError> {
        Server::open(folder).map(|server| Remote { server, watchers: BTreeSet::new() })
    }

    /// Where it listens.
    pub fn socket(&self) -> &Path {
        self.server.socket()
    }

    /// Requests that came in since the last call, those of each client in their order. [`Request::Watch`] and what is
    /// no request are answered here.
    pub fn requests(&mut self) -> Vec<(Ticket, Request)> {
        let mut requests = Vec::new();
        for (client, line) in self.server.lines() {
            match read(&line) {
                Ok(Call { id, request: Request::Watch { on } }) => {
                    if on {
                        self.watchers.insert(client);
                    } else {
                        self.watchers.remove(&client);
                    }
                    self.answer(Ticket { client, id }, Response::Done(Changed::default()));
                }
                Ok(Call { id, request }) => requests.push((Ticket { client, id }, request)),
                Err((id, why)) => self.answer(Ticket { client, id }, Response::failed(why)),
            }
        }
        let server = &self.server;
        self.watchers.retain(|watcher| server.clients().any(|client| client == *watcher));
        requests
    }

    /// Answers a request.
    pub fn answer(&mut self, ticket: Ticket, response: Response) {
        let Ticket { client, id } = ticket;
        self.server.answer(client, text(&Answer { id, response }));
    }

    /// Tells those who watch. Who does not read misses it.
    pub fn tell(&mut self, notice: &Notice) {
        if self.watchers.is_empty() {
            return;
        }
        let line = text(notice);
        for watcher in &self.watchers {
            self.server.tell(*watcher, &line);
        }
    }

    /// Whether anyone watches: else nothing need be collected for [`Notice::Sounding`].
    pub fn is_watched(&self) -> bool {
        !self.watchers.is_empty()
    }
}

/// The request in a line, or its number, where it has one, and what is wrong.
fn read(line: &Line) -> Result<Call, (u64, String)> {
    match line {
        Line::Text(line) => serde_json::from_str(line).map_err(|e| {
            let id = serde_json::from_str::<serde_json::Value>(line).ok().and_then(|v| v["id"].as_u64());
            (id.unwrap_or(0), format!("not a request: {e}"))
        }),
        Line::TooLong => Err((0, format!("a request has at most {MAX_LINE} bytes"))),
        Line::NotText => Err((0, "a request is a JSON object in UTF-8".to_owned())),
    }
}

/// One line. What is sent are texts, numbers and lists of them, of which none fails.
fn text(message: &impl serde::Serialize) -> String {
    serde_json::to_string(message).unwrap_or_default()
}
