//! Automation, snapshots and morphs become nodes and cables of their own.

use super::helper::{AUTOMATION, BLEND, Helper, RECALL};
use super::{At, Builder, FlatCable, Into, Ref, Refs};
use crate::{Curve, Name, Patch, Socket};
use bf_node::{ParamKind, Role, Scale, Value};

pub(super) fn automation(b: &mut Builder<'_>, prefix: Option<&Name>, patch: &Patch, refs: &Refs<'_>) {
    for (socket, lane) in &patch.automation {
        let points = lane.points.iter().map(|p| {
            let curve = match p.curve {
                Curve::Linear => "linear",
                Curve::Hold => "hold",
                Curve::Exponential => "exponential",
                Curve::Smooth => "smooth",
            };
            Value::List(vec![Value::Number(p.beat), Value::Number(p.value), Value::from(curve)])
        });
        let values = [("points", Value::List(points.collect())), ("length", Value::Number(lane.length))];
        let Some(node) = helper(b, (prefix, "~auto"), socket, AUTOMATION, &values) else { continue };
        attach(b, refs, node, socket);
    }
}

pub(super) fn snapshots(b: &mut Builder<'_>, prefix: Option<&Name>, patch: &Patch, refs: &Refs<'_>) {
    for (name, node) in &patch.nodes {
        let Some(Ref::Plain(at)) = refs.get(name.as_str()) else { continue };
        let role = b.flat.nodes[*at as usize].face.spec().map_or(Role::Plain, |s| s.role);
        let stored = |b: &mut Builder<'_>, key: &str| {
            let wanted = node.params.get(key).and_then(Value::as_text).unwrap_or("");
            let found = patch.snapshots.get(wanted);
            if found.is_none() {
                let at = At::Param(Socket::new(name.as_str(), key));
                b.error(at, format!("there is no snapshot {wanted:?}"), Some("add [snapshots.…] to the patch".into()));
            }
            found
        };
        let mut made = Vec::new();
        match role {
            Role::Snapshot => {
                let Some(values) = stored(b, "name") else { continue };
                for (socket, value) in values {
                    made.push((socket, RECALL, vec![("value", number(b, refs, socket, value))]));
                }
            }
            Role::Morph => {
                let (Some(from), Some(to)) = (stored(b, "a"), stored(b, "b")) else { continue };
                for (socket, a) in from {
                    if let Some(z) = to.get(socket) {
                        let mut ends = vec![("a", number(b, refs, socket, a)), ("b", number(b, refs, socket, z))];
                        if logarithmic(b, refs, socket) {
                            ends.push(("scale", Value::from("log")));
                        }
                        made.push((socket, BLEND, ends));
                    }
                }
            }
            _ => continue,
        }
        for (socket, kind, values) in made {
            let folder = format!("~{name}");
            let Some(helper) = helper(b, (prefix, &folder), socket, kind, &values) else { continue };
            b.flat.cables.push(FlatCable::new((*at, 0), helper, Into::Input(0), None));
            attach(b, refs, helper, socket);
        }
    }
}

/// Whether a param travels in equal ratios.
fn logarithmic(b: &mut Builder<'_>, refs: &Refs<'_>, socket: &Socket) -> bool {
    let mut targets = b.targets(refs, socket, &|| At::Lane(socket.clone()));
    targets.any(|(node, into)| match into {
        Into::Param(p) => {
            let spec = b.flat.nodes[node as usize].face.params()[usize::from(p)];
            matches!(spec.kind, ParamKind::Number { scale: Scale::Log, .. })
        }
        Into::Input(_) => false,
    })
}

fn number(b: &mut Builder<'_>, refs: &Refs<'_>, socket: &Socket, value: &Value) -> Value {
    let at = || At::Lane(socket.clone());
    let Some((node, Into::Param(p))) = b.targets(refs, socket, &at).next() else { return Value::Number(0.0) };
    let spec = b.flat.nodes[node as usize].face.params()[usize::from(p)];
    match spec.number_of(value) {
        Ok(n) => Value::Number(f64::from(n)),
        Err(expected) => {
            b.error(at(), format!("{socket} is {value} in a snapshot, expected {expected}"), None);
            Value::Number(0.0)
        }
    }
}

fn helper(
    b: &mut Builder<'_>,
    (prefix, folder): (Option<&Name>, &str),
    socket: &Socket,
    what: Helper,
    given: &[(&'static str, Value)],
) -> Option<u32> {
    let own = Name::new(&format!("{folder}/{socket}"));
    let path = prefix.map_or_else(|| own.clone(), |p| p.inside(&own));
    b.helper(what, path, At::Lane(socket.clone()), given)
}

fn attach(b: &mut Builder<'_>, refs: &Refs<'_>, node: u32, socket: &Socket) {
    let at = || At::Lane(socket.clone());
    for (to, into) in b.targets(refs, socket, &at) {
        if matches!(into, Into::Input(_)) {
            b.error(at(), format!("{socket} is an input, not a param"), None);
            continue;
        }
        b.flat.cables.push(FlatCable::new((node, 0), to, into, None));
    }
}
