//! Changes of a set that are more than an edit: files are made or come from outside, and one undo step refers to them.

use super::canvas::collapse::{Cut, detached, expanded};
use super::canvas::settle::Places;
use super::dropped::SOUNDS;
use bf_patch::{Edit, Name, Patch, Set, SetEdit, TextPatch, diff};
use bf_session::script::{Site, Wanted};
use bf_session::{Bank, Owner, Session};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be done. `file` is the patch in which it happens; none is the set's own. `places` are those of its nodes that
/// have none in its text.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// Nodes become a reusable patch.
    Collapse { file: Option<String>, names: BTreeSet<Name>, places: Places },
    /// An instance becomes its nodes.
    Expand { file: Option<String>, name: Name, places: Places },
    /// Nodes of a script become nodes of the set.
    Detach { names: BTreeSet<Name> },
}

impl Change {
    /// Does it; what there is to say about it.
    ///
    /// # Errors
    /// Why nothing has changed, in the user's words.
    pub(crate) fn carry_out(self, session: &mut Session) -> Result<String, String> {
        match self {
            Change::Collapse { file, names, places } => {
                let set = settled(session.set(), file.as_deref(), places);
                collapse(session, &set, file, &names)
            }
            Change::Expand { file, name, places } => {
                let after = expanded(&settled(session.set(), file.as_deref(), places), file.as_deref(), &name)?;
                become_of(session, file, &after, &format!("expand {name}"))?;
                Ok(format!("{name} is its nodes again; its patch file stays"))
            }
            Change::Detach { names } => detach(session, names),
        }
    }
}

/// Brings a patch to what it is to be, in one step.
fn become_of(session: &mut Session, file: Option<String>, after: &Patch, label: &str) -> Result<(), String> {
    let before = session.set().patch(file.as_deref()).ok_or("the patch is gone")?;
    let edit = SetEdit { edit: Edit::Batch(diff(before, after)), file };
    session.apply(&edit, label, None).map_err(|e| e.to_string())
}

/// A set in which the nodes of a patch have places that its text does not say.
fn settled(set: &Set, file: Option<&str>, places: Places) -> Set {
    let mut set = set.clone();
    let patch = file.map_or(Some(&mut set.main), |file| set.files.get_mut(file));
    if let Some(Patch { nodes, layout, .. }) = patch {
        let places = places.into_iter().filter(|(name, _)| nodes.contains_key(name) && !layout.contains_key(name));
        let places: Places = places.collect();
        layout.extend(places);
    }
    set
}

fn collapse(session: &mut Session, set: &Set, file: Option<String>, names: &BTreeSet<Name>) -> Result<String, String> {
    let registry = std::sync::Arc::clone(session.registry());
    let cut = Cut::of(set, file.as_deref(), names, &registry)?;
    let name = session.free_node(file.as_deref(), "part");
    let text = TextPatch::fresh(&cut.inner, "part.toml")
        .map_err(|faults| faults.first().map_or_else(String::new, |fault| fault.message.clone()))?;
    let path = session.bring_patch(name.as_str(), text.text())?;
    let after = cut.around(&name, &path);
    become_of(session, file, &after, &format!("collapse into {name}"))?;
    Ok(format!("{name} is the patch {path} now: rename it in its menu, open it with a double click"))
}

/// Nodes that scripts made by `node`, and those of their tracks.
pub(crate) type Guests = (Arc<BTreeSet<Name>>, Arc<BTreeSet<Name>>);

/// Whose the nodes are that the set does not own.
pub(crate) fn guests(wanted: &Wanted, (heard, own): (&Set, &Set)) -> Guests {
    let sites = sites(wanted);
    let guests = heard.main.nodes.keys().filter(|name| !own.main.nodes.contains_key(*name));
    let (of_nodes, others): (BTreeSet<Name>, BTreeSet<Name>) =
        guests.cloned().partition(|name| is_of_node(wanted, name));
    let tracks: Vec<&Site> = wanted.tracks.iter().map(|track| &track.site).collect();
    let is_of_track = |name: &Name| site_of(&sites, name).is_some_and(|site| tracks.contains(&site));
    (Arc::new(of_nodes), Arc::new(others.into_iter().filter(is_of_track).collect()))
}

/// Whether a node is of those that a script made by `node`, and can be detached; a track plays the patterns of its text.
pub(crate) fn is_of_node(wanted: &Wanted, name: &Name) -> bool {
    wanted.nodes.values().any(|graph| graph.patch.nodes.contains_key(name))
}

fn detach(session: &mut Session, names: BTreeSet<Name>) -> Result<String, String> {
    let wanted = session.wanted();
    let graphs = wanted.nodes.values().filter(|graph| graph.patch.nodes.keys().any(|name| names.contains(name)));
    let all: BTreeSet<Name> = graphs.flat_map(|graph| graph.patch.nodes.keys().cloned()).collect();
    if all.is_empty() {
        return Err(
            "only what a script made by `node` can be detached: a track plays the patterns of its text".to_owned()
        );
    }
    let heard = session.heard();
    let (after, made) = detached(&heard.main, &session.set().main, &all);
    let list: Vec<&str> = made.iter().map(Name::as_str).collect();
    become_of(session, None, &after, "detach from the script")?;
    Ok(format!("the set owns {} now; what the script made is muted, and its lines can go", list.join(", ")))
}

/// Where scripts have declared what they play, by its name.
pub(crate) fn sites(wanted: &Wanted) -> BTreeMap<Name, Site> {
    let tracks = wanted.tracks.iter().map(|track| (&track.name, &track.site));
    let graphs = wanted.nodes.iter();
    let nodes = graphs.flat_map(|(name, graph)| {
        core::iter::once(name).chain(graph.patch.nodes.keys()).map(move |name| (name, &graph.site))
    });
    let macros = wanted.macros.iter().map(|(name, knob)| (name, &knob.site));
    tracks.chain(nodes).chain(macros).map(|(name, site)| (name.clone(), site.clone())).collect()
}

/// The place of a node, or of the track that it belongs to: `bass/keys` is of `bass`, and `bass_line/keys` of `bass_line`
/// where there is such a track.
pub(crate) fn site_of<'a>(sites: &'a BTreeMap<Name, Site>, name: &Name) -> Option<&'a Site> {
    let of = |text: &str| sites.iter().find(|(name, _)| name.as_str() == text).map(|(_, site)| site);
    let text = name.as_str();
    let ends = text.char_indices().rev().filter(|(_, c)| matches!(c, '/' | '@' | '_')).map(|(at, _)| at);
    core::iter::once(text.len()).chain(ends).find_map(|end| of(&text[..end]))
}

/// Why a hand cannot change what a script has made, and where it can be changed.
pub(crate) fn whose(sites: &BTreeMap<Name, Site>, name: &Name) -> String {
    let place = site_of(sites, name).map_or(String::new(), |site| format!(" ({}:{})", site.file, site.line));
    format!("a script owns {name}: change it in its text{place}")
}

/// Sounds that can be played.
#[derive(Debug, Default)]
pub(crate) struct Sounds {
    /// What a sampler calls each, and where it lies.
    pub all: Vec<(String, String)>,
    pub banks: Vec<(Owner, Bank)>,
}

/// The most files of the set that are listed.
const LISTED: usize = 2_000;

/// The sounds that a sampler can play: files of the set's `samples`, then the banks of the set, of the program and of
/// the user; by what a sampler calls them, and where they lie.
pub(crate) fn sounds(root: &Path) -> Sounds {
    let mut all = Vec::new();
    files(root, &root.join("samples"), 0, &mut all);
    let library = bf_session::Library::new(root, bf_session::sounds::folder());
    let banks = library.banks().0;
    for (owner, bank) in &banks {
        let place = match owner {
            Owner::Set => "of this set",
            Owner::User => "of yours",
            Owner::Shipped => "that ships",
        };
        for (sound, takes) in &bank.sounds {
            for take in 0..takes.len() {
                let take = if take == 0 { String::new() } else { format!(":{take}") };
                all.push((format!("{}/{sound}{take}", bank.name), place.to_owned()));
            }
        }
    }
    Sounds { all, banks }
}

fn files(root: &Path, folder: &Path, depth: usize, all: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if all.len() >= LISTED {
            return;
        }
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_dir() && depth < 3 {
            files(root, &path, depth + 1, all);
        } else if let (true, Ok(inside)) = (SOUNDS.contains(&ending.as_str()), path.strip_prefix(root)) {
            all.push((inside.to_string_lossy().replace('\\', "/"), "of this set".to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_track_plays_leads_to_its_own_line() {
        let site = |line| Site { file: "live.rhai".into(), line, column: 1, block: 0..0 };
        let sites = BTreeMap::from([(Name::new("bass"), site(1)), (Name::new("bass_line"), site(2))]);
        for (name, line) in
            [("bass_line/keys", 2), ("bass_line@2", 2), ("bass_line", 2), ("bass/keys", 1), ("bass_room", 1)]
        {
            assert_eq!(site_of(&sites, &Name::new(name)).map(|site| site.line), Some(line), "{name}");
        }
        assert!(site_of(&sites, &Name::new("drums/kick")).is_none());
        assert_eq!(
            whose(&sites, &Name::new("bass/keys")),
            "a script owns bass/keys: change it in its text (live.rhai:1)"
        );
    }
}
