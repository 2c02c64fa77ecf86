//! Filters.

mod biquad;
mod comb;
mod formant;
mod ladder;
mod onepole;
mod svf;
#[cfg(test)]
pub(crate) mod testing;

use bf_dsp::Lane;
use bf_node::{Adopt, Io, Processor, Registry};

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&biquad::SPEC);
    registry.add(&comb::SPEC);
    registry.add(&formant::SPEC);
    registry.add(&ladder::SPEC);
    registry.add(&onepole::SPEC);
    registry.add(&svf::SPEC);
}

/// The node that is replaced, where it is of the type `P`.
pub(crate) fn same<P: Processor>(old: &mut dyn Processor) -> Option<&mut P> {
    (old as &mut dyn core::any::Any).downcast_mut::<P>()
}

/// Takes over the states of the channels, where there are as many.
pub(crate) fn take_over<S: Copy>(own: &mut [S], old: &[S]) -> Adopt {
    if own.len() != old.len() {
        return Adopt::None;
    }
    own.copy_from_slice(old);
    Adopt::Copied
}

/// Zeros in one channel of the first `count` outputs.
pub(crate) fn hush<L: Lane>(io: &mut Io<'_>, count: usize, channel: usize) {
    for port in 0..count {
        io.output::<L>(port, channel).fill(L::splat(0.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_is_sturdy() {
        let mut registry = Registry::new();
        register(&mut registry);
        registry.iter().for_each(testing::is_sturdy);
    }
}
