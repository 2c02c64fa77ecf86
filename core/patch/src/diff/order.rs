//! The fewest moves that bring a list into a wanted order.

use std::collections::HashMap;
use std::hash::Hash;

/// One step on the way, taken on the list as the steps before have left it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step<K> {
    /// The item goes.
    Remove(K),
    /// The item that the wanted list has at the first place comes in at the second.
    Insert(usize, usize),
    /// The same for an item that leaves another place.
    Move(usize, usize),
}

/// The steps from one list to another, each without repeated items: removals, then insertions and moves. As many
/// items as possible stay.
pub(crate) fn reorder<K: Copy + Eq + Hash>(now: &[K], wanted: &[K]) -> Vec<Step<K>> {
    let place: HashMap<K, usize> = wanted.iter().enumerate().map(|(i, k)| (*k, i)).collect();
    let mut steps: Vec<Step<K>> = now.iter().filter(|k| !place.contains_key(k)).map(|k| Step::Remove(*k)).collect();
    let mut list: Vec<usize> = now.iter().filter_map(|k| place.get(k).copied()).collect();
    let mut stays = vec![false; wanted.len()];
    longest_rising(&list).into_iter().for_each(|i| stays[i] = true);
    // Each item goes right behind the one that it is to follow. What still waits to be moved may stand between, and
    // leaves when its turn comes.
    for i in (0..wanted.len()).filter(|i| !stays[*i]) {
        let before = list.len();
        list.retain(|item| *item != i);
        let at = if i == 0 { 0 } else { list.iter().position(|item| *item == i - 1).map_or(0, |p| p + 1) };
        steps.push(if list.len() < before { Step::Move(i, at) } else { Step::Insert(i, at) });
        list.insert(at, i);
    }
    steps
}

/// The longest rising run that is left when some numbers are struck out.
fn longest_rising(numbers: &[usize]) -> Vec<usize> {
    let mut tails: Vec<usize> = Vec::new(); // index of the least last number of a run of each length
    let mut before: Vec<Option<usize>> = vec![None; numbers.len()];
    for (i, n) in numbers.iter().enumerate() {
        let length = tails.partition_point(|t| numbers[*t] < *n);
        before[i] = length.checked_sub(1).map(|l| tails[l]);
        if length == tails.len() {
            tails.push(i);
        } else {
            tails[length] = i;
        }
    }
    let mut run: Vec<usize> =
        core::iter::successors(tails.last().copied(), |i| before[*i]).map(|i| numbers[i]).collect();
    run.reverse();
    run
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn play(now: &[u8], wanted: &[u8], steps: &[Step<u8>]) -> Vec<u8> {
        let mut list = now.to_vec();
        for step in steps {
            match step {
                Step::Remove(k) => list.retain(|x| x != k),
                Step::Insert(i, at) => list.insert(*at, wanted[*i]),
                Step::Move(i, at) => {
                    list.retain(|x| *x != wanted[*i]);
                    list.insert(*at, wanted[*i]);
                }
            }
        }
        list
    }

    #[test]
    fn what_moves_is_the_fewest() {
        assert_eq!(reorder(&[1, 2, 3], &[3, 1, 2]), [Step::Move(0, 0)]);
        assert_eq!(reorder(&[1, 2, 3], &[2, 3, 1]), [Step::Move(2, 2)]);
        assert_eq!(reorder(&[1, 2, 3], &[1, 3]), [Step::Remove(2)]);
        assert_eq!(reorder(&[1, 3], &[1, 2, 3]), [Step::Insert(1, 1)]);
        assert_eq!(reorder::<u8>(&[], &[]), []);
    }

    fn unique() -> impl Strategy<Value = Vec<u8>> {
        (Just((0..12_u8).collect::<Vec<_>>()).prop_shuffle(), 0..12_usize).prop_map(|(v, n)| v[..n].to_vec())
    }

    proptest! {
        #[test]
        fn the_steps_lead_there(now in unique(), wanted in unique()) {
            let steps = reorder(&now, &wanted);
            prop_assert_eq!(play(&now, &wanted, &steps), wanted);
        }
    }
}
