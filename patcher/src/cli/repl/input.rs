//! Where lines come from: a terminal with history and completion, or a pipe.

use super::command;
use crate::language::Words;
use crate::language::scan::is_open;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;

/// A terminal or a pipe.
pub(super) enum Input {
    Terminal { editor: Box<Editor<Aid, FileHistory>>, history: Option<PathBuf> },
    Pipe(std::io::Lines<std::io::StdinLock<'static>>),
}

impl Input {
    pub(super) fn open(words: &Arc<Words>) -> Result<Input, String> {
        if !std::io::stdin().is_terminal() {
            return Ok(Input::Pipe(std::io::stdin().lock().lines()));
        }
        let config = Config::builder().completion_type(CompletionType::List).auto_add_history(true).build();
        let mut editor = Editor::with_config(config).map_err(|e| e.to_string())?;
        editor.set_helper(Some(Aid { words: Arc::clone(words) }));
        let history = history_file();
        if let Some(file) = &history {
            // The first time there is none.
            let _ = editor.load_history(file);
        }
        Ok(Input::Terminal { editor: Box::new(editor), history })
    }

    pub(super) fn is_terminal(&self) -> bool {
        matches!(self, Input::Terminal { .. })
    }

    /// The next text, of several lines where brackets are open. None at the end.
    pub(super) fn read(&mut self) -> Option<String> {
        match self {
            Input::Terminal { editor, history } => loop {
                match editor.readline("> ") {
                    Ok(text) => {
                        if let Some(file) = history {
                            let _ = editor.save_history(file);
                        }
                        return Some(text);
                    }
                    // Ctrl-C drops the line; Ctrl-D leaves.
                    Err(ReadlineError::Interrupted) => {}
                    Err(_) => return None,
                }
            },
            Input::Pipe(lines) => {
                let mut text = lines.next()?.ok()?;
                while is_unfinished(&text) {
                    let Some(Ok(line)) = lines.next() else { break };
                    text.push('\n');
                    text.push_str(&line);
                }
                Some(text)
            }
        }
    }
}

fn is_unfinished(text: &str) -> bool {
    !text.trim_start().starts_with(':') && is_open(text)
}

fn history_file() -> Option<PathBuf> {
    // Beside the user's sounds: where this system keeps the data of programs.
    let folder = bf_session::sounds::data_folder()?;
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("repl-history"))
}

/// Completes names, and asks for more lines while brackets are open.
pub(super) struct Aid {
    words: Arc<Words>,
}

impl Helper for Aid {}
impl Highlighter for Aid {}
impl Hinter for Aid {
    type Hint = String;
}

impl Validator for Aid {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let open = is_unfinished(context.input());
        Ok(if open { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Completer for Aid {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(candidates(&self.words, &line[..at]))
    }
}

/// Where the word at the end of a line begins, and what it could be.
fn candidates(words: &Words, line: &str) -> (usize, Vec<String>) {
    let start = line
        .rfind(|c: char| !c.is_alphanumeric() && c != '_')
        .map_or(0, |at| at + line[at..].chars().next().map_or(1, char::len_utf8));
    let word = &line[start..];
    let mut names: Vec<String> = if line.trim_start().starts_with(':') && !line.trim_start().contains(' ') {
        command::names().filter(|name| name.starts_with(word)).map(str::to_owned).collect()
    } else {
        let method = line[..start].ends_with('.');
        let known = words.iter().filter(|(name, w)| name.starts_with(word) && (!method || w.method));
        known.map(|(name, _)| name.to_owned()).collect()
    };
    names.dedup();
    (start, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_completed_where_they_fit() {
        let words = Words::new(bf_session::registry());
        let (start, names) = candidates(&words, "d1(s(\"bd\").palin");
        assert_eq!((start, names), (11, vec!["palindrome".to_owned()]));
        assert_eq!(candidates(&words, ":un").1, ["unhush", "undo", "unsolo", "unmute"]);
        assert!(candidates(&words, "s(\"bd\").temp").1.is_empty());
        assert!(candidates(&words, "temp").1.contains(&"tempo".to_owned()));
        assert!(is_unfinished("d1(s(\"bd\")") && !is_unfinished(":launch (") && !is_unfinished("d1(s(\"bd\"))"));
    }
}
