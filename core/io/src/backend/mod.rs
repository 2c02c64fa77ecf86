//! The ways to sound, behind three traits: a backend opens a device, an open device is started, a started one runs.
//!
//! Each backend is one module and knows only its own system. A test's backend is written the same way.

pub mod cpal;
pub mod jack;
pub mod null;
#[cfg(target_os = "linux")]
pub(crate) mod quiet;

#[cfg(not(target_os = "linux"))]
pub(crate) mod quiet {
    //! Systems whose sound libraries keep off the terminal.

    /// Runs `work`, and returns what the sound library would have printed.
    pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> (T, String) {
        (work(), String::new())
    }
}

use crate::{BackendKind, DeviceError, DeviceInfo, DeviceRequest, Feed, Format};

/// A way to sound.
pub trait Backend: Send {
    /// Which one it is.
    fn kind(&self) -> BackendKind;
    /// The devices that could be opened now.
    fn list(&self) -> Vec<DeviceInfo>;
    /// Opens a device; nothing sounds yet.
    ///
    /// What the device cannot do as asked is done as near to it as it can be, and said in [`Format::notes`].
    ///
    /// # Errors
    /// When there is no such device, or it cannot be had.
    fn open(&self, request: &DeviceRequest) -> Result<Box<dyn Opened>, DeviceError>;
}

/// A device that is open and silent. Dropping it closes it.
pub trait Opened: Send {
    /// What it will do once started.
    fn format(&self) -> &Format;
    /// Lets it run the feed.
    ///
    /// # Errors
    /// When the device cannot start after all.
    fn start(self: Box<Self>, feed: Feed) -> Result<Box<dyn Running>, DeviceError>;
}

/// A device that runs a feed. Dropping it stops and closes it, and the feed is not called once the drop is done.
pub trait Running: Send {
    /// Whether the device is still there, as far as the system has said.
    ///
    /// # Errors
    /// What has become of it.
    fn check(&mut self) -> Result<(), DeviceError>;
}
