//! Pictures of the window for the manual, taken on a display that nobody sees.

use crate::shell::{cargo, root, run, target_dir};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

const DISPLAY: &str = ":97";

/// What is taken: the file in docs/, the set, and the keys that lead there.
const PICTURES: [(&str, &str, &[&str]); 3] = [
    ("window.png", "examples/first-sound", &[]),
    ("window-code.png", "examples/techno", &["alt+2"]),
    ("window-mixer.png", "examples/techno", &["alt+3"]),
];

/// A program that ends with its value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Takes every picture anew. Needs Xvfb, xdotool, ImageMagick and a software GL.
pub(crate) fn pictures() -> Result<(), String> {
    run(&mut cargo(&["build", "--package", "beatforge"])?)?;
    let program = target_dir()?.join("debug").join("beatforge");
    let start = |command: &mut Command| -> Result<Running, String> {
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        started.map(Running).map_err(|e| format!("{command:?} cannot be run: {e}"))
    };
    let _screen = start(Command::new("Xvfb").args([DISPLAY, "-screen", "0", "1280x800x24"]))?;
    sleep(Duration::from_secs(2));
    for (picture, set, keys) in PICTURES {
        let mut window = Command::new(&program);
        window.args([set, "--backend", "null", "--osc", "off", "--no-history", "--no-last"]);
        window
            .current_dir(root())
            .env("DISPLAY", DISPLAY)
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env_remove("WAYLAND_DISPLAY");
        let _window = start(&mut window)?;
        // The set plays a while, so that its levels are seen.
        sleep(Duration::from_secs(6));
        for key in keys {
            run(Command::new("xdotool").args(["key", key]).env("DISPLAY", DISPLAY))?;
            sleep(Duration::from_secs(3));
        }
        let into = root().join("docs").join(picture);
        run(Command::new("import").args(["-window", "root", "-colors", "256"]).arg(&into).env("DISPLAY", DISPLAY))?;
    }
    Ok(())
}
