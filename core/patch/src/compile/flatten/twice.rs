//! Cables that are written twice: `a` and `a.out` may be two names of one output.

use super::{At, Builder, Into, Ref, Refs};
use crate::{Cable, Patch, Socket};

/// A cable by the places of its ports, whatever names they were written with: into which, from where, and as written.
type Written<'a> = (Into, (&'a str, u16), &'a Socket, usize);

impl Builder<'_> {
    /// Reports every cable that leads between the same two ports as one before it.
    pub(super) fn twice<'p>(&mut self, refs: &Refs<'_>, patch: &'p Patch) {
        let mut written: Vec<Written<'_>> = Vec::new();
        let mut sockets = patch.cables.iter().peekable();
        while let Some((to, cables)) = sockets.next() {
            let more = sockets.peek().is_some_and(|(next, _)| next.node == to.node);
            if cables.len() > 1 || more || !written.is_empty() {
                let into = self.input_of(refs, to);
                let ends = |(i, cable): (usize, &'p Cable)| {
                    let from = (cable.from.node.as_str(), self.output_of(refs, &cable.from)?);
                    Some((into?, from, to, i))
                };
                written.extend(cables.iter().enumerate().filter_map(ends));
            }
            if !more {
                self.tell_twice(patch, &mut written);
                written.clear();
            }
        }
    }

    /// Of cables into one node.
    fn tell_twice(&mut self, patch: &Patch, written: &mut [Written<'_>]) {
        written.sort_unstable();
        for pair in written.windows(2) {
            let ((into, out, to, i), (same_into, same_out, again, k)) = (pair[0], pair[1]);
            if (into, out) == (same_into, same_out) {
                let from = |to: &Socket, i: usize| &patch.cables[to][i].from;
                let message =
                    format!("`{}` into `{again}` is the cable `{}` into `{to}` again", from(again, k), from(to, i));
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
            (Ref::Instance(e), None) => (!e.outputs.is_empty()).then_some(0),
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
