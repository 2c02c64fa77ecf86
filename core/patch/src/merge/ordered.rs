//! Merging the order of two lists that come from one.

use std::collections::BTreeSet;

/// The kept items of both sides: in our order where the file has not changed the order, in the file's where it has.
/// What only the other side has stands behind what it follows there.
pub(super) fn merge<K: Ord + Copy>(base: &[K], ours: &[K], theirs: &[K], keep: impl Fn(&K) -> bool) -> Vec<K> {
    let rearranged = |side: &[K]| {
        let (here, there): (BTreeSet<K>, BTreeSet<K>) =
            (side.iter().copied().collect(), base.iter().copied().collect());
        !side.iter().filter(|k| there.contains(k)).eq(base.iter().filter(|k| here.contains(k)))
    };
    let (first, second) = match (rearranged(ours), rearranged(theirs)) {
        (true, false) => (ours, theirs),
        (false, false) if theirs == base => (ours, theirs),
        _ => (theirs, ours),
    };
    let mut merged: Vec<K> = first.iter().copied().filter(&keep).collect();
    let mut there: BTreeSet<K> = merged.iter().copied().collect();
    for (i, key) in second.iter().enumerate().filter(|(_, k)| keep(k)) {
        if there.insert(*key) {
            let before = second[..i].iter().rev().find_map(|k| merged.iter().position(|m| m == k));
            merged.insert(before.map_or(0, |place| place + 1), *key);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base: &str, ours: &str, theirs: &str, wanted: &str) {
        let [b, o, t] = [base, ours, theirs].map(|s| s.chars().collect::<Vec<_>>());
        let keep = |c: &char| (o.contains(c) && t.contains(c)) || !b.contains(c);
        assert_eq!(merge(&b, &o, &t, keep).into_iter().collect::<String>(), wanted);
    }

    #[test]
    fn the_order_that_was_changed_holds() {
        check("abc", "abc", "cab", "cab");
        check("abc", "cab", "abc", "cab");
        check("abc", "cab", "bca", "bca");
        check("abc", "abxc", "abyc", "abxyc");
        check("abc", "xabc", "cab", "xcab");
        check("abc", "ac", "abcd", "acd");
        check("", "x", "y", "xy");
    }
}
