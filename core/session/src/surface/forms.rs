//! What edits there are, with their arguments.

use bf_node::registry::nearest;
use serde_json::{Value as Json, json};

/// An edit as messages write it.
pub(super) struct Form {
    /// The last part of its address.
    pub name: &'static str,
    /// Its arguments in a user's words; those in brackets may be left out.
    pub args: &'static str,
    /// How many it has; 0 where there may be any number.
    pub count: usize,
    /// The shortest message, as JSON without the name.
    #[cfg(test)]
    pub such: &'static str,
}

macro_rules! forms {
    ($($name:literal $args:literal $count:literal $such:literal;)*) => {
        &[$(Form {
            name: $name,
            args: $args,
            count: $count,
            #[cfg(test)]
            such: $such,
        }),*]
    };
}

/// All edits, as they are documented.
pub(super) const FORMS: &[Form] = forms! {
    "add" "NAME TYPE [[X Y]]" 3 r#"["buzz", "saw"]"#;
    "remove" "NAME" 1 r#"["buzz"]"#;
    "rename" "NAME NEW" 2 r#"["buzz", "hum"]"#;
    "replace" "NAME TYPE" 2 r#"["buzz", "sine"]"#;
    "param" "NODE.PARAM [VALUE]" 2 r#"["buzz.freq"]"#;
    "override" "NODE.PARAM [VALUE]" 2 r#"["buzz.freq"]"#;
    "connect" "TO FROM [AMOUNT] [PLACE]" 4 r#"["out", "buzz"]"#;
    "disconnect" "TO FROM" 2 r#"["out", "buzz"]"#;
    "amount" "TO FROM [AMOUNT]" 3 r#"["out", "buzz"]"#;
    "tempo" "BPM" 1 r#"[120.0]"#;
    "signature" "BEATS" 1 r#"[3]"#;
    "voices" "COUNT" 1 r#"[4]"#;
    "layout" "NAME [[X Y]]" 2 r#"["buzz"]"#;
    "automation" "NODE.PARAM [[LENGTH BEAT VALUE CURVE …]]" 2 r#"["buzz.freq"]"#;
    "snapshot" "NAME [[NODE.PARAM VALUE …]]" 2 r#"["dark"]"#;
    "mapping" "CONTROL [NODE.PARAM]" 2 r#"["osc:/1/fader1"]"#;
    "input" "NAME [[NODE.INPUT …]] [PLACE]" 3 r#"["left"]"#;
    "output" "NAME [NODE.OUTPUT] [PLACE]" 3 r#"["left"]"#;
    "control" "NAME [NODE.PARAM] [PLACE]" 3 r#"["tone"]"#;
    "batch" "[EDIT ARGUMENT …] …" 0 r#"[["tempo", 120.0]]"#;
    "in" "FILE [EDIT ARGUMENT …]" 2 r#"["patches/bell.toml", ["voices", 4]]"#;
};

/// The form of an edit.
pub(super) fn of(name: &str) -> Option<&'static Form> {
    FORMS.iter().find(|form| form.name == name)
}

/// Why there is no such edit.
pub(super) fn unknown(name: &str) -> String {
    let near = nearest(name, FORMS.iter().map(|form| form.name));
    let near = near.map_or(String::new(), |near| format!(": did you mean /bf/edit/{near}?"));
    let all: Vec<&str> = FORMS.iter().map(|form| form.name).collect();
    format!("there is no edit `{name}`{near}; there are {}", all.join(", "))
}

/// Fills in what may be left out of an edit: arguments at its end are open, and a word alone does for a list of one.
pub(super) fn complete(edit: &mut Json) {
    let Json::Array(fields) = edit else { return };
    let Some(form) = fields.first().and_then(Json::as_str).and_then(of) else { return };
    match form.name {
        "in" => fields.iter_mut().skip(2).for_each(complete),
        "batch" => fields.iter_mut().skip(1).for_each(complete),
        "add" | "replace" => listed(fields, 2),
        "input" => listed(fields, 2),
        "mapping" => {
            listed(fields, 2);
            padded(fields.get_mut(2), &[Json::Null, Json::Null, Json::Null, Json::Null, Json::Null]);
        }
        "control" => {
            if let Some(Json::String(target)) = fields.get(2) {
                fields[2] = json!([[target]]);
            }
            padded(fields.get_mut(2), &[Json::Null, Json::Null, Json::Null, json!("")]);
        }
        _ => {}
    }
    while fields.len() <= form.count {
        fields.push(Json::Null);
    }
}

/// Makes a list of a word at a place.
fn listed(fields: &mut [Json], at: usize) {
    if let Some(Json::String(word)) = fields.get(at) {
        fields[at] = json!([word]);
    }
}

/// Gives a list what it lacks at its end.
fn padded(list: Option<&mut Json>, whole: &[Json]) {
    if let Some(Json::Array(list)) = list {
        let there = list.len().min(whole.len());
        list.extend_from_slice(&whole[there..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_store::form::read_set_edit;

    #[test]
    fn every_edit_is_documented_and_taken_with_what_it_needs() {
        let page = include_str!("../../../../docs/control.md");
        for form in FORMS {
            let line = format!("| `/bf/edit/{} {}` |", form.name, form.args);
            assert!(page.contains(&line), "docs/control.md lacks {line}");
            let mut edit = vec![json!(form.name)];
            edit.extend(serde_json::from_str::<Vec<Json>>(form.such).unwrap());
            let mut edit = Json::Array(edit);
            complete(&mut edit);
            let read = read_set_edit(&edit);
            assert!(read.is_ok(), "{edit}: {read:?}");
        }
        let written = page.lines().filter(|line| line.starts_with("| `/bf/edit/")).count();
        assert_eq!(written, FORMS.len());
    }

    #[test]
    fn a_word_does_for_a_list_of_one() {
        let completed = |text: &str| {
            let mut edit = serde_json::from_str(text).unwrap();
            complete(&mut edit);
            read_set_edit(&edit).unwrap()
        };
        let pairs = [
            (r#"["add", "nn", "sine"]"#, r#"["add", "nn", ["sine"], null]"#),
            (r#"["connect", "lvl", "nn"]"#, r#"["connect", "lvl", "nn", null, null]"#),
            (
                r#"["mapping", "osc:/a", "nn.freq"]"#,
                r#"["mapping", "osc:/a", ["nn.freq", null, null, null, null], null]"#,
            ),
            (r#"["control", "tone", "nn.freq"]"#, r#"["control", "tone", [["nn.freq"], null, null, ""], null]"#),
            (r#"["in", "a.toml", ["add", "nn", "sine"]]"#, r#"["in", "a.toml", ["add", "nn", ["sine"], null]]"#),
            (r#"["batch", ["param", "nn.freq"]]"#, r#"["batch", ["param", "nn.freq", null]]"#),
        ];
        for (short, whole) in pairs {
            assert_eq!(completed(short), read_set_edit(&serde_json::from_str(whole).unwrap()).unwrap(), "{short}");
        }
    }
}
