//! White noise.

use bf_dsp::noise::White;
use bf_dsp::{Lane, Wide, f32x8};
use bf_node::{Adopt, Io, LaneMask, MakeError, PortSpec, Processor, Setup, Status, lanes, node};

node! {
    /// Hiss: the same power at every frequency.
    ///
    /// The brightest noise. Filter it for wind, surf, breath and hats, or send it through `hold` for random steps.
    /// Every voice and channel has a sequence of its own, drawn from the set's seed.
    ///
    /// *Source:* a counter through C. Wellons' 32-bit hash; values are evenly distributed from -1 to 1.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// noise = { type = "white" }
    /// level = { type = "gain", gain = 0.2 }
    /// out = { type = "output" }
    /// [cables]
    /// "level" = "noise"
    /// "out" = "level"
    /// ```
    white: Source,
    inputs { },
    outputs { out: PortSpec::signal("out", "The noise, from -1 to 1.") },
    params { },
    with { make: make, free_running: true }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, WhiteNoise))
}

/// One noise a channel, with what makes it new.
#[derive(Clone)]
pub(super) struct Noises<L: Lane> {
    seed: u64,
    channels: Vec<White<L>>,
}

impl<L: Lane> Noises<L> {
    pub(super) fn new(setup: &Setup<'_>) -> Self {
        let channels = (0..setup.channels).map(|c| White::new(setup.seed, c as u32)).collect();
        Noises { seed: setup.seed, channels }
    }
    pub(super) fn channel(&mut self, channel: usize) -> &mut White<L> {
        &mut self.channels[channel]
    }
    pub(super) fn reset(&mut self, lanes: LaneMask) {
        for (c, noise) in self.channels.iter_mut().enumerate() {
            noise.reset_lanes(&White::new(self.seed, c as u32), lanes);
        }
    }
    pub(super) fn adopt(&mut self, old: &Noises<L>) {
        for (new, old) in self.channels.iter_mut().zip(&old.channels) {
            *new = *old;
        }
    }
}

/// A lane type with its way to fill a piece with noise.
pub(super) trait NoiseLane: Lane {
    fn fill(noise: &mut White<Self>, out: &mut [Self]);
}

impl NoiseLane for f32 {
    fn fill(noise: &mut White<f32>, out: &mut [f32]) {
        let mut chunks = out.chunks_exact_mut(8);
        for chunk in &mut chunks {
            chunk.copy_from_slice(noise.frames::<f32x8>().as_array());
        }
        for y in chunks.into_remainder() {
            *y = noise.frame();
        }
    }
}

impl NoiseLane for f32x8 {
    fn fill(noise: &mut White<f32x8>, out: &mut [f32x8]) {
        out.fill_with(|| noise.frame());
    }
}

impl NoiseLane for Wide {
    fn fill(noise: &mut White<Wide>, out: &mut [Wide]) {
        out.fill_with(|| noise.frame());
    }
}

struct WhiteNoise<L: Lane>(Noises<L>);

impl<L: NoiseLane> WhiteNoise<L> {
    fn new(setup: &Setup<'_>) -> Self {
        WhiteNoise(Noises::new(setup))
    }
}

impl<L: NoiseLane> Processor for WhiteNoise<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        for channel in 0..io.channels() {
            L::fill(self.0.channel(channel), io.output::<L>(out::out, channel));
        }
        Status::Active
    }
    fn reset(&mut self, lanes: LaneMask) {
        self.0.reset(lanes);
    }
    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        let Some(old) = (old as &mut dyn core::any::Any).downcast_mut::<Self>() else { return Adopt::None };
        self.0.adopt(&old.0);
        Adopt::Copied
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::check::{self, Spectrum};

    #[test]
    fn flat_from_band_to_band() {
        let y = check::hear(&SPEC, &[], 4 * check::LEN);
        let spectrum = Spectrum::of(&y);
        for from in [500.0, 2_000.0, 6_000.0, 12_000.0, 20_000.0] {
            let db = 10.0 * (spectrum.band(from, from + 2_000.0) / (2.0 / 3.0 * 2_000.0 / 24_000.0)).log10();
            assert!(db.abs() < 0.5, "{from} Hz: {db} dB");
        }
        assert!(y.iter().all(|x| x.abs() <= 1.0));
    }

    #[test]
    fn laws() {
        check::noise(&SPEC);
    }
}
