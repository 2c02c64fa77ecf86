//! Where names of sounds are looked up.

use bf_session::{Bank, Library, Owner, sounds};
use std::borrow::Cow;
use std::path::Path;

/// The banks of a set, of the user and those that ship.
#[derive(Clone, Copy)]
pub(crate) enum Banks<'a> {
    /// They are read when they are asked for.
    Of(&'a Path),
    /// They were read before.
    Known(&'a [(Owner, Bank)]),
}

impl<'a> Banks<'a> {
    pub(crate) fn all(self) -> Cow<'a, [(Owner, Bank)]> {
        match self {
            Banks::Of(folder) => Cow::Owned(Library::new(folder, sounds::folder()).banks().0),
            Banks::Known(banks) => Cow::Borrowed(banks),
        }
    }
}
