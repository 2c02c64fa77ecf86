//! How many channels each node has, and whether what enters it fits.

use super::flat::{Flat, Into};
use super::order::{Entering, Group};
use super::place::Fault;
use crate::Name;
use bf_node::{Channels, Kind, NodeChannels, Value};
use core::hash::{Hash, Hasher};
use rustc_hash::FxHasher;

/// Channels of an output.
pub(super) fn output_channels(flat: &Flat, node: u32, output: u16) -> usize {
    let node = &flat.nodes[node as usize];
    match node.face.outputs()[usize::from(output)].channels {
        Channels::Node => node.channels,
        Channels::Fixed(n) => usize::from(n),
    }
}

/// Sets the channels of every node and completes the keys with them.
///
/// # Errors
/// A cable whose ends have different numbers of channels, unless one end has one.
pub(super) fn shape(flat: &mut Flat, groups: &[Group], entering: &Entering, lanes: usize) -> Result<(), Vec<Fault>> {
    // Loops can widen what comes before them: a second round settles what the first could not know.
    let looped = groups.iter().any(|g| matches!(g, Group::Island(_)));
    for _ in 0..if looped { 3 } else { 1 } {
        for group in groups {
            match group {
                Group::Single(n) => widen(flat, entering, *n),
                Group::Island(nodes) => nodes.iter().for_each(|n| widen(flat, entering, *n)),
            }
        }
    }
    for node in &mut flat.nodes {
        let mut hash = FxHasher::default();
        (node.key.identity, node.channels, lanes).hash(&mut hash);
        node.key.identity = hash.finish();
    }
    check(flat)
}

fn widen(flat: &mut Flat, entering: &Entering, n: u32) {
    let Some(spec) = flat.nodes[n as usize].face.spec() else { return };
    let channels = match spec.channels {
        NodeChannels::Fixed(n) => usize::from(n),
        NodeChannels::Setting(name) => {
            let values = flat.nodes[n as usize].values.as_ref();
            let said = spec.param(name).and_then(|i| values.and_then(|v| v[i].as_number()));
            let default = || spec.param(name).and_then(|i| Value::as_number(&spec.params[i].default_value()));
            said.or_else(default).map_or(1, |v| (v as usize).clamp(1, 64))
        }
        NodeChannels::FromInputs => {
            let mut widest = 1;
            for c in entering.of(n) {
                let cable = &flat.cables[*c as usize];
                if let Into::Input(i) = cable.into {
                    let port = spec.inputs[usize::from(i)];
                    if port.kind == Kind::Signal && port.channels == Channels::Node {
                        widest = widest.max(output_channels(flat, cable.from.0, cable.from.1));
                    }
                }
            }
            widest
        }
    };
    flat.nodes[n as usize].channels = channels;
}

fn check(flat: &Flat) -> Result<(), Vec<Fault>> {
    let mut errors = Vec::new();
    for cable in &flat.cables {
        let (from, to) = (&flat.nodes[cable.from.0 as usize], &flat.nodes[cable.to as usize]);
        if from.face.outputs()[usize::from(cable.from.1)].kind == Kind::Event {
            continue;
        }
        let have = output_channels(flat, cable.from.0, cable.from.1);
        let (wanted, name) = match cable.into {
            Into::Input(i) => {
                let port = to.face.inputs()[usize::from(i)];
                let wanted = match port.channels {
                    Channels::Node => to.channels,
                    Channels::Fixed(n) => usize::from(n),
                };
                (wanted, to.face.input_name(usize::from(i)))
            }
            Into::Param(p) => (1, to.face.param_name(usize::from(p))),
        };
        if have != wanted && have != 1 {
            let source = format!("{}.{}", from.key.path, from.face.output_name(usize::from(cable.from.1)));
            let path = &to.key.path;
            let message = format!("{source} has {have} channels, but {path}.{name} takes {wanted}");
            let hint = Some("a `mixer` or `pan` brings channels together".to_owned());
            let (cable, node, port) = (Some(cable.site), path.clone(), Some(Name::new(name)));
            errors.push(Fault { cable, node, port, message, hint });
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
