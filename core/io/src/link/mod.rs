//! Tempo, beats and starts that programs of one network share; Ableton Link is the feature `link`.

#[cfg(feature = "link")]
mod ableton;

#[cfg(feature = "link")]
pub use ableton::Link;

/// How the shared time stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Standing {
    /// Others on the network.
    pub peers: u64,
    /// Beats a minute.
    pub bpm: f64,
    /// The beat at the time that was asked for. What is shared is its place in the bar.
    pub beat: f64,
    /// Whether those who start and stop together play.
    pub playing: bool,
    /// When that began, or will.
    pub playing_ns: u64,
}

/// A place at the table of those who share their time. Times are those of one [`HostClock`](crate::HostClock).
pub trait Shared: Send {
    /// How it stands at a time, bars having so many beats.
    fn standing(&mut self, at_ns: u64, quantum: f64) -> Standing;
    /// Tells all another tempo from a time on, which may have passed.
    fn set_tempo(&mut self, bpm: f64, at_ns: u64);
    /// Lays a beat to a time where nobody else is there; else to the next time of the same place in the bar.
    fn request_beat(&mut self, beat: f64, at_ns: u64, quantum: f64);
    /// Tells those who start and stop together that it plays, or stands, from a time on.
    fn set_playing(&mut self, playing: bool, at_ns: u64);
}
