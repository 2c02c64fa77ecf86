//! Sample banks: a folder of sounds and the `samples.toml` that names them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use toml_edit::{Document, Item, Table, Value};

/// The file that names the sounds of a folder.
pub const FILE: &str = "samples.toml";

/// Named sounds, each with one or more takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bank {
    /// What patterns call it.
    pub name: String,
    /// Files of each sound, with the folder of the bank before them.
    pub sounds: BTreeMap<String, Vec<PathBuf>>,
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
        let mut bank = Bank { name: folder_name(folder), sounds: BTreeMap::new() };
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
                _ => {
                    let span = table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
                    return Err(self.wrong(span, format!("`{key}` is not known here; a bank has `name` and [sounds]")));
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

    fn take(&self, value: &Value, folder: &Path) -> Result<PathBuf, BankError> {
        let Some(text) = value.as_str() else {
            return Err(self.wrong(value.span(), "a file must be a text in quotes".to_owned()));
        };
        let inside = |c: Component<'_>| matches!(c, Component::Normal(_) | Component::CurDir);
        if text.is_empty() || !Path::new(text).components().all(inside) {
            let message = format!("\"{text}\" must be a file inside the bank's own folder");
            return Err(self.wrong(value.span(), message));
        }
        Ok(folder.join(text))
    }
}

fn folder_name(folder: &Path) -> String {
    let name = folder.file_name().map_or_else(String::new, |n| n.to_string_lossy().to_lowercase());
    if is_name(&name) { name } else { "samples".to_owned() }
}

fn is_name(text: &str) -> bool {
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
            ("sounds = 3\n", ":1: `sounds` must be a table"),
            ("[sounds]\nbd = \"a.wav\"\nbd = \"b.wav\"\n", ":3: "),
        ] {
            assert!(wrong(text).contains(expected), "{text:?} gave {}", wrong(text));
        }
        assert!(matches!(Bank::read("/no/such"), Err(BankError::Unreadable { .. })));
    }
}
