//! Where a node of the set stands, what it says, and how a hand changes it.

use crate::ui::canvas::gesture::set;
use crate::ui::link::{Link, Shown, Wish};
use crate::ui::theme::Paints;
use bf_node::{NodeSpec, ParamSpec, Value};
use bf_patch::{Edit, Name, Node, Patch, SetEdit, Socket};
use bf_session::Session;
use std::collections::BTreeMap;

/// The set and the way to it.
#[derive(Clone, Copy)]
pub(crate) struct Desk<'a> {
    pub link: &'a Link,
    pub shown: &'a Shown,
    pub paints: &'a Paints,
}

/// A node, in the set's own patch or in one of its files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub file: Option<String>,
    pub name: Name,
}

impl Place {
    /// What it is called in the window.
    pub(crate) fn title(&self) -> String {
        match &self.file {
            Some(file) => format!("{file}: {}", self.name),
            None => self.name.to_string(),
        }
    }

    fn patch<'a>(&self, shown: &'a Shown) -> Option<&'a Patch> {
        match &self.file {
            Some(file) => shown.heard.files.get(file),
            None => Some(&shown.heard.main),
        }
    }

    /// What the set owns of its patch.
    fn own<'a>(&self, shown: &'a Shown) -> Option<&'a Patch> {
        match &self.file {
            Some(_) => self.patch(shown),
            None => Some(&shown.own.main),
        }
    }

    pub(crate) fn node<'a>(&self, shown: &'a Shown) -> Option<&'a Node> {
        self.patch(shown)?.nodes.get(&self.name)
    }

    /// Whether a script owns it: a hand's values lie over its text.
    pub(crate) fn is_guest(&self, shown: &Shown) -> bool {
        self.file.is_none() && !shown.own.main.nodes.contains_key(&self.name)
    }

    pub(crate) fn socket(&self, param: &str) -> Socket {
        Socket::new(self.name.as_str(), param)
    }

    /// What stands at a param: a hand's, the text's, or the declaration's.
    pub(crate) fn value(&self, desk: Desk<'_>, param: &str) -> Option<Value> {
        let patch = self.patch(desk.shown)?;
        let node = patch.nodes.get(&self.name)?;
        let said = patch.overrides.get(&self.socket(param)).or_else(|| node.params.get(param));
        said.cloned().or_else(|| self.spec(desk, param).map(ParamSpec::default_value))
    }

    pub(crate) fn spec(&self, desk: Desk<'_>, param: &str) -> Option<&'static ParamSpec> {
        let spec = desk.link.registry.get(&self.node(desk.shown)?.kind)?;
        Some(&spec.params[spec.param(param)?])
    }

    /// A number that stands at a param; none where a pattern moves it.
    pub(crate) fn number(&self, desk: Desk<'_>, param: &str) -> Option<f32> {
        self.spec(desk, param)?.number_of(&self.value(desk, param)?).ok()
    }

    /// What its first cable leads to.
    pub(crate) fn plays(&self, shown: &Shown) -> Option<Name> {
        let cables = &self.patch(shown)?.cables;
        cables.iter().find(|(_, list)| list.iter().any(|c| c.from.node == self.name)).map(|(to, _)| to.node.clone())
    }

    /// Lays a value down.
    pub(crate) fn set(&self, desk: Desk<'_>, param: &str, value: Value, label: String, gesture: u64) {
        if let Some(edit) = self.laid(desk.shown, param, value) {
            self.edit(desk, edit, label, Some(gesture));
        }
    }

    /// The edit that lays a value down; none where the patch is gone.
    pub(crate) fn laid(&self, shown: &Shown, param: &str, value: Value) -> Option<Edit> {
        Some(set(self.own(shown)?, &self.socket(param), value))
    }

    /// Does an edit of its patch.
    pub(crate) fn edit(&self, desk: Desk<'_>, edit: Edit, label: String, gesture: Option<u64>) {
        let edit = SetEdit { file: self.file.clone(), edit };
        desk.link.wish(Wish::Edit { edit, label, gesture });
    }
}

/// Where nodes begin in the files of a set: line and column.
pub(crate) type Order = BTreeMap<Place, (u32, u32)>;

/// The order in which the files of a set say its nodes.
pub(crate) fn order(session: &Session) -> Order {
    let of = |file: Option<&String>, patch: &Patch| -> Order {
        let text = session.folder().text_of(file.map(String::as_str));
        let at = |name: &Name| text.position_of(&bf_patch::text::Place::Node(name.clone()));
        let place = |name: &Name| Place { file: file.cloned(), name: name.clone() };
        patch.nodes.keys().filter_map(|name| Some((place(name), at(name)?))).collect()
    };
    let set = session.set();
    let mut order = of(None, &set.main);
    set.files.iter().for_each(|(file, patch)| order.extend(of(Some(file), patch)));
    order
}

/// All nodes of the set whose type is meant, those of the set's own patch first, as its files say them; those that no file
/// says last.
pub(crate) fn nodes(desk: Desk<'_>, is_meant: impl Fn(&NodeSpec) -> bool) -> Vec<Place> {
    let of = |file: Option<&String>, patch: &Patch| -> Vec<Place> {
        let meant = patch.nodes.iter().filter(|(_, node)| desk.link.registry.get(&node.kind).is_some_and(&is_meant));
        let mut places: Vec<Place> = meant.map(|(name, _)| Place { file: file.cloned(), name: name.clone() }).collect();
        places.sort_by_key(|place| desk.shown.order.get(place).copied().unwrap_or((u32::MAX, 0)));
        places
    };
    let mut places = of(None, &desk.shown.heard.main);
    for (file, patch) in &desk.shown.heard.files {
        places.extend(of(Some(file), patch));
    }
    places
}
