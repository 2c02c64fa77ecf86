//! From a fresh checkout to sound.

use crate::packages::{Consent, Purpose, set_up};
use crate::shell::{cargo, run};

/// Builds the program as it is released, and plays a set with it.
pub(crate) fn play(set: &str, consent: Consent) -> Result<(), String> {
    set_up(Purpose::Build, consent)?;
    println!("Building; the first time takes a few minutes.");
    run(&mut cargo(&["build", "--release", "--package", "beatforge"])?)?;
    println!("Playing {set}; Ctrl-C ends it.");
    run(&mut cargo(&["run", "--quiet", "--release", "--package", "beatforge", "--", "run", set])?)
}
