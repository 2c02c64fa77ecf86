//! Ableton Link, in builds that have it.

use super::{LinkError, LinkRequest, Shared};
use bf_io::HostClock;
use bf_io::link::Link;

/// Joins those on the network.
pub(super) fn join(bpm: f64, clock: HostClock, request: &LinkRequest) -> Result<Box<dyn Shared>, LinkError> {
    let mut link = Link::join(bpm, clock);
    link.share_start_stop(request.start_stop);
    Ok(Box::new(link))
}
