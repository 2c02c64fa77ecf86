//! What a hand has just made, until the session shows it: the next move of the hand starts from it.

use super::link::{Link, Shown};

/// A value under a hand.
#[derive(Clone, Debug)]
pub(crate) struct Draft<K, T> {
    key: K,
    value: T,
    /// How many wishes were sent with it.
    sent: u64,
}

impl<K: PartialEq, T: Clone> Draft<K, T> {
    /// The value to go on from: the hand's, where the session has not carried it out, else what is shown.
    pub(crate) fn current(draft: &Option<Draft<K, T>>, key: &K, shown: &Shown) -> Option<T> {
        draft.as_ref().filter(|d| d.key == *key && shown.granted < d.sent).map(|d| d.value.clone())
    }

    /// Keeps what was just wished.
    pub(crate) fn keep(key: K, value: T, link: &Link) -> Option<Draft<K, T>> {
        Some(Draft { key, value, sent: link.sent() })
    }
}
