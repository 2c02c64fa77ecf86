//! Tells the local network of a set, so that apps find it without an address being typed.

use super::QueryError;
use mdns_sd::{ServiceDaemon, ServiceInfo};
use std::time::Duration;

/// How long a farewell may take when the set ends.
const FAREWELL: Duration = Duration::from_millis(500);

/// A service that can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// OSC over UDP, which TouchOSC looks for.
    Osc {
        /// Where.
        port: u16,
    },
    /// OSCQuery, which names the port of OSC itself.
    Query {
        /// Where.
        port: u16,
    },
}

impl Announcement {
    fn service(self) -> (&'static str, u16) {
        match self {
            Announcement::Osc { port } => ("_osc._udp.local.", port),
            Announcement::Query { port } => ("_oscjson._tcp.local.", port),
        }
    }
}

/// Services of one set, found until this is dropped.
pub struct Announcements {
    daemon: ServiceDaemon,
    names: Vec<String>,
}

impl Announcements {
    /// Announces services under a name that a user knows, on all networks of the machine, and on this machine itself.
    ///
    /// # Errors
    /// The system has no sockets for it.
    pub fn start(name: &str, services: &[Announcement]) -> Result<Announcements, QueryError> {
        let daemon = ServiceDaemon::new().map_err(refused)?;
        let mut announcements = Announcements { daemon, names: Vec::new() };
        let (instance, host) = (instance(name), format!("{}.local.", host()));
        for service in services {
            let (kind, port) = service.service();
            let properties: &[(&str, &str)] = &[("txtvers", "1")];
            let info = ServiceInfo::new(kind, &instance, &host, "", port, properties).map_err(refused)?;
            let info = info.enable_addr_auto();
            announcements.names.push(info.get_fullname().to_owned());
            announcements.daemon.register(info).map_err(refused)?;
        }
        Ok(announcements)
    }
}

impl Drop for Announcements {
    fn drop(&mut self) {
        // Those who hear the farewell strike the set from their lists at once, and not after an hour.
        let farewells: Vec<_> = self.names.iter().filter_map(|name| self.daemon.unregister(name).ok()).collect();
        for farewell in farewells {
            let _ = farewell.recv_timeout(FAREWELL);
        }
        if let Ok(ended) = self.daemon.shutdown() {
            let _ = ended.recv_timeout(FAREWELL);
        }
    }
}

fn refused(error: mdns_sd::Error) -> QueryError {
    QueryError::Announce { why: error.to_string() }
}

/// A name as zeroconf takes it: a label of at most 63 bytes, without a point, which ends a label.
fn instance(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_control() || c == '.' { '-' } else { c }).collect();
    let mut len = name.len().min(63);
    while !name.is_char_boundary(len) {
        len -= 1;
    }
    if len == 0 { "BeatForge".to_owned() } else { name[..len].to_owned() }
}

/// A host name of this program's own: two programs that answer for the machine's name would be two opinions.
fn host() -> String {
    format!("beatforge-{}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels() {
        assert_eq!(instance("night set"), "night set");
        assert_eq!(instance("a.b\nc"), "a-b-c");
        assert_eq!(instance(""), "BeatForge");
        let long = instance(&"ö".repeat(40));
        assert_eq!(long.len(), 62);
    }
}
