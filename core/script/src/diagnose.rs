//! Errors of the engine in the user's words: where, what, and what to do.

use crate::Site;
use crate::hint::{Fault, foreign};
use crate::literal::line_column;
use crate::shared::Shared;
use crate::statement::STATEMENTS;
use bf_node::registry::nearest;
use bf_patch::{Diagnostic, Severity};
use bf_pattern::{QueryError, table};
use rhai::{AST, ASTNode, EvalAltResult, ParseErrorType, Position, Stmt};

/// A message about a file.
pub(crate) fn at(file: &str, line: u32, column: u32, message: String, hint: Option<String>) -> Diagnostic {
    let (line, column) = (line.max(1), column.max(1));
    Diagnostic { file: file.to_owned(), line, column, len: 0, message, hint, severity: Severity::Error }
}

/// What went wrong in a text, as one message.
pub(crate) fn diagnostic(
    shared: &Shared,
    file: &str,
    text: &str,
    error: &EvalAltResult,
    else_at: Position,
) -> Diagnostic {
    let (inner, file_of, pos) = innermost(error, file, else_at);
    if let EvalAltResult::ErrorParsing(kind, pos) = inner {
        // The text of a module is not at hand: its line gives no hint.
        let line_text = pos.line().filter(|_| file_of == file).and_then(|n| text.lines().nth(n - 1)).unwrap_or("");
        return parse(file_of, text, kind, *pos, line_text);
    }
    let (message, hint, place) = said(shared, inner);
    let (line, column) = line_column(pos);
    match place {
        Some((file, line, column)) => at(&file, line, column, message, hint),
        None => at(file_of, line, column, message, hint),
    }
}

/// The same for patterns that fail when they are asked.
pub(crate) fn in_script(shared: &Shared, file: &str, ast: &AST, error: &EvalAltResult) -> QueryError {
    let (inner, file_of, mut pos) = innermost(error, file, Position::NONE);
    if pos.is_none() {
        pos = empty_loop(ast);
    }
    let (message, hint, place) = said(shared, inner);
    let (line, column) = line_column(pos);
    let (file, line, column) = place.unwrap_or_else(|| (file_of.into(), line.max(1), column.max(1)));
    let message = format!("{message}{}", hint.map(|h| format!(" ({h})")).unwrap_or_default());
    QueryError::InScript { message: message.into(), file, line, column }
}

/// What a query that failed says of a track or another declaration: where the script is at fault, or else where the
/// pattern was declared.
pub fn of_query(error: &QueryError, site: &Site) -> Diagnostic {
    match error {
        QueryError::InScript { message, file, line, column } => at(file, *line, *column, message.to_string(), None),
        other => at(&site.file, site.line, site.column, other.to_string(), None),
    }
}

/// Where a loop without a body stands: the engine stops it without a place.
pub(crate) fn empty_loop(ast: &AST) -> Position {
    let mut found = Position::NONE;
    ast.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::While(flow, pos) | Stmt::Do(flow, _, pos))) = path.last()
            && flow.body.is_empty()
        {
            found = *pos;
        }
        found.is_none()
    });
    found
}

/// The error within calls and modules, the file it is in, and the last place that is known.
fn innermost<'a>(error: &'a EvalAltResult, file: &'a str, above: Position) -> (&'a EvalAltResult, &'a str, Position) {
    let own = error.position();
    let pos = if own.is_none() { above } else { own };
    match error {
        EvalAltResult::ErrorInFunctionCall(_, source, inner, _) => {
            innermost(inner, if source.is_empty() { file } else { source }, pos)
        }
        EvalAltResult::ErrorInModule(path, inner, _) => innermost(inner, path, Position::NONE),
        _ => (error, file, pos),
    }
}

/// A text that is no script.
fn parse(file: &str, text: &str, kind: &ParseErrorType, pos: Position, line_text: &str) -> Diagnostic {
    let (mut line, mut column) = line_column(pos);
    if let Some(hint) = foreign(line_text) {
        return at(file, line, column, format!("this is no Rhai: {kind}"), Some(hint));
    }
    let (message, hint) = match kind {
        ParseErrorType::MissingToken(token, _) if token == ";" => {
            // The end of the statement before is where it belongs.
            let (l, c) = end_before(text, line, column);
            (line, column) = (l, c);
            ("a `;` is missing".to_owned(), Some("end each statement with `;`".to_owned()))
        }
        ParseErrorType::UnexpectedEOF | ParseErrorType::MissingToken(..) => {
            (format!("{kind}"), Some("is a bracket or a quote left open?".to_owned()))
        }
        ParseErrorType::Reserved(word) => {
            (format!("`{word}` is a word of Rhai"), Some("choose another name".to_owned()))
        }
        _ => (format!("{kind}"), None),
    };
    at(file, line, column, message, hint)
}

/// The place behind the last character before another place that is neither space nor comment.
fn end_before(text: &str, line: u32, column: u32) -> (u32, u32) {
    let before = text.lines().enumerate().take(line as usize);
    let mut last = (line, column);
    for (at, content) in before {
        let here = at + 1 == line as usize;
        let content: String =
            if here { content.chars().take(column.saturating_sub(1) as usize).collect() } else { content.to_owned() };
        let code = content.split("//").next().unwrap_or_default().trim_end();
        if !code.is_empty() {
            last = (at as u32 + 1, code.chars().count() as u32 + 1);
        }
    }
    last
}

type Said = (String, Option<String>, Option<(std::sync::Arc<str>, u32, u32)>);

/// What an error says.
fn said(shared: &Shared, error: &EvalAltResult) -> Said {
    let plain = |message: &str, hint: &str| (message.to_owned(), Some(hint.to_owned()), None);
    match error {
        EvalAltResult::ErrorRuntime(value, _) | EvalAltResult::ErrorTerminated(value, _) => {
            match value.read_lock::<Fault>() {
                Some(fault) => (fault.message.clone(), fault.hint.clone(), fault.at.clone()),
                None => (value.to_string(), None, None),
            }
        }
        EvalAltResult::ErrorFunctionNotFound(signature, _) => {
            let name = signature.split([' ', '(']).next().unwrap_or_default();
            let given = signature.split_once('(').map(|(_, args)| args.trim_end_matches(')')).unwrap_or_default();
            match known(shared, name) {
                Some(how) => (format!("`{name}` cannot be called with ({given})"), Some(how), None),
                None => (format!("there is no function `{name}`"), near(shared, name), None),
            }
        }
        EvalAltResult::ErrorVariableNotFound(name, _) => match known(shared, name) {
            Some(how) => (format!("`{name}` needs arguments"), Some(how), None),
            None => (format!("there is no `{name}`"), near(shared, name), None),
        },
        // `p.add.mix(q)`, as Strudel has it.
        EvalAltResult::ErrorDotExpr(text, _) if text.starts_with("Unknown property '") && text.contains("Pattern") => {
            let name = text.split('\'').nth(1).unwrap_or_default();
            match table::function(&format!("{name}_mix")) {
                Some(_) => plain(
                    &format!("`{name}` is no property of a pattern"),
                    &format!("write .{name}_mix(…), .{name}_in(…), .{name}_out(…), .{name}_squeeze(…) and so on"),
                ),
                None => (
                    format!("`{name}` is no property of a pattern"),
                    known(shared, name).or_else(|| near(shared, name)),
                    None,
                ),
            }
        }
        EvalAltResult::ErrorTooManyOperations(_) => plain("the script does not end", "does a loop run on?"),
        EvalAltResult::ErrorStackOverflow(_) => {
            plain("functions call each other too deep", "does a function call itself without an end?")
        }
        EvalAltResult::ErrorDataTooLarge(what, _) => {
            plain(&format!("{what} is too large"), "keep texts, lists and maps small")
        }
        other => {
            let mut text = other.to_string();
            if let Some(at) = text.rfind(" (line ") {
                text.truncate(at);
            }
            (text, None, None)
        }
    }
}

/// How something that exists is written.
fn known(shared: &Shared, name: &str) -> Option<String> {
    if let Some(function) = table::function(name) {
        return Some(format!("{} For example: {}", function.doc, function.example));
    }
    if let Some((_, forms)) = STATEMENTS.iter().find(|(statement, _)| *statement == name) {
        return Some((*forms).to_owned());
    }
    if let Some(control) = bf_pattern::control(name) {
        return Some(control.doc.to_owned());
    }
    shared.registry.get(name).map(|spec| spec.summary().to_owned())
}

/// The nearest name to one that is not known.
pub(crate) fn near(shared: &Shared, name: &str) -> Option<String> {
    let others = shared.registry.iter().map(|spec| spec.name).chain(STATEMENTS.iter().map(|(name, _)| *name));
    let near = nearest(name, others).or_else(|| table::nearest_name(name));
    near.map(|near| format!("did you mean `{near}`?"))
}
