//! Pictures of the window for the manual, drawn by the window's own tests: no display is needed.

use crate::shell::{cargo, run};

/// Takes the pictures in docs/ anew.
pub(crate) fn pictures() -> Result<(), String> {
    let tests = "ui::tests::pictures";
    let mut command = cargo(&["test", "--package", "beatforge", "--bin", "beatforge", tests])?;
    run(command.env("BEATFORGE_PICTURES", "docs"))
}
