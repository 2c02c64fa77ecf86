//! How long work shows its progress and is cancelled.

use core::sync::atomic::{AtomicBool, Ordering};

/// The work was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

/// Who watches long work: a callback that hears the part done (0 to 1), and a flag that stops it.
#[derive(Default)]
pub struct Watch<'a> {
    report: Option<&'a mut (dyn FnMut(f32) + 'a)>,
    cancel: Option<&'a AtomicBool>,
    from: f32,
    span: f32,
}

impl<'a> Watch<'a> {
    /// Nobody.
    pub fn none() -> Watch<'static> {
        Watch { report: None, cancel: None, from: 0.0, span: 1.0 }
    }
    /// A callback and a flag; the flag may be set by another thread at any time.
    pub fn new(report: &'a mut (dyn FnMut(f32) + 'a), cancel: &'a AtomicBool) -> Watch<'a> {
        Watch { report: Some(report), cancel: Some(cancel), from: 0.0, span: 1.0 }
    }
    /// The same watcher for a stage that covers `from..to` of the whole.
    pub fn stage(&mut self, from: f32, to: f32) -> Watch<'_> {
        Watch {
            report: self.report.as_mut().map(|r| &mut **r as &mut (dyn FnMut(f32) + '_)),
            cancel: self.cancel,
            from: self.from + from * self.span,
            span: (to - from) * self.span,
        }
    }
    /// Says how much of this stage is done.
    ///
    /// # Errors
    /// When the flag is set.
    pub fn tick(&mut self, done: f32) -> Result<(), Cancelled> {
        if self.cancel.is_some_and(|c| c.load(Ordering::Relaxed)) {
            return Err(Cancelled);
        }
        if let Some(report) = &mut self.report {
            report(self.from + done.clamp(0.0, 1.0) * self.span);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_map_onto_the_whole_and_the_flag_stops() {
        let mut heard = Vec::new();
        let mut report = |x| heard.push(x);
        let cancel = AtomicBool::new(false);
        let mut watch = Watch::new(&mut report, &cancel);
        watch.stage(0.0, 0.5).tick(1.0).expect("goes on");
        watch.stage(0.5, 1.0).stage(0.5, 1.0).tick(0.5).expect("goes on");
        cancel.store(true, Ordering::Relaxed);
        assert_eq!(watch.tick(1.0), Err(Cancelled));
        assert_eq!(heard, [0.5, 0.875]);
    }
}
