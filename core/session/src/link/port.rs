//! A set that shares its time with the network.

use super::{LinkDesk, LinkRequest, Shared, network};
use crate::session::Session;
use crate::surface::Reading;
use bf_io::HostClock;

/// Why a set shares its time with nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The build has no Ableton Link.
    #[error("this build has no Ableton Link: build it with --features link (its licence is GPL-2.0+)")]
    NotBuilt,
}

/// A set that shares its time with the network. No call waits.
pub struct Linked {
    desk: LinkDesk,
    shared: Box<dyn Shared>,
    clock: HostClock,
}

impl Linked {
    /// Joins those on the network. `clock` is that of the device's readings, and `buffer` the length of its buffers in
    /// frames.
    ///
    /// # Errors
    /// The build has no Link.
    pub fn open(session: &Session, request: LinkRequest, clock: HostClock, buffer: u32) -> Result<Linked, LinkError> {
        let shared = network::join(session.set().main.tempo, clock, &request)?;
        Ok(Linked { desk: LinkDesk::new(session, request, buffer), shared, clock })
    }

    /// Keeps the set and the others together. `readings` are of the device's clock, since the last call. Called every few
    /// milliseconds.
    pub fn poll(&mut self, session: &mut Session, readings: &[Reading]) {
        readings.iter().for_each(|reading| self.desk.observe(*reading));
        self.desk.tick(session, self.shared.as_mut(), self.clock.now_ns());
    }

    /// Everything but the network.
    pub fn desk(&self) -> &LinkDesk {
        &self.desk
    }
}
