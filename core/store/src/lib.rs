//! The history of a set: what was done and played, written as it happens into SQLite in the set's folder.
//!
//! **What survives.** Entries wait at most [`Settings::group`] (200 ms) in memory, then go into the database as one
//! transaction. The database is in WAL mode: a transaction is a write to the end of `history.sqlite-wal`, which the
//! system holds from then on. A *process* that dies, also by `kill -9`, therefore loses what waited: 200 ms and the time
//! of one write, well under a second. A *power cut* loses what the system had not brought to the disk: another thread
//! with `synchronous = NORMAL` syncs the log every ten seconds, or once it has 8 MiB, and only then moves its pages into
//! the database. The database is whole in both cases: a transaction counts once its last frame and its checksums are
//! there. The writer itself never syncs, since that can take a second where the disk is busy (`keeper.rs` has more).
//!
//! **Who waits.** Nobody: [`Store::record`] puts an entry in a queue that is bounded in entries and bytes. Where the
//! disk does not keep up, or is full, streams (controls, notes, receipts, events) are lost first and edits last; losses
//! are counted, told once ([`Store::troubles`]), and stand in the journal as [`What::Lost`].
//!
//! **How big it is.** An hour of playing with 32 events and their receipts a second, a control turned a third of the
//! time, 2,000 edits and 200 evaluations takes less than 48 MiB (`src/tests/size.rs` measures it). Nothing is ever removed.
//!
//! **How a session uses it**, all from the control thread; threads of input take a [`Recorder`]:
//! [`Store::open`] with the set, before its files are read; [`restore`] what it answers, and merge it with the files (the
//! texts of the last checkpoint say what was on the disk). Then [`What::Opened`] and a [`Store::checkpoint`]. After each
//! edit, undo and redo that was applied an entry with the edits *as applied*; what changes the set outside undo is
//! [`What::Follow`]. Where [`Status::wants_checkpoint`] says so, and whenever patch files come or go, a checkpoint. At
//! the end a checkpoint and [`Store::close`].
//!
//! **Damage.** A database that is not whole is read as far as it can be, written anew, and kept aside under a dated
//! name. Every entry carries a sum and every text its hash, so that what comes back is what was written.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that fails says where"))]

mod carry;
mod damage;
mod date;
mod entry;
mod error;
pub mod form;
mod hash;
mod keeper;
mod place;
mod queue;
mod reader;
mod restore;
mod row;
mod schema;
mod start;
mod store;
#[cfg(test)]
mod tests;
mod writer;

pub use carry::{CarryError, carry};
pub use damage::Notice;
pub use date::date;
pub use entry::{Change, Draft, Entry, Evaluation, Moment, Motion, NoteInput, Opened, Page, Played, What};
pub use error::{OpenError, ReadError, RestoreError, Trouble};
pub use form::BadForm;
pub use hash::Hash;
pub use place::{Holder, Why};
pub use queue::Status;
pub use reader::{Head, Reader, Version, Which};
pub use restore::{Restored, Text, restore};
pub use start::{Checkpoint, PageText, Stage, Start};
pub use store::{Access, Opening, Recorder, Settings, Store};
pub use writer::Sheet;
