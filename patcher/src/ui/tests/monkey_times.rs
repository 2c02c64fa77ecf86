//! What blocks cost under random hands: beside plain arithmetic that takes as long, and all over again without a device.
//!
//! The CPU clock of a thread counts time that a hypervisor has taken from it, so that a block may be over its time whatever
//! the engine does. Arithmetic on a second null device shows how often that happens here; what the engine was given is in
//! the set's history, and is given to another one some times over: a block that is too much work is over its time each
//! time.

use crate::bench::yardstick::Yardstick;
use bf_session::{BackendKind, Block, DeviceRequest, Devices, Status, registry, replay_times};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// How often everything is done again.
const TURNS: usize = 3;
/// Frames of a block.
const BLOCK: usize = 64;
const BLOCK_NS: u64 = BLOCK as u64 * 1_000_000 / 48;

/// Arithmetic in the rhythm of blocks.
pub(super) struct Beside {
    yardstick: Arc<Yardstick>,
    /// How long a piece of it is to take: as long as blocks do just now.
    length: Arc<AtomicU64>,
    stream: Box<dyn std::any::Any>,
}

impl Beside {
    pub(super) fn start() -> Beside {
        let (yardstick, length) = (Arc::new(Yardstick::default()), Arc::new(AtomicU64::new(10_000)));
        let (does, takes) = (Arc::clone(&yardstick), Arc::clone(&length));
        let request =
            DeviceRequest { backend: BackendKind::Null, sample_rate: Some(48_000), ..DeviceRequest::default() };
        let device = Devices::new().open(&request).unwrap();
        let work = move |block: &mut Block<'_>| {
            for _ in 0..block.output.len() / block.outputs / BLOCK {
                does.piece(takes.load(Relaxed), BLOCK_NS);
            }
        };
        Beside { yardstick, length, stream: Box::new(device.start(Box::new(work)).unwrap()) }
    }

    /// Pieces take as long as the blocks of this engine.
    pub(super) fn is_like(&self, status: &Status) {
        self.length.store((f64::from(status.load) * BLOCK_NS as f64) as u64, Relaxed);
    }

    /// Prints what the engine and the arithmetic have lost, and holds the engine to its law: of what it was given, no
    /// block takes longer than it lasts, and live no more of them come late than the machine explains. A machine that does
    /// other things besides is no judge of a short run as it was live.
    pub(super) fn judge(self, live: &Status, set: &Path, is_long: bool) {
        drop(self.stream);
        let (pieces, lost, worst) = self.yardstick.counts();
        eprintln!(
            "{} blocks, {} over their CPU time (the worst {} ns); beside them {pieces} pieces of arithmetic, {lost} over it \
             (the worst {worst} ns)",
            live.blocks, live.missed, live.worst_ns
        );
        let again = replay_times(set, None, &registry(), TURNS, &mut |_| (), &AtomicBool::new(false)).unwrap();
        eprintln!(
            "the same without a device, {TURNS} times over: {} of {} blocks over their time each time (the slowest {} ns at \
             least), {} in one turn or another; {}",
            again.over(),
            again.least.len(),
            again.slowest().1,
            again.over_once(),
            if again.differs.is_empty() { "all as it was".to_owned() } else { again.differs.join("; ") }
        );
        assert_eq!(again.block_ns, BLOCK_NS);
        let blocks = again.least.len() as u64;
        assert!(
            blocks * 20 > live.blocks * 19,
            "{blocks} of {} blocks are done again: {:?}",
            live.blocks,
            again.differs
        );
        assert_eq!(again.over(), 0, "no block takes longer than it lasts");
        assert!(
            !is_long || !self.yardstick.is_too_many(live.missed),
            "{} blocks came late, and {lost} pieces of arithmetic: so many are the engine's own",
            live.missed
        );
    }
}
