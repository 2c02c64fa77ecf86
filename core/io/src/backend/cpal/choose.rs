//! Which of a device's forms is nearest to what is asked.

use ::cpal::{BufferSize, SampleFormat, StreamConfig, SupportedBufferSize, SupportedStreamConfigRange};

/// The rate where none is asked for.
const RATE: u32 = 48_000;

/// What is asked of one direction of a device.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) rate: Option<u32>,
    pub(super) channels: usize,
    pub(super) block: Option<u32>,
}

/// A form that the device has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) config: StreamConfig,
    pub(super) format: SampleFormat,
}

/// The form nearest to the wish: first by rate, because the engine is made for one, then by channels, then by what
/// converts best, then by block. `None` when no form can be written.
pub(super) fn choose(offers: &[SupportedStreamConfigRange], wish: &Wish) -> Option<Choice> {
    let best = offers.iter().filter(|o| rank(o.sample_format()).is_some()).min_by_key(|offer| {
        let rate = nearest_rate(offer, wish);
        let channels = usize::from(offer.channels());
        // Channels too many stay silent; channels too few are missed.
        let channels = (channels < wish.channels, channels.abs_diff(wish.channels));
        let block = wish.block.is_some_and(|block| fits(offer, block).is_none());
        (rate.abs_diff(wish.rate.unwrap_or(RATE)), channels, rank(offer.sample_format()), block)
    })?;
    let buffer_size = match wish.block.and_then(|block| fits(best, block)) {
        Some(block) => BufferSize::Fixed(block),
        None => BufferSize::Default,
    };
    let config = StreamConfig { channels: best.channels(), sample_rate: nearest_rate(best, wish), buffer_size };
    Some(Choice { config, format: best.sample_format() })
}

fn nearest_rate(offer: &SupportedStreamConfigRange, wish: &Wish) -> u32 {
    let (low, high) = (offer.min_sample_rate(), offer.max_sample_rate());
    wish.rate.unwrap_or(RATE).clamp(low.min(high), high)
}

/// The block itself, where the device says that it can have it or does not say.
fn fits(offer: &SupportedStreamConfigRange, block: u32) -> Option<u32> {
    match *offer.buffer_size() {
        SupportedBufferSize::Range { min, max } => (min..=max).contains(&block).then_some(block),
        SupportedBufferSize::Unknown => Some(block),
    }
}

/// Formats in order of preference; `None` for those that are not written here.
fn rank(format: SampleFormat) -> Option<u8> {
    match format {
        SampleFormat::F32 => Some(0),
        SampleFormat::I32 => Some(1),
        SampleFormat::I24 => Some(2),
        SampleFormat::I16 => Some(3),
        SampleFormat::F64 => Some(4),
        SampleFormat::U16 => Some(5),
        SampleFormat::U8 => Some(6),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(channels: u16, rates: (u32, u32), format: SampleFormat) -> SupportedStreamConfigRange {
        let block = SupportedBufferSize::Range { min: 64, max: 1024 };
        SupportedStreamConfigRange::new(channels, rates.0, rates.1, block, format)
    }

    fn wish(rate: Option<u32>, channels: usize, block: Option<u32>) -> Wish {
        Wish { rate, channels, block }
    }

    #[test]
    fn the_asked_rate_beats_channels_and_format() {
        let offers = [
            offer(2, (44_100, 44_100), SampleFormat::F32),
            offer(8, (48_000, 96_000), SampleFormat::I16),
            offer(2, (8_000, 32_000), SampleFormat::F32),
        ];
        let choice = choose(&offers, &wish(Some(96_000), 2, None)).unwrap();
        assert_eq!((choice.config.sample_rate, choice.config.channels), (96_000, 8));
        let choice = choose(&offers, &wish(Some(22_050), 2, None)).unwrap();
        assert_eq!(choice.config.sample_rate, 22_050);
    }

    #[test]
    fn without_a_wish_it_is_48_kilohertz_in_floats() {
        let offers = [
            offer(2, (44_100, 192_000), SampleFormat::I16),
            offer(2, (44_100, 192_000), SampleFormat::I32),
            offer(2, (44_100, 192_000), SampleFormat::F32),
        ];
        let choice = choose(&offers, &wish(None, 2, None)).unwrap();
        assert_eq!(choice.config.sample_rate, 48_000);
        assert_eq!((choice.format, choice.config.buffer_size), (SampleFormat::F32, BufferSize::Default));
        assert_eq!(choose(&offers[..2], &wish(None, 2, None)).unwrap().format, SampleFormat::I32);
    }

    #[test]
    fn too_many_channels_are_better_than_too_few() {
        let f = SampleFormat::F32;
        let offers = [offer(1, (48_000, 48_000), f), offer(10, (48_000, 48_000), f), offer(6, (48_000, 48_000), f)];
        assert_eq!(choose(&offers, &wish(None, 2, None)).unwrap().config.channels, 6);
        assert_eq!(choose(&offers[..1], &wish(None, 2, None)).unwrap().config.channels, 1);
    }

    #[test]
    fn a_block_is_asked_only_where_it_fits() {
        let offers = [offer(2, (48_000, 48_000), SampleFormat::I16)];
        let block = |n| choose(&offers, &wish(None, 2, Some(n))).unwrap().config.buffer_size;
        assert_eq!((block(128), block(32)), (BufferSize::Fixed(128), BufferSize::Default));
    }

    #[test]
    fn what_cannot_be_written_is_not_chosen() {
        assert_eq!(choose(&[offer(2, (48_000, 48_000), SampleFormat::DsdU8)], &wish(None, 2, None)), None);
        assert_eq!(choose(&[], &wish(None, 2, None)), None);
    }
}
