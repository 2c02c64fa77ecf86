//! The edge: sound devices, OSC, and files that change under the program.
//!
//! A device takes a [`Callback`] and knows nothing of engines. [`Devices`] lists and opens what the machine has, over
//! three backends with one face: the system's own sound (cpal), JACK, and the null device, which keeps time and plays
//! to nobody. A [`Supervisor`] keeps one callback running whatever happens to the device. [`Watch`] reports files that
//! were written. [`local`] lets programs of one user talk. [`osc`] is packets, patterns, clocks and sockets of OSC.
//! [`query`] is the sockets of OSCQuery, and what tells the network of them. [`link`] is what
//! programs share of their time.

pub mod backend;
pub mod callback;
pub mod device;
pub mod error;
pub mod link;
pub mod local;
pub mod midi;
pub mod osc;
mod priority;
pub mod query;
pub mod request;
mod slot;
pub mod supervisor;
pub mod watch;

pub use callback::{Block, Callback, CallbackInfo, HostClock, MAX_FRAMES};
pub use device::{Device, Devices, Stream};
pub use error::DeviceError;
pub use request::{BackendKind, DeviceInfo, DeviceRequest, Format};
pub use slot::{Feed, Vitals};
pub use supervisor::{DeviceEvent, Patience, Standby, Status, Supervisor};
pub use watch::{Change, Changes, Watch, WatchError};

/// Ends the test program where something allocates inside `assert_no_alloc`.
#[cfg(test)]
#[global_allocator]
static NO_ALLOC: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
