//! Sample banks: a folder of sounds and the `samples.toml` that names them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use toml_edit::{Document, Item, Table, Value};

/// The file that names the sounds of a folder.
pub const FILE: &str = "samples.toml";

/// Named sounds, each with one or more takes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bank {
    /// What patterns call it.
    pub name: String,
    /// Files of each sound, with the folder of the bank before them.
    pub sounds: BTreeMap<String, Vec<PathBuf>>,
    /// Where slices of a file begin, for the files of which it is said.
    pub slices: BTreeMap<PathBuf, Slices>,
}

/// Where the slices of a file begin.
#[derive(Clone, Debug, PartialEq)]
pub enum Slices {
    /// So many of equal length, 1 to [`MOST_SLICES`].
    Even(usize),
    /// At these seconds, rising from 0 or more.
    At(Vec<f64>),
}

/// The most slices of one file.
pub const MOST_SLICES: usize = 128;

impl Slices {
    /// The frames at which slices begin in a sound of so many frames; those past its end are left out.
    pub fn starts(&self, frames: usize, sample_rate: f32) -> Vec<usize> {
        match self {
            Slices::Even(count) => (0..*count).map(|i| frames * i / count).collect(),
            Slices::At(secs) => {
                let frame = |s: &f64| (s * f64::from(sample_rate)).round() as usize;
                secs.iter().map(frame).filter(|f| *f < frames).collect()
            }
        }
    }
}

/// Why a bank could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BankError {
    /// The system would not let it be read.
    #[error("{}: could not be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something in it is not as it should be.
    #[error("{}:{line}: {message}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong and what is expected.
        message: String,
    },
}

impl Bank {
    /// Reads `samples.toml` of a folder, or the file itself. Without a `name` the bank is called as its folder.
    ///
    /// ```toml
    /// name = "forge"
    ///
    /// [sounds]
    /// bd = ["bd/deep.wav", "bd/hard.wav"]
    /// cp = "clap.wav"
    /// loop = "break.wav"
    ///
    /// [slices]                          # for the sampler's `marks`
    /// "break.wav" = [0.0, 0.31, 0.63]   # the seconds at which they begin; or how many there are, of equal length
    /// ```
    ///
    /// # Errors
    /// When the file cannot be read or a line of it is wrong.
    pub fn read(path: impl AsRef<Path>) -> Result<Bank, BankError> {
        let mut path = path.as_ref().to_path_buf();
        if path.is_dir() {
            path.push(FILE);
        }
        match std::fs::read_to_string(&path) {
            Ok(text) => Bank::parse(&path, &text),
            Err(source) => Err(BankError::Unreadable { path, source }),
        }
    }

    /// The bank of any folder: as its `samples.toml` says, else each folder in it is a sound with the files there as its
    /// takes, in the order of their names, and each file beside them is a sound. It is called as its folder; spaces and
    /// other marks in names are `_`.
    ///
    /// # Errors
    /// As [`Bank::read`], or when the folder cannot be read.
    pub fn scan(folder: &Path) -> Result<Bank, BankError> {
        if folder.join(FILE).is_file() {
            return Bank::read(folder);
        }
        let mut bank = Bank { name: folder_name(folder), sounds: BTreeMap::new(), slices: BTreeMap::new() };
        for path in entries(folder)? {
            let takes = match path.is_dir() {
                true => entries(&path)?.into_iter().filter(|file| is_sound(file)).collect(),
                false if is_sound(&path) => vec![path.clone()],
                false => Vec::new(),
            };
            let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
            if let Some(name) = name.map(|n| word(&n.to_string_lossy())).filter(|_| !takes.is_empty()) {
                bank.sounds.entry(name).or_default().extend(takes);
            }
        }
        Ok(bank)
    }

    /// Reads a bank from text; `path` is where the text lies.
    ///
    /// # Errors
    /// When a line is wrong.
    pub fn parse(path: &Path, text: &str) -> Result<Bank, BankError> {
        let reader = Reader { path, text };
        let document = Document::parse(text).map_err(|e| reader.wrong(e.span(), e.message().to_owned()))?;
        reader.bank(document.as_table())
    }

    /// The file of a sound; numbers past the last take begin anew, as patterns count.
    pub fn file(&self, sound: &str, take: usize) -> Option<&Path> {
        let takes = self.sounds.get(sound)?;
        takes.get(take % takes.len().max(1)).map(PathBuf::as_path)
    }
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn wrong(&self, span: Option<Range<usize>>, message: String) -> BankError {
        let at = span.map_or(0, |s| s.start).min(self.text.len());
        let line = 1 + self.text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count();
        BankError::Wrong { path: self.path.to_path_buf(), line, message }
    }

    fn bank(&self, table: &Table) -> Result<Bank, BankError> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let mut bank = Bank { name: folder_name(folder), sounds: BTreeMap::new(), slices: BTreeMap::new() };
        for (key, item) in table.iter() {
            match (key, item) {
                ("name", Item::Value(Value::String(name))) if is_name(name.value()) => {
                    bank.name = name.value().clone();
                }
                ("name", _) => {
                    let message = "`name` must be a text of letters, digits, `_` and `-` that begins with a letter";
                    return Err(self.wrong(item.span(), message.to_owned()));
                }
                ("sounds", Item::Table(sounds)) => self.sounds(sounds, folder, &mut bank)?,
                ("sounds", _) => return Err(self.wrong(item.span(), "`sounds` must be a table: [sounds]".to_owned())),
                ("slices", Item::Table(slices)) => self.slices(slices, folder, &mut bank)?,
                ("slices", _) => return Err(self.wrong(item.span(), "`slices` must be a table: [slices]".to_owned())),
                _ => {
                    let span = table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
                    return Err(self
                        .wrong(span, format!("`{key}` is not known here; a bank has `name`, [sounds] and [slices]")));
                }
            }
        }
        Ok(bank)
    }

    fn sounds(&self, table: &Table, folder: &Path, bank: &mut Bank) -> Result<(), BankError> {
        for (sound, item) in table.iter() {
            let span = table.key(sound).and_then(toml_edit::Key::span).or_else(|| item.span());
            if !is_name(sound) {
                let message = format!("`{sound}` is no name for a sound: letters, digits, `_`, `-`, a letter first");
                return Err(self.wrong(span, message));
            }
            let takes = match item {
                Item::Value(one @ Value::String(_)) => vec![self.take(one, folder)?],
                Item::Value(Value::Array(many)) if !many.is_empty() => {
                    many.iter().map(|take| self.take(take, folder)).collect::<Result<_, _>>()?
                }
                _ => {
                    let message =
                        format!("`{sound}` must be a file in quotes, or a list of files: [\"a.wav\", \"b.wav\"]");
                    return Err(self.wrong(span, message));
                }
            };
            bank.sounds.insert(sound.to_owned(), takes);
        }
        Ok(())
    }

    fn slices(&self, table: &Table, folder: &Path, bank: &mut Bank) -> Result<(), BankError> {
        for (file, item) in table.iter() {
            let span = table.key(file).and_then(toml_edit::Key::span).or_else(|| item.span());
            let path = self.inside(file, span.clone(), folder)?;
            let slices = slices_of(item).ok_or_else(|| {
                let message = format!("the slices of \"{file}\" must be a whole number from 1 to {MOST_SLICES}, or as many rising seconds: [0.0, 0.5, 1.2]");
                self.wrong(span, message)
            })?;
            bank.slices.insert(path, slices);
        }
        Ok(())
    }

    fn take(&self, value: &Value, folder: &Path) -> Result<PathBuf, BankError> {
        let Some(text) = value.as_str() else {
            return Err(self.wrong(value.span(), "a file must be a text in quotes".to_owned()));
        };
        self.inside(text, value.span(), folder)
    }

    fn inside(&self, text: &str, span: Option<Range<usize>>, folder: &Path) -> Result<PathBuf, BankError> {
        let inside = |c: Component<'_>| matches!(c, Component::Normal(_) | Component::CurDir);
        if text.is_empty() || !Path::new(text).components().all(inside) {
            let message = format!("\"{text}\" must be a file inside the bank's own folder");
            return Err(self.wrong(span, message));
        }
        Ok(folder.join(text))
    }
}

fn slices_of(item: &Item) -> Option<Slices> {
    if let Some(count) = item.as_integer() {
        return usize::try_from(count).ok().filter(|n| (1..=MOST_SLICES).contains(n)).map(Slices::Even);
    }
    let secs: Option<Vec<f64>> =
        item.as_array()?.iter().map(|v| v.as_float().or_else(|| v.as_integer().map(|i| i as f64))).collect();
    let secs = secs.filter(|s| (1..=MOST_SLICES).contains(&s.len()) && s.iter().all(|x| (0.0..1e6).contains(x)))?;
    secs.is_sorted_by(|a, b| a < b).then_some(Slices::At(secs))
}

/// A name that patterns can say: what parts words in them becomes `_`.
fn word(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || "_-#.".contains(c) { c } else { '_' }).collect()
}

/// What is in a folder but hidden files, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, BankError> {
    let wrong = |source| BankError::Unreadable { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// Whether a file is a sound, by its ending.
fn is_sound(path: &Path) -> bool {
    let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    ending.is_some_and(|e| ["wav", "wave", "flac", "mp3", "ogg", "oga", "aif", "aiff"].contains(&e.as_str()))
}

fn folder_name(folder: &Path) -> String {
    let name = folder.file_name().map_or_else(String::new, |n| n.to_string_lossy().to_lowercase());
    if is_name(&name) { name } else { "samples".to_owned() }
}

/// Whether a text may name a bank or a sound.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_have_one_or_more_takes() {
        let text = "name = \"forge\"\n[sounds]\nbd = [\"bd/a.wav\", \"bd/b.wav\"]\ncp = \"cp.wav\" # dry\n";
        let bank = Bank::parse(Path::new("kit/samples.toml"), text).expect("parses");
        assert_eq!(bank.name, "forge");
        assert_eq!(bank.file("bd", 1), Some(Path::new("kit/bd/b.wav")));
        assert_eq!(bank.file("bd", 2), Some(Path::new("kit/bd/a.wav")));
        assert_eq!(bank.file("cp", 7), Some(Path::new("kit/cp.wav")));
        assert_eq!(bank.file("hh", 0), None);
        assert_eq!(Bank::parse(Path::new("Kit-1/samples.toml"), "").expect("parses").name, "kit-1");
    }

    #[test]
    fn slices_begin_where_they_are_marked() {
        let text = "[slices]\n\"a.wav\" = 3\n\"b/b.wav\" = [0, 0.5, 1.25]\n";
        let bank = Bank::parse(Path::new("kit/samples.toml"), text).expect("parses");
        let starts = |file: &str| bank.slices[Path::new(file)].starts(1000, 1000.0);
        assert_eq!(starts("kit/a.wav"), [0, 333, 666]);
        assert_eq!(starts("kit/b/b.wav"), [0, 500]);
    }

    #[test]
    fn any_folder_is_a_bank() {
        let root = tempfile::tempdir().expect("a folder");
        for file in [
            "808bd/b.WAV",
            "808bd/a.wav",
            "808bd/readme.txt",
            "break.flac",
            "BD Deep/x.wav",
            ".hidden/x.wav",
            "empty/x.txt",
        ] {
            let path = root.path().join("Dirt").join(file);
            std::fs::create_dir_all(path.parent().expect("has one")).expect("made");
            std::fs::write(path, "").expect("written");
        }
        let bank = Bank::scan(&root.path().join("Dirt")).expect("is read");
        let files: Vec<&str> = bank.sounds.keys().map(String::as_str).collect();
        assert_eq!((bank.name.as_str(), files), ("dirt", vec!["808bd", "BD_Deep", "break"]));
        assert!(bank.file("808bd", 3).is_some_and(|f| f.ends_with("Dirt/808bd/b.WAV")));
        std::fs::write(root.path().join("Dirt/samples.toml"), "[sounds]\nbd = \"808bd/a.wav\"\n").expect("written");
        let listed = Bank::scan(&root.path().join("Dirt")).expect("is read");
        assert_eq!(listed.sounds.keys().collect::<Vec<_>>(), ["bd"]);
        assert!(matches!(Bank::scan(&root.path().join("none")), Err(BankError::Unreadable { .. })));
    }

    #[test]
    fn errors_name_file_and_line() {
        let wrong = |text: &str| Bank::parse(Path::new("kit/samples.toml"), text).expect_err("is wrong").to_string();
        for (text, expected) in [
            ("name = \"a\"\n[sounds\n", "kit/samples.toml:2: "),
            ("\nname = 3\n", "kit/samples.toml:2: `name` must be a text"),
            ("name = \"a\"\nsound = 1\n", ":2: `sound` is not known"),
            ("[sounds]\n\nbd = 3\n", ":3: `bd` must be a file"),
            ("[sounds]\nbd = []\n", ":2: `bd` must be a file"),
            ("[sounds]\nbd = [\n\"a.wav\",\n4]\n", ":4: a file must be a text"),
            ("[sounds]\nbd = \"../a.wav\"\n", ":2: \"../a.wav\" must be a file inside"),
            ("[sounds]\nbd = \"/a.wav\"\n", ":2: \"/a.wav\" must be a file inside"),
            ("[sounds]\n\"b d\" = \"a.wav\"\n", ":2: `b d` is no name"),
            ("slices = 3\n", ":1: `slices` must be a table"),
            ("[slices]\n\n\"a.wav\" = 0\n", ":3: the slices of \"a.wav\""),
            ("[slices]\n\"a.wav\" = [0.5, 0.5]\n", ":2: the slices of \"a.wav\""),
            ("[slices]\n\"../a.wav\" = 4\n", ":2: \"../a.wav\" must be a file inside"),
            ("sounds = 3\n", ":1: `sounds` must be a table"),
            ("[sounds]\nbd = \"a.wav\"\nbd = \"b.wav\"\n", ":3: "),
        ] {
            assert!(wrong(text).contains(expected), "{text:?} gave {}", wrong(text));
        }
        assert!(matches!(Bank::read("/no/such"), Err(BankError::Unreadable { .. })));
    }
}
