//! Addresses are made from what is heard: declarations, the document, scripts.

use crate::stand::Stand;
use bf_io::osc::{Pattern, check_address};
use bf_node::{Scale, Unit};
use bf_session::surface::{Access, Aim, Atom, Family, Tree, Trust};
use bf_session::{registry, surface};
use std::collections::BTreeSet;

const SET: &str = r#"
beatforge = 1
tempo = 90.0

[nodes]
osc = { type = "saw", freq = 110.0 }
filter = { type = "svf", cutoff = 900.0 }
filter-2 = { type = "svf" }
heat = { type = "macro", value = 0.25 }
wobble = { type = "lfo" }
bell = { type = "patch", file = "patches/bell.toml", bright = 2000.0 }
out = { type = "output" }

[cables]
"filter" = "osc"
"filter-2" = "filter"
"filter.resonance" = "wobble"
"filter-2.cutoff" = { from = "wobble", amount = 1.0 }
"out" = ["filter-2", "bell"]

[controls]
tone = { to = "filter.cutoff" }

[overrides]
"osc.freq" = 220.0

[snapshots.dark]
"filter.cutoff" = 200.0
"#;

const BELL: &str = r#"
beatforge = 1
voices = 4

[nodes]
voice = { type = "voice" }
tone = { type = "sine" }
shape = { type = "svf", cutoff = 3000.0 }

[cables]
"tone.freq" = "voice.freq"
"shape" = "tone"

[outputs]
out = "shape"

[controls]
bright = { to = "shape.cutoff", min = 500.0, max = 8000.0, help = "How bright it is." }
ring = { to = "shape.resonance", default = 0.5 }
"#;

const SCRIPT: &str = r#"
track("drums", s("bd*4"));
track("lead", note("c4"));
macro("wet", 0.3);
macro("reach", 800, 200, 4000);
scene("drop", || { track("drums", s("bd*8")); });
scene("alone", || { track("drums", s("bd")); });
"#;

fn stand() -> Stand {
    Stand::new(64, &[("set.toml", SET), ("patches/bell.toml", BELL), ("live.rhai", SCRIPT)])
}

fn value(tree: &Tree, address: &str) -> Vec<Atom> {
    tree.find(address).unwrap_or_else(|| panic!("no {address}")).value.clone()
}

#[test]
fn what_is_declared_has_addresses_with_all_that_is_known() {
    let stand = stand();
    let tree = stand.session.tree();
    let cutoff = tree.find("/bf/node/filter/cutoff").unwrap();
    assert_eq!((cutoff.access, cutoff.trust, cutoff.tags().as_str()), (Access::Both, Trust::Anyone, "f"));
    assert_eq!(cutoff.help, "Where the filter bends.");
    assert_eq!(cutoff.args[0].unit, Unit::Hz);
    let travel = cutoff.args[0].travel.unwrap();
    assert_eq!((travel.min, travel.max, travel.scale), (20.0, 20_000.0, Scale::Log));
    assert_eq!(cutoff.value, [Atom::Float(900.0)]);
    assert_eq!(cutoff.exposed.as_ref().unwrap().as_str(), "tone");
    let place = (900.0_f64 / 20.0).ln() / 1000.0_f64.ln();
    assert_eq!(value(&tree, "/bf/norm/filter/cutoff"), [Atom::from(place)]);
    // A hand lies over the text; what a cable replaces has no number of its own, what it moves around has.
    assert_eq!(value(&tree, "/bf/node/osc/freq"), [Atom::Float(220.0)]);
    assert_eq!(value(&tree, "/bf/node/filter/resonance"), []);
    assert_eq!(value(&tree, "/bf/node/filter-2/cutoff"), [Atom::Float(1000.0)]);
    assert_eq!(value(&tree, "/bf/transport/tempo"), [Atom::Float(90.0)]);
    assert_eq!(tree.find("/bf/edit").unwrap().trust, Trust::Machine);
    assert_eq!(tree.find("/bf/node/bell/file"), None);
}

#[test]
fn instances_show_their_controls_and_are_played() {
    let tree = stand().session.tree();
    let bright = tree.find("/bf/node/bell/bright").unwrap();
    let travel = bright.args[0].travel.unwrap();
    assert_eq!((travel.min, travel.max, travel.scale), (500.0, 8000.0, Scale::Log));
    assert_eq!((bright.help.as_ref(), &bright.value[..]), ("How bright it is.", &[Atom::Float(2000.0)][..]));
    assert_eq!(value(&tree, "/bf/norm/bell/bright"), [Atom::Float(0.5)]);
    assert_eq!(value(&tree, "/bf/node/bell/ring"), [Atom::Float(0.5)]);
    assert_eq!(tree.find("/bf/node/bell/note").unwrap().tags(), "fff");
    assert!(tree.find("/bf/node/filter/note").is_none());
}

#[test]
fn tracks_macros_and_scenes_go_by_name_and_by_number() {
    let tree = stand().session.tree();
    assert_eq!(value(&tree, "/bf/track/drums/gain"), [Atom::Float(0.0)]);
    assert_eq!(value(&tree, "/bf/track/drums/mute"), [Atom::Bool(false)]);
    // The address of its node is not listed, and leads there.
    assert!(tree.exact("/bf/node/drums/gain").is_none());
    assert_eq!(tree.find("/bf/node/drums/gain").unwrap().address.as_ref(), "/bf/track/drums/gain");
    assert_eq!(value(&tree, "/bf/norm/drums/pan"), [Atom::Float(0.5)]);
    assert_eq!(value(&tree, "/bf/macro/heat"), [Atom::Float(0.25)]);
    let reach = tree.find("/bf/macro/reach").unwrap();
    assert_eq!((reach.args[0].travel.unwrap().min, reach.args[0].travel.unwrap().max), (200.0, 4000.0));
    let numbered = |address: &str| tree.find(address).map(|e| e.address.to_string());
    assert_eq!(numbered("/bf/macro/1").as_deref(), Some("/bf/macro/heat"));
    assert_eq!(numbered("/bf/macro/3").as_deref(), Some("/bf/macro/wet"));
    assert_eq!(numbered("/bf/macro/4"), None);
    assert_eq!(numbered("/bf/macro/0"), None);
    assert_eq!(numbered("/bf/scene/2/launch").as_deref(), Some("/bf/scene/drop/launch"));
    assert!(tree.find("/bf/snapshot/dark/recall").unwrap().is_trigger());
    assert_eq!(tree.find("/bf/track/lead/note").unwrap().family, Family::Track("lead".into()));
}

#[test]
fn addresses_are_addresses_and_no_two_are_alike() {
    let tree = stand().session.tree();
    let mut seen = BTreeSet::new();
    let mut aims = BTreeSet::new();
    for entry in tree.entries() {
        assert_eq!(check_address(&entry.address), Ok(()));
        assert!(seen.insert(entry.address.to_string()), "{} twice", entry.address);
        assert!(aims.insert(entry.aim.clone()), "two addresses for {:?}", entry.aim);
        assert!(!entry.help.is_empty() && entry.help.ends_with(['.', '!']), "{}: {:?}", entry.address, entry.help);
        assert!(!entry.args.is_empty(), "{}", entry.address);
        assert!(entry.value.is_empty() || entry.access.reads(), "{}", entry.address);
        let optional = entry.args.iter().map(|arg| arg.optional);
        assert!(optional.is_sorted(), "{}: what may be left out comes last", entry.address);
        assert_eq!(tree.aimed(&entry.aim), Some(entry));
    }
    let pattern = Pattern::parse("/bf/track/*/{gain,pan}").unwrap();
    let found: Vec<&str> = tree.matching(&pattern).map(|e| &*e.address).collect();
    let want = ["/bf/track/drums/gain", "/bf/track/drums/pan", "/bf/track/lead/gain", "/bf/track/lead/pan"];
    assert_eq!(found, want);
}

#[test]
fn every_declared_type_has_addresses_for_all_its_params() {
    for spec in registry().iter().filter(|s| s.role == bf_node::Role::Plain) {
        let set = format!("beatforge = 1\n[nodes]\nit = {{ type = \"{}\" }}\n", spec.name);
        let patch = bf_patch::text::TextPatch::parse(&set, "set.toml").unwrap().patch().clone();
        let (files, layer, wanted) = Default::default();
        let heard = surface::Heard {
            main: &patch,
            files: &files,
            layer: &layer,
            layer_files: &files,
            wanted: &wanted,
            registry: &registry(),
            motion: surface::Motion { playing: false, beat: 0.0, hushed: false },
        };
        let tree = Tree::of(&heard);
        for param in spec.params.iter().filter(|p| !p.is_setting()) {
            let aim = Aim::Param(bf_patch::Socket::new("it", param.name));
            let entry = tree.aimed(&aim).unwrap_or_else(|| panic!("{}.{}", spec.name, param.name));
            assert_eq!(entry.value.len(), 1, "{}.{}", spec.name, param.name);
            let at = tree.find(&format!("/bf/norm/it/{}", param.name)).unwrap().value[0].number().unwrap();
            let back = entry.args[0].travel.unwrap_or_else(|| surface::Travel::of(&param.kind)).native(at) as f32;
            let default = param.default_number();
            // A place of 32 bits on a wide range.
            let (low, high) = param.range();
            let near = 1e-5 * default.abs().max(1.0) + 1e-7 * (high - low);
            assert!((back - default).abs() <= near, "{}.{} {back}", spec.name, param.name);
        }
    }
}

#[test]
fn folders_have_what_is_in_them_and_trees_tell_what_changed() {
    let mut stand = stand();
    let old = stand.session.tree();
    let children = old.children("/bf/node");
    assert!(children.contains(&"filter") && children.contains(&"filter-2"), "{children:?}");
    let within: Vec<&str> = old.children("/bf/node/filter");
    assert_eq!(within, ["cutoff", "resonance"]);
    assert!(old.under("/bf/scene").iter().all(|e| e.address.starts_with("/bf/scene/")));
    assert_eq!(old.children("/bf/nobody"), Vec::<&str>::new());
    let text = SET.replace("900.0", "450.0").replace("filter-2", "third");
    stand.save("set.toml", &text);
    let new = stand.session.tree();
    let diff = new.since(&old);
    let moved: Vec<&str> = diff.moved.iter().map(|a| &**a).collect();
    assert_eq!(moved, ["/bf/control/tone", "/bf/node/filter/cutoff", "/bf/norm/filter/cutoff"]);
    let named = |list: &[std::sync::Arc<str>], part: &str| list.iter().all(|a| a.contains(part)) && !list.is_empty();
    assert!(named(&diff.added, "/third/"), "{:?}", diff.added);
    assert!(named(&diff.removed, "/filter-2/"), "{:?}", diff.removed);
    assert_eq!(diff.changed, []);
    assert_eq!(new.since(&new), surface::Diff::default());
}

#[test]
fn the_controls_of_a_patch_that_a_hand_has_chosen_have_addresses() {
    let set = SET.replace("\"osc.freq\" = 220.0", "\"bell.file\" = \"patches/gong.toml\"");
    let gong = BELL.replace("bright", "depth");
    let stand = Stand::new(64, &[("set.toml", &set), ("patches/bell.toml", BELL), ("patches/gong.toml", &gong)]);
    let tree = stand.session.tree();
    assert!(tree.find("/bf/node/bell/depth").is_some() && tree.find("/bf/node/bell/bright").is_none());
}
