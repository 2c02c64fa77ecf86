//! Writing WAV files: streamed beside the target, renamed when whole.

mod mend;

pub use mend::mend;

use hound::{SampleFormat, WavSpec, WavWriter};
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

/// How numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// 32-bit floats, bit for bit.
    Float32,
    /// 24-bit integers with triangular dither from this seed.
    Int24 {
        /// The same seed gives the same file.
        seed: u64,
    },
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Frames a second.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
    /// How numbers are stored.
    pub format: Format,
}

/// What happens to a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is written.
    Keep,
    /// It is replaced, once the new one is whole.
    Replace,
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// There is a file of this name.
    #[error("{}: is there already; choose another name or allow it to be overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("{}: the disk is full; nothing was kept of the unfinished file", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The system does not allow it.
    #[error("{}: writing here is not permitted", path.display())]
    NotPermitted {
        /// The file.
        path: PathBuf,
    },
    /// The folder is not there.
    #[error("{}: the folder does not exist", path.display())]
    NoFolder {
        /// The file.
        path: PathBuf,
    },
    /// A WAV file holds at most 4 GB.
    #[error("{}: grew past 4 GB, which is the most a WAV file holds", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// Anything else.
    #[error("{}: could not be written: {cause}", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
}

/// What a finished file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Written {
    /// Frames.
    pub frames: u64,
    /// The greatest magnitude that was asked for.
    pub peak: f32,
    /// Values beyond full scale, which an integer file cuts off.
    pub clipped: u64,
    /// Values that were infinite or no numbers, written as silence.
    pub not_finite: u64,
}

/// A file being written. Dropped before [`Writer::finish`], it leaves nothing behind.
pub struct Writer {
    target: PathBuf,
    part: PathBuf,
    existing: Existing,
    spec: Spec,
    /// `None` once finished.
    inner: Option<WavWriter<BufWriter<File>>>,
    noise: u64,
    values: u64,
    /// The values that the header speaks of.
    told: u64,
    written: Written,
}

impl Writer {
    /// Begins a file.
    ///
    /// # Errors
    /// When there is such a file and it is to be kept, or the folder does not let it be written.
    pub fn create(target: impl AsRef<Path>, spec: Spec, existing: Existing) -> Result<Writer, WriteError> {
        let target = target.as_ref().to_path_buf();
        if existing == Existing::Keep && target.exists() {
            return Err(WriteError::Exists { path: target });
        }
        // Finishing renames over the target: a device or a folder of that name must not be replaced.
        if target.exists() && !target.is_file() {
            let cause = "there is something of this name that is not a file".to_owned();
            return Err(WriteError::Other { path: target, cause });
        }
        let part = part_name(&target);
        let file = crate::fresh(&part).map_err(|e| write_error(&target, e))?;
        let (bits_per_sample, sample_format, seed) = match spec.format {
            Format::Float32 => (32, SampleFormat::Float, 0),
            Format::Int24 { seed } => (24, SampleFormat::Int, seed),
        };
        let header = WavSpec { channels: spec.channels, sample_rate: spec.sample_rate, bits_per_sample, sample_format };
        let inner =
            WavWriter::new(BufWriter::with_capacity(1 << 16, file), header).map_err(|e| hound_error(&target, e));
        let inner = inner.inspect_err(|_| drop(fs::remove_file(&part)))?;
        // An odd multiplier keeps seeds apart; a generator state of nought would stay nought.
        let noise = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let (values, told, written) = (0, 0, Written::default());
        Ok(Writer { target, part, existing, spec, inner: Some(inner), noise, values, told, written })
    }

    /// Appends interleaved frames.
    ///
    /// # Errors
    /// When the disk is full, or the system says otherwise no.
    pub fn write(&mut self, interleaved: &[f32]) -> Result<(), WriteError> {
        let bytes = if self.spec.format == Format::Float32 { 4 } else { 3 };
        // Headers take a little over the data; the field that counts bytes has 32 bits.
        if (self.values + interleaved.len() as u64) * bytes > u64::from(u32::MAX) - 256 {
            return Err(WriteError::TooLong { path: self.target.clone() });
        }
        for &x in interleaved {
            let x = self.account(x);
            let dithered = if self.spec.format == Format::Float32 { 0 } else { self.quantize(x) };
            let Some(inner) = &mut self.inner else { return Ok(()) };
            let done = match self.spec.format {
                Format::Float32 => inner.write_sample(x),
                Format::Int24 { .. } => inner.write_sample(dithered),
            };
            done.map_err(|e| hound_error(&self.target, e))?;
        }
        self.values += interleaved.len() as u64;
        self.tell_sizes()
    }

    /// Writes the sizes once a second: what a program leaves that is killed can be played.
    fn tell_sizes(&mut self) -> Result<(), WriteError> {
        let channels = u64::from(self.spec.channels.max(1));
        if self.values - self.told < u64::from(self.spec.sample_rate) * channels
            || !self.values.is_multiple_of(channels)
        {
            return Ok(());
        }
        self.told = self.values;
        let flushed = self.inner.as_mut().map_or(Ok(()), WavWriter::flush);
        flushed.map_err(|e| hound_error(&self.target, e))
    }

    /// The hidden file that is written until the end.
    pub fn part(&self) -> &Path {
        &self.part
    }

    fn account(&mut self, x: f32) -> f32 {
        if !x.is_finite() {
            self.written.not_finite += 1;
            return 0.0;
        }
        self.written.peak = self.written.peak.max(x.abs());
        self.written.clipped += u64::from(x.abs() > 1.0);
        x
    }

    /// To 24 bits, with the sum of two even noises of one step each: the error is white and free of the signal.
    ///
    /// *Source*: Lipshitz, Wannamaker, Vanderkooy, Quantization and dither: a theoretical survey, JAES 40 (1992).
    fn quantize(&mut self, x: f32) -> i32 {
        let noise = self.uniform() - self.uniform();
        let scaled = f64::from(x) * 8_388_607.0 + noise;
        scaled.round().clamp(-8_388_608.0, 8_388_607.0) as i32
    }

    /// An even number from 0 to 1 (xorshift64*).
    fn uniform(&mut self) -> f64 {
        self.noise ^= self.noise >> 12;
        self.noise ^= self.noise << 25;
        self.noise ^= self.noise >> 27;
        (self.noise.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Completes the header and gives the file its name.
    ///
    /// # Errors
    /// When the disk is full, or a file of that name has come to be in the meantime.
    pub fn finish(mut self) -> Result<Written, WriteError> {
        let Some(inner) = self.inner.take() else { return Ok(self.written) };
        inner.finalize().map_err(|e| hound_error(&self.target, e))?;
        // A full disk may show only now.
        let file = File::options().append(true).open(&self.part).map_err(|e| write_error(&self.target, e))?;
        file.sync_all().map_err(|e| write_error(&self.target, e))?;
        drop(file);
        self.give_name()?;
        self.written.frames = self.values / u64::from(self.spec.channels.max(1));
        Ok(self.written)
    }

    fn give_name(&self) -> Result<(), WriteError> {
        if self.existing == Existing::Keep {
            // A hard link fails where the name is taken, in one step; not every file system has them.
            match fs::hard_link(&self.part, &self.target) {
                Ok(()) => return Ok(()),
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                    return Err(WriteError::Exists { path: self.target.clone() });
                }
                Err(_) if self.target.exists() => return Err(WriteError::Exists { path: self.target.clone() }),
                Err(_) => {}
            }
        }
        fs::rename(&self.part, &self.target).map_err(|e| write_error(&self.target, e))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.inner.take());
        // Gone already where it was renamed.
        let _ = fs::remove_file(&self.part);
    }
}

/// A hidden name beside the target that no other process takes.
fn part_name(target: &Path) -> PathBuf {
    let name = target.file_name().map_or_else(|| "out.wav".into(), |n| n.to_string_lossy().into_owned());
    target.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

fn write_error(path: &Path, error: io::Error) -> WriteError {
    let path = path.to_path_buf();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => WriteError::DiskFull { path },
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => WriteError::NotPermitted { path },
        ErrorKind::NotFound => WriteError::NoFolder { path },
        _ => WriteError::Other { path, cause: error.to_string() },
    }
}

fn hound_error(path: &Path, error: hound::Error) -> WriteError {
    match error {
        hound::Error::IoError(e) => write_error(path, e),
        other => WriteError::Other { path: path.to_path_buf(), cause: other.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_file_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let spec = Spec { channels: 1, sample_rate: 48_000, format: Format::Float32 };
        let refused = Writer::create(folder.path(), spec, Existing::Replace);
        assert!(matches!(refused, Err(WriteError::Other { .. })));
        assert!(folder.path().is_dir());
    }

    use crate::decode;

    const FLOAT: Spec = Spec { sample_rate: 48_000, channels: 2, format: Format::Float32 };

    fn entries(dir: &Path) -> usize {
        fs::read_dir(dir).expect("lists").count()
    }

    #[test]
    fn floats_come_back_bit_for_bit() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.wav");
        let x: Vec<f32> = (0..2000).map(|i| ((i * 37 % 100) as f32 - 50.0) / 33.3).collect();
        let mut w = Writer::create(&path, FLOAT, Existing::Keep).expect("begins");
        assert!(!path.exists());
        for part in x.chunks(300) {
            w.write(part).expect("writes");
        }
        let written = w.finish().expect("finishes");
        assert_eq!((written.frames, entries(dir.path())), (1000, 1));
        assert!(written.clipped > 0 && written.peak > 1.4);
        assert_eq!(decode(&path).expect("reads").data, x);
    }

    #[test]
    fn integers_carry_flat_dither_and_the_same_seed_gives_the_same_file() {
        let dir = tempfile::tempdir().expect("a folder");
        let write = |name: &str, seed| {
            let path = dir.path().join(name);
            let spec = Spec { channels: 1, format: Format::Int24 { seed }, ..FLOAT };
            let mut w = Writer::create(&path, spec, Existing::Keep).expect("begins");
            w.write(&vec![0.3 / 8_388_607.0; 40_000]).expect("writes");
            w.write(&[1.5, -1.5, f32::NAN]).expect("writes");
            assert_eq!(w.finish().expect("finishes").not_finite, 1);
            path
        };
        let (a, b, c) = (write("a.wav", 1), write("b.wav", 1), write("c.wav", 2));
        assert_eq!(fs::read(&a).expect("reads"), fs::read(b).expect("reads"));
        assert_ne!(fs::read(&a).expect("reads"), fs::read(c).expect("reads"));
        let x = decode(&a).expect("reads").data;
        let steps: Vec<f64> = x[..40_000].iter().map(|v| f64::from(*v) * 8_388_608.0).collect();
        let mean = steps.iter().sum::<f64>() / 40_000.0;
        let power = steps.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / 40_000.0;
        // A third of a step survives on average; triangular dither and rounding make a quarter of a step squared.
        assert!((mean - 0.3).abs() < 0.02, "mean {mean}");
        assert!((power - 0.25).abs() < 0.02, "power {power}");
        assert!(x[40_000] > 0.999 && x[40_001] < -0.999);
    }

    #[test]
    fn what_is_there_stays_unless_told() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.wav");
        fs::write(&path, "mine").expect("writes");
        assert!(matches!(Writer::create(&path, FLOAT, Existing::Keep), Err(WriteError::Exists { .. })));
        // Dropped before its end, a writer leaves nothing.
        let mut w = Writer::create(&path, FLOAT, Existing::Replace).expect("begins");
        w.write(&[0.0; 10]).expect("writes");
        drop(w);
        assert_eq!((fs::read(&path).expect("reads"), entries(dir.path())), (b"mine".to_vec(), 1));
        // A name that is taken while the file is written stays with its owner.
        fs::remove_file(&path).expect("removes");
        let w = Writer::create(&path, FLOAT, Existing::Keep).expect("begins");
        fs::write(&path, "mine").expect("writes");
        assert!(matches!(w.finish(), Err(WriteError::Exists { .. })));
        assert_eq!((fs::read(&path).expect("reads"), entries(dir.path())), (b"mine".to_vec(), 1));
        let mut w = Writer::create(&path, FLOAT, Existing::Replace).expect("begins");
        w.write(&[0.5; 4]).expect("writes");
        assert_eq!(w.finish().expect("finishes").frames, 2);
        assert_eq!(decode(&path).expect("reads").frames(), 2);
    }

    #[test]
    fn errors_name_their_cause() {
        let e = Writer::create("/no/such/folder/a.wav", FLOAT, Existing::Keep).err().expect("fails");
        assert!(e.to_string().contains("the folder does not exist"), "{e}");
        let e = write_error(Path::new("a.wav"), ErrorKind::StorageFull.into());
        assert!(e.to_string().contains("disk is full"), "{e}");
        let e = write_error(Path::new("a.wav"), ErrorKind::PermissionDenied.into());
        assert!(e.to_string().contains("not permitted"), "{e}");
    }

    #[test]
    fn what_was_cut_off_is_played_and_made_whole() {
        let dir = tempfile::tempdir().expect("a folder");
        let specs = [FLOAT, Spec { channels: 1, format: Format::Int24 { seed: 1 }, ..FLOAT }];
        for spec in specs {
            let mut w = Writer::create(dir.path().join("a.wav"), spec, Existing::Keep).expect("begins");
            let channels = usize::from(spec.channels);
            let x: Vec<f32> = (0..130_000 * channels).map(|i| (i % 1000) as f32 / 1000.0).collect();
            for piece in x.chunks(64 * channels) {
                w.write(piece).expect("writes");
            }
            let cut = dir.path().join("cut.wav");
            fs::copy(w.part(), &cut).expect("copies");
            let played = decode(&cut).expect("plays").frames();
            assert!((90_000..130_000).contains(&played), "{played}");
            // A frame that is not whole.
            fs::write(&cut, [fs::read(&cut).expect("reads"), vec![7]].concat()).expect("writes");
            let frames = mend(&cut).expect("is mended");
            assert!(frames >= played as u64, "{frames} {played}");
            let sound = decode(&cut).expect("plays");
            assert_eq!(sound.frames() as u64, frames);
            assert!(sound.data.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-6));
        }
        fs::write(dir.path().join("no.wav"), "RIFFxxxxWAVE").expect("writes");
        assert!(mend(&dir.path().join("no.wav")).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_reported_as_such() {
        // /dev/full takes no byte; the writer's part file cannot be put there, so its error is made directly.
        let e = fs::write("/dev/full", [0; 100]).expect_err("is full");
        assert!(matches!(write_error(Path::new("a.wav"), e), WriteError::DiskFull { .. }));
    }
}
