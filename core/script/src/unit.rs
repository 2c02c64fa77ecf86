//! Node types as functions: `ladder(#{ cutoff: 800 })`, `adsr(v.gate, 0.01, 0.2)`, made from their declarations.

use crate::graph::{self, Graph, Node, Unit};
use crate::hint::Fault;
use crate::number::number;
use crate::shared::{Outcome, Shared};
use crate::value::kind;
use bf_node::registry::nearest;
use bf_node::{Category, Kind, NodeSpec, Value};
use bf_pattern::Pattern;
use rhai::{Array, Dynamic, Map};
use std::sync::Arc;

/// A node of a type. Values fill the params in their order. Graphs enter the inputs in their order, but not the one
/// that `>>` is for, and then params; those of a source enter its params first. A map names either.
pub(crate) fn make(spec: &'static NodeSpec, args: &[&Dynamic]) -> Outcome<Graph> {
    let mut node = Node::new(spec);
    for arg in args {
        if let Some(map) = arg.read_lock::<Map>() {
            for (name, value) in map.iter() {
                set(&mut node, name, value)?;
            }
        } else if let Some(graph) = graph::graph(arg) {
            let port = free(&node, true).ok_or_else(|| full(spec))?;
            node.feed(port, graph)?;
        } else {
            let param = free(&node, false).ok_or_else(|| full(spec))?;
            set(&mut node, param, arg)?;
        }
    }
    Ok(Graph::of(Unit::Node(node)))
}

/// The first input or param that nothing was said of.
fn free(node: &Node, graph: bool) -> Option<&'static str> {
    let open = |name: &str| {
        !(node.inputs.contains_key(name) || node.params.contains_key(name) || node.moved.contains_key(name))
    };
    let spec = node.spec;
    let inputs = spec.inputs.iter().filter(|p| p.name != "input" && p.kind == Kind::Signal && graph).map(|p| p.name);
    // A cable cannot enter a setting.
    let params = spec.params.iter().filter(|p| !(graph && p.is_setting())).map(|p| p.name);
    let mut names: Vec<&'static str> =
        if spec.category == Category::Source { params.chain(inputs).collect() } else { inputs.chain(params).collect() };
    names.retain(|name| open(name));
    names.first().copied()
}

fn full(spec: &NodeSpec) -> Fault {
    let names: Vec<&str> = spec.inputs.iter().map(|p| p.name).chain(spec.params.iter().map(|p| p.name)).collect();
    Fault::new(format!("`{}` takes fewer arguments", spec.name)).hint(Some(format!("it has: {}", names.join(", "))))
}

/// Sets an input or param by its name.
fn set(node: &mut Node, name: &str, value: &Dynamic) -> Outcome<()> {
    let spec = node.spec;
    let param = spec.params.iter().find(|p| p.name == name);
    if param.is_none() && spec.input(name).is_none() && !open_params(spec) {
        let names = || spec.params.iter().map(|p| p.name).chain(spec.inputs.iter().map(|p| p.name));
        let near = nearest(name, names()).map(|n| format!("did you mean `{n}`?"));
        let all = || format!("it has: {}", names().collect::<Vec<_>>().join(", "));
        let fault = Fault::new(format!("`{}` has no param or input `{name}`", spec.name));
        return Err(fault.hint(Some(near.unwrap_or_else(all))).into());
    }
    if let Some(graph) = value.read_lock::<Graph>() {
        return node.feed(name, graph.clone());
    }
    if let Some(pattern) = value.read_lock::<Pattern>() {
        node.moved.insert(name.to_owned(), pattern.clone());
        return Ok(());
    }
    if let Some(graph) = graph::graph(value) {
        return node.feed(name, graph);
    }
    let Some(plain) = plain(value) else {
        return Err(Fault::new(format!("`{name}` of `{}` cannot be {}", spec.name, kind(value))).into());
    };
    if let (Some(param), Value::Text(text)) = (param, &plain)
        && !param.is_setting()
        && param.number_of(&plain).is_err()
        && let Ok(pattern) = bf_pattern::mini(text)
        && text.contains(|c: char| c.is_ascii_digit())
    {
        // A text of numbers where a number stands is a pattern of them.
        node.moved.insert(name.to_owned(), pattern);
        return Ok(());
    }
    if let Some(param) = param {
        let checked =
            if param.is_setting() { param.check_setting(&plain) } else { param.number_of(&plain).map(|_| ()) };
        checked.map_err(|wanted| Fault::new(format!("`{name}` of `{}` takes {wanted}, not {plain}", spec.name)))?;
    } else if !open_params(spec) {
        let fault = Fault::new(format!("`{name}` is an input of `{}`, which a node enters, not {plain}", spec.name));
        return Err(fault.into());
    }
    node.params.insert(name.to_owned(), plain);
    Ok(())
}

/// Whether a node has the params of the file it stands for.
fn open_params(spec: &NodeSpec) -> bool {
    spec.role == bf_node::Role::Patch
}

/// A value as it would stand in a patch file.
fn plain(value: &Dynamic) -> Option<Value> {
    if let Some(n) = number(value) {
        return Some(Value::Number(n));
    }
    if let Ok(truth) = value.as_bool() {
        return Some(Value::Bool(truth));
    }
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().map(plain).collect::<Option<_>>().map(Value::List);
    }
    if let Some(map) = value.read_lock::<Map>() {
        return map.iter().map(|(k, v)| Some((k.to_string(), plain(v)?))).collect::<Option<_>>().map(Value::Table);
    }
    value.clone().into_string().ok().map(Value::Text)
}

/// The type of a name.
pub(crate) fn spec(shared: &Arc<Shared>, name: &str) -> Option<&'static NodeSpec> {
    shared.registry.get(name)
}
