//! The banks of sounds that are part of the program.

use crate::bank::{Bank, FILE};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The bank that is meant where no bank is named.
pub const DEFAULT_BANK: &str = "forge";

/// Every file by its path below `sounds`, in order of the paths.
static FILES: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/shipped.in"));

/// The bytes of a shipped file, by its path below `sounds`, such as `forge/bd-1.flac`.
pub fn file(path: &Path) -> Option<&'static [u8]> {
    let name = path.to_str()?;
    FILES.binary_search_by_key(&name, |(name, _)| name).ok().map(|i| FILES[i].1)
}

/// The banks that ship, the default one first.
pub fn banks() -> &'static [Bank] {
    static BANKS: OnceLock<Vec<Bank>> = OnceLock::new();
    BANKS.get_or_init(|| {
        let listed = FILES.iter().filter(|(name, _)| Path::new(name).file_name().is_some_and(|n| n == FILE));
        let mut banks: Vec<Bank> = listed
            .filter_map(|(name, text)| Bank::parse(&PathBuf::from(name), std::str::from_utf8(text).ok()?).ok())
            .collect();
        banks.sort_by_key(|bank| bank.name != DEFAULT_BANK);
        banks
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decoded, Limits, decode_bytes};

    fn decode(path: &Path) -> Decoded {
        decode_bytes(&path.to_string_lossy(), file(path).expect("is there"), Limits::default()).expect("decodes")
    }

    fn takes() -> impl Iterator<Item = (&'static Bank, &'static str, &'static Path)> {
        let sounds = banks().iter().flat_map(|b| b.sounds.iter().map(move |(sound, takes)| (b, sound, takes)));
        sounds.flat_map(|(b, sound, takes)| takes.iter().map(move |t| (b, sound.as_str(), t.as_path())))
    }

    #[test]
    fn the_default_bank_has_every_drum_several_times() {
        assert_eq!(banks()[0].name, DEFAULT_BANK);
        for drum in "bd sd rim cp hh oh lt mt ht cr rd".split(' ') {
            assert!(banks()[0].sounds[drum].len() >= 3, "{drum}");
        }
        // A list that cannot be read would leave its bank out.
        assert_eq!(banks().len(), FILES.iter().filter(|(name, _)| name.ends_with(FILE)).count());
    }

    #[test]
    fn every_sound_decodes_sounds_and_stays_within_full_scale() {
        for (bank, sound, path) in takes() {
            let decoded = decode(path);
            assert_eq!(decoded.warnings, [], "{}", path.display());
            let peak = decoded.data.iter().fold(0f32, |m, x| m.max(x.abs()));
            // What was rendered here keeps a decibel of room; what was found is as it was found.
            let most = if bank.name == DEFAULT_BANK { 0.9 } else { 1.0 };
            assert!(peak > 0.1 && peak <= most, "{}/{sound} {}: peak {peak}", bank.name, path.display());
        }
    }

    #[test]
    fn the_kit_is_mono_begins_at_once_ends_in_silence_and_has_no_offset() {
        for (_, sound, path) in takes().filter(|(bank, ..)| bank.name == DEFAULT_BANK) {
            let x = decode(path);
            let peak = x.data.iter().fold(0f32, |m, v| m.max(v.abs()));
            assert_eq!((x.channels, x.sample_rate), (1, 48_000), "{}", path.display());
            let onset = x.data.iter().position(|v| v.abs() > 0.01 * peak).expect("sounds");
            assert!(onset < 96, "{sound} begins after {onset} frames");
            let end = &x.data[x.data.len() - 16..];
            assert!(end.iter().all(|v| v.abs() < 3e-4), "{}: {end:?}", path.display());
            let mean = x.data.iter().map(|v| f64::from(*v)).sum::<f64>() / x.data.len() as f64;
            assert!(mean.abs() < 0.003 * f64::from(peak), "{}: mean {mean}", path.display());
        }
    }

    /// The share of a sound's power that lies between two frequencies.
    fn share(x: &[f32], from_hz: f64, to_hz: f64) -> f64 {
        let n = x.len().min(24_000);
        let power = |hz: f64| {
            let (mut re, mut im) = (0.0, 0.0);
            for (i, v) in x[..n].iter().enumerate() {
                let w = core::f64::consts::TAU * hz * i as f64 / 48_000.0;
                re += f64::from(*v) * w.cos();
                im += f64::from(*v) * w.sin();
            }
            re * re + im * im
        };
        // Every 10 Hz where drums have their bodies, every 200 Hz above: weighted by the width of the step.
        let low = (2..40).map(|i| (f64::from(i) * 10.0, 10.0));
        let high = (2..118).map(|i| (f64::from(i) * 200.0, 200.0));
        let (mut inside, mut all) = (0.0, 0.0);
        for (hz, width) in low.chain(high) {
            let p = power(hz) * width;
            all += p;
            inside += if (from_hz..to_hz).contains(&hz) { p } else { 0.0 };
        }
        inside / all
    }

    /// Seconds until a sound has fallen by 40 dB for good.
    fn lasts(x: &[f32]) -> f64 {
        let peak = x.iter().fold(0f32, |m, v| m.max(v.abs()));
        x.iter().rposition(|v| v.abs() > 0.01 * peak).unwrap_or(0) as f64 / 48_000.0
    }

    #[test]
    fn each_drum_has_the_character_of_its_name() {
        for (_, sound, path) in takes().filter(|(bank, ..)| bank.name == DEFAULT_BANK) {
            let x = decode(path).data;
            let (name, secs) = (path.display(), lasts(&x));
            let (body, sizzle) = (share(&x, 40.0, 80.0), share(&x, 6_000.0, 24_000.0));
            match sound {
                "bd" => assert!(body > 0.3 && (0.15..1.5).contains(&secs), "{name}: {body} {secs}"),
                "hh" => assert!(sizzle > 0.9 && secs < 0.2, "{name}: {sizzle} {secs}"),
                "oh" => assert!(sizzle > 0.9 && (0.3..1.0).contains(&secs), "{name}: {sizzle} {secs}"),
                "rim" => assert!(body < 0.1 && secs < 0.12, "{name}: {body} {secs}"),
                "cr" | "rd" => assert!((0.6..2.0).contains(&secs) && body < 0.01, "{name}: {body} {secs}"),
                _ => assert!((0.05..1.0).contains(&secs), "{name}: {secs}"),
            }
        }
    }

    #[test]
    fn all_of_it_is_small() {
        let bytes: usize = FILES.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(bytes <= 3_000_000, "{bytes} bytes");
    }
}
