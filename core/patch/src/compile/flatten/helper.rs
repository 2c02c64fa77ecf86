//! The types that the compiler makes nodes of by itself: for lanes, snapshots, and what is frozen or bypassed.

use super::{At, Builder, Face, FlatNode, NodeKey, Ref};
use crate::Name;
use bf_node::{Form, ParamKind, ParamSpec, Value};
use core::hash::{Hash, Hasher};
use rustc_hash::FxHasher;
use std::sync::Arc;

/// A type that the library of nodes has for the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Helper {
    /// Its name.
    pub kind: &'static str,
    /// The params that the compiler sets.
    pub sets: &'static [&'static str],
}

/// Plays an automation lane.
pub(super) const AUTOMATION: Helper = Helper { kind: "automation", sets: &["points", "length"] };
/// Sends what a snapshot says of one param.
pub(super) const RECALL: Helper = Helper { kind: "recall", sets: &["value"] };
/// Goes from what one snapshot says of a param to what another says.
pub(super) const BLEND: Helper = Helper { kind: "blend", sets: &["a", "b", "scale"] };
/// Plays a sound file in the place of what is frozen.
pub(super) const PLAYER: Helper = Helper { kind: "audio_clip", sets: &["file", "length", "channels"] };
/// Passes on sound past what is bypassed.
pub(in crate::compile) const PASS: Helper = Helper { kind: "gain", sets: &[] };
/// Passes on notes past what is bypassed.
pub(in crate::compile) const PASS_NOTES: Helper = Helper { kind: "transpose", sets: &[] };

/// All of them.
pub const HELPERS: [Helper; 6] = [AUTOMATION, RECALL, BLEND, PLAYER, PASS, PASS_NOTES];

impl Builder<'_> {
    /// Makes such a node at a path, for what stands at a place; what is not given is as its type declares it.
    pub(super) fn helper(&mut self, what: Helper, path: Name, at: At, given: &[(&str, Value)]) -> Option<u32> {
        let Some(spec) = self.registry.get(what.kind) else {
            self.error(at, format!("this build has no {} node", what.kind), None);
            return None;
        };
        debug_assert!(given.iter().all(|(name, _)| what.sets.contains(name)), "{} sets {given:?}", what.kind);
        let value = |p: &ParamSpec| given.iter().find(|(n, _)| *n == p.name).map(|(_, v)| v.clone());
        let values: Vec<Value> = spec.params.iter().map(|p| value(p).unwrap_or_else(|| p.default_value())).collect();
        let mut hash = FxHasher::default();
        what.kind.hash(&mut hash);
        let mut numbers = Vec::with_capacity(values.len());
        for (p, value) in spec.params.iter().zip(&values) {
            let ParamKind::Setting { form, .. } = p.kind else {
                let number = p.number_of(value).ok().or(value.as_number().map(|n| n as f32));
                numbers.push(number.unwrap_or_else(|| p.default_number()));
                continue;
            };
            numbers.push(0.0);
            value.to_string().hash(&mut hash);
            if form == Form::Sample {
                value.texts().for_each(|file| (self.config.sample_version)(file).hash(&mut hash));
            }
        }
        let made = self.push(FlatNode {
            key: NodeKey { path, identity: hash.finish() },
            face: Face::Node(spec),
            numbers: numbers.into_boxed_slice(),
            values: Some(Arc::new(values)),
            channels: 1,
            instrument: None,
            ghost: false,
        });
        if let Ref::Plain(at) = made { Some(at) } else { None }
    }
}
