//! `beatforge check`: opens sets as a performance would, and says what is wrong.

use super::{End, show};
use bf_session::{Message, OpenError, Options, Session, Severity, registry};
use std::path::{Path, PathBuf};

/// Says what is wrong with sets: texts, types, cables, values, missing files.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Set folders or patch files.
    #[arg(required = true)]
    sets: Vec<PathBuf>,
    /// One JSON object a set.
    #[arg(long)]
    json: bool,
    /// Warnings count as faults: what is missing, what has no effect.
    #[arg(long)]
    strict: bool,
    /// Print the compiled plan.
    #[arg(long)]
    plan: bool,
}

pub(crate) fn run(a: &Arguments) -> End {
    let mut good = true;
    for set in &a.sets {
        good &= check(set, a);
    }
    if good { End::Done } else { End::Failed }
}

fn check(set: &Path, a: &Arguments) -> bool {
    let (mut faults, mut problems, mut plan) = (Vec::new(), Vec::new(), None);
    match Session::open(set, registry(), Options::default()) {
        Ok((mut session, _)) => {
            for m in session.messages() {
                match m {
                    Message::Fault(d) => faults.push(d),
                    Message::Problem(p) => problems.push(p),
                    _ => {}
                }
            }
            plan = session.controller().plan().map(|p| (p.flat.nodes.len(), p.flat.cables.len(), p.latency));
            if a.plan
                && let Some(text) = plan_text(&mut session)
            {
                println!("{}", text.trim_end());
            }
        }
        Err(OpenError::Faults(list)) => faults.extend(list),
        Err(e) => problems.push(e.to_string()),
    }
    // What is missing plays as silence, but a set that is checked should be whole.
    let warnings = faults.iter().filter(|d| d.severity != Severity::Error).count();
    let good = problems.is_empty() && faults.len() == warnings && (warnings == 0 || !a.strict);
    if a.json {
        let faults: Vec<_> = faults.iter().map(show::json).collect();
        let line = serde_json::json!({ "set": set, "good": good, "diagnostics": faults, "problems": problems });
        println!("{line}");
    } else {
        show::diagnostics(&faults);
        problems.iter().for_each(|p| eprintln!("{p}"));
        match plan {
            Some((nodes, cables, latency)) if good => {
                println!(
                    "{}: {} ({nodes} nodes, {cables} cables, latency {latency} frames)",
                    set.display(),
                    verdict(warnings)
                );
            }
            _ => println!("{}: faults", set.display()),
        }
    }
    good
}

fn verdict(warnings: usize) -> String {
    match warnings {
        0 => "good".to_owned(),
        1 => "good, but for 1 warning".to_owned(),
        n => format!("good, but for {n} warnings"),
    }
}

fn plan_text(session: &mut Session) -> Option<String> {
    // The steps are with the engine by now: compile once more for the eye.
    let heard = session.heard();
    session.controller().plan_of(&heard, &|_| 1).ok().map(|plan| plan.to_string())
}
