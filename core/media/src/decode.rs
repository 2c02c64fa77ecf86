//! Sound files to floats: WAV, AIFF, FLAC, MP3 and OGG Vorbis.

use crate::{MediaError, Watch, repair, riff};
use std::fmt;
use std::io::{Cursor, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;

/// How much is loaded at most, so that a slip of the hand does not fill the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Seconds of sound.
    pub secs: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Channels; those after them are left out.
    pub channels: usize,
}

impl Limits {
    /// What is only measured: four hours, ten gigabytes, all channels.
    pub const MEASURED: Limits = Limits { secs: 4 * 3600, bytes: 10_000_000_000, channels: 64 };
}

impl Default for Limits {
    /// Ten minutes, one gigabyte, two channels.
    fn default() -> Limits {
        Limits { secs: 600, bytes: 1_000_000_000, channels: 2 }
    }
}

/// A sound in memory, as the file holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The file, for messages.
    pub path: PathBuf,
    /// Frames a second.
    pub sample_rate: u32,
    /// 1 or 2; more only where the limits allow it.
    pub channels: usize,
    /// Interleaved; all finite.
    pub data: Vec<f32>,
    /// What the user should know although the sound plays.
    pub warnings: Vec<Warning>,
}

impl Decoded {
    /// How many frames there are.
    pub fn frames(&self) -> usize {
        self.data.len() / self.channels.max(1)
    }
    /// One channel.
    pub fn channel(&self, channel: usize) -> impl Iterator<Item = f32> + '_ {
        self.data.iter().skip(channel).step_by(self.channels.max(1)).copied()
    }
}

/// Something that a file has wrong and that does not stop it from playing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The file ends early; what is there plays.
    Truncated {
        /// Frames that are there.
        frames: u64,
        /// Frames that the file announces, where it does.
        expected: Option<u64>,
    },
    /// Parts could not be decoded and were left out.
    Damaged {
        /// How many packets.
        packets: u64,
    },
    /// There are more channels than are used: the first ones are.
    MoreChannels {
        /// How many the file has.
        channels: usize,
        /// How many are used.
        used: usize,
    },
    /// Some values were infinite or no numbers; they are silent now.
    NotFinite {
        /// How many.
        values: u64,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Truncated { frames, expected: Some(n) } => {
                write!(f, "the file ends early: {frames} of {n} frames are there, and they play")
            }
            Warning::Truncated { frames, expected: None } => {
                write!(f, "the file ends early; the {frames} frames that are there play")
            }
            Warning::Damaged { packets } => write!(f, "{packets} damaged parts were left out"),
            Warning::MoreChannels { channels, used } => {
                write!(f, "the file has {channels} channels; the first {used} are used")
            }
            Warning::NotFinite { values } => write!(f, "{values} values were not finite and are silent now"),
        }
    }
}

/// Decodes a file within the default limits.
///
/// # Errors
/// See [`MediaError`].
pub fn decode(path: impl AsRef<Path>) -> Result<Decoded, MediaError> {
    decode_watched(path.as_ref(), Limits::default(), &mut Watch::none())
}

/// Decodes a file, shows the progress and may be cancelled.
///
/// # Errors
/// See [`MediaError`].
pub fn decode_watched(path: &Path, limits: Limits, watch: &mut Watch<'_>) -> Result<Decoded, MediaError> {
    let unreadable = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => MediaError::Missing { path: path.into() },
        _ => MediaError::Unreadable { path: path.into(), source },
    };
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    if !meta.is_file() {
        return Err(MediaError::NotAudio { path: path.into(), cause: "it is a folder or a device".into() });
    }
    check_size(path, meta.len(), limits)?;
    let mut file = std::fs::File::open(path).map_err(unreadable)?;
    let mut head = Vec::with_capacity(12);
    (&mut file).take(12).read_to_end(&mut head).map_err(unreadable)?;
    if repair::announced(&head).is_some_and(|n| n > meta.len()) {
        let bytes = std::fs::read(path).map_err(unreadable)?;
        return decode_in_memory(path, &bytes, limits, watch);
    }
    if riff::is_odd(&head, meta.len()) {
        (&mut file).take((riff::HEAD - head.len()) as u64).read_to_end(&mut head).map_err(unreadable)?;
    }
    if let Some(head) = riff::head(&head, meta.len()) {
        return decode_headed(path, (head, file, meta.len()), limits, watch);
    }
    file.rewind().map_err(unreadable)?;
    let most_frames = most_frames(&head, meta.len());
    guarded(path, Input { source: Box::new(file), most_frames }, limits, watch)
}

/// Decodes a file that is in memory already; `name` serves for messages, and its ending as a hint.
///
/// # Errors
/// See [`MediaError`].
pub fn decode_bytes(name: &str, bytes: &[u8], limits: Limits) -> Result<Decoded, MediaError> {
    let path = Path::new(name);
    check_size(path, bytes.len() as u64, limits)?;
    decode_in_memory(path, bytes, limits, &mut Watch::none())
}

fn decode_in_memory(path: &Path, bytes: &[u8], limits: Limits, watch: &mut Watch<'_>) -> Result<Decoded, MediaError> {
    let len = bytes.len() as u64;
    if let Some(head) = riff::head(&bytes[..bytes.len().min(riff::HEAD)], len) {
        return decode_headed(path, (head, Cursor::new(bytes), len), limits, watch);
    }
    let fixed = repair::cut_aiff(bytes);
    let source = Box::new(Cursor::new(fixed.as_deref().unwrap_or(bytes)));
    let mut sound =
        guarded(path, Input { source, most_frames: most_frames(bytes, bytes.len() as u64) }, limits, watch)?;
    if fixed.is_some() && !sound.warnings.iter().any(|w| matches!(w, Warning::Truncated { .. })) {
        sound.warnings.insert(0, Warning::Truncated { frames: sound.frames() as u64, expected: None });
    }
    Ok(sound)
}

/// Decodes a WAV file behind a head that says what is there.
fn decode_headed<'a>(
    path: &Path,
    (head, rest, len): (riff::Head, impl Read + Seek + Send + Sync + 'a, u64),
    limits: Limits,
    watch: &mut Watch<'_>,
) -> Result<Decoded, MediaError> {
    let (is_cut, most_frames) = (head.is_cut, most_frames(&head.bytes, len));
    let source = Box::new(riff::Headed::new(head, rest));
    let mut sound = guarded(path, Input { source, most_frames }, limits, watch)?;
    if is_cut {
        sound.warnings.insert(0, Warning::Truncated { frames: sound.frames() as u64, expected: None });
    }
    Ok(sound)
}

fn check_size(path: &Path, bytes: u64, limits: Limits) -> Result<(), MediaError> {
    if bytes == 0 {
        return Err(MediaError::Empty { path: path.into() });
    }
    if bytes > limits.bytes {
        let (megabytes, limit_megabytes) = (bytes / 1_000_000, limits.bytes / 1_000_000);
        return Err(MediaError::TooLarge { path: path.into(), megabytes, limit_megabytes });
    }
    Ok(())
}

/// What is decoded.
struct Input<'a> {
    source: Box<dyn MediaSource + 'a>,
    /// A file that announces more than this cannot be believed.
    most_frames: u64,
}

/// The most frames that so many bytes can hold: in WAV and AIFF half a byte each (ADPCM), elsewhere silence is the
/// densest, of which FLAC packs some 300 into a byte.
fn most_frames(head: &[u8], bytes: u64) -> u64 {
    let plain = head.starts_with(b"RIFF") || head.starts_with(b"FORM");
    bytes.saturating_mul(if plain { 2 } else { 400 })
}

/// Decoders of foreign formats meet files that their authors did not foresee: a panic there is a damaged file here.
fn guarded(path: &Path, input: Input<'_>, limits: Limits, watch: &mut Watch<'_>) -> Result<Decoded, MediaError> {
    catch_unwind(AssertUnwindSafe(|| read(path, input, limits, watch)))
        .unwrap_or_else(|_| Err(MediaError::Damaged { path: path.into(), cause: "its structure is broken".into() }))
}

fn read(path: &Path, input: Input<'_>, limits: Limits, watch: &mut Watch<'_>) -> Result<Decoded, MediaError> {
    let mut hint = Hint::new();
    if let Some(ending) = path.extension().and_then(|e| e.to_str()) {
        hint.with_extension(ending);
    }
    let not_audio = |cause: String| MediaError::NotAudio { path: path.into(), cause };
    let most_frames = input.most_frames;
    let stream = MediaSourceStream::new(input.source, Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|e| not_audio(plain(&e)))?;
    let track = format.default_track(TrackType::Audio).ok_or_else(|| not_audio("it has no sound track".into()))?;
    let announced = track.num_frames;
    let id = track.id;
    let mut decoder = decoder_of(track).map_err(&not_audio)?;
    let mut sink = Sink::new(path, announced, most_frames, limits);
    let end = pump(&mut *format, &mut *decoder, id, &mut sink, watch)?;
    sink.finish(end)
}

fn decoder_of(track: &Track) -> Result<Box<dyn AudioDecoder>, String> {
    let Some(CodecParameters::Audio(params)) = &track.codec_params else {
        return Err("its sound track says nothing of its coding".into());
    };
    symphonia::default::get_codecs().make_audio_decoder(params, &AudioDecoderOptions::default()).map_err(|e| match e {
        Error::Unsupported(_) => "its coding is not one of WAV, AIFF, FLAC, MP3 and OGG Vorbis".into(),
        other => plain(&other),
    })
}

/// How the packets came to an end.
enum End {
    Clean,
    Early(String),
}

fn pump(
    format: &mut dyn FormatReader,
    decoder: &mut dyn AudioDecoder,
    id: u32,
    sink: &mut Sink<'_>,
    watch: &mut Watch<'_>,
) -> Result<End, MediaError> {
    let mut scratch: Vec<f32> = Vec::new();
    loop {
        watch.tick(sink.part_done()).map_err(|_| MediaError::Cancelled { path: sink.path.into() })?;
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            // A chained stream begins anew: what follows is another sound.
            Ok(None) | Err(Error::ResetRequired) => return Ok(End::Clean),
            Err(e) => return Ok(End::Early(plain(&e))),
        };
        if packet.track_id != id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(buffer) => {
                let (channels, rate) = (buffer.spec().channels().count(), buffer.spec().rate());
                buffer.copy_to_vec_interleaved(&mut scratch);
                sink.take(&scratch, channels, rate)?;
            }
            Err(Error::DecodeError(_) | Error::IoError(_)) => sink.damaged += 1,
            Err(e) => return Ok(End::Early(plain(&e))),
        }
    }
}

fn plain(error: &Error) -> String {
    match error {
        Error::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => "it ends too early".into(),
        Error::IoError(e) => e.to_string(),
        Error::Unsupported(what) => format!("not supported: {what}"),
        other => other.to_string(),
    }
}

/// Where decoded packets collect.
struct Sink<'a> {
    path: &'a Path,
    limits: Limits,
    announced: Option<u64>,
    most_frames: u64,
    /// Channels of the file and its rate, known with the first packet.
    shape: Option<(usize, u32)>,
    data: Vec<f32>,
    damaged: u64,
    not_finite: u64,
}

impl<'a> Sink<'a> {
    fn new(path: &'a Path, announced: Option<u64>, most_frames: u64, limits: Limits) -> Sink<'a> {
        Sink { path, limits, announced, most_frames, shape: None, data: Vec::new(), damaged: 0, not_finite: 0 }
    }

    fn used(&self) -> usize {
        self.shape.map_or(1, |(channels, _)| channels.min(self.limits.channels))
    }

    fn frames(&self) -> u64 {
        (self.data.len() / self.used()) as u64
    }

    fn part_done(&self) -> f32 {
        self.announced.map_or(0.0, |n| self.frames() as f32 / n.max(1) as f32)
    }

    fn take(&mut self, packet: &[f32], channels: usize, rate: u32) -> Result<(), MediaError> {
        if packet.is_empty() || channels == 0 {
            return Ok(());
        }
        let (first_channels, first_rate) = match self.shape {
            Some(shape) => shape,
            None => self.begin(channels, rate)?,
        };
        if channels != first_channels || rate != first_rate {
            // The shape may not change inside one sound.
            self.damaged += 1;
            return Ok(());
        }
        let used = self.used();
        for frame in packet.chunks_exact(channels) {
            for &x in &frame[..used] {
                self.not_finite += u64::from(!x.is_finite());
                self.data.push(if x.is_finite() { x } else { 0.0 });
            }
        }
        self.check_length(self.frames(), rate)
    }

    fn begin(&mut self, channels: usize, rate: u32) -> Result<(usize, u32), MediaError> {
        if !(1_000..=768_000).contains(&rate) {
            return Err(MediaError::Rate { path: self.path.into(), rate });
        }
        if let Some(frames) = self.announced.filter(|n| *n <= self.most_frames) {
            self.check_length(frames, rate)?;
            // What a damaged header announces is not reserved blindly.
            self.data.reserve((frames as usize).min(1 << 20) * channels.min(self.limits.channels));
        }
        self.shape = Some((channels, rate));
        Ok((channels, rate))
    }

    fn check_length(&self, frames: u64, rate: u32) -> Result<(), MediaError> {
        if frames > self.limits.secs.saturating_mul(u64::from(rate)) {
            return Err(MediaError::TooLong { path: self.path.into(), limit_secs: self.limits.secs });
        }
        Ok(())
    }

    fn finish(self, end: End) -> Result<Decoded, MediaError> {
        let path = self.path.to_path_buf();
        let frames = self.frames();
        let Some((channels, sample_rate)) = self.shape.filter(|_| frames > 0) else {
            return Err(match (end, self.damaged) {
                (End::Clean, 0) if self.announced.unwrap_or(0) == 0 => MediaError::Empty { path },
                (End::Clean, _) => MediaError::Damaged { path, cause: "it ends before its sound begins".into() },
                (End::Early(cause), _) => MediaError::Damaged { path, cause },
            });
        };
        let mut warnings = Vec::new();
        let short = self.announced.is_some_and(|n| frames < n);
        if short || matches!(end, End::Early(_)) {
            warnings.push(Warning::Truncated { frames, expected: self.announced });
        }
        if self.damaged > 0 {
            warnings.push(Warning::Damaged { packets: self.damaged });
        }
        let used = channels.min(self.limits.channels);
        if channels > used {
            warnings.push(Warning::MoreChannels { channels, used });
        }
        if self.not_finite > 0 {
            warnings.push(Warning::NotFinite { values: self.not_finite });
        }
        Ok(Decoded { path, sample_rate, channels: used, data: self.data, warnings })
    }
}
