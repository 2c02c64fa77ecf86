//! Edits in messages: the form of the history, as JSON or spread over arguments.

use super::atom::decimal;
use super::forms;
use bf_io::osc::Argument;
use bf_patch::{Edit, SetEdit};
use bf_store::form::read_set_edit;
use serde_json::{Value as Json, json};

/// Lists within lists.
const MAX_DEPTH: usize = 16;

/// The edit of a message to `/bf/edit` with the whole edit as JSON, or to `/bf/edit/<what>` with its fields as
/// arguments: lists are arrays, what is left open is nil.
///
/// # Errors
/// What does not read.
pub(super) fn read(what: Option<&str>, arguments: &[Argument<'_>]) -> Result<SetEdit, String> {
    let mut json = match (what, arguments) {
        (None, [one]) => {
            let text = one.text().ok_or("an edit is a text in JSON, such as [\"param\", \"saw.freq\", 110.0]")?;
            serde_json::from_str(text).map_err(|e| format!("the edit is no JSON: {e}"))?
        }
        (None, _) => return Err("one argument is expected: an edit as JSON".to_owned()),
        (Some(what), arguments) => {
            let mut fields = vec![json!(what)];
            let mut rest = arguments.iter();
            list(&mut rest, &mut fields, 0)?;
            Json::Array(fields)
        }
    };
    let name = json.as_array().and_then(|list| list.first()?.as_str()).unwrap_or_default().to_owned();
    let form = forms::of(&name);
    if form.is_none() && name != "score" {
        return Err(forms::unknown(&name));
    }
    forms::complete(&mut json);
    let edit = read_set_edit(&json).map_err(|e| {
        let args = form.map_or("", |form| form.args);
        format!("`{}`: {}; it is /bf/edit/{name} {args}", e.of, e.what)
    })?;
    if edit.edit.leaves().iter().any(|leaf| matches!(leaf, Edit::SetScore(_))) {
        return Err("which score plays is no edit: evaluate code instead".to_owned());
    }
    Ok(edit)
}

/// Reads arguments up to the end of the list that they are in.
fn list<'a>(
    rest: &mut impl Iterator<Item = &'a Argument<'a>>,
    into: &mut Vec<Json>,
    depth: usize,
) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("lists lie more than {MAX_DEPTH} deep in each other"));
    }
    while let Some(argument) = rest.next() {
        into.push(match argument {
            Argument::ArrayEnd => return Ok(()),
            Argument::ArrayStart => {
                let mut inner = Vec::new();
                list(rest, &mut inner, depth + 1)?;
                Json::Array(inner)
            }
            Argument::Nil => Json::Null,
            Argument::Bool(on) => json!(on),
            Argument::Int(n) => json!(n),
            Argument::Long(n) => json!(n),
            Argument::Float(n) => number(decimal(*n)),
            Argument::Double(n) => number(*n),
            Argument::Str(text) | Argument::Symbol(text) => json!(text),
            other => return Err(format!("an argument of type `{}` stands for nothing in an edit", other.tag())),
        });
    }
    Ok(())
}

/// Programs send floats where a whole number is meant.
fn number(n: f64) -> Json {
    const WHOLE: f64 = 9.0e15;
    if n.fract() == 0.0 && n.abs() < WHOLE { json!(n as i64) } else { json!(n) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_node::Value;
    use bf_patch::{Node, Socket};

    #[test]
    fn edits_come_as_json_and_as_arguments() {
        let want =
            SetEdit::main(Edit::SetParam { target: Socket::new("saw", "freq"), value: Some(Value::from(110.1)) });
        let text = "[\"param\", \"saw.freq\", 110.1]";
        assert_eq!(read(None, &[Argument::Str(text)]).unwrap(), want);
        assert_eq!(read(Some("param"), &[Argument::Str("saw.freq"), Argument::Float(110.1)]).unwrap(), want);
        let node = Node::new("saw").with("freq", 55.0);
        let add = SetEdit::main(Edit::AddNode { name: "bass".into(), node, at: Some([80, 160]) });
        let spread = [
            Argument::Str("bass"),
            Argument::ArrayStart,
            Argument::Str("saw"),
            Argument::Str("freq"),
            Argument::Int(55),
            Argument::ArrayEnd,
            Argument::ArrayStart,
            Argument::Int(80),
            Argument::Int(160),
            Argument::ArrayEnd,
        ];
        assert_eq!(read(Some("add"), &spread).unwrap(), add);
        let nothing = [Argument::Str("saw.freq"), Argument::Nil];
        let back = SetEdit::main(Edit::Override { target: Socket::new("saw", "freq"), value: None });
        assert_eq!(read(Some("override"), &nothing).unwrap(), back);
        assert_eq!(read(Some("override"), &nothing[..1]).unwrap(), back, "what is open at the end may be left out");
        let beats = SetEdit::main(Edit::SetSignature(3));
        assert_eq!(read(Some("signature"), &[Argument::Float(3.0)]).unwrap(), beats);
    }

    #[test]
    fn what_is_no_edit_is_refused_with_a_reason() {
        let refused = |what, arguments: &[Argument<'_>]| read(what, arguments).unwrap_err();
        assert!(refused(None, &[Argument::Str("{")]).starts_with("the edit is no JSON"));
        assert!(refused(Some("fly"), &[]).starts_with("there is no edit `fly`"));
        assert!(refused(Some("renam"), &[]).contains("did you mean /bf/edit/rename?"));
        assert_eq!(
            refused(Some("param"), &[Argument::Int(1)]),
            "`param`: no text; it is /bf/edit/param NODE.PARAM [VALUE]"
        );
        assert!(refused(None, &[Argument::Str("[5]")]).starts_with("there is no edit"));
        assert!(refused(Some("score"), &[Argument::Int(1)]).contains("evaluate"));
        assert!(refused(Some("batch"), &[Argument::Impulse]).contains("type `I`"));
        let deep = vec![Argument::ArrayStart; 40];
        assert!(refused(Some("batch"), &deep).contains("deep"));
    }
}
