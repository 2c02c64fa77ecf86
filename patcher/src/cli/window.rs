//! `beatforge SET`: the window of the patcher.

use super::End;
use super::playing::{Play, Playing};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Plays a set and opens a window over it, until that is closed or Ctrl-C ends both.
pub(crate) fn run(set: &Path, a: &Play) -> End {
    let playing = match Playing::start(set, a) {
        Ok(playing) => playing,
        Err(end) => return end,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let _handler = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    // What fails while it draws fades the sound out on its way here.
    let ended = catch_unwind(AssertUnwindSafe(|| crate::ui::window(playing, stop)));
    match ended {
        Ok(Ok(())) => End::Done,
        Err(_) => {
            eprintln!("the window has failed; `beatforge {}` opens the set as it was left", set.display());
            End::Failed
        }
        Ok(Err(why)) => {
            eprintln!("there is no window: {why}\n`beatforge run {}` plays it without one", set.display());
            End::Failed
        }
    }
}
