//! The program `beatforge`: for now its command line.

mod bench;
mod cli;
mod count;

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: count::Counting = count::Counting;

fn main() -> ExitCode {
    cli::run(cli::Arguments::parse())
}
