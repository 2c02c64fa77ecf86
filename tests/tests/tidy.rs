//! What holds across the sources: who may know whom, how files begin and how long they are, and words that stay out.

#![allow(clippy::print_stderr, reason = "warnings are printed, and do not fail")]
#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates, and the crates of the workspace that each may depend on. `*` is every crate in `core` and `stdlib`.
///
/// An arrow that is wanted and not here changes the design: ARCHITECTURE.md first, then this, then the code.
const ARROWS: &[(&str, &str)] = &[
    ("bf-dsp", ""),
    ("bf-pattern", ""),
    ("bf-node", "bf-dsp bf-pattern"),
    ("bf-patch", "bf-node bf-pattern"),
    ("bf-media", "bf-node bf-pattern"),
    ("bf-store", "bf-node bf-patch bf-pattern"),
    ("bf-stdlib", "bf-node bf-dsp bf-pattern"),
    ("bf-engine", "bf-node bf-dsp bf-pattern bf-patch"),
    ("bf-kernel", "bf-node bf-dsp"),
    ("bf-plugin", "bf-node"),
    ("bf-script", "bf-node bf-pattern bf-patch bf-kernel"),
    ("bf-ai", "bf-node bf-dsp bf-pattern bf-media bf-store"),
    ("bf-io", "bf-node bf-pattern bf-patch bf-media"),
    ("bf-session", "*"),
    ("beatforge", "bf-session bf-patch bf-node bf-pattern"),
    ("bf-tests", "* bf-session beatforge"),
    ("xtask", ""),
];

/// Outside crates that only these may know.
const ONLY: &[(&str, &[&str])] = &[
    (
        "bf-io",
        &[
            "cpal",
            "jack",
            "alsa",
            "notify",
            "thread-priority",
            "midir",
            "rosc",
            "mdns-sd",
            "if-addrs",
            "httparse",
            "tungstenite",
            "rusty_link",
            "socket2",
            "uds_windows",
        ],
    ),
    (
        "beatforge",
        &[
            "clap",
            "indicatif",
            "lsp-server",
            "lsp-types",
            "rustyline",
            "egui",
            "eframe",
            "egui_tiles",
            "egui_plot",
            "rfd",
        ],
    ),
    ("bf-session", &["quick-xml", "zip"]),
    ("bf-script bf-kernel", &["rhai"]),
    ("bf-kernel", &["cranelift", "cranelift-jit", "cranelift-module"]),
    ("bf-store", &["rusqlite"]),
    ("bf-ai", &["tract", "tract-onnx", "ort"]),
    ("bf-plugin", &["livi", "clack-host", "vst3"]),
];

/// What certain sources do without, and why.
const WITHOUT: &[(&[&str], &[&str], &str)] = &[
    (
        &["core/pattern/src", "core/patch/src", "core/dsp/src"],
        &["std::fs", "std::net", "std::thread", "std::process", "std::env", "Instant", "SystemTime"],
        "it is pure: no files, no clock, no threads",
    ),
    (
        &["core/node/src", "core/engine/src", "stdlib/src"],
        &["Instant::now", "SystemTime", "std::net", "std::process", "std::env"],
        "the sample clock is the only clock, and results depend on nothing else",
    ),
];

/// Lines of code, tests apart, from which a file is mentioned and from which it fails.
const LONG: usize = 400;
const TOO_LONG: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn metadata() -> serde_json::Value {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Each crate of the workspace, and what it normally depends on (tests and build scripts apart).
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let name = |value: &serde_json::Value| value["name"].as_str().unwrap().to_owned();
    let normal = |package: &serde_json::Value| {
        package["dependencies"].as_array().unwrap().iter().filter(|d| d["kind"].is_null()).map(name).collect()
    };
    metadata()["packages"].as_array().unwrap().iter().map(|package| (name(package), normal(package))).collect()
}

/// Arrows between crates of the workspace that the design does not have.
fn wrong_arrows(crates: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (from, to) in crates {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| name == from) else {
            wrong.push(format!("{from} is not in the list of crates"));
            continue;
        };
        let every = allowed.split_whitespace().any(|word| word == "*");
        for to in to.iter().filter(|to| crates.contains_key(*to)) {
            let core = to.starts_with("bf-") && !matches!(to.as_str(), "bf-session" | "bf-tests");
            if !(every && core || allowed.split_whitespace().any(|word| word == to)) {
                wrong.push(format!("{from} must not know {to}"));
            }
        }
    }
    wrong
}

fn wrong_outsiders(crates: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (from, to) in crates {
        for (owners, outsiders) in ONLY {
            let owned = owners.split_whitespace().any(|owner| owner == from);
            for outsider in outsiders.iter().filter(|outsider| !owned && to.contains(**outsider)) {
                wrong.push(format!("{from} must not know {outsider}: only {owners} does"));
            }
        }
    }
    wrong
}

/// A source file, read.
struct Source {
    /// From the root, with `/` on every system.
    path: String,
    text: String,
}

impl Source {
    /// Whether all of it is tests.
    fn is_test(&self) -> bool {
        self.path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "benches"))
    }

    /// The text before the tests at its end.
    fn code(&self) -> &str {
        let mut from = 0;
        while let Some(at) = self.text[from..].find("#[cfg(test)]\nmod ").map(|at| at + from) {
            let line = self.text[at..].lines().nth(1).unwrap_or_default();
            if line.ends_with('{') && (at == 0 || self.text[..at].ends_with('\n')) {
                return &self.text[..at];
            }
            from = at + 1;
        }
        &self.text
    }

    /// Lines of code: neither blank nor comment nor test.
    fn lines(&self) -> usize {
        self.code().lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
    }

    /// Types that the file declares with `node!`.
    fn nodes(&self) -> Vec<&str> {
        let mut nodes = Vec::new();
        let mut lines = self.code().lines().map(str::trim);
        while lines.any(|line| line == "node! {" || line == "bf_node::node! {") {
            let head = lines.find(|line| !line.starts_with("///") && !line.starts_with("#["));
            nodes.extend(head.and_then(|line| line.split_once(':')).map(|(name, _)| name));
        }
        nodes
    }
}

fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    for folder in ["core", "stdlib", "patcher", "scripts", "models", "tests", "xtask", "bench", "fuzz"] {
        collect(&root().join(folder), &mut files);
    }
    files.sort();
    let read = |path: PathBuf| Source {
        path: path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/"),
        text: fs::read_to_string(&path).unwrap().replace("\r\n", "\n"),
    };
    files.into_iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Fails with every line at once, so that one run shows all there is to do.
fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn crates_know_only_whom_the_design_lets_them_know() {
    assert_none(&wrong_arrows(&dependencies()));
}

#[test]
fn each_outside_library_has_one_owner() {
    assert_none(&wrong_outsiders(&dependencies()));
}

#[test]
fn every_file_says_what_it_is() {
    let wrong: Vec<String> = sources()
        .iter()
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| format!("{}: begin with a line `//! what this file is`", source.path))
        .collect();
    assert_none(&wrong);
}

#[test]
fn files_are_short() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        let lines = source.lines();
        if lines > TOO_LONG {
            wrong.push(format!("{}: {lines} lines of code; part it, {TOO_LONG} are too many", source.path));
        } else if lines > LONG {
            eprintln!("{}: {lines} lines of code; {LONG} are enough", source.path);
        }
    }
    assert_none(&wrong);
}

#[test]
fn unfinished_work_and_tests_that_do_not_run_stay_out() {
    // In two halves each, or this file would name itself.
    let words: Vec<String> =
        [("to", "do!("), ("unimple", "mented!("), ("d", "bg!("), ("#[ig", "nore"), ("// TO", "DO"), ("// FIX", "ME")]
            .iter()
            .map(|(a, b)| [*a, *b].concat())
            .collect();
    let mut wrong = Vec::new();
    for source in sources() {
        for (number, line) in source.text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(word.as_str())) {
                wrong.push(format!("{}:{}: `{word}`", source.path, number + 1));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn pure_sources_stay_pure() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        for (folders, words, why) in WITHOUT {
            if !folders.iter().any(|folder| source.path.starts_with(folder)) {
                continue;
            }
            for (number, line) in source.code().lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for word in words.iter().filter(|word| has_word(code, word)) {
                    wrong.push(format!("{}:{}: `{word}`, but {why}", source.path, number + 1));
                }
            }
        }
    }
    assert_none(&wrong);
}

/// Functions of the system's library, whose last bits differ from machine to machine; `bf_dsp::math` has those that do
/// not.
const ROUNDED: &[&str] = &[
    ".sin(",
    ".cos(",
    ".tan(",
    ".sin_cos(",
    ".asin(",
    ".acos(",
    ".atan(",
    ".atan2(",
    ".sinh(",
    ".cosh(",
    ".tanh(",
    ".exp(",
    ".exp2(",
    ".exp_m1(",
    ".ln(",
    ".ln_1p(",
    ".log2(",
    ".log10(",
    ".powf(",
    ".cbrt(",
    ".hypot(",
];

#[test]
fn what_sounds_has_the_same_bits_on_every_machine() {
    let sounds = ["core/dsp/src", "core/engine/src", "core/node/src", "core/pattern/src", "stdlib/src"];
    // What only tests use, and what is only looked at.
    let apart = ["check.rs", "laws.rs", "testing.rs", "analysis/loudness.rs", "analysis/spectrum.rs"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        let is_heard = sounds.iter().any(|folder| source.path.starts_with(folder));
        if !is_heard || apart.iter().any(|file| source.path.ends_with(file)) {
            continue;
        }
        for (number, line) in source.code().lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for call in ROUNDED.iter().filter(|call| code.contains(**call)) {
                wrong.push(format!("{}:{}: `{call}`; bf_dsp::math has it", source.path, number + 1));
            }
        }
    }
    assert_none(&wrong);
}

/// Whether a name stands in a line, and not only as part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(is_name)
            && !line[at + word.len()..].chars().next().is_some_and(is_name)
    })
}

#[test]
fn each_node_is_declared_once() {
    let (mut places, mut wrong): (BTreeMap<String, String>, Vec<String>) = Default::default();
    for source in sources().iter().filter(|source| source.path.starts_with("stdlib/") && !source.is_test()) {
        for node in source.nodes() {
            if let Some(other) = places.insert(node.to_owned(), source.path.clone()) {
                wrong.push(format!("`{node}` is declared in {other} and in {}", source.path));
            }
        }
    }
    assert_none(&wrong);
    assert!(!places.is_empty(), "no node was found: has the form of a declaration changed?");
}

#[test]
fn a_wrong_arrow_would_be_found() {
    let crates = |arrows: &[(&str, &[&str])]| {
        arrows.iter().map(|(from, to)| ((*from).to_owned(), to.iter().map(|to| (*to).to_owned()).collect())).collect()
    };
    let good = crates(&[
        ("bf-engine", &["bf-patch", "rtrb"]),
        ("bf-patch", &["bf-node"]),
        ("bf-node", &[]),
        ("bf-session", &["bf-engine", "bf-io"]),
        ("bf-io", &["cpal"]),
    ]);
    assert_eq!((wrong_arrows(&good), wrong_outsiders(&good)), (vec![], vec![]));
    let bad = crates(&[
        ("bf-engine", &["bf-io", "cpal"]),
        ("bf-io", &["bf-session"]),
        ("bf-session", &["beatforge"]),
        ("beatforge", &[]),
        ("bf-new", &[]),
    ]);
    let expected = [
        "bf-engine must not know bf-io",
        "bf-io must not know bf-session",
        "bf-new is not in the list of crates",
        "bf-session must not know beatforge",
    ];
    assert_eq!(wrong_arrows(&bad), expected);
    assert_eq!(wrong_outsiders(&bad), ["bf-engine must not know cpal: only bf-io does"]);
}

#[test]
fn tests_do_not_count_as_code() {
    let text = "//! A file.\n\nfn a() {}\n// why\n#[cfg(test)]\nmod tests;\nfn b() {}\n#[cfg(test)]\nmod more {\n}\n";
    let source = Source { path: "core/x/src/a.rs".into(), text: text.into() };
    assert_eq!((source.lines(), source.is_test()), (4, false));
    let text =
        "bf_node::node! {\n    /// Words: here.\n    saw: Source,\n}\nnode! {\n    /// More.\n    sine: Source,\n}\n";
    assert_eq!(Source { path: String::new(), text: text.into() }.nodes(), ["saw", "sine"]);
    assert!(has_word("use std::fs;", "std::fs") && !has_word("InstantGain::new()", "Instant"));
}
