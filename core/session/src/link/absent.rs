//! No Ableton Link: its licence is not that of this program.

use super::{LinkError, LinkRequest, Shared};
use bf_io::HostClock;

/// Says that it is not there.
pub(super) fn join(_: f64, _: HostClock, _: &LinkRequest) -> Result<Box<dyn Shared>, LinkError> {
    Err(LinkError::NotBuilt)
}
