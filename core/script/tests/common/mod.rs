//! What the tests of scripts share.

#![allow(dead_code, reason = "each test file uses some of it")]
#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

use bf_node::Registry;
use bf_patch::Diagnostic;
use bf_pattern::{Event, Pattern, Query, Span};
use bf_script::{Env, Host, Limits, Wanted};
use std::sync::Arc;

/// A host with the whole library, and one module.
pub(crate) fn host() -> Host {
    let mut registry = Registry::new();
    bf_stdlib::register(&mut registry);
    let read = |path: &str| match path {
        "beats" => Ok("export let four = \"bd*4\"; fn twice(p) { p.every(2, |x| x.fast(2)) }".to_owned()),
        "circle" => Ok("import \"circle\" as c;".to_owned()),
        _ => Err("there is no such file".to_owned()),
    };
    Host::new(Env { registry: Arc::new(registry), read: Arc::new(read), limits: Limits::default() })
}

/// What a text wants.
pub(crate) fn wanted(text: &str) -> Wanted {
    host().evaluate("live.rhai", text).unwrap_or_else(|e| panic!("{text}: {e:?}"))
}

/// The first fault of a text.
pub(crate) fn fault(text: &str) -> Diagnostic {
    match host().evaluate("live.rhai", text) {
        Ok(_) => panic!("{text} is no fault"),
        Err(faults) => faults[0].clone(),
    }
}

/// The events of some cycles, in order; none where the pattern fails.
pub(crate) fn ask(pattern: &Pattern, from: i64, to: i64) -> Vec<Event> {
    let mut all = pattern.query(Span::new(from, to), &Query::default()).unwrap_or_default();
    all.sort_by(|a, b| {
        (a.part.begin, a.part.end)
            .cmp(&(b.part.begin, b.part.end))
            .then_with(|| format!("{:?}", a.value).cmp(&format!("{:?}", b.value)))
    });
    all
}

/// The same of a pattern that must not fail.
pub(crate) fn events(pattern: &Pattern, from: i64, to: i64) -> Vec<Event> {
    pattern.query(Span::new(from, to), &Query::default()).unwrap();
    ask(pattern, from, to)
}
