//! A set on disk: a folder with a `set.toml`, or a single patch file.

use bf_node::Registry;
use bf_patch::files::{FileKind, one_form, uses};
use bf_patch::text::{Diagnostic, Severity, TextPatch};
use bf_patch::{Beside, Patch, Set};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Why a set cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is nothing there, or it cannot be read.
    #[error("{path}: {cause}")]
    Read {
        /// The path.
        path: PathBuf,
        /// What the system says, and what to do.
        cause: String,
    },
    /// The set has faults, or there is no room for it.
    #[error("{}", lines(.0))]
    Faults(Vec<Diagnostic>),
}

fn lines(faults: &[Diagnostic]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Where a set lives, and the texts it was read from.
pub struct Folder {
    /// The folder that paths in patches start from.
    pub root: PathBuf,
    /// The main file.
    pub main: PathBuf,
    /// The main patch as last read or written.
    pub text: TextPatch,
    /// Patch files by the path that patches use.
    pub files: BTreeMap<String, TextPatch>,
    /// The script, where the set has one.
    pub script: Option<PathBuf>,
    /// Whether there is a patch file; a script alone has none.
    pub has_patch: bool,
    /// The name of the file that is the whole set, where it is no folder.
    pub single: Option<String>,
}

/// The script of a folder.
const SCRIPT: &str = "live.rhai";
/// The patch of a script that has none.
const EMPTY: &str = "beatforge = 1\n";

impl Folder {
    /// What the set is called: its folder's name, or that of the file where it is one.
    pub fn name(&self) -> String {
        let named = if self.main.ends_with("set.toml") || self.main.ends_with(SCRIPT) {
            self.root.canonicalize().ok()
        } else {
            None
        };
        let stem = named.as_deref().or(Some(&self.main)).and_then(Path::file_stem);
        stem.map_or_else(|| "BeatForge".to_owned(), |stem| stem.to_string_lossy().into_owned())
    }

    /// The main file of a path: itself, or the `set.toml` in a folder.
    ///
    /// # Errors
    /// When there is neither.
    pub fn main_file(path: &Path) -> Result<PathBuf, OpenError> {
        if path.is_dir() {
            let main = path.join("set.toml");
            if main.is_file() {
                return Ok(main);
            }
            if path.join(SCRIPT).is_file() {
                return Ok(main);
            }
            let cause = "this folder holds no set.toml and no live.rhai: name a patch file, a script, or a folder with \
                         one of the two";
            return Err(OpenError::Read { path: path.to_owned(), cause: cause.to_owned() });
        }
        if path.is_file() {
            return Ok(path.to_owned());
        }
        Err(OpenError::Read { path: path.to_owned(), cause: "there is no such file or folder".to_owned() })
    }

    /// Reads a set with all the patch files it uses.
    ///
    /// # Errors
    /// What cannot be read, or every fault of the texts.
    pub fn open(path: &Path, registry: &Registry) -> Result<Folder, OpenError> {
        Folder::read(path, registry, &mut Known::default())
    }

    /// The same, but files that cannot be read now are as they were last read, where that is known. Answers what is
    /// wrong with them.
    ///
    /// # Errors
    /// As [`Folder::open`], of a file that was never read.
    pub(crate) fn open_known(
        path: &Path,
        registry: &Registry,
        texts: BTreeMap<Option<String>, String>,
    ) -> Result<(Folder, Vec<OpenError>), OpenError> {
        let mut known = Known { texts, broken: Vec::new() };
        let folder = Folder::read(path, registry, &mut known)?;
        Ok((folder, known.broken))
    }

    fn read(path: &Path, registry: &Registry, known: &mut Known) -> Result<Folder, OpenError> {
        let mut main = Folder::main_file(path)?;
        let root = main.parent().map_or_else(PathBuf::new, Path::to_owned);
        let alone = main.extension().is_some_and(|e| e == "rhai");
        let script = if alone { main.clone() } else { root.join(SCRIPT) };
        // A patch file that is named plays by itself; a folder plays both.
        let script = (alone || path.is_dir() && script.is_file()).then_some(script);
        if alone {
            main.set_extension("toml");
        }
        let has_patch = !alone && main.is_file();
        let single = Folder::single(path);
        let text = if has_patch {
            known.read((None, &main), &Beside { open: script.is_some(), ..Beside::default() })?
        } else {
            empty(&main)?
        };
        let mut folder = Folder { root, main, text, files: BTreeMap::new(), script, has_patch, single };
        folder.read_more(registry, known)?;
        Ok(folder)
    }

    /// The folder whose history a set has, and the file where it is a single one. A `set.toml` beside no script is the
    /// folder's.
    pub fn place(path: &Path) -> (PathBuf, Option<String>) {
        let folder = if path.is_dir() { Some(path) } else { path.parent() };
        (folder.map_or_else(PathBuf::new, Path::to_owned), Folder::single(path))
    }

    fn single(path: &Path) -> Option<String> {
        let name = path.file_name().filter(|_| !path.is_dir())?.to_string_lossy().into_owned();
        (name != "set.toml" || path.with_file_name(SCRIPT).is_file()).then_some(name)
    }

    /// Reads the patch files that are named and not yet there.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn read_files(&mut self, registry: &Registry) -> Result<(), OpenError> {
        self.read_more(registry, &mut Known::default())
    }

    fn read_more(&mut self, registry: &Registry, known: &mut Known) -> Result<(), OpenError> {
        let mut wanted = used(self.text.patch(), registry);
        while let Some(file) = wanted.pop() {
            if self.files.contains_key(&file) {
                continue;
            }
            let path = self.root.join(&file);
            // A missing file is the compiler's to report: it knows who asks for it.
            if path.is_file() {
                let text = known.read((Some(&file), &path), &Beside::default())?;
                wanted.extend(used(text.patch(), registry));
                self.files.insert(file, text);
            }
        }
        Ok(())
    }

    /// Takes in the script of a folder that had none when it was opened.
    pub(crate) fn adopt_script(&mut self) {
        let script = self.root.join(SCRIPT);
        if self.script.is_none() && self.single.is_none() && script.is_file() {
            self.script = Some(script);
        }
    }

    /// A script's name in messages, and its text.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read_script(&self, path: &Path) -> Result<(String, String), OpenError> {
        let name = path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let refuse = |cause: String| OpenError::Read { path: path.to_owned(), cause };
        let bytes = std::fs::read(path).map_err(|e| refuse(e.to_string()))?;
        let text = String::from_utf8(bytes);
        let text =
            text.map_err(|e| refuse(format!("not a text file: byte {} is not UTF-8", e.utf8_error().valid_up_to())))?;
        // Some editors begin a file with a mark of its encoding.
        let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
        Ok((name, text))
    }

    /// The set as the texts say it.
    pub fn set(&self) -> Set {
        let files = self.files.iter().map(|(k, t)| (k.clone(), t.patch().clone())).collect();
        Set { main: self.text.patch().clone(), files }
    }

    /// The text of a patch: the main one, or that of a file.
    pub fn text_of(&self, file: Option<&str>) -> &TextPatch {
        file.and_then(|f| self.files.get(f)).unwrap_or(&self.text)
    }

    /// What the texts hold that has no effect.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        let all = core::iter::once(&self.text).chain(self.files.values());
        all.flat_map(|t| t.warnings().iter().cloned()).collect()
    }
}

/// What files said when they were last read, for those that cannot be read now.
#[derive(Default)]
struct Known {
    texts: BTreeMap<Option<String>, String>,
    broken: Vec<OpenError>,
}

impl Known {
    fn read(&mut self, (file, path): (Option<&str>, &Path), beside: &Beside) -> Result<TextPatch, OpenError> {
        let why = match read_patch(path, beside) {
            Ok(text) => return Ok(text),
            Err(why) => why,
        };
        let text = self.texts.get(&file.map(str::to_owned));
        match text.and_then(|text| TextPatch::parse_beside(text, &path.display().to_string(), beside).ok()) {
            Some(text) => {
                self.broken.push(why);
                Ok(text)
            }
            None => Err(why),
        }
    }
}

/// Reads one patch file.
///
/// # Errors
/// As [`Folder::open`].
pub(crate) fn read_patch(path: &Path, beside: &Beside) -> Result<TextPatch, OpenError> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|e| OpenError::Read { path: path.to_owned(), cause: e.to_string() })?;
    let text = String::from_utf8(bytes).map_err(|e| OpenError::Read {
        path: path.to_owned(),
        cause: format!("not a text file: byte {} is not UTF-8", e.utf8_error().valid_up_to()),
    })?;
    TextPatch::parse_beside(&text, &shown, beside)
        .map_err(|faults| OpenError::Faults(faults.into_iter().filter(|d| d.severity == Severity::Error).collect()))
}

/// The patch of a set that has only a script.
fn empty(path: &Path) -> Result<TextPatch, OpenError> {
    TextPatch::parse(EMPTY, &path.display().to_string()).map_err(OpenError::Faults)
}

/// Patch files that a patch names.
fn used(patch: &Patch, registry: &Registry) -> Vec<String> {
    let patches = uses(patch, registry).into_iter().filter(|used| used.kind == FileKind::Patch);
    patches.map(|used| one_form(&used.written).into_owned()).collect()
}
