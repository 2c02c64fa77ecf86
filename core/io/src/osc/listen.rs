//! Where to listen, as a user writes it, and whom to hear.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// From how far away packets are taken. Ordered: each takes in the ones before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// This machine.
    Machine,
    /// The local network: private, shared (100.64.0.0/10) and link-local addresses, and those of networks that this
    /// machine is on.
    #[default]
    Network,
    /// Everywhere.
    Anywhere,
}

impl Reach {
    /// How far away an address is, by itself. The sender of a datagram can be forged: this keeps out mishaps, not attackers within
    /// the network.
    pub fn of(address: IpAddr) -> Reach {
        match address.to_canonical() {
            IpAddr::V4(v4) if v4.is_loopback() => Reach::Machine,
            IpAddr::V6(v6) if v6.is_loopback() => Reach::Machine,
            IpAddr::V4(v4) if v4.is_private() || v4.is_link_local() || is_shared(v4) => Reach::Network,
            IpAddr::V6(v6) if v6.is_unique_local() || v6.is_unicast_link_local() => Reach::Network,
            _ => Reach::Anywhere,
        }
    }
}

/// Addresses that providers and virtual networks share among their own: 100.64.0.0/10.
fn is_shared(address: Ipv4Addr) -> bool {
    matches!(address.octets(), [100, 64..=127, ..])
}

/// Where a server listens, and whom it hears.
///
/// Written as a port, or an address and a port, with `udp:` or `tcp:` before it for only one of the two: `9000`,
/// `127.0.0.1:9000`, `tcp:[::1]:9000`. A port alone is on every IPv4 address of the machine; port 0 is any that is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// For datagrams.
    pub udp: Option<SocketAddr>,
    /// For streams.
    pub tcp: Option<SocketAddr>,
    /// Whom to hear.
    pub reach: Reach,
}

impl Listen {
    /// On this address, UDP and TCP, for the local network.
    pub fn at(address: SocketAddr) -> Listen {
        Listen { udp: Some(address), tcp: Some(address), reach: Reach::default() }
    }

    /// The same for another reach.
    pub fn within(self, reach: Reach) -> Listen {
        Listen { reach, ..self }
    }
}

/// A text that says no place to listen at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no place for OSC; write a port (`9000`) or an address and a port (`127.0.0.1:9000`), and `udp:` or `tcp:` before it for only one of the two"
)]
pub struct ListenTextError {
    text: String,
}

impl FromStr for Listen {
    type Err = ListenTextError;

    fn from_str(text: &str) -> Result<Listen, ListenTextError> {
        let whole = text.trim();
        let (udp, tcp, place) = match whole.split_once(':') {
            Some(("udp", place)) => (true, false, place),
            Some(("tcp", place)) => (false, true, place),
            _ => (true, true, whole),
        };
        let address = address(place).ok_or_else(|| ListenTextError { text: text.into() })?;
        Ok(Listen { udp: udp.then_some(address), tcp: tcp.then_some(address), reach: Reach::default() })
    }
}

fn address(place: &str) -> Option<SocketAddr> {
    let (host, port) = place.rsplit_once(':').unwrap_or(("", place));
    let host = match host {
        "" | "*" => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        host => match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(v6) => IpAddr::V6(v6.parse::<Ipv6Addr>().ok()?),
            None => IpAddr::V4(host.parse::<Ipv4Addr>().ok()?),
        },
    };
    // `parse` would take a sign.
    port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse().ok())?.map(|port| SocketAddr::new(host, port))
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.udp, self.tcp) {
            (Some(udp), Some(tcp)) if udp == tcp => write!(f, "{udp}"),
            (Some(udp), Some(tcp)) => write!(f, "udp:{udp} and tcp:{tcp}"),
            (Some(udp), None) => write!(f, "udp:{udp}"),
            (None, Some(tcp)) => write!(f, "tcp:{tcp}"),
            (None, None) => write!(f, "nowhere"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_written() {
        for (text, written) in [
            ("9000", "0.0.0.0:9000"),
            (":9000", "0.0.0.0:9000"),
            (" localhost:1 ", "127.0.0.1:1"),
            ("udp:192.168.1.4:0", "udp:192.168.1.4:0"),
            ("tcp:[::1]:9000", "tcp:[::1]:9000"),
            ("udp:9000", "udp:0.0.0.0:9000"),
        ] {
            let listen: Listen = text.parse().unwrap();
            assert_eq!(listen.to_string(), written);
            assert_eq!(written.parse::<Listen>().unwrap(), listen);
        }
        for text in ["", "udp:", "x", "9000x", "+9", "70000", "1.2.3:9", "::1:9000", "a.b:9", "udp:tcp:9"] {
            let error = text.parse::<Listen>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` is no place for OSC; write a port")), "{error}");
        }
    }

    #[test]
    fn near_and_far_are_told_apart() {
        let reach = |text: &str| Reach::of(text.parse().unwrap());
        for near in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(reach(near), Reach::Machine, "{near}");
        }
        for network in
            ["10.1.2.3", "172.16.0.1", "192.168.0.9", "169.254.1.1", "100.64.0.1", "100.127.9.9", "fe80::1", "fd00::1"]
        {
            assert_eq!(reach(network), Reach::Network, "{network}");
        }
        for far in ["8.8.8.8", "172.32.0.1", "100.63.0.1", "100.128.0.1", "2001:db8::1"] {
            assert_eq!(reach(far), Reach::Anywhere, "{far}");
        }
        assert!(Reach::Machine < Reach::Network && Reach::Network < Reach::Anywhere);
    }
}
