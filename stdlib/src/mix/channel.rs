//! What every channel of the mixer has: a switch that fades, silence that is counted, levels that are shown.

use bf_dsp::fader::Fade;
use bf_dsp::level_meter::{Fall, LevelMeter, WINDOW};
use bf_node::{Probe, Setup};
use std::sync::Arc;

/// Switches fade over this time.
pub(super) const FADE_SECS: f32 = 0.005;
/// After so long a silence switches jump: in silence nothing can click, and a channel that sleeps while a switch moves
/// must wake up like one that does not sleep.
const QUIET_SECS: f32 = 0.1;

/// One channel in stereo.
pub(super) struct Channel {
    quiet_frames: u32,
    fall: Fall,
    probe: Option<Arc<Probe>>,
    state: State,
}

/// What sounds on.
#[derive(Clone, Copy)]
struct State {
    audible: Fade,
    meters: [LevelMeter; 2],
    /// How many frames of exact silence have entered without a break, up to [`QUIET_SECS`].
    quiet: u32,
}

impl Channel {
    /// A channel that shows its levels where it is that of the first lane.
    pub(super) fn new(setup: &Setup<'_>, lane: usize) -> Channel {
        let rate = setup.sample_rate;
        Channel {
            quiet_frames: (QUIET_SECS * rate) as u32,
            fall: Fall::new(rate),
            probe: (lane == 0).then(|| Arc::clone(&setup.probe)),
            state: State { audible: Fade::new(FADE_SECS, rate), meters: Default::default(), quiet: 0 },
        }
    }

    /// How a switch moves now; it answers whether it begins to open.
    pub(super) fn aim(&self) -> fn(&mut Fade, bool) -> bool {
        if self.state.quiet == self.quiet_frames { Fade::jump } else { Fade::aim }
    }

    /// Opens the channel, or closes it.
    pub(super) fn open(&mut self, open: bool) {
        let aim = self.aim();
        aim(&mut self.state.audible, open);
    }

    /// Whether it is open, and stays so.
    pub(super) fn is_open(&self) -> bool {
        self.state.audible.is_open()
    }

    /// The factor of the next frame: 0 where it is closed, 1 where it is open.
    pub(super) fn step(&mut self) -> f32 {
        self.state.audible.step()
    }

    /// Counts the silence in so many frames that entered, of which the last that sounds has this number (from 1; 0 for
    /// none).
    pub(super) fn count(&mut self, frames: usize, sounding: usize) {
        let before = if sounding == 0 { self.state.quiet } else { 0 };
        self.state.quiet = (before + (frames - sounding) as u32).min(self.quiet_frames);
    }

    /// Measures what leaves on one side.
    pub(super) fn measure(&mut self, side: usize, x: &[f32]) {
        self.state.meters[side].add(x);
    }

    /// Shows the peaks, the level, and `more` beside them, where a window of the meters ends.
    pub(super) fn show(&mut self, on_grid: Option<u64>, more: impl FnOnce() -> Option<f32>) {
        if on_grid.is_none_or(|end| !end.is_multiple_of(WINDOW as u64)) {
            return;
        }
        let Channel { fall, state, probe, .. } = self;
        state.meters.iter_mut().for_each(|meter| meter.turn(fall));
        if let Some(probe) = probe {
            let [l, r] = state.meters;
            let rms = (0.5 * (l.mean_square() + r.mean_square())).sqrt();
            let all = [l.peak(), r.peak(), rms].into_iter().chain(more());
            all.enumerate().for_each(|(i, value)| probe.set(i, value));
        }
    }

    /// Whether silence that enters changes nothing any more.
    pub(super) fn at_rest(&self) -> bool {
        let State { audible, meters, quiet } = &self.state;
        *quiet == self.quiet_frames && audible.is_settled() && meters.iter().all(LevelMeter::at_rest)
    }

    /// As it was at first.
    pub(super) fn reset(&mut self) {
        self.state.audible.reset();
        (self.state.meters, self.state.quiet) = Default::default();
    }

    /// Goes on from where another was.
    pub(super) fn take_over(&mut self, old: &Channel) {
        self.state = old.state;
    }
}

/// The number (from 1) of the last frame that sounds; 0 for none.
pub(super) fn sounding(x: &[f32]) -> usize {
    x.iter().rposition(|x| *x != 0.0).map_or(0, |last| last + 1)
}
