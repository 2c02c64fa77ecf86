//! What a script wants, as plain data.

use bf_patch::{Diagnostic, Name, Patch, Socket};
use bf_pattern::Pattern;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a script wants to play. The difference to what plays is what changes.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Beats a minute.
    pub tempo: Option<f64>,
    /// Cycles a second, which says the tempo in another way.
    pub cps: Option<f64>,
    /// Beats in a bar, which is a cycle.
    pub signature: Option<u32>,
    /// The seed of all chance.
    pub seed: Option<f64>,
    /// Tracks in the order of the text.
    pub tracks: Vec<Track>,
    /// Patterns that play for one cycle, from when they are evaluated.
    pub once: Vec<Pattern>,
    /// Instruments by name.
    pub instruments: BTreeMap<Name, Instrument>,
    /// Nodes and cables besides the tracks. Cables may leave from and enter tracks, by their names.
    pub patch: Patch,
    /// Where each name of a node was declared.
    pub nodes: BTreeMap<Name, Site>,
    /// Patterns that move params of nodes.
    pub moved: BTreeMap<Socket, Pattern>,
    /// Scenes by name.
    pub scenes: BTreeMap<Name, Scene>,
    /// Macros by name.
    pub macros: BTreeMap<Name, Macro>,
    /// Folders of samples, relative to the set.
    pub samples: Vec<String>,
    /// Whether everything is silenced.
    pub hushed: bool,
    /// The files that the text is made of, as `Atom::source` of its patterns counts them: itself, then its imports.
    pub files: Vec<Arc<str>>,
    /// What it printed, and warnings.
    pub messages: Vec<Diagnostic>,
}

/// A place in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The file.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// A pattern with a strip.
#[derive(Clone, Debug)]
pub struct Track {
    /// Its name, without the `_` that keeps it muted.
    pub name: Name,
    /// What it plays.
    pub pattern: Pattern,
    /// Whether it stays silent.
    pub muted: bool,
    /// Whether only it and others like it sound.
    pub solo: bool,
    /// How it takes over from what the track played before.
    pub entry: Entry,
    /// Where it was declared.
    pub site: Site,
}

/// How a track takes over from what it played before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Entry {
    /// At the next boundary.
    #[default]
    Next,
    /// After a number of cycles.
    Jump(f64),
    /// Faded over a number of cycles.
    Fade(f64),
}

/// An instrument: a patch with voices.
#[derive(Clone, Debug, PartialEq)]
pub struct Instrument {
    /// One voice of it, with the controls that it reads.
    pub patch: Patch,
    /// Where it was declared.
    pub site: Site,
}

/// What a scene wants when it is launched.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Its tracks and the rest, as a text of their own would want them.
    pub wanted: Box<Wanted>,
    /// Where it was declared.
    pub site: Site,
}

/// A number under a name, for hands.
#[derive(Clone, Debug, PartialEq)]
pub struct Macro {
    /// Where it stands until a hand moves it.
    pub value: f64,
    /// Its least and greatest.
    pub range: (f64, f64),
    /// Where it was declared.
    pub site: Site,
}

impl Wanted {
    /// Cycles a second: as said, or of the tempo and the signature.
    pub fn cycles_per_sec(&self) -> f64 {
        let beats = f64::from(self.signature.unwrap_or(4).max(1));
        self.cps.unwrap_or_else(|| self.tempo.unwrap_or(120.0) / 60.0 / beats)
    }

    /// Adds what another text wants, which follows this one: of one name, the later wins.
    pub fn extend(&mut self, later: Wanted) {
        // Each says the tempo: the later of the two is meant.
        if later.tempo.is_some() || later.cps.is_some() {
            (self.tempo, self.cps) = (later.tempo, later.cps);
        }
        self.signature = later.signature.or(self.signature);
        self.seed = later.seed.or(self.seed);
        for track in later.tracks {
            self.put(track);
        }
        self.once.extend(later.once);
        self.instruments.extend(later.instruments);
        self.patch.nodes.extend(later.patch.nodes);
        for (socket, cables) in later.patch.cables {
            let all = self.patch.cables.entry(socket).or_default();
            all.extend(cables);
            all.dedup();
        }
        self.nodes.extend(later.nodes);
        self.moved.extend(later.moved);
        self.scenes.extend(later.scenes);
        self.macros.extend(later.macros);
        self.samples.extend(later.samples);
        self.hushed |= later.hushed;
        if self.files.len() < later.files.len() {
            self.files = later.files;
        }
        self.messages.extend(later.messages);
    }

    /// Adds a track; one of the same name is replaced.
    pub(crate) fn put(&mut self, track: Track) {
        match self.tracks.iter_mut().find(|t| t.name == track.name) {
            Some(old) => *old = track,
            None => self.tracks.push(track),
        }
    }
}
