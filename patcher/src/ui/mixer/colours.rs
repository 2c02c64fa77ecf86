//! The colours of strips: each has one of its own as long as there are enough.

use super::super::theme::Paints;
use bf_node::Category;
use bf_patch::Name;
use egui::Color32;
use std::collections::BTreeMap;

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
    pub(super) fn follow(&mut self, order: &[Name]) {
        self.0.retain(|name, _| order.contains(name));
        for name in order {
            if !self.0.contains_key(name) {
                let taken = |nth: usize| self.0.values().filter(|of| **of == nth).count();
                let free = (0..COLORS.len()).min_by_key(|nth| taken(*nth)).unwrap_or(0);
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
        colours.follow(&names[..9]);
        let before: Vec<usize> = names[..9].iter().map(|name| colours.0[name]).collect();
        assert_eq!(before, (0..9).collect::<Vec<usize>>());
        // One goes and another comes: that has its colour, and the others keep theirs.
        let mut left = names.clone();
        left.remove(4);
        colours.follow(&left);
        assert_eq!((colours.0[&names[9]], colours.0[&names[8]], colours.0.len()), (4, 8, 9));
    }
}
