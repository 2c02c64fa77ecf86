//! Laws of differences: they lead exactly there, and they are few for what people do.

use super::*;
use crate::{Node, arb};
use proptest::prelude::*;

fn patch() -> Patch {
    let mut patch = Patch::default();
    for (name, kind) in [("saw", "saw"), ("filter", "svf"), ("out", "output")] {
        patch.nodes.insert(name.into(), Node::new(kind).with("gain", 0.5));
    }
    for (to, from) in [("filter", "saw"), ("out", "filter")] {
        patch.cables.insert(Socket::first(to), vec![Cable::plain(Socket::first(from))]);
    }
    patch
}

/// The edits that lead to what a change makes of the patch, in words.
fn check(change: impl FnOnce(&mut Patch), wanted: &[&str]) {
    let from = patch();
    let mut to = from.clone();
    change(&mut to);
    let edits: Vec<String> = diff(&from, &to).iter().map(ToString::to_string).collect();
    assert_eq!(edits, wanted);
}

#[test]
fn nothing_changed_is_nothing_to_do() {
    check(|_| (), &[]);
}

#[test]
fn a_number_is_one_edit() {
    check(|p| drop(p.nodes.insert("saw".into(), Node::new("saw").with("gain", 0.7))), &["set saw.gain to 0.7"]);
    check(|p| drop(p.nodes.insert("saw".into(), Node::new("saw"))), &["set saw.gain to its default"]);
    check(|p| p.tempo = 90.0, &["set the tempo to 90"]);
}

#[test]
fn a_type_is_one_edit() {
    check(|p| drop(p.nodes.insert("filter".into(), Node::new("ladder").with("drive", 1.0))), &["make filter a ladder"]);
}

#[test]
fn a_new_node_brings_its_place() {
    let change = |p: &mut Patch| {
        p.nodes.insert("lfo".into(), Node::new("lfo"));
        p.layout.insert("lfo".into(), [8, 8]);
        p.cables.insert(Socket::new("filter", "cutoff"), vec![Cable::plain(Socket::first("lfo"))]);
    };
    check(change, &["add lfo lfo", "connect lfo to filter.cutoff"]);
}

#[test]
fn a_node_that_goes_takes_its_cables() {
    let change = |p: &mut Patch| {
        p.nodes.remove("filter");
        p.cables = BTreeMap::from([(Socket::first("out"), vec![Cable::plain(Socket::first("saw"))])]);
    };
    check(change, &["remove filter", "connect saw to out"]);
}

#[test]
fn a_renamed_node_is_known_again() {
    let rename = |p: &mut Patch, from: &str, to: &str| {
        p.apply(&Edit::RenameNode { from: from.into(), to: to.into() }).unwrap();
    };
    check(|p| rename(p, "filter", "wah"), &["rename filter to wah"]);
    let both = |p: &mut Patch| {
        rename(p, "filter", "wah");
        rename(p, "saw", "lead");
    };
    check(both, &["rename filter to wah", "rename saw to lead"]);
}

#[test]
fn cables_that_change_places_move_alone() {
    let list = |names: &[&str]| names.iter().map(|n| Cable::plain(Socket::new("saw", n))).collect::<Vec<_>>();
    let mut from = patch();
    from.cables.insert(Socket::first("out"), list(&["a", "b", "c"]));
    let mut to = from.clone();
    to.cables.insert(Socket::first("out"), list(&["c", "a", "b"]));
    let edits: Vec<String> = diff(&from, &to).iter().map(ToString::to_string).collect();
    assert_eq!(edits, ["disconnect saw.c from out", "connect saw.c to out"]);
    to = from.clone();
    to.cables.get_mut(&Socket::first("out")).unwrap()[1].amount = Some(0.5);
    let edits: Vec<String> = diff(&from, &to).iter().map(ToString::to_string).collect();
    assert_eq!(edits, ["set the amount of saw.b at out"]);
}

fn leads_there(from: &Patch, to: &Patch) -> Result<(), TestCaseError> {
    let edits = diff(from, to);
    let mut now = from.clone();
    now.apply(&Edit::Batch(edits.clone())).unwrap();
    prop_assert_eq!(&now, to);
    prop_assert_eq!(diff(from, to), edits);
    prop_assert!(diff(to, to).is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(arb::config(200))]

    #[test]
    fn the_edits_lead_from_any_patch_to_any_other(from in arb::patch(), to in arb::patch()) {
        leads_there(&from, &to)?;
    }

    #[test]
    fn the_edits_lead_to_a_neighbour((from, to) in arb::two_patches()) {
        leads_there(&from, &to)?;
    }

    #[test]
    fn one_value_is_one_edit(from in arb::patch(), edit in arb::edit()) {
        let mut to = from.clone();
        if to.apply(&edit).is_ok() && edit.sets().is_some() {
            prop_assert!(diff(&from, &to).len() <= 1);
        }
    }
}

#[test]
fn a_node_that_something_waited_for_comes_with_what_the_wanted_patch_says_of_it() {
    let mut from = patch();
    from.beside.guests = std::sync::Arc::new(["bass".into()].into());
    for edit in [
        Edit::Override { target: Socket::new("bass", "cutoff"), value: Some(800.0.into()) },
        Edit::Override { target: Socket::new("bass", "gain"), value: Some(0.5.into()) },
        Edit::Connect { to: Socket::first("out"), cable: Cable::plain(Socket::first("bass")), at: Some(0) },
        Edit::SetLayout { name: "bass".into(), at: Some([8, 8]) },
        Edit::SetOutput { name: "low".into(), source: Some(Socket::first("bass")), at: None },
    ] {
        from.apply(&edit).unwrap();
    }
    let mut to = from.clone();
    to.nodes.insert("bass".into(), Node::new("saw"));
    to.overrides.remove(&Socket::new("bass", "gain"));
    let mut now = from.clone();
    let back = now.apply(&Edit::Batch(diff(&from, &to))).unwrap();
    assert_eq!(now, to);
    now.apply(&back).unwrap();
    assert_eq!(now, from);
}
