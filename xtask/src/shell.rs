//! Runs other programs, in the workspace's root and into its target folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The target folder: this program lies in a profile's folder within it.
pub(crate) fn target_dir() -> Result<PathBuf, String> {
    let this = std::env::current_exe().map_err(|e| format!("this program cannot be found: {e}"))?;
    let target = this.parent().and_then(Path::parent);
    Ok(target.ok_or("this program lies in no target folder")?.to_owned())
}

/// A cargo command for the workspace.
pub(crate) fn cargo(arguments: &[&str]) -> Result<Command, String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root()).env("CARGO_TARGET_DIR", target_dir()?);
    Ok(command)
}

/// Runs a command, with its output on the terminal.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    println!("$ {}", words(command));
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{}` ended with {status}", words(command))),
        Err(error) => Err(format!("`{}` cannot be run: {error}", words(command))),
    }
}

/// Runs a command in this program's place: its signals and its exit status are the command's. Returns only on failure,
/// and on systems without such a call when the command has ended.
pub(crate) fn become_program(command: &mut Command) -> Result<(), String> {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        println!("$ {}", words(command));
        let error = command.exec();
        Err(format!("`{}` cannot be run: {error}", words(command)))
    }
    #[cfg(not(unix))]
    run(command)
}

/// Where a release of a program lies in a target folder.
pub(crate) fn program(target: &Path, name: &str) -> PathBuf {
    target.join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Whether a command can be run and succeeds; its output is dropped.
pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// What a command prints; `None` when it fails.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command as it would be typed.
pub(crate) fn words(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_stem().unwrap_or(program.as_os_str());
    let mut words = vec![program.to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}
