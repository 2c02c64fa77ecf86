//! The thread that opens what is wished for and notices what has gone.

use super::{MidiError, News, Wishes, jack, system};
use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

/// How often it is looked what there is.
const LOOK: Duration = Duration::from_millis(500);

/// Starts it; it ends with the other end of `wishes`.
pub(super) fn start(
    wishes: Receiver<Wishes>,
    news: SyncSender<News>,
    mut jack: jack::Keeper,
    mut system: system::Keeper,
) -> std::io::Result<()> {
    let work = move || {
        let (mut wanted, mut told) = (Wishes::default(), BTreeSet::new());
        loop {
            match wishes.recv_timeout(LOOK) {
                Ok(wishes) => wanted = wishes,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let mut tell = |item: News| {
                // A fault stays until something has changed.
                if told.insert(format!("{item:?}")) {
                    let _ = news.try_send(item);
                }
            };
            let faults = [system.look(&wanted, &mut tell), jack.look(&wanted, &mut tell)];
            // One of the two is enough.
            if let [Err(system), Err(MidiError::NoJack)] = faults {
                tell(News::Fault(system));
            }
            // What came and went may do so again.
            told.retain(|item: &String| item.starts_with("Fault"));
        }
    };
    std::thread::Builder::new().name("midi ports".into()).spawn(work).map(|_| ())
}
