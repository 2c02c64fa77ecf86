//! What a control of a reusable patch is to who uses the patch: its first param inside, as the control shows it.

use crate::instance::{self, DEEPEST};
use crate::{Control, Name, Patch};
use bf_node::{NodeSpec, ParamKind, ParamSpec, Registry, Role, Value};

/// A control as an instance shows it.
#[derive(Clone, Debug)]
pub struct Exposed<'a> {
    /// The declaration of the param that it leads to.
    pub spec: &'static ParamSpec,
    /// The range that the control has instead of the declared one.
    pub range: Option<(f64, f64)>,
    /// What it stands at while the instance says nothing.
    pub value: Value,
    /// One sentence.
    pub help: &'a str,
}

impl<'a> Exposed<'a> {
    /// What a control of `patch` is; `files` are the patches of the set. `None` where it leads to nothing that is known.
    pub fn of(
        patch: &'a Patch,
        control: &'a Control,
        files: &dyn Fn(&str) -> Option<&'a Patch>,
        registry: &Registry,
    ) -> Option<Exposed<'a>> {
        inner(patch, control, (files, registry), 0)
    }

    /// The declaration with the control's own range.
    pub fn narrowed(&self) -> ParamSpec {
        let mut spec = *self.spec;
        let Some((low, high)) = self.range else { return spec };
        match &mut spec.kind {
            ParamKind::Number { min, max, .. } => (*min, *max) = (low as f32, high as f32),
            ParamKind::Integer { min, max, .. } => (*min, *max) = (low as i32, high as i32),
            ParamKind::Switch { .. } | ParamKind::Choice { .. } | ParamKind::Setting { .. } => {}
        }
        spec
    }
}

type Known<'a, 'k> = (&'k dyn Fn(&str) -> Option<&'a Patch>, &'k Registry);

fn inner<'a>(
    patch: &'a Patch,
    control: &'a Control,
    (files, registry): Known<'a, '_>,
    depth: usize,
) -> Option<Exposed<'a>> {
    let target = control.targets.first()?;
    let (node, port) = (patch.nodes.get(&target.node)?, target.port.as_ref()?);
    let spec = registry.get(&node.kind)?;
    let said = patch.overrides.get(target).or_else(|| node.params.get(port)).cloned();
    let mut found = if spec.role == Role::Patch && depth < DEEPEST {
        let file = files(&instance::file(instance::said(patch, &target.node, node, "file"))?)?;
        let (_, control) = file.controls.iter().find(|(name, _)| name == port)?;
        inner(file, control, (files, registry), depth + 1)?
    } else {
        let spec = declared(spec, port)?;
        Exposed { spec, range: None, value: spec.default_value(), help: spec.help }
    };
    // The outer says what the inner stands at.
    if let Some(value) = control.default.clone().or(said) {
        found.value = value;
    }
    found.range = control.range.or(found.range);
    if !control.help.is_empty() {
        found.help = &control.help;
    }
    Some(found)
}

fn declared(spec: &'static NodeSpec, port: &Name) -> Option<&'static ParamSpec> {
    Some(&spec.params[spec.param(port.as_str())?])
}
