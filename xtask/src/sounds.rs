//! Renders the kit that ships anew, and brings more sounds to the user.

use crate::packages::{Consent, install_one};
use crate::shell::{cargo, output, root, run, target_dir};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The Debian package with more sounds, where it puts them, and the bank they become.
const PACKAGE: &str = "sonic-pi-samples";
const INSTALLED: &str = "/usr/share/sonic-pi/samples";
const COPYRIGHT: &str = "/usr/share/doc/sonic-pi-samples/copyright";
const BANK: &str = "sonic-pi";

/// Renders `examples/forge` and packs its takes into `sounds/forge`.
pub(crate) fn forge() -> Result<(), String> {
    let scratch = target_dir()?.join("forge");
    told(fs::create_dir_all(&scratch), &scratch)?;
    let (render, bank) = (scratch.join("forge.wav"), root().join("sounds/forge"));
    let [render, bank] = [&render, &bank].map(|path| path.to_string_lossy().into_owned());
    let beatforge = ["run", "--quiet", "--release", "--package", "beatforge", "--", "render", "examples/forge"];
    let take = ["--cycles", "6", "--stems", "--force", "--out", &render];
    run(&mut cargo(&[&beatforge[..], &take].concat())?)?;
    let pack = ["run", "--quiet", "--release", "--package", "bf-media", "--example", "pack-bank", "--"];
    run(&mut cargo(&[&pack[..], &[render.as_str(), bank.as_str()]].concat())?)
}

/// Copies the recordings of the Debian package into the user's folder of sounds, as a bank.
pub(crate) fn more(consent: Consent) -> Result<(), String> {
    let from = Path::new(INSTALLED);
    if !from.is_dir() {
        install_one(PACKAGE, consent).map_err(|why| {
            format!("{why}\nThe sounds are in the package `{PACKAGE}` of Debian and Ubuntu; elsewhere unpack it so that {INSTALLED} is there.")
        })?;
    }
    let to = user_folder()?.join(BANK);
    told(fs::create_dir_all(&to), &to)?;
    let mut files = Vec::new();
    for entry in told(fs::read_dir(from), from)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".flac") {
            told(fs::copy(entry.path(), to.join(&name)), &to)?;
            files.push(name);
        }
    }
    if files.is_empty() {
        return Err(format!("{INSTALLED} holds no sounds: install the package `{PACKAGE}` anew"));
    }
    let list = to.join("samples.toml");
    told(fs::write(&list, listed(&files)), &list)?;
    if Path::new(COPYRIGHT).is_file() {
        told(fs::copy(COPYRIGHT, to.join("copyright")), &to)?;
    }
    println!("{} sounds in {}: use them as \"{BANK}/bass_dnb_f\".", files.len(), to.display());
    println!("Most are CC0; the file `copyright` beside them has the licence of each.");
    Ok(())
}

/// A list in which each file is a sound, and files that differ by a number at their end are takes of one.
fn listed(files: &[String]) -> String {
    let mut sounds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut sorted: Vec<&str> = files.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    for file in sorted {
        let stem = file.trim_end_matches(".flac");
        let sound = stem.trim_end_matches(|c: char| c.is_ascii_digit());
        // The 808 of bd_808 is a name.
        let sound = if sound.ends_with(|c: char| c.is_ascii_alphabetic()) { sound } else { stem };
        sounds.entry(sound).or_default().push(file);
    }
    let mut text = format!("name = \"{BANK}\"\n\n[sounds]\n");
    for (sound, takes) in sounds {
        text += &format!("{sound} = [\"{}\"]\n", takes.join("\", \""));
    }
    text
}

/// The folder that the program looks into: it says so itself.
fn user_folder() -> Result<PathBuf, String> {
    run(&mut cargo(&["build", "--quiet", "--release", "--package", "beatforge"])?)?;
    let program = target_dir()?.join("release").join(format!("beatforge{}", std::env::consts::EXE_SUFFIX));
    let said =
        output(&program.to_string_lossy(), &["sounds", "--folder"]).ok_or("`beatforge sounds --folder` fails")?;
    Ok(PathBuf::from(said.trim_end()))
}

/// An error that names its file.
fn told<T>(result: std::io::Result<T>, path: &Path) -> Result<T, String> {
    result.map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_of_one_sound_are_listed_together() {
        let files = ["perc_bell2.flac", "perc_bell.flac", "bd_808.flac", "amen.flac"].map(String::from);
        let expected = "name = \"sonic-pi\"\n\n[sounds]\namen = [\"amen.flac\"]\nbd_808 = [\"bd_808.flac\"]\n\
            perc_bell = [\"perc_bell.flac\", \"perc_bell2.flac\"]\n";
        assert_eq!(listed(&files), expected);
    }
}
