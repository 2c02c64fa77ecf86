//! New sets: from templates, from examples that are part of the program, and as copies of others.

use crate::ui::errand::Told;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// What a new set begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Template {
    /// Silence, and a way out.
    Empty,
    /// Drums and a bass, as nodes.
    #[default]
    Beat,
    /// Patterns in a script.
    LiveCode,
    /// One of [`EXAMPLES`].
    Example(usize),
    /// The set of the tour.
    Tour,
}

/// A set that is part of the program: its name, what it is, and its files.
pub(crate) struct Example {
    pub name: &'static str,
    pub about: &'static str,
    pub files: &'static [(&'static str, &'static [u8])],
}

macro_rules! example {
    ($name:literal, $about:literal, [$($file:literal),+]) => {
        Example {
            name: $name,
            about: $about,
            files: &[$(($file, include_bytes!(concat!("../../../../examples/", $name, "/", $file)))),+],
        }
    };
}

/// What ships, the first ones first.
pub(crate) const EXAMPLES: &[Example] = &[
    example!("first-sound", "Drums, a bass and pads, patched", ["set.toml", "patches/pad.toml"]),
    example!("techno", "A kick with a rumble, an acid line, a dub chord", ["live.rhai"]),
    example!("boom-bap", "Dusty drums that swing, electric piano, walking bass", ["live.rhai"]),
    example!("drum-and-bass", "A break cut into sixteen, a reese, a sub", ["live.rhai"]),
    example!("algorave", "A few short patterns and functions that bend them", ["live.rhai"]),
    example!("ambient", "Four long chords, glass above them, a large space", ["live.rhai", "set.toml"]),
    example!("chance", "Music that writes itself, the same each time", ["live.rhai"]),
    example!("generative", "Notes that find their own way, patched", ["set.toml"]),
    example!("polyphony", "An instrument with voices", ["set.toml", "patches/keys.toml"]),
    example!("reusable-patch", "One patch, used several times", ["set.toml", "patches/voice.toml"]),
    example!("sampled-beat", "Sampled drums and a clip of a MIDI file", ["set.toml", "clips/bass.mid"]),
    example!("feedback", "Cables that lead back", ["set.toml"]),
    example!("forge", "How the sounds that ship were made", ["set.toml"]),
];

const EMPTY: &str =
    "beatforge = 1\ntempo = 120.0\n\n[nodes]\nout = { type = \"output\" }\n\n[layout]\nout = [480, 160]\n";
const LIVE_CODE: &str = "// Ctrl+Enter plays a block, Alt+Enter all. A cycle is one bar.\ntempo(120);\n\ntrack(\"drums\", \
                         s(\"bd*4, ~ cp, hh*8?0.2\"));\ntrack(\"bass\", n(\"<0 0 3 5>*8\").scale(\"c2:minor\").s(\"saw\")\
                         .lpf(sine.range(300, 1800).slow(4)).gain(0.6));\n";
const BEAT: &str = include_str!("beat.toml");
const TOUR: &str = include_str!("tour.toml");

impl Template {
    pub(crate) const ALL: [(Template, &'static str, &'static str); 3] = [
        (Template::Beat, "Beat", "Drums and a bass, to be changed"),
        (Template::LiveCode, "Live code", "Patterns in a script"),
        (Template::Empty, "Empty", "Nothing but a way out"),
    ];

    fn files(self) -> Vec<(&'static str, &'static [u8])> {
        match self {
            Template::Empty => vec![("set.toml", EMPTY.as_bytes())],
            Template::Beat => vec![("set.toml", BEAT.as_bytes())],
            Template::LiveCode => vec![("live.rhai", LIVE_CODE.as_bytes())],
            Template::Tour => vec![("set.toml", TOUR.as_bytes())],
            Template::Example(i) => EXAMPLES.get(i).map_or_else(Vec::new, |example| example.files.to_vec()),
        }
    }

    /// Makes the set in a folder that is not there or empty. An example that is there already is what it was made to by hand.
    pub(crate) fn make(self, folder: &Path) -> Result<(), String> {
        if matches!(self, Template::Example(_)) && is_set(folder) {
            return Ok(());
        }
        is_free(folder)?;
        for (name, bytes) in self.files() {
            write(&folder.join(name), bytes)?;
        }
        Ok(())
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, bytes));
    made.map_err(|e| format!("{}: {e}", path.display()))
}

/// Whether a folder holds a set.
pub(crate) fn is_set(folder: &Path) -> bool {
    folder.join("set.toml").is_file() || folder.join("live.rhai").is_file()
}

/// Nothing of somebody's is written over.
pub(crate) fn is_free(folder: &Path) -> Result<(), String> {
    match fs::read_dir(folder).map(|mut files| files.next().is_some()) {
        Ok(true) => Err("there is something in this folder: choose another name".to_owned()),
        _ if folder.is_file() => Err("there is a file of this name: choose another one".to_owned()),
        _ => Ok(()),
    }
}

/// Where a set lies: its folder, or its file where it is one.
pub(crate) fn place_of(folder: &bf_session::Folder) -> PathBuf {
    let place = folder.single.as_ref().map_or_else(|| folder.root.clone(), |file| folder.root.join(file));
    let place = if place.as_os_str().is_empty() { PathBuf::from(".") } else { place };
    place.canonicalize().unwrap_or(place)
}

/// What a set at a place is called.
pub(crate) fn name_of(place: &Path) -> String {
    let named = place.file_stem().or(place.file_name());
    named.map_or_else(|| place.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Bytes that are copied at once.
const PIECE: usize = 1 << 20;

/// Copies what lies beside the texts of a set into a free folder: all of a folder but what was recorded there, or of the
/// set of a single file what it uses. Its history is not among them, nor what goes meanwhile, which the set says where it
/// is missed. How far it is is told; it ends where it may not go on.
pub(crate) fn copy(from: &Path, to: &Path, beside: &[PathBuf], told: &Told) -> Result<(), String> {
    is_free(to)?;
    fs::create_dir_all(to).map_err(said(to))?;
    let mut list = Vec::new();
    let root = if from.is_dir() { from } else { from.parent().unwrap_or(from) };
    if from.is_dir() {
        let within = to.canonicalize().map_err(said(to))?;
        list_folder(root, Path::new(""), &within, &mut list)?;
        list.retain(|(path, _)| beside.contains(path) || !is_recording(path));
    } else {
        list.extend(beside.iter().map(|path| (path.clone(), 0)));
    }
    for (path, bytes) in &mut list {
        *bytes = fs::metadata(root.join(path)).map_or(0, |about| about.len());
    }
    let (mut done, all) = (0, list.iter().map(|(_, bytes)| bytes).sum::<u64>().max(1));
    for (path, _) in &list {
        let (there, here) = (root.join(path), to.join(path));
        here.parent().map_or(Ok(()), fs::create_dir_all).map_err(said(&here))?;
        if there.is_dir() {
            fs::create_dir_all(&here).map_err(said(&here))?;
            continue;
        }
        let copied = copy_file(&there, &here, &mut |bytes| {
            done += bytes;
            told.tell(done as f64 / all as f64);
            told.goes_on()
        });
        match copied {
            Err(e) if e.kind() == ErrorKind::NotFound && !there.exists() => {}
            copied => copied.map_err(said(&there))?,
        }
        if !told.goes_on() {
            return Err("it was cancelled".to_owned());
        }
    }
    Ok(())
}

fn said(path: &Path) -> impl FnOnce(std::io::Error) -> String + use<> {
    let path = path.display().to_string();
    move |e| format!("{path}: {e}")
}

/// Copies a file piece by piece as long as it may go on.
fn copy_file(from: &Path, to: &Path, goes_on: &mut dyn FnMut(u64) -> bool) -> std::io::Result<()> {
    let (mut read, mut write) = (fs::File::open(from)?, fs::File::create(to)?);
    let mut piece = vec![0; PIECE];
    loop {
        let n = read.read(&mut piece)?;
        write.write_all(&piece[..n])?;
        if n == 0 || !goes_on(n as u64) {
            break;
        }
    }
    fs::set_permissions(to, fs::metadata(from)?.permissions())
}

/// Lists what can be seen of a folder, folders before what is in them; a copy inside of itself is left out.
fn list_folder(root: &Path, inner: &Path, within: &Path, list: &mut Vec<(PathBuf, u64)>) -> Result<(), String> {
    let folder = root.join(inner);
    for entry in fs::read_dir(&folder).map_err(said(&folder))?.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if name.to_string_lossy().starts_with('.') || path.canonicalize().is_ok_and(|path| within.starts_with(path)) {
            continue;
        }
        let inner = inner.join(name);
        list.push((inner.clone(), 0));
        if path.is_dir() {
            list_folder(root, &inner, within, list)?;
        }
    }
    Ok(())
}

/// What is behind the name of the set in that of a recording.
pub(crate) fn recorded_at(wall_ms: i64) -> String {
    bf_session::date(wall_ms).replace([' ', ':'], "-")
}

/// Whether a file is called as the window calls what it records: the set's name, and when.
fn is_recording(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let date = name.strip_suffix(".wav").and_then(|name| name.rsplit_once(' ')).map_or("", |(_, date)| date);
    let like = recorded_at(0);
    let same = |(a, b): (char, char)| if b.is_ascii_digit() { a.is_ascii_digit() } else { a == b };
    date.len() == like.len() && date.chars().zip(like.chars()).all(same)
}

/// The folder into which new sets go when nothing else is said: `BeatForge` in the user's own folder.
pub(crate) fn sets_folder() -> PathBuf {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
    home.unwrap_or_else(std::env::temp_dir).join("BeatForge")
}

/// A name in a folder that nothing has yet.
pub(crate) fn free_name(folder: &Path, base: &str) -> String {
    let mut names = core::iter::once(base.to_owned()).chain((2..10_000).map(|n| format!("{base}-{n}")));
    names.find(|name| !folder.join(name).exists()).unwrap_or_else(|| base.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_session::{Options, Session, registry};

    #[test]
    fn every_template_is_a_set_that_sounds() {
        let all = Template::ALL.into_iter().map(|(template, ..)| template).chain([Template::Tour]);
        for template in all.chain((0..EXAMPLES.len()).map(Template::Example)) {
            let folder = tempfile::tempdir().unwrap();
            let set = folder.path().join("set");
            template.make(&set).unwrap();
            let opened = Session::open(&set, registry(), Options::default());
            let (mut session, mut engine) = opened.unwrap_or_else(|e| panic!("{template:?}: {e}"));
            session.play();
            let mut loudest = 0.0_f32;
            for _ in 0..3_000 {
                session.poll();
                let [left, _] = engine.block_now();
                loudest = left.iter().fold(loudest, |most, x| most.max(x.abs()));
            }
            assert_eq!(loudest > 0.01, template != Template::Empty, "{template:?}: {loudest}");
            assert!(loudest <= 1.0, "{template:?}: {loudest}");
        }
    }

    #[test]
    fn every_example_is_part_of_the_program() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
        let mut there: Vec<String> =
            fs::read_dir(folder).unwrap().flatten().map(|e| e.file_name().into_string().unwrap()).collect();
        there.sort();
        let mut here: Vec<&str> = EXAMPLES.iter().map(|e| e.name).collect();
        here.sort_unstable();
        assert_eq!(here, there);
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine.txt"), "mine").unwrap();
        assert!(Template::Beat.make(folder.path()).unwrap_err().contains("another name"));
        let inside = folder.path().join("copy");
        let recorded = format!("set {}.wav", recorded_at(0));
        fs::write(folder.path().join(&recorded), "loud").unwrap();
        fs::write(folder.path().join("kick.wav"), "short").unwrap();
        copy(folder.path(), &inside, &[], &Told::default()).unwrap();
        assert!(!inside.join(recorded).exists() && inside.join("kick.wav").exists());
        assert_eq!(fs::read_to_string(inside.join("mine.txt")).unwrap(), "mine");
        assert!(!inside.join("copy").exists(), "a copy is not copied into itself");
    }
}
