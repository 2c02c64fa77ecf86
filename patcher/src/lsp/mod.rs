//! `beatforge lsp`: what editors ask of a language server, from the declarations; and the way to the set that plays.
//!
//! Diagnostics, help and completion need no set that plays. The commands `beatforge.evalBlock`, `.evalLine`, `.evalAll`,
//! `.hush` and `.unhush` go to the set of the file's folder; what sounds there comes back as the notification
//! `beatforge/sounding`.

mod action;
pub(crate) mod banks;
pub(crate) mod check;
mod command;
pub(crate) mod complete;
mod fault;
pub(crate) mod hover;
mod live;
mod server;
pub(crate) mod text;
pub(crate) mod trace;

use crate::cli::End;
use crossbeam_channel::{bounded, select};
use lsp_server::{Connection, Message};
use server::Server;

/// Events of the own threads that wait for the server; they wait for room.
const EVENTS: usize = 1024;

/// What the own threads tell the server.
enum Event {
    Checked(check::Checked),
    Answered(Box<live::Answered>),
    Told(bf_session::remote::Notice),
}

/// Serves the editor at standard input and output until it leaves.
pub(crate) fn run() -> End {
    let (connection, threads) = Connection::stdio();
    let done = serve(&connection).map_err(|e| e.to_string());
    drop(connection);
    match done.and_then(|()| threads.join().map_err(|e| e.to_string())) {
        Ok(()) => End::Done,
        Err(why) => {
            eprintln!("{why}");
            End::Failed
        }
    }
}

fn serve(connection: &Connection) -> Result<(), Box<dyn std::error::Error + Sync + Send>> {
    connection.initialize(serde_json::to_value(server::capabilities())?)?;
    let (sender, events) = bounded(EVENTS);
    let mut server = Server::start(connection.sender.clone(), sender)?;
    loop {
        select! {
            recv(connection.receiver) -> message => match message {
                Ok(Message::Request(request)) => {
                    if connection.handle_shutdown(&request)? {
                        return Ok(());
                    }
                    server.request(request);
                }
                Ok(Message::Notification(notification)) => server.notification(notification),
                // Answers to what was only told.
                Ok(Message::Response(_)) => {}
                Err(_) => return Ok(()),
            },
            recv(events) -> event => if let Ok(event) = event {
                server.event(event);
            },
        }
    }
}
