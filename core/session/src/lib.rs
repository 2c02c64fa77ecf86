//! The control thread: a set, its history, hot reload, sample loading, and every thread but audio.
//!
//! The one interface that the command line, the canvas, OSC and scripts use.

mod bundle;
pub mod chain;
mod clock;
mod collect;
mod desk;
mod folder;
mod journal;
pub mod layout;
mod library;
pub mod link;
mod live;
pub mod midi;
mod own;
mod play;
pub mod query;
mod recorder;
pub mod remote;
mod render;
mod replay;
mod samples;
pub mod scripts;
mod session;
pub mod sounds;
mod stems;
pub mod surface;
pub mod sync;
mod trial;
mod typed;
mod versions;
mod write;

pub use bundle::Bundle;
pub use clock::thread_cpu_ns;
pub use collect::{Brought, CollectError, CollectRequest, Collected, collect};
pub use desk::Desk;
pub use folder::{Folder, OpenError};
pub use journal::carry_history;
pub use library::{Shelf, Shelved, ToShelve, shelved};
pub use live::{Live, LiveError, LiveRequest};
pub use own::{OwnFile, not_own_file};
pub use play::outs::Leaving;
pub use play::sent::{Noted, Sent};
pub use recorder::loud::HeardLoudness;
pub use render::{Length, RenderError, RenderReport, RenderRequest, default_out, render};
pub use replay::{
    Performance, ReplayError, ReplayReport, ReplayRequest, ReplayTimes, performances, replay, replay_times,
};
pub use samples::{FileFault, SampleStore, Wanted, sound_to_try};
pub use session::{
    Freeze, FreezeError, FreezeWork, Frost, KeepHistory, KeepLast, Message, Options, Script, Session, Waiting,
    bring_sound,
};
pub use surface::Travel;
pub use trial::{Says, Trial};
pub use versions::{VersionError, name_version, restore_version, states, versions};
pub use write::write_whole;

use bf_node::Registry;
use std::sync::Arc;

pub use bf_engine::{
    Controller, Engine, Glance, Loaded, Move, Notice, Passed, Scope, Seen, Shared, Status, Wave, When,
};
pub use bf_io::Format as DeviceFormat;
pub use bf_io::request::AutoConnect;
pub use bf_io::{BackendKind, Block, DeviceError, DeviceEvent, DeviceInfo, DeviceRequest, Devices};
pub use bf_media::{Bank, Library, Owner, wav};
pub use bf_patch::text::{Diagnostic, Severity};
pub use bf_script as script;
pub use bf_stdlib::analysis::loudness::{self, LoudnessReport};
pub use bf_stdlib::analysis::running::Readings;
pub use bf_stdlib::mix::curves;
pub use bf_stdlib::sequencer::step_text;
pub use bf_store::{Draft, Version, date};

/// Every node type of this build.
pub fn registry() -> Arc<Registry> {
    let mut registry = Registry::new();
    bf_stdlib::register(&mut registry);
    Arc::new(registry)
}

/// What was measured of a sound file.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Loudness and peaks.
    pub report: LoudnessReport,
    /// Its length.
    pub secs: f64,
    /// What is odd about the file, such as that it ends early, in the user's words.
    pub odd: Vec<String>,
}

/// Measures a sound file of up to four hours, with all of its channels in the order left, right, centre, LFE, surrounds.
///
/// # Errors
/// What cannot be read or measured, in the user's words.
pub fn measure_file(path: &std::path::Path) -> Result<Measured, String> {
    let limits = bf_media::Limits::MEASURED;
    let sound = bf_media::decode_watched(path, limits, &mut bf_media::Watch::none()).map_err(|e| e.to_string())?;
    let secs = sound.frames() as f64 / f64::from(sound.sample_rate.max(1));
    let report = loudness::measure(&sound.data, sound.channels, sound.sample_rate);
    let odd = sound.warnings.iter().map(|w| format!("{}: {w}", path.display())).collect();
    report.map(|report| Measured { report, secs, odd }).map_err(|e| format!("{}: {e}", path.display()))
}

/// Ends the test program where something allocates inside `assert_no_alloc`.
#[cfg(test)]
#[global_allocator]
static NO_ALLOC: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
