//! `beatforge nodes`: the palette and the manual, from the declarations.

use super::End;
use bf_node::registry::nearest;
use bf_node::{Kind, NodeSpec, ParamKind, ParamSpec, PortSpec};
use bf_session::registry;

/// Lists the node types, or shows the manual page of one.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A type; all when none is named.
    name: Option<String>,
    /// JSON, one object a type.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(a: &Arguments) -> End {
    let registry = registry();
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
        ParamKind::Setting { default, .. } => format!("{default:?} (setting)"),
    }
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
            let (min, max) = p.range();
            let options = if let ParamKind::Choice { options, .. } = p.kind { options } else { &[] };
            serde_json::json!({
                "name": p.name, "default": p.default_value().to_string(), "min": min, "max": max, "options": options,
                "setting": p.is_setting(), "help": p.help,
            })
        })
        .collect();
    serde_json::json!({
        "name": s.name, "category": format!("{:?}", s.category), "summary": s.summary(), "help": s.help,
        "inputs": ports(s.inputs), "outputs": ports(s.outputs), "params": params,
    })
}
