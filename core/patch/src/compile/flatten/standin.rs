//! Frozen nodes: players of their files stand in for them, and what fed only them is left out.

use super::super::frozen::{FROZEN, Frozen, player_path};
use super::super::order::Entering;
use super::helper::PLAYER;
use super::{At, Builder, FlatNode, Ref};
use crate::compile::flat::{End, Flat};
use crate::{Name, Node, Socket};
use bf_node::{Category, Kind, Role, Value};
use rustc_hash::FxHashSet;

/// A node that is frozen: what it is, and what is heard in its place.
pub(super) struct Standin {
    /// What its cables enter.
    pub(super) entered: Ref,
    /// All of its outputs, in order; none where nothing is heard of one.
    pub(super) outputs: Vec<(Name, Option<End>)>,
}

impl Builder<'_> {
    /// Lets files play in the place of a node that was just made, where its line says so and they are there; `first` is
    /// the first of the nodes that it was made of.
    pub(super) fn standin(&mut self, made: Ref, (name, path): (&Name, &Name), node: &Node, first: usize) -> Ref {
        let Some(value) = node.params.get(FROZEN) else { return made };
        let at = || At::Param(Socket::new(name.as_str(), FROZEN));
        let frozen = match Frozen::read(value) {
            Ok(frozen) => frozen,
            Err(why) => {
                self.warn(at(), format!("{name}.{why}; it plays as it is"), None);
                return made;
            }
        };
        let outputs = self.outputs(&made);
        if outputs.is_empty() {
            return made;
        }
        if self.in_voice {
            let message = format!("{name} is part of a voice, where nothing is frozen: it plays as it is");
            self.warn(at(), message, Some("freeze the instance of the patch".to_owned()));
            return made;
        }
        for (output, file) in &frozen.files {
            if !outputs.contains(&(output.clone(), Kind::Signal)) {
                self.warn(at(), format!("{name} has no sound at an output {output}: {file} is not heard"), None);
            }
            if !self.flat.samples.contains(file) {
                self.flat.samples.push(file.clone());
            }
        }
        // Until they are there the node plays itself.
        if frozen.files.iter().any(|(_, file)| (self.config.sample_version)(file) == 0) {
            return made;
        }
        let is_heard = |node: &FlatNode| node.face.spec().is_some_and(|s| matches!(s.role, Role::Output | Role::Cue));
        let inner = (first..self.flat.nodes.len()).filter(|i| !is_heard(&self.flat.nodes[*i]));
        self.frozen.extend(inner.map(|i| i as u32));
        let mut stand = |(output, kind): (Name, Kind)| {
            let file = frozen.files.iter().find(|(of, _)| *of == output).filter(|_| kind == Kind::Signal);
            let end = file.and_then(|(_, file)| self.player(path, &output, (file, &frozen)));
            (output, end)
        };
        let outputs = outputs.into_iter().map(&mut stand).collect();
        Ref::Frozen(Box::new(Standin { entered: made, outputs }))
    }

    fn outputs(&self, made: &Ref) -> Vec<(Name, Kind)> {
        let kind = |(node, port): End| self.flat.nodes[node as usize].face.outputs()[usize::from(port)].kind;
        match made {
            Ref::Plain(i) => {
                let face = &self.flat.nodes[*i as usize].face;
                (0..face.outputs().len()).map(|k| (Name::new(face.output_name(k)), kind((*i, k as u16)))).collect()
            }
            Ref::Instance(e) => e.outputs.iter().map(|(name, end)| (name.clone(), kind(*end))).collect(),
            Ref::Unknown | Ref::Frozen(_) => Vec::new(),
        }
    }

    fn player(&mut self, path: &Name, output: &Name, (file, frozen): (&str, &Frozen)) -> Option<End> {
        let channels = if frozen.mono { 1.0 } else { 2.0 };
        let given = [
            ("file", Value::from(file)),
            ("length", Value::Number(f64::from(frozen.beats))),
            ("channels", Value::Number(channels)),
        ];
        let path = Name::new(&player_path(path.as_str(), output.as_str()));
        self.helper(PLAYER, path, At::Patch, &given).map(|node| (node, 0))
    }
}

/// Takes frozen nodes out, and with them every node of which all that leads on leads to them. What speaks to the world
/// outside stays.
pub(super) fn leave_out(flat: &mut Flat, frozen: &[u32]) {
    if frozen.is_empty() {
        return;
    }
    let entering = Entering::new(flat.nodes.len(), flat.cables.iter().map(|c| c.to));
    let speaks = |node: &FlatNode| node.face.spec().is_some_and(|spec| spec.category == Category::Edge);
    let mut leads = vec![false; flat.nodes.len()];
    reach(flat, &entering, frozen.to_vec(), &mut leads);
    let is_frozen: FxHashSet<u32> = frozen.iter().copied().collect();
    let stays = |i: &u32| !leads[*i as usize] || speaks(&flat.nodes[*i as usize]) && !is_frozen.contains(i);
    let mut kept = vec![false; flat.nodes.len()];
    reach(flat, &entering, (0..flat.nodes.len() as u32).filter(stays).collect(), &mut kept);
    let mut places = Vec::with_capacity(kept.len());
    let mut next = 0;
    for stays in &kept {
        places.push(stays.then_some(next));
        next += u32::from(*stays);
    }
    let gone: FxHashSet<Name> =
        flat.nodes.iter().zip(&kept).filter(|(_, stays)| !**stays).map(|(node, _)| node.key.path.clone()).collect();
    flat.texts.retain(|text| !gone.contains(&text.path));
    let mut stays = kept.iter();
    flat.nodes.retain(|_| stays.next().is_some_and(|stays| *stays));
    flat.cables.retain_mut(|cable| {
        let (Some(from), Some(to)) = (places[cable.from.0 as usize], places[cable.to as usize]) else { return false };
        (cable.from.0, cable.to) = (from, to);
        true
    });
    for (_, _, targets) in &mut flat.controls {
        targets.retain_mut(|(node, _)| places[*node as usize].map(|place| *node = place).is_some());
    }
}

/// Marks nodes, and all that lead to them.
fn reach(flat: &Flat, entering: &Entering, mut open: Vec<u32>, reached: &mut [bool]) {
    open.iter().for_each(|node| reached[*node as usize] = true);
    while let Some(node) = open.pop() {
        for cable in entering.of(node) {
            let from = flat.cables[*cable as usize].from.0;
            if !core::mem::replace(&mut reached[from as usize], true) {
                open.push(from);
            }
        }
    }
}
