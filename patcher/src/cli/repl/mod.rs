//! `beatforge repl`: lines evaluated in the set that plays.

mod command;
mod input;

use super::{End, live};
use crate::language::Words;
use bf_session::remote::{Caller, Evaluate, Part, Request};
use command::Command;
use input::Input;
use std::path::PathBuf;
use std::sync::Arc;

/// Evaluates what is typed in the set that plays; `:help` lists what else there is.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The set's folder, or a file in it.
    #[arg(default_value = ".")]
    set: PathBuf,
}

pub(crate) fn run(a: &Arguments) -> End {
    let caller = match live::connect(&a.set) {
        Ok(caller) => caller,
        Err(why) => {
            eprintln!("{why}");
            return End::Failed;
        }
    };
    let words = Arc::new(Words::new(bf_session::registry()));
    let mut input = match Input::open(&words) {
        Ok(input) => input,
        Err(why) => {
            eprintln!("{why}");
            return End::Failed;
        }
    };
    Loop { set: a.set.clone(), caller, words }.run(&mut input)
}

struct Loop {
    set: PathBuf,
    caller: Caller,
    words: Arc<Words>,
}

impl Loop {
    /// Failed when something failed and nobody sits before it, so that a pipe learns of it.
    fn run(mut self, input: &mut Input) -> End {
        let mut good = true;
        while let Some(text) = input.read() {
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            let end = match text.strip_prefix(':').map(Command::parse) {
                None => self.ask(evaluate(text)),
                Some(Ok(Command::Quit)) => break,
                Some(Ok(Command::Help(name))) => self.help(name.as_deref()),
                Some(Ok(Command::Ask(request))) => self.ask(request),
                Some(Err(why)) => {
                    eprintln!("{why}");
                    End::Failed
                }
            };
            good &= matches!(end, End::Done);
        }
        if good || input.is_terminal() { End::Done } else { End::Failed }
    }

    fn ask(&mut self, request: Request) -> End {
        // The set may have been started anew since.
        let answer = live::ask_open(&mut self.caller, request.clone()).unwrap_or_else(|| {
            self.caller = live::connect(&self.set)?;
            live::ask(&mut self.caller, request)
        });
        live::show(answer)
    }

    fn help(&self, name: Option<&str>) -> End {
        let Some(name) = name else {
            println!("{}", command::LIST);
            return End::Done;
        };
        match self.words.page(name) {
            Some(page) => {
                let lines = page.lines().filter(|line| !line.starts_with("```"));
                lines.for_each(|line| println!("{}", line.trim_matches('*')));
                End::Done
            }
            None => {
                let near = self.words.near(name).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
                eprintln!("there is no {name:?}{near}");
                End::Failed
            }
        }
    }
}

fn evaluate(text: &str) -> Request {
    Request::Evaluate(Evaluate { file: "repl".into(), text: text.to_owned(), part: Part::Line, quant: None })
}
