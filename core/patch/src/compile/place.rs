//! Where what the flat graph is at fault for stands in the texts.

use super::flat::Site;
use super::{At, CompileError};
use crate::{Cable, Name, Patch, Set, Socket, instance};

/// A fault of the flat graph.
#[derive(Debug)]
pub(super) struct Fault {
    /// The cable at fault; none where it is the node.
    pub cable: Option<Site>,
    /// The node, or the one that the cable enters.
    pub node: Name,
    /// The input or param that the cable enters.
    pub port: Option<Name>,
    pub message: String,
    pub hint: Option<String>,
}

impl Fault {
    /// The fault with its place in the texts of a set.
    pub(super) fn placed(self, set: &Set) -> CompileError {
        let written = self.cable.and_then(|site| of_cable(set, site)).map(|(file, to, i)| (file, At::Cable(to, i)));
        let (file, at) = written.unwrap_or_else(|| {
            let (file, node) = of_node(set, self.node.as_str());
            let at = match self.port {
                Some(port) => At::Cable(Socket { node, port: Some(port) }, 0),
                None => At::Node(node),
            };
            (file, at)
        });
        CompileError { file, at, message: self.message, hint: self.hint, within: None }
    }
}

/// The file, the entry and the place there of a cable.
fn of_cable(set: &Set, site: Site) -> Option<(Option<String>, Socket, usize)> {
    let (file, patch) = match site.patch()? {
        0 => (None, &set.main),
        place => set.files.iter().nth(place as usize - 1).map(|(file, patch)| (Some(file.clone()), patch))?,
    };
    let all = patch.cables.iter().flat_map(|(to, list)| (0..list.len()).map(move |i| (to, i)));
    let (to, i) = all.into_iter().nth(site.number as usize)?;
    Some((file, to.clone(), i))
}

/// The file and the name there of a node, by its path; of the instance that it is in where it is written nowhere.
fn of_node(set: &Set, path: &str) -> (Option<String>, Name) {
    let (mut file, mut patch, mut rest) = (None, &set.main, path);
    loop {
        if patch.nodes.contains_key(rest) {
            return (file, Name::new(rest));
        }
        let splits = rest.match_indices('/').map(|(at, _)| (&rest[..at], &rest[at + 1..]));
        let found = splits.filter_map(|(name, rest)| patch.nodes.get_key_value(name).zip(Some(rest))).next();
        let Some(((name, node), inner)) = found else { return (file, Name::new(rest)) };
        let opened = instance::file(instance::said(patch, name, node, "file")).and_then(|path| set.file(&path));
        let Some((key, within)) = opened.filter(|(_, within)| has(within, inner)) else { return (file, name.clone()) };
        (file, patch, rest) = (Some(key.clone()), within, inner);
    }
}

/// Whether a patch has the node at the beginning of a path.
fn has(patch: &Patch, path: &str) -> bool {
    patch.nodes.contains_key(path) || path.match_indices('/').any(|(at, _)| patch.nodes.contains_key(&path[..at]))
}

/// Faults of a set whose cables were led past nodes, at the cables as they are written.
pub(super) fn as_written(mut faults: Vec<CompileError>, set: &Set, led: Option<&Set>) -> Vec<CompileError> {
    let Some(led) = led else { return faults };
    for fault in &mut faults {
        let At::Cable(to, at) = &mut fault.at else { continue };
        let list = |set: &Set| set.patch(fault.file.as_deref()).and_then(|p| p.cables.get(to)).cloned();
        let (Some(now), Some(was)) = (list(led), list(set)) else { continue };
        let is_it = |cable: &Cable| now.get(*at).is_some_and(|now| now.from == cable.from);
        // What was led there stands where the first cable is written.
        *at = was.iter().position(is_it).unwrap_or(0);
    }
    faults
}
