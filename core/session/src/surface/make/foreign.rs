//! Addresses of other layouts that the set has mapped to its params.

use super::super::route::{ARGUMENTS, Route, source_of};
use super::super::{Access, Aim, Arg, Entry, Family, Travel, Trust};
use super::Heard;
use bf_patch::{Mapping, Socket};
use std::collections::BTreeMap;

/// One entry an address, with an argument for each number of it that is mapped.
pub(super) fn entries(heard: &Heard<'_>, params: &[Entry]) -> Vec<Entry> {
    let mut by_address: BTreeMap<&str, Vec<(usize, &Mapping)>> = BTreeMap::new();
    for (source, mapping) in &heard.main.mappings {
        if let Some((address, index)) = source_of(source).filter(|(_, index)| *index < ARGUMENTS) {
            by_address.entry(address).or_default().push((index, mapping));
        }
    }
    if by_address.is_empty() {
        return Vec::new();
    }
    let native = |entry: &Entry| if let Aim::Param(socket) = &entry.aim { Some(socket.clone()) } else { None };
    let natives: BTreeMap<Socket, &Entry> = params.iter().filter_map(|e| Some((native(e)?, e))).collect();
    by_address.into_iter().filter_map(|(address, mapped)| entry(address, &mapped, &natives)).collect()
}

fn entry(address: &str, mapped: &[(usize, &Mapping)], natives: &BTreeMap<Socket, &Entry>) -> Option<Entry> {
    bf_io::osc::check_address(address).ok()?;
    let count = mapped.iter().map(|(index, _)| index + 1).max()?;
    let mut args = vec![Arg::new("place", 'f').within(Travel::linear(0.0, 1.0)); count];
    let mut value = Vec::new();
    let mut moves = Vec::new();
    let mut trust = Trust::Anyone;
    for (index, mapping) in mapped {
        let Some(native) = natives.get(&mapping.to) else { continue };
        let route = Route::of(mapping, native);
        args[*index] = Arg::new("place", 'f').within(route.from);
        moves.push(mapping.to.to_string());
        if native.trust == Trust::Machine {
            trust = Trust::Machine;
        }
        value.extend(native.value.first().and_then(|atom| route.place(native, atom)).map(|place| (*index, place)));
    }
    value.sort_unstable_by_key(|(index, _)| *index);
    let whole = value.len() == count;
    Some(Entry {
        address: address.into(),
        help: format!(
            "Mapped to {}.",
            if moves.is_empty() { "nothing that is there".to_owned() } else { moves.join(" and ") }
        )
        .into(),
        args,
        access: Access::Both,
        trust,
        value: if whole { value.into_iter().map(|(_, place)| place).collect() } else { Vec::new() },
        family: Family::Foreign,
        aim: Aim::Mapped(address.into()),
        category: None,
        exposed: None,
    })
}
