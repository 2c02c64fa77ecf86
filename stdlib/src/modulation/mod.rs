//! Envelopes, LFOs and what follows or holds a value.

mod adsr;
mod ar;
mod follower;
mod gated;
mod hold;
mod lfo;
mod slew;

use bf_dsp::{Lane, LaneBits};
use bf_node::Registry;

/// Adds the nodes of this folder.
pub fn register(registry: &mut Registry) {
    registry.add(&adsr::SPEC);
    registry.add(&ar::SPEC);
    registry.add(&follower::SPEC);
    registry.add(&hold::SPEC);
    registry.add(&lfo::SPEC);
    registry.add(&slew::SPEC);
}

/// Where the random values of a channel begin, one a lane.
fn seeds<L: Lane>(seed: u64, channel: usize) -> L::Bits {
    L::Bits::from_fn(|lane| {
        let n = (seed ^ seed >> 32) as u32;
        scramble::<f32>(n.wrapping_add(scramble::<f32>((channel << 8 | lane) as u32 + 1)))
    })
}

/// A random value from −1 to 1 for each number, always the same.
#[inline(always)]
fn random<L: Lane>(n: L::Bits) -> L {
    scramble::<L>(n).signed_to_float() * L::splat(1.0 / 2_147_483_648.0)
}

/// Mixes the bits of a number so that neighbours have nothing in common.
///
/// *Source*: C. Wellons, "Prospecting for hash functions" (2018), the two-round function of least bias.
#[inline(always)]
fn scramble<L: Lane>(n: L::Bits) -> L::Bits {
    let n = (n ^ n.shr(16)).wrapping_mul(L::Bits::splat(0x7feb_352d));
    let n = (n ^ n.shr(15)).wrapping_mul(L::Bits::splat(0x846c_a68b));
    n ^ n.shr(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_modulator_is_sturdy() {
        let mut registry = Registry::new();
        register(&mut registry);
        registry.iter().for_each(crate::filter::testing::is_sturdy);
    }
}
