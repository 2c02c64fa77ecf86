//! A selection becomes a reusable patch, and an instance becomes its nodes again. The sound stays as it is: what crossed
//! the border goes through inputs, outputs and controls.

use super::gesture::fresh_name;
use super::ports::Ports;
use bf_node::{Registry, Value};
use bf_patch::compile::FROZEN;
use bf_patch::{Cable, Control, Name, Node, Patch, Set, Socket};
use std::collections::{BTreeMap, BTreeSet};

/// Where the left upper corner of what is inside comes to lie.
const INSIDE: i32 = 40;

/// Nodes that are cut out of a patch.
pub(crate) struct Cut<'a> {
    set: &'a Set,
    patch: &'a Patch,
    registry: &'a Registry,
    names: BTreeSet<Name>,
    /// The patch that they make.
    pub inner: Patch,
    /// What stands for the ends inside: inputs, controls, outputs.
    entries: BTreeMap<Socket, Name>,
    exits: BTreeMap<Socket, Name>,
}

impl<'a> Cut<'a> {
    /// Cuts out nodes that the set owns.
    ///
    /// # Errors
    /// Why they cannot be, in the user's words.
    pub(crate) fn of(
        set: &'a Set,
        file: Option<&str>,
        names: &BTreeSet<Name>,
        registry: &'a Registry,
    ) -> Result<Cut<'a>, String> {
        let patch = set.patch(file).ok_or("the patch is gone")?;
        let names: BTreeSet<Name> = names.iter().filter(|name| patch.nodes.contains_key(*name)).cloned().collect();
        if names.is_empty() {
            return Err("select nodes of the set first: those of a script stay in its text".to_owned());
        }
        let (entries, exits) = (BTreeMap::new(), BTreeMap::new());
        let mut cut = Cut { set, patch, registry, names, inner: Patch::default(), entries, exits };
        cut.nodes();
        cut.cables();
        cut.values();
        Ok(cut)
    }

    fn has(&self, socket: &Socket) -> bool {
        self.names.contains(&socket.node)
    }

    fn corner(&self) -> Option<[i32; 2]> {
        let places = self.patch.layout.iter().filter(|(name, _)| self.names.contains(*name)).map(|(_, at)| *at);
        places.reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1])])
    }

    fn nodes(&mut self) {
        let corner = self.corner().unwrap_or_default();
        for name in &self.names {
            self.inner.nodes.insert(name.clone(), self.patch.nodes[name].clone());
            if let Some([x, y]) = self.patch.layout.get(name) {
                self.inner.layout.insert(name.clone(), [x - corner[0] + INSIDE, y - corner[1] + INSIDE]);
            }
        }
    }

    fn cables(&mut self) {
        let patch = self.patch;
        for (to, list) in &patch.cables {
            for cable in list {
                match (self.has(to), self.has(&cable.from)) {
                    (true, true) => self.inner.cables.entry(to.clone()).or_default().push(cable.clone()),
                    (true, false) => self.enter(to),
                    (false, true) => self.leave(&cable.from),
                    (false, false) => {}
                }
            }
        }
        for to in patch.inputs.iter().flat_map(|(_, targets)| targets) {
            if self.has(to) {
                self.enter(to);
            }
        }
        for (_, from) in &patch.outputs {
            if self.has(from) {
                self.leave(from);
            }
        }
    }

    /// Values that are moved from outside become controls; the others go along.
    fn values(&mut self) {
        let patch = self.patch;
        let controls = patch.controls.iter().flat_map(|(_, control)| &control.targets);
        let mapped = patch.mappings.values().map(|mapping| &mapping.to);
        let stored = patch.snapshots.values().flat_map(BTreeMap::keys);
        for to in controls.chain(mapped).chain(stored) {
            if self.has(to) {
                self.enter(to);
            }
        }
        let stays = |to: &Socket| self.names.contains(&to.node) && !self.entries.contains_key(to);
        let own = patch.overrides.iter().filter(|(to, _)| stays(to));
        self.inner.overrides = own.map(|(to, value)| (to.clone(), value.clone())).collect();
        let lanes = patch.automation.iter().filter(|(to, _)| self.names.contains(&to.node));
        self.inner.automation = lanes.map(|(to, lane)| (to.clone(), lane.clone())).collect();
    }

    /// Something from outside enters here.
    fn enter(&mut self, to: &Socket) {
        if self.entries.contains_key(to) {
            return;
        }
        let inputs = Ports::of(&self.patch.nodes[&to.node], self.set, self.registry).inputs;
        let is_input = to.port.as_ref().is_none_or(|port| inputs.iter().any(|(name, ..)| name == port));
        let first = inputs.first().map(|(name, ..)| name.clone());
        let port = to.port.clone().or(first).unwrap_or_else(|| Name::new("input"));
        let taken = |name: &str| {
            ["file", "voices", "notes", "bypass", "mute", FROZEN, "type"].contains(&name)
                || self.inner.inputs.iter().any(|(n, _)| n.as_str() == name)
                || self.inner.controls.iter().any(|(n, _)| n.as_str() == name)
        };
        let name = named(&port, &to.node, taken);
        if is_input {
            self.inner.inputs.push((name.clone(), vec![to.clone()]));
        } else {
            let control = Control { targets: vec![to.clone()], default: None, range: None, help: String::new() };
            self.inner.controls.push((name.clone(), control));
        }
        self.entries.insert(to.clone(), name);
    }

    /// Something outside hears this.
    fn leave(&mut self, from: &Socket) {
        if self.exits.contains_key(from) {
            return;
        }
        let port = from.port.clone().unwrap_or_else(|| Name::new("output"));
        let name = named(&port, &from.node, |name| self.inner.outputs.iter().any(|(n, _)| n.as_str() == name));
        self.inner.outputs.push((name.clone(), from.clone()));
        self.exits.insert(from.clone(), name);
    }

    /// The patch around them, with an instance of their file in their place.
    pub(crate) fn around(&self, name: &Name, file: &str) -> Patch {
        let mut after = self.patch.clone();
        let entry = |to: &Socket| Socket { node: name.clone(), port: self.entries.get(to).cloned() };
        let exit = |from: &Socket| Socket { node: name.clone(), port: self.exits.get(from).cloned() };
        after.nodes.retain(|name, _| !self.names.contains(name));
        after.layout.retain(|name, _| !self.names.contains(name));
        after.nodes.insert(name.clone(), Node::new("patch").with("file", file));
        after.layout.extend(self.corner().map(|at| (name.clone(), at)));
        after.cables.clear();
        for (to, list) in &self.patch.cables {
            let outside = |cable: &Cable| {
                let from = if self.has(&cable.from) { exit(&cable.from) } else { cable.from.clone() };
                Cable { from, amount: cable.amount }
            };
            let inside = self.has(to);
            let kept: Vec<Cable> = list.iter().filter(|c| !inside || !self.has(&c.from)).map(outside).collect();
            if !kept.is_empty() {
                after.cables.insert(if inside { entry(to) } else { to.clone() }, kept);
            }
        }
        let swap = |to: &mut Socket| {
            if self.has(to) {
                *to = entry(to);
            }
        };
        after.inputs.iter_mut().flat_map(|(_, targets)| targets).for_each(swap);
        after.controls.iter_mut().flat_map(|(_, control)| &mut control.targets).for_each(swap);
        after.mappings.values_mut().for_each(|mapping| swap(&mut mapping.to));
        after.outputs.iter_mut().filter(|(_, from)| self.has(from)).for_each(|(_, from)| *from = exit(from));
        let outer = |(to, value): (&Socket, &Value)| {
            let to = if self.has(to) { entry(to) } else { to.clone() };
            (to, value.clone())
        };
        let moved = self.patch.overrides.iter().filter(|(to, _)| !self.has(to) || self.entries.contains_key(*to));
        after.overrides = moved.map(outer).collect();
        after.automation.retain(|to, _| !self.has(to));
        for values in after.snapshots.values_mut() {
            *values = values.iter().map(outer).collect();
        }
        after
    }
}

/// A name from a port, else from its node and the port, else with a number behind.
fn named(port: &Name, node: &Name, taken: impl Fn(&str) -> bool) -> Name {
    if !taken(port.as_str()) {
        return port.clone();
    }
    let both = format!("{node}-{port}");
    if taken(&both) { fresh_name(&both, taken) } else { Name::new(&both) }
}

/// The patch with the nodes of an instance in the place of the instance.
///
/// # Errors
/// Why it cannot be expanded, in the user's words.
pub(crate) fn expanded(set: &Set, file: Option<&str>, name: &Name) -> Result<Patch, String> {
    let patch = set.patch(file).ok_or("the patch is gone")?;
    let node = patch.nodes.get(name).ok_or_else(|| format!("the set does not own {name}"))?;
    let path = node.params.get("file").and_then(Value::as_text).ok_or_else(|| format!("{name} stands for no patch"))?;
    let (_, inner) = set.file(path).ok_or_else(|| format!("{path} was not read"))?;
    if node.params.get("voices").and_then(Value::as_number).unwrap_or(f64::from(inner.voices)) > 0.0 {
        return Err(format!("{name} plays voices of its own: only a patch without voices can be expanded"));
    }
    if ["bypass", "mute", FROZEN].iter().any(|key| node.params.contains_key(*key)) {
        return Err(format!("{name} is bypassed, muted or frozen: take that off first"));
    }
    let mut after = patch.clone();
    after.nodes.remove(name);
    let at = after.layout.remove(name).unwrap_or_default();
    let mut new: BTreeMap<&Name, Name> = BTreeMap::new();
    for (own, node) in &inner.nodes {
        let fresh = fresh_name(own.as_str(), |n| after.has(n));
        // A name that ends in digits and is free stays.
        let fresh = if after.has(own.as_str()) { fresh } else { own.clone() };
        after.nodes.insert(fresh.clone(), node.clone());
        new.insert(own, fresh);
    }
    let corner = inner.layout.values().copied().reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1])]).unwrap_or_default();
    let places = inner
        .layout
        .iter()
        .filter_map(|(own, [x, y])| Some((new.get(own)?.clone(), [x - corner[0] + at[0], y - corner[1] + at[1]])));
    after.layout.extend(places);
    let opened = Opened { name, inner, new };
    opened.values(node, &mut after);
    opened.cables(patch, &mut after);
    opened.interface(&mut after);
    Ok(after)
}

/// An instance and the names that its nodes get outside.
struct Opened<'a> {
    name: &'a Name,
    inner: &'a Patch,
    new: BTreeMap<&'a Name, Name>,
}

impl Opened<'_> {
    fn out(&self, socket: &Socket) -> Option<Socket> {
        Some(Socket { node: self.new.get(&socket.node)?.clone(), port: socket.port.clone() })
    }

    /// What an input or control of the instance leads to; other sockets are what they are.
    fn targets(&self, to: &Socket) -> Vec<Socket> {
        if to.node != *self.name {
            return vec![to.clone()];
        }
        let inputs = self.inner.inputs.iter().map(|(name, targets)| (name, targets));
        let mut all = inputs.chain(self.inner.controls.iter().map(|(name, control)| (name, &control.targets)));
        let found = all.find(|(name, _)| to.port.as_ref().is_none_or(|port| port == *name));
        found.into_iter().flat_map(|(_, targets)| targets).filter_map(|target| self.out(target)).collect()
    }

    fn source(&self, from: &Socket) -> Option<Socket> {
        if from.node != *self.name {
            return Some(from.clone());
        }
        let mut outputs = self.inner.outputs.iter();
        let found = outputs.find(|(name, _)| from.port.as_ref().is_none_or(|port| port == name))?;
        self.out(&found.1)
    }

    /// What the instance says of its controls stands in its nodes from now on.
    fn values(&self, node: &Node, after: &mut Patch) {
        let said = self.inner.controls.iter().filter_map(|(name, c)| Some((c, node.params.get(name)?)));
        let usual = self.inner.controls.iter().filter(|(name, _)| !node.params.contains_key(name));
        let usual = usual.filter_map(|(_, c)| Some((c, c.default.as_ref()?)));
        let mut set = BTreeSet::new();
        for (control, value) in said.chain(usual) {
            for to in control.targets.iter().filter_map(|to| self.out(to)) {
                if let (true, Some(port), Some(node)) =
                    (set.insert(to.clone()), &to.port, after.nodes.get_mut(&to.node))
                {
                    node.params.insert(port.clone(), value.clone());
                }
            }
        }
        let own = self.inner.overrides.iter().filter_map(|(to, value)| Some((self.out(to)?, value.clone())));
        let hands = core::mem::take(&mut after.overrides).into_iter();
        let hands = hands.flat_map(|(to, value)| self.targets(&to).into_iter().map(move |to| (to, value.clone())));
        after.overrides = hands.chain(own).collect();
        let own = self.inner.automation.iter().filter_map(|(to, lane)| Some((self.out(to)?, lane.clone())));
        let lanes = core::mem::take(&mut after.automation).into_iter();
        let lanes = lanes.flat_map(|(to, lane)| self.targets(&to).into_iter().map(move |to| (to, lane.clone())));
        after.automation = lanes.chain(own).collect();
        for values in after.snapshots.values_mut() {
            let all = core::mem::take(values).into_iter();
            *values = all.flat_map(|(to, v)| self.targets(&to).into_iter().map(move |to| (to, v.clone()))).collect();
        }
    }

    fn cables(&self, patch: &Patch, after: &mut Patch) {
        after.cables.clear();
        let own = self.inner.cables.iter().filter_map(|(to, list)| {
            let inside = |c: &Cable| Some(Cable { from: self.out(&c.from)?, amount: c.amount });
            Some((self.out(to)?, list.iter().filter_map(inside).collect::<Vec<_>>()))
        });
        let outer = patch.cables.iter().flat_map(|(to, list)| {
            let outside = |c: &Cable| Some(Cable { from: self.source(&c.from)?, amount: c.amount });
            let list: Vec<Cable> = list.iter().filter_map(outside).collect();
            self.targets(to).into_iter().map(move |to| (to, list.clone()))
        });
        for (to, list) in own.chain(outer) {
            let there = after.cables.entry(to).or_default();
            for cable in list {
                if !there.iter().any(|other| other.from == cable.from) {
                    there.push(cable);
                }
            }
        }
        after.cables.retain(|_, list| !list.is_empty());
    }

    fn interface(&self, after: &mut Patch) {
        for (_, targets) in &mut after.inputs {
            *targets = targets.iter().flat_map(|to| self.targets(to)).collect();
        }
        for (_, control) in &mut after.controls {
            control.targets = control.targets.iter().flat_map(|to| self.targets(to)).collect();
        }
        after.outputs = core::mem::take(&mut after.outputs)
            .into_iter()
            .filter_map(|(name, from)| Some((name, self.source(&from)?)))
            .collect();
        after.mappings = core::mem::take(&mut after.mappings)
            .into_iter()
            .filter_map(|(from, mapping)| {
                let to = self.targets(&mapping.to).into_iter().next()?;
                Some((from, bf_patch::model::Mapping { to, ..mapping }))
            })
            .collect();
    }
}

/// The document with copies of nodes that a script owns, under names of their own; the script's are muted, so that
/// nothing is heard twice. The names of the copies.
pub(crate) fn detached(heard: &Patch, own: &Patch, names: &BTreeSet<Name>) -> (Patch, BTreeSet<Name>) {
    let mut after = own.clone();
    let mut new: BTreeMap<Name, Name> = BTreeMap::new();
    for name in names.iter().filter(|name| !own.nodes.contains_key(*name)) {
        let Some(node) = heard.nodes.get(name) else { continue };
        let fresh = fresh_name(name.as_str(), |n| after.has(n) || heard.nodes.contains_key(n));
        after.nodes.insert(fresh.clone(), node.clone());
        after.layout.extend(own.layout.get(name).map(|[x, y]| (fresh.clone(), [*x, *y + 160])));
        new.insert(name.clone(), fresh);
    }
    let swap = |socket: &Socket| {
        let node = new.get(&socket.node).unwrap_or(&socket.node).clone();
        Socket { node, port: socket.port.clone() }
    };
    for (to, list) in &heard.cables {
        for cable in list {
            if new.contains_key(&to.node) || new.contains_key(&cable.from.node) {
                let there = after.cables.entry(swap(to)).or_default();
                let from = swap(&cable.from);
                if !there.iter().any(|other| other.from == from) {
                    there.push(Cable { from, amount: cable.amount });
                }
            }
        }
    }
    let hands: Vec<(Socket, Value)> = own
        .overrides
        .iter()
        .filter(|(to, _)| new.contains_key(&to.node))
        .map(|(to, v)| (swap(to), v.clone()))
        .collect();
    after.overrides.extend(hands);
    for name in new.keys() {
        after.overrides.insert(Socket::new(name.as_str(), "mute"), Value::Bool(true));
    }
    (after, new.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_patch::compile::{Config, Into, flatten};
    use bf_patch::{Edit, TextPatch, diff};

    const SET: &str = r#"beatforge = 1
[nodes]
lead = { type = "saw", freq = 110.0 }
filter = { type = "svf", cutoff = 900.0 }
wobble = { type = "lfo", rate = 0.5 }
amp = { type = "gain" }
out = { type = "output" }
[cables]
"filter" = { from = "lead", amount = 0.5 }
"filter.cutoff" = { from = "wobble", amount = 2.0 }
"filter.resonance" = "wobble"
"amp" = ["lead", "filter.high", "filter"]
"out" = "amp"
[overrides]
"filter.drive" = 0.5
[snapshots.bright]
"filter.cutoff" = 4000.0
"lead.freq" = 220.0
[mappings]
"osc:/1/fader1" = "filter.cutoff"
[layout]
lead = [0, 0]
filter = [240, 80]
wobble = [240, 320]
"#;

    fn set() -> Set {
        let main = TextPatch::parse(SET, "set.toml").unwrap().patch().clone();
        Set { main, files: BTreeMap::new() }
    }

    /// What is compiled of a set: nodes with their values, and cables, with what a part's path is left out.
    fn heard(set: &Set) -> Vec<String> {
        let registry = bf_session::registry();
        let config = Config { sample_rate: 48_000, max_block: 64, seed: 1, sample_version: &|_| 0, latency: &|_| 0 };
        let flat = flatten(set, &registry, &config).unwrap();
        let path = |i: u32| flat.nodes[i as usize].key.path.to_string().replace("part/", "");
        let nodes = flat.nodes.iter().enumerate().map(|(i, node)| format!("{} {:?}", path(i as u32), node.numbers));
        let cables = flat.cables.iter().map(|c| {
            let into = match c.into {
                Into::Input(i) => format!("in {i}"),
                Into::Param(i) => format!("param {i}"),
            };
            format!("{}.{} to {} {into} {:?}", path(c.from.0), c.from.1, path(c.to), c.amount)
        });
        let mut all: Vec<String> = nodes.chain(cables).collect();
        all.sort();
        all
    }

    fn collapsed(set: &Set, names: &[&str]) -> Set {
        let registry = bf_session::registry();
        let names = names.iter().map(|name| Name::new(name)).collect();
        let cut = Cut::of(set, None, &names, &registry).unwrap();
        cut.inner.check().unwrap();
        let after = cut.around(&Name::new("part"), "patches/part.toml");
        let mut changed = set.clone();
        changed.main.apply(&Edit::Batch(diff(&set.main, &after))).unwrap();
        assert_eq!(changed.main, after);
        changed.main.check().unwrap();
        changed.files.insert("patches/part.toml".to_owned(), cut.inner.clone());
        changed
    }

    #[test]
    fn a_collapsed_selection_sounds_as_it_did_and_expands_to_what_it_was() {
        let set = set();
        for names in [&["filter"][..], &["filter", "wobble"], &["lead", "filter"], &["lead", "filter", "wobble", "amp"]]
        {
            let inside = collapsed(&set, names);
            assert_eq!(heard(&inside), heard(&set), "{names:?}");
            let part = &inside.files["patches/part.toml"];
            assert_eq!(part.nodes.len(), names.len());
            let back = expanded(&inside, None, &Name::new("part")).unwrap();
            let back = Set { main: back, files: inside.files.clone() };
            assert_eq!(heard(&back), heard(&set), "{names:?}");
            assert_eq!(back.main.nodes, set.main.nodes);
            assert_eq!(back.main.snapshots, set.main.snapshots);
            assert_eq!(back.main.mappings, set.main.mappings);
            assert_eq!(back.main.layout.get(&Name::new("filter")), set.main.layout.get(&Name::new("filter")));
        }
    }

    #[test]
    fn what_crosses_the_border_is_an_input_an_output_or_a_control() {
        let inside = collapsed(&set(), &["filter"]);
        let part = &inside.files["patches/part.toml"];
        let names = |list: Vec<&Name>| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(part.inputs.iter().map(|(n, _)| n).collect()), ["input"]);
        assert_eq!(names(part.outputs.iter().map(|(n, _)| n).collect()), ["high", "output"]);
        assert_eq!(names(part.controls.iter().map(|(n, _)| n).collect()), ["cutoff", "resonance"]);
        assert_eq!(inside.main.mappings["osc:/1/fader1"].to, Socket::new("part", "cutoff"));
        assert_eq!(part.overrides[&Socket::new("filter", "drive")], Value::Number(0.5));
    }

    #[test]
    fn what_cannot_be_collapsed_or_expanded_says_why() {
        let registry = bf_session::registry();
        let nobody = [Name::new("nobody")].into();
        assert!(Cut::of(&set(), None, &nobody, &registry).err().unwrap().contains("select nodes"));
        assert!(expanded(&set(), None, &Name::new("lead")).unwrap_err().contains("stands for no patch"));
        let mut voiced = collapsed(&set(), &["filter"]);
        let node = voiced.main.nodes.get_mut(&Name::new("part")).unwrap();
        node.params.insert(Name::new("voices"), Value::Number(4.0));
        assert!(expanded(&voiced, None, &Name::new("part")).unwrap_err().contains("voices of its own"));
    }

    #[test]
    fn what_is_detached_is_copied_with_its_cables_and_the_original_is_silent() {
        let heard = set().main;
        let mut own = heard.clone();
        own.apply(&Edit::RemoveNode { name: Name::new("filter") }).unwrap();
        own.beside.guests = std::sync::Arc::new([Name::new("filter")].into());
        let (after, made) = detached(&heard, &own, &[Name::new("filter")].into());
        assert_eq!(made, [Name::new("filter2")].into());
        let mut changed = own.clone();
        changed.apply(&Edit::Batch(diff(&own, &after))).unwrap();
        assert_eq!(changed.cables[&Socket::first("filter2")][0].from, Socket::first("lead"));
        assert!(changed.cables[&Socket::first("amp")].iter().any(|c| c.from == Socket::new("filter2", "high")));
        assert_eq!(changed.overrides[&Socket::new("filter", "mute")], Value::Bool(true));
    }
}
