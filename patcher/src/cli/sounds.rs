//! `beatforge sounds`: the banks of sounds, and what is in them.

use super::End;
use bf_session::{Bank, Library, Owner, sounds};
use std::path::PathBuf;

/// Lists the sounds that patches name, such as `file = "bd"` or `file = "forge/bd:2"`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A set folder, to list its own banks as well.
    set: Option<PathBuf>,
    /// A JSON object with the banks and the user's folder.
    #[arg(long)]
    json: bool,
    /// Print only the user's folder of sounds.
    #[arg(long, conflicts_with_all = ["set", "json"])]
    folder: bool,
}

pub(crate) fn run(a: &Arguments) -> End {
    let set = a.set.clone().unwrap_or_default();
    if a.set.is_some() && !set.is_dir() {
        eprintln!("{}: there is no such folder", set.display());
        return End::Failed;
    }
    let folder = sounds::folder();
    if a.folder {
        let Some(folder) = folder else {
            eprintln!("this system names no folder for it: set BEATFORGE_SOUNDS to one");
            return End::Failed;
        };
        println!("{}", folder.display());
        return End::Done;
    }
    let (banks, wrong) = Library::new(&set, folder.clone()).banks();
    if a.json {
        let banks: Vec<_> = banks
            .iter()
            .map(|(owner, bank)| serde_json::json!({ "name": bank.name, "owner": word(*owner), "sounds": takes(bank) }))
            .collect();
        println!("{}", serde_json::json!({ "folder": folder, "banks": banks }));
    } else {
        for (owner, bank) in &banks {
            let sounds: Vec<String> = takes(bank).iter().map(|(name, takes)| format!("{name} ({takes})")).collect();
            println!("{:<12} {:<8} {}", bank.name, word(*owner), sounds.join(" "));
        }
        if let Some(folder) = folder {
            println!("\nFolders with a samples.toml below {} are banks too.", folder.display());
        }
    }
    wrong.iter().for_each(|e| eprintln!("{e}"));
    if wrong.is_empty() { End::Done } else { End::Failed }
}

fn word(owner: Owner) -> &'static str {
    match owner {
        Owner::Set => "set",
        Owner::Shipped => "shipped",
        Owner::User => "user",
    }
}

/// How many takes each sound has.
fn takes(bank: &Bank) -> std::collections::BTreeMap<&str, usize> {
    bank.sounds.iter().map(|(name, takes)| (name.as_str(), takes.len())).collect()
}
