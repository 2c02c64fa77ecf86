//! Every way in which TOML lets a patch be written, mixed at random.

use super::*;
use crate::text::outline::SECTIONS;
use crate::text::tree::{Key, Tree};

/// Small dice for looks.
pub(super) struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

/// A text that says a patch in odd looks. It holds the words that [`KEPT`] names, which nothing may lose.
pub(super) fn ugly(patch: &Patch, seed: u64) -> String {
    let mut dice = Dice(seed);
    let neat: toml_edit::Document<String> = patch.to_text().parse().unwrap();
    let mut out =
        format!("{}# keep: top\nbeatforge = 1 # keep: format\n", if dice.one_in(8) { "\u{feff}" } else { "" });
    for key in ["tempo", "signature", "voices"] {
        if let Some(item) = neat.get(key) {
            out += &format!("{key}={}\n", Tree::of(item));
        }
    }
    let mut heads = String::new();
    let mut sections = SECTIONS;
    if dice.one_in(3) {
        sections.swap(dice.roll(9) as usize, dice.roll(9) as usize);
    }
    for name in sections {
        let Some(Tree::Table(entries)) = neat.get(name).map(Tree::of) else { continue };
        match dice.roll(8) {
            0 => out += &format!("{name} = {}\n", value(&Tree::Table(entries), &mut dice)),
            1 => entries.iter().for_each(|(k, v)| out += &entry(&format!("{name}."), k, v, &mut dice)),
            2 if entries.iter().all(|(_, v)| matches!(v, Tree::Table(_))) => {
                entries.iter().for_each(|(k, v)| heads += &header(name, k, v, &mut dice));
            }
            _ => heads += &section(name, &entries, &mut dice),
        }
    }
    out += &heads;
    out += "# keep: bottom\n[extra] # keep: own\nkeep = \"me\"\n# keep: end\n";
    if dice.one_in(4) {
        out.truncate(out.trim_end().len());
    }
    if dice.one_in(4) { out.replace('\n', "\r\n") } else { out }
}

/// What stays in an ugly text whatever is edited.
pub(super) const KEPT: [&str; 6] =
    ["# keep: top", "# keep: format", "# keep: bottom", "[extra] # keep: own", "keep = \"me\"", "# keep: end"];

fn section(name: &str, entries: &[(String, Tree)], dice: &mut Dice) -> String {
    let mut lines = format!("\n[{name}]{}\n", if dice.one_in(3) { " # section" } else { "" });
    let mut heads = String::new();
    // Where the order counts, what stands under headers comes behind what does not.
    let ordered = ["inputs", "outputs", "controls"].contains(&name);
    let tail = entries.iter().rposition(|(_, v)| !matches!(v, Tree::Table(_))).map_or(0, |last| last + 1);
    let from = tail + dice.roll((entries.len() - tail + 1) as u64) as usize;
    for (i, (k, v)) in entries.iter().enumerate() {
        let head = if ordered { i >= from } else { matches!(v, Tree::Table(_)) && dice.one_in(4) };
        if head {
            heads += &header(name, k, v, dice);
        } else {
            lines += &entry("", k, v, dice);
        }
    }
    lines + &heads
}

fn header(section: &str, key: &str, tree: &Tree, dice: &mut Dice) -> String {
    let Tree::Table(fields) = tree else { unreachable!("only tables get headers") };
    let mut out = format!("{}[{section}.{}]\n", if dice.one_in(3) { "# head\n" } else { "\n" }, Key(key));
    let mut heads = String::new();
    for (k, v) in fields {
        match v {
            Tree::Table(inner) if section == "nodes" && dice.one_in(2) && !inner.is_empty() => {
                heads += &format!("[{section}.{}.{}]\n", Key(key), Key(k));
                inner.iter().for_each(|(k, v)| heads += &entry("", k, v, dice));
            }
            v => out += &entry("", k, v, dice),
        }
    }
    out + &heads
}

fn entry(prefix: &str, key: &str, tree: &Tree, dice: &mut Dice) -> String {
    let comment = if dice.one_in(4) { "# above\n" } else { "" };
    if let Tree::Table(fields) = tree
        && !fields.is_empty()
        && dice.one_in(5)
        && prefix.len() < 12
        && !key.contains('.')
    {
        let prefix = format!("{prefix}{}.", Key(key));
        return fields.iter().map(|(k, v)| entry(&prefix, k, v, dice)).collect();
    }
    let spaces = " ".repeat(dice.roll(4) as usize);
    let tail = if dice.one_in(4) { "   # behind" } else { "" };
    format!("{comment}{prefix}{}{spaces}= {}{tail}\n", Key(key), value(tree, dice))
}

/// A value; long ones over several lines.
fn value(tree: &Tree, dice: &mut Dice) -> String {
    match tree {
        Tree::Float(n) if n.fract() == 0.0 && n.abs() < 1e9 && dice.one_in(3) => format!("{}", *n as i64),
        Tree::List(list) if !list.is_empty() => {
            let items: Vec<String> = list.iter().map(|v| value(v, dice)).collect();
            match dice.roll(4) {
                0 => format!("[\n    {}, # item\n]", items.join(", # item\n    ")),
                1 => format!("[ {} ]", items.join(" ,")),
                2 => format!("[\n{}\n]", items.join(",\n")),
                _ => format!("[{}]", items.join(", ")),
            }
        }
        Tree::Table(fields) if !fields.is_empty() => {
            let dotted = dice.one_in(8);
            let mut items = Vec::new();
            for (k, v) in fields {
                match v {
                    Tree::Table(inner) if dotted && !inner.is_empty() => {
                        items
                            .extend(inner.iter().map(|(k2, v)| format!("{}.{} = {}", Key(k), Key(k2), value(v, dice))));
                    }
                    v => items.push(format!("{} = {}", Key(k), value(v, dice))),
                }
            }
            if dice.one_in(2) { format!("{{{}}}", items.join(",")) } else { format!("{{ {} }}", items.join(", ")) }
        }
        tree => tree.to_string(),
    }
}
