//! `beatforge nodes`: the palette and the manual, from the declarations.

use super::End;
use bf_node::registry::nearest;
use bf_node::{Form, Kind, NodeSpec, ParamKind, ParamSpec, PortSpec, Registry, Value};
use bf_session::registry;
use bf_session::script::reference::{self, Entry};

/// Lists the node types, or shows the manual page of one.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A type, or with --functions a word; all when none is named.
    name: Option<String>,
    /// The words of scripts: statements, functions, signals, controls, and nodes as functions.
    #[arg(long)]
    functions: bool,
    /// With --functions: the whole reference as a page in Markdown.
    #[arg(long, requires = "functions", conflicts_with_all = ["json", "name"])]
    markdown: bool,
    /// JSON, one object a type.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(a: &Arguments) -> End {
    let registry = registry();
    if a.markdown {
        println!("{}", reference::page(&registry).trim_end());
        return End::Done;
    }
    if a.functions {
        return functions(a, &registry);
    }
    match &a.name {
        None => {
            let mut specs: Vec<&NodeSpec> = registry.iter().collect();
            specs.sort_by_key(|s| (s.category, s.name));
            let mut category = None;
            for s in specs {
                if a.json {
                    println!("{}", json(s));
                    continue;
                }
                if category != Some(s.category) {
                    println!("{}{:?}", if category.is_some() { "\n" } else { "" }, s.category);
                    category = Some(s.category);
                }
                println!("  {:14} {}", s.name, s.summary());
            }
            End::Done
        }
        Some(name) => match registry.get(name) {
            Some(s) if a.json => {
                println!("{}", json(s));
                End::Done
            }
            Some(s) => {
                page(s);
                End::Done
            }
            None => {
                let near = nearest(name, registry.iter().map(|s| s.name)).map(|n| format!("; did you mean {n}?"));
                eprintln!("there is no node type {name:?}{}", near.unwrap_or_default());
                End::Failed
            }
        },
    }
}

/// The words of the language, or one of them.
fn functions(a: &Arguments, registry: &Registry) -> End {
    let all = reference::entries(registry);
    let Some(name) = &a.name else {
        let mut group = (None, "");
        for entry in &all {
            if a.json {
                println!("{}", word_json(entry));
                continue;
            }
            if group != (Some(entry.kind), entry.group) {
                println!("{}{}s {}", if group.0.is_some() { "\n" } else { "" }, entry.kind.name(), entry.group);
                group = (Some(entry.kind), entry.group);
            }
            println!("  {:34} {}", entry.form, entry.help);
        }
        return End::Done;
    };
    // One name may be several things: `gain` is a control and a node.
    let found: Vec<&Entry> = all.iter().filter(|e| e.name == *name || e.names.iter().any(|n| n == name)).collect();
    if found.is_empty() {
        let near = nearest(name, all.iter().map(|e| e.name.as_str())).map(|n| format!("; did you mean {n}?"));
        eprintln!("there is no word {name:?}{}", near.unwrap_or_default());
        return End::Failed;
    }
    for (at, entry) in found.into_iter().enumerate() {
        if a.json {
            println!("{}", word_json(entry));
            continue;
        }
        println!(
            "{}{} — {} {}\n\n{}",
            if at > 0 { "\n" } else { "" },
            entry.form,
            entry.kind.name(),
            entry.group,
            entry.help
        );
        if !entry.names.is_empty() {
            println!("\nAlso: {}", entry.names.join(", "));
        }
        println!("\nFor example: {}", entry.example);
    }
    End::Done
}

fn word_json(e: &Entry) -> serde_json::Value {
    serde_json::json!({
        "name": e.name, "kind": e.kind.name(), "group": e.group, "form": e.form, "names": e.names, "help": e.help,
        "example": e.example,
    })
}

fn page(s: &NodeSpec) {
    println!(
        "{} — {:?}\n\n{}",
        s.name,
        s.category,
        s.help.lines().map(|l| l.strip_prefix(' ').unwrap_or(l)).collect::<Vec<_>>().join("\n").trim()
    );
    let ports = |title: &str, list: &[PortSpec]| {
        if !list.is_empty() {
            println!("\n{title}");
            for p in list {
                let kind = if p.kind == Kind::Event { "events" } else { "signal" };
                println!("  {:14} {kind:7} {}", p.name, p.help);
            }
        }
    };
    ports("Inputs", s.inputs);
    ports("Outputs", s.outputs);
    if !s.params.is_empty() {
        println!("\nParams");
        for p in s.params {
            println!("  {:14} {:28} {}", p.name, range(p), p.help);
        }
    }
}

fn range(p: &ParamSpec) -> String {
    match p.kind {
        ParamKind::Number { default, min, max, unit, .. } => {
            let unit = unit.symbol();
            format!("{default} ({min} to {max}{}{unit})", if unit.is_empty() { "" } else { " " })
        }
        ParamKind::Integer { default, min, max } => format!("{default} (whole, {min} to {max})"),
        ParamKind::Switch { default } => format!("{default} (true or false)"),
        ParamKind::Choice { default, options } => format!("{:?} ({})", options[default], options.join(" ")),
        ParamKind::Setting { form, .. } => {
            let range =
                if let Form::Count(min, max) = form { format!(", whole, {min} to {max}") } else { String::new() };
            format!("{} (setting{range})", written(&p.default_value()))
        }
    }
}

/// A value as it would be written in a patch file; whole numbers without a point.
fn written(value: &Value) -> String {
    match value {
        Value::Number(n) => n.to_string(),
        other => other.to_string(),
    }
}

/// A value of a declaration as JSON.
fn value_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Number(n) => number_json(*n as f32),
        Value::Bool(on) => (*on).into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(list) => list.iter().map(value_json).collect(),
        table @ Value::Table(_) => table.to_string().into(),
    }
}

/// A number with the digits it was declared with, not those of its nearest double; whole ones without a point.
fn number_json(x: f32) -> serde_json::Value {
    x.to_string().parse().unwrap_or_default()
}

fn json(s: &NodeSpec) -> serde_json::Value {
    let ports = |list: &[PortSpec]| -> Vec<serde_json::Value> {
        let kind = |p: &PortSpec| if p.kind == Kind::Event { "events" } else { "signal" };
        list.iter().map(|p| serde_json::json!({ "name": p.name, "kind": kind(p), "help": p.help })).collect()
    };
    let params: Vec<serde_json::Value> = s
        .params
        .iter()
        .map(|p| {
            let (min, max) = match p.kind {
                ParamKind::Setting { form: Form::Count(min, max), .. } => (min as f32, max as f32),
                _ => p.range(),
            };
            let options = if let ParamKind::Choice { options, .. } = p.kind { options } else { &[] };
            serde_json::json!({
                "name": p.name, "default": value_json(&p.default_value()), "min": number_json(min), "max": number_json(max),
                "options": options,
                "setting": p.is_setting(), "help": p.help,
            })
        })
        .collect();
    serde_json::json!({
        "name": s.name, "category": format!("{:?}", s.category), "summary": s.summary(), "help": s.help,
        "inputs": ports(s.inputs), "outputs": ports(s.outputs), "params": params,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn param(node: &str, name: &str) -> ParamSpec {
        let registry = registry();
        let spec = registry.get(node).unwrap();
        spec.params[spec.param(name).unwrap()]
    }

    #[test]
    fn settings_are_shown_as_they_are_written() {
        assert_eq!(range(&param("shaper", "oversample")), "4 (setting, whole, 1 to 4)");
        assert_eq!(range(&param("wavetable", "table")), "\"classic\" (setting)");
        assert_eq!(range(&param("patch", "voices")), "0 (setting, whole, 0 to 512)");
    }

    #[test]
    fn defaults_in_json_are_what_they_are() {
        let page = |node: &str, name: &str| {
            let all = json(registry().get(node).unwrap());
            all["params"].as_array().unwrap().iter().find(|p| p["name"] == name).unwrap().clone()
        };
        let attack = page("follower", "attack");
        assert_eq!(format!("{} {} {}", attack["default"], attack["min"], attack["max"]), "0.005 0.0001 5");
        assert_eq!(page("shaper", "oversample")["default"].to_string(), "4");
        assert_eq!(page("tom", "follow")["default"].to_string(), "false");
        assert_eq!(page("follower", "mode")["default"].to_string(), "\"peak\"");
        for spec in registry().iter() {
            for p in json(spec)["params"].as_array().unwrap() {
                let numbers = [&p["min"], &p["max"], &p["default"]].map(ToString::to_string);
                assert!(numbers.iter().all(|n| n.len() < 12 || n.starts_with(['"', '['])), "{}: {p}", spec.name);
            }
        }
    }
}
