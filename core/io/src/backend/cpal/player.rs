//! The audio-thread half: fills a device's buffers from the feed, in the device's own sample format.

use super::input::Reader;
use crate::{Feed, HostClock, MAX_FRAMES};
use ::cpal::{FromSample, SizedSample};
use rtrb::Consumer;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Fills output buffers. Made when the device opens; the feed arrives when it is started.
pub(super) struct Player {
    inbox: Consumer<Feed>,
    feed: Option<Feed>,
    outputs: usize,
    input: Option<Reader>,
    recorded: Vec<f32>,
    sound: Vec<f32>,
    clock: HostClock,
    xruns: Arc<AtomicU64>,
    told_xruns: u64,
}

impl Player {
    pub(super) fn new(inbox: Consumer<Feed>, outputs: usize, clock: HostClock, xruns: Arc<AtomicU64>) -> Player {
        Player {
            inbox,
            feed: None,
            outputs,
            input: None,
            recorded: Vec::new(),
            sound: vec![0.0; MAX_FRAMES * outputs],
            clock,
            xruns,
            told_xruns: 0,
        }
    }

    /// Takes live input from a reader.
    pub(super) fn with_input(mut self, reader: Reader) -> Player {
        self.recorded = vec![0.0; MAX_FRAMES * reader.channels()];
        self.input = Some(reader);
        self
    }

    /// Fills a buffer of the device.
    ///
    /// # Realtime Safety
    /// Allocates nothing: the scratch buffers hold the longest piece that is made at once.
    pub(super) fn fill<T: SizedSample + FromSample<f32>>(&mut self, data: &mut [T]) {
        if self.feed.is_none() {
            self.feed = self.inbox.pop().ok();
        }
        let host_ns = self.clock.now_ns();
        for piece in data.chunks_mut((MAX_FRAMES * self.outputs).max(1)) {
            self.piece(piece.len(), host_ns);
            for (to, from) in piece.iter_mut().zip(&self.sound) {
                *to = encode(*from);
            }
        }
    }

    /// Makes the next `len` samples of `sound`.
    fn piece(&mut self, len: usize, host_ns: u64) {
        let sound = &mut self.sound[..len];
        let Some(feed) = &mut self.feed else {
            sound.fill(0.0);
            return;
        };
        let xruns = self.xruns.load(Ordering::Relaxed);
        if xruns != self.told_xruns {
            feed.vitals().count_xruns(xruns - self.told_xruns);
            self.told_xruns = xruns;
        }
        let frames = len / self.outputs.max(1);
        let (input, inputs) = match &mut self.input {
            Some(reader) => {
                let recorded = &mut self.recorded[..frames * reader.channels()];
                reader.read(recorded);
                (&*recorded, reader.channels())
            }
            None => (&[][..], 0),
        };
        feed.run((input, inputs), (sound, self.outputs), Some(host_ns));
    }
}

/// A sample in the device's format. Integers clip at full scale instead of wrapping round, and NaN is silence.
fn encode<T: SizedSample + FromSample<f32>>(sample: f32) -> T {
    // The largest float below 1: full scale of 24 bits holds 8,388,607 and 1.0 would be one too many.
    const TOP: f32 = 1.0 - f32::EPSILON / 2.0;
    if T::FORMAT.is_float() { T::from_sample_(sample) } else { T::from_sample_(sample.clamp(-1.0, TOP)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Block;
    use crate::slot::Slot;
    use ::cpal::I24;
    use rtrb::RingBuffer;

    #[test]
    fn integers_clip_and_nan_is_silence() {
        let of = [0.0, 0.5, -0.5, 1.0, -1.0, 1e9, -1e9, f32::NAN];
        let shorts = of.map(encode::<i16>);
        assert_eq!(shorts, [0, 16_384, -16_384, 32_767, -32_768, 32_767, -32_768, 0]);
        let longs = of.map(encode::<I24>).map(|s| s.inner());
        assert_eq!(longs, [0, 4_194_304, -4_194_304, 8_388_607, -8_388_608, 8_388_607, -8_388_608, 0]);
        // A float has 24 bits, so that full scale of 32 is 128 short of the top: −138 dB.
        assert_eq!(of.map(encode::<i32>)[3..5], [2_147_483_520, i32::MIN]);
        assert_eq!(of.map(encode::<u8>)[..2], [128, 192]);
        assert_eq!(encode::<f32>(1.5), 1.5);
    }

    #[test]
    fn it_is_silent_until_started_then_sounds_in_any_length() {
        let (mut outbox, inbox) = RingBuffer::new(1);
        let xruns = Arc::new(AtomicU64::new(0));
        let mut player = Player::new(inbox, 2, HostClock::new(), Arc::clone(&xruns));
        let mut data = vec![7i16; 6];
        player.fill(&mut data);
        assert_eq!(data, [0; 6]);
        let mut n = 0;
        let slot = Slot::new(Box::new(move |block: &mut Block<'_>| {
            for frame in block.output.chunks_exact_mut(2) {
                frame.copy_from_slice(&[n as f32 / 32_768.0, -1.0]);
                n = (n + 1) % 32_768;
            }
        }));
        slot.hand_to(1);
        let feed = slot.feed(1, HostClock::new());
        let vitals = feed.vitals();
        assert!(outbox.push(feed).is_ok());
        let mut data = vec![0i16; 2 * (MAX_FRAMES + 3)];
        xruns.fetch_add(2, Ordering::Relaxed);
        assert_no_alloc::assert_no_alloc(|| player.fill(&mut data));
        for (i, frame) in data.chunks_exact(2).enumerate() {
            assert_eq!(frame, [i as i16, i16::MIN]);
        }
        assert_eq!(vitals.xruns(), 2);
    }
}
