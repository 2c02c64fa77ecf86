//! Keeps the machine from falling asleep in the performance view, by what the system has for that.

use std::process::{Child, Command, Stdio};

/// While it is there, the machine is asked to stay awake.
pub(crate) struct Awake {
    keeper: Child,
}

impl Awake {
    /// Asks the system; none where it has no such program.
    pub(crate) fn keep() -> Option<Awake> {
        // Each ends by itself once this program is gone: `cat` reads until its pipe is closed.
        let asked: [(&str, &[&str]); 2] = [
            ("systemd-inhibit", &["--what=idle:sleep", "--who=BeatForge", "--why=on stage", "--mode=block", "cat"]),
            ("caffeinate", &["-dims", "cat"]),
        ];
        let start = |(program, arguments): (&str, &[&str])| {
            let mut command = Command::new(program);
            command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn().ok()
        };
        asked.into_iter().find_map(start).map(|keeper| Awake { keeper })
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
