//! Any text as a script: no panic, faults within the text, and patterns that can be asked.
//!
//! `cargo +nightly fuzz run script fuzz/corpus/script fuzz/seeds/script`

#![no_main]

use bf_node::Registry;
use bf_pattern::{Query, Span};
use bf_script::{Env, Host};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static HOST: LazyLock<Host> = LazyLock::new(|| {
    let mut registry = Registry::new();
    bf_stdlib::register(&mut registry);
    Host::new(Env { registry: Arc::new(registry), ..Env::default() })
});

fuzz_target!(|text: &str| {
    let query = Query { max_events: 1 << 12, max_work: 1 << 14, ..Query::default() };
    match HOST.evaluate("fuzz.rhai", text) {
        Ok(wanted) => wanted.tracks.iter().for_each(|track| _ = track.pattern.query(Span::new(0, 1), &query)),
        Err(faults) => {
            for fault in faults {
                assert!(fault.line as usize <= text.lines().count() + 1);
                assert!(!fault.message.contains("fault of this program"));
            }
        }
    }
});
