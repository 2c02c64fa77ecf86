//! Whether cables fit, and where they go when the nodes between their ends are removed.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use bf_node::Registry;
use bf_patch::compile::{Config, flatten};
use bf_patch::text::TextPatch;
use bf_patch::{Cable, Edit, Misfit, Name, Room, Set, Socket, Types, healed};
use std::collections::BTreeSet;

fn registry() -> Registry {
    let mut registry = Registry::new();
    bf_stdlib::register(&mut registry);
    registry
}

fn set(text: &str, files: &[(&str, &str)]) -> Set {
    let read = |text: &str| TextPatch::parse(&format!("beatforge = 1\n{text}"), "x.toml").unwrap().patch().clone();
    Set { main: read(text), files: files.iter().map(|(name, text)| ((*name).to_owned(), read(text))).collect() }
}

fn compiles(set: &Set) -> bool {
    let config = Config { sample_rate: 48_000, max_block: 64, seed: 1, sample_version: &|_| 0, latency: &|_| 0 };
    flatten(set, &registry(), &config).is_ok()
}

fn fits(set: &Set, from: &str, to: &str) -> Result<(), Misfit> {
    let registry = registry();
    let room = Room { types: Types::new(set, &registry), patch: &set.main, beside: None, inside: false };
    room.fits(&Socket::parse(from).unwrap(), &Socket::parse(to).unwrap())
}

const SET: &str = r#"
    [nodes]
    steps = { type = "steps" }
    kick = { type = "kick" }
    lead = { type = "saw" }
    filter = { type = "svf" }
    keys = { type = "patch", file = "keys.toml", voices = 4 }
    tone = { type = "patch", file = "tone.toml" }
    lost = { type = "patch", file = "lost.toml" }
    odd = { type = "of-tomorrow" }
    out = { type = "output" }
    [cables]
    "filter" = "lead"
"#;
const KEYS: &str = r#"
    [nodes]
    voice = { type = "voice" }
    saw = { type = "saw" }
    [inputs]
    bend = "saw.freq"
    [outputs]
    out = "saw"
"#;
/// A patch whose ports are those of a patch within it.
const TONE: &str = r#"
    [nodes]
    inner = { type = "patch", file = "inner.toml" }
    [inputs]
    play = "inner.play"
    [outputs]
    sound = "inner.sound"
    row = "inner.row"
    [controls]
    steps = { to = "inner.steps" }
    tune = { to = "inner.tune" }
"#;
const INNER: &str = r#"
    [nodes]
    drum = { type = "kick" }
    line = { type = "steps" }
    [inputs]
    play = "drum.notes"
    [outputs]
    sound = "drum"
    row = "line"
    [controls]
    steps = { to = "line.steps" }
    tune = { to = "drum.tune" }
"#;

fn whole() -> Set {
    set(SET, &[("keys.toml", KEYS), ("tone.toml", TONE), ("inner.toml", INNER)])
}

#[test]
fn a_cable_fits_where_its_ports_are_there_and_carry_the_same() {
    let set = whole();
    for (from, to, said) in [
        ("lead", "out", ""),
        ("steps", "kick", ""),
        ("steps.gate", "filter.cutoff", ""),
        ("steps", "filter.cutoff", ""),
        ("steps", "keys", ""),
        ("lead", "keys.bend", ""),
        ("steps", "tone", ""),
        ("tone.row", "kick", ""),
        ("tone", "out", ""),
        ("lead", "tone.tune", ""),
        ("steps", "out", "`steps` sends notes, but `out` takes a signal; a `cv` node between"),
        ("lead", "kick", "`lead` is a signal, but `kick` takes notes"),
        ("tone.row", "out", "`tone.row` sends notes, but `out` takes a signal"),
        ("lead", "tone", "`lead` is a signal, but `tone` takes notes"),
        ("lead", "keys", "`lead` is a signal, but `keys` takes notes"),
        ("steps", "keys.bend", "`steps` sends notes, but `keys.bend` takes a signal"),
        ("lead", "steps.steps", "`steps.steps` is a setting, which no cable can drive"),
        ("lead", "tone.steps", "`tone.steps` is a setting"),
        ("lead.sound", "out", "`lead` has no output `sound`: it has out"),
        ("out", "filter", "`out` has no output"),
        ("lead", "filter.cutof", "did you mean `cutoff`?"),
        ("lead", "steps", "`steps` has no input: it has"),
        ("lead.out", "filter", "`lead` enters `filter` already"),
        ("lead", "filter.input", "`lead` enters `filter` already"),
        ("lead.out", "filter.input", "`lead` enters `filter` already"),
        // The edit itself says so of the same cable, and of nodes that are not there.
        ("lead", "filter", ""),
        ("nobody", "filter", ""),
        // What is not known is not looked at.
        ("lost.any", "out", ""),
        ("lead", "lost.any", ""),
        ("odd.any", "kick", ""),
        ("steps", "odd", ""),
    ] {
        let why = fits(&set, from, to).map_or_else(|why| why.to_string(), |()| String::new());
        assert!(if said.is_empty() { why.is_empty() } else { why.contains(said) }, "{from} > {to}: {why}");
    }
}

#[test]
fn what_fits_compiles_and_what_does_not_fit_does_not() {
    let mut known = whole();
    for name in ["lost", "odd"] {
        known.main.apply(&Edit::RemoveNode { name: name.into() }).unwrap();
    }
    assert!(compiles(&known));
    let types = registry();
    let room = Room { types: Types::new(&known, &types), patch: &known.main, beside: None, inside: false };
    let names: Vec<&Name> = known.main.nodes.keys().collect();
    let (mut yes, mut no) = (0, 0);
    for (from, to) in names.iter().flat_map(|from| names.iter().map(move |to| (*from, *to))) {
        let (source, target) = (room.ports(from).unwrap(), room.ports(to).unwrap());
        let outputs = source.outputs().into_iter().map(|port| Socket::new(from.as_str(), port));
        let entries = target.inputs().into_iter().chain(target.params());
        let entries: Vec<Socket> = entries.map(|port| Socket::new(to.as_str(), port)).collect();
        for output in outputs.chain([Socket::first(from.as_str())]) {
            for entry in entries.iter().chain([&Socket::first(to.as_str())]) {
                let mut with = known.clone();
                let cable = Cable::plain(output.clone());
                if with.main.apply(&Edit::Connect { to: entry.clone(), cable, at: None }).is_err() {
                    continue;
                }
                let fits = fits(&known, &output.to_string(), &entry.to_string());
                assert_eq!(compiles(&with), fits.is_ok(), "{output} > {entry}: {fits:?}");
                *if fits.is_ok() { &mut yes } else { &mut no } += 1;
            }
        }
    }
    assert!(yes > 100 && no > 100, "{yes} fit and {no} do not");
}

/// A set without some of its nodes, healed: the cables that it has, as `from > to amount`.
fn without(text: &str, gone: &[&str]) -> Vec<String> {
    let mut set = set(text, &[]);
    let gone: BTreeSet<Name> = gone.iter().map(|name| Name::new(name)).collect();
    let registry = registry();
    let before = set.clone();
    let room = Room { types: Types::new(&before, &registry), patch: &before.main, beside: None, inside: false };
    let mut edits = healed(&room, &gone);
    edits.extend(gone.into_iter().map(|name| Edit::RemoveNode { name }));
    let back = set.main.apply(&Edit::Batch(edits)).unwrap();
    assert!(compiles(&set), "{:?}", set.main.cables);
    let lists = set.main.cables.iter().flat_map(|(to, list)| list.iter().map(move |cable| (to, cable)));
    let cables = lists.map(|(to, cable)| {
        let amount = cable.amount.map_or(String::new(), |amount| format!(" {amount}"));
        format!("{} > {to}{amount}", cable.from)
    });
    let cables = cables.collect();
    set.main.apply(&back).unwrap();
    assert_eq!(set, before);
    cables
}

#[test]
fn notes_are_not_healed_into_a_signal() {
    let text = r#"
        [nodes]
        steps = { type = "steps" }
        kick = { type = "kick" }
        out = { type = "output" }
        [cables]
        "kick.notes" = "steps"
        "out" = "kick"
    "#;
    assert!(without(text, &["kick"]).is_empty());
    let through = text.replace(r#""kick.notes" = "steps""#, "\"kick.notes\" = \"late\"\n\"late\" = \"steps\"");
    let through = through.replace("[cables]", "late = { type = \"humanize\" }\n[cables]");
    assert_eq!(without(&through, &["late"]), ["steps > kick.notes", "kick > out"].map(str::to_owned));
}

const CHAIN: &str = r#"
    [nodes]
    lead = { type = "saw" }
    wobble = { type = "lfo" }
    filter = { type = "svf" }
    amp = { type = "gain" }
    out = { type = "output" }
    [cables]
    "filter" = { from = "lead", amount = 0.5 }
    "filter.cutoff" = "wobble"
    "amp" = { from = "filter.high", amount = 0.5 }
    "out" = ["wobble", "amp", "lead"]
"#;

#[test]
fn what_enters_the_first_input_goes_on_and_what_moves_a_param_does_not() {
    let healed = without(CHAIN, &["filter"]);
    assert_eq!(healed, ["lead > amp 0.25", "wobble > out", "amp > out", "lead > out"]);
}

#[test]
fn neighbours_that_go_at_once_are_healed_through_all_of_them() {
    let apart = CHAIN.replace(", \"lead\"]", "]");
    assert_eq!(without(&apart, &["filter", "amp"]), ["wobble > out", "lead > out 0.25"]);
    // One source beside and through them is as loud as both.
    assert_eq!(without(CHAIN, &["filter", "amp"]), ["wobble > out", "lead > out 1.25"]);
    // Also where it is written with another name.
    let twice = CHAIN.replace("\"amp\", \"lead\"]", "\"amp\"]\n\"out.input\" = \"lead.out\"");
    assert_eq!(without(&twice, &["filter", "amp"]), ["wobble > out", "lead.out > out.input 1.25"]);
    assert_eq!(without(CHAIN, &["lead", "filter", "amp"]), ["wobble > out"]);
}

#[test]
fn a_loop_of_removed_nodes_ends_and_the_output_of_a_patch_is_healed() {
    let looped = r#"
        [nodes]
        lead = { type = "saw" }
        one = { type = "gain" }
        two = { type = "gain" }
        out = { type = "output" }
        [cables]
        "one" = ["two", "lead"]
        "two" = "one"
        "out" = "two"
    "#;
    assert_eq!(without(looped, &["one", "two"]), ["lead > out"]);
    let part = "[nodes]\nlead = { type = \"saw\" }\namp = { type = \"gain\" }\n[cables]\n\"amp\" = \"lead\"\n[outputs]\nsound = \"amp\"\n";
    let part = set(part, &[]);
    let registry = registry();
    let room = Room { types: Types::new(&part, &registry), patch: &part.main, beside: None, inside: true };
    let source = Some(Socket::first("lead"));
    let wanted = [Edit::SetOutput { name: "sound".into(), source, at: None }];
    assert_eq!(healed(&room, &[Name::new("amp")].into()), wanted);
}

#[test]
fn what_enters_a_patch_is_led_past_a_node_that_goes() {
    let part = r#"
        [nodes]
        pre = { type = "gain" }
        filter = { type = "svf" }
        amp = { type = "gain" }
        side = { type = "gain" }
        [cables]
        "filter" = "pre"
        "amp" = ["filter", { from = "side", amount = 0.5 }]
        "side.by" = { from = "filter", amount = 0.5 }
        [inputs]
        sound = ["filter", "side"]
        level = ["filter.cutoff", "amp.gain"]
        [outputs]
        out = "amp"
    "#;
    let part = set(part, &[]);
    let registry = registry();
    let room = Room { types: Types::new(&part, &registry), patch: &part.main, beside: None, inside: true };
    let input = |edits: Vec<Edit>| {
        let inputs = edits.into_iter().filter(|edit| matches!(edit, Edit::SetInput { .. }));
        inputs.collect::<Vec<_>>()
    };
    let at = |name: &str| Socket::parse(name).unwrap();
    // A cable with an amount has no place for an input, which has none.
    let wanted = [Edit::SetInput { name: "sound".into(), targets: Some(vec![at("side"), at("amp")]), at: None }];
    assert_eq!(input(healed(&room, &[Name::new("filter")].into())), wanted);
    let mut after = part.main.clone();
    let gone: BTreeSet<Name> = ["pre", "filter"].map(Name::new).into();
    let mut edits = healed(&room, &gone);
    edits.extend(gone.into_iter().map(|name| Edit::RemoveNode { name }));
    let back = after.apply(&Edit::Batch(edits)).unwrap();
    assert_eq!(after.inputs[0].1, [at("side"), at("amp")]);
    assert_eq!(after.inputs[1].1, [at("amp.gain")]);
    after.apply(&back).unwrap();
    assert_eq!(after, part.main);
}
