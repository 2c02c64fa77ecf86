//! Laws of edits: what is applied can be taken back exactly, and what fails leaves no trace.

use super::*;
use crate::arb;
use crate::{Curve, Point, Set};
use proptest::prelude::*;

/// saw -> filter -> out, lfo -> filter.cutoff, with something in every part.
fn patch() -> Patch {
    let mut patch = Patch::default();
    for (name, kind) in [("saw", "saw"), ("lfo", "lfo"), ("filter", "svf"), ("out", "output")] {
        patch.apply(&Edit::AddNode { name: name.into(), node: Node::new(kind), at: Some([8, 16]) }).unwrap();
    }
    let cables = [("filter", "saw"), ("filter", "lfo"), ("out", "filter"), ("out", "saw"), ("out", "lfo")];
    for (to, from) in cables {
        let cable = Cable::plain(Socket::first(from));
        patch.apply(&Edit::Connect { to: Socket::first(to), cable, at: None }).unwrap();
    }
    let cutoff = Socket::new("filter", "cutoff");
    let cable = Cable { from: Socket::first("lfo"), amount: Some(2.0) };
    let lane = LaneSpec { points: vec![Point { beat: 0.0, value: 1.0, curve: Curve::Hold }], length: 4.0 };
    let stored = BTreeMap::from([(cutoff.clone(), 1.0.into()), (Socket::new("saw", "freq"), 2.0.into())]);
    let control = Control { targets: vec![cutoff.clone()], default: None, range: None, help: String::new() };
    let inputs = |names: &[&str]| Some(names.iter().map(|n| Socket::first(n)).collect());
    for edit in [
        Edit::Connect { to: cutoff.clone(), cable, at: None },
        Edit::SetParam { target: cutoff.clone(), value: Some(900.0.into()) },
        Edit::Override { target: cutoff.clone(), value: Some(1200.0.into()) },
        Edit::SetAutomation { target: cutoff, lane: Some(lane) },
        Edit::SetSnapshot { name: "verse".into(), values: Some(stored) },
        Edit::SetInput { name: "a".into(), targets: inputs(&["filter"]), at: None },
        Edit::SetInput { name: "b".into(), targets: inputs(&["out", "filter"]), at: None },
        Edit::SetInput { name: "c".into(), targets: inputs(&["filter"]), at: None },
        Edit::SetOutput { name: "main".into(), source: Some(Socket::first("filter")), at: None },
        Edit::SetOutput { name: "dry".into(), source: Some(Socket::first("saw")), at: None },
        Edit::SetControl { name: "tone".into(), control: Some(control), at: None },
    ] {
        patch.apply(&edit).unwrap();
    }
    patch.check().unwrap();
    patch
}

fn fails(edit: Edit) -> String {
    let mut patch = patch();
    let before = patch.clone();
    let error = patch.apply(&edit).unwrap_err();
    assert_eq!(patch, before, "a failed edit leaves no trace");
    error.to_string()
}

#[test]
fn removing_a_node_takes_all_that_refers_to_it_and_the_inverse_brings_it_back() {
    let mut patch = patch();
    let before = patch.clone();
    let back = patch.apply(&Edit::RemoveNode { name: "filter".into() }).unwrap();
    patch.check().unwrap();
    assert_eq!(patch.cables.len(), 1);
    assert_eq!(patch.cables[&Socket::first("out")].len(), 2);
    assert_eq!(patch.inputs, [(Name::new("b"), vec![Socket::first("out")])]);
    assert_eq!(patch.outputs.len(), 1);
    assert!(patch.controls.is_empty() && patch.overrides.is_empty() && patch.automation.is_empty());
    assert_eq!(patch.snapshots["verse"].len(), 1);
    let again = patch.apply(&back).unwrap();
    assert_eq!(patch, before);
    patch.apply(&again).unwrap();
    patch.check().unwrap();
}

#[test]
fn a_name_that_only_plays_beside_the_patch_is_free_and_one_that_is_meant_is_not() {
    let mut patch = patch();
    let before = patch.clone();
    let back = patch.apply(&Edit::RemoveNode { name: "out".into() }).unwrap();
    let renamed = patch.apply(&Edit::RenameNode { from: "saw".into(), to: "tone".into() }).unwrap();
    // Scripts play an output and a track now.
    patch.beside.guests = std::sync::Arc::new(["out".into(), "saw".into(), "drums".into()].into());
    let mute = Edit::Override { target: Socket::new("drums", "mute"), value: Some(true.into()) };
    let heard = patch.apply(&mute).unwrap();
    let taken = [
        Edit::AddNode { name: "drums".into(), node: Node::new("gain"), at: None },
        Edit::RenameNode { from: "lfo".into(), to: "drums".into() },
    ];
    for edit in taken {
        assert_eq!(patch.apply(&edit).unwrap_err().to_string(), "there is a node `drums` already");
    }
    for edit in [heard, renamed, back] {
        patch.apply(&edit).unwrap();
    }
    assert_eq!(patch, before);
}

#[test]
fn what_waits_for_a_node_beside_the_patch_is_never_taken_along_by_another() {
    let mut patch = patch();
    patch.beside.guests = std::sync::Arc::new(["bass".into()].into());
    let target = Socket::new("bass", "cutoff");
    patch.apply(&Edit::Override { target: target.clone(), value: Some(800.0.into()) }).unwrap();
    patch.beside.guests = std::sync::Arc::default();
    let before = patch.clone();
    patch.apply(&Edit::AddNode { name: "bass".into(), node: Node::new("gain"), at: None }).unwrap_err();
    patch.apply(&Edit::RenameNode { from: "saw".into(), to: "bass".into() }).unwrap_err();
    let name = patch.free_name("bass");
    assert_eq!(name.as_str(), "bass2");
    let back = patch.apply(&Edit::AddNode { name, node: Node::new("gain"), at: None }).unwrap();
    patch.apply(&back).unwrap();
    assert_eq!(patch, before);
}

#[test]
fn renaming_carries_everything_along() {
    let mut patch = patch();
    let before = patch.clone();
    let back = patch.apply(&Edit::RenameNode { from: "filter".into(), to: "wah".into() }).unwrap();
    assert!(!format!("{patch:?}").contains("filter"));
    patch.check().unwrap();
    patch.apply(&back).unwrap();
    assert_eq!(patch, before);
}

#[test]
fn cables_keep_their_order() {
    let mut patch = patch();
    let out = Socket::first("out");
    let order = |p: &Patch| p.cables[&Socket::first("out")].iter().map(|c| c.from.to_string()).collect::<Vec<_>>();
    let back = patch.apply(&Edit::Disconnect { to: out.clone(), from: Socket::first("saw") }).unwrap();
    assert_eq!(order(&patch), ["filter", "lfo"]);
    patch.apply(&back).unwrap();
    assert_eq!(order(&patch), ["filter", "saw", "lfo"]);
    let cable = Cable::plain(Socket::new("saw", "sub"));
    patch.apply(&Edit::Connect { to: out, cable, at: Some(99) }).unwrap();
    assert_eq!(order(&patch), ["filter", "saw", "lfo", "saw.sub"]);
}

#[test]
fn errors_name_what_is_at_fault() {
    let first = |n: &str| Socket::first(n);
    let connect = |to: Socket, from: Socket| Edit::Connect { to, cable: Cable::plain(from), at: None };
    let set = |target: Socket, v: f64| Edit::SetParam { target, value: Some(v.into()) };
    let node = Node::new("saw");
    let control = |range| Control { targets: vec![], default: None, range, help: String::new() };
    for (edit, message) in [
        (Edit::RemoveNode { name: "fliter".into() }, "there is no node `fliter`; did you mean `filter`?"),
        (Edit::RemoveNode { name: "reverb".into() }, "there is no node `reverb`"),
        (Edit::AddNode { name: "saw".into(), node: node.clone(), at: None }, "there is a node `saw` already"),
        (
            Edit::AddNode { name: "My Saw".into(), node: node.clone(), at: None },
            "\"My Saw\" is not a name: a name starts with a small letter, then small letters, digits, _ or -",
        ),
        (Edit::RenameNode { from: "saw".into(), to: "lfo".into() }, "there is a node `lfo` already"),
        (connect(first("outt"), first("saw")), "there is no node `outt`; did you mean `out`?"),
        (connect(first("out"), first("sawx")), "there is no node `sawx`; did you mean `saw`?"),
        (connect(first("out"), first("saw")), "a cable runs from `saw` to `out` already"),
        (
            Edit::Disconnect { to: first("out"), from: Socket::new("saw", "out") },
            "no cable runs from `saw.out` to `out`",
        ),
        (set(first("saw"), 1.0), "`saw` names a node; a param is written `saw.name`"),
        (
            set(Socket::new("saw", "type"), 1.0),
            "`saw.type` cannot be set: `type` says what the node is; replace the node instead",
        ),
        (set(Socket::new("saw", "freq"), f64::NAN), "`saw.freq` cannot be set: the value is not a number"),
        (
            Edit::SetAmount { to: first("out"), from: first("saw"), amount: Some(f64::INFINITY) },
            "the cable from `saw` to `out` needs a finite amount, not inf",
        ),
        (Edit::SetTempo(0.0), "the tempo is a number from 1 to 1000 beats a minute, not 0"),
        (Edit::SetTempo(1000.5), "the tempo is a number from 1 to 1000 beats a minute, not 1000.5"),
        (Edit::SetSignature(0), "a bar has 1 to 256 beats, not 0"),
        (Edit::SetVoices(9999), "a patch has 0 to 1024 voices, not 9999"),
        (Edit::SetSnapshot { name: "vers".into(), values: None }, "there is no snapshot `vers`; did you mean `verse`?"),
        (Edit::SetInput { name: "d".into(), targets: None, at: None }, "there is no input `d`; did you mean `a`?"),
        (
            Edit::SetControl { name: "tone".into(), control: Some(control(Some((2.0, 2.0)))), at: None },
            "the range of control `tone` runs from 2 to 2, which leaves nothing between",
        ),
    ] {
        assert_eq!(fails(edit), message);
    }
}

#[test]
fn a_lane_that_runs_backwards_is_refused() {
    let point = |beat| Point { beat, value: 0.0, curve: Curve::Linear };
    let lane = LaneSpec { points: vec![point(1.0), point(0.0)], length: 0.0 };
    let message = fails(Edit::SetAutomation { target: Socket::new("saw", "freq"), lane: Some(lane) });
    let wanted = "the automation of `saw.freq` does not hold: point 2 lies before the one in front of it; \
                  points stand in order";
    assert_eq!(message, wanted);
}

#[test]
fn a_batch_is_all_or_nothing() {
    let message = fails(Edit::Batch(vec![
        Edit::RemoveNode { name: "filter".into() },
        Edit::SetTempo(99.0),
        Edit::Batch(vec![Edit::RenameNode { from: "saw".into(), to: "sow".into() }]),
        Edit::RemoveNode { name: "filter".into() },
    ]));
    assert_eq!(message, "there is no node `filter`");
}

#[test]
fn a_set_names_the_file_at_fault() {
    let mut set = Set { main: patch(), ..Set::default() };
    set.files.insert("patches/kick.toml".to_owned(), patch());
    let before = set.clone();
    let remove = |n: &str| Edit::RemoveNode { name: n.into() };
    let error = set.apply(&SetEdit::file("patches/kik.toml", remove("saw"))).unwrap_err();
    let wanted = "the set has no patch file \"patches/kik.toml\"; did you mean `patches/kick.toml`?";
    assert_eq!(error.to_string(), wanted);
    let good = SetEdit::file("patches/kick.toml", remove("saw"));
    let bad = SetEdit::file("patches/kick.toml", remove("sawx"));
    let error = set.apply_all(&[SetEdit::main(remove("saw")), good.clone(), bad]).unwrap_err();
    assert_eq!(error.to_string(), "in patches/kick.toml: there is no node `sawx`");
    assert_eq!(set, before);
    let back = set.apply_all(&[SetEdit::main(remove("saw")), good]).unwrap();
    set.apply_all(&back).unwrap();
    assert_eq!(set, before);
}

#[test]
fn new_nodes_find_a_free_name() {
    let mut patch = patch();
    assert_eq!(patch.free_name("kick").as_str(), "kick");
    assert_eq!(patch.free_name("saw").as_str(), "saw2");
    patch.apply(&Edit::AddNode { name: "saw2".into(), node: Node::new("saw"), at: None }).unwrap();
    assert_eq!(patch.free_name("saw").as_str(), "saw3");
    assert_eq!(patch.free_name("Ümlaut").as_str(), "node");
}

proptest! {
    #![proptest_config(arb::config(200))]

    #[test]
    fn apply_then_inverse_is_identity(patch in arb::patch(), edits in prop::collection::vec(arb::edit(), 1..12)) {
        let mut now = patch.clone();
        let mut backs = Vec::new();
        for edit in &edits {
            let before = now.clone();
            match now.apply(edit) {
                Ok(back) => {
                    now.check().unwrap();
                    let after = now.clone();
                    let mut once = now.clone();
                    let again = once.apply(&back).unwrap();
                    prop_assert_eq!(&once, &before);
                    once.apply(&again).unwrap();
                    prop_assert_eq!(&once, &after);
                    backs.push(back);
                }
                Err(_) => prop_assert_eq!(&now, &before),
            }
        }
        backs.reverse();
        now.apply(&Edit::Batch(backs)).unwrap();
        prop_assert_eq!(now, patch);
    }

    #[test]
    fn a_batch_is_its_edits_or_nothing(patch in arb::patch(), edits in prop::collection::vec(arb::edit(), 1..4)) {
        let mut now = patch.clone();
        match now.apply(&Edit::Batch(edits.clone())) {
            Ok(back) => {
                prop_assert_eq!(&now, &arb::edited(patch.clone(), &edits));
                now.apply(&back).unwrap();
                prop_assert_eq!(now, patch);
            }
            Err(_) => prop_assert_eq!(now, patch),
        }
    }
}

#[test]
fn an_amount_is_a_number_that_signals_can_be_multiplied_by() {
    let mut patch = patch();
    let (to, from) = (Socket::first("out"), Socket::first("saw"));
    for amount in [1e39, -1e300, f64::INFINITY, f64::NAN] {
        let edit = Edit::SetAmount { to: to.clone(), from: from.clone(), amount: Some(amount) };
        assert!(matches!(patch.apply(&edit), Err(EditError::BadAmount { .. })), "{amount}");
    }
    patch.apply(&Edit::SetAmount { to, from, amount: Some(3e38) }).unwrap();
    let text =
        "beatforge = 1\n[nodes]\na = { type = \"saw\" }\n[cables]\n\"a.freq\" = { from = \"a\", amount = 1e39 }\n";
    let faults = crate::TextPatch::parse(text, "x.toml").err().unwrap();
    assert_eq!((faults.len(), faults[0].line, faults[0].column), (1, 5, 35), "{faults:?}");
}
