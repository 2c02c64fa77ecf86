//! Whether two texts want the same.

use crate::wanted::{All, Instrument, Later, Once, Scene, Track, Wanted};

impl Wanted {
    /// Whether this wants what another does, wherever either says so. Patterns that cannot be told apart count as others.
    pub fn is_same(&self, other: &Wanted) -> bool {
        let (a, b) = (self, other);
        let names = |marked: &[crate::Marked]| marked.iter().map(|m| m.name.clone()).collect::<Vec<_>>();
        let numbers = |w: &Wanted| (w.tempo, w.cps, w.signature, w.seed, w.hushed);
        numbers(a) == numbers(b)
            && all(&a.tracks, &b.tracks, |a: &Track, b| a.name == b.name && a.muted == b.muted && a.is_same(b))
            && (names(&a.solo), names(&a.mute), names(&a.launch)) == (names(&b.solo), names(&b.mute), names(&b.launch))
            && all(&a.once, &b.once, |a: &Once, b| same(a.fingerprint, b.fingerprint))
            && all(&a.all, &b.all, |a: &All, b| same(a.function.fingerprint(), b.function.fingerprint()))
            && all(&a.later, &b.later, |a: &Later, b| a.when == b.when && a.wanted.is_same(&b.wanted))
            && pairs(&a.scenes, &b.scenes, |a: &Scene, b| a.wanted.is_same(&b.wanted))
            && pairs(&a.instruments, &b.instruments, |a: &Instrument, b| a.patch == b.patch)
            && pairs(&a.nodes, &b.nodes, |a, b| {
                a.patch == b.patch && pairs(&a.moved, &b.moved, |a, b| same(a.fingerprint, b.fingerprint))
            })
            && pairs(&a.macros, &b.macros, |a, b| (a.value, a.range) == (b.value, b.range))
            && all(&a.cables, &b.cables, |a, b| (&a.to, &a.cable) == (&b.to, &b.cable))
            && all(&a.samples, &b.samples, |a, b| a.folder == b.folder)
            && a.outs.is_empty()
            && b.outs.is_empty()
    }
}

/// Fingerprints that tell that two are alike.
fn same(a: Option<u64>, b: Option<u64>) -> bool {
    a.is_some() && a == b
}

fn all<T>(a: &[T], b: &[T], alike: impl Fn(&T, &T) -> bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
}

type Map<K, V> = std::collections::BTreeMap<K, V>;

fn pairs<K: Ord, V>(a: &Map<K, V>, b: &Map<K, V>, alike: impl Fn(&V, &V) -> bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|((i, a), (j, b))| i == j && alike(a, b))
}
