//! Questions over HTTP.

use super::{SOON, open, serve, until};
use crate::query::{Asked, QueryServer};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream
}

/// All that comes until the server ends the connection.
fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    // A connection that is reset has ended, too.
    let _ = stream.read_to_string(&mut text);
    text
}

fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = connect(address);
    let _ = stream.write_all(request.as_bytes());
    rest(stream)
}

#[test]
fn requests_of_one_connection_are_answered_in_order() {
    let server = open();
    let address = server.address();
    // Two at once, and one in pieces.
    let text = serve(&server, move || {
        let mut stream = connect(address);
        stream.write_all(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nHEAD /b?VALUE HTTP/1.1\r\n\r\nGET /c?TY").unwrap();
        stream.write_all(b"PE HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
        rest(stream)
    });
    let heads: Vec<&str> = text.lines().filter(|line| line.contains("HTTP/1.1")).collect();
    assert_eq!(heads.len(), 3, "{text}");
    assert!(text.contains("{\"path\":\"/a\",\"attribute\":None}"));
    // Of the second the length is said, and nothing sent.
    assert!(!text.contains("\"/b\""));
    assert!(text.ends_with("{\"path\":\"/c\",\"attribute\":Some(\"TYPE\")}"), "{text}");
    assert!(text.contains("Content-Type: application/json\r\n"));
    assert_eq!(server.counts().requests, 3);
}

#[test]
fn bad_requests_get_their_status_and_the_end() {
    let server = open();
    let address = server.address();
    let first = move |request: String| {
        let text = ask(address, &request);
        text.split(' ').nth(1).unwrap_or("").to_owned()
    };
    assert_eq!(first("POST / HTTP/1.1\r\n\r\n".into()), "405");
    assert_eq!(first("GET / HTTP/1.1\r\nContent-Length: 9\r\n\r\n".into()), "413");
    assert_eq!(first("nonsense\r\n\r\n".into()), "400");
    assert_eq!(first(format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(QueryServer::HEAD))), "431");
    assert_eq!(first("OPTIONS / HTTP/1.1\r\nConnection: close\r\n\r\n".into()), "204");
    assert_eq!(server.counts().malformed, 4);
    assert_eq!(server.counts().requests, 1);
}

#[test]
fn what_nobody_answers_is_answered_that_nobody_does() {
    let server = open();
    let address = server.address();
    let client = std::thread::spawn(move || ask(address, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"));
    // The reply is dropped, as one is when the set ends.
    until(&server, |asked| matches!(asked, Asked::Question(..)));
    assert!(client.join().unwrap().starts_with("HTTP/1.1 503 "));
}

#[test]
fn no_more_connections_than_there_may_be() {
    let server = open();
    let address = server.address();
    let mut all: Vec<TcpStream> = (0..QueryServer::CONNECTIONS).map(|_| connect(address)).collect();
    let full = std::time::Instant::now();
    // The one beyond is closed without a word.
    assert_eq!(rest(connect(address)), "");
    assert!(full.elapsed() < SOON);
    assert_eq!(server.counts().refused, 1);
    // Once one has gone there is room again.
    drop(all.pop());
    let answered = serve(&server, move || {
        loop {
            let text = ask(address, "GET /again HTTP/1.1\r\nConnection: close\r\n\r\n");
            if !text.is_empty() {
                return text;
            }
        }
    });
    assert!(answered.contains("/again"));
}

#[test]
fn a_server_that_ends_ends_its_connections() {
    let server = open();
    let (idle, mut asking) = (connect(server.address()), connect(server.address()));
    asking.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let began = std::time::Instant::now();
    drop(server);
    assert_eq!(rest(idle), "");
    rest(asking);
    assert!(began.elapsed() < std::time::Duration::from_secs(4), "{:?}", began.elapsed());
}
