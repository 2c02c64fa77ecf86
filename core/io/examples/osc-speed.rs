//! Measures OSC on this machine: what a packet costs, and what of a flood over the loopback is lost.
//!
//! `cargo run --release -p bf-io --example osc-speed [MESSAGES [PER_SECOND]]`

#![allow(clippy::print_stdout, reason = "it is there to print")]

use bf_io::HostClock;
use bf_io::osc::{Argument, Encoder, Incoming, MTU_PACKET, Pattern, Server, decode};
use std::error::Error;
use std::hint::black_box;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How often a session looks.
const POLL: Duration = Duration::from_millis(5);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let messages = arguments.next().map_or(Ok(16_000), |text| text.parse())?;
    let per_second = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    costs()?;
    flood(messages, per_second)
}

/// The least of several rounds: the others were disturbed.
fn nanos(what: &str, mut work: impl FnMut()) {
    const TIMES: u32 = 20_000;
    let round = |work: &mut dyn FnMut()| {
        let begun = Instant::now();
        (0..TIMES).for_each(|_| work());
        begun.elapsed().as_secs_f64() * 1e9 / f64::from(TIMES)
    };
    let least = (0..20).map(|_| round(&mut work)).fold(f64::INFINITY, f64::min);
    println!("{least:8.1} ns  {what}");
}

fn costs() -> Result<(), Box<dyn Error>> {
    let address = "/bf/node/filter/cutoff";
    let mut encoder = Encoder::new(MTU_PACKET);
    nanos("write a message of one float", || {
        encoder.clear();
        let _ = black_box(encoder.message(black_box(address), &[Argument::Float(0.5)]));
    });
    let bytes = encoder.bytes().to_vec();
    nanos("check it", || _ = black_box(decode(black_box(&bytes))));
    let packet = decode(&bytes)?;
    nanos("read it, once checked", || {
        for timed in black_box(packet).messages() {
            black_box(timed.message.arguments().filter_map(|argument| argument.number()).sum::<f64>());
        }
    });
    for text in [address, "/bf/node/*/cutoff", "/bf/node/{filter,kick}/c[a-u]*f?", "/bf//cutoff"] {
        let pattern = Pattern::parse(text)?;
        nanos(&format!("match {text}"), || _ = black_box(pattern.matches(black_box(address))));
    }
    Ok(())
}

/// Sends messages at a steady pace from one thread, and takes them every few milliseconds on another.
fn flood(messages: u32, per_second: u32) -> Result<(), Box<dyn Error>> {
    let server = Server::open(&"127.0.0.1:0".parse()?, HostClock::new())?;
    let to = server.udp().ok_or("no port")?;
    let begun = Instant::now();
    let sender = std::thread::spawn(move || send(to, messages, per_second));
    let (mut inbox, mut taken, mut next, mut disorder) = (Vec::new(), 0_u64, 0, 0);
    let mut quiet = 0;
    while quiet < 100 && taken < u64::from(messages) {
        std::thread::sleep(POLL);
        server.drain(&mut inbox, usize::MAX);
        quiet = if inbox.is_empty() && sender.is_finished() { quiet + 1 } else { 0 };
        for incoming in inbox.drain(..) {
            let Incoming::Packet { packet, .. } = incoming else { continue };
            for argument in packet.view().messages().flat_map(|timed| timed.message.arguments()) {
                let Argument::Int(number) = argument else { continue };
                disorder += i32::from(number < next);
                next = number + 1;
                taken += 1;
            }
        }
    }
    let sent = sender.join().map_err(|_| "the sender failed")?.map_err(|error| error.to_string())?;
    let counts = server.counts();
    println!(
        "{messages} messages in {:.3} s ({:.0} a second): {} lost, {} shed, {} malformed, {disorder} out of order; all taken after {:.3} s",
        sent.as_secs_f64(),
        f64::from(messages) / sent.as_secs_f64(),
        u64::from(messages) - taken,
        counts.shed,
        counts.malformed,
        begun.elapsed().as_secs_f64(),
    );
    Ok(())
}

fn send(to: SocketAddr, messages: u32, per_second: u32) -> std::io::Result<Duration> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let (mut encoder, begun) = (Encoder::new(MTU_PACKET), Instant::now());
    for n in 0..messages {
        let due = Duration::from_secs_f64(f64::from(n) / f64::from(per_second));
        while begun.elapsed() < due {
            std::hint::spin_loop();
        }
        encoder.clear();
        encoder.message("/bf/node/filter/cutoff", &[Argument::Int(n.cast_signed())]).map_err(std::io::Error::other)?;
        socket.send_to(encoder.bytes(), to)?;
    }
    Ok(begun.elapsed())
}
