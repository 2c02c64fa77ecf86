//! Random patches and random edits, for the laws that tests hold against everything here.

use crate::edit::Edit;
use crate::{Cable, Control, Curve, LaneSpec, Mapping, Name, Node, Note, Patch, Point, Socket};
use bf_node::Value;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use proptest::{option, sample::select};

/// So many cases from one seed, the same in every run. `PROPTEST_RNG_SEED` looks elsewhere.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    let rng_seed = if usual.rng_seed == RngSeed::Random { RngSeed::Fixed(0xbea7) } else { usual.rng_seed };
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..usual }
}

pub(crate) const NODES: [&str; 6] = ["saw", "lfo", "filter", "kick-2", "out", "a_b"];
const PORTS: [&str; 5] = ["in", "low", "freq", "cutoff", "gain"];
const ENTRIES: [&str; 4] = ["tone", "dirt", "gate", "main"];
const SOURCES: [&str; 3] = ["osc:/1/fader1", "midi:1/cc/7", "osc:/a b"];
const KINDS: [&str; 4] = ["saw", "svf", "output", "made-up"];

fn name(from: &'static [&'static str]) -> impl Strategy<Value = Name> {
    select(from).prop_map(Name::from)
}

fn socket() -> impl Strategy<Value = Socket> {
    (name(&NODES), option::weighted(0.7, name(&PORTS))).prop_map(|(node, port)| Socket { node, port })
}

fn param() -> impl Strategy<Value = Socket> {
    (name(&NODES), name(&PORTS)).prop_map(|(node, port)| Socket { node, port: Some(port) })
}

pub(crate) fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-20..2000_i32).prop_map(f64::from),
        (-4000..4000_i32).prop_map(|n| f64::from(n) / 100.0),
        proptest::num::f64::NORMAL,
        select(&[0.0, 0.1, 1e300, -1e-300, 0.30000000000000004][..]),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(&["<300 900>*2", "samples/kick.wav", "", "a \"b\" \\ c", "line\nline\ttab\r\n", "ü\u{1}\u{7f}é#"][..])
            .prop_map(str::to_owned),
        "[ -~]{0,8}",
    ]
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => number().prop_map(Value::Number),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => text().prop_map(Value::Text),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        let key = select(&["a", "b", "step one", "c.d", ""][..]).prop_map(str::to_owned);
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::List),
            btree_map(key, inner, 0..3).prop_map(|map| Value::Table(map.into_iter().collect())),
        ]
    })
}

fn node() -> impl Strategy<Value = Node> {
    (select(&KINDS[..]), btree_map(name(&PORTS), value(), 0..4))
        .prop_map(|(kind, params)| Node { kind: kind.to_owned(), params })
}

fn place() -> impl Strategy<Value = Option<[i32; 2]>> {
    option::of([-50..50_i32, -50..50_i32].prop_map(|[x, y]| [x * 8, y * 8]))
}

fn cable() -> impl Strategy<Value = Cable> {
    (socket(), option::weighted(0.4, number())).prop_map(|(from, amount)| Cable { from, amount })
}

fn lane() -> impl Strategy<Value = LaneSpec> {
    let curve = select(&[Curve::Linear, Curve::Hold, Curve::Exponential, Curve::Smooth][..]);
    let point =
        (0..64_u8, number(), curve).prop_map(|(b, value, curve)| Point { beat: f64::from(b) / 4.0, value, curve });
    (vec(point, 0..5), 0..20_u8).prop_map(|(mut points, length)| {
        points.sort_by(|a, b| a.beat.total_cmp(&b.beat));
        LaneSpec { points, length: f64::from(length) }
    })
}

fn control() -> impl Strategy<Value = Control> {
    let range = option::of((-10..10_i8, 1..10_i8).prop_map(|(lo, w)| (f64::from(lo), f64::from(lo) + f64::from(w))));
    (vec(param(), 0..3), option::of(value()), range, text()).prop_map(|(targets, default, range, help)| Control {
        targets,
        default,
        range,
        help,
    })
}

fn mapping() -> impl Strategy<Value = Mapping> {
    let ends = || option::of((-10..10_i8, 1..10_i8).prop_map(|(lo, w)| (f64::from(lo), f64::from(lo) + f64::from(w))));
    let curve = option::of(select(&[bf_node::Scale::Linear, bf_node::Scale::Log][..]));
    let mode = option::of(name(&["toggle", "pickup"]));
    (param(), ends(), curve, ends(), mode).prop_map(|(to, range, curve, from, mode)| Mapping {
        to,
        range,
        curve,
        from,
        mode,
    })
}

fn note() -> impl Strategy<Value = Note> {
    let pair = || (-9..9_i32, 1..9_i32).prop_map(|(x, y)| [x * 8, y * 8]);
    let size = option::of((1..90_i32, 1..90_i32).prop_map(|(w, h)| [w, h]));
    let color = option::of(name(&["cyan", "orange"]));
    (text(), pair(), size, color).prop_map(|(text, at, size, color)| Note { text, at, size, color })
}

/// Any edit of the few nodes; about half of them apply.
pub(crate) fn edit() -> impl Strategy<Value = Edit> {
    let at = || option::of(0..4_usize);
    let values = || btree_map(param(), value(), 0..4);
    prop_oneof![
        6 => (name(&NODES), node(), place()).prop_map(|(name, node, at)| Edit::AddNode { name, node, at }),
        1 => name(&NODES).prop_map(|name| Edit::RemoveNode { name }),
        2 => (name(&NODES), name(&NODES)).prop_map(|(from, to)| Edit::RenameNode { from, to }),
        1 => (name(&NODES), node()).prop_map(|(name, node)| Edit::ReplaceNode { name, node }),
        4 => (param(), option::weighted(0.8, value())).prop_map(|(target, value)| Edit::SetParam { target, value }),
        2 => (param(), option::weighted(0.8, value())).prop_map(|(target, value)| Edit::Override { target, value }),
        8 => (socket(), cable(), at()).prop_map(|(to, cable, at)| Edit::Connect { to, cable, at }),
        2 => (socket(), socket()).prop_map(|(to, from)| Edit::Disconnect { to, from }),
        2 => (socket(), socket(), option::of(number()))
            .prop_map(|(to, from, amount)| Edit::SetAmount { to, from, amount }),
        1 => (1..300_u16).prop_map(|t| Edit::SetTempo(f64::from(t) / 2.0)),
        1 => (1..9_u32).prop_map(Edit::SetSignature),
        1 => (0..9_u32).prop_map(Edit::SetVoices),
        2 => (name(&NODES), place()).prop_map(|(name, at)| Edit::SetLayout { name, at }),
        2 => (param(), option::weighted(0.8, lane())).prop_map(|(target, lane)| Edit::SetAutomation { target, lane }),
        2 => (name(&ENTRIES), option::weighted(0.8, values()))
            .prop_map(|(name, values)| Edit::SetSnapshot { name, values }),
        2 => (name(&ENTRIES), option::weighted(0.8, note())).prop_map(|(name, note)| Edit::SetNote { name, note }),
        2 => (select(&SOURCES[..]), option::weighted(0.8, mapping()))
            .prop_map(|(source, mapping)| Edit::SetMapping { source: source.to_owned(), mapping }),
        3 => (name(&ENTRIES), option::weighted(0.8, vec(socket(), 0..3)), at())
            .prop_map(|(name, targets, at)| Edit::SetInput { name, targets, at }),
        3 => (name(&ENTRIES), option::weighted(0.8, socket()), at())
            .prop_map(|(name, source, at)| Edit::SetOutput { name, source, at }),
        3 => (name(&ENTRIES), option::weighted(0.8, control()), at())
            .prop_map(|(name, control, at)| Edit::SetControl { name, control, at }),
    ]
}

/// The patch that some of these edits make of another; those that do not apply are left out.
pub(crate) fn edited(mut patch: Patch, edits: &[Edit]) -> Patch {
    for edit in edits {
        let _ = patch.apply(edit);
    }
    patch
}

/// A well-formed patch with a bit of everything.
pub(crate) fn patch() -> impl Strategy<Value = Patch> {
    vec(edit(), 0..60).prop_map(|edits| edited(Patch::default(), &edits))
}

/// A patch and another that a few edits have made of it.
pub(crate) fn two_patches() -> impl Strategy<Value = (Patch, Patch)> {
    (patch(), vec(edit(), 0..12)).prop_map(|(patch, edits)| (patch.clone(), edited(patch, &edits)))
}
