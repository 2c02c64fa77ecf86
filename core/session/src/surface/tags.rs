//! How the time tags of each sender stand to the times at which they come.

use bf_io::osc::Peer;
use std::collections::BTreeMap;

/// Senders that are kept; of more, those that spoke last.
const SENDERS: usize = 16;

/// What is known of a sender's time tags.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tags {
    /// How far they are ahead of their arrival, in seconds.
    pub ahead_secs: f64,
    /// How far that differs from one to another, on average, in seconds.
    pub jitter_secs: f64,
    /// Messages with a time so far.
    pub messages: u64,
    /// Of these, what came after its time.
    pub late: u64,
}

/// The time tags of all senders.
#[derive(Default)]
pub(super) struct TagTimes {
    senders: BTreeMap<Peer, Sender>,
}

struct Sender {
    /// Bundles so far, up to [`WINDOW`].
    bundles: f64,
    seen_ns: u64,
    tags: Tags,
}

/// Averages are over about so many bundles.
const WINDOW: f64 = 64.0;

impl TagTimes {
    /// Takes so many messages that came at a time, for a time.
    pub(super) fn take(&mut self, from: Peer, (came_ns, due_ns): (u64, u64), messages: usize) {
        if !self.senders.contains_key(&from) && self.senders.len() >= SENDERS {
            let oldest = self.senders.iter().min_by_key(|(_, sender)| sender.seen_ns).map(|(peer, _)| *peer);
            oldest.map(|peer| self.senders.remove(&peer));
        }
        let new = || Sender { bundles: 0.0, seen_ns: 0, tags: Tags::default() };
        let Sender { bundles, seen_ns, tags } = self.senders.entry(from).or_insert_with(new);
        let ahead = due_ns.wrapping_sub(came_ns).cast_signed() as f64 * 1e-9;
        *bundles = (*bundles + 1.0).min(WINDOW);
        *seen_ns = came_ns;
        tags.messages += messages as u64;
        tags.ahead_secs += (ahead - tags.ahead_secs) / *bundles;
        tags.jitter_secs += ((ahead - tags.ahead_secs).abs() - tags.jitter_secs) / *bundles;
    }

    /// So many of a sender's messages were late.
    pub(super) fn late(&mut self, from: Peer, messages: usize) {
        if let Some(sender) = self.senders.get_mut(&from) {
            sender.tags.late += messages as u64;
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (Peer, Tags)> {
        self.senders.iter().map(|(peer, sender)| (*peer, sender.tags))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_s_lead_and_jitter_are_found() {
        let peer = |port| Peer::udp(([127, 0, 0, 1], port).into());
        let mut times = TagTimes::default();
        let mut state = 3_u64;
        for bundle in 0..1_000_u64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // From -1 to 1 ms, half of one on average.
            let jitter = (state >> 33) % 2_000_000;
            let due = 5_000_000_000 + bundle * 20_000_000;
            times.take(peer(1), (due - 50_000_000 + jitter - 1_000_000, due), 2);
        }
        times.late(peer(1), 3);
        let (_, tags) = times.all().next().unwrap();
        assert!((tags.ahead_secs - 0.05).abs() < 0.2e-3, "{tags:?}");
        assert!((tags.jitter_secs - 0.5e-3).abs() < 0.2e-3, "{tags:?}");
        assert_eq!((tags.messages, tags.late), (2_000, 3));
        (2..40).for_each(|port| times.take(peer(port), (u64::from(port), 9), 1));
        assert_eq!(times.all().count(), SENDERS);
    }
}
