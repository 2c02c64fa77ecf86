//! Adding up what several texts want, and settling what they mean together.

use crate::wanted::{Joined, Site, Track, Wanted};
use bf_patch::{Cable, Diagnostic, Name, Severity, Socket};

impl Wanted {
    /// Cycles a second: as said, or of the tempo and the signature.
    pub fn cycles_per_sec(&self) -> f64 {
        let beats = f64::from(self.signature.unwrap_or(4).max(1));
        self.cps.unwrap_or_else(|| self.tempo.unwrap_or(120.0) / 60.0 / beats)
    }

    /// Adds what another text wants, which follows this one: of one name, the later wins. Neither may be settled.
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
        self.all.extend(later.all);
        self.solo.extend(later.solo);
        self.mute.extend(later.mute);
        self.once.extend(later.once);
        self.outs.extend(later.outs);
        self.later.extend(later.later);
        self.launch.extend(later.launch);
        self.instruments.extend(later.instruments);
        self.nodes.extend(later.nodes);
        for joined in later.cables {
            self.join(joined);
        }
        self.scenes.extend(later.scenes);
        self.macros.extend(later.macros);
        for folder in later.samples {
            self.samples.retain(|samples| samples.folder != folder.folder);
            self.samples.push(folder);
        }
        self.hushed |= later.hushed;
        if self.files.len() < later.files.len() {
            self.files = later.files;
        }
        self.messages.extend(later.messages);
    }

    /// What it all means together: the functions of `all` applied to every track, `solo` and `mute` told to theirs, the
    /// nodes in one patch. Settling twice is settling once.
    #[must_use]
    pub fn settled(mut self) -> Wanted {
        let all = std::mem::take(&mut self.all);
        let (solo, mute) = (std::mem::take(&mut self.solo), std::mem::take(&mut self.mute));
        for track in &mut self.tracks {
            for all in &all {
                track.pattern = all.function.apply(&track.pattern);
            }
            if !all.is_empty() {
                track.fingerprint = track.pattern.fingerprint();
            }
            let named = |list: &[crate::Marked]| list.iter().any(|marked| marked.name == track.name);
            (track.solo, track.muted) = (track.solo || named(&solo), track.muted || named(&mute));
        }
        for graph in self.nodes.values() {
            self.patch.nodes.extend(graph.patch.nodes.clone());
            for (to, cables) in &graph.patch.cables {
                cables.iter().for_each(|cable| add(&mut self.patch, to, cable));
            }
            self.moved.extend(graph.moved.clone());
        }
        for joined in &self.cables {
            add(&mut self.patch, &joined.to, &joined.cable);
        }
        self
    }

    /// What `solo` and `mute` name and no track is called, where scenes and what comes later count, too. Neither may be
    /// settled.
    #[must_use]
    pub fn unknown_marks(&self) -> Vec<Diagnostic> {
        let later = self.later.iter().map(|later| &later.wanted);
        let all = self.scenes.values().map(|scene| &scene.wanted).chain(later);
        let names = || self.tracks.iter().chain(all.clone().flat_map(|wanted| &wanted.tracks)).map(|t| t.name.as_str());
        let marked = self.solo.iter().chain(&self.mute);
        let unknown = marked.filter(|marked| names().all(|name| name != marked.name.as_str()));
        let warning = |marked: &crate::Marked| {
            let near = bf_node::registry::nearest(marked.name.as_str(), names());
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            let message = format!("there is no track `{}`", marked.name);
            warn(&marked.site, message, hint)
        };
        unknown.map(warning).collect()
    }

    /// Adds a track; one of the same name is replaced.
    pub(crate) fn put(&mut self, track: Track) {
        match self.tracks.iter_mut().find(|t| t.name == track.name) {
            Some(old) => *old = track,
            None => self.tracks.push(track),
        }
    }

    /// Adds a cable that is not there yet.
    pub(crate) fn join(&mut self, joined: Joined) {
        if !self.cables.iter().any(|other| (&other.to, &other.cable) == (&joined.to, &joined.cable)) {
            self.cables.push(joined);
        }
    }

    /// The names that it declares.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Name> {
        let tracks = self.tracks.iter().map(|track| &track.name);
        let maps = self.instruments.keys().chain(self.nodes.keys()).chain(self.scenes.keys());
        tracks.chain(maps).chain(self.macros.keys())
    }

    /// Every place that it names.
    pub(crate) fn sites_mut(&mut self) -> Vec<&mut Site> {
        let mut sites: Vec<&mut Site> = Vec::new();
        sites.extend(self.tracks.iter_mut().map(|x| &mut x.site));
        sites.extend(self.all.iter_mut().map(|x| &mut x.site));
        sites.extend(self.solo.iter_mut().chain(&mut self.mute).chain(&mut self.launch).map(|x| &mut x.site));
        sites.extend(self.once.iter_mut().map(|x| &mut x.site));
        sites.extend(self.outs.iter_mut().map(|x| &mut x.site));
        sites.extend(self.instruments.values_mut().map(|x| &mut x.site));
        sites.extend(self.cables.iter_mut().map(|x| &mut x.site));
        sites.extend(self.macros.values_mut().map(|x| &mut x.site));
        sites.extend(self.samples.iter_mut().map(|x| &mut x.site));
        sites.extend(self.moved.values_mut().map(|x| &mut x.site));
        for graph in self.nodes.values_mut() {
            sites.push(&mut graph.site);
            sites.extend(graph.moved.values_mut().map(|x| &mut x.site));
        }
        for later in &mut self.later {
            sites.push(&mut later.site);
            sites.extend(later.wanted.sites_mut());
        }
        for scene in self.scenes.values_mut() {
            sites.push(&mut scene.site);
            sites.extend(scene.wanted.sites_mut());
        }
        sites
    }
}

/// What is said where a text declares a track twice.
pub(crate) fn twice(first: &Track, track: &Track) -> Option<Diagnostic> {
    let (a, b) = (&first.site, &track.site);
    let twice = a.file == b.file && (a.line, a.column) != (b.line, b.column);
    let message = format!("track `{}` is declared in line {}, too: this one plays", track.name, a.line);
    twice.then(|| warn(b, message, Some("give each track a name of its own, or stack(…) both in one".to_owned())))
}

fn warn(site: &Site, message: String, hint: Option<String>) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..crate::diagnose::at(&site.file, site.line, site.column, message, hint) }
}

fn add(patch: &mut bf_patch::Patch, to: &Socket, cable: &Cable) {
    let cables = patch.cables.entry(to.clone()).or_default();
    if !cables.contains(cable) {
        cables.push(cable.clone());
    }
}
