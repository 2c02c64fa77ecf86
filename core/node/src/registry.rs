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

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let cost = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found() {
        let names = ["saw", "square", "svf", "ladder"];
        assert_eq!(nearest("sqare", names.into_iter()), Some("square"));
        assert_eq!(nearest("svg", names.into_iter()), Some("svf"));
        assert_eq!(nearest("reverb", names.into_iter()), None);
    }
}
