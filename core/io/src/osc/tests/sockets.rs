//! Servers and peers on the loopback.

use crate::HostClock;
use crate::osc::*;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(20);

fn server() -> Server {
    Server::open(&"127.0.0.1:0".parse().unwrap(), HostClock::new()).unwrap()
}

/// The next things that come, this many.
fn receive(server: &Server, n: usize) -> Vec<Incoming> {
    let (mut all, begun) = (Vec::new(), Instant::now());
    while all.len() < n {
        assert!(begun.elapsed() < LONG, "waited for {n}, got {all:?}; {:?}", server.counts());
        server.wait(Duration::from_millis(100));
        let missing = n - all.len();
        server.drain(&mut all, missing);
    }
    all
}

/// Waits until the counts are as wanted.
fn wait_for(server: &Server, is_wanted: impl Fn(Counts) -> bool) {
    let begun = Instant::now();
    while !is_wanted(server.counts()) {
        assert!(begun.elapsed() < LONG, "{:?}", server.counts());
        std::thread::yield_now();
    }
}

fn message(incoming: &Incoming) -> (String, Peer) {
    match incoming {
        Incoming::Packet { packet, from, .. } => {
            (packet.view().messages().map(|timed| timed.message.to_string()).collect::<Vec<_>>().join("; "), *from)
        }
        other => panic!("expected a packet, got {other:?}"),
    }
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LONG)).unwrap();
    socket
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

#[test]
fn datagrams_come_in_order_and_are_answered_from_the_same_port() {
    let (server, tablet) = (server(), socket());
    let to = server.udp().unwrap();
    assert_eq!(server.tcp(), Some(to));
    let wall = TimeTag::from_unix(std::time::UNIX_EPOCH.elapsed().unwrap());
    // Few at a time, so that no system drops any.
    for round in 0..20 {
        for n in 0..100 {
            tablet.send_to(&encode("/1/fader1", &[Argument::Int(round * 100 + n)]).unwrap(), to).unwrap();
        }
        for (n, incoming) in receive(&server, 100).iter().enumerate() {
            let (text, from) = message(incoming);
            assert_eq!(text, format!("/1/fader1 {}", round * 100 + n as i32));
            assert_eq!(from, Peer::udp(tablet.local_addr().unwrap()));
            let Incoming::Packet { arrival, .. } = incoming else { panic!("{incoming:?}") };
            assert!((0..20_000_000_000).contains(&arrival.wall.ns_since(wall)), "{arrival:?}");
        }
    }
    server.send(Peer::udp(tablet.local_addr().unwrap()), &encode("/back", &[]).unwrap()).unwrap();
    let mut buffer = [0; 64];
    let (len, from) = tablet.recv_from(&mut buffer).unwrap();
    assert_eq!((&buffer[..len], from), (&b"/back\0\0\0,\0\0\0"[..], to));
    let counts = server.counts();
    assert_eq!((counts.packets, counts.sent, counts.malformed, counts.shed), (2_000, 1, 0, 0));
}

#[test]
fn what_is_no_packet_is_counted_and_told() {
    let (server, tablet) = (server(), socket());
    let to = server.udp().unwrap();
    for bad in [&b""[..], b"x", b"/a\0\0,i\0\0", b"#bundle\0", &[0xff; 1_000]] {
        tablet.send_to(bad, to).unwrap();
    }
    tablet.send_to(&encode("/good", &[]).unwrap(), to).unwrap();
    assert_eq!(message(&receive(&server, 1)[0]).0, "/good");
    assert_eq!(server.counts().malformed, 5);
    let fault = server.take_fault().unwrap();
    assert_eq!(fault.from, Peer::udp(tablet.local_addr().unwrap()));
    assert_eq!(fault.kind.to_string(), "byte 0: expected `/` of an address, or `#bundle`");
    assert_eq!(server.take_fault(), None);
}

#[test]
fn a_port_in_use_is_said_so() {
    let first = server();
    let port = first.udp().unwrap().port();
    for (transport, name) in [("udp", "UDP"), ("tcp", "TCP")] {
        let listen = format!("{transport}:127.0.0.1:{port}").parse().unwrap();
        let error = Server::open(&listen, HostClock::new()).err().unwrap().to_string();
        assert!(error.starts_with(&format!("{name} port {port} is in use by another program; close")), "{error}");
    }
    drop(first);
    // Free again at once, and not only some time after.
    Server::open(&format!("127.0.0.1:{port}").parse().unwrap(), HostClock::new()).unwrap();
    let error = Server::open(&"192.0.2.7:9000".parse().unwrap(), HostClock::new()).err().unwrap().to_string();
    assert!(error.starts_with("this machine does not have the address 192.0.2.7"), "{error}");
}

#[test]
fn streams_speak_as_they_are_spoken_to() {
    for framing in [Framing::Slip, Framing::Length] {
        let server = server();
        let mut stream = connect(server.tcp().unwrap());
        let Incoming::Opened(peer) = receive(&server, 1)[0] else { panic!("not opened") };
        assert_eq!(peer.address, stream.local_addr().unwrap());
        let (mut bytes, large) = (Vec::new(), "x".repeat(MAX_PACKET - 64));
        framing.wrap(&encode("/one", &[Argument::Blob(&[0xc0, 0xdb])]).unwrap(), &mut bytes);
        framing.wrap(&encode("/bf/eval", &[Argument::Str(&large)]).unwrap(), &mut bytes);
        framing.wrap(&encode("/three", &[Argument::Int(3)]).unwrap(), &mut bytes);
        bytes.chunks(9_999).for_each(|chunk| stream.write_all(chunk).unwrap());
        let packets: Vec<_> = receive(&server, 3).iter().map(message).collect();
        assert_eq!(packets[0], ("/one <2 bytes>".to_owned(), peer));
        assert_eq!(packets[1].0.len(), "/bf/eval \"\"".len() + large.len());
        assert_eq!(packets[2].0, "/three 3");
        let back = encode("/back", &[Argument::Int(0xc0)]).unwrap();
        server.send(peer, &back).unwrap();
        let mut expected = Vec::new();
        framing.wrap(&back, &mut expected);
        let mut answer = vec![0; expected.len()];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(answer, expected, "{framing:?}");
        stream.shutdown(Shutdown::Both).unwrap();
        assert_eq!(receive(&server, 1)[0], Incoming::Closed { peer, why: None });
        assert!(matches!(server.send(peer, &back), Err(SendError::Closed)));
    }
}

#[test]
fn a_stream_that_is_no_osc_is_closed() {
    let server = server();
    let mut stream = connect(server.tcp().unwrap());
    // In SLIP, each line is a frame that is no packet.
    let _ = stream.write_all(&b"/\xc0".repeat(200));
    let events = receive(&server, 2);
    let Incoming::Closed { why: Some(why), .. } = &events[1] else { panic!("{events:?}") };
    assert_eq!(why, "64 faults in a row: this is not OSC over TCP");
    assert_eq!(server.counts().malformed, 64);
    let mut rest = Vec::new();
    // The other side sees the end, or that what it sent was not read.
    assert!(stream.read_to_end(&mut rest).is_err() || rest.is_empty());
}

#[test]
fn a_target_is_connected_to_and_says_when_it_is_gone() {
    let server = server();
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = server.connect(target.local_addr().unwrap(), Framing::Length).unwrap();
    server.send(peer, &encode("/early", &[]).unwrap()).unwrap();
    let (mut stream, _) = target.accept().unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    let mut bytes = [0; 16];
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"\0\0\0\x0c/early\0\0,\0\0\0");
    stream.write_all(b"\0\0\0\x04/ok\0").unwrap();
    let events = receive(&server, 2);
    assert_eq!(events[0], Incoming::Opened(peer));
    assert_eq!(message(&events[1]), ("/ok".to_owned(), peer));
    let Via::Tcp(id) = peer.via else { panic!("{peer:?}") };
    server.disconnect(id);
    assert_eq!(stream.read(&mut bytes).unwrap(), 0);
    assert!(matches!(receive(&server, 1)[0], Incoming::Closed { peer: gone, .. } if gone == peer));
    let address = target.local_addr().unwrap();
    drop((target, stream));
    let nobody = server.connect(address, Framing::Slip).unwrap();
    let events = receive(&server, 1);
    assert!(matches!(&events[0], Incoming::Closed { peer, why: Some(_) } if *peer == nobody), "{events:?}");
}

#[test]
fn more_connections_than_may_be_are_closed() {
    let server = server();
    let streams: Vec<_> = (0..Server::CONNECTIONS + 3).map(|_| connect(server.tcp().unwrap())).collect();
    wait_for(&server, |counts| counts.refused == 3);
    assert_eq!(receive(&server, Server::CONNECTIONS).len(), Server::CONNECTIONS);
    let error = server.connect(server.tcp().unwrap(), Framing::Slip).unwrap_err().to_string();
    assert_eq!(error, "32 connections are open, and no more are taken; close one first");
    // A place that becomes free is given again.
    drop(streams);
    receive(&server, Server::CONNECTIONS);
    let _stream = connect(server.tcp().unwrap());
    assert!(matches!(receive(&server, 1)[0], Incoming::Opened(_)));
}

#[test]
fn a_peer_that_does_not_read_holds_nobody_up() {
    let server = server();
    let stream = connect(server.tcp().unwrap());
    let Incoming::Opened(peer) = receive(&server, 1)[0] else { panic!("not opened") };
    let packet = encode("/big", &[Argument::Blob(&[0; 60_000])]).unwrap();
    let begun = Instant::now();
    let sent = (0..10_000).take_while(|_| server.send(peer, &packet).is_ok()).count();
    assert!(sent < 10_000 && begun.elapsed() < LONG);
    assert!(matches!(server.send(peer, &packet), Err(SendError::Full | SendError::Closed)));
    assert_eq!(server.counts().unsent, 2);
    // Nor does the server wait for it at its end.
    drop(server);
    drop(stream);
}

#[test]
fn a_server_that_is_dropped_closes_what_is_open() {
    for _ in 0..20 {
        let server = server();
        let mut stream = connect(server.tcp().unwrap());
        receive(&server, 1);
        // Returns when its threads have ended.
        drop(server);
        assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0);
    }
}

#[test]
fn a_packet_too_long_for_its_way_is_not_sent() {
    let (server, tablet) = (server(), socket());
    let peer = Peer::udp(tablet.local_addr().unwrap());
    let packet = encode("/big", &[Argument::Blob(&[0; 65_500])]).unwrap();
    let error = server.send(peer, &packet).unwrap_err().to_string();
    assert_eq!(error, "a packet of 65516 bytes; expected no more than 65504");
    let packet = encode("/big", &[Argument::Blob(&[0; MAX_DATAGRAM - 16])]).unwrap();
    server.send(peer, &packet).unwrap();
    let mut buffer = vec![0; 65_536];
    assert_eq!(tablet.recv(&mut buffer).unwrap(), MAX_DATAGRAM);
}
