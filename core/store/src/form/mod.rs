//! How entries are written: JSON lists, each beginning with what it is, read back to the last bit.
//!
//! Lists have a fixed order and only ever grow at their end, so that an older history stays readable.

mod edit;
mod fields;
mod value;
mod what;

pub use edit::{read_set_edit, set_edit};
pub use fields::BadForm;
pub(crate) use fields::{ratio, read_ratio};
pub(crate) use what::{drafted_file, read_what, what};
