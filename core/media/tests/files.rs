//! Sound files of every format, whole, cut short and damaged.

use bf_media::wav::{Existing, Format, Spec, Writer};
use bf_media::{
    Decoded, Limits, MediaError, Warning, Watch, decode, decode_bytes, decode_watched, load_sample_watched,
};
use proptest::prelude::*;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

const AIFF: &[u8] = include_bytes!("data/tone.aiff");
const FLAC: &[u8] = include_bytes!("data/tone.flac");
const MP3: &[u8] = include_bytes!("data/tone.mp3");
const OGG: &[u8] = include_bytes!("data/tone.ogg");

fn read(name: &str, bytes: &[u8]) -> Result<Decoded, MediaError> {
    decode_bytes(name, bytes, Limits::default())
}

/// A WAV file of plain PCM: `code` 1 is integers, 3 floats.
fn wav(code: u16, bits: u16, channels: u16, rate: u32, data: &[u8]) -> Vec<u8> {
    let align = channels * bits / 8;
    let mut b = b"RIFF".to_vec();
    b.extend((36 + data.len() as u32).to_le_bytes());
    b.extend(b"WAVEfmt \x10\0\0\0");
    b.extend([code.to_le_bytes(), channels.to_le_bytes()].concat());
    b.extend(rate.to_le_bytes());
    b.extend((rate * u32::from(align)).to_le_bytes());
    b.extend([align.to_le_bytes(), bits.to_le_bytes()].concat());
    b.extend(b"data");
    b.extend((data.len() as u32).to_le_bytes());
    b.extend(data);
    b
}

fn wav16(channels: u16, frames: usize) -> Vec<u8> {
    let data: Vec<u8> =
        (0..frames * usize::from(channels)).flat_map(|i| ((i * 7919 % 60_000) as i16).to_le_bytes()).collect();
    wav(1, 16, channels, 48_000, &data)
}

/// How much of a tone a channel holds, as an amplitude.
fn amplitude(x: &[f32], hz: f64, rate: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (i, v) in x.iter().enumerate() {
        let w = core::f64::consts::TAU * hz * i as f64 / rate;
        re += f64::from(*v) * w.cos();
        im += f64::from(*v) * w.sin();
    }
    2.0 * re.hypot(im) / x.len() as f64
}

#[test]
fn wav_of_every_width() {
    let x = [0.0f32, 0.5, -0.5, -1.0];
    let cases: [(&str, Vec<u8>, f32); 6] = [
        ("8", wav(1, 8, 1, 44_100, &[128, 192, 64, 0]), 0.0),
        ("16", wav(1, 16, 1, 44_100, &x.map(|v| ((v * 32_768.0) as i16).to_le_bytes()).concat()), 0.0),
        ("24", wav(1, 24, 1, 44_100, &x.map(|v| ((v * 8_388_608.0) as i32).to_le_bytes()[..3].to_vec()).concat()), 0.0),
        (
            "32",
            wav(1, 32, 1, 44_100, &x.map(|v| ((f64::from(v) * 2_147_483_648.0) as i32).to_le_bytes()).concat()),
            1e-7,
        ),
        ("f32", wav(3, 32, 1, 44_100, &x.map(f32::to_le_bytes).concat()), 0.0),
        ("f64", wav(3, 64, 1, 44_100, &x.map(|v| f64::from(v).to_le_bytes()).concat()), 0.0),
    ];
    for (name, bytes, tolerance) in cases {
        let d = read("a.wav", &bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((d.sample_rate, d.channels, d.frames()), (44_100, 1, 4), "{name}");
        assert!(d.data.iter().zip(x).all(|(a, b)| (a - b).abs() <= tolerance), "{name}: {:?}", d.data);
        assert!(d.warnings.is_empty(), "{name}: {:?}", d.warnings);
    }
}

#[test]
fn every_format_gives_the_tone() {
    for (name, bytes, frames, tolerance) in [
        ("t.aiff", AIFF, 2000, 1e-3),
        ("t.flac", FLAC, 11_025, 1e-3),
        ("t.ogg", OGG, 11_025, 0.02),
        ("t.mp3", MP3, 11_025, 0.02),
    ] {
        for name in [name, "no ending"] {
            let d = read(name, bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!((d.sample_rate, d.channels, d.frames()), (44_100, 2, frames), "{name}");
            assert!(d.warnings.is_empty(), "{name}: {:?}", d.warnings);
            // 2,205 frames hold whole periods of both tones; the AIFF is shorter and gets some slack.
            let n = if frames < 4410 { frames } else { 8820 };
            let (l, r): (Vec<f32>, Vec<f32>) = (d.channel(0).take(n).collect(), d.channel(1).take(n).collect());
            let slack = tolerance + if frames < 4410 { 0.02 } else { 0.0 };
            assert!((amplitude(&l, 440.0, 44_100.0) - 0.5).abs() < slack, "{name} left");
            assert!((amplitude(&r, 880.0, 44_100.0) - 0.25).abs() < slack, "{name} right");
        }
    }
}

#[test]
fn short_files_play_what_they_have_and_say_so() {
    let whole = wav16(2, 5000);
    let d = read("a.wav", &whole[..whole.len() / 2]).expect("plays");
    assert!((2000..=2500).contains(&d.frames()), "{}", d.frames());
    assert_eq!(d.warnings, [Warning::Truncated { frames: d.frames() as u64, expected: Some(5000) }]);
    assert!(d.warnings[0].to_string().contains("of 5000 frames"));
    assert_eq!(d.data[..], read("a.wav", &whole).expect("plays").data[..d.data.len()]);
    for (name, bytes) in [("t.flac", FLAC), ("t.aiff", AIFF)] {
        let d = read(name, &bytes[..bytes.len() * 2 / 3]).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(d.frames() > 500, "{name}");
        assert!(matches!(d.warnings[..], [Warning::Truncated { .. }, ..]), "{name}: {:?}", d.warnings);
    }
    // A header that announces a gigabyte behind which there is next to nothing.
    let mut lies = wav16(2, 5000);
    let size = lies.len() - 4 * 5000;
    for (at, bytes) in [(4, 1_000_000_036u32), (size - 4, 1_000_000_000)] {
        lies[at..at + 4].copy_from_slice(&bytes.to_le_bytes());
    }
    let d = read("a.wav", &lies).expect("plays");
    assert_eq!((d.frames(), d.warnings.len()), (5000, 1));
    assert!(d.warnings[0].to_string().contains("5000 of 250000000 frames"), "{}", d.warnings[0]);
    let d = read("t.mp3", &MP3[..MP3.len() / 2]).expect("plays");
    assert!(d.frames() > 1000 && !d.warnings.is_empty(), "{} {:?}", d.frames(), d.warnings);
}

/// The same with chunks before the sound, and one behind it.
fn wav_with(first: &[u8; 4], told: u32, before: &[u8], (said, data): (u32, &[u8])) -> Vec<u8> {
    let plain = wav(1, 16, 2, 48_000, &[]);
    let mut b = [&first[..], &told.to_le_bytes(), b"WAVE", before, &plain[12..40], &said.to_le_bytes(), data].concat();
    b.extend(b"LIST\x04\0\0\0INFO");
    b
}

#[test]
fn long_wav_files_say_their_length_elsewhere() {
    let dir = tempfile::tempdir().expect("a folder");
    let whole = wav16(2, 5000);
    let data = &whole[44..];
    let sound = read("a.wav", &whole).expect("plays").data;
    let ds64 = |riff: u64, data: u64, frames: u64| {
        [b"ds64\x1c\0\0\0", &riff.to_le_bytes()[..], &data.to_le_bytes(), &frames.to_le_bytes(), &[0; 4]].concat()
    };
    for first in [b"RF64", b"BW64"] {
        let b = wav_with(first, u32::MAX, &ds64(20_100, 20_000, 5000), (u32::MAX, data));
        let d = read("a.wav", &b).expect("plays");
        assert!(d.data == sound && d.warnings.is_empty(), "{:?}", d.warnings);
        let path = dir.path().join("long.wav");
        std::fs::write(&path, &b).expect("writes");
        assert_eq!(decode(&path).expect("plays").data, sound);
        let d = read("a.wav", &b[..b.len() - 4012]).expect("plays");
        assert_eq!(d.warnings, [Warning::Truncated { frames: d.frames() as u64, expected: Some(5000) }]);
        // A writer of these, too, may be cut off.
        let b = wav_with(first, u32::MAX, &ds64(0, 0, 0), (u32::MAX, data));
        let d = read("a.wav", &b[..b.len() - 12]).expect("plays");
        assert!(d.data == sound && d.warnings.len() == 1, "{:?}", d.warnings);
    }
}

#[test]
fn what_a_killed_recorder_leaves_plays_and_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let whole = wav16(2, 5000);
    let sound = read("a.wav", &whole).expect("plays").data;
    // With no sizes, with that of the head alone, and with one of the two.
    for (riff, data) in [(0u32, 0u32), (36, 0), (0, u32::MAX), (0, 20_000)] {
        let mut b = whole.clone();
        b[4..8].copy_from_slice(&riff.to_le_bytes());
        b[40..44].copy_from_slice(&data.to_le_bytes());
        let path = dir.path().join("cut.wav");
        std::fs::write(&path, [&b[..], &[7; 3]].concat()).expect("writes");
        let d = decode(&path).unwrap_or_else(|e| panic!("{riff} {data}: {e}"));
        assert_eq!((d.frames(), d.data == sound), (5000, true), "{riff} {data}");
        assert_eq!(d.warnings.len(), usize::from(data != 20_000), "{riff} {data}: {:?}", d.warnings);
        assert_eq!(read("a.wav", &[&b[..], &[7; 3]].concat()).expect("plays").data, sound);
    }
    let nothing = wav(1, 16, 2, 48_000, &[]);
    assert!(matches!(read("a.wav", &nothing), Err(MediaError::Empty { .. })));
}

#[test]
fn a_file_cut_anywhere_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("own.wav");
    let spec = Spec { sample_rate: 48_000, channels: 2, format: Format::Float32 };
    let mut writer = Writer::create(&path, spec, Existing::Keep).expect("begins");
    writer.write(&[0.25; 96_000]).expect("writes");
    writer.finish().expect("finishes");
    let own = std::fs::read(&path).expect("reads");
    for (name, whole) in [
        ("own.wav", own.as_slice()),
        ("a.wav", &wav16(1, 20_000)),
        ("t.aiff", AIFF),
        ("t.flac", FLAC),
        ("t.mp3", MP3),
        ("t.ogg", OGG),
    ] {
        let frames = read(name, whole).expect("plays").frames();
        for kept in (100..whole.len() - 8).step_by(whole.len() / 97).chain([3000]) {
            // What is left of the head may say too little: then it is refused.
            let Ok(d) = read(name, &whole[..kept]) else { continue };
            let told = d
                .warnings
                .iter()
                .any(|w| matches!(w, Warning::Truncated { frames, .. } if *frames == d.frames() as u64));
            assert!(told && d.frames() <= frames, "{name}: {kept} bytes, {} frames: {:?}", d.frames(), d.warnings);
            std::fs::write(&path, &whole[..kept]).expect("writes");
            if name.ends_with(".wav") {
                assert_eq!(decode(&path).expect("plays"), Decoded { path: path.clone(), ..d });
            }
        }
    }
}

#[test]
fn refusals_say_what_and_why() {
    let said = |r: Result<Decoded, MediaError>| r.expect_err("is refused").to_string();
    assert!(said(read("a.wav", &[])).contains("a.wav: holds no sound"));
    assert!(said(read("a.wav", &wav16(2, 0))).contains("a.wav: holds no sound"));
    assert!(said(read("a.txt", &b"once upon a time there was no sound ".repeat(50))).contains("is not a sound file"));
    assert!(said(decode("/no/such.wav")).contains("there is no such file"));
    assert!(said(decode("/")).contains("folder"));
    let rate = said(read("a.wav", &wav(1, 16, 1, 3, &[0; 100])));
    assert!(rate.contains("says 3 frames a second"), "{rate}");
    let long = decode_bytes("a.wav", &wav16(1, 49_000), Limits { secs: 1, ..Limits::default() });
    assert!(said(long).contains("too long: over 1 seconds"));
    let large = decode_bytes("a.wav", &wav16(1, 1_000_000), Limits { bytes: 1_000_000, ..Limits::default() });
    assert!(said(large).contains("2 MB, the limit is 1 MB"));
}

#[test]
fn odd_content_plays_with_a_warning() {
    let d = read("a.wav", &wav16(6, 100)).expect("plays");
    assert_eq!(
        (d.channels, d.frames(), &d.warnings[..]),
        (2, 100, &[Warning::MoreChannels { channels: 6, used: 2 }][..])
    );
    let d = read("a.wav", &wav(3, 32, 1, 48_000, &[0.5, f32::NAN, f32::INFINITY].map(f32::to_le_bytes).concat()))
        .expect("plays");
    assert_eq!((&d.data[..], &d.warnings[..]), (&[0.5, 0.0, 0.0][..], &[Warning::NotFinite { values: 2 }][..]));
}

#[test]
fn long_work_shows_its_progress_and_stops_when_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("a.wav");
    std::fs::write(&path, wav16(2, 200_000)).expect("writes");
    let cancel = AtomicBool::new(false);
    let mut heard = Vec::new();
    let mut report = |x| heard.push(x);
    let (sample, _) =
        load_sample_watched(&path, 44_100, Limits::default(), &mut Watch::new(&mut report, &cancel)).expect("loads");
    assert_eq!((sample.frames, sample.channels, sample.levels.len(), sample.sample_rate), (183_750, 2, 5, 44_100.0));
    assert!(heard.len() > 20 && heard.is_sorted() && heard.last() == Some(&1.0), "{heard:?}");
    let mut report = |x| cancel.store(x > 0.3, Ordering::Relaxed);
    let stopped = decode_watched(Path::new(&path), Limits::default(), &mut Watch::new(&mut report, &cancel));
    assert!(matches!(stopped, Err(MediaError::Cancelled { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, rng_algorithm: prop::test_runner::RngAlgorithm::ChaCha, ..ProptestConfig::default() })]

    /// Whatever is flipped, cut or filled in: an error or finite frames, never a panic.
    #[test]
    fn damaged_files_never_panic(
        which in 0usize..6,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        head in any::<bool>(),
        cut in any::<prop::sample::Index>(),
        keep in any::<bool>(),
    ) {
        let (name, bytes) = match which {
            0 => ("a.wav", wav16(2, 300)),
            1 => ("a.wav", wav(3, 32, 1, 48_000, &[0x3f; 1200])),
            2 => ("a.aiff", AIFF.to_vec()),
            3 => ("a.flac", FLAC.to_vec()),
            4 => ("a.ogg", OGG.to_vec()),
            _ => ("a.mp3", MP3.to_vec()),
        };
        let mut bytes = bytes;
        let reach = if head { bytes.len().min(128) } else { bytes.len() };
        for (at, value) in flips {
            let at = at.index(reach);
            bytes[at] = value;
        }
        if !keep {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(d) = read(name, &bytes) {
            prop_assert!(d.frames() > 0 && d.data.iter().all(|x| x.is_finite()));
            prop_assert!(d.channels == 1 || d.channels == 2);
        }
    }

    /// The same for bytes that were never a file.
    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..2000), magic in 0usize..6) {
        let magic: &[u8] = [&b"RIFF\x20\0\0\0WAVEfmt "[..], b"fLaC", b"OggS", b"FORM\0\0\0\x20AIFF", b"ID3", b"\xff\xfb\x90\x64"][magic];
        let _ = read("a", &[magic, &bytes].concat());
        let _ = bf_media::midi::parse_midi(Path::new("a.mid"), &[b"MThd\0\0\0\x06\0\x01\0\x01\0\x60MTrk", &bytes[..]].concat());
        let _ = bf_media::Bank::parse(Path::new("samples.toml"), &String::from_utf8_lossy(&bytes));
    }
}
