//! What a caller asks of a device, and what it gets.

use crate::HostClock;

/// The ways to sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BackendKind {
    /// JACK where a server runs, otherwise the system's own sound.
    #[default]
    Auto,
    /// The system's own sound: ALSA, Core Audio, WASAPI.
    Cpal,
    /// A client of a JACK server.
    Jack,
    /// No sound, but time: calls come at the pace of a device.
    Null,
}

impl BackendKind {
    /// The name that users write.
    pub fn name(self) -> &'static str {
        match self {
            BackendKind::Auto => "auto",
            BackendKind::Cpal => "cpal",
            BackendKind::Jack => "jack",
            BackendKind::Null => "null",
        }
    }
    /// The backend of a name that a user wrote.
    pub fn from_name(name: &str) -> Option<BackendKind> {
        [BackendKind::Auto, BackendKind::Cpal, BackendKind::Jack, BackendKind::Null]
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

impl std::fmt::Display for BackendKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What is asked of a device. What is `None` is left to the device.
#[derive(Clone, Debug)]
pub struct DeviceRequest {
    /// Through what.
    pub backend: BackendKind,
    /// Which device, as [`DeviceInfo::name`] has it, or any part of it that only one device has. With JACK, the client
    /// that is connected to. `None` is the default device.
    pub name: Option<String>,
    /// Frames a second. A JACK server has its own.
    pub sample_rate: Option<u32>,
    /// Frames of a call. A JACK server has its own.
    pub block: Option<u32>,
    /// Channels out.
    pub outputs: usize,
    /// Channels in; 0 opens no input.
    pub inputs: usize,
    /// Whether JACK ports are connected to the machine's own as soon as they exist.
    pub auto_connect: AutoConnect,
    /// The name under which a server shows the program.
    pub client_name: String,
    /// The clock of [`CallbackInfo::host_ns`](crate::CallbackInfo::host_ns).
    pub clock: HostClock,
}

impl Default for DeviceRequest {
    fn default() -> DeviceRequest {
        DeviceRequest {
            backend: BackendKind::Auto,
            name: None,
            sample_rate: None,
            block: None,
            outputs: 2,
            inputs: 0,
            auto_connect: AutoConnect::Yes,
            client_name: "beatforge".into(),
            clock: HostClock::new(),
        }
    }
}

/// Whether a client connects its own ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutoConnect {
    /// To the machine's sound, output by output and input by input.
    #[default]
    Yes,
    /// Not at all: a patch bay does it.
    No,
}

/// A device that could be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Through what.
    pub backend: BackendKind,
    /// The name to open it by.
    pub name: String,
    /// What it is, in the system's words; may be empty.
    pub description: String,
    /// The most channels out.
    pub outputs: usize,
    /// The most channels in.
    pub inputs: usize,
    /// The usual rates that it offers, ascending; empty where any rate will do.
    pub rates: Vec<u32>,
    /// Whether a request to its backend without a name gets this one.
    pub is_default: bool,
}

/// What an open device does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// Through what.
    pub backend: BackendKind,
    /// Its name.
    pub device: String,
    /// Frames a second.
    pub sample_rate: u32,
    /// Frames that it usually asks for at once; a single call may bring more or fewer.
    pub block: u32,
    /// Channels out.
    pub outputs: usize,
    /// Channels in.
    pub inputs: usize,
    /// Where this is not what was asked for, and why.
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backends_are_found_by_name() {
        for kind in [BackendKind::Auto, BackendKind::Cpal, BackendKind::Jack, BackendKind::Null] {
            assert_eq!(BackendKind::from_name(&kind.to_string().to_uppercase()), Some(kind));
        }
        assert_eq!(BackendKind::from_name("asio"), None);
    }
}
