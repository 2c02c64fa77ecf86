//! Messages and progress as a person reads them.

use bf_session::{Diagnostic, Message, Severity};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A message of a session on standard error; receipts stay silent.
pub(crate) fn message(m: &Message) {
    match m {
        Message::Reloaded { files, edits } => {
            let names: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
            eprintln!("reloaded {} ({edits} edits)", names.join(", "));
        }
        Message::Fault(d) => diagnostic(d),
        Message::Problem(text) | Message::Told(text) | Message::Answered { result: Ok(text) | Err(text), .. } => {
            eprintln!("{text}")
        }
        Message::Broken { path, frame, since } => eprintln!("{}", broken(path, *frame, *since)),
        Message::Evaluated { in_secs, .. } if *in_secs > 0.05 => eprintln!("evaluated; heard in {in_secs:.1} s"),
        Message::Refused { faults, .. } => {
            diagnostics(faults);
            eprintln!("nothing has changed: what played plays on");
        }
        Message::Hushed(true) => eprintln!("all is silent"),
        Message::Hushed(false) => eprintln!("it sounds again"),
        Message::Applied(_) | Message::Evaluated { .. } | Message::Heard { .. } | Message::Overtaken { .. } => {}
    }
}

/// What there is to say of a node that was not finite.
pub(crate) fn broken(path: &str, frame: u64, since: u64) -> String {
    let more = if since > 0 { format!(", after {since} times more since it was told") } else { String::new() };
    format!("{path} was not finite at frame {frame}{more}, and was reset; the rest plays on")
}

/// Faults and warnings, of which a person reads the first.
pub(crate) fn diagnostics(list: &[Diagnostic]) {
    const SHOWN: usize = 20;
    list.iter().take(SHOWN).for_each(diagnostic);
    if list.len() > SHOWN {
        eprintln!("… and {} more", list.len() - SHOWN);
    }
}

/// A fault or warning with its place.
pub(crate) fn diagnostic(d: &Diagnostic) {
    let kind = if d.severity == Severity::Error { "error" } else { "warning" };
    let hint = d.hint.as_ref().map(|h| format!("\n  hint: {h}")).unwrap_or_default();
    eprintln!("{}:{}:{}: {kind}: {}{hint}", d.file, d.line, d.column, d.message);
}

/// A diagnostic for other programs.
pub(crate) fn json(d: &Diagnostic) -> serde_json::Value {
    serde_json::json!({
        "file": d.file, "line": d.line, "column": d.column, "message": d.message, "hint": d.hint,
        "severity": if d.severity == Severity::Error { "error" } else { "warning" },
    })
}

/// A time on the wall, in UTC.
pub(crate) fn time(ms: i64) -> String {
    bf_session::date(ms)
}

/// A progress bar on a terminal; nothing otherwise.
pub(crate) fn progress(what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{msg} {bar:40} {percent}% {eta}");
    let bar = ProgressBar::new(1000).with_message(what.to_owned());
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}
