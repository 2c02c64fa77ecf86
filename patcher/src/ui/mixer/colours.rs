//! The colours of strips: each has one of its own as long as there are enough.

use super::super::theme::Paints;
use bf_node::Category;
use bf_patch::Name;
use egui::Color32;
use std::collections::{BTreeMap, BTreeSet};

const COLORS: [Category; 9] = [
    Category::Source,
    Category::Drum,
    Category::Filter,
    Category::Dynamics,
    Category::Sampler,
    Category::Shaper,
    Category::Delay,
    Category::Modulation,
    Category::Control,
];

/// Which colour each strip has.
#[derive(Default)]
pub(super) struct Colours(BTreeMap<Name, usize>);

impl Colours {
    /// Gives each strip that is new a colour that few others have, the first of these; no other strip changes its own.
    /// Those that come together have theirs in the order of their names, wherever they stand: a set that is opened again
    /// has the same.
    pub(super) fn follow(&mut self, strips: &[Name], is_own: impl Fn(&Name) -> bool) {
        let names: BTreeSet<&Name> = strips.iter().collect();
        self.0.retain(|name, _| names.contains(name));
        let mut taken = [0_usize; COLORS.len()];
        self.0.values().for_each(|nth| taken[*nth] += 1);
        // What scripts play may come a moment later than what the set owns.
        let (own, played): (Vec<&Name>, Vec<&Name>) = names.into_iter().partition(|name| is_own(name));
        for name in own.into_iter().chain(played) {
            if !self.0.contains_key(name) {
                let free = (0..COLORS.len()).min_by_key(|nth| taken[*nth]).unwrap_or(0);
                taken[free] += 1;
                self.0.insert(name.clone(), free);
            }
        }
    }

    pub(super) fn of(&self, name: &Name, paints: &Paints) -> Color32 {
        paints.category(COLORS[self.0.get(name).copied().unwrap_or(0)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_strips_have_one_colour_while_there_are_enough() {
        let names: Vec<Name> = (0..10).map(|n| Name::new(&format!("strip{n}"))).collect();
        let mut colours = Colours::default();
        colours.follow(&names[..9], |_| true);
        let before: Vec<usize> = names[..9].iter().map(|name| colours.0[name]).collect();
        assert_eq!(before, (0..9).collect::<Vec<usize>>());
        // One goes and another comes: that has its colour, and the others keep theirs.
        let mut left = names.clone();
        left.remove(4);
        colours.follow(&left, |_| true);
        assert_eq!((colours.0[&names[9]], colours.0[&names[8]], colours.0.len()), (4, 8, 9));
    }

    #[test]
    fn a_set_that_is_opened_again_has_the_same_colours() {
        let names: Vec<Name> = (0..12).map(|n| Name::new(&format!("strip{n:02}"))).collect();
        let mut backwards: Vec<Name> = names.iter().rev().cloned().collect();
        let is_own = |name: &Name| *name == names[7];
        let [mut one, mut other, mut third] = [Colours::default(), Colours::default(), Colours::default()];
        one.follow(&names, is_own);
        other.follow(&backwards, is_own);
        assert_eq!(one.0, other.0);
        // What scripts play comes later.
        third.follow(&names[7..8], is_own);
        third.follow(&backwards, is_own);
        assert_eq!(one.0, third.0);
        // What is there keeps its own while the set plays, whoever comes before it.
        let new = Name::new("a");
        backwards.push(new.clone());
        third.follow(&backwards, is_own);
        assert!(third.0.remove(&new).is_some());
        assert_eq!(one.0, third.0);
    }
}
