//! `beatforge [SET]`: the window of the patcher.

use super::End;
use super::playing::{Play, Playing};
use crate::ui::{Face, Template};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Plays a set and opens a window over it, until that is closed or Ctrl-C ends both. Without a set, the window begins
/// with its first page.
pub(crate) fn run(set: Option<&Path>, a: &Play) -> End {
    let a = a.settled(&crate::ui::settings());
    let (face, playing) = match set {
        Some(set) => (Face::Set, Playing::start(set, &a)),
        None => (Face::StandIn, stand_in(&a)),
    };
    let playing = match playing {
        Ok(playing) => playing,
        Err(end) => return end,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let _handler = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    // What fails while it draws fades the sound out on its way here.
    let ended = catch_unwind(AssertUnwindSafe(|| crate::ui::window(playing, face, stop)));
    if face == Face::StandIn {
        // Nothing is in it that anybody has made.
        let _ = std::fs::remove_dir_all(stand_in_folder());
    }
    match ended {
        Ok(Ok(())) => End::Done,
        Err(_) => {
            eprintln!("the window has failed");
            if let Some(set) = set {
                eprintln!("`beatforge {}` opens the set as it was left", set.display());
            }
            End::Failed
        }
        Ok(Err(why)) => {
            eprintln!("there is no window: {why}");
            if let Some(set) = set {
                eprintln!("`beatforge run {}` plays it without one", set.display());
            }
            End::Failed
        }
    }
}

/// A silent set in a folder that nobody keeps, which the first one that is opened takes over from.
fn stand_in(a: &Play) -> Result<Playing, End> {
    let folder = stand_in_folder();
    // What a program of this number has left is in nobody's way.
    let _ = std::fs::remove_dir_all(&folder);
    Template::Empty.make(&folder).map_err(|why| {
        eprintln!("{why}");
        End::Failed
    })?;
    Playing::stand_in(&folder, a)
}

fn stand_in_folder() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("beatforge-{}", std::process::id()))
}
