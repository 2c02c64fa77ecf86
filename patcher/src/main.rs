//! The program `beatforge`: for now its command line.

// As the standard ones, which panic where nobody reads on, as in `beatforge nodes | head`: the rest is for nobody.
macro_rules! println {
    ($($text:tt)*) => { $crate::print_line(format_args!($($text)*)) };
}
macro_rules! eprintln {
    ($($text:tt)*) => { $crate::tell(format_args!("{}\n", format_args!($($text)*))) };
}
macro_rules! eprint {
    ($($text:tt)*) => { $crate::tell(format_args!($($text)*)) };
}

mod bench;
mod cli;
mod count;
mod language;
mod lsp;
mod ui;

use clap::Parser;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: count::Counting = count::Counting;

fn main() -> ExitCode {
    cli::run(cli::Arguments::parse())
}

fn print_line(text: core::fmt::Arguments<'_>) {
    match writeln!(std::io::stdout(), "{text}") {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => eprintln!("the output cannot be written: {e}"),
        _ => {}
    }
}

fn tell(text: core::fmt::Arguments<'_>) {
    // There is no place left to say that this cannot be said.
    let _ = std::io::stderr().write_fmt(text);
}
