//! Pictures of the window for the manual, drawn by the window's own tests: no display is needed.

use crate::shell::{cargo, run};

/// Takes the picture of every tab in docs/ anew.
pub(crate) fn pictures() -> Result<(), String> {
    let test = "ui::tests::pictures::the_manual_has_a_picture_of_every_tab";
    let mut command = cargo(&["test", "--package", "beatforge", "--bin", "beatforge", "--", "--exact", test])?;
    run(command.env("BEATFORGE_PICTURES", "docs"))
}
