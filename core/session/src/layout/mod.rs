//! TouchOSC layouts: read of both kinds, and written of the present kind.
//!
//! What is known of `.tosc` comes from reading files, not from its maker; what is written here has not been opened in the
//! app. A layout from outside is not trusted: how far it may unpack, nest and repeat itself is bounded, and it can name
//! no file and no entity.

mod error;
mod legacy;
mod make;
mod offer;
mod pack;
#[cfg(test)]
mod tests;
pub mod tosc;
mod xml;

pub use error::LayoutError;
pub use legacy::{Control, Legacy, OldMidi, Page};
pub use make::{Device, Made, make};
pub use offer::{Carries, Offer, Sends};
pub use tosc::Tosc;

/// A layout of either kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Layout {
    /// Of the present app.
    Tosc(Tosc),
    /// Of the old app.
    Legacy(Legacy),
}

impl Layout {
    /// Reads a layout of either kind, told apart by how it begins.
    ///
    /// # Errors
    /// What is wrong with it; see [`LayoutError`].
    pub fn read(bytes: &[u8]) -> Result<Layout, LayoutError> {
        if pack::is_zip(bytes) {
            return Legacy::read(bytes).map(Layout::Legacy);
        }
        Tosc::read(bytes).map(Layout::Tosc)
    }

    /// What its controls send, in the order of the file, for mapping to params.
    pub fn offers(&self) -> Vec<Offer> {
        match self {
            Layout::Tosc(tosc) => offer::of_tosc(tosc),
            Layout::Legacy(legacy) => offer::of_legacy(legacy),
        }
    }
}
