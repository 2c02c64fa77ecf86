//! What the finder offers: nodes, patches and sounds, and where a cable may enter them, the best first.

use super::search::score;
use bf_node::{Category, Kind, NodeSpec, ParamSpec, PortSpec, Registry, Role};
use bf_session::Shelved;

/// How many of a kind are listed.
const LISTED: usize = 40;

/// What a choice stands for.
pub(super) enum Found<'a> {
    Type(&'static NodeSpec),
    /// A type, by an input or output of it that is not the first.
    Port(&'static NodeSpec, &'static PortSpec),
    /// A type whose value the cable enters.
    Value(&'static NodeSpec, &'static ParamSpec),
    Patch(&'a str),
    /// A sound by its name or file, and where it lies.
    Sound(&'a str, &'a str),
    /// A patch of the user's library.
    Shelved(&'a Shelved),
}

/// The cable that waits for an end.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    pub kind: Kind,
    /// Whether it leaves an output, and enters what is found.
    pub enters: bool,
    /// What it leaves is there to move values.
    pub moves: bool,
}

impl Waiting {
    /// A cable of a kind; what it leaves is of this category.
    pub(super) fn new(kind: Kind, enters: bool, from: Option<Category>) -> Waiting {
        Waiting { kind, enters, moves: matches!(from, Some(Category::Modulation | Category::Control)) }
    }

    /// The ports of a type that are for its end.
    fn ports(self, spec: &NodeSpec) -> impl Iterator<Item = &'static PortSpec> + use<> {
        let ports = if self.enters { spec.inputs } else { spec.outputs };
        ports.iter().filter(move |port| port.kind == self.kind)
    }

    /// The first port of a type for its end.
    pub(super) fn first(self, spec: &NodeSpec) -> Option<&'static str> {
        self.ports(spec).next().map(|port| port.name)
    }
}

/// A thing with the words by which it is found. What is one of several of a node keeps its place among them.
struct Entry<'a> {
    found: Found<'a>,
    words: String,
    /// Its place behind the name of its node, from 0; none for what stands by itself.
    place: Option<usize>,
}

/// All that fits, as it is looked for.
pub(super) struct Offered<'a> {
    entries: Vec<Entry<'a>>,
    moves: bool,
}

impl<'a> Offered<'a> {
    /// Every type, and every place of one where a cable may end.
    pub(super) fn new(registry: &Registry, waiting: Option<Waiting>) -> Offered<'a> {
        let all = || registry.iter().filter(|spec| spec.role != Role::Voice && spec.role != Role::Patch);
        let fits = |spec: &&'static NodeSpec| waiting.is_none_or(|waiting| waiting.first(spec).is_some());
        let name = |spec: &NodeSpec| spec.name.replace('_', " ");
        let types = all().filter(fits).map(|spec| Entry {
            words: format!("{} {:?} {}", name(spec), spec.category, spec.summary()),
            found: Found::Type(spec),
            place: None,
        });
        let mut entries: Vec<Entry<'a>> = types.collect();
        let Some(waiting) = waiting else { return Offered { entries, moves: false } };
        for spec in all() {
            let ports = waiting.ports(spec).skip(1).map(|port| (port.name, Found::Port(spec, port)));
            let values = spec.params.iter().filter(|param| !param.is_setting());
            let values = values.filter(|_| waiting.enters && waiting.kind == Kind::Signal);
            let values = values.map(|param| (param.name, Found::Value(spec, param)));
            entries.extend(ports.chain(values).enumerate().map(|(place, (of, found))| Entry {
                words: format!("{} of {} {:?}", of.replace('_', " "), name(spec), spec.category),
                found,
                place: Some(place),
            }));
        }
        Offered { entries, moves: waiting.moves }
    }

    /// Something that stands by itself, with the words by which it is found.
    pub(super) fn add(&mut self, found: Found<'a>, words: String) {
        self.entries.push(Entry { found, words, place: None });
    }

    /// The best for a query. Where nothing is asked for yet, nodes come before their values, or behind them where the cable
    /// comes from what is there to move values; of values the first ones of all nodes, then the second ones.
    pub(super) fn best(self, query: &str) -> Vec<Found<'a>> {
        let moves = self.moves;
        if query.trim().is_empty() {
            let (mut inner, mut alone): (Vec<_>, Vec<_>) =
                self.entries.into_iter().partition(|entry| entry.place.is_some());
            inner.sort_by_key(|entry| entry.place);
            inner.truncate(LISTED);
            alone.truncate(LISTED);
            let [first, second] = if moves { [inner, alone] } else { [alone, inner] };
            return first.into_iter().chain(second).map(|entry| entry.found).collect();
        }
        let rank = |entry: Entry<'a>| {
            let score = score(query, &entry.words)?;
            // Among the values of a node not the shortest name comes first, but the first.
            let even = entry.place.map_or(0, |_| entry.words.chars().count() as i32 / 8 - 4);
            Some((score + even, entry.found))
        };
        let mut found: Vec<(i32, Found<'a>)> = self.entries.into_iter().filter_map(rank).collect();
        found.sort_by_key(|(score, _)| -*score);
        found.truncate(LISTED);
        found.into_iter().map(|(_, found)| found).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is offered, as `node` and `node.port`.
    fn offered(waiting: Option<Waiting>, query: &str) -> Vec<String> {
        let registry = bf_session::registry();
        let found = Offered::new(&registry, waiting).best(query);
        let word = |found: &Found<'_>| match found {
            Found::Type(spec) => spec.name.to_owned(),
            Found::Port(spec, port) => format!("{}.{}", spec.name, port.name),
            Found::Value(spec, param) => format!("{}.{}", spec.name, param.name),
            Found::Patch(name) | Found::Sound(name, _) => (*name).to_owned(),
            Found::Shelved(patch) => patch.name.clone(),
        };
        found.iter().map(word).collect()
    }

    fn from(category: Category) -> Option<Waiting> {
        Some(Waiting::new(Kind::Signal, true, Some(category)))
    }

    #[test]
    fn a_node_is_followed_by_its_inputs_and_its_values_as_they_are_declared() {
        let found = offered(from(Category::Source), "compressor");
        assert_eq!(found[..4], ["compressor", "compressor.side", "compressor.threshold", "compressor.ratio"]);
        let found = offered(from(Category::Source), "cutoff");
        assert!(found[..3].iter().all(|name| name.ends_with(".cutoff")), "{found:?}");
        // No cable: values are nowhere to be led to.
        assert!(!offered(None, "compressor").iter().any(|name| name.contains('.')));
    }

    #[test]
    fn before_anything_is_typed_nodes_and_values_are_both_seen() {
        let is_value = |name: &String| name.contains('.');
        let sound = offered(from(Category::Source), "");
        let first = sound.iter().position(is_value).unwrap();
        assert!((20..=LISTED).contains(&first) && sound[first..].iter().all(is_value), "{sound:?}");
        let mover = offered(from(Category::Modulation), "");
        assert!(mover[..LISTED].iter().all(is_value) && mover.len() > LISTED, "{mover:?}");
        // The first values of all, not all values of the first.
        let nodes: std::collections::BTreeSet<&str> =
            mover[..20].iter().map(|name| name.split('.').next().unwrap_or_default()).collect();
        assert_eq!(nodes.len(), 20, "{mover:?}");
        // Notes move no value.
        let notes = offered(Some(Waiting::new(Kind::Event, true, Some(Category::Sequencer))), "");
        let is_port = |name: &String| ["hat.open", "clockdiv.restart"].contains(&name.as_str());
        assert!(notes.iter().filter(|name| is_value(name)).any(is_port), "{notes:?}");
    }

    #[test]
    fn a_cable_backwards_comes_from_any_output() {
        let found = offered(Some(Waiting::new(Kind::Signal, false, None)), "svf");
        assert_eq!(found[0], "svf");
        assert!(found[1].starts_with("svf."), "{found:?}");
    }
}
