//! Which channel of a signal is shown.

use bf_dsp::Lane;
use bf_node::{Io, ParamSpec};

/// The param that chooses.
pub(super) const fn show() -> ParamSpec {
    ParamSpec::choice("show", 0, &["mix", "left", "right"], "What is shown: the mean of all channels, or one side.")
        .at_once()
}

/// Calls `each` with what is shown at every frame of the piece; what is no number counts as silence.
pub(super) fn for_shown(io: &Io<'_>, input: usize, show: usize, mut each: impl FnMut(f32)) {
    let channels = io.input_channels(input);
    if channels == 0 {
        return;
    }
    if show > 0 || channels == 1 {
        let channel = show.saturating_sub(1).min(channels - 1);
        io.input::<f32>(input, channel).iter().for_each(|x| each(x.finite_or_zero()));
    } else {
        let part = 1.0 / channels as f32;
        for i in 0..io.frames() {
            let sum: f32 = (0..channels).map(|c| io.input::<f32>(input, c)[i]).sum();
            each((sum * part).finite_or_zero());
        }
    }
}

/// Passes a signal on as it is.
pub(super) fn pass(io: &mut Io<'_>, input: usize, output: usize) {
    for channel in 0..io.channels() {
        let x = io.input::<f32>(input, channel);
        io.output::<f32>(output, channel).copy_from_slice(x);
    }
}
