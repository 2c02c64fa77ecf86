//! `beatforge SET`: the window of the patcher.

use super::{End, show};
use bf_session::{BackendKind, DeviceRequest, Live, LiveRequest, OpenError, Options, Session, registry};
use std::path::Path;

/// Opens a set in a window and plays it.
pub(crate) fn run(set: &Path) -> End {
    let device = DeviceRequest { backend: BackendKind::Auto, ..DeviceRequest::default() };
    let (mut live, away) = match Live::open(&LiveRequest { device }) {
        Ok(opened) => opened,
        Err(e) => return fail(&e.to_string()),
    };
    if let Some(why) = away {
        eprintln!("{why}");
    }
    let options = Options {
        sample_rate: live.format().sample_rate,
        measure: true,
        wait_for_scripts: false,
        ..Options::default()
    };
    let (mut session, engine) = match Session::open(set, registry(), options) {
        Ok(opened) => opened,
        Err(OpenError::Faults(list)) => {
            show::diagnostics(&list);
            return End::Failed;
        }
        Err(e) => return fail(&e.to_string()),
    };
    match live.start(&mut session, engine) {
        Ok(None) => {}
        Ok(Some(note)) => eprintln!("{note}"),
        Err(e) => return fail(&e.to_string()),
    }
    match crate::ui::window(session, live) {
        Ok(()) => End::Done,
        Err(why) => fail(&format!("there is no window: {why}\n`beatforge run {}` plays it without one", set.display())),
    }
}

fn fail(why: &str) -> End {
    eprintln!("{why}");
    End::Failed
}
