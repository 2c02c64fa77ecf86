//! Who is near: which addresses count as those of the local network.

use super::Reach;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long what the system says of its networks holds: cables are plugged in, networks change.
const FRESH: Duration = Duration::from_secs(5);

/// Whom a server hears, by the networks that the machine is on.
#[derive(Debug)]
pub(crate) struct Nearby {
    reach: Reach,
    nets: Mutex<Option<(Instant, Vec<Net>)>>,
}

/// A network: its address, and how many bits of it count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Net {
    address: IpAddr,
    bits: u8,
}

impl Net {
    /// The network of an interface. One that takes in half the world is a way to it, and only the address itself is near.
    fn new(address: IpAddr, bits: u8) -> Net {
        let (least, whole) = if address.is_ipv4() { (8, 32) } else { (32, 128) };
        Net { address, bits: if (least..=whole).contains(&bits) { bits } else { whole } }
    }

    fn has(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(net), IpAddr::V4(of)) => {
                let differ = net.to_bits() ^ of.to_bits();
                differ.checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(net), IpAddr::V6(of)) => {
                let differ = net.to_bits() ^ of.to_bits();
                differ.checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl Nearby {
    pub(crate) fn new(reach: Reach) -> Nearby {
        Nearby { reach, nets: Mutex::new(None) }
    }

    /// Whether somebody is near enough to be heard. The local network is what has private addresses, and what this
    /// machine shares a network with.
    pub(crate) fn hears(&self, address: IpAddr) -> bool {
        if self.reach == Reach::Anywhere || Reach::of(address) <= self.reach {
            return true;
        }
        self.reach == Reach::Network && self.shares_network(address.to_canonical())
    }

    fn shares_network(&self, address: IpAddr) -> bool {
        let mut nets = self.nets.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, nets) = match &mut *nets {
            Some(known) if known.0.elapsed() < FRESH => known,
            stale => stale.insert((Instant::now(), own())),
        };
        nets.iter().any(|net| net.has(address))
    }
}

/// The networks of this machine's interfaces; none where the system does not tell.
fn own() -> Vec<Net> {
    let all = if_addrs::get_if_addrs().unwrap_or_default().into_iter();
    all.map(|interface| match interface.addr {
        if_addrs::IfAddr::V4(v4) => Net::new(v4.ip.into(), v4.prefixlen),
        if_addrs::IfAddr::V6(v6) => Net::new(v6.ip.into(), v6.prefixlen),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_has_its_addresses_and_no_others() {
        for (net, bits, inside, outside) in [
            ("203.0.113.5", 24, "203.0.113.250", "203.0.114.5"),
            ("203.0.113.5", 32, "203.0.113.5", "203.0.113.6"),
            ("203.0.113.5", 0, "203.0.113.5", "8.8.8.8"),
            ("2001:db8:1:2::7", 64, "2001:db8:1:2::9", "2001:db8:1:3::7"),
            ("2001:db8:1:2::7", 0, "2001:db8:1:2::7", "2001:db8::1"),
        ] {
            let net = Net::new(ip(net), bits);
            assert!(net.has(ip(inside)), "{net:?}");
            assert!(!net.has(ip(outside)) && !net.has(ip("::ffff:8.8.8.8")), "{net:?}");
        }
    }

    #[test]
    fn this_machine_is_near_and_the_world_is_not() {
        let (machine, network) = (Nearby::new(Reach::Machine), Nearby::new(Reach::Network));
        for net in own() {
            assert!(network.hears(net.address), "{net:?}");
        }
        // Addresses for documents; machines in a test bed may be on one of these networks.
        let documented = ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"].map(ip);
        for far in documented.into_iter().filter(|far| !own().iter().any(|net| net.has(*far))) {
            assert!(!network.hears(far) && !machine.hears(far) && Nearby::new(Reach::Anywhere).hears(far), "{far}");
        }
        assert!(
            network.hears(ip("192.168.7.7")) && !machine.hears(ip("192.168.7.7")) && machine.hears(ip("127.0.0.1"))
        );
    }
}
