//! Packs a bank of sounds from the stems of a rendered set: `pack-bank RENDER.wav FOLDER`.
//!
//! Each strip is a sound, called as its strip without `-strip`. Its takes are what lies between silences. They become
//! mono FLAC files of 16 bits, beside a `samples.toml` that names them.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of the terminal")]

use bf_media::decode;
use flacenc::component::BitRepr;
use flacenc::error::Verify;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Below this (−96 dB) a frame is silent, and so long silence parts two takes.
const SILENCE: f32 = 1.6e-5;
const GAP_SECS: f32 = 0.1;
/// A take ends where it has fallen by 60 dB for good, over a fade of this time.
const TAIL: f32 = 1e-3;
const FADE_SECS: f32 = 0.01;
/// The highest peak of the bank: −1 dBFS.
const PEAK: f32 = 0.891;
/// Over so long a time a take's loudness is measured.
const LOUDNESS_SECS: f32 = 0.05;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let words: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [render, folder] = words.as_slice() else {
        eprintln!("usage: pack-bank RENDER.wav FOLDER");
        return ExitCode::from(2);
    };
    match pack(render, folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// One sound: its takes, at the rate of the stems.
struct Sound {
    takes: Vec<Vec<f32>>,
    rate: u32,
}

fn pack(render: &Path, folder: &Path) -> Result<(), Failure> {
    let mut sounds = BTreeMap::new();
    for (name, stem) in stems(render)? {
        let mut sound = read(&stem)?;
        match_levels(&mut sound);
        sounds.insert(name, sound);
    }
    let peak = sounds.values().flat_map(|s| &s.takes).map(|t| peak(t)).fold(0.0, f32::max);
    if peak == 0.0 {
        return Err(format!("{}: no strip sounds", render.display()).into());
    }
    std::fs::create_dir_all(folder)?;
    let title = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut list =
        format!("# Packed by `cargo xtask sounds`; change the set and pack again.\nname = \"{title}\"\n\n[sounds]\n");
    let mut bytes = 0;
    for (name, sound) in &sounds {
        let mut files = Vec::new();
        for (i, take) in sound.takes.iter().enumerate() {
            let file = format!("{name}-{}.flac", i + 1);
            let flac = encode(&finish(take, PEAK / peak, sound.rate), sound.rate)?;
            bytes += flac.len();
            std::fs::write(folder.join(&file), flac)?;
            files.push(format!("\"{file}\""));
        }
        println!("{name}: {} takes", files.len());
        writeln!(list, "{name} = [{}]", files.join(", "))?;
    }
    std::fs::write(folder.join("samples.toml"), list)?;
    println!("{}: {:.2} MB", folder.display(), bytes as f64 / 1e6);
    Ok(())
}

/// The stems beside a render, by the names of their sounds.
fn stems(render: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let begin = format!("{}-", render.file_stem().unwrap_or_default().to_string_lossy());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(render.parent().unwrap_or(Path::new(".")))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(name) = name.strip_prefix(&begin).and_then(|n| n.strip_suffix("-strip.wav")) {
            found.push((name.to_owned(), path));
        }
    }
    found.sort();
    Ok(found)
}

/// The takes of a stem: both sides must be alike, as drums here are mono.
fn read(stem: &Path) -> Result<Sound, Failure> {
    let sound = decode(stem)?;
    if sound.channel(0).zip(sound.channel(sound.channels - 1)).any(|(l, r)| (l - r).abs() > SILENCE) {
        return Err(format!("{}: its sides differ; a drum of a bank is mono", stem.display()).into());
    }
    let x: Vec<f32> = sound.channel(0).collect();
    let gap = (GAP_SECS * sound.sample_rate as f32) as usize;
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (i, _) in x.iter().enumerate().filter(|(_, v)| v.abs() > SILENCE) {
        match spans.last_mut() {
            Some((_, end)) if i < *end + gap => *end = i + 1,
            _ => spans.push((i, i + 1)),
        }
    }
    // The wave begins at nought, one frame before it is heard.
    let takes = spans.iter().map(|(begin, end)| x[begin.saturating_sub(1)..*end].to_vec()).collect();
    Ok(Sound { takes, rate: sound.sample_rate })
}

fn peak(x: &[f32]) -> f32 {
    x.iter().fold(0.0, |m, v| m.max(v.abs()))
}

/// How loud a take is: halfway between its peak and its loudest fiftieth of a second.
fn loudness(x: &[f32], rate: u32) -> f32 {
    let window = (LOUDNESS_SECS * rate as f32) as usize;
    let mut most = 0.0f64;
    for start in (0..x.len()).step_by(window / 8) {
        let part = &x[start..x.len().min(start + window)];
        most = most.max(part.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>() / window as f64);
    }
    (peak(x) * most.sqrt() as f32).sqrt()
}

/// Brings the takes of a sound down to the softest.
fn match_levels(sound: &mut Sound) {
    let levels: Vec<f32> = sound.takes.iter().map(|t| loudness(t, sound.rate)).collect();
    let softest = levels.iter().copied().fold(f32::INFINITY, f32::min);
    for (take, level) in sound.takes.iter_mut().zip(levels) {
        take.iter_mut().for_each(|v| *v *= softest / level);
    }
}

/// A take as 16-bit integers: at its level, without its tail, faded, with triangular dither.
fn finish(take: &[f32], gain: f32, rate: u32) -> Vec<i32> {
    let floor = peak(take) * TAIL;
    let end = take.iter().rposition(|v| v.abs() > floor).map_or(0, |i| i + 1);
    let fade = ((FADE_SECS * rate as f32) as usize).min(end);
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut uniform = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f32 / 16_777_216.0
    };
    let level = |i: usize| gain * ((end - i) as f32 / fade as f32).min(1.0);
    (0..end).map(|i| (take[i] * level(i) * 32_767.0 + uniform() - uniform()).round() as i32).collect()
}

fn encode(samples: &[i32], rate: u32) -> Result<Vec<u8>, Failure> {
    let config = flacenc::config::Encoder::default().into_verified().map_err(|(_, e)| e)?;
    let source = flacenc::source::MemSource::from_samples(samples, 1, 16, rate as usize);
    let mut stream = flacenc::encode_with_fixed_block_size(&config, source, config.block_size)
        .map_err(|e| format!("the encoder failed: {e:?}"))?;
    // The encoder counts the shorter last block as well; readers then take the stream for one of varying blocks.
    stream.stream_info_mut().set_block_sizes(config.block_size, config.block_size).map_err(|e| e.to_string())?;
    let mut sink = flacenc::bitsink::ByteSink::new();
    stream.write(&mut sink).map_err(|e| format!("the encoder failed: {e:?}"))?;
    Ok(sink.as_slice().to_vec())
}
