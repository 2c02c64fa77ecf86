//! A WebSocket: what comes is read here, what goes is written by a thread of its own, whole frames at a time.

use super::door::{Asked, ClientId, Count, Door};
use super::talk::{PATIENCE, is_wait};
use super::{QueryServer, talk};
use crate::osc::{Outbox, decode};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message};

/// Without a word for so long, a client is asked whether it is there.
const QUIET: Duration = Duration::from_secs(20);
/// So often in a row, and without an answer, it is not.
const UNHEARD: u32 = 3;
/// So many packets in a row that were none, and this is no OSC.
const FAULTS: u32 = 64;
/// The thread that writes does nothing else.
const STACK: usize = 128 * 1024;

/// A frame with text.
pub(super) fn text(text: &str) -> Vec<u8> {
    frame(text.as_bytes(), Data::Text)
}

/// A frame with an OSC packet.
pub(super) fn binary(packet: &[u8]) -> Vec<u8> {
    frame(packet, Data::Binary)
}

fn frame(bytes: &[u8], kind: Data) -> Vec<u8> {
    formatted(Frame::message(bytes.to_vec(), OpCode::Data(kind), true))
}

fn formatted(frame: Frame) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(frame.len());
    // Writing to memory does not fail.
    let _ = frame.format(&mut bytes);
    bytes
}

/// Agrees to a WebSocket, and hands on what comes until one side has enough.
pub(super) fn talk(
    door: &Arc<Door>,
    client: ClientId,
    mut stream: &TcpStream,
    read: Vec<u8>,
    key: &str,
    (address, browser): (SocketAddr, bool),
) -> io::Result<()> {
    let accept = derive_accept_key(key.as_bytes());
    stream.write_all(
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        )
        .as_bytes(),
    )?;
    stream.set_read_timeout(Some(QUIET))?;
    let outbox = Arc::new(Outbox::default());
    let writer = start_writer(door, stream, &outbox)?;
    if door.upgrade(client, &outbox) {
        door.put(Asked::Opened { client, address, browser }, 0);
        let mut half = Half { stream, outbox: &outbox };
        listen(door, client, &mut half, read);
        door.put(Asked::Closed(client), 0);
    }
    // What was said last, such as a farewell, still goes out.
    outbox.finish();
    let _ = writer.join();
    Ok(())
}

/// The reading half of a stream. What the reader wants to write, answers to pings and farewells, waits its turn.
struct Half<'a> {
    stream: &'a TcpStream,
    outbox: &'a Outbox,
}

impl Read for Half<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.read(into)
    }
}

impl Write for Half<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outbox.push(bytes).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn listen(door: &Door, client: ClientId, half: &mut Half<'_>, read: Vec<u8>) {
    let config = WebSocketConfig::default()
        .read_buffer_size(8 * 1024)
        .write_buffer_size(0)
        .max_message_size(Some(QueryServer::MESSAGE))
        .max_frame_size(Some(QueryServer::MESSAGE));
    let mut context = WebSocketContext::from_partially_read(read, Role::Server, Some(config));
    let (mut quiet, mut faults) = (0, 0);
    while !door.stopped() && quiet < UNHEARD && faults < FAULTS {
        let message = match context.read(half) {
            Ok(message) => message,
            Err(Error::Io(error)) if is_wait(&error) => {
                quiet += 1;
                let ping = formatted(Frame::ping(Vec::new()));
                match half.outbox.push(&ping) {
                    Ok(()) => continue,
                    Err(_) => return,
                }
            }
            Err(error) => {
                if matches!(error, Error::Protocol(_) | Error::Capacity(_) | Error::Utf8(_)) {
                    door.count(Count::Malformed);
                }
                return;
            }
        };
        quiet = 0;
        faults = if hand_on(door, client, &message) { 0 } else { faults + 1 };
    }
}

/// Hands a message on; false for a packet that is none.
fn hand_on(door: &Door, client: ClientId, message: &Message) -> bool {
    let put = |asked, bytes| {
        if door.put(asked, bytes) {
            door.count(Count::Message);
        }
    };
    match message {
        Message::Text(text) => put(Asked::Text(client, text.as_str().to_owned()), text.len()),
        Message::Binary(bytes) => {
            let arrival = door.now();
            match decode(bytes) {
                Ok(packet) => put(Asked::Packet(client, packet.to_owned(), arrival), bytes.len()),
                Err(_) => {
                    door.count(Count::Malformed);
                    return false;
                }
            }
        }
        _ => {}
    }
    true
}

fn start_writer(door: &Arc<Door>, stream: &TcpStream, outbox: &Arc<Outbox>) -> io::Result<JoinHandle<()>> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let (mut stream, outbox, door) = (stream.try_clone()?, Arc::clone(outbox), Arc::clone(door));
    Builder::new().name("bf-query-write".into()).stack_size(STACK).spawn(move || {
        while let Some(frame) = outbox.next() {
            if let Err(error) = stream.write_all(&frame) {
                if talk::is_wait(&error) {
                    door.count(Count::Slow);
                }
                outbox.close();
            }
        }
        // Wakes the one that reads.
        let _ = stream.shutdown(Shutdown::Both);
    })
}
