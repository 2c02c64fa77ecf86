//! How a running set is reached by OSC: the options of `run`, and the port that they open.

use bf_session::Session;
use bf_session::query::{Announcement, Announcements, Query, QueryRequest};
use bf_session::surface::{HostClock, Listen, ListenTextError, RemoteEdits, Surface, SurfaceRequest};
use std::net::{SocketAddr, ToSocketAddrs};

/// Where a set is reached by OSC when nothing else is said.
const USUAL_PORT: u16 = 9000;

/// How other programs and tablets reach a set by OSC.
#[derive(Clone, clap::Args)]
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
    /// The TCP port of OSCQuery, where programs ask what the set has; else the one behind that of OSC, or any.
    #[arg(long, value_name = "PORT", conflicts_with = "no_query")]
    query: Option<u16>,
    /// Do without OSCQuery.
    #[arg(long)]
    no_query: bool,
    /// Do not tell the local network where the set is (zeroconf).
    #[arg(long)]
    no_announce: bool,
    /// The port is one of the settings: where it is taken, the set plays all the same.
    #[arg(skip)]
    is_settled: bool,
}

impl Reached {
    /// The user's port and targets, where no others were asked for; port 0 is the usual one.
    pub(super) fn settle(&mut self, port: u16, targets: &[String]) {
        if self.osc.is_none() {
            self.is_settled = true;
            if port > 0 {
                self.osc = Some(Place::At(Listen::at(SocketAddr::from(([0, 0, 0, 0], port)))));
            }
            if self.osc_to.is_empty() {
                self.osc_to = targets.iter().filter_map(|to| to.parse().ok()).collect();
            }
        }
    }
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
    let mut surface = match Surface::open(session, request) {
        Ok(surface) => surface,
        Err(e) if reached.is_settled || reached.osc.is_none() && !open && reached.osc_to.is_empty() => {
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
    if !reached.no_query {
        let query = ask(session, clock, reached, (listen, &surface))?;
        eprintln!("OSCQuery at http://{}", query.address());
        surface.serve(query);
    }
    if !reached.no_announce {
        announce(session, &mut surface);
    }
    Ok(Some(surface))
}

/// Opens the port of OSCQuery: the one that was named, or one that is free.
fn ask(
    session: &Session,
    clock: HostClock,
    reached: &Reached,
    (listen, surface): (Listen, &Surface),
) -> Result<Query, String> {
    let osc = surface.udp().or(surface.tcp()).ok_or("OSC listens nowhere")?;
    let request = |port| QueryRequest {
        listen: SocketAddr::new(osc.ip(), port),
        reach: listen.reach,
        clock,
        name: session.folder().name(),
        osc: surface.udp().map(|udp| udp.port()),
    };
    let opened = match reached.query {
        Some(port) => Query::open(&request(port)),
        // Port 65,535 has none behind it; 0 is any.
        None => Query::open(&request(osc.port().wrapping_add(1))).or_else(|_| Query::open(&request(0))),
    };
    opened.map_err(|e| e.to_string())
}

/// Tells the network; a set that cannot be found plays all the same.
fn announce(session: &Session, surface: &mut Surface) {
    let near = |address: &SocketAddr| !address.ip().is_loopback();
    let osc = surface.udp().filter(near).map(|udp| Announcement::Osc { port: udp.port() });
    let query = surface.query().map(Query::address).filter(near).map(|at| Announcement::Query { port: at.port() });
    let services: Vec<Announcement> = osc.into_iter().chain(query).collect();
    if services.is_empty() {
        return;
    }
    match Announcements::start(&session.folder().name(), &services) {
        Ok(announced) => surface.announced(announced),
        Err(e) => eprintln!("{e}"),
    }
}
