//! One connection: requests one after another, until it becomes a WebSocket or ends.

use super::door::{Asked, ClientId, Count, Door, reply};
use super::head::{self, Head, Wants};
use super::{Answer, QueryServer, web};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the head of a request may take, and a connection stay without one.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long the set may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// How long the other side may leave what is sent unread before it is dropped.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// How long, and how many reads, a client that was refused may take to read why.
const LINGER: Duration = Duration::from_millis(500);
const LINGER_CHUNKS: usize = 64;
/// Requests of one connection: one that asks for ever gives its place to another once.
const REQUESTS: usize = 10_000;

/// Talks with a client until one side has enough.
pub(super) fn talk(door: &Arc<Door>, client: ClientId, stream: TcpStream, address: SocketAddr) {
    let served = serve(door, client, &stream, address);
    let _ = stream.shutdown(Shutdown::Both);
    if matches!(&served, Err(error) if error.kind() == io::ErrorKind::WouldBlock && !door.stopped()) {
        door.count(Count::Slow);
    }
    door.leave(client);
}

fn serve(door: &Arc<Door>, client: ClientId, stream: &TcpStream, address: SocketAddr) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut bytes = Vec::new();
    for _ in 0..REQUESTS {
        let (len, request) = match next(stream, &mut bytes)? {
            Some(Ok(whole)) => whole,
            Some(Err(status)) => {
                door.count(Count::Malformed);
                let answer = Answer { status, body: String::new() };
                respond(stream, &answer, Body::Sent, Stay::Ends)?;
                return linger(stream);
            }
            None => return Ok(()),
        };
        bytes.drain(..len);
        door.count(Count::Request);
        let stay = if request.keeps { Stay::Keeps } else { Stay::Ends };
        match request.wants {
            Wants::Answer { question, body } => {
                let body = if body { Body::Sent } else { Body::Named };
                respond(stream, &ask(door, question), body, stay)?;
            }
            Wants::Options => respond(stream, &Answer { status: 204, body: String::new() }, Body::Sent, stay)?,
            Wants::Socket { key, browser } => return web::talk(door, client, stream, bytes, &key, (address, browser)),
        }
        if !request.keeps {
            return Ok(());
        }
    }
    Ok(())
}

/// The next request, waited for; `None` where the other side has ended.
fn next(mut stream: &TcpStream, bytes: &mut Vec<u8>) -> io::Result<Option<Result<(usize, head::Request), u16>>> {
    let until = Instant::now() + HEAD_TIME;
    let mut chunk = [0; 2048];
    loop {
        match head::read(bytes) {
            Head::Whole(len, request) => return Ok(Some(Ok((len, request)))),
            Head::Bad(status) => return Ok(Some(Err(status))),
            Head::More => {}
        }
        // However slowly it comes: the head as a whole has its time.
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(if bytes.is_empty() { None } else { Some(Err(408)) });
        }
        stream.set_read_timeout(Some(left))?;
        let room = chunk.len().min(QueryServer::HEAD - bytes.len());
        match stream.read(&mut chunk[..room]) {
            Ok(0) => return Ok(None),
            Ok(len) => bytes.extend_from_slice(&chunk[..len]),
            Err(error) if is_wait(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether a read has only found nothing in its time.
pub(super) fn is_wait(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

fn ask(door: &Door, question: super::Question) -> Answer {
    let (reply, awaited) = reply();
    let bytes = question.path.len();
    let busy = || Answer { status: 503, body: "{}".to_owned() };
    if !door.put(Asked::Question(question, reply), bytes) {
        return busy();
    }
    awaited.wait(ANSWER).unwrap_or_else(|_| busy())
}

/// Reads what the other side still sends, for a while: an end while it does would take the answer from it, too.
fn linger(mut stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(LINGER))?;
    let mut chunk = [0; 2048];
    for _ in 0..LINGER_CHUNKS {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Whether a body is sent or only its length said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Sent,
    Named,
}

/// Whether the connection stays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stay {
    Keeps,
    Ends,
}

fn respond(mut stream: &TcpStream, answer: &Answer, body: Body, stay: Stay) -> io::Result<()> {
    let status = answer.status;
    let mut text = format!("HTTP/1.1 {status} {}\r\n", reason(status));
    // Pages of any origin may read: they are made to be opened from wherever they come. What they may write is less.
    text.push_str("Access-Control-Allow-Origin: *\r\nCache-Control: no-store\r\n");
    if status != 204 {
        text.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", answer.body.len()));
    }
    match status {
        405 => text.push_str("Allow: GET, HEAD, OPTIONS\r\n"),
        426 => text.push_str("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"),
        _ => {}
    }
    text.push_str(if stay == Stay::Keeps { "Connection: keep-alive\r\n\r\n" } else { "Connection: close\r\n\r\n" });
    if body == Body::Sent && status != 204 {
        text.push_str(&answer.body);
    }
    stream.write_all(text.as_bytes())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        426 => "Upgrade Required",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Bad Request",
    }
}
