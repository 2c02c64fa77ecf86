//! What is written into a text, and what stays.

use super::*;
use crate::{Cable, Control, LaneSpec, Mapping, Node, Note, Point};
use bf_node::Value;

/// The text after edits of the patch.
fn edit(text: &str, edits: &[Edit]) -> String {
    let mut text = parse(text);
    let mut patch = text.patch().clone();
    for edit in edits {
        patch.apply(edit).unwrap();
    }
    text.update(&patch);
    assert_eq!(text.patch(), &patch);
    assert_eq!(parse(text.text()).patch(), &patch);
    text.to_string()
}

/// What some edits do to the lines of a text, as `-` and `+` lines.
fn lines_of(before: &str, edits: &[Edit]) -> Vec<String> {
    let after = edit(before, edits);
    let (a, b): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let common = crate::text::sequence::common(&a, &b, |a, b| a == b).unwrap();
    let mut out = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (next_i, next_j) in common.into_iter().chain([(a.len(), b.len())]) {
        out.extend(a[i..next_i].iter().map(|l| format!("-{}", l.trim_end_matches('\n'))));
        out.extend(b[j..next_j].iter().map(|l| format!("+{}", l.trim_end_matches('\n'))));
        (i, j) = (next_i + 1, next_j + 1);
    }
    out
}

fn check(before: &str, edits: &[Edit], wanted: &[&str]) {
    assert_eq!(lines_of(before, edits), wanted);
}

fn set(node: &str, param: &str, value: impl Into<Value>) -> Edit {
    Edit::SetParam { target: Socket::new(node, param), value: Some(value.into()) }
}

fn connect(to: Socket, from: Socket) -> Edit {
    Edit::Connect { to, cable: Cable::plain(from), at: None }
}

#[test]
fn an_unchanged_patch_is_the_same_text() {
    for text in [SET.to_owned(), SET.replace('\n', "\r\n"), SET.trim_end().to_owned(), format!("\u{feff}{SET}\n\n#")] {
        assert_eq!(edit(&text, &[]), text);
    }
}

#[test]
fn a_number_changes_its_line_alone() {
    check(
        SET,
        &[set("filter", "cutoff", 1200.0)],
        &[
            "-filter = { type = \"svf\", cutoff = 900.0, resonance = 0.4 }",
            "+filter = { type = \"svf\", cutoff = 1200.0, resonance = 0.4 }",
        ],
    );
    check(SET, &[Edit::SetTempo(90.5)], &["-tempo = 124.0", "+tempo = 90.5"]);
    check(SET, &[Edit::SetVoices(4), Edit::SetSignature(3)], &["+signature = 3", "+voices = 4"]);
}

#[test]
fn a_new_value_keeps_the_looks_of_the_old() {
    let text = "beatforge = 1\n[nodes]\n[nodes.s] # steps\ntype = 'steps'\nlength = 8   # a bar\nrate=1.0\n\
                rows = [\n  [1, 0, 1, 0], # kick\n  [0, 0, 1, 0], # snare\n]\n";
    let rows = |last: &[f64]| {
        let list = |l: &[f64]| Value::List(l.iter().map(|n| Value::Number(*n)).collect());
        Value::List(vec![list(&[1.0, 0.0, 1.0, 1.0]), list(last)])
    };
    check(text, &[set("s", "length", 16.0)], &["-length = 8   # a bar", "+length = 16   # a bar"]);
    check(text, &[set("s", "length", 7.5)], &["-length = 8   # a bar", "+length = 7.5   # a bar"]);
    check(text, &[set("s", "rate", 2.0)], &["-rate=1.0", "+rate=2.0"]);
    let wanted = [
        "-  [1, 0, 1, 0], # kick",
        "-  [0, 0, 1, 0], # snare",
        "+  [1, 0, 1, 1], # kick",
        "+  [0, 0, 1, 0, 1], # snare",
    ];
    check(text, &[set("s", "rows", rows(&[0.0, 0.0, 1.0, 0.0, 1.0]))], &wanted);
}

#[test]
fn params_come_and_go() {
    check(
        SET,
        &[set("lead", "gain", 0.5), Edit::SetParam { target: Socket::new("filter", "cutoff"), value: None }],
        &[
            "-lead   = { type = \"saw\", freq = 110.0 }",
            "+lead   = { type = \"saw\", freq = 110.0, gain = 0.5 }",
            "-filter = { type = \"svf\", cutoff = 900.0, resonance = 0.4 }",
            "+filter = { type = \"svf\", resonance = 0.4 }",
        ],
    );
    let text = "beatforge = 1\n\n[nodes.a]\ntype = \"saw\"\n# pitch\nfreq = 1.0\n\n[nodes.b]\ntype = \"lfo\"\n";
    let gone = Edit::SetParam { target: Socket::new("a", "freq"), value: None };
    check(text, &[gone, set("a", "gain", 1.0)], &["-# pitch", "-freq = 1.0", "+gain = 1.0"]);
    check(text, &[set("b", "rate", "<1 2>")], &["+rate = \"<1 2>\""]);
}

#[test]
fn a_new_node_stands_at_the_end_and_layout_stays_last() {
    let add = |at| Edit::AddNode { name: "echo".into(), node: Node::new("delay").with("time", 0.25), at };
    check(SET, &[add(Some([8, 16]))], &["+echo   = { type = \"delay\", time = 0.25 }", "+echo = [8, 16]"]);
    let bare = "beatforge = 1\n[nodes]\na = { type = \"saw\" }\n\n# where things lie\n[layout]\na = [0, 0]";
    check(
        bare,
        &[add(None), connect(Socket::first("echo"), Socket::first("a"))],
        &["+echo = { type = \"delay\", time = 0.25 }", "+", "+[cables]", "+echo = \"a\""],
    );
    assert_eq!(
        edit("beatforge = 1", &[add(None)]),
        "beatforge = 1\n\n[nodes]\necho = { type = \"delay\", time = 0.25 }"
    );
    assert_eq!(
        edit("beatforge = 1\r\n", &[add(None)]),
        "beatforge = 1\r\n\r\n[nodes]\r\necho = { type = \"delay\", time = 0.25 }\r\n"
    );
    let headers = "beatforge = 1\n\n[nodes.a]\ntype = \"saw\"\n\n[cables]\na = \"a\"\n";
    check(headers, &[add(None)], &["+", "+[nodes.echo]", "+type = \"delay\"", "+time = 0.25"]);
}

#[test]
fn a_removed_node_takes_its_lines_and_its_comment() {
    let text = SET.replace("filter = {", "# far\n\n# the voice\nfilter = {");
    check(
        &text,
        &[Edit::RemoveNode { name: "filter".into() }],
        &[
            "-# the voice",
            "-filter = { type = \"svf\", cutoff = 900.0, resonance = 0.4 }",
            "-\"filter\" = \"lead\"                          # no port named: the first",
            "-\"filter.cutoff\" = { from = \"wobble\", amount = 2.0 }",
            "-\"out\" = [\"filter.low\", \"kick\"]             # output takes stereo; mono goes to both sides",
            "+\"out\" = [\"kick\"]             # output takes stereo; mono goes to both sides",
        ],
    );
    let headers =
        "beatforge = 1\n\n# a\n[nodes.a]\ntype = \"saw\"\n\n# b\n[nodes.b]\ntype = \"lfo\"\n[nodes.b.map]\nx = 1\n";
    let gone = ["-# b", "-[nodes.b]", "-type = \"lfo\"", "-[nodes.b.map]", "-x = 1"];
    check(headers, &[Edit::RemoveNode { name: "b".into() }], &gone);
    let gone = ["-# a", "-[nodes.a]", "-type = \"saw\"", "-"];
    check(headers, &[Edit::RemoveNode { name: "a".into() }], &gone);
}

#[test]
fn a_renamed_node_keeps_its_line() {
    check(
        SET,
        &[Edit::RenameNode { from: "filter".into(), to: "wah".into() }],
        &[
            "-filter = { type = \"svf\", cutoff = 900.0, resonance = 0.4 }",
            "+wah    = { type = \"svf\", cutoff = 900.0, resonance = 0.4 }",
            "-\"filter\" = \"lead\"                          # no port named: the first",
            "-\"filter.cutoff\" = { from = \"wobble\", amount = 2.0 }",
            "-\"out\" = [\"filter.low\", \"kick\"]             # output takes stereo; mono goes to both sides",
            "+\"wah\" = \"lead\"                          # no port named: the first",
            "+\"wah.cutoff\" = { from = \"wobble\", amount = 2.0 }",
            "+\"out\" = [\"wah.low\", \"kick\"]             # output takes stereo; mono goes to both sides",
        ],
    );
    let rename = [Edit::RenameNode { from: "a".into(), to: "b".into() }];
    let headers =
        "beatforge = 1\n# it\n[nodes.a] # the\ntype = 'x'\n[nodes.\"a\".map]\ny = 1\n[controls]\nc = { to = 'a.y' }\n";
    let wanted = headers.replace(".a]", ".b]").replace("\"a\"", "\"b\"").replace("'a.y", "'b.y");
    assert_eq!(edit(headers, &rename), wanted);
    let dotted = "beatforge = 1\n[nodes]\na.type = 'x' # it\na . freq = 1.0\n[layout]\na = [1, 2]\n";
    let wanted = dotted.replace("a.t", "b.t").replace("a .", "b .").replace("a =", "b =");
    assert_eq!(edit(dotted, &rename), wanted);
}

#[test]
fn cables_keep_the_form_in_which_they_stand() {
    let out = || Socket::first("out");
    check(
        SET,
        &[
            connect(out(), Socket::first("lead")),
            Edit::SetAmount { to: out(), from: Socket::first("kick"), amount: Some(0.5) },
        ],
        &[
            "-\"out\" = [\"filter.low\", \"kick\"]             # output takes stereo; mono goes to both sides",
            "+\"out\" = [\"filter.low\", { from = \"kick\", amount = 0.5 }, \"lead\"]             \
             # output takes stereo; mono goes to both sides",
        ],
    );
    let cutoff = Socket::new("filter", "cutoff");
    check(
        SET,
        &[Edit::SetAmount { to: cutoff.clone(), from: Socket::first("wobble"), amount: Some(1.5) }],
        &[
            "-\"filter.cutoff\" = { from = \"wobble\", amount = 2.0 }",
            "+\"filter.cutoff\" = { from = \"wobble\", amount = 1.5 }",
        ],
    );
    check(
        SET,
        &[connect(cutoff, Socket::first("lead")), connect(Socket::first("kick"), Socket::first("lead"))],
        &[
            "-\"filter.cutoff\" = { from = \"wobble\", amount = 2.0 }",
            "+\"filter.cutoff\" = [{ from = \"wobble\", amount = 2.0 }, \"lead\"]",
            "+kick = \"lead\"",
        ],
    );
}

#[test]
fn keys_that_are_not_ours_stay() {
    let text = "beatforge = 1\nview = \"big\"\n[nodes]\na = { type = \"saw\" }\nb = { type = \"lfo\" }\n[cables]\n\
                a = { from = \"b\", colour = \"red\" } # x\n[controls]\nc = { to = \"a.freq\", label = \"C\" }\n[view2]\nzoom = 1\n";
    let amount = Edit::SetAmount { to: Socket::first("a"), from: Socket::first("b"), amount: Some(2.0) };
    check(
        text,
        &[amount],
        &["-a = { from = \"b\", colour = \"red\" } # x", "+a = { from = \"b\", colour = \"red\", amount = 2.0 } # x"],
    );
    let control = Control {
        targets: vec![Socket::new("a", "freq"), Socket::new("b", "rate")],
        default: Some(1.0.into()),
        range: None,
        help: String::new(),
    };
    check(
        text,
        &[Edit::SetControl { name: "c".into(), control: Some(control), at: None }],
        &[
            "-c = { to = \"a.freq\", label = \"C\" }",
            "+c = { to = [\"a.freq\", \"b.rate\"], label = \"C\", default = 1.0 }",
        ],
    );
}

#[test]
fn entries_change_places_with_their_comments() {
    let text = "beatforge = 1\n[nodes]\na = { type = \"x\" }\n[controls]\n# one\none = \"a.x\"\ntwo = \"a.y\" # 2\n\
                three = \"a.z\"";
    let mut patch = parse(text).patch().clone();
    patch.controls.rotate_right(1);
    let mut changed = parse(text);
    changed.update(&patch);
    let wanted = "beatforge = 1\n[nodes]\na = { type = \"x\" }\n[controls]\nthree = \"a.z\"\n# one\none = \"a.x\"\n\
                  two = \"a.y\" # 2";
    assert_eq!(changed.text(), wanted);
}

#[test]
fn overrides_come_and_go_without_a_trace() {
    let on = Edit::Override { target: Socket::new("filter", "cutoff"), value: Some(1200.0.into()) };
    let off = Edit::Override { target: Socket::new("filter", "cutoff"), value: None };
    let with = edit(SET, std::slice::from_ref(&on));
    check(SET, &[on], &["+[overrides]", "+\"filter.cutoff\" = 1200.0", "+"]);
    assert_eq!(edit(&with, &[off]), SET);
}

#[test]
fn lanes_and_snapshots_are_written() {
    let target = Socket::new("lead", "freq");
    let point = |beat, curve| Point { beat, value: 1.0, curve };
    let lane = LaneSpec { points: vec![point(0.0, crate::Curve::Linear), point(1.0, crate::Curve::Hold)], length: 4.0 };
    let values = std::collections::BTreeMap::from([(target.clone(), 3.0.into())]);
    check(
        SET,
        &[
            Edit::SetAutomation { target, lane: Some(lane) },
            Edit::SetSnapshot { name: "verse".into(), values: Some(values) },
        ],
        &[
            "+[automation]",
            "+\"lead.freq\" = { points = [[0.0, 1.0], [1.0, 1.0, \"hold\"]], length = 4.0 }",
            "+",
            "+[snapshots.verse]",
            "+\"lead.freq\" = 3.0",
            "+",
        ],
    );
}

#[test]
fn mappings_are_written_and_follow_their_params() {
    let source = || "osc:/1/fader1".to_owned();
    let plain = Mapping::plain(Socket::new("filter", "cutoff"));
    let set = |mapping: &Mapping| Edit::SetMapping { source: source(), mapping: Some(mapping.clone()) };
    check(SET, &[set(&plain)], &["+[mappings]", "+\"osc:/1/fader1\" = \"filter.cutoff\"", "+"]);
    let with = edit(SET, &[set(&plain)]);
    let full = Mapping {
        range: Some((4000.0, 100.0)),
        curve: Some(bf_node::Scale::Linear),
        from: Some((0.0, 127.0)),
        mode: Some("pickup".into()),
        ..plain.clone()
    };
    let line = "{ to = \"filter.cutoff\", min = 4000.0, max = 100.0, curve = \"linear\", from = [0.0, 127.0], mode = \"pickup\" }";
    check(&with, &[set(&full)], &["-\"osc:/1/fader1\" = \"filter.cutoff\"", &format!("+\"osc:/1/fader1\" = {line}")]);
    let rename = Edit::RenameNode { from: "filter".into(), to: "tone".into() };
    let renamed = edit(&edit(SET, &[set(&full)]), &[rename]);
    assert!(renamed.contains("\"osc:/1/fader1\" = { to = \"tone.cutoff\", min = 4000.0"), "{renamed}");
    assert_eq!(edit(&with, &[Edit::SetMapping { source: source(), mapping: None }]), SET);
    let gone = edit(&with, &[Edit::RemoveNode { name: "filter".into() }]);
    assert!(!gone.contains("fader1"), "{gone}");
}

#[test]
fn what_was_left_over_of_an_old_node_does_not_come_back_with_a_new_one() {
    let text = "beatforge = 1\n[nodes]\na = { type = \"x\" }\n[overrides]\n\"gone.freq\" = 1.0\n\"lost.freq\" = 1.0\n\
                [snapshots.s]\n\"gone.freq\" = 2.0\n\"lost.freq\" = 2.0\n[layout]\ngone = [0, 0]\nlost = [8, 8]\n";
    check(
        text,
        &[Edit::AddNode { name: "gone".into(), node: Node::new("y"), at: None }],
        &["+gone = { type = \"y\" }", "-\"gone.freq\" = 1.0", "-\"gone.freq\" = 2.0", "-gone = [0, 0]"],
    );
}

#[test]
fn a_patch_without_a_text_gets_a_neat_one() {
    let text = parse(SET).patch().to_text();
    let wanted = r#"beatforge = 1
tempo = 124.0

[nodes]
filter = { type = "svf", cutoff = 900.0, resonance = 0.4 }
kick   = { type = "patch", file = "patches/kick.toml", tune = -2.0 }
lead   = { type = "saw", freq = 110.0 }
out    = { type = "output" }
wobble = { type = "lfo", rate = 0.25 }

[cables]
filter = "lead"
"filter.cutoff" = { from = "wobble", amount = 2.0 }
out = ["filter.low", "kick"]

[layout]
lead = [80, 120]
"#;
    assert_eq!(text, wanted);
}

#[test]
fn whole_numbers_are_written_whole_where_the_declaration_says_so() {
    use bf_node::{Form, NodeSpec, ParamSpec, Registry};
    static STEPS: NodeSpec = NodeSpec {
        name: "steps",
        params: &[
            ParamSpec::integer("shift", 0, -8, 8, "Steps to the right."),
            ParamSpec::setting("length", "16", Form::Count(1, 64), "Steps."),
            ParamSpec::number("swing", 0.0, 0.0, 1.0, "How late."),
        ],
        ..NodeSpec::DEFAULT
    };
    let mut registry = Registry::new();
    registry.add(&STEPS);
    let mut text = parse("beatforge = 1\n[nodes]\na = { type = \"steps\" }\n");
    let mut patch = text.patch().clone();
    for edit in [set("a", "shift", 2.0), set("a", "length", 8.0), set("a", "swing", 1.0)] {
        patch.apply(&edit).unwrap();
    }
    text.update_with(&patch, &registry);
    let line = "a = { type = \"steps\", length = 8, shift = 2, swing = 1.0 }\n";
    assert_eq!(text.text(), format!("beatforge = 1\n[nodes]\n{line}"));
    assert_eq!(patch.to_text_with(&registry), format!("beatforge = 1\n\n[nodes]\n{line}"));
    assert_eq!(TextPatch::fresh(&patch, "x").unwrap().patch(), &patch);
}

#[test]
fn notes_are_written_and_their_comments_stay() {
    const NOTED: &str = "beatforge = 1\n[nodes]\na = { type = \"saw\" }\n\n[notes]\n# Mine.\n\
                         drop = { text = \"the drop\", at = [8, 16] } # here\n\n[layout]\na = [0, 0]\n";
    let note = |text: &str, size| Note { text: text.to_owned(), at: [8, 16], size, color: None };
    let set = |name: &str, note: Option<Note>| Edit::SetNote { name: name.into(), note };
    let longer = edit(NOTED, &[set("drop", Some(note("the\nlong drop", None)))]);
    assert_eq!(longer, NOTED.replace("the drop", "the\\nlong drop"));
    let framed = Note { color: Some("cyan".into()), ..note("Drums", Some([320, 200])) };
    let two = edit(NOTED, &[set("drums", Some(framed))]);
    let line = "drums = { text = \"Drums\", at = [8, 16], size = [320, 200], color = \"cyan\" }\n";
    assert!(two.contains(line) && two.contains("# Mine.") && two.contains("# here"), "{two}");
    assert_eq!(edit(&two, &[set("drums", None)]), NOTED);
    let none = edit("beatforge = 1\n[nodes]\na = { type = \"saw\" }\n", &[set("x", Some(note("x", None)))]);
    assert!(none.ends_with("[notes]\nx = { text = \"x\", at = [8, 16] }\n"), "{none}");
}
