//! Paths have one form, uses are found, circles are told.

use super::*;
use crate::Node;
use bf_node::{NodeSpec, ParamSpec};
use proptest::prelude::*;

static SAMPLER: NodeSpec = NodeSpec {
    name: "sampler",
    params: &[
        ParamSpec::setting("file", "", Form::Sample, "The sound."),
        ParamSpec::setting("label", "", Form::Text, "A text."),
        ParamSpec::db("gain", 0.0, -60.0, 12.0, "Level."),
    ],
    ..NodeSpec::DEFAULT
};
static PATCH: NodeSpec = NodeSpec {
    name: "patch",
    params: &[ParamSpec::setting("file", "", Form::Patch, "The patch.")],
    ..NodeSpec::DEFAULT
};

fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.add(&SAMPLER);
    registry.add(&PATCH);
    registry
}

/// Name, type and file of a node.
type Row<'a> = (&'a str, &'a str, &'a str);

fn patch(nodes: &[Row<'_>]) -> Patch {
    let mut patch = Patch::default();
    for (name, kind, file) in nodes {
        patch.nodes.insert((*name).into(), Node::new(kind).with("file", *file).with("label", "x.wav"));
    }
    patch
}

fn set(main: &[Row<'_>], files: &[(&str, &[Row<'_>])]) -> Set {
    let files = files.iter().map(|(file, nodes)| ((*file).to_owned(), patch(nodes))).collect();
    Set { main: patch(main), files }
}

#[test]
fn paths_have_one_form() {
    let inside = |p: &str| Ok(SetPath::Inside(p.to_owned()));
    let absolute = |p: &str| Ok(SetPath::Absolute(p.to_owned()));
    for (path, wanted) in [
        ("kick.wav", inside("kick.wav")),
        ("./samples//kick.wav", inside("samples/kick.wav")),
        ("samples\\deep\\..\\kick.wav", inside("samples/kick.wav")),
        ("a b/ c.wav", inside("a b/ c.wav")),
        ("./C:/x.wav", Err(BadPath::Escapes("./C:/x.wav".to_owned()))),
        ("a/../b/./c", inside("b/c")),
        ("c:kick", inside("c:kick")),
        ("/home/me/kick.wav", absolute("/home/me/kick.wav")),
        ("/../x", absolute("/x")),
        ("C:\\Samples\\kick.wav", absolute("C:/Samples/kick.wav")),
        ("\\\\server\\share\\k.wav", absolute("//server/share/k.wav")),
        ("../kick.wav", Err(BadPath::Escapes("../kick.wav".to_owned()))),
        ("a/../../kick.wav", Err(BadPath::Escapes("a/../../kick.wav".to_owned()))),
        ("", Err(BadPath::Empty(String::new()))),
        ("a/..", Err(BadPath::Empty("a/..".to_owned()))),
        ("/", Err(BadPath::Empty("/".to_owned()))),
        ("é:/x", inside("é:/x")),
    ] {
        assert_eq!(normalise(path), wanted, "{path}");
    }
}

#[test]
fn uses_are_found_by_their_declaration() {
    let mut patch = patch(&[("a", "sampler", "s/a.wav"), ("b", "patch", "p\\b.toml"), ("c", "unknown", "c.wav")]);
    patch.nodes.insert("d".into(), Node::new("sampler").with("file", ""));
    patch.nodes.insert("e".into(), Node::new("sampler").with("file", 3.0));
    patch.overrides.insert(Socket::new("a", "file"), "s/other.wav".into());
    patch.overrides.insert(Socket::new("a", "label"), "s/label.wav".into());
    let found: Vec<String> = uses(&patch, &registry())
        .iter()
        .map(|u| format!("{} {:?} {} {}", u.target, u.kind, u.written, u.overridden))
        .collect();
    assert_eq!(
        found,
        ["a.file Sample s/a.wav false", "a.file Sample s/other.wav true", "b.file Patch p\\b.toml false"]
    );
    assert_eq!(patch_files(&patch, &registry()).into_iter().collect::<Vec<_>>(), ["p/b.toml"]);
}

#[test]
fn files_outside_are_told() {
    let set = set(
        &[("a", "sampler", "/x/a.wav"), ("b", "sampler", "in.wav")],
        &[("p.toml", &[("c", "sampler", "../c.wav")])],
    );
    let told: Vec<String> = outside(&set, &registry()).iter().map(|o| format!("{:?} {o}", o.file)).collect();
    assert_eq!(
        told,
        [
            "None a.file: \"/x/a.wav\" lies outside the set; `collect` brings it in",
            "Some(\"p.toml\") c.file: \"../c.wav\" leads out of the set's folder; a file elsewhere needs its whole path",
        ]
    );
}

#[test]
fn collecting_makes_every_use_name_the_new_place() {
    let mut set = set(
        &[("a", "sampler", "/x/a.wav"), ("b", "sampler", "in.wav")],
        &[("p.toml", &[("c", "sampler", "/x//./a.wav"), ("d", "sampler", "../d.wav")])],
    );
    set.main.overrides.insert(Socket::new("b", "file"), "\\x\\a.wav".into());
    let moved = [("/x/a.wav", "samples/a.wav"), ("../d.wav", "samples/d.wav"), ("in.wav", "in.wav")];
    let moved = moved.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
    let edits = relocate(&set, &registry(), &moved);
    let told: Vec<String> = edits.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "set a.file to \"samples/a.wav\"",
            "turn b.file to \"samples/a.wav\"",
            "set c.file to \"samples/a.wav\" in p.toml",
            "set d.file to \"samples/d.wav\" in p.toml",
        ]
    );
    set.apply_all(&edits).unwrap();
    assert_eq!(outside(&set, &registry()), []);
    assert_eq!(relocate(&set, &registry(), &moved), []);
}

#[test]
fn a_patch_that_contains_itself_is_told_with_the_chain() {
    let uses = |file| [("x", "patch", file)];
    let told = |set: &Set| cycles(set, &registry(), "set.toml").iter().map(ToString::to_string).collect::<Vec<_>>();
    let circle = set(&uses("a.toml"), &[("a.toml", &uses("./b.toml")), ("b.toml", &uses("a.toml"))]);
    assert_eq!(told(&circle), ["a patch that contains itself: a.toml -> b.toml -> a.toml"]);
    let itself = set(&[], &[("a.toml", &uses("a.toml"))]);
    assert_eq!(told(&itself), ["a patch that contains itself: a.toml -> a.toml"]);
    let main = set(&uses("a.toml"), &[("a.toml", &uses("set.toml"))]);
    assert_eq!(told(&main), ["a patch that contains itself: set.toml -> a.toml -> set.toml"]);
    let two = [("x", "patch", "b.toml"), ("y", "patch", "b.toml"), ("z", "patch", "gone.toml")];
    let shared = set(&uses("a.toml"), &[("a.toml", &two), ("b.toml", &[])]);
    assert!(told(&shared).is_empty());
}

proptest! {
    #![proptest_config(crate::arb::config(256))]

    #[test]
    fn the_one_form_is_its_own_form(path in "[a-c./\\\\: ]{0,12}") {
        if let Ok(once) = normalise(&path) {
            prop_assert_eq!(normalise(once.as_str()), Ok(once.clone()));
            prop_assert!(!once.as_str().split('/').any(|part| part == ".." || part == "."));
        }
    }

    #[test]
    fn circles_are_found_where_they_are(edges in prop::collection::vec((0..6_u8, 0..6_u8), 0..12)) {
        let name = |i: u8| format!("{i}.toml");
        let mut files: BTreeMap<String, Patch> = (0..6).map(|i| (name(i), Patch::default())).collect();
        for (n, (a, b)) in edges.iter().enumerate() {
            let node = Node::new("patch").with("file", name(*b).as_str());
            files.get_mut(&name(*a)).unwrap().nodes.insert(crate::Name::new(&format!("n{n}")), node);
        }
        let mut reach = [[false; 6]; 6];
        edges.iter().for_each(|(a, b)| reach[usize::from(*a)][usize::from(*b)] = true);
        for k in 0..6 {
            for i in 0..6 {
                for j in 0..6 {
                    reach[i][j] |= reach[i][k] && reach[k][j];
                }
            }
        }
        let set = Set { main: Patch::default(), files };
        let found = cycles(&set, &registry(), "set.toml");
        prop_assert_eq!(!found.is_empty(), (0..6).any(|i| reach[i][i]));
        for cycle in found {
            prop_assert_eq!(cycle.chain.first(), cycle.chain.last());
        }
    }
}
