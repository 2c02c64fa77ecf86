//! Whether a cable fits between two ends: the ports are there, carry the same, and nothing runs between them yet.

use crate::ports::{Ports, Types};
use crate::{Cable, Edit, Name, Node, Patch, Socket};
use bf_node::Kind;
use bf_node::registry::nearest;
use std::collections::BTreeSet;

/// Why no cable can run between two ends, in the performer's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// The node has no such output.
    #[error("`{}` has no output{}", from.node, missing(from, there))]
    NoOutput {
        /// As it was written.
        from: Socket,
        /// The outputs that there are.
        there: Vec<String>,
    },
    /// The node has no such input or param.
    #[error("`{}` has no input{}", to.node, missing(to, there))]
    NoInput {
        /// As it was written.
        to: Socket,
        /// The inputs and params that there are.
        there: Vec<String>,
    },
    /// Notes where a signal is wanted.
    #[error(
        "`{from}` sends notes, but `{to}` takes a signal; a `cv` node between them turns notes into frequency and gate"
    )]
    Notes {
        /// The output.
        from: Socket,
        /// The input.
        to: Socket,
    },
    /// A signal where notes are wanted.
    #[error("`{from}` is a signal, but `{to}` takes notes; a sequencer's first output sends notes")]
    Signal {
        /// The output.
        from: Socket,
        /// The input.
        to: Socket,
    },
    /// A param that is read once.
    #[error("`{to}` is a setting, which no cable can drive")]
    Setting {
        /// The param.
        to: Socket,
    },
    /// A cable that runs there already, whatever names its ends are written with.
    #[error("`{from}` enters `{to}` already; `amount` makes a cable louder")]
    Twice {
        /// The output.
        from: Socket,
        /// The input or param.
        to: Socket,
    },
}

/// ` port: it has a, b; did you mean a?` behind a message.
fn missing(socket: &Socket, there: &[String]) -> String {
    let port = socket.port.as_ref().map_or(String::new(), |port| format!(" `{port}`"));
    if there.is_empty() {
        return if port.is_empty() { port } else { format!("{port}: it has none") };
    }
    let near = socket.port.as_ref().and_then(|port| nearest(port.as_str(), there.iter().map(String::as_str)));
    let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    format!("{port}: it has {}{near}", there.join(", "))
}

/// Where a cable ends, whatever name it was written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// An input, by its place.
    Input(usize),
    /// A param, by its place.
    Param(usize),
}

impl Entry {
    /// What a name of a node stands for; without one the first input.
    pub fn of(ports: Ports<'_>, port: Option<&Name>) -> Option<Entry> {
        let input = ports.input(port).map(Entry::Input);
        input.or_else(|| ports.param(port?).map(Entry::Param))
    }
}

/// Whose ports an edit changes.
#[derive(Clone, Debug, Default)]
pub struct Reshaped {
    /// Nodes of the patch.
    pub nodes: BTreeSet<Name>,
    /// Outputs of theirs, too.
    pub outputs: bool,
    /// Any node, also of other patches.
    pub all: bool,
}

/// A patch and what its nodes are, as cables see them.
#[derive(Clone, Copy)]
pub struct Room<'a> {
    /// Where types and patch files are looked up.
    pub types: Types<'a>,
    /// The nodes and the cables.
    pub patch: &'a Patch,
    /// Nodes and cables of another owner beside it.
    pub beside: Option<&'a Patch>,
    /// It is a patch file. Where that plays in voices, no patch inside has notes of its own: its first input is another.
    pub inside: bool,
}

impl<'a> Room<'a> {
    fn node(&self, name: &Name) -> Option<&'a Node> {
        self.patch.nodes.get(name).or_else(|| self.beside?.nodes.get(name))
    }

    /// The ports of a node; `None` where it is not there, or what it is is not known.
    pub fn ports(&self, name: &Name) -> Option<Ports<'a>> {
        self.types.in_patch(self.patch, name, self.node(name)?)
    }

    /// Whether a name is known to stand for an input.
    pub(crate) fn is_input(&self, to: &Socket) -> bool {
        let entry = self.ports(&to.node).and_then(|ports| Entry::of(ports, to.port.as_ref()));
        matches!(entry, Some(Entry::Input(_)))
    }

    /// Whether a cable can run between two ends. One that is written there with the same names does not stand against
    /// it, and of ends that are not known nothing is said.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn fits(&self, from: &Socket, to: &Socket) -> Result<(), Misfit> {
        self.agree(from, to).and_then(|()| self.is_alone(from, to))
    }

    /// Whether two ends are there and carry the same.
    fn agree(&self, from: &Socket, to: &Socket) -> Result<(), Misfit> {
        let names = |lists: &[Vec<&str>]| lists.iter().flatten().map(|name| (*name).to_owned()).collect();
        let (source, target) = (self.ports(&from.node), self.ports(&to.node));
        let carries = match source {
            Some(ports) => {
                let output = ports.output(from.port.as_ref());
                let none = || Misfit::NoOutput { from: from.clone(), there: names(&[ports.outputs()]) };
                self.types.output_kind(ports, output.ok_or_else(none)?)
            }
            None => None,
        };
        let Some(ports) = target else { return Ok(()) };
        let none = || Misfit::NoInput { to: to.clone(), there: names(&[ports.inputs(), ports.params()]) };
        match Entry::of(ports, to.port.as_ref()).ok_or_else(none)? {
            Entry::Input(input) => {
                let may_differ = self.inside && to.port.is_none() && matches!(ports, Ports::Patch { notes: true, .. });
                let takes = self.types.input_kind(ports, input).filter(|_| !may_differ);
                let (from, to) = (from.clone(), to.clone());
                match (carries, takes) {
                    (Some(Kind::Event), Some(Kind::Signal)) => return Err(Misfit::Notes { from, to }),
                    (Some(Kind::Signal), Some(Kind::Event)) => return Err(Misfit::Signal { from, to }),
                    _ => {}
                }
            }
            Entry::Param(param) => {
                if self.types.param_spec(ports, param).is_some_and(bf_node::ParamSpec::is_setting) {
                    return Err(Misfit::Setting { to: to.clone() });
                }
            }
        }
        Ok(())
    }

    /// Whether no other cable runs between two ends.
    fn is_alone(&self, from: &Socket, to: &Socket) -> Result<(), Misfit> {
        match self.between(from, to).find(|(at, cable)| (*at, &cable.from) != (to, from)) {
            Some((to, cable)) => Err(Misfit::Twice { from: cable.from.clone(), to: to.clone() }),
            None => Ok(()),
        }
    }

    /// Every cable that runs from an output into an input or param, whatever names it is written with.
    pub fn between<'r>(&'r self, from: &'r Socket, to: &Socket) -> impl Iterator<Item = (&'a Socket, &'a Cable)> + 'r {
        let patches = core::iter::once(self.patch).chain(self.beside);
        let names = self.names_of(to);
        let lists =
            patches.flat_map(move |patch| names.clone().into_iter().filter_map(|to| patch.cables.get_key_value(&to)));
        lists
            .flat_map(|(to, list)| list.iter().map(move |cable| (to, cable)))
            .filter(|(_, c)| self.is_same(&c.from, from))
    }

    /// The names of one input or param: a first input has two.
    pub fn names_of(&self, to: &Socket) -> Vec<Socket> {
        let mut names = vec![to.clone()];
        if let Some(ports) = self.ports(&to.node)
            && ports.input(to.port.as_ref()) == Some(0)
        {
            let named = ports.inputs().first().filter(|_| to.port.is_none()).map(|name| Name::new(name));
            names.push(Socket { node: to.node.clone(), port: named });
        }
        names
    }

    /// Whether two names stand for one output.
    pub fn is_same(&self, a: &Socket, b: &Socket) -> bool {
        if a.node != b.node {
            return false;
        }
        let output = |socket: &Socket| self.ports(&socket.node)?.output(socket.port.as_ref());
        a.port == b.port || output(a).is_some_and(|of| output(b) == Some(of))
    }

    /// Every cable that cannot run, of those at the nodes that an edit changes or of all: into which, from where, and why.
    pub fn misfits(&self, at: &Reshaped) -> Vec<(Socket, Socket, Misfit)> {
        let mut found = Vec::new();
        if at.all || at.outputs {
            self.patch.cables.iter().for_each(|entry| self.find_misfits(entry, at, &mut found));
        } else {
            let first = |name: &Name| Socket { node: name.clone(), port: None };
            let entering = |name| self.patch.cables.range(first(name)..).take_while(move |(to, _)| to.node == *name);
            at.nodes.iter().flat_map(entering).for_each(|entry| self.find_misfits(entry, at, &mut found));
        }
        found
    }

    /// Of the cables into one end.
    fn find_misfits(
        &self,
        (to, list): (&Socket, &Vec<Cable>),
        at: &Reshaped,
        found: &mut Vec<(Socket, Socket, Misfit)>,
    ) {
        let is_asked = |name: &Name| at.all || at.nodes.contains(name);
        let all = is_asked(&to.node);
        let mut asked = list.iter().filter(|cable| all || is_asked(&cable.from.node)).peekable();
        if asked.peek().is_none() {
            return;
        }
        // Comparing all with all of a long sum would take its square.
        let may_be_twice = !all || self.has_one_node_twice(to, list);
        for Cable { from, .. } in asked {
            let runs = self.agree(from, to);
            let runs = if may_be_twice { runs.and_then(|()| self.is_alone(from, to)) } else { runs };
            found.extend(runs.err().map(|why| (to.clone(), from.clone(), why)));
        }
    }

    /// Whether two cables from one node enter an input or param, under any of its names.
    fn has_one_node_twice(&self, to: &Socket, list: &[Cable]) -> bool {
        let mut sources: Vec<&Name> = list.iter().map(|cable| &cable.from.node).collect();
        sources.sort_unstable();
        sources.windows(2).any(|two| two[0] == two[1])
            || self.names_of(to).iter().any(|name| {
                name != to && self.patch.cables.contains_key(name)
                    || self.beside.is_some_and(|beside| beside.cables.contains_key(name))
            })
    }

    /// The nodes of the patch that an edit gives other ports, whose cables may fit no longer; and whether those of any
    /// node, in this patch or in others that use it. `None` where all ports stay.
    pub fn reshaped(&self, edit: &Edit) -> Option<Reshaped> {
        let mut reshaped = Reshaped::default();
        self.reshape(edit, &mut reshaped);
        let some = reshaped.all || !reshaped.nodes.is_empty();
        some.then_some(reshaped)
    }

    fn reshape(&self, edit: &Edit, reshaped: &mut Reshaped) {
        match edit {
            Edit::Batch(edits) => edits.iter().for_each(|edit| self.reshape(edit, reshaped)),
            Edit::ReplaceNode { name, node } => {
                reshaped.nodes.insert(name.clone());
                reshaped.outputs |= !self.same_outputs(name, node);
                // What a patch file shows may have its kind from any of its nodes.
                reshaped.all |= self.inside;
            }
            Edit::SetInput { .. } | Edit::SetOutput { .. } | Edit::SetControl { .. } | Edit::SetVoices(_) => {
                reshaped.all |= self.inside;
            }
            Edit::SetParam { target, .. } | Edit::Override { target, .. } => {
                let port = target.port.as_ref().map_or("", Name::as_str);
                if matches!(port, "file" | "voices")
                    && self.node(&target.node).is_none_or(|node| self.types.is_patch(node))
                {
                    reshaped.nodes.insert(target.node.clone());
                    reshaped.outputs = true;
                    reshaped.all |= self.inside;
                }
            }
            _ => {}
        }
    }

    /// Whether what is to come in the place of a node has its outputs, all that cables from it ask for.
    fn same_outputs(&self, name: &Name, node: &Node) -> bool {
        let (Some(Ports::Type(old)), Some(Ports::Type(new))) = (self.ports(name), self.types.of(node)) else {
            return false;
        };
        old.outputs.len() == new.outputs.len()
            && old.outputs.iter().zip(new.outputs).all(|(a, b)| (a.name, a.kind) == (b.name, b.kind))
    }

    /// Whether all cables fit that an edit has laid, in the patch as it is after it.
    ///
    /// # Errors
    /// Why the first cannot run that does not fit.
    pub fn fit(&self, edit: &Edit) -> Result<(), Misfit> {
        match edit {
            Edit::Batch(edits) => edits.iter().try_for_each(|edit| self.fit(edit)),
            Edit::Connect { to, cable, .. } => {
                let is_there = self.patch.cables.get(to).is_some_and(|list| list.iter().any(|c| c.from == cable.from));
                if is_there { self.fits(&cable.from, to) } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }
}
