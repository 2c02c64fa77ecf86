//! WAV files whose head does not say how long they are: what a writer left that was cut off, and files of over 4 GB, which
//! say it elsewhere.
//!
//! *Source*: EBU Tech 3306, RF64: an extended file format for audio data (2009).

use std::io::{self, Read, Seek, SeekFrom};
use symphonia::core::io::MediaSource;

/// Headers lie within so many bytes of the beginning.
pub(crate) const HEAD: usize = 1 << 16;

/// A head that says what is there, in the place of one that does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) bytes: Vec<u8>,
    /// Where the sound ends.
    end: u64,
    /// Whether nothing said how long it is.
    pub(crate) is_cut: bool,
}

/// Whether the first twelve bytes are those of a WAV file whose head is to be looked at closely.
pub(crate) fn is_odd(first: &[u8], len: u64) -> bool {
    let told = word(first, 4).unwrap_or(0);
    is_wave(first) && (is_long(first) || told < HEAD as u64 && told + 8 < len)
}

/// The head that a file of `len` bytes should have; `None` where its own will do.
pub(crate) fn head(bytes: &[u8], len: u64) -> Option<Head> {
    if !is_wave(bytes) {
        return None;
    }
    let (told, is_long) = (word(bytes, 4)?, is_long(bytes));
    let (mut at, mut frame, mut fact, mut long) = (12, 0, None, None);
    let said = loop {
        let size = word(bytes, at + 4)?;
        match bytes.get(at..at + 4)? {
            b"data" => break size,
            // Bytes of a frame, of all channels.
            b"fmt " => frame = word(bytes, at + 20)? & 0xffff,
            b"fact" => fact = Some(at + 8),
            b"ds64" if is_long => long = Some(word(bytes, at + 16)? | word(bytes, at + 20)? << 32).filter(|n| *n > 0),
            _ => {}
        }
        at = at.checked_add(usize::try_from(8 + size.next_multiple_of(2)).ok()?)?;
    };
    let start = at as u64 + 8;
    let there = len.checked_sub(start).filter(|_| frame > 0)?;
    // A size of nothing is that of a file without sound, where the file ends behind it.
    let is_unsaid = said == NOT_SAID || said == 0 && told + 8 <= start;
    if !is_long && told >= 4 && !(is_unsaid && said == 0 && there > 0) {
        return None;
    }
    let (size, is_cut) = match long {
        Some(size) if said == NOT_SAID => (size, false),
        _ if is_unsaid => (there / frame * frame, there > 0),
        _ => (said, false),
    };
    let mut fixed = bytes.get(..at + 8)?.to_vec();
    let mut put = |at: usize, n: u64| {
        if let Some(place) = fixed.get_mut(at..at + 4) {
            place.copy_from_slice(&u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes());
        }
    };
    put(0, u64::from(u32::from_le_bytes(*b"RIFF")));
    put(4, start.saturating_add(size) - 8);
    put(at + 4, size);
    if let Some(fact) = fact {
        put(fact, size / frame);
    }
    Some(Head { bytes: fixed, end: start.saturating_add(size).min(len), is_cut })
}

/// A size that is said elsewhere, or not at all.
const NOT_SAID: u64 = u32::MAX as u64;

fn is_wave(bytes: &[u8]) -> bool {
    (bytes.starts_with(b"RIFF") || is_long(bytes)) && bytes.get(8..12) == Some(b"WAVE")
}

fn is_long(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RF64") || bytes.starts_with(b"BW64")
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?)))
}

/// A file behind another head, up to the end of its sound.
pub(crate) struct Headed<R> {
    pub(crate) head: Head,
    pub(crate) rest: R,
    at: u64,
}

impl<R: Read + Seek> Headed<R> {
    pub(crate) fn new(head: Head, rest: R) -> Headed<R> {
        Headed { head, rest, at: 0 }
    }
}

impl<R: Read + Seek> Read for Headed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let from_head = usize::try_from(self.at).ok().and_then(|at| self.head.bytes.get(at..)).unwrap_or_default();
        let n = if from_head.is_empty() {
            let left = usize::try_from(self.head.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
            let most = buffer.len().min(left);
            self.rest.seek(SeekFrom::Start(self.at))?;
            self.rest.read(&mut buffer[..most])?
        } else {
            let n = from_head.len().min(buffer.len());
            buffer[..n].copy_from_slice(&from_head[..n]);
            n
        };
        self.at += n as u64;
        Ok(n)
    }
}

impl<R: Read + Seek> Seek for Headed<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.head.end.checked_add_signed(by),
        };
        self.at = to.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "before the beginning"))?;
        Ok(self.at)
    }
}

impl<R: Read + Seek + Send + Sync> MediaSource for Headed<R> {
    fn is_seekable(&self) -> bool {
        true
    }
    fn byte_len(&self) -> Option<u64> {
        Some(self.head.end)
    }
}
