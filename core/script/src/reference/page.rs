//! The reference as a page in Markdown: prose, with lists that are made from the declarations.

use super::{Entry, EntryKind, entries};
use bf_node::Registry;
use bf_pattern::mini::NOTATION;
use std::fmt::Write;

/// What is written by hand. Each `<!-- list -->` stands for a list.
const TEMPLATE: &str = include_str!("language.md");

/// The page.
pub fn page(registry: &Registry) -> String {
    let all = entries(registry);
    let of = |kind: EntryKind| all.iter().filter(move |entry| entry.kind == kind).collect::<Vec<_>>();
    let mut page = TEMPLATE.to_owned();
    for (name, list) in [
        ("statements", statements(&of(EntryKind::Statement))),
        ("notation", notation()),
        ("functions", groups(&of(EntryKind::Function))),
        ("operators", operators(&of(EntryKind::Function))),
        ("signals", table(&of(EntryKind::Signal))),
        ("controls", controls(&of(EntryKind::Control))),
        ("tonal", tonal(&of(EntryKind::Function))),
        ("nodes", nodes(&of(EntryKind::Node))),
    ] {
        page = page.replace(&format!("<!-- {name} -->"), list.trim_end());
    }
    page
}

/// Code within a table.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

fn prose(text: &str) -> String {
    text.replace('|', "\\|")
}

fn rows(head: [&str; 3], rows: impl Iterator<Item = [String; 3]>) -> String {
    let mut out = format!("| {} |\n|---|---|---|\n", head.join(" | "));
    rows.for_each(|row| _ = writeln!(out, "| {} |", row.join(" | ")));
    out
}

fn statements(all: &[&Entry]) -> String {
    let row = |e: &&Entry| [code(&e.name), format!("{} {}", forms(&e.form), prose(&e.help)), code(&e.example)];
    rows(["", "what it says", "for example"], all.iter().map(row))
}

/// `a(x) or b(x)` as code, form by form.
fn forms(form: &str) -> String {
    let forms: Vec<String> = form.split(" or ").map(code).collect();
    format!("{}:", forms.join(" or "))
}

fn notation() -> String {
    rows(
        ["write", "what it means", "for example"],
        NOTATION.iter().map(|n| [code(n.form), prose(n.doc), code(n.example)]),
    )
}

/// The help of a word, with its other names that are not its name in another spelling.
fn help(e: &Entry) -> String {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    let mut seen = vec![plain(&e.name)];
    let mut names = Vec::new();
    for name in &e.names {
        if !seen.contains(&plain(name)) {
            seen.push(plain(name));
            names.push(code(name));
        }
    }
    match names.as_slice() {
        [] => prose(&e.help),
        names => format!("{} Also {}.", prose(&e.help), names.join(", ")),
    }
}

fn table(all: &[&Entry]) -> String {
    rows(["write", "what it does", "for example"], all.iter().map(|e| [code(&e.form), help(e), code(&e.example)]))
}

/// A table for each group, but for those that have a chapter of their own.
fn groups(all: &[&Entry]) -> String {
    let mut out = String::new();
    let mut done: Vec<&str> = vec!["Operators", "Scales and chords"];
    for entry in all {
        if !done.contains(&entry.group) {
            done.push(entry.group);
            let group: Vec<&Entry> = all.iter().copied().filter(|e| e.group == entry.group).collect();
            _ = writeln!(out, "### {}\n\n{}", entry.group, table(&group));
        }
    }
    out
}

/// The operators in their plain form: the alignments are the same for each.
fn operators(all: &[&Entry]) -> String {
    let plain: Vec<&Entry> = all.iter().copied().filter(|e| e.group == "Operators" && !e.name.contains('_')).collect();
    table(&plain)
}

fn tonal(all: &[&Entry]) -> String {
    table(&all.iter().copied().filter(|e| e.group == "Scales and chords").collect::<Vec<_>>())
}

fn controls(all: &[&Entry]) -> String {
    let names = |e: &Entry| [&e.name].into_iter().chain(&e.names).map(|name| code(name)).collect::<Vec<_>>().join(" ");
    rows(["", "what it sets", "for example"], all.iter().map(|e| [names(e), prose(&e.help), code(&e.example)]))
}

fn nodes(all: &[&Entry]) -> String {
    let mut out = String::new();
    let mut group = "";
    for entry in all {
        if entry.group != group {
            group = entry.group;
            _ = writeln!(out, "{}**{group}**\n", if out.is_empty() { "" } else { "\n" });
        }
        _ = writeln!(out, "- {}: {}", code(&entry.form).replace("\\|", "|"), entry.help);
    }
    out
}
