//! Cables that are written twice: `a` and `a.out` may be two names of one output.

use super::{At, Builder, Into, Ref, Refs};
use crate::{Cable, Patch, Socket};
use rustc_hash::FxHashSet;

/// The cables into one end of a node, as written.
type Entering<'a> = (&'a Socket, &'a [Cable]);
/// A cable by the places of its ports, whatever names they were written with: into which, from where; and its place in a
/// list of lists.
type Written<'a> = (Into, (&'a str, u16), usize, usize);

impl Builder<'_> {
    /// Reports every cable that leads between the same two ports as one before it.
    pub(super) fn twice(&mut self, refs: &Refs<'_>, patch: &Patch) {
        let mut sources = FxHashSet::default();
        let mut entered: Vec<Entering<'_>> = Vec::new();
        let mut sockets = patch.cables.iter().peekable();
        while let Some((to, cables)) = sockets.next() {
            entered.push((to, cables));
            if sockets.peek().is_some_and(|(next, _)| next.node == to.node) {
                continue;
            }
            let count: usize = entered.iter().map(|(_, list)| list.len()).sum();
            if count > 1 {
                // Only cables from one node can be one cable.
                sources.clear();
                let mut names = entered.iter().flat_map(|(_, list)| list.iter().map(|cable| cable.from.node.as_str()));
                if !names.all(|name| sources.insert(name)) {
                    self.tell_twice(refs, &entered);
                }
            }
            entered.clear();
        }
    }

    /// Of all cables into one node.
    fn tell_twice(&mut self, refs: &Refs<'_>, entered: &[Entering<'_>]) {
        let mut written: Vec<Written<'_>> = Vec::new();
        for (list, (to, cables)) in entered.iter().enumerate() {
            let Some(into) = self.input_of(refs, to) else { continue };
            for (i, Cable { from, .. }) in cables.iter().enumerate() {
                let output = self.output_of(refs, from);
                written.extend(output.map(|output| (into, (from.node.as_str(), output), list, i)));
            }
        }
        written.sort_unstable();
        for pair in written.windows(2) {
            let ((into, out, list, i), (same_into, same_out, again, k)) = (pair[0], pair[1]);
            if (into, out) == (same_into, same_out) {
                let ((to, first), (again, second)) = (entered[list], entered[again]);
                let (first, second) = (&first[i].from, &second[k].from);
                let message = format!("`{second}` into `{again}` is the cable `{first}` into `{to}` again");
                let hint = "remove one of the two; `amount` makes a cable louder";
                self.error(At::Cable(again.clone(), k), message, Some(hint.to_owned()));
            }
        }
    }

    /// The output that a name stands for.
    pub(super) fn output_of(&self, refs: &Refs<'_>, socket: &Socket) -> Option<u16> {
        let found = match (refs.get(socket.node.as_str())?, &socket.port) {
            (Ref::Unknown, _) => None,
            (Ref::Plain(i), None) => (!self.flat.nodes[*i as usize].face.outputs().is_empty()).then_some(0),
            (Ref::Plain(i), Some(port)) => self.flat.nodes[*i as usize].face.output(port.as_str()),
            (Ref::Instance(e), None) => (!e.outputs.is_empty() && !e.has_lost(None)).then_some(0),
            (Ref::Instance(e), Some(port)) => e.outputs.iter().position(|(n, _)| n == port),
            (Ref::Frozen(standin), None) => (!standin.outputs.is_empty()).then_some(0),
            (Ref::Frozen(standin), Some(port)) => standin.outputs.iter().position(|(n, _)| n == port),
        };
        found.map(|i| i as u16)
    }

    /// The input that a name stands for, or the param; of an instance also its control.
    pub(super) fn input_of(&self, refs: &Refs<'_>, socket: &Socket) -> Option<Into> {
        let place = |input: Option<usize>, param: &dyn Fn() -> Option<usize>| match input {
            Some(i) => Some(Into::Input(i as u16)),
            None => param().map(|p| Into::Param(p as u16)),
        };
        match (refs.get(socket.node.as_str())?.entered(), &socket.port) {
            (Ref::Unknown | Ref::Frozen(_), _) => None,
            (Ref::Plain(i), port) => {
                let face = &self.flat.nodes[*i as usize].face;
                match port {
                    None => (!face.inputs().is_empty()).then_some(Into::Input(0)),
                    Some(port) => place(face.input(port.as_str()), &|| face.param(port.as_str())),
                }
            }
            (Ref::Instance(e), None) => (!e.inputs.is_empty()).then_some(Into::Input(0)),
            (Ref::Instance(e), Some(port)) => {
                place(e.inputs.iter().position(|(n, _)| n == port), &|| e.controls.iter().position(|(n, _)| n == port))
            }
        }
    }
}
