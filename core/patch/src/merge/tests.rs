//! Laws of merging: what one side did is done, the file wins, and nothing is left hanging.

use super::*;
use crate::arb;
use crate::{Cable, Control, LaneSpec, Node, Socket};
use bf_node::Value;
use proptest::prelude::*;

const BASE: &str = r#"beatforge = 1
[nodes]
saw = { type = "saw", freq = 110.0 }
lfo = { type = "lfo", rate = 1.0 }
filter = { type = "svf", cutoff = 900.0, resonance = 0.4 }
out = { type = "output" }
[cables]
filter = "saw"
"filter.cutoff" = { from = "lfo", amount = 2.0 }
out = ["filter", "saw"]
[overrides]
"filter.resonance" = 0.9
"#;

fn read(text: &str) -> Patch {
    crate::TextPatch::parse(text, "set.toml").unwrap_or_else(|e| panic!("{e:?}\n{text}")).patch().clone()
}

fn apply(patch: &Patch, edits: &[Edit]) -> Patch {
    let mut patch = patch.clone();
    patch.apply(&Edit::Batch(edits.to_vec())).unwrap();
    patch
}

fn set(node: &str, param: &str, value: f64) -> Edit {
    Edit::SetParam { target: Socket::new(node, param), value: Some(value.into()) }
}

fn hand(node: &str, param: &str, value: f64) -> Edit {
    Edit::Override { target: Socket::new(node, param), value: Some(value.into()) }
}

fn connect(to: &str, from: &str) -> Edit {
    Edit::Connect { to: Socket::first(to), cable: Cable::plain(Socket::first(from)), at: None }
}

fn remove(name: &str) -> Edit {
    Edit::RemoveNode { name: name.into() }
}

/// The merged patch, what the edits are and what the conflicts say.
fn check(ours: &[Edit], theirs: &[Edit], edits: &[&str], conflicts: &[&str]) -> Patch {
    let base = read(BASE);
    let ours = apply(&base, ours);
    let merge = merge(&base, &ours, &apply(&base, theirs));
    assert_eq!(merge.edits.iter().map(ToString::to_string).collect::<Vec<_>>(), edits);
    assert_eq!(merge.conflicts.iter().map(ToString::to_string).collect::<Vec<_>>(), conflicts);
    let merged = apply(&ours, &merge.edits);
    merged.check().unwrap();
    merged
}

#[test]
fn what_each_side_did_is_done() {
    let ours = [set("saw", "freq", 55.0), connect("out", "lfo")];
    let theirs = [set("lfo", "rate", 2.0), Edit::SetTempo(90.0)];
    check(&ours, &theirs, &["set the tempo to 90", "set lfo.rate to 2.0"], &[]);
    let same = [set("saw", "freq", 55.0)];
    check(&same, &same, &[], &[]);
}

#[test]
fn where_both_changed_one_value_the_file_wins() {
    let merged = check(
        &[set("saw", "freq", 55.0), Edit::SetTempo(80.0)],
        &[set("saw", "freq", 220.0), Edit::SetTempo(90.0)],
        &["set the tempo to 90", "set saw.freq to 220.0"],
        &["tempo: the file says 90; 80 is in the history", "saw.freq: the file says 220.0; 55.0 is in the history"],
    );
    assert_eq!(merged.nodes["saw"], Node::new("saw").with("freq", 220.0));
}

#[test]
fn an_override_stays_while_the_text_stays() {
    let merged = check(
        &[hand("filter", "cutoff", 1200.0), hand("filter", "resonance", 0.7)],
        &[set("saw", "freq", 220.0)],
        &["set saw.freq to 220.0"],
        &[],
    );
    assert_eq!(merged.overrides.len(), 2);
}

#[test]
fn a_new_text_wins_over_an_override() {
    let merged = check(
        &[hand("filter", "cutoff", 1200.0)],
        &[set("filter", "cutoff", 500.0)],
        &["set filter.cutoff to 500.0", "reset filter.cutoff"],
        &["the override of filter.cutoff: the file says 500.0; 1200.0 is in the history"],
    );
    assert_eq!(merged.overrides.len(), 1);
    // The file's `[overrides]` still has the old one: it was saved there and not touched.
    check(
        &[],
        &[set("filter", "resonance", 0.1)],
        &["set filter.resonance to 0.1", "reset filter.resonance"],
        &["the override of filter.resonance: the file says 0.1; 0.9 is in the history"],
    );
    // Out of the text altogether is a change too.
    let gone = Edit::SetParam { target: Socket::new("filter", "resonance"), value: None };
    check(
        &[],
        &[gone],
        &["set filter.resonance to its default", "reset filter.resonance"],
        &["the override of filter.resonance: gone from the file; 0.9 is in the history"],
    );
    // The same number again is no loss.
    check(&[], &[set("filter", "resonance", 0.9)], &["set filter.resonance to 0.9", "reset filter.resonance"], &[]);
}

#[test]
fn an_override_that_the_file_itself_changed_is_the_files() {
    let both = [set("filter", "resonance", 0.1), hand("filter", "resonance", 0.2)];
    check(&[], &both, &["set filter.resonance to 0.1", "turn filter.resonance to 0.2"], &[]);
    let ours = [hand("filter", "resonance", 0.5)];
    check(
        &ours,
        &[hand("filter", "resonance", 0.2)],
        &["turn filter.resonance to 0.2"],
        &["the override of filter.resonance: the file says 0.2; 0.5 is in the history"],
    );
    check(
        &[],
        &[Edit::Override { target: Socket::new("filter", "resonance"), value: None }],
        &["reset filter.resonance"],
        &[],
    );
}

#[test]
fn writing_an_override_to_the_text_is_no_change_of_the_file() {
    let ours = [
        set("filter", "resonance", 0.9),
        Edit::Override { target: Socket::new("filter", "resonance"), value: None },
        hand("filter", "cutoff", 1.0),
    ];
    check(&ours, &[set("saw", "freq", 1.0)], &["set saw.freq to 1.0"], &[]);
}

#[test]
fn a_node_that_the_file_removed_goes() {
    check(&[connect("out", "lfo")], &[remove("filter")], &["remove filter"], &[]);
    check(
        &[set("filter", "cutoff", 1.0), connect("lfo", "filter")],
        &[remove("filter")],
        &["remove filter"],
        &["node filter: gone from the file; svf is in the history"],
    );
}

#[test]
fn a_node_that_was_removed_here_comes_back_if_the_file_goes_on_with_it() {
    check(&[remove("filter")], &[set("saw", "freq", 1.0)], &["set saw.freq to 1.0"], &[]);
    let merged = check(
        &[remove("filter")],
        &[set("filter", "cutoff", 1.0)],
        &[
            "add svf filter",
            "connect saw to filter",
            "connect lfo to filter.cutoff",
            "connect filter to out",
            "turn filter.resonance to 0.9",
        ],
        &["node filter: removed here, but the file says svf"],
    );
    assert_eq!(merged.cables[&Socket::first("out")][0].from, Socket::first("filter"));
    let merged = check(
        &[remove("lfo")],
        &[connect("out", "lfo")],
        &["add lfo lfo", "connect lfo to filter.cutoff", "connect lfo to out"],
        &["node lfo: removed here, but the file says lfo"],
    );
    assert_eq!(merged, apply(&read(BASE), &[connect("out", "lfo")]));
}

#[test]
fn a_renamed_node_keeps_what_the_other_side_did() {
    let rename = |from: &str, to: &str| Edit::RenameNode { from: from.into(), to: to.into() };
    let merged = check(
        &[set("filter", "cutoff", 1.0), connect("out", "lfo")],
        &[rename("filter", "wah")],
        &["rename filter to wah"],
        &[],
    );
    assert_eq!(merged.nodes["wah"].params["cutoff"], Value::Number(1.0));
    check(&[rename("filter", "wah")], &[set("filter", "cutoff", 1.0)], &["set wah.cutoff to 1.0"], &[]);
    check(&[rename("filter", "wah")], &[rename("filter", "wah")], &[], &[]);
    check(
        &[rename("filter", "wah")],
        &[rename("filter", "wow")],
        &["rename wah to wow"],
        &["node wow: the file says wow; wah is in the history"],
    );
}

#[test]
fn lists_and_snapshots_are_merged_entry_by_entry() {
    let stored = |params: &[(&str, f64)]| Edit::SetSnapshot {
        name: "verse".into(),
        values: Some(params.iter().map(|(p, v)| (Socket::new("filter", p), (*v).into())).collect()),
    };
    let control = |name: &str| Edit::SetControl {
        name: name.into(),
        control: Some(Control {
            targets: vec![Socket::new("filter", "cutoff")],
            default: None,
            range: None,
            help: String::new(),
        }),
        at: None,
    };
    let base = apply(&read(BASE), &[stored(&[("cutoff", 1.0), ("resonance", 1.0)]), control("a"), control("b")]);
    let lane = Edit::SetAutomation { target: Socket::new("saw", "freq"), lane: Some(LaneSpec::default()) };
    let ours = apply(&base, &[stored(&[("cutoff", 2.0), ("resonance", 1.0)]), control("c"), lane]);
    let theirs = apply(
        &base,
        &[
            stored(&[("cutoff", 1.0), ("resonance", 3.0), ("gain", 1.0)]),
            Edit::SetControl { name: "a".into(), control: None, at: None },
            control("d"),
        ],
    );
    let merge = merge(&base, &ours, &theirs);
    assert_eq!(merge.conflicts, []);
    let merged = apply(&ours, &merge.edits);
    let values: Vec<Option<f64>> = merged.snapshots["verse"].values().map(Value::as_number).collect();
    assert_eq!(values, [Some(2.0), Some(1.0), Some(3.0)]);
    let names: Vec<&str> = merged.controls.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["b", "c", "d"]);
    assert_eq!(merged.automation.len(), 1);
}

/// What a file alone comes to: itself, less the overrides whose text has changed.
fn alone(base: &Patch, theirs: &Patch) -> Patch {
    let mut wanted = theirs.clone();
    let text =
        |side: &Patch, t: &Socket| side.nodes.get(&t.node).map(|n| n.params.get(t.port.as_ref().unwrap()).cloned());
    wanted.overrides.retain(|target, value| {
        let known = base.nodes.contains_key(&target.node);
        !known || text(base, target) == text(theirs, target) || base.overrides.get(target) != Some(value)
    });
    wanted
}

proptest! {
    #![proptest_config(arb::config(200))]

    #[test]
    fn a_merge_is_well_formed(
        (base, ours) in arb::two_patches(),
        edits in prop::collection::vec(arb::edit(), 0..12),
    ) {
        let theirs = arb::edited(base.clone(), &edits);
        let done = merge(&base, &ours, &theirs);
        let mut merged = ours.clone();
        merged.apply(&Edit::Batch(done.edits.clone())).unwrap();
        merged.check().unwrap();
        prop_assert_eq!(&done, &merge(&base, &ours, &theirs));
        // What the file says anew is in the merged patch, where no node was renamed here meanwhile.
        let renamed = !find_renames(&base, &ours).is_empty();
        for edit in diff(&base, &theirs) {
            match edit {
                Edit::SetTempo(tempo) => prop_assert_eq!(merged.tempo, tempo),
                Edit::AddNode { name, .. } => prop_assert!(merged.nodes.contains_key(&name)),
                Edit::SetParam { target, value } if !renamed => {
                    let node = &merged.nodes[&target.node];
                    prop_assert_eq!(node.params.get(target.port.as_ref().unwrap()), value.as_ref());
                }
                Edit::Connect { to, cable, .. } if !renamed => {
                    prop_assert!(merged.cables[&to].contains(&cable));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn if_one_side_alone_changed_it_is_that_side((base, other) in arb::two_patches()) {
        let kept = merge(&base, &other, &base);
        prop_assert!(kept.edits.is_empty() && kept.conflicts.is_empty(), "{:?}", kept);
        let taken = merge(&base, &base, &other);
        let merged = apply(&base, &taken.edits);
        // A rename is taken for one here, and for a going and a coming there: overrides follow the first.
        if find_renames(&base, &other).is_empty() {
            prop_assert_eq!(&merged, &alone(&base, &other));
        }
        let mut plain = merged.clone();
        plain.overrides = other.overrides.clone();
        prop_assert_eq!(plain, other);
    }

    #[test]
    fn both_having_done_the_same_is_no_change((base, other) in arb::two_patches()) {
        let done = merge(&base, &other, &other);
        let merged = apply(&other, &done.edits);
        let mut plain = merged;
        plain.overrides = other.overrides.clone();
        prop_assert_eq!(plain, other);
    }
}
