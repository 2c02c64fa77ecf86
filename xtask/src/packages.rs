//! Finds the system packages that are missing, and installs them where that is wanted.

mod needs;

use crate::shell::{output, run, succeeds};
use needs::{NEEDS, Need};
use std::io::{BufRead, IsTerminal, Write};
use std::process::Command;

/// Whether packages may be installed without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    Given,
    Ask,
}

/// For what packages are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Build,
    Test,
    Peers,
}

impl Purpose {
    /// What must be there for it, in the order in which it is looked for.
    fn parts(self) -> &'static [Purpose] {
        match self {
            Purpose::Build => &[Purpose::Build],
            Purpose::Test => &[Purpose::Build, Purpose::Test],
            Purpose::Peers => &[Purpose::Build, Purpose::Peers],
        }
    }
}

/// How packages are installed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manager {
    Apt,
    Dnf,
    Pacman,
}

impl Manager {
    fn install(self) -> &'static str {
        match self {
            Manager::Apt => "apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=600",
            Manager::Dnf => "dnf install -y",
            Manager::Pacman => "pacman -S --needed --noconfirm",
        }
    }

    fn find() -> Option<Manager> {
        [("apt-get", Manager::Apt), ("dnf", Manager::Dnf), ("pacman", Manager::Pacman)]
            .into_iter()
            .find(|(program, _)| succeeds(program, &["--version"]))
            .map(|(_, manager)| manager)
    }
}

/// What to do about missing packages.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// Run it.
    Install(String),
    /// Ask, then run it.
    Ask(String),
    /// Only tell.
    Tell(String),
}

/// What is known of the machine and its user.
struct Situation {
    manager: Option<Manager>,
    root: bool,
    consent: Consent,
    terminal: bool,
}

fn plan(missing: &[&Need], situation: &Situation) -> Plan {
    let Some(manager) = situation.manager else {
        let what: Vec<&str> = missing.iter().map(|need| need.what).collect();
        return Plan::Tell(format!("install {}", what.join(", ")));
    };
    let packages: Vec<&str> = missing.iter().map(|need| need.packages[manager as usize]).collect();
    let command = format!("{} {}", manager.install(), packages.join(" "));
    match (situation.root, situation.consent, situation.terminal) {
        (true, _, _) => Plan::Install(command),
        (false, Consent::Given, _) => Plan::Install(format!("sudo {command}")),
        (false, Consent::Ask, true) => Plan::Ask(format!("sudo {command}")),
        (false, Consent::Ask, false) => Plan::Tell(format!("run `sudo {command}`")),
    }
}

/// Sees to it that the system has what a purpose needs.
///
/// What building does not need is left out with a word where it cannot be had.
pub(crate) fn set_up(purpose: Purpose, consent: Consent) -> Result<(), String> {
    match std::env::consts::OS {
        "linux" => linux(purpose, consent),
        "macos" if !succeeds("cc", &["--version"]) => {
            Err("a C compiler is missing: run `xcode-select --install`".into())
        }
        "windows" => {
            println!("Windows: the build needs the C++ tools of Visual Studio (\"Desktop development with C++\").");
            Ok(())
        }
        _ => Ok(()),
    }
}

fn linux(purpose: Purpose, consent: Consent) -> Result<(), String> {
    for part in purpose.parts() {
        let missing = missing(*part);
        if missing.is_empty() {
            continue;
        }
        for need in &missing {
            println!("missing: {}", need.what);
        }
        match (install(&missing, consent), part) {
            (Ok(()), _) => {}
            (Err(why), Purpose::Build) => return Err(why),
            (Err(why), Purpose::Test | Purpose::Peers) => println!("going on without: {why}"),
        }
    }
    Ok(())
}

/// Installs a package that one command needs; it has the same name everywhere, where it is to be had.
pub(crate) fn install_one(package: &'static str, consent: Consent) -> Result<(), String> {
    install(&[&Need { what: package, probe: ("", &[]), packages: [package; 3], purpose: Purpose::Build }], consent)
}

fn missing(purpose: Purpose) -> Vec<&'static Need> {
    NEEDS.iter().filter(|need| need.purpose == purpose && !succeeds(need.probe.0, need.probe.1)).collect()
}

fn install(missing: &[&Need], consent: Consent) -> Result<(), String> {
    let root = output("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    let terminal = std::io::stdin().is_terminal();
    let situation = Situation { manager: Manager::find(), root, consent, terminal };
    let command = match plan(missing, &situation) {
        Plan::Install(command) => command,
        Plan::Ask(command) if asked(&command)? => command,
        Plan::Ask(command) => return Err(format!("run `{command}`, then try again")),
        Plan::Tell(what) => return Err(format!("{what}, then try again")),
    };
    let first = shell(&command);
    if first.is_ok() {
        return first;
    }
    // A list of packages that is empty or old is the usual cause of failure.
    if situation.manager == Some(Manager::Apt) {
        let update = "apt-get update -o DPkg::Lock::Timeout=600";
        shell(&if root { update.into() } else { format!("sudo {update}") })?;
        if shell(&command).is_ok() {
            return Ok(());
        }
    }
    // One package that cannot be had keeps the manager from installing the others. Consent was given above.
    let given = Situation { consent: Consent::Given, ..situation };
    let failed = missing.iter().filter(|need| match plan(&[need], &given) {
        Plan::Install(command) => shell(&command).is_err(),
        Plan::Ask(_) | Plan::Tell(_) => true,
    });
    let failed: Vec<&str> = failed.map(|need| need.what).collect();
    if failed.is_empty() { Ok(()) } else { Err(format!("{} could not be installed", failed.join(", "))) }
}

fn shell(command: &str) -> Result<(), String> {
    let mut words = command.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    run(command.args(words).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn asked(command: &str) -> Result<bool, String> {
    print!("Run `{command}` now? [Y/n] ");
    std::io::stdout().flush().map_err(|e| e.to_string())?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(|e| e.to_string())?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation(root: bool, consent: Consent, terminal: bool) -> Situation {
        Situation { manager: Some(Manager::Apt), root, consent, terminal }
    }

    #[test]
    fn root_installs_others_are_asked_and_nobody_is_asked_without_a_terminal() {
        let missing = [&NEEDS[1], &NEEDS[2]];
        let apt = "apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=600 pkg-config libasound2-dev";
        let sudo = format!("sudo {apt}");
        assert_eq!(plan(&missing, &situation(true, Consent::Ask, false)), Plan::Install(apt.into()));
        assert_eq!(plan(&missing, &situation(false, Consent::Ask, true)), Plan::Ask(sudo.clone()));
        assert_eq!(plan(&missing, &situation(false, Consent::Given, false)), Plan::Install(sudo.clone()));
        let told = Plan::Tell(format!("run `{sudo}`"));
        assert_eq!(plan(&missing, &situation(false, Consent::Ask, false)), told);
    }

    #[test]
    fn peers_are_looked_for_after_what_builds_and_nothing_else_asks_for_them() {
        assert_eq!(Purpose::Peers.parts(), [Purpose::Build, Purpose::Peers]);
        let asks = |purpose: Purpose| purpose.parts().contains(&Purpose::Peers);
        assert!(!asks(Purpose::Build) && !asks(Purpose::Test));
        let peers: Vec<&Need> = NEEDS.iter().filter(|need| need.purpose == Purpose::Peers).collect();
        let Plan::Install(command) = plan(&peers, &situation(true, Consent::Ask, false)) else {
            panic!("root is asked")
        };
        for package in ["supercollider-server", "puredata-core", "csound", "chuck", "faust"] {
            assert!(command.split(' ').any(|word| word == package), "{command}");
        }
    }

    #[test]
    fn each_system_gets_its_own_names() {
        let of = |manager| plan(&[&NEEDS[2]], &Situation { manager, ..situation(true, Consent::Ask, true) });
        assert_eq!(of(Some(Manager::Dnf)), Plan::Install("dnf install -y alsa-lib-devel".into()));
        assert_eq!(of(Some(Manager::Pacman)), Plan::Install("pacman -S --needed --noconfirm alsa-lib".into()));
        assert_eq!(of(None), Plan::Tell("install the ALSA library".into()));
    }
}
