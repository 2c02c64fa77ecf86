//! What is read from a text.

use super::*;
use crate::{Cable, Curve, Node, Point};
use bf_node::Value;

#[test]
fn the_manuals_set_is_read() {
    let text = parse(SET);
    let patch = text.patch();
    assert_eq!((patch.tempo, patch.signature, patch.voices), (124.0, 4, 0));
    assert_eq!(patch.nodes["filter"], Node::new("svf").with("cutoff", 900.0).with("resonance", 0.4));
    assert_eq!(patch.nodes["kick"], Node::new("patch").with("file", "patches/kick.toml").with("tune", -2.0));
    let out = [Cable::plain(Socket::new("filter", "low")), Cable::plain(Socket::first("kick"))];
    assert_eq!(patch.cables[&Socket::first("out")], out);
    let wobble = [Cable { from: Socket::first("wobble"), amount: Some(2.0) }];
    assert_eq!(patch.cables[&Socket::new("filter", "cutoff")], wobble);
    assert_eq!(patch.layout[&Name::new("lead")], [80, 120]);
    assert!(text.warnings().is_empty());
    assert_eq!(text.to_string(), SET);
    patch.check().unwrap();
}

#[test]
fn a_reusable_patch_is_read() {
    let text = parse(
        r#"beatforge = 1
signature = 3
voices = 8
[nodes]
filter = { type = "svf" }
env = { type = "adsr" }
[inputs]
in = "filter.in"
gate = ["env.gate", "filter"]
nowhere = []
[outputs]
out = "filter.low"
[controls]
cutoff = "filter.cutoff"
both = ["filter.cutoff", "filter.resonance"]
amount = { to = ["env.peak"], default = 0.5, min = 0.0, max = 2, help = "How far." }
[overrides]
"filter.cutoff" = 1200.0
[automation]
"filter.cutoff" = { points = [[0.0, 300.0], [4, 900.0, "hold"], [8.0, 1.0, "smooth"]], length = 16.0 }
[snapshots.verse]
"filter.cutoff" = 100.0
"env.peak" = 1
[snapshots]
empty = {}
"#,
    );
    let patch = text.patch();
    assert_eq!((patch.signature, patch.voices), (3, 8));
    let inputs: Vec<String> = patch.inputs.iter().map(|(name, to)| format!("{name} {to:?}")).collect();
    assert_eq!(inputs, ["in [filter.in]", "gate [env.gate, filter]", "nowhere []"]);
    assert_eq!(patch.outputs, [(Name::new("out"), Socket::new("filter", "low"))]);
    assert_eq!(patch.controls[1].1.targets.len(), 2);
    let (_, amount) = &patch.controls[2];
    assert_eq!((amount.range, amount.help.as_str()), (Some((0.0, 2.0)), "How far."));
    assert_eq!(amount.default, Some(Value::Number(0.5)));
    let lane = &patch.automation[&Socket::new("filter", "cutoff")];
    assert_eq!(lane.points[1], Point { beat: 4.0, value: 900.0, curve: Curve::Hold });
    assert_eq!((lane.points[2].curve, lane.length), (Curve::Smooth, 16.0));
    assert_eq!(patch.snapshots["verse"].len(), 2);
    assert!(patch.snapshots["empty"].is_empty());
    patch.check().unwrap();
}

#[test]
fn one_patch_may_be_written_in_many_ways() {
    let inline = "beatforge = 1\nnodes = { a = { type = \"saw\", freq = 1.0 }, b = { type = \"lfo\" } }\n\
                  cables = { a = \"b\" }\n";
    let headers =
        "beatforge = 1\n[nodes.a]\ntype = \"saw\"\nfreq = 1\n[nodes.b]\ntype = 'lfo'\n[cables]\na = [\"b\"]\n";
    let dotted = "beatforge = 1\nnodes.a.type = \"saw\"\nnodes.a.freq = 1e0\nnodes.b = { type = \"\"\"lfo\"\"\" }\n\
                  cables.a = { from = \"b\" }\n";
    let bom = "\u{feff}beatforge = 1\r\n[nodes]\r\na.type = \"saw\"\r\na.freq = 1.0\r\nb.type = \"lfo\"\r\n\
               [cables]\r\n\"a\" = \"b\"";
    let wanted = parse(inline).patch().clone();
    assert_eq!(wanted.nodes.len(), 2);
    for text in [headers, dotted, bom] {
        assert_eq!(parse(text).patch(), &wanted, "{text}");
        assert_eq!(parse(text).to_string(), text);
    }
}

#[test]
fn values_of_every_form_are_read() {
    let text = parse(
        "beatforge = 1\n[nodes]\na = { type = \"x\", n = 3, f = -0.5, b = true, t = \"<300 900>*2\", \
         l = [1, [2.5, \"x\"]], d = { b = 1, a = 2 }, i = inf }\n[nodes.s]\ntype = \"steps\"\n[nodes.s.map]\nz = 1\n\
         [[nodes.s.rows]]\nx = 1\n[[nodes.s.rows]]\nx = 2\n",
    );
    let params = &text.patch().nodes["a"].params;
    assert_eq!(params["n"], Value::Number(3.0));
    assert_eq!(params["b"], Value::Bool(true));
    assert_eq!(params["l"].items()[1].items()[1], Value::Text("x".into()));
    assert_eq!(params["d"], Value::Table(vec![("b".into(), 1.0.into()), ("a".into(), 2.0.into())]));
    assert_eq!(params["i"], Value::Number(f64::INFINITY));
    let params = &text.patch().nodes["s"].params;
    assert_eq!(params["map"].get("z"), Some(&Value::Number(1.0)));
    assert_eq!(params["rows"].items().len(), 2);
}

#[test]
fn things_are_found_in_the_text() {
    let text = parse(SET);
    let at = |place| text.position_of(&place);
    assert_eq!(at(Place::Tempo), Some((2, 9)));
    assert_eq!(at(Place::Node("filter".into())), Some((7, 1)));
    assert_eq!(at(Place::Param(Socket::new("filter", "resonance"))), Some((7, 54)));
    assert_eq!(at(Place::Param(Socket::new("filter", "mode"))), Some((7, 1)));
    assert_eq!(at(Place::Cable { to: Socket::first("filter"), index: 0 }), Some((12, 12)));
    assert_eq!(at(Place::Cable { to: Socket::first("out"), index: 1 }), Some((14, 24)));
    assert_eq!(at(Place::Cable { to: Socket::first("out"), index: 9 }), Some((14, 24)));
    assert_eq!(at(Place::Layout("lead".into())), Some((17, 1)));
    assert_eq!(at(Place::Node("none".into())), None);
    let place = Place::Param(Socket::new("kick", "tune"));
    let told = text.diagnostic(&place, Severity::Error, "found -2.0, expected more").hinted(Some("try 3"));
    assert_eq!(told.to_string(), "set.toml:8:63: found -2.0, expected more\n  try 3");
    assert_eq!(told.len, 4);
}

#[test]
fn what_is_not_known_is_kept_with_a_warning() {
    let text = parse(
        "beatforge = 1\ntepmo = 90\n[nodes]\nsaw = { type = \"new-thing\", wow = 1 }\n[cables]\n\
         saw = { from = \"saw\", colour = \"red\" }\n[overrides]\n\"gone.freq\" = 1.0\n[layout]\ngone = [0, 0]\n[view]\nzoom = 2\n",
    );
    let told: Vec<String> = text.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "set.toml:2:1: warning: `tepmo` means nothing here; it is kept\n  did you mean `tempo`?",
            "set.toml:6:23: warning: `colour` means nothing here; it is kept",
            "set.toml:8:1: warning: there is no node `gone`; the line is kept",
            "set.toml:10:1: warning: there is no node `gone`; the line is kept",
            "set.toml:11:2: warning: `view` means nothing here; it is kept",
        ]
    );
    assert!(text.patch().overrides.is_empty() && text.patch().layout.is_empty());
}
