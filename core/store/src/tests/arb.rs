//! Random edits of every kind, and random things that hands do.

use super::{Action, KICK};
use bf_node::Value;
use bf_patch::{Cable, Control, Curve, Edit, LaneSpec, Mapping, Name, Node, Note, Point, SetEdit, Socket};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use proptest::{option, sample::select};

/// So many cases from one seed, the same in every run. `PROPTEST_RNG_SEED` looks elsewhere.
pub(super) fn config(cases: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    let rng_seed = if usual.rng_seed == RngSeed::Random { RngSeed::Fixed(0x5709e) } else { usual.rng_seed };
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..usual }
}

/// Draws from strategies, the same for the same seed.
pub(super) fn draws(seed: u64) -> TestRunner {
    TestRunner::new(ProptestConfig { rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..config(1) })
}

pub(super) fn draw<S: Strategy>(runner: &mut TestRunner, strategy: &S) -> S::Value {
    use proptest::strategy::ValueTree;
    strategy.new_tree(runner).unwrap().current()
}

fn name() -> impl Strategy<Value = Name> {
    select(&["saw", "lfo", "filter", "kick-2", "out", "a_b"][..]).prop_map(Name::from)
}

fn port() -> impl Strategy<Value = Name> {
    select(&["in", "low", "freq", "cutoff"][..]).prop_map(Name::from)
}

fn socket() -> impl Strategy<Value = Socket> {
    (name(), option::weighted(0.7, port())).prop_map(|(node, port)| Socket { node, port })
}

fn param() -> impl Strategy<Value = Socket> {
    (name(), port()).prop_map(|(node, port)| Socket { node, port: Some(port) })
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-4000..4000_i32).prop_map(|n| f64::from(n) / 100.0),
        proptest::num::f64::NORMAL,
        select(&[0.0, -0.0, 0.1, 1e300, -1e-300, 0.30000000000000004, 5e-324, 9.007199254740993e15][..]),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let odd = ["<300 900>*2", "", "a \"b\" \\ c", "line\nline\ttab\r\n", "ü\u{1}\u{7f}é#\0", "inf", "number"];
    prop_oneof![select(odd.to_vec()).prop_map(str::to_owned), "[ -~]{0,8}"]
}

pub(super) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => number().prop_map(Value::Number),
        1 => select(&[f64::INFINITY, f64::NEG_INFINITY][..]).prop_map(Value::Number),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => text().prop_map(Value::Text),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let key = select(&["a", "b", "step one", "c.d", "", "table", "number"][..]).prop_map(str::to_owned);
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::List),
            btree_map(key, inner, 0..3).prop_map(|map| Value::Table(map.into_iter().collect())),
        ]
    })
}

fn node() -> impl Strategy<Value = Node> {
    (select(&["saw", "svf", "output", "made-up"][..]), btree_map(port(), value(), 0..4))
        .prop_map(|(kind, params)| Node { kind: kind.to_owned(), params })
}

fn place() -> impl Strategy<Value = Option<[i32; 2]>> {
    option::of([-50..50_i32, -50..50_i32].prop_map(|[x, y]| [x * 8, y * 8]))
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
    let ends = || option::of((number(), number()));
    let curve = option::of(select(&[bf_node::Scale::Linear, bf_node::Scale::Log][..]));
    let mode = option::of(name());
    (param(), ends(), curve, ends(), mode).prop_map(|(to, range, curve, from, mode)| Mapping {
        to,
        range,
        curve,
        from,
        mode,
    })
}

fn note() -> impl Strategy<Value = Note> {
    let pair = || (any::<i32>(), any::<i32>()).prop_map(|(x, y)| [x, y]);
    (text(), pair(), option::of(pair()), option::of(name())).prop_map(|(text, at, size, color)| Note {
        text,
        at,
        size,
        color,
    })
}

/// Any edit but a batch; about half of them apply.
fn leaf() -> impl Strategy<Value = Edit> {
    let at = || option::of(0..4_usize);
    let some = |what| option::weighted(0.8, what);
    prop_oneof![
        6 => (name(), node(), place()).prop_map(|(name, node, at)| Edit::AddNode { name, node, at }),
        1 => name().prop_map(|name| Edit::RemoveNode { name }),
        2 => (name(), name()).prop_map(|(from, to)| Edit::RenameNode { from, to }),
        1 => (name(), node()).prop_map(|(name, node)| Edit::ReplaceNode { name, node }),
        4 => (param(), some(value().boxed())).prop_map(|(target, value)| Edit::SetParam { target, value }),
        2 => (param(), some(value().boxed())).prop_map(|(target, value)| Edit::Override { target, value }),
        8 => (socket(), socket(), option::weighted(0.4, number()), at())
            .prop_map(|(to, from, amount, at)| Edit::Connect { to, cable: Cable { from, amount }, at }),
        2 => (socket(), socket()).prop_map(|(to, from)| Edit::Disconnect { to, from }),
        2 => (socket(), socket(), option::of(number()))
            .prop_map(|(to, from, amount)| Edit::SetAmount { to, from, amount }),
        1 => (41..600_u16).prop_map(|t| Edit::SetTempo(f64::from(t) / 2.0)),
        1 => (1..9_u32).prop_map(Edit::SetSignature),
        1 => (0..9_u32).prop_map(Edit::SetVoices),
        2 => (name(), place()).prop_map(|(name, at)| Edit::SetLayout { name, at }),
        2 => (param(), option::weighted(0.8, lane())).prop_map(|(target, lane)| Edit::SetAutomation { target, lane }),
        2 => (name(), option::weighted(0.8, btree_map(param(), value(), 0..4)))
            .prop_map(|(name, values)| Edit::SetSnapshot { name, values }),
        2 => (name(), option::weighted(0.8, note())).prop_map(|(name, note)| Edit::SetNote { name, note }),
        2 => (text(), option::weighted(0.8, mapping())).prop_map(|(source, mapping)| Edit::SetMapping { source, mapping }),
        2 => (name(), option::weighted(0.8, vec(socket(), 0..3)), at())
            .prop_map(|(name, targets, at)| Edit::SetInput { name, targets, at }),
        2 => (name(), option::weighted(0.8, socket()), at())
            .prop_map(|(name, source, at)| Edit::SetOutput { name, source, at }),
        2 => (name(), option::weighted(0.8, control()), at())
            .prop_map(|(name, control, at)| Edit::SetControl { name, control, at }),
        1 => any::<u64>().prop_map(Edit::SetScore),
    ]
}

pub(super) fn edit() -> impl Strategy<Value = Edit> {
    leaf().prop_recursive(3, 8, 4, |inner| vec(inner, 0..4).prop_map(Edit::Batch))
}

pub(super) fn set_edit() -> impl Strategy<Value = SetEdit> {
    let file = option::weighted(0.2, Just(KICK.to_owned()));
    (file, edit()).prop_map(|(file, edit)| SetEdit { file, edit })
}

pub(super) fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        8 => (set_edit(), option::weighted(0.3, 1..4_u64)).prop_map(|(edit, gesture)| Action::Edit(edit, gesture)),
        1 => Just(Action::Undo),
        1 => Just(Action::Redo),
    ]
}
