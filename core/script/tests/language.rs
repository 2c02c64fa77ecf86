//! The language as a performer types it: names, numbers, operators, closures, places.

#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

mod common;
#[path = "../../pattern/tests/common/expression.rs"]
mod expression;

use bf_pattern::{CONTROLS, Event, Pattern, mini, table};
use common::{ask, events, fault, host, wanted};

#[test]
fn every_name_of_the_table_is_called_in_both_spellings() {
    let host = host();
    for function in table::functions() {
        let first = table::Function::names(function).next().unwrap();
        for name in function.names() {
            // The example shows one of the names: the others stand in its place.
            let shown: Vec<String> = function.names().collect();
            let word = longest(&shown, function.example);
            let text = function.example.replacen(&word, &name, 1);
            let made = host.pattern(&text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
            let direct = expression::evaluate(function.example);
            assert_eq!(plain(&made), plain(&direct), "{first}: {text}");
        }
    }
}

fn longest(names: &[String], text: &str) -> String {
    let mut all: Vec<&String> = names.iter().filter(|n| text.contains(n.as_str())).collect();
    all.sort_by_key(|n| std::cmp::Reverse(n.len()));
    all[0].clone()
}

#[test]
fn every_control_is_a_function_and_a_method() {
    let host = host();
    for control in CONTROLS.iter().skip(1) {
        for name in [&control.name].into_iter().chain(control.aliases) {
            let own = mini("1 2").unwrap().as_control(control.name);
            let made = host.pattern(&format!("{name}(\"1 2\")")).unwrap_or_else(|e| panic!("{name}: {e:?}"));
            assert_eq!(plain(&made), plain(&own), "{name}");
            let made = host.pattern(&format!("mini(\"0 1\").{name}(0.5)")).unwrap_or_else(|e| panic!("{name}: {e:?}"));
            assert_eq!(plain(&made), plain(&mini("0 1").unwrap().control(control.name, 0.5)), "{name}");
        }
    }
}

fn plain(pattern: &Pattern) -> Vec<Event> {
    let mut all = ask(pattern, 0, 4);
    all.iter_mut().for_each(|event| event.atoms = Default::default());
    all
}

#[test]
fn names_stand_where_names_may_stand() {
    let host = host();
    for name in table::functions().flat_map(|f| f.names()) {
        let text = format!(
            "let {name} = 1; let m = #{{ {name}: 2 }}; fn f({name}) {{ {name} + 1 }} print(f({name}) + m.{name});"
        );
        assert_eq!(host.evaluate("x", &text).unwrap_or_else(|e| panic!("{text}: {e:?}")).messages[0].message, "4");
    }
}

#[test]
fn numbers_of_every_kind_stand_where_numbers_go() {
    let same = |a: &str, b: &str| assert_eq!(plain_of(a), plain_of(b), "{a} and {b}");
    same("mini(\"a b\").late(1/8)", "mini(\"a b\").late(0.125)");
    same("mini(\"a b\").off(1/8, rev)", "mini(\"a b\").off(0.125, |p| p.rev())");
    same("mini(\"a b\").fast(4/2)", "mini(\"a b\").fast(2)");
    same("mini(\"a b\").fast(1 + 1/2)", "mini(\"a b\").fast(1.5)");
    same("mini(\"a b\").fast(\"2\")", "mini(\"a b\").fast(2)");
    same("sine.range(300, 3000).segment(4)", "sine.segment(4).range(300.0, 3000)");
    same("\"a b\".fast(2)", "mini(\"a b\").fast(2)");
    same("fast(2, \"a b\")", "mini(\"a b\").fast(2)");
    same("[1, 2, 3].fast(2)", "mini(\"1 2 3\").fast(2)");
    same("mini(\"0 2\") + \"<0 7>\"", "mini(\"0 2\").add(\"<0 7>\")");
    same("12 - mini(\"0 2\") * 2", "pure(12).sub(mini(\"0 4\"))");
    same("-mini(\"1 2\")", "mini(\"-1 -2\")");
    let printed = |text: &str| wanted(text).messages[0].message.clone();
    assert_eq!(printed("print(1/8 + 1/8);"), "1/4");
    assert_eq!(printed("print([10, 20, 30][4/2]);"), "30");
    assert_eq!(printed("print(256 >> 2 + 2);"), "16");
    assert!(fault("print(1/0);").message.contains("divided by 0"));
}

fn plain_of(text: &str) -> Vec<Event> {
    plain(&host().pattern(text).unwrap_or_else(|e| panic!("{text}: {e:?}")))
}

#[test]
fn functions_of_patterns_are_values() {
    let same = |a: &str, b: &str| assert_eq!(plain_of(a), plain_of(b), "{a} and {b}");
    let base = "mini(\"a b c d\")";
    for (form, meant) in [
        ("every(4, rev)", "every(4, |p| p.rev())"),
        ("every(4, fast(2))", "every(4, |p| p.fast(2))"),
        ("every(4, rev >> fast(2))", "every(4, |p| p.rev().fast(2))"),
        ("every(4, rev.fast(2))", "every(4, |p| p.rev().fast(2))"),
        ("every(2, every(4, rev))", "every(2, |p| p.every(4, rev))"),
    ] {
        same(&format!("{base}.{form}"), &format!("{base}.{meant}"));
    }
    same(&format!("{base} >> rev >> fast(2)"), &format!("{base}.rev().fast(2)"));
    let of = |text: &str| ask(&wanted(text).tracks[0].pattern, 0, 4).len();
    assert_eq!(of("fn wild(p) { p.fast(2) } track(\"x\", mini(\"a b\").every(2, wild));"), 12);
    assert_eq!(of("let n = 3; track(\"x\", mini(\"a b\").every(2, |p| p.fast(n)));"), 16);
    assert_eq!(of("fn f(p) { p.gain(sine.range(0, 1)) } track(\"x\", f(s(\"bd sd\")));"), 8);
}

#[test]
fn atoms_are_found_in_the_file() {
    let places = |text: &str| -> Vec<String> {
        let pattern = &wanted(text).tracks[0].pattern;
        let all = events(pattern, 0, 1);
        all.iter().flat_map(|e| e.atoms.as_slice()).map(|a| text[a.start as usize..a.end as usize].to_owned()).collect()
    };
    assert_eq!(places("// ü\ntrack(\"x\", s(\"bd sd\"));"), ["bd", "sd"]);
    assert_eq!(places("let beat = \"bd sd\";\n\ntrack(\"x\", s(beat));"), ["bd", "sd"]);
    assert_eq!(places("fn f() { \"hh\" } track(\"x\", s(f()));"), ["hh"]);
    assert_eq!(places("track(\"x\", s(\"\\u0062d\\t sd\"));"), ["\\u0062d", "sd"]);
    assert_eq!(places("track(\"x\", s(`bd\n  sd`));"), ["bd", "sd"]);
    assert_eq!(places("track(\"x\", s(\"bd\").every(1, |p| p.n(\"7\")));"), ["bd", "7"]);
    // Equal texts at two places are two.
    let text = "track(\"x\", s(\"a\")); track(\"y\", s(\"a\"));";
    let starts: Vec<u32> =
        wanted(text).tracks.iter().map(|t| events(&t.pattern, 0, 1)[0].atoms.as_slice()[0].start).collect();
    assert_eq!(starts, [14, 34]);
}
