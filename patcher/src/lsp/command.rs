//! Commands of an editor to the set that plays, and what becomes of them.

use super::live::{Answered, Job};
use super::server::Server;
use super::text::{byte_of, lines_of};
use bf_session::Diagnostic;
use bf_session::remote::{Changed, Evaluate, Failed, Part, Quant, Request, Response};
use lsp_server::{ErrorCode, RequestId};
use lsp_types::{ExecuteCommandParams, MessageType, Position, Range as Lines, Uri};
use serde::Deserialize;
use serde_json::{Value, json};

/// Every command.
pub(super) const NAMES: &[&str] =
    &["beatforge.evalBlock", "beatforge.evalLine", "beatforge.evalAll", "beatforge.hush", "beatforge.unhush"];

/// The argument of a command.
#[derive(Deserialize)]
struct Argument {
    uri: Uri,
    /// Where the cursor is.
    #[serde(default)]
    position: Position,
    /// What is selected, for `evalLine`.
    #[serde(default)]
    range: Option<Lines>,
    /// When it is heard.
    #[serde(default)]
    quant: Option<Quant>,
}

impl Server {
    /// Sends a command to the set; the answer follows as an event.
    pub(super) fn execute(&mut self, id: RequestId, p: &ExecuteCommandParams) -> Result<(), String> {
        let argument = p.arguments.first().cloned().unwrap_or(Value::Null);
        let argument: Argument = match (argument, self.documents.values().next()) {
            (Value::Null, Some(any)) if p.command.ends_with("hush") => {
                Argument { uri: any.uri.clone(), position: Position::default(), range: None, quant: None }
            }
            (value, _) => {
                serde_json::from_value(value).map_err(|e| format!("{} needs {{ uri, position }}: {e}", p.command))?
            }
        };
        let d = self.document(&argument.uri).ok_or_else(|| format!("{} is not open", argument.uri.as_str()))?;
        let at = byte_of(&d.text, argument.position);
        let part = match p.command.as_str() {
            "beatforge.evalBlock" => Some(Part::Block { at }),
            "beatforge.evalLine" => Some(line(&d.text, at, argument.range)),
            "beatforge.evalAll" => Some(Part::Whole),
            _ => None,
        };
        let request = match (part, p.command.as_str()) {
            (Some(part), _) => {
                Request::Evaluate(Evaluate { file: d.name(), text: d.text.clone(), part, quant: argument.quant })
            }
            (None, "beatforge.hush") => Request::Hush,
            (None, "beatforge.unhush") => Request::Unhush,
            (None, other) => return Err(format!("{other} is not known")),
        };
        let (path, revision) = (d.path.clone(), d.trace.revision());
        let job = Job { id, uri: argument.uri, path, revision, request };
        let sent = self.live.ask(job);
        sent.then_some(()).ok_or_else(|| "the set does not keep up with what is asked of it".to_owned())
    }

    /// What the set has answered.
    pub(super) fn answered(&mut self, answered: Answered) {
        let Answered { job, response } = answered;
        match response {
            Ok(Response::Done(changed)) => self.done(job, changed),
            Ok(Response::Failed(failed)) => self.failed(job, failed),
            Ok(Response::Status(_) | Response::Sources(_)) => self.answer(job.id, Ok(Value::Null)),
            Err(why) => {
                self.show(MessageType::WARNING, why.clone());
                self.answer(job.id, Err((ErrorCode::RequestFailed, why)));
            }
        }
    }

    fn done(&mut self, job: Job, changed: Changed) {
        let mut range = None;
        if let (Request::Evaluate(_), Some(d)) = (&job.request, self.documents.get_mut(job.uri.as_str())) {
            d.trace.evaluated(changed.take, job.revision);
            let now = changed.range.and_then(|(start, end)| d.trace.now(changed.take, start..end));
            range = now.map(|now| lines_of(&d.text, &now));
        }
        if matches!(job.request, Request::Evaluate(_)) {
            let messages: Vec<Diagnostic> = changed.messages.into_iter().map(Into::into).collect();
            self.live_faults(&job.uri, &messages);
        }
        if let Some(note) = &changed.note {
            self.tell("window/logMessage", &json!({ "type": MessageType::INFO, "message": note }));
        }
        self.answer(job.id, Ok(json!({ "done": true, "note": changed.note, "range": range })));
    }

    fn failed(&mut self, job: Job, failed: Failed) {
        let faults: Vec<Diagnostic> = failed.faults.into_iter().map(Into::into).collect();
        let place = faults.first().map(|fault| format!("{}:{}: ", fault.line, fault.column)).unwrap_or_default();
        self.show(MessageType::ERROR, format!("{place}{}", failed.message));
        self.live_faults(&job.uri, &faults);
        self.answer(job.id, Ok(json!({ "done": false, "note": failed.message })));
    }
}

/// The line with a place in it, or the lines that are selected.
fn line(text: &str, at: usize, selected: Option<Lines>) -> Part {
    if let Some(lines) = selected.filter(|lines| lines.start != lines.end) {
        return Part::Range { start: byte_of(text, lines.start), end: byte_of(text, lines.end) };
    }
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at..].find('\n').map_or(text.len(), |len| at + len);
    Part::Range { start, end: start + text[start..end].trim_end_matches('\r').len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_without_its_end() {
        let text = "a;\r\nbc;\n";
        assert_eq!(line(text, 1, None), Part::Range { start: 0, end: 2 });
        assert_eq!(line(text, 5, None), Part::Range { start: 4, end: 7 });
        assert_eq!(line(text, 8, None), Part::Range { start: 8, end: 8 });
        let selected = Lines::new(Position::new(0, 0), Position::new(1, 1));
        assert_eq!(line(text, 5, Some(selected)), Part::Range { start: 0, end: 5 });
    }
}
