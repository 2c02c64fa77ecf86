//! The list of node types.

use crate::NodeSpec;
use std::collections::BTreeMap;

/// Node types by name.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    specs: BTreeMap<&'static str, &'static NodeSpec>,
}

impl Registry {
    /// No types.
    pub fn new() -> Registry {
        Registry::default()
    }
    /// Adds a type; one of the same name is replaced.
    pub fn add(&mut self, spec: &'static NodeSpec) {
        self.specs.insert(spec.name, spec);
    }
    /// The type of a name.
    pub fn get(&self, name: &str) -> Option<&'static NodeSpec> {
        self.specs.get(name).copied()
    }
    /// Every type, by name.
    pub fn iter(&self) -> impl Iterator<Item = &'static NodeSpec> + '_ {
        self.specs.values().copied()
    }
    /// The name nearest to a misspelt one, when it is near enough to be meant.
    pub fn nearest(&self, name: &str) -> Option<&'static str> {
        nearest(name, self.specs.keys().copied())
    }
}

/// The candidate at the least edit distance, when at most a third of the letters differ.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    candidates.map(|c| (distance(name, c), c)).filter(|(d, _)| *d <= limit).min().map(|(_, c)| c)
}

/// Edits that lead from one word to the other: a letter more, less or other, or two neighbours swapped.
///
/// *Source*: optimal string alignment, after Damerau (1964).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (mut before, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let other = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j - 1] + other).min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = core::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found() {
        let names = ["saw", "square", "svf", "ladder"];
        assert_eq!(nearest("sqare", names.into_iter()), Some("square"));
        assert_eq!(nearest("gian", ["gain", "pan"].into_iter()), Some("gain"));
        assert_eq!(nearest("svg", names.into_iter()), Some("svf"));
        assert_eq!(nearest("reverb", names.into_iter()), None);
    }
}
