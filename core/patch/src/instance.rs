//! What an instance of a patch file says of itself: which file it is, and how many voices it has.

use crate::{Name, Node, Patch, Set, Socket, files};
use bf_node::{NodeSpec, Value};
use std::borrow::Cow;

/// How deep instances may lie in each other.
pub(crate) const DEEPEST: usize = 16;

/// What a hand or else the text says of a setting of a node.
pub(crate) fn said<'a>(patch: &'a Patch, name: &Name, node: &'a Node, setting: &str) -> Option<&'a Value> {
    let by_hand = || patch.overrides.get(&Socket::new(name.as_str(), setting));
    let hand = if patch.overrides.is_empty() { None } else { by_hand() };
    hand.or_else(|| node.params.get(setting))
}

impl Patch {
    /// What is heard of a param of a node: what a hand says of it, or else the text. `None` where neither says anything.
    pub fn said(&self, node: &Name, param: &str) -> Option<&Value> {
        said(self, node, self.nodes.get(node)?, param)
    }
}

/// The patch file that a `file` names, as a set lists it.
pub(crate) fn file(said: Option<&Value>) -> Option<Cow<'_, str>> {
    Some(files::one_form(said?.as_text()?))
}

/// The voices of an instance: as many as it says, or else as its patch does; 0 is no instrument.
///
/// # Errors
/// What `voices` is expected to be.
pub(crate) fn voices(said: Option<&Value>, spec: &NodeSpec, inner: &Patch) -> Result<u32, String> {
    let Some(value) = said else { return Ok(inner.voices) };
    if let Some(p) = spec.param("voices") {
        spec.params[p].check_setting(value)?;
    }
    value.as_number().map_or(Ok(inner.voices), |voices| Ok(voices as u32))
}

impl Set {
    /// A patch file and the path it is listed under, however its path is written.
    pub fn file(&self, written: &str) -> Option<(&String, &Patch)> {
        self.files.get_key_value(&*files::one_form(written))
    }
}
