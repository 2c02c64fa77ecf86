//! How a running set is reached by OSC: the options of `run`, and the port that they open.

use bf_session::Session;
use bf_session::surface::{HostClock, Listen, ListenTextError, RemoteEdits, Surface, SurfaceRequest};
use std::net::{SocketAddr, ToSocketAddrs};

/// Where a set is reached by OSC when nothing else is said.
const USUAL_PORT: u16 = 9000;

/// How other programs and tablets reach a set by OSC.
#[derive(clap::Args)]
pub(crate) struct Reached {
    /// Where to listen for OSC: a port, or an address and a port, such as 9000, 127.0.0.1:9000, udp:9000 or tcp:9000;
    /// `off` for nowhere. [default: 9000 where it is free]
    #[arg(long, value_name = "[HOST:]PORT", value_parser = place)]
    osc: Option<Place>,
    /// Tell every change to a tablet or program that listens there, such as 192.168.1.20:9001; may stand several times.
    #[arg(long, value_name = "HOST:PORT", value_parser = target)]
    osc_to: Vec<SocketAddr>,
    /// Take code, edits and paths of files from other machines, too, once they have said the phrase of --pass.
    #[arg(long, requires = "pass")]
    allow_remote_edit: bool,
    /// The phrase that opens --allow-remote-edit: /bf/pass PHRASE.
    #[arg(long, value_name = "PHRASE", requires = "allow_remote_edit", value_parser = phrase)]
    pass: Option<String>,
}

/// Where to listen.
#[derive(Clone, Copy)]
enum Place {
    Nowhere,
    At(Listen),
}

fn place(text: &str) -> Result<Place, String> {
    if text == "off" {
        return Ok(Place::Nowhere);
    }
    text.parse().map(Place::At).map_err(|e: ListenTextError| e.to_string())
}

fn target(text: &str) -> Result<SocketAddr, String> {
    let expected = || format!("`{text}` is no host and port such as 192.168.1.20:9001");
    text.to_socket_addrs().map_err(|_| expected())?.next().filter(|to| to.port() > 0).ok_or_else(expected)
}

fn phrase(text: &str) -> Result<String, String> {
    if text.chars().count() < 4 {
        Err("a pass phrase has at least four characters".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// Opens the port and says where it listens. Without a word of the user's, a port that is taken is no failure.
pub(super) fn open(session: &Session, clock: HostClock, reached: &Reached) -> Result<Option<Surface>, String> {
    let listen = match reached.osc {
        Some(Place::Nowhere) => return Ok(None),
        Some(Place::At(listen)) => listen,
        None => Listen::at(SocketAddr::from(([0, 0, 0, 0], USUAL_PORT))),
    };
    let edits = match &reached.pass {
        Some(pass) if reached.allow_remote_edit => RemoteEdits::WithPass(pass.clone()),
        _ => RemoteEdits::No,
    };
    let open = matches!(edits, RemoteEdits::WithPass(_));
    let request = SurfaceRequest { listen, clock, edits, targets: reached.osc_to.clone() };
    let surface = match Surface::open(session, request) {
        Ok(surface) => surface,
        Err(e) if reached.osc.is_none() && !open && reached.osc_to.is_empty() => {
            eprintln!("no OSC: {e}");
            return Ok(None);
        }
        Err(e) => return Err(e.to_string()),
    };
    let at = match (surface.udp(), surface.tcp()) {
        (Some(udp), Some(tcp)) if udp == tcp => format!("{udp} (UDP and TCP)"),
        (Some(udp), Some(tcp)) => format!("{udp} (UDP) and {tcp} (TCP)"),
        (Some(udp), None) => format!("{udp} (UDP)"),
        (None, Some(tcp)) => format!("{tcp} (TCP)"),
        (None, None) => return Ok(None),
    };
    let edits = if open { "; edits and code from whoever says the pass phrase" } else { "" };
    eprintln!("OSC at {at}{edits}");
    Ok(Some(surface))
}
