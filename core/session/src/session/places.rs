//! Where in the set's texts a fault stands.

use super::{Message, Session};
use crate::play::layer::{Layer, OWN};
use crate::samples::FileFault;
use bf_engine::LoadError;
use bf_node::{MakeError, Value};
use bf_patch::compile::{At, CompileError, FROZEN};
use bf_patch::text::{Diagnostic, Place, Severity};
use bf_patch::{Name, Socket};
use bf_script::Wanted;

/// What scripts say, and the nodes that it comes to.
pub(super) struct Spoken<'a> {
    pub layer: &'a Layer,
    pub wanted: Vec<&'a Wanted>,
}

impl Session {
    /// Gives a fault of the compiler its place in the text.
    pub(super) fn locate(&self, e: &CompileError) -> Diagnostic {
        let state = self.scripts.state();
        let wanted = vec![&self.scripts.newest.wanted, &state.wanted];
        self.locate_in(e, &Spoken { layer: &self.scripts.layer, wanted })
    }

    fn locate_in(&self, e: &CompileError, spoken: &Spoken<'_>) -> Diagnostic {
        if let Some(site) = self.script_site(e, spoken) {
            return super::commit::fault_at(&site, e.message.clone(), e.hint.clone());
        }
        let text = self.folder.text_of(e.file.as_deref());
        let places = match &e.at {
            At::Patch => vec![],
            At::Node(n) => vec![Place::Node(n.clone())],
            At::Param(s) => vec![Place::Override(s.clone()), Place::Param(s.clone()), Place::Node(s.node.clone())],
            At::Cable(s, index) => {
                let cable = |to| Place::Cable { to, index: *index };
                let first = Socket { node: s.node.clone(), port: None };
                vec![cable(s.clone()), cable(first), Place::Node(s.node.clone())]
            }
            At::Exposed(n) => vec![Place::Control(n.clone()), Place::Input(n.clone()), Place::Output(n.clone())],
            At::Lane(s) => vec![Place::Automation(s.clone()), Place::Override(s.clone())],
        };
        let found = places.iter().find(|p| text.position_of(p).is_some());
        let place = found.cloned().unwrap_or(Place::Tempo);
        let said = match &e.within {
            Some(part) => text.diagnostic_within(&place, part, Severity::Error, e.message.clone()),
            None => text.diagnostic(&place, Severity::Error, e.message.clone()),
        };
        said.hinted(e.hint.clone())
    }

    /// Where a script says what a fault is about: the cable, track, instrument or node that it belongs to.
    fn script_site(&self, e: &CompileError, spoken: &Spoken<'_>) -> Option<bf_script::Site> {
        if let (None, At::Cable(to, _)) = (&e.file, &e.at) {
            let joined = spoken.wanted.iter().flat_map(|w| &w.cables).find(|joined| joined.to == *to);
            if let Some(joined) = joined {
                return Some(joined.site.clone());
            }
        }
        let name = match &e.at {
            At::Node(name) | At::Exposed(name) => name.as_str(),
            At::Param(s) | At::Cable(s, _) | At::Lane(s) => s.node.as_str(),
            At::Patch => "",
        };
        let of = match e.file.as_deref() {
            None if !spoken.layer.patch.nodes.contains_key(name) => return None,
            None => name,
            Some(file) if self.set.files.contains_key(file) => return None,
            Some(file) => spoken.user_of(file),
        };
        let of = of.split('/').next().unwrap_or(of);
        let found = spoken.wanted.iter().find_map(|w| {
            let track = w.tracks.iter().find(|t| t.name.as_str() == of).map(|t| &t.site);
            let instrument = || w.instruments.get(of).map(|i| &i.site);
            let node = || w.nodes.iter().find(|(n, _)| of.starts_with(n.as_str())).map(|(_, n)| &n.site);
            track.or_else(instrument).or_else(node).cloned()
        });
        found.or_else(|| spoken.wanted.iter().find_map(|w| w.tracks.first()).map(|t| t.site.clone()))
    }

    /// Why a load failed, each fault with its place.
    pub(super) fn faults_of(&self, e: &LoadError) -> Vec<Diagnostic> {
        let state = self.scripts.state();
        let wanted = vec![&self.scripts.newest.wanted, &state.wanted];
        self.faults_in(e, &Spoken { layer: &self.scripts.layer, wanted })
    }

    /// The same, where scripts say something else than what plays.
    pub(super) fn faults_in(&self, e: &LoadError, spoken: &Spoken<'_>) -> Vec<Diagnostic> {
        match e {
            LoadError::Compile(errors) => errors.iter().map(|e| self.locate_in(e, spoken)).collect(),
            LoadError::Make { path, cause } => vec![self.locate_in(&self.not_made(path, cause), spoken)],
            LoadError::Full(_) => {
                let (file, at, message) = (None, At::Patch, e.to_string());
                vec![self.locate_in(&CompileError { file, at, message, hint: None, within: None }, spoken)]
            }
        }
    }

    /// A node that cannot be made, as the compiler would have said it.
    fn not_made(&self, path: &str, cause: &MakeError) -> CompileError {
        let (file, node) = self.node_at(path);
        let (at, message) = match cause {
            MakeError::Setting { setting, found, expected } => {
                let message = format!("{path}.{setting} is {found}, expected {expected}");
                (At::Param(Socket::new(node.as_str(), setting)), message)
            }
            other => (At::Node(node), format!("{path}: {other}")),
        };
        CompileError { file, at, message, hint: None, within: None }
    }

    /// The patch file and the node behind a path such as `kick/env`; the instance, where the path leads no further.
    fn node_at(&self, path: &str) -> (Option<String>, Name) {
        let mut names = path.split('/');
        let (mut file, mut node) = (None, Name::new(names.next().unwrap_or_default()));
        for name in names {
            let patch = self.set.patch(file.as_deref());
            let inner = patch.and_then(|p| p.said(&node, "file"));
            let Some(inner) = inner.and_then(Value::as_text) else { break };
            let Some((inner, _)) = self.set.file(inner).filter(|(_, p)| p.nodes.contains_key(name)) else { break };
            (file, node) = (Some(inner.clone()), Name::new(name));
        }
        (file, node)
    }

    /// What is wrong with a sample or with notes, at the first node that asks for them.
    pub(super) fn file_fault(&self, fault: &FileFault) -> Message {
        let main = core::iter::once((None, &self.set.main));
        let patches = main.chain(self.set.files.iter().map(|(k, p)| (Some(k.clone()), p)));
        let mut uses = patches.flat_map(|(file, patch)| {
            bf_patch::files::uses(patch, &self.registry).into_iter().map(move |used| (file.clone(), used))
        });
        let (kind, written) = &fault.file;
        let Some((file, used)) = uses.find(|(_, used)| used.kind == *kind && used.written == *written) else {
            return Message::Problem(fault.message.clone());
        };
        let is_odd = self.samples.error(&fault.file).is_none();
        let hint = match (fault.severity, self.samples.holds(&fault.file)) {
            (Severity::Warning, _) => None,
            // What is there of it plays.
            (Severity::Error, true) if is_odd => None,
            (Severity::Error, true) => Some("what it held before plays on until it can be read".to_owned()),
            (Severity::Error, false) if used.target.port.as_ref().is_some_and(|port| port.as_str() == FROZEN) => {
                Some(format!("{} plays itself until it is there: bring it back, or unfreeze", used.target.node))
            }
            (Severity::Error, false) => {
                Some(format!("{} stays silent: write another file here, or mend this one", used.target.node))
            }
        };
        let message = fault.message.clone();
        let found = self.locate(&CompileError { file, at: At::Param(used.target), message, hint, within: None });
        Message::Fault(Diagnostic { severity: fault.severity, ..found })
    }
}

/// How deep patches that ship are within each other.
const DEEPEST: usize = 8;

impl Spoken<'_> {
    /// The track, instrument or node whose patch a file is, or is used by.
    fn user_of<'a>(&'a self, file: &'a str) -> &'a str {
        let mut file = file;
        for _ in 0..DEEPEST {
            if let Some(own) = file.strip_prefix(OWN) {
                return own;
            }
            let is_used = |patch: &bf_patch::Patch| {
                patch.nodes.values().any(|n| n.params.get("file").and_then(Value::as_text) == Some(file))
            };
            let Some((user, _)) = self.layer.files.iter().find(|(_, patch)| is_used(patch)) else { break };
            file = user;
        }
        file
    }
}
