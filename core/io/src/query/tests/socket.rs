//! WebSockets, with the client of the library that the server's frames are from.

use super::{SOON, open, until};
use crate::osc::{Argument, SendError, decode, encode};
use crate::query::{Asked, ClientId, QueryServer};
use std::net::TcpStream;
use tungstenite::{Message, WebSocket};

fn connect(server: &QueryServer) -> (WebSocket<TcpStream>, ClientId, bool) {
    connect_with(server, None)
}

fn connect_with(server: &QueryServer, origin: Option<&str>) -> (WebSocket<TcpStream>, ClientId, bool) {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.set_write_timeout(Some(SOON)).unwrap();
    let mut request =
        tungstenite::client::IntoClientRequest::into_client_request(format!("ws://{}/", server.address()));
    if let (Some(origin), Ok(request)) = (origin, &mut request) {
        request.headers_mut().insert("Origin", origin.parse().unwrap());
    }
    let (socket, _) = tungstenite::client(request.unwrap(), stream).unwrap();
    let mut found = None;
    until(server, |asked| {
        if let Asked::Opened { client, address, browser } = asked {
            assert!(address.ip().is_loopback());
            found = Some((*client, *browser));
        }
        found.is_some()
    });
    let (client, browser) = found.unwrap();
    (socket, client, browser)
}

#[test]
fn commands_and_packets_go_both_ways() {
    let server = open();
    let (mut socket, client, browser) = connect(&server);
    assert!(!browser);
    socket.send(Message::text("{\"COMMAND\":\"LISTEN\",\"DATA\":\"/a\"}")).unwrap();
    let packet = encode("/a", &[Argument::Float(0.5)]).unwrap();
    socket.send(Message::binary(packet.clone())).unwrap();
    let mut said = Vec::new();
    until(&server, |asked| {
        match asked {
            Asked::Text(from, text) => said.push((*from, text.clone())),
            Asked::Packet(from, packet, arrival) => {
                assert!(arrival.host_ns > 0);
                said.push((*from, packet.view().messages().next().unwrap().message.to_string()));
            }
            other => panic!("{other:?}"),
        }
        said.len() == 2
    });
    let expected = ["{\"COMMAND\":\"LISTEN\",\"DATA\":\"/a\"}", "/a 0.5"];
    assert_eq!(said, expected.map(|text| (client, text.to_owned())));
    server.tell(client, "{\"COMMAND\":\"PATH_ADDED\"}").unwrap();
    server.send(client, &packet).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("{\"COMMAND\":\"PATH_ADDED\"}"));
    assert_eq!(decode(&socket.read().unwrap().into_data()), decode(&packet));
}

#[test]
fn a_page_in_a_browser_is_told_from_a_program() {
    let server = open();
    assert!(connect_with(&server, Some("https://example.org")).2);
}

#[test]
fn a_farewell_is_answered_and_told() {
    let server = open();
    let (mut socket, client, _) = connect(&server);
    socket.send(Message::Ping(vec![1, 2].into())).unwrap();
    assert_eq!(socket.read().unwrap(), Message::Pong(vec![1, 2].into()));
    socket.close(None).unwrap();
    until(&server, |asked| matches!(asked, Asked::Closed(gone) if *gone == client));
    assert!(matches!(socket.read(), Ok(Message::Close(_)) | Err(_)));
    // It may take until its thread has ended.
    while server.send(client, b"/a\0\0,\0\0\0").is_ok() {
        std::thread::yield_now();
    }
    assert!(matches!(server.tell(client, "x"), Err(SendError::Closed)));
}

#[test]
fn one_that_does_not_read_is_dropped_and_holds_nobody_up() {
    let server = open();
    let (deaf, client, _) = connect(&server);
    let (mut other, second, _) = connect(&server);
    // More than the system and the queue hold: after a while there is no room.
    let packet = encode("/a", &[Argument::Blob(&[0; 60_000])]).unwrap();
    let full = (0..10_000).find(|_| matches!(server.send(client, &packet), Err(SendError::Full)));
    assert!(full.is_some(), "the queue is bounded");
    server.send(second, &packet).unwrap();
    assert_eq!(other.read().unwrap().len(), packet.len());
    server.disconnect(client);
    until(&server, |asked| matches!(asked, Asked::Closed(gone) if *gone == client));
    drop(deaf);
}

#[test]
fn what_is_too_long_or_no_packet_is_counted() {
    let server = open();
    let (mut socket, client, _) = connect(&server);
    for _ in 0..3 {
        socket.send(Message::binary(b"nonsense".to_vec())).unwrap();
    }
    socket.send(Message::text("after")).unwrap();
    until(&server, |asked| matches!(asked, Asked::Text(_, text) if text == "after"));
    assert_eq!(server.counts().malformed, 3);
    // The server ends it while this still sends.
    let _ = socket.send(Message::binary(vec![0; QueryServer::MESSAGE + 4]));
    until(&server, |asked| matches!(asked, Asked::Closed(gone) if *gone == client));
    assert_eq!(server.counts().malformed, 4);
}

#[test]
fn a_flood_that_nobody_takes_is_shed_within_bounds() {
    let server = open();
    let (mut socket, ..) = connect(&server);
    let text = "x".repeat(1_000);
    let all = 3 * QueryServer::QUEUE_BYTES / text.len();
    for _ in 0..all {
        socket.send(Message::text(text.as_str())).unwrap();
    }
    let counted = |server: &QueryServer| server.counts().messages + server.counts().shed;
    while counted(&server) < all as u64 {
        std::thread::yield_now();
    }
    let mut taken = Vec::new();
    server.drain(&mut taken, usize::MAX);
    assert!(taken.len() <= QueryServer::QUEUE);
    assert_eq!(taken.len() as u64 + server.counts().shed, all as u64);
}
