//! Files that become nodes: from the desktop, or from the user's library.

use super::canvas::cable::Drawn;
use super::canvas::ports::Ports;
use super::canvas::settle::{Places, written};
use bf_node::Kind;
use bf_patch::{Cable, Edit, Name, Node, SetEdit, Socket};
use bf_session::{Bundle, Session};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Between two things that are dropped at once.
const APART: i32 = 120;
/// Sound files by their endings.
pub(super) const SOUNDS: [&str; 10] = ["wav", "wave", "flac", "ogg", "oga", "mp3", "aif", "aiff", "aifc", "m4a"];

/// Files that are to become nodes at a place of a canvas, and the cable that the first is for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parcel {
    pub paths: Vec<PathBuf>,
    pub at: [i32; 2],
    /// From where it was drawn, and what it carries.
    pub drawn: Option<(Drawn, Kind)>,
    /// Where the other nodes lie that have no place in the text.
    pub others: Places,
}

impl Parcel {
    pub(crate) fn of(paths: Vec<PathBuf>, at: [i32; 2]) -> Parcel {
        Parcel { paths, at, drawn: None, others: Places::new() }
    }

    /// The cable to a node; `None` where none was drawn, or the node has no end for it.
    fn cable(&self, session: &Session, (name, node): (&Name, &Node)) -> Option<Edit> {
        let (drawn, kind) = self.drawn.as_ref()?;
        let ports = Ports::of(node, session.set(), session.registry());
        let ports = if matches!(drawn, Drawn::From(_)) { ports.inputs } else { ports.outputs };
        let port = ports.into_iter().find(|(_, of, _)| of == kind)?.0;
        let end = Socket { node: name.clone(), port: Some(port) };
        let (from, to) = match drawn {
            Drawn::From(from) => (from.clone(), end),
            Drawn::Into(to) => (end, to.clone()),
        };
        Some(Edit::Connect { to, cable: Cable::plain(from), at: None })
    }
}

/// A file of the desktop that is to become a node.
#[derive(Debug)]
pub(crate) enum Dropped {
    /// A sound: what it was called, and its path in the set.
    Sound(String, String),
    /// A patch, with what it needs; its sounds are in the set.
    Patch(Box<Bundle>),
}

impl Dropped {
    /// Reads a file; sounds are copied into the set, which takes as long as it takes: `watch` hears how many bytes more are
    /// there, and answers whether it goes on.
    ///
    /// # Errors
    /// What is wrong with it, in the user's words.
    pub(crate) fn read(root: &Path, path: &Path, watch: &mut dyn FnMut(u64) -> bool) -> Result<Dropped, String> {
        let base = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if SOUNDS.contains(&ending.as_str()) {
            return Ok(Dropped::Sound(base, bf_session::bring_sound(root, path, watch)?));
        }
        if ending == "toml" {
            let mut bundle = Bundle::read(path, &bf_session::registry())?;
            bundle.carry(root)?;
            return Ok(Dropped::Patch(Box::new(bundle)));
        }
        Err(format!("{} is neither a sound nor a patch file", path.display()))
    }

    /// The node, and what it is to be called.
    fn node(self, session: &mut Session) -> Result<(String, Node), String> {
        match self {
            Dropped::Sound(base, file) => Ok((base, Node::new("sampler").with("file", file.as_str()))),
            Dropped::Patch(bundle) => {
                let base = bundle.name().to_owned();
                let file = session.bring_bundle(*bundle)?;
                Ok((base, Node::new("patch").with("file", file.as_str())))
            }
        }
    }

    /// Files that it names and that are not there.
    fn lacks(&self) -> Vec<String> {
        match self {
            Dropped::Sound(..) => Vec::new(),
            Dropped::Patch(bundle) => bundle.missing().map(str::to_owned).collect(),
        }
    }
}

/// Adds what was dropped, in one step, and tells the nodes that were made; what there is to say about it.
///
/// # Errors
/// What could not be added, and why, behind what was.
pub(crate) fn drop_in(
    session: &mut Session,
    file: Option<String>,
    (found, made): (Vec<Result<Dropped, String>>, &mut Vec<Name>),
    parcel: &Parcel,
) -> Result<String, String> {
    let (mut edits, mut told, mut refused, mut cable) = (Vec::new(), Vec::new(), Vec::new(), None);
    let lacks: Vec<String> = found.iter().flatten().flat_map(Dropped::lacks).collect();
    let mut taken: BTreeSet<Name> = BTreeSet::new();
    for (i, dropped) in found.into_iter().enumerate() {
        match dropped.and_then(|dropped| dropped.node(session)) {
            Ok((base, node)) => {
                let mut name = session.free_node(file.as_deref(), &base);
                while !taken.insert(name.clone()) {
                    name = session.free_node(file.as_deref(), &format!("{name}-more"));
                }
                let place = [parcel.at[0], parcel.at[1] + i as i32 * APART];
                told.push(name.to_string());
                cable = cable.or_else(|| parcel.cable(session, (&name, &node)).filter(|_| i == 0));
                edits.push(Edit::AddNode { name, node, at: Some(place) });
            }
            Err(why) => refused.push(why),
        }
    }
    if !edits.is_empty() {
        let label = format!("add {}", told.join(", "));
        edits.extend(written(parcel.others.clone()));
        let mut add = |more: Option<Edit>| {
            let edit = Edit::Batch(edits.iter().cloned().chain(more).collect());
            session.apply(&SetEdit { file: file.clone(), edit }, &label, None)
        };
        // The other end of the cable may be gone by now.
        let added = if cable.is_some() { add(cable).or_else(|_| add(None)) } else { add(None) };
        added.map_err(|e| e.to_string())?;
        made.extend(taken);
    }
    let lacks =
        if lacks.is_empty() { String::new() } else { format!("; what it names is not there: {}", lacks.join(", ")) };
    let added = (!told.is_empty()).then(|| format!("added {}{lacks}", told.join(", ")));
    if refused.is_empty() {
        return Ok(added.unwrap_or_default());
    }
    Err(added.into_iter().chain(refused).collect::<Vec<String>>().join("; "))
}
