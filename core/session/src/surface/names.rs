//! Where those who send are told.

use bf_io::osc::{Peer, Via};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// Senders that have said where they are told.
const NAMES: usize = 64;

/// Who has sent something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Who {
    /// The sender itself: what is trusted, and what holds notes.
    pub from: Peer,
    /// Where it is told.
    pub client: Peer,
}

/// Where a sender is told, and when it was last heard.
struct Named {
    to: Peer,
    heard_ns: u64,
}

/// Where senders are told who are not told at the port from which they send.
pub(super) struct Names {
    of: BTreeMap<Peer, Named>,
    targets: Vec<SocketAddr>,
    /// Senders whose moves counted as those of a target's app.
    taken: BTreeSet<Peer>,
}

impl Names {
    pub(super) fn new(targets: Vec<SocketAddr>) -> Names {
        Names { of: BTreeMap::new(), targets, taken: BTreeSet::new() }
    }

    /// Whom the set was told to tell.
    pub(super) fn targets(&self) -> &[SocketAddr] {
        &self.targets
    }

    pub(super) fn is_target(&self, peer: Peer) -> bool {
        peer.via == Via::Udp && self.targets.contains(&peer.address)
    }

    /// Where a sender is told, which is heard now.
    pub(super) fn hear(&mut self, from: Peer, now_ns: u64) -> Peer {
        if let Some(named) = self.of.get_mut(&from) {
            named.heard_ns = now_ns;
            return named.to;
        }
        self.app(from).unwrap_or(from)
    }

    /// The target that a sender is taken to be the app of: it has the same address, and has not asked for anything
    /// itself. Most apps send from a port at which they do not listen.
    pub(super) fn app(&self, from: Peer) -> Option<Peer> {
        if from.via != Via::Udp || self.of.contains_key(&from) {
            return None;
        }
        let mut near = self.targets.iter().filter(|to| to.ip() == from.address.ip());
        let (one, another) = (near.next()?, near.next());
        another.is_none().then(|| Peer::udp(*one))
    }

    /// The moves of a sender count as those of a target's app.
    pub(super) fn take(&mut self, from: Peer) {
        if self.app(from).is_some_and(|app| app != from) {
            if self.taken.len() >= NAMES {
                self.taken.pop_first();
            }
            self.taken.insert(from);
        }
    }

    /// A sender stands for itself from now on; answers the target whose app it was taken to be, where it has moved
    /// anything as such.
    pub(super) fn stand(&mut self, from: Peer, now_ns: u64) -> Option<Peer> {
        let app = self.app(from)?;
        let taken = self.taken.remove(&from);
        self.give(from, from, now_ns);
        taken.then_some(app)
    }

    /// A sender is told somewhere from now on; answers where it was told before, if nobody else is told there.
    pub(super) fn give(&mut self, from: Peer, to: Peer, now_ns: u64) -> Option<Peer> {
        let before = self.of.remove(&from).map(|named| named.to);
        self.taken.remove(&from);
        if from != to || self.app(from).is_some() {
            if self.of.len() >= NAMES {
                // Who has been silent for longest makes room.
                let oldest = self.of.iter().min_by_key(|(_, named)| named.heard_ns).map(|(from, _)| *from);
                if let Some(oldest) = oldest {
                    self.of.remove(&oldest);
                }
            }
            self.of.insert(from, Named { to, heard_ns: now_ns });
        }
        before.filter(|before| *before != to && self.is_free(*before))
    }

    /// A sender is gone; answers where it was told, if nobody else is told there.
    pub(super) fn forget(&mut self, from: Peer) -> Option<Peer> {
        self.taken.remove(&from);
        let before = self.of.remove(&from).map(|named| named.to);
        self.of.retain(|_, named| named.to != from);
        before.filter(|before| self.is_free(*before))
    }

    /// Nobody is told there any more.
    pub(super) fn gone(&mut self, client: Peer) {
        self.of.retain(|_, named| named.to != client);
    }

    fn is_free(&self, client: Peer) -> bool {
        !self.is_target(client) && self.of.values().all(|named| named.to != client)
    }
}
