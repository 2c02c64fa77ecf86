//! Live input: from the capture thread over a wait-free ring to the playback thread.
//!
//! Capture and playback are two streams that call at times of their own. The reader starts once a spare block is in
//! the ring, and starts over where the ring ran dry; where more than four blocks wait, as when capture runs fast, it
//! skips to two. So the delay stays within a few blocks and each repair is one short gap.

use ::cpal::{FromSample, SizedSample};
use rtrb::{Consumer, Producer, RingBuffer};

/// Frames that the ring holds at least: two of the longest pieces.
const RING_FRAMES: usize = 2 * crate::MAX_FRAMES;
/// Samples that are converted at once.
const PIECE: usize = 256;

/// Two ends of a ring for so many channels.
pub(super) fn ring(channels: usize) -> (Writer, Reader) {
    let (producer, consumer) = RingBuffer::new(RING_FRAMES * channels);
    (Writer { ring: producer, channels }, Reader { ring: consumer, channels, running: false })
}

/// The capture end.
pub(super) struct Writer {
    ring: Producer<f32>,
    channels: usize,
}

impl Writer {
    /// Adds what was recorded; what does not fit is lost, whole frames at a time.
    ///
    /// # Realtime Safety
    /// Neither allocates nor waits.
    pub(super) fn write<T: SizedSample>(&mut self, data: &[T])
    where
        f32: FromSample<T>,
    {
        let room = self.ring.slots() / self.channels * self.channels;
        let fits = data.len().min(room) / self.channels * self.channels;
        let mut piece = [0.0; PIECE];
        for from in data[..fits].chunks(PIECE) {
            let to = &mut piece[..from.len()];
            for (to, from) in to.iter_mut().zip(from) {
                *to = from.to_sample_();
            }
            // It fits: there was room for all, and only the reader makes changes beside, by making more.
            let _ = self.ring.push_entire_slice(to);
        }
    }
}

/// Converts as [`FromSample`] does, named from the other side.
trait ToFloat {
    fn to_sample_(self) -> f32;
}

impl<T: SizedSample> ToFloat for &T
where
    f32: FromSample<T>,
{
    fn to_sample_(self) -> f32 {
        f32::from_sample_(*self)
    }
}

/// The playback end.
pub(super) struct Reader {
    ring: Consumer<f32>,
    channels: usize,
    running: bool,
}

impl Reader {
    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// Fills `out` with what was recorded next, or with silence.
    ///
    /// # Realtime Safety
    /// Neither allocates nor waits.
    pub(super) fn read(&mut self, out: &mut [f32]) {
        let waiting = self.ring.slots() / self.channels * self.channels;
        if waiting >= 2 * out.len() {
            self.running = true;
        }
        if waiting > 4 * out.len() {
            let excess = waiting - 2 * out.len();
            if let Ok(chunk) = self.ring.read_chunk(excess) {
                chunk.commit_all();
            }
        }
        if !self.running || waiting < out.len() || self.ring.pop_entire_slice(out).is_err() {
            self.running = false;
            out.fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(range: std::ops::Range<i32>) -> Vec<i32> {
        range.flat_map(|n| [n << 16, -(n << 16)]).collect()
    }

    fn read(reader: &mut Reader, frames: usize) -> Vec<f32> {
        let mut out = vec![9.0; frames * 2];
        assert_no_alloc::assert_no_alloc(|| reader.read(&mut out));
        out.chunks(2).inspect(|f| assert_eq!(f[0], -f[1], "channels stay in place")).map(|f| f[0] * 32_768.0).collect()
    }

    #[test]
    fn it_waits_for_a_spare_block_then_runs() {
        let (mut writer, mut reader) = ring(2);
        writer.write(&frames(1..5));
        assert_eq!(read(&mut reader, 4), [0.0; 4]);
        writer.write(&frames(5..9));
        assert_eq!(read(&mut reader, 4), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(read(&mut reader, 4), [5.0, 6.0, 7.0, 8.0]);
        assert_eq!(read(&mut reader, 4), [0.0; 4], "dry: starts over");
        writer.write(&frames(9..14));
        assert_eq!(read(&mut reader, 4), [0.0; 4]);
        writer.write(&frames(14..17));
        assert_eq!(read(&mut reader, 4), [9.0, 10.0, 11.0, 12.0]);
    }

    #[test]
    fn what_piles_up_is_skipped() {
        let (mut writer, mut reader) = ring(2);
        let recorded = frames(0..41);
        assert_no_alloc::assert_no_alloc(|| writer.write(&recorded));
        assert_eq!(read(&mut reader, 4), [33.0, 34.0, 35.0, 36.0]);
        assert_eq!(read(&mut reader, 4), [37.0, 38.0, 39.0, 40.0]);
    }

    #[test]
    fn a_full_ring_loses_whole_frames() {
        let (mut writer, mut reader) = ring(2);
        for start in (0..3 * RING_FRAMES as i32).step_by(1000) {
            writer.write(&frames(start % 30_000..start % 30_000 + 1000));
        }
        read(&mut reader, 100);
        writer.write(&frames(0..1000));
        read(&mut reader, 4000);
    }
}
