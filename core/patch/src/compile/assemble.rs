//! From a flat graph to a plan: order, shapes, latency, then buffers and steps.

mod buffers;
mod grid_only;
mod sources;
mod sums;
mod wiring;

use super::flat::{CableKey, Config, End, Flat};
use super::ghosts::{self, Merged};
use super::order::{Edges, Entering, Group, order};
use super::place::Fault;
use super::plan::Plan;
use super::{Ghosts, latency, shape};
use bf_node::{Channels, PortSpec};
use rustc_hash::FxHashSet;
use wiring::Builder;

/// Lanes of a group of voices where there are more than eight.
pub(super) const VOICE_LANES: usize = 16;

/// Makes the plan of a flat graph.
///
/// # Errors
/// Cables whose ends do not fit, and loops that cannot run.
pub(super) fn assemble(flat: Flat, ghosts: &Ghosts<'_>, config: &Config<'_>) -> Result<Plan, Vec<Fault>> {
    build(flat, ghosts, config, 1, &[])
}

/// Makes the plan of one group of voices; what `outputs` name stays readable after the last step.
pub(super) fn assemble_voice(
    flat: Flat,
    lanes: usize,
    outputs: &[End],
    config: &Config<'_>,
) -> Result<Plan, Vec<Fault>> {
    build(flat, &Ghosts::default(), config, lanes, outputs)
}

fn build(
    mut flat: Flat,
    ghosts: &Ghosts<'_>,
    config: &Config<'_>,
    lanes: usize,
    pinned: &[End],
) -> Result<Plan, Vec<Fault>> {
    let edges = |flat: &Flat| flat.cables.iter().map(|c| (c.from.0, c.to)).collect::<Vec<_>>();
    let enter = |flat: &Flat| Entering::new(flat.nodes.len(), flat.cables.iter().map(|c| c.to));
    let (before, mut entering) = (edges(&flat), enter(&flat));
    flat.tell_apart(&entering);
    let (mut groups, mut closing) = order(&Edges { cables: &before, entering: &entering, prefer: &|_| 0 });
    shape::shape(&mut flat, &groups, &entering, lanes)?;
    let Merged { fading, kept } = ghosts::merge(&mut flat, ghosts);
    let looped = groups.iter().any(|g| matches!(g, Group::Island(_)));
    if flat.cables.len() > before.len() || looped {
        let closed: FxHashSet<&CableKey> = ghosts.last.iter().flat_map(|l| &l.closing).collect();
        // A cable that is delayed from now on begins with a frame of silence. One that was delayed before remembers
        // its frame; one that is new has no gain yet. Every loop has one of either, so that none that sounds is taken.
        let prefer = |c: usize| match c {
            c if !closed.is_empty() && closed.contains(&flat.cable_key(&flat.cables[c])) => 2,
            c => u8::from(fading[c].new),
        };
        entering = enter(&flat);
        (groups, closing) = order(&Edges { cables: &edges(&flat), entering: &entering, prefer: &prefer });
    }
    loops_run(&flat, &groups)?;
    let waits = latency::compensate(&flat, &groups, &entering, config);
    let graph = Graph { flat: &flat, entering: &entering, fading: &fading, closing: &closing, delays: &waits.cables };
    let mut b = Builder::new(graph, pinned, &groups);
    let mut steps = Vec::with_capacity(groups.len() * 2);
    for (at, group) in groups.iter().enumerate() {
        b.group(at as u32, group, &mut steps);
    }
    for (n, output) in pinned {
        // An instrument listens to its outputs, though no cable leads there.
        if let Some(port) = b.out_port(*n, *output) {
            port.patched = true;
        }
    }
    b.mark_grid_only(&groups, pinned);
    let keys = flat.cables.iter().zip(&closing).filter(|(_, c)| **c).map(|(c, _)| flat.cable_key(c));
    let closing = keys.collect();
    let made = b.finish();
    Ok(Plan { steps, lanes, latency: waits.heard, leaves: waits.leaves, closing, kept, flat, ..made })
}

/// The graph with all that is known of its cables.
#[derive(Clone, Copy)]
struct Graph<'a> {
    flat: &'a Flat,
    entering: &'a Entering,
    fading: &'a [ghosts::Fading],
    closing: &'a [bool],
    delays: &'a [u32],
}

impl Graph<'_> {
    /// Channels of an input.
    fn channels(&self, node: u32, port: &PortSpec) -> usize {
        match port.channels {
            Channels::Node => self.flat.nodes[node as usize].channels,
            Channels::Fixed(k) => usize::from(k),
        }
    }

    /// Whether every cable comes from an output of one channel.
    fn mono(&self, into: &[u32]) -> bool {
        into.iter().all(|c| {
            let (node, output) = self.flat.cables[*c as usize].from;
            shape::output_channels(self.flat, node, output) == 1
        })
    }
}

fn loops_run(flat: &Flat, groups: &[Group]) -> Result<(), Vec<Fault>> {
    let blocked = groups.iter().filter_map(|g| if let Group::Island(nodes) = g { Some(nodes) } else { None });
    let errors: Vec<Fault> = blocked
        .flatten()
        .map(|n| &flat.nodes[*n as usize])
        .filter(|n| n.face.spec().is_some_and(|s| s.needs_block))
        .map(|n| Fault {
            cable: None,
            node: n.key.path.clone(),
            port: None,
            message: format!("{} works on whole blocks and cannot be part of a feedback loop", n.key.path),
            hint: Some("take it out of the loop".to_owned()),
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
