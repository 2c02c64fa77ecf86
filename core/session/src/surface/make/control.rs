//! What the main patch exposes: one address a control, which moves all that it leads to.

use super::super::route::Route;
use super::super::{Access, Aim, Arg, Entry, Travel, Trust};
use super::Heard;
use bf_patch::{Control, Name, Socket};
use std::collections::BTreeMap;

/// One entry a control whose first target moves.
pub(super) fn entries(heard: &Heard<'_>, params: &[Entry]) -> Vec<Entry> {
    if heard.main.controls.is_empty() {
        return Vec::new();
    }
    let natives: BTreeMap<&Socket, &Entry> =
        params.iter().filter_map(|e| if let Aim::Param(socket) = &e.aim { Some((socket, e)) } else { None }).collect();
    heard.main.controls.iter().filter_map(|(name, control)| entry(name, control, &natives)).collect()
}

fn entry(name: &Name, control: &Control, natives: &BTreeMap<&Socket, &Entry>) -> Option<Entry> {
    let first = *natives.get(control.targets.first()?)?;
    // A text has no place from 0 to 1.
    let is_text = first.args.first().is_some_and(|arg| arg.tag == 's' && arg.options.is_empty());
    if is_text {
        return None;
    }
    let there = control.targets.iter().filter_map(|target| natives.get(target));
    let is_trusted = there.clone().any(|native| native.trust == Trust::Machine);
    let place = first.value.first().and_then(|atom| Route::over(control, first).place(first, atom));
    let help = if control.help.is_empty() { first.help.clone() } else { control.help.clone().into() };
    Some(Entry {
        address: format!("/bf/control/{name}").into(),
        help,
        args: vec![Arg::new("place", 'f').within(Travel::linear(0.0, 1.0))],
        access: Access::Both,
        trust: if is_trusted { Trust::Machine } else { Trust::Anyone },
        value: place.into_iter().collect(),
        family: first.family.clone(),
        aim: Aim::Control(name.clone()),
        category: first.category,
        exposed: Some(name.clone()),
    })
}
