//! Who may do what.

use super::{Entry, Trust};
use bf_io::osc::{Peer, Reach, Via};
use std::collections::BTreeSet;

/// Wrong phrases within a minute, after which none is listened to.
const TRIES: u32 = 10;
const MINUTE_NS: u64 = 60_000_000_000;
/// Peers that have said the phrase.
const PASSED: usize = 64;

/// Whether edits, code and paths of files are taken from other machines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RemoteEdits {
    /// From programs of this machine only.
    #[default]
    No,
    /// From whoever has said this phrase.
    WithPass(String),
}

/// Who has said the phrase.
pub(super) struct Gate {
    edits: RemoteEdits,
    passed: BTreeSet<Peer>,
    wrong: u32,
    since_ns: u64,
}

impl Gate {
    pub(super) fn new(edits: RemoteEdits) -> Gate {
        Gate { edits, passed: BTreeSet::new(), wrong: 0, since_ns: 0 }
    }

    /// Whether somebody may write to an entry.
    ///
    /// # Errors
    /// Why not, in the user's words.
    pub(super) fn may(&self, peer: Peer, entry: &Entry) -> Result<(), String> {
        if entry.trust == Trust::Anyone || self.trusts(peer) {
            return Ok(());
        }
        Err(match self.edits {
            RemoteEdits::No => {
                "it is taken from this machine only; start the set with --allow-remote-edit --pass PHRASE to open it"
                    .to_owned()
            }
            RemoteEdits::WithPass(_) => "say the pass phrase first: /bf/pass PHRASE".to_owned(),
        })
    }

    pub(super) fn trusts(&self, peer: Peer) -> bool {
        // A page that a browser of this machine shows is a stranger's.
        let page = matches!(peer.via, Via::Web { page: true, .. });
        Reach::of(peer.address.ip()) == Reach::Machine && !page || self.passed.contains(&peer)
    }

    /// Somebody says a phrase.
    ///
    /// # Errors
    /// Why it opens nothing.
    pub(super) fn pass(&mut self, peer: Peer, phrase: &str, now_ns: u64) -> Result<(), String> {
        let RemoteEdits::WithPass(wanted) = &self.edits else {
            return Err("this set takes edits and code from this machine only".to_owned());
        };
        if now_ns.saturating_sub(self.since_ns) > MINUTE_NS {
            (self.wrong, self.since_ns) = (0, now_ns);
        }
        if self.wrong >= TRIES {
            return Err("too many wrong phrases: wait a minute".to_owned());
        }
        if !same(wanted.as_bytes(), phrase.as_bytes()) {
            self.wrong += 1;
            return Err("this is not the pass phrase".to_owned());
        }
        if self.passed.len() >= PASSED {
            self.passed.pop_first();
        }
        self.passed.insert(peer);
        Ok(())
    }

    /// Somebody is gone.
    pub(super) fn forget(&mut self, peer: Peer) {
        self.passed.remove(&peer);
    }
}

/// Compares in a time that does not tell where they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    let differ = a.iter().zip(b).fold(0, |differ, (a, b)| differ | (a ^ b));
    a.len() == b.len() && differ == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> Peer {
        Peer::udp(text.parse().unwrap())
    }

    #[test]
    fn other_machines_need_the_phrase_and_cannot_guess_it() {
        let (near, far) = (peer("127.0.0.1:5000"), peer("192.168.1.7:5000"));
        assert!(Gate::new(RemoteEdits::No).trusts(near));
        assert!(Gate::new(RemoteEdits::No).pass(far, "", 0).is_err());
        let mut gate = Gate::new(RemoteEdits::WithPass("tape echo".to_owned()));
        assert!(!gate.trusts(far));
        (0..20).for_each(|_| assert!(gate.pass(far, "guess", 1).is_err()));
        assert!(gate.pass(far, "tape echo", 2).unwrap_err().contains("wait"));
        gate.pass(far, "tape echo", 2 + 2 * MINUTE_NS).unwrap();
        assert!(gate.trusts(far) && !gate.trusts(peer("192.168.1.7:5001")));
        gate.forget(far);
        assert!(!gate.trusts(far));
    }
}
