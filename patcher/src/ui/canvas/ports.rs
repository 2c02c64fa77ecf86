//! The ports and values of a node as hands see them: a declared type's, or those of the patch that it stands for.

use bf_node::{Category, Kind, ParamSpec, Registry, Role, Value};
use bf_patch::{Exposed, Name, Node, Patch, Set, Types};
use std::borrow::Cow;

/// A value that a node has.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub name: Name,
    /// Its declaration, in the range that it has here; none of a type that is not known.
    pub spec: Option<ParamSpec>,
    /// What is heard while neither text nor hand says anything.
    pub rest: Option<Value>,
    pub help: Cow<'static, str>,
    /// Whether only the text of the set says it, and no hand over the text of a script.
    pub written: bool,
}

impl Param {
    /// As a type declares it.
    pub(crate) fn declared(spec: &'static ParamSpec) -> Param {
        Param {
            name: Name::new(spec.name),
            spec: Some(*spec),
            rest: Some(spec.default_value()),
            help: Cow::Borrowed(spec.help),
            written: false,
        }
    }

    fn exposed(name: &Name, control: Option<Exposed<'_>>) -> Param {
        let (spec, help) =
            (control.as_ref().map(Exposed::narrowed), control.as_ref().map_or("", |control| control.help));
        let help = Cow::Owned(help.to_owned());
        Param { name: name.clone(), spec, rest: control.map(|control| control.value), help, written: false }
    }

    /// How many voices an instance has, where its patch can have some.
    fn voices(node: &Node, inner: &Patch, (spec, registry): (&'static bf_node::NodeSpec, &Registry)) -> Option<Param> {
        let is_voice = |node: &Node| registry.get(&node.kind).is_some_and(|spec| spec.role == Role::Voice);
        let can = inner.voices > 0 || node.params.contains_key("voices") || inner.nodes.values().any(is_voice);
        let spec = spec.params.iter().find(|param| param.name == "voices").filter(|_| can)?;
        let rest = Some(Value::Number(f64::from(inner.voices)));
        Some(Param { rest, written: true, ..Param::declared(spec) })
    }
}

/// The ports and params of a node: a declared type's, or those of the patch that it stands for.
pub(crate) struct Ports {
    pub kind: String,
    pub category: Category,
    pub inputs: Vec<(Name, Kind, &'static str)>,
    pub outputs: Vec<(Name, Kind, &'static str)>,
    pub params: Vec<Param>,
    pub unknown: bool,
}

impl Ports {
    pub(crate) fn of(node: &Node, set: &Set, registry: &Registry) -> Ports {
        let Some(spec) = registry.get(&node.kind) else {
            let params = node.params.keys().map(|name| Param::exposed(name, None)).collect();
            let kind = node.kind.clone();
            return Ports { kind, category: Category::Utility, inputs: vec![], outputs: vec![], params, unknown: true };
        };
        let ports =
            |list: &'static [bf_node::PortSpec]| list.iter().map(|p| (Name::new(p.name), p.kind, p.help)).collect();
        let types = Types::new(set, registry);
        let file = node.params.get("file").and_then(Value::as_text).unwrap_or_default();
        let known = types.of(node).filter(|known| matches!(known, bf_patch::Ports::Patch { .. }));
        let Some((known, (_, inner))) = known.zip(set.file(file)) else {
            let params = spec.params.iter().map(Param::declared).collect();
            return Ports {
                kind: spec.name.to_owned(),
                category: spec.category,
                inputs: ports(spec.inputs),
                outputs: ports(spec.outputs),
                params,
                unknown: false,
            };
        };
        let has_notes = matches!(known, bf_patch::Ports::Patch { notes: true, .. });
        let input = |(i, name): (usize, &str)| {
            let help = if has_notes && i == 0 { "Notes for its voices." } else { "" };
            (Name::new(name), types.input_kind(known, i).unwrap_or(Kind::Signal), help)
        };
        let output =
            |(i, name): (usize, &str)| (Name::new(name), types.output_kind(known, i).unwrap_or(Kind::Signal), "");
        let file_of = |file: &str| set.files.get(file);
        let controls = inner.controls.iter();
        let controls =
            controls.map(|(name, control)| Param::exposed(name, Exposed::of(inner, control, &file_of, registry)));
        let params = controls.chain(Param::voices(node, inner, (spec, registry))).collect();
        Ports {
            kind: file.rsplit('/').next().unwrap_or(file).trim_end_matches(".toml").to_owned(),
            category: spec.category,
            inputs: known.inputs().into_iter().enumerate().map(input).collect(),
            outputs: known.outputs().into_iter().enumerate().map(output).collect(),
            params,
            unknown: false,
        }
    }
}
