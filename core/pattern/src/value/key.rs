//! Names of controls: a number for those that are known, so that they compare and copy at once.

use super::controls::{CONTROLS, control_index};
use std::fmt;
use std::sync::Arc;

/// The name of a control. Aliases of one control are one key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Repr);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Repr {
    /// An index into the controls that are known.
    Known(u16),
    /// A param of some instrument.
    Own(Arc<str>),
}

impl Key {
    /// What a plain value is called beside controls: the first of the known.
    pub const VALUE: Key = Key(Repr::Known(0));

    /// The key of a name or alias.
    pub fn new(name: &str) -> Key {
        match control_index(name) {
            Some(index) => Key(Repr::Known(index)),
            None => Key(Repr::Own(name.into())),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match &self.0 {
            Repr::Known(index) => CONTROLS.get(usize::from(*index)).map_or("", |c| c.name),
            Repr::Own(name) => name,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
