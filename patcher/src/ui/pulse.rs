//! What of the set sounds now, and what it costs: the engine's glances, found for what is drawn.

use bf_node::{Registry, Role, Value};
use bf_patch::compile::{FROZEN, player_path};
use bf_patch::{Name, Patch, Set, Socket};
use bf_session::Glance;
use std::collections::BTreeMap;
use std::sync::Arc;

/// By the path of each node that plays.
pub(crate) type Glances = BTreeMap<String, Arc<Glance>>;

/// Patches in patches that are looked through.
const DEEP: usize = 16;

/// An output whose level is known.
#[derive(Clone, Debug)]
pub(crate) struct Tap {
    glance: Arc<Glance>,
    output: usize,
}

impl Tap {
    /// Its peak, as an amplitude.
    pub(crate) fn peak(&self) -> f32 {
        self.glance.peak(self.output)
    }
}

/// Where a peak lies on the way from −60 to 0 dB, 0 to 1.
pub(crate) fn place_of_peak(peak: f32) -> f32 {
    ((decibels(peak) + 60.0) / 60.0).clamp(0.0, 1.0)
}

/// A peak in decibels; what is silent counts as −120.
pub(crate) fn decibels(peak: f32) -> f32 {
    20.0 * peak.max(1e-6).log10()
}

/// Where the sound of an output is made.
pub(crate) struct Made {
    pub glance: Arc<Glance>,
    /// The node's path, and its output.
    pub path: String,
    pub output: usize,
}

/// The output that a socket of the main patch names, where its level is known.
pub(crate) fn tap(glances: &Glances, set: (&Set, &str), registry: &Registry, from: &Socket) -> Option<Tap> {
    source(glances, set, registry, from).map(|Made { glance, output, .. }| Tap { glance, output })
}

/// The output that a socket of the main patch names, wherever inside of patches its sound is made. The set may itself
/// stand inside another, at a path that ends with a slash.
pub(crate) fn source(
    glances: &Glances,
    (set, inside): (&Set, &str),
    registry: &Registry,
    from: &Socket,
) -> Option<Made> {
    let (mut patch, mut path, mut socket) = (&set.main, inside.to_owned(), from.clone());
    for _ in 0..DEEP {
        let node = patch.nodes.get(&socket.node)?;
        path.push_str(socket.node.as_str());
        let inner = patch_of(patch, &socket.node, set, registry);
        if node.params.contains_key(FROZEN) {
            let first = || match inner {
                Some(inner) => inner.outputs.first().map(|(name, _)| name.as_str()),
                None => registry.get(&node.kind)?.outputs.first().map(|port| port.name),
            };
            let output = socket.port.as_ref().map(Name::as_str).or_else(first)?;
            let path = player_path(&path, output);
            if let Some(glance) = glances.get(&path) {
                return Some(Made { glance: Arc::clone(glance), path, output: 0 });
            }
        }
        if let Some(glance) = glances.get(&path) {
            let output = match (&socket.port, inner) {
                (None, _) => 0,
                (Some(port), Some(inner)) => inner.outputs.iter().position(|(name, _)| name == port)?,
                (Some(port), None) => registry.get(&node.kind)?.output(port.as_str())?,
            };
            return Some(Made { glance: Arc::clone(glance), path, output });
        }
        let inner = inner?;
        socket = match &socket.port {
            None => inner.outputs.first()?.1.clone(),
            Some(port) => inner.outputs.iter().find(|(name, _)| name == port)?.1.clone(),
        };
        path.push('/');
        patch = inner;
    }
    None
}

/// The patch that a node of another stands for.
fn patch_of<'a>(patch: &Patch, name: &Name, set: &'a Set, registry: &Registry) -> Option<&'a Patch> {
    let kind = &patch.nodes.get(name)?.kind;
    let stands = registry.get(kind).is_some_and(|spec| spec.role == Role::Patch);
    match patch.said(name, "file") {
        Some(Value::Text(file)) if stands => set.file(file).map(|(_, patch)| patch),
        _ => None,
    }
}

/// The share of a block that a node costs, with all that is inside of it.
pub(crate) fn cost(glances: &Glances, name: &str, block_ns: f32) -> f32 {
    let own = glances.get(name).map_or(0.0, |glance| glance.cpu_ns());
    let prefix = format!("{name}/");
    let inner = glances.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
    (own + inner.map(|(_, glance)| glance.cpu_ns()).sum::<f32>()) / block_ns.max(1.0)
}
