//! What a set may come to once its instances are open: a short text can ask for more than any machine holds.

use super::{At, Builder, CompileError, FlatText, Into};
use crate::compile::bypass::{self, BYPASS, MUTE};
use crate::compile::face::MAX_PARAMS;
use crate::{Name, Patch, Socket};
use bf_node::Value;

/// The most nodes of a set, those of voices apart: what the engine has room for.
pub const MAX_NODES: usize = 65_536;
/// The most nodes that are opened in all, one voice of each instrument counted; instances count, too.
const MAX_OPENED: usize = 4 * MAX_NODES;
/// The most cables among the nodes of a set, or of a voice.
const MAX_CABLES: usize = 16 * MAX_NODES;
/// The most ends that an input or a control of a patch leads to, through the instances inside.
const MAX_ENDS: usize = 4_096;

/// How much was opened.
#[derive(Clone, Copy, Default)]
pub(super) struct Opened {
    nodes: usize,
    /// Whether it was said that this is too much: once is enough.
    told: bool,
}

impl Builder<'_> {
    /// Whether one more node may be opened. Says so where it may not.
    pub(super) fn has_room(&mut self, path: &Name) -> bool {
        self.opened.nodes += 1;
        let fits = self.flat.nodes.len() < MAX_NODES && self.opened.nodes <= MAX_OPENED;
        if !fits {
            self.too_much("nodes", if self.opened.nodes > MAX_OPENED { MAX_OPENED } else { MAX_NODES }, path.as_str());
        }
        fits && !self.opened.told
    }

    /// Refuses what is no switch where a node is to be bypassed or muted.
    pub(super) fn switches(&mut self, patch: &Patch) {
        let by_hand = patch.overrides.iter().filter_map(|(target, value)| {
            let key = target.port.as_ref().filter(|key| bypass::is_key(key.as_str()))?;
            Some((&target.node, key.as_str(), value))
        });
        let written = patch.nodes.iter().flat_map(|(name, node)| {
            [BYPASS, MUTE].into_iter().filter_map(move |key| Some((name, key, node.params.get(key)?)))
        });
        for (name, key, value) in by_hand.chain(written) {
            let holds = match value {
                Value::Bool(_) => true,
                Value::Number(n) => *n == 0.0 || *n == 1.0,
                _ => false,
            };
            let spec = patch.nodes.get(name).filter(|_| !holds).and_then(|node| self.registry.get(&node.kind));
            if spec.is_some_and(|spec| spec.param(key).is_none()) {
                let at = At::Param(Socket::new(name.as_str(), key));
                self.error(at, format!("{name}.{key} is {value}, expected true or false"), None);
            }
        }
    }

    /// Whether one more cable may be laid. Says so where it may not.
    pub(super) fn has_room_for_cable(&mut self, to: &Socket) -> bool {
        let fits = self.flat.cables.len() < MAX_CABLES;
        if !fits {
            let within = self.flat.nodes.last().map_or_else(|| to.node.clone(), |node| node.key.path.clone());
            self.too_much("cables", MAX_CABLES, within.as_str());
        }
        fits
    }

    /// Told of the node of the main patch that has led there: files far inside are not at fault.
    fn too_much(&mut self, what: &str, most: usize, path: &str) {
        if core::mem::replace(&mut self.opened.told, true) {
            return;
        }
        let outermost = Name::new(path.split('/').next().unwrap_or(path));
        let message = format!("with {outermost} the set comes to more than {most} {what}, patches in patches counted");
        let hint = Some("use fewer instances, or split the set".to_owned());
        self.errors.push(CompileError { file: None, at: At::Node(outermost), message, hint, within: None });
    }

    /// Whether an input or control leads to so few ends that the patches around it can be opened.
    pub(super) fn leads_to_few<T>(&mut self, name: &Name, ends: &mut Vec<T>) -> bool {
        let few = ends.len() <= MAX_ENDS;
        if !few {
            ends.clear();
            let message = format!("{name} leads to more than {MAX_ENDS} inputs and params, patches in patches counted");
            self.error(At::Exposed(name.clone()), message, Some("lead it to fewer".to_owned()));
        }
        few
    }

    /// Refuses an instrument with more controls than its voices can be handed. Those that texts inside have made come
    /// behind its own.
    pub(super) fn few_enough(&mut self, live: &[(Name, Vec<(u32, Into)>)], own: usize, texts: &[FlatText]) {
        let Some((name, _)) = live.get(MAX_PARAMS) else { return };
        let hint = Some("lead one control to several params, or split the patch".to_owned());
        if own > MAX_PARAMS {
            let message = format!("{own} controls move params of this patch: with voices it has at most {MAX_PARAMS}");
            self.error(At::Exposed(name.clone()), message, hint);
            return;
        }
        let Some(text) = texts.iter().find(|text| text.param == *name) else { return };
        let (file, at, count) = (text.file.clone(), text.at.clone(), live.len());
        let message = format!(
            "{own} controls and {} patterns move params of this patch: with voices it has at most {MAX_PARAMS} in all",
            count - own
        );
        self.errors.push(CompileError { file, at, message, hint, within: None });
    }
}
