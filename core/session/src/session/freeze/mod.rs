//! Freezing a node: what is heard of it is rendered beside the sound, and then plays in its place.

mod apart;
mod work;

pub use work::FreezeWork;

use super::Session;
use super::bring::names;
use crate::folder::OpenError;
use crate::samples::Wanted;
use apart::Heard;
use bf_media::wav::WriteError;
use bf_patch::compile::{FROZEN, Frozen};
use bf_patch::files::FileKind;
use bf_patch::{Edit, Name, Set, SetEdit, Socket};
use std::path::{Path, PathBuf};

/// Where the files lie in the set.
const FOLDER: &str = "frozen";
/// The most bars, and the longest in seconds.
const MOST_BARS: u32 = 256;
const LONGEST: f64 = 1200.0;

/// A node that is to be frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// The patch file that it is in; none is the set's own patch.
    pub file: Option<String>,
    /// The node.
    pub node: Name,
    /// How many bars go round.
    pub bars: u32,
}

/// What was rendered, and what is to be said of it.
#[derive(Clone, Debug)]
pub struct Frost {
    wish: Freeze,
    frozen: Frozen,
    /// What it was rendered from.
    of: Vec<Set>,
    signature: u32,
    root: PathBuf,
    /// What the files do not have, in the user's words.
    pub odd: Vec<String>,
}

/// Why a node was not frozen. The set is as it was, and no file was left.
#[derive(Debug, thiserror::Error)]
pub enum FreezeError {
    /// There is no such node.
    #[error("there is no node {0} to freeze")]
    NoNode(Name),
    /// A script owns it.
    #[error("a script plays {0}: detach it from the script first, or freeze what it leads to")]
    Script(Name),
    /// What a script plays leads into it.
    #[error("what a script plays ({guest}) leads into {node}, and what it plays next is not known: detach it first")]
    Guest {
        /// The node.
        node: Name,
        /// What leads into it.
        guest: Name,
    },
    /// A channel strip.
    #[error("{0} is a strip, whose fader, mute and solo stay in your hands: freeze what enters it")]
    Strip(Name),
    /// It plays a file already.
    #[error("{0} is frozen: unfreeze it first")]
    Already(Name),
    /// Its cables are led past it.
    #[error("{0} is bypassed: take that off first")]
    Bypassed(Name),
    /// It has nothing to hear, or nothing is connected.
    #[error("nothing is heard of {0}: connect one of its sounds first")]
    NotHeard(Name),
    /// Notes leave it.
    #[error("{node} sends notes to {to}, and only sound can be frozen: freeze what plays the notes")]
    Notes {
        /// The node.
        node: Name,
        /// What plays them.
        to: Name,
    },
    /// The patch file has several instances, which differ.
    #[error("{file} plays in {count} places, each with a sound of its own: freeze these from outside")]
    Places {
        /// The patch file.
        file: String,
        /// How many instances play.
        count: usize,
    },
    /// It is part of a voice.
    #[error("{file} plays the voices of an instrument: freeze the instrument from outside")]
    Voice {
        /// The patch file.
        file: String,
    },
    /// More than is rendered.
    #[error("{bars} bars last {secs:.0} seconds: at least 1 bar and at most 20 minutes are frozen")]
    Length {
        /// How many were wished.
        bars: u32,
        /// How long they last.
        secs: f64,
    },
    /// Nothing was heard over these bars.
    #[error("{0} is silent over these bars: nothing was frozen")]
    Silent(Name),
    /// What was heard is no sound.
    #[error("{0} gave invalid sound (NaN): nothing was frozen")]
    Broken(Name),
    /// The set is only read.
    #[error("nothing is written into this set: {0}")]
    ReadOnly(String),
    /// It cannot be played by itself.
    #[error("{node} cannot be rendered by itself: {cause}")]
    Open {
        /// The node.
        node: Name,
        /// Why.
        cause: OpenError,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// It was cancelled.
    #[error("cancelled: {0} is not frozen")]
    Cancelled(Name),
}

impl Frost {
    /// What was wished.
    pub fn wish(&self) -> &Freeze {
        &self.wish
    }

    fn node(&self) -> &str {
        self.wish.node.as_str()
    }

    /// Its files in words.
    fn files(&self) -> String {
        let files: Vec<&str> = self.frozen.files.iter().map(|(_, file)| file.as_str()).collect();
        files.join(" and ")
    }

    /// Beats of a bar.
    pub fn signature(&self) -> u32 {
        self.signature
    }

    /// Removes its files, where it is not to be set after all.
    pub fn discard(&self) {
        // What cannot be removed is in nobody's way: another freeze takes another name.
        self.frozen.files.iter().for_each(|(_, file)| _ = std::fs::remove_file(self.root.join(file)));
    }
}

impl Session {
    /// Prepares to freeze a node: the work may go to another thread, and what comes of it to [`Session::set_frozen`].
    ///
    /// # Errors
    /// Why it cannot be frozen.
    pub fn freeze(&self, wish: Freeze) -> Result<FreezeWork, FreezeError> {
        if let Some(why) = self.read_only() {
            return Err(FreezeError::ReadOnly(why.to_owned()));
        }
        let status = self.controller.shared().status();
        let bpm = if status.bpm > 0.0 { status.bpm } else { self.set.main.tempo };
        let all = self.heard();
        let signature = all.main.signature;
        let secs = f64::from(wish.bars) * f64::from(signature) * 60.0 / bpm;
        if !(1..=MOST_BARS).contains(&wish.bars) || secs > LONGEST {
            return Err(FreezeError::Length { bars: wish.bars, secs });
        }
        let heard = Heard::of(&self.set, &all, &self.registry, &wish)?;
        Ok(FreezeWork::new(self, wish, heard, (bpm, signature)))
    }

    /// Has what was rendered read, so that it is heard at once when it is set; whether it is there.
    pub fn has_frozen(&self, frost: &Frost) -> bool {
        let files: Vec<Wanted> = frost.frozen.files.iter().map(|(_, file)| (FileKind::Sample, file.clone())).collect();
        self.samples.load_soon(&files);
        files.iter().all(|file| self.samples.holds(file) || self.samples.error(file).is_some())
    }

    /// Lets what was rendered play in the place of its node, as one step; what there is to say about it.
    ///
    /// # Errors
    /// Where the node is gone by now. The files stay.
    pub fn set_frozen(&mut self, frost: &Frost) -> Result<String, String> {
        self.set_frozen_together(&[frost])
    }

    /// As [`Session::set_frozen`] for several nodes of one patch, which are one step together.
    ///
    /// # Errors
    /// Where all of them are gone by now. The files stay.
    pub fn set_frozen_together(&mut self, frosts: &[&Frost]) -> Result<String, String> {
        let is_there = |frost: &&Frost| {
            let patch = self.set.patch(frost.wish.file.as_deref());
            patch.is_some_and(|patch| patch.nodes.contains_key(&frost.wish.node))
        };
        let (there, gone): (Vec<&Frost>, Vec<&Frost>) = frosts.iter().copied().partition(is_there);
        let gone = gone.iter().map(|frost| {
            let (node, files) = (&frost.wish.node, frost.files());
            format!("{node} went while it was rendered: what was frozen is in {files}")
        });
        let gone: Vec<String> = gone.collect();
        let Some(first) = there.first() else { return Err(gone.join("; ")) };
        let changed: Vec<&str> = there.iter().filter(|frost| self.has_changed(frost)).map(|f| f.node()).collect();
        let set = |frost: &&Frost| Edit::SetParam {
            target: Socket::new(frost.node(), FROZEN),
            value: Some(frost.frozen.value()),
        };
        let edit = if there.len() == 1 { set(first) } else { Edit::Batch(there.iter().map(set).collect()) };
        let edit = SetEdit { file: first.wish.file.clone(), edit };
        let nodes: Vec<&str> = there.iter().map(|frost| frost.node()).collect();
        let nodes = nodes.join(", ");
        self.apply(&edit, &format!("freeze {nodes}"), None).map_err(|e| e.to_string())?;
        let bars = first.wish.bars;
        let mut said = vec![match there.as_slice() {
            [one] => format!("{nodes} is frozen: {bars} bars of it go round, in {}", one.files()),
            _ => format!("{nodes} are frozen: {bars} bars of each go round, in files of {FOLDER}"),
        }];
        if !changed.is_empty() {
            let which = if there.len() == 1 { "it".to_owned() } else { changed.join(", ") };
            let what = "was changed while it was rendered and sounds as before: unfreeze it to hear that";
            said.push(format!("{which} {what}"));
        }
        said.extend(there.iter().flat_map(|frost| &frost.odd).cloned());
        said.extend(gone);
        Ok(said.join("; "))
    }

    /// Whether what a node was rendered from is something else by now.
    fn has_changed(&self, frost: &Frost) -> bool {
        let now = Heard::of(&self.set, &self.set, &self.registry, &frost.wish);
        !now.is_ok_and(|now| now.sets().zip(&frost.of).all(|(now, then)| same(now, then)))
    }

    /// Lets nodes play themselves again, as one step. Their files stay, as undo leads back to them.
    ///
    /// # Errors
    /// Where none of them is frozen.
    pub fn unfreeze(&mut self, file: Option<&str>, nodes: &[Name]) -> Result<(), String> {
        let is_frozen = |name: &&Name| {
            self.set.patch(file).and_then(|p| p.nodes.get(*name)).is_some_and(|n| n.params.contains_key(FROZEN))
        };
        let frozen: Vec<&Name> = nodes.iter().filter(is_frozen).collect();
        let thaw = |name: &&Name| Edit::SetParam { target: Socket::new(name.as_str(), FROZEN), value: None };
        let edit = match frozen.as_slice() {
            [] => return Err("nothing of it is frozen".to_owned()),
            [one] => thaw(one),
            all => Edit::Batch(all.iter().map(thaw).collect()),
        };
        let list: Vec<&str> = frozen.iter().map(|name| name.as_str()).collect();
        let label = format!("unfreeze {}", list.join(", "));
        self.apply(&SetEdit { file: file.map(str::to_owned), edit }, &label, None).map_err(|e| e.to_string())
    }

    /// Names that files for an output of a node may have, which no file has and no step back leads to.
    fn free_files(&self, heard: &Heard, node: &Name) -> Vec<String> {
        let root: &Path = &self.folder.root;
        let is_free =
            |file: &String| !root.join(file).exists() && !self.samples.holds(&(FileKind::Sample, file.clone()));
        let mut taken: Vec<String> = Vec::new();
        for (i, output) in heard.outputs.iter().enumerate() {
            let name = if i == 0 { node.to_string() } else { format!("{node}-{output}") };
            let free = names(FOLDER, &name, "wav").find(|file| is_free(file) && !taken.contains(file));
            taken.extend(free);
        }
        taken
    }
}

/// Whether two sets sound alike but for their tempo and bars, which may have been steered.
fn same(now: &Set, then: &Set) -> bool {
    let (tempo, signature) = (then.main.tempo, then.main.signature);
    let warm = |set: &Set| {
        let mut set = Set { main: bf_patch::Patch { tempo, signature, ..set.main.clone() }, ..set.clone() };
        // What is frozen sounds as it did.
        let patches = core::iter::once(&mut set.main).chain(set.files.values_mut());
        patches.flat_map(|patch| patch.nodes.values_mut()).for_each(|node| _ = node.params.remove(FROZEN));
        set
    };
    warm(now) == warm(then)
}
