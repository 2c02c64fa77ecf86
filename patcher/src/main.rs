//! The program `beatforge`: for now its command line.

/// As the standard one, which panics where nobody reads on, as in `beatforge nodes | head`: the rest is for nobody.
macro_rules! println {
    ($($text:tt)*) => { $crate::print_line(format_args!($($text)*)) };
}

mod bench;
mod cli;
mod count;

use clap::Parser;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: count::Counting = count::Counting;

fn main() -> ExitCode {
    cli::run(cli::Arguments::parse())
}

#[allow(clippy::print_stderr, reason = "a command line prints")]
fn print_line(text: core::fmt::Arguments<'_>) {
    match writeln!(std::io::stdout(), "{text}") {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => eprintln!("the output cannot be written: {e}"),
        _ => {}
    }
}
