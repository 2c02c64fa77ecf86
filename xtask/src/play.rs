//! From a fresh checkout to sound.

use crate::packages::{Consent, Purpose, set_up};
use crate::shell::{become_program, cargo, program, root, run, target_dir};
use std::process::Command;

/// Builds the program as it is released, and plays a set with it in a window: the one that is named, from where one
/// stands, or the first of the examples.
pub(crate) fn play(set: Option<&str>, consent: Consent) -> Result<(), String> {
    set_up(Purpose::Build, consent)?;
    println!("Building; the first time takes a few minutes.");
    run(&mut cargo(&["build", "--release", "--package", "beatforge"])?)?;
    let mut play = Command::new(program(&target_dir()?, "beatforge"));
    if !has_display() {
        println!("There is no display: the set plays without its window.");
        play.arg("run");
    }
    match set {
        Some(set) => play.arg(set),
        None => play.arg("examples/first-sound").current_dir(root()),
    };
    // Ctrl-C is then for the player alone, which fades out and says how it ended.
    become_program(&mut play)
}

/// Whether a window can be opened: elsewhere than on Linux and its like there always is a display.
fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
