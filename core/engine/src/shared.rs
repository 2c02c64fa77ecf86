//! What both halves and everybody else may read at any time.

use bf_dsp::level_meter::{fallen, magnitude};
use bf_pattern::Transport;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

/// Counters and levels that the audio half writes and anyone reads. Wait-free.
#[derive(Debug, Default)]
pub struct Shared {
    frame: AtomicU64,
    beat: AtomicU64,
    bpm: AtomicU64,
    playing: AtomicBool,
    blocks: AtomicU64,
    missed: AtomicU64,
    late: AtomicU64,
    shed: AtomicU64,
    broken: AtomicU64,
    lost_receipts: AtomicU64,
    load: AtomicU32,
    worst_ns: AtomicU64,
    peaks: [AtomicU32; 2],
    clipped: AtomicU64,
    watched: AtomicBool,
    scope: crate::scope::Scope,
    wave: crate::wave::Wave,
}

/// A reading of [`Shared`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Status {
    /// Absolute frame.
    pub frame: u64,
    /// Position in beats.
    pub beat: f64,
    /// Beats a minute.
    pub bpm: f64,
    /// Whether the transport runs.
    pub playing: bool,
    /// Blocks made.
    pub blocks: u64,
    /// Blocks whose CPU time exceeded their length.
    pub missed: u64,
    /// Events that came after their time.
    pub late: u64,
    /// Events that found no room.
    pub shed: u64,
    /// Resets of nodes that were not finite.
    pub broken: u64,
    /// Share of a block's length that its CPU time takes, smoothed.
    pub load: f32,
    /// The longest CPU time of a block in nanoseconds.
    pub worst_ns: u64,
    /// Peaks of left and right, falling by 20 dB in 1.7 s (IEC 60268-18): whoever looks now and then misses none.
    pub peaks: [f32; 2],
    /// Blocks in which left or right reached full scale.
    pub clipped: u64,
}

impl Shared {
    /// Reads everything.
    pub fn status(&self) -> Status {
        Status {
            frame: self.frame.load(Relaxed),
            beat: f64::from_bits(self.beat.load(Relaxed)),
            bpm: f64::from_bits(self.bpm.load(Relaxed)),
            playing: self.playing.load(Relaxed),
            blocks: self.blocks.load(Relaxed),
            missed: self.missed.load(Relaxed),
            late: self.late.load(Relaxed),
            shed: self.shed.load(Relaxed),
            broken: self.broken.load(Relaxed),
            load: f32::from_bits(self.load.load(Relaxed)),
            worst_ns: self.worst_ns.load(Relaxed),
            peaks: [0, 1].map(|i| f32::from_bits(self.peaks[i].load(Relaxed))),
            clipped: self.clipped.load(Relaxed),
        }
    }

    /// Whether somebody looks at [`crate::Glance`]s: nothing is written into them otherwise.
    pub fn watch(&self, on: bool) {
        self.watched.store(on, Relaxed);
    }

    /// The newest of what the one output gives that [`crate::Controller::look_at`] has named.
    pub fn scope(&self) -> &crate::scope::Scope {
        &self.scope
    }

    /// The newest frames of what is heard, while somebody watches them.
    pub fn wave(&self) -> &crate::wave::Wave {
        &self.wave
    }

    pub(crate) fn is_watched(&self) -> bool {
        self.watched.load(Relaxed)
    }

    /// Tells of a block, over which peaks fall by a factor.
    pub(crate) fn tell(&self, frame: u64, transport: &Transport, heard: &[Vec<f32>; 2], fall: f32) {
        self.frame.store(frame, Relaxed);
        self.beat.store(transport.beat_at(frame).to_bits(), Relaxed);
        self.bpm.store(transport.tempo.bpm().to_bits(), Relaxed);
        self.playing.store(transport.playing, Relaxed);
        self.blocks.fetch_add(1, Relaxed);
        let most = [0, 1].map(|i| magnitude(&heard[i]));
        for (peak, most) in self.peaks.iter().zip(most) {
            let last = f32::from_bits(peak.load(Relaxed));
            peak.store(fallen(last, fall, most).to_bits(), Relaxed);
        }
        // Who looks some sixty times a second would see one block in a dozen.
        self.clipped.fetch_add(u64::from(most[0].max(most[1]) >= 1.0), Relaxed);
        self.wave.take(heard);
    }
    pub(crate) fn block_took(&self, ns: u64, length_ns: u64) {
        let load = f32::from_bits(self.load.load(Relaxed));
        let now = ns as f32 / length_ns.max(1) as f32;
        self.load.store((load + (now - load) * 0.05).to_bits(), Relaxed);
        self.worst_ns.fetch_max(ns, Relaxed);
        if ns > length_ns {
            self.missed.fetch_add(1, Relaxed);
        }
    }
    pub(crate) fn late(&self) {
        self.late.fetch_add(1, Relaxed);
    }
    pub(crate) fn shed(&self, n: u32) {
        self.shed.fetch_add(u64::from(n), Relaxed);
    }
    pub(crate) fn broke(&self, n: u32) {
        self.broken.fetch_add(u64::from(n), Relaxed);
    }
    pub(crate) fn lost_receipt(&self) {
        self.lost_receipts.fetch_add(1, Relaxed);
    }
    /// Receipts that found no room on the way back.
    pub fn lost_receipts(&self) -> u64 {
        self.lost_receipts.load(Relaxed)
    }
}

/// What reads as this, for whoever draws it where nothing plays.
impl From<Status> for Shared {
    fn from(status: Status) -> Shared {
        Shared {
            frame: status.frame.into(),
            beat: status.beat.to_bits().into(),
            bpm: status.bpm.to_bits().into(),
            playing: status.playing.into(),
            blocks: status.blocks.into(),
            missed: status.missed.into(),
            late: status.late.into(),
            shed: status.shed.into(),
            broken: status.broken.into(),
            load: status.load.to_bits().into(),
            worst_ns: status.worst_ns.into(),
            peaks: status.peaks.map(|peak| peak.to_bits().into()),
            clipped: status.clipped.into(),
            ..Shared::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_read_again() {
        let status = Status {
            frame: 1,
            beat: 2.5,
            bpm: 124.0,
            playing: true,
            blocks: 3,
            missed: 4,
            late: 5,
            shed: 6,
            broken: 7,
            load: 0.5,
            worst_ns: 8,
            peaks: [0.25, 1.5],
            clipped: 9,
        };
        assert_eq!(Shared::from(status).status(), status);
    }

    #[test]
    fn a_block_that_clips_is_counted_whoever_looks() {
        let shared = Shared::default();
        let transport = Transport::new(48_000, bf_pattern::Tempo::default(), 4);
        for (frame, loud) in [0.5, -1.0, 0.2, 0.99].into_iter().enumerate() {
            shared.tell(64 * frame as u64, &transport, &[vec![0.1; 64], vec![loud; 64]], 0.5);
        }
        let status = shared.status();
        assert_eq!((status.clipped, status.peaks), (1, [0.1, 0.99]));
    }

    #[test]
    fn a_peak_falls_slowly_enough_for_whoever_looks_sixty_times_a_second() {
        let (shared, transport) = (Shared::default(), Transport::new(48_000, bf_pattern::Tempo::default(), 4));
        let fall = bf_dsp::level_meter::peak_fall(64.0 / 48_000.0);
        let tell = |loud: f32| shared.tell(0, &transport, &[vec![loud; 64], vec![0.0; 64]], fall);
        tell(-0.5);
        (0..12).for_each(|_| tell(0.0));
        let db = 20.0 * (shared.status().peaks[0] / 0.5).log10();
        assert!((-0.25..-0.1).contains(&db), "{db} dB after a sixtieth of a second");
        (0..1275 - 12).for_each(|_| tell(0.0));
        let db = 20.0 * (shared.status().peaks[0] / 0.5).log10();
        assert!((-20.1..-19.9).contains(&db), "{db} dB after 1.7 s");
        (0..10_000).for_each(|_| tell(0.0));
        assert_eq!(shared.status().peaks, [0.0; 2]);
    }
}
