//! How a running set shares its time with others by Ableton Link: the options of `run`.

use super::midi::Played;
use bf_session::link::{LinkRequest, LinkSync, Linked};
use bf_session::{Live, Session};

/// How a set plays together with others on the network.
#[derive(Clone, clap::Args)]
pub(crate) struct Together {
    /// Share tempo and beats with others on the network by Ableton Link. Only in builds with `--features link`, which are
    /// then under Link's licence, the GPL-2.0-or-later.
    #[arg(long)]
    link: bool,
    /// With --link: start and stop with the others, too.
    #[arg(long, requires = "link")]
    link_start_stop: bool,
    /// With --link: milliseconds from the device's asking for sound to its being heard. [default: one buffer]
    #[arg(long, value_name = "MS", requires = "link", value_parser = latency)]
    link_latency: Option<f64>,
}

fn latency(text: &str) -> Result<f64, String> {
    let said = text.parse().ok().filter(|ms: &f64| (0.0..=1_000.0).contains(ms));
    said.ok_or_else(|| "expected milliseconds from 0 to 1000".to_owned())
}

/// Joins the others, where that is asked for.
pub(super) fn open(
    session: &Session,
    live: &Live,
    together: &Together,
    played: &Played,
) -> Result<Option<Linked>, String> {
    if !together.link {
        return Ok(None);
    }
    if played.follows_clock() {
        return Err("--link and --midi-clock in would both move the transport: choose one".to_owned());
    }
    let request = LinkRequest { start_stop: together.link_start_stop, latency_ms: together.link_latency };
    Linked::open(session, request, live.clock(), live.format().block).map(Some).map_err(|e| e.to_string())
}

/// How the set stands to the others.
pub(super) fn describe(sync: &LinkSync) -> String {
    let LinkSync { peers, bpm, .. } = sync;
    let others = if *peers == 1 { "1 peer".to_owned() } else { format!("{peers} peers") };
    let (offset, jitter) = (sync.offset_secs * 1e3, sync.jitter_secs * 1e3);
    let place = if sync.aligned { "" } else { ", in its place from the next bar on" };
    format!("Link {others}, {bpm:.2} bpm, offset {offset:+.2} ms, jitter {jitter:.3} ms{place}")
}
