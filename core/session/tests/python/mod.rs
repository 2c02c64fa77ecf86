//! Programs that others have written in Python, where this machine has them.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::print_stderr, unreachable_pub, reason = "a test that is skipped says so")]

use std::process::{Command, Stdio};

/// A Python that has a module: the one that `BEATFORGE_PYTHON` names, or the system's. Says so where there is none.
pub fn with(module: &str) -> Option<String> {
    let candidates = std::env::var("BEATFORGE_PYTHON").into_iter().chain(["python3".to_owned()]);
    let has = |python: &String| {
        let mut import = Command::new(python);
        import.args(["-c", &format!("import {module}")]).stdout(Stdio::null()).stderr(Stdio::null());
        import.status().is_ok_and(|status| status.success())
    };
    let found = candidates.into_iter().find(has);
    if found.is_none() {
        eprintln!("skipped: no Python with `{module}`; name one in BEATFORGE_PYTHON to run this test");
    }
    found
}
