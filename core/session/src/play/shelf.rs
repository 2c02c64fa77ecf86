//! Sounds by name, as tracks ask for them: which take a number picks, and what to say where there is none.

use bf_media::{Bank, Library, Owner};
use bf_node::registry::nearest;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is known of the sounds at hand; read once, and again when the set's files change.
#[derive(Debug)]
pub(crate) struct Shelf {
    library: Library,
    banks: Vec<(Owner, Bank)>,
    /// The set's folder.
    root: PathBuf,
    /// Folders that scripts name, and what is in them; the last counts first.
    folders: Vec<(String, Bank)>,
    /// The takes of a name.
    takes: BTreeMap<String, Takes>,
}

/// The takes of a sound.
#[derive(Clone, Debug)]
enum Takes {
    /// So many of a bank, which are loaded by name; 0: there is no such sound.
    Named(usize),
    /// Files.
    Files(Vec<String>),
}

impl Shelf {
    pub(crate) fn new(root: &Path) -> Shelf {
        let mut shelf = Shelf {
            library: Library::new(root, crate::sounds::folder()),
            banks: Vec::new(),
            root: root.to_owned(),
            folders: Vec::new(),
            takes: BTreeMap::new(),
        };
        shelf.read();
        shelf
    }

    /// Looks in another folder from now on.
    pub(crate) fn move_to(&mut self, root: &Path) {
        (self.library, self.root) = (Library::new(root, crate::sounds::folder()), root.to_owned());
        self.read();
    }

    /// Looks again at what there is.
    pub(crate) fn read(&mut self) {
        (self.banks, self.takes) = (self.library.banks().0, BTreeMap::new());
        let folders = core::mem::take(&mut self.folders);
        self.folders =
            folders.into_iter().filter_map(|(name, _)| Some((name.clone(), self.scan(&name).ok()?))).collect();
    }

    /// Looks into the folders that scripts name. Answers which cannot be read, and why.
    pub(crate) fn set_folders(&mut self, names: &[&str]) -> Vec<(usize, String)> {
        if self.folders.is_empty() && names.is_empty() {
            return Vec::new();
        }
        let mut wrong = Vec::new();
        let mut folders = Vec::new();
        for (i, name) in names.iter().enumerate() {
            match self.scan(name) {
                Ok(bank) => folders.push(((*name).to_owned(), bank)),
                Err(why) => wrong.push((i, why)),
            }
        }
        (self.folders, self.takes) = (folders, BTreeMap::new());
        wrong
    }

    fn scan(&self, name: &str) -> Result<Bank, String> {
        let home = name.strip_prefix("~/").and_then(|rest| Some(std::env::home_dir()?.join(rest)));
        Bank::scan(&home.unwrap_or_else(|| self.root.join(name))).map_err(|e| e.to_string())
    }

    /// A file as patches name it: from the set's folder where it lies there.
    fn written(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned()
    }

    /// The sample of a name and a number, which picks one of its takes, round and round.
    ///
    /// # Errors
    /// What there is instead.
    pub(crate) fn pick(&mut self, name: &str, n: i64) -> Result<String, String> {
        let takes = match self.takes.get(name) {
            Some(takes) => takes.clone(),
            None => {
                let takes = self.takes_of(name);
                self.takes.insert(name.to_owned(), takes.clone());
                takes
            }
        };
        let of = |takes: usize| n.rem_euclid(takes as i64);
        match takes {
            Takes::Named(0) => Err(self.missing(name)),
            Takes::Named(1) => Ok(name.to_owned()),
            Takes::Named(takes) => Ok(format!("{name}:{}", of(takes))),
            Takes::Files(files) => Ok(files[of(files.len()) as usize].clone()),
        }
    }

    fn takes_of(&self, name: &str) -> Takes {
        let (bank, sound) = name.split_once('/').map_or((None, name), |(bank, sound)| (Some(bank), sound));
        let counts = |(owner, of): &&(Owner, Bank)| match bank {
            Some(bank) => of.name == bank,
            None => *owner != Owner::User,
        };
        let folders = self.folders.iter().rev().filter(|(_, of)| bank.is_none_or(|bank| of.name == bank));
        let own = self.banks.iter().any(|at| at.0 == Owner::Set && counts(&at) && at.1.sounds.contains_key(sound));
        if let Some(files) = folders.filter(|_| !own).find_map(|(_, bank)| bank.sounds.get(sound)) {
            return Takes::Files(files.iter().map(|file| self.written(file)).collect());
        }
        let found = self.banks.iter().filter(counts).find_map(|(_, bank)| bank.sounds.get(sound));
        Takes::Named(match found {
            Some(takes) => takes.len(),
            // A file of the set by its path.
            None => usize::from(self.library.find(name).is_ok_and(|found| found.path.is_file())),
        })
    }

    /// Those of the folders first.
    fn all_banks(&self) -> impl Iterator<Item = &Bank> {
        self.folders.iter().rev().map(|(_, bank)| bank).chain(self.banks.iter().map(|(_, bank)| bank))
    }

    fn missing(&self, name: &str) -> String {
        let (bank, sound) = name.split_once('/').map_or((None, name), |(bank, sound)| (Some(bank), sound));
        if let Some(bank) = bank
            && !self.all_banks().any(|b| b.name == bank)
        {
            let known: Vec<&str> = self.all_banks().map(|b| b.name.as_str()).collect();
            let near = nearest(bank, known.iter().copied()).map(|n| format!("did you mean `{n}`? "));
            return format!("there is no bank `{bank}`: {}there are {}", near.unwrap_or_default(), known.join(", "));
        }
        let banks = || self.all_banks().filter(|b| bank.is_none_or(|bank| b.name == bank));
        let near = nearest(sound, banks().flat_map(|b| b.sounds.keys().map(String::as_str)));
        let near = near.map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
        let each = banks().map(|b| {
            let sounds: Vec<&str> = b.sounds.keys().map(String::as_str).take(24).collect();
            format!("{} has {}", b.name, if sounds.is_empty() { "none".to_owned() } else { sounds.join(", ") })
        });
        let each: Vec<String> = each.collect();
        format!("there is no instrument and no sound `{name}`: {near}{}", each.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_pick_takes_round_and_round_and_missing_names_say_what_there_is() {
        let mut shelf = Shelf::new(Path::new("."));
        assert_eq!(shelf.pick("bd", 0), Ok("bd:0".to_owned()));
        let Takes::Named(takes) = shelf.takes["bd"] else { panic!("a sound that ships goes by its name") };
        let takes = takes as i64;
        assert_eq!(shelf.pick("bd", takes + 1), Ok("bd:1".to_owned()));
        assert_eq!(shelf.pick("forge/bd", -1), Ok(format!("forge/bd:{}", takes - 1)));
        let said = shelf.pick("bdd", 0).unwrap_err();
        assert!(said.contains("did you mean `bd`") && said.contains("forge has"), "{said}");
        assert!(shelf.pick("frge/bd", 0).unwrap_err().contains("did you mean `forge`"));
    }

    #[test]
    fn folders_that_scripts_name_come_before_what_ships() {
        let root = tempfile::tempdir().unwrap();
        for file in ["dirt/bd/a b.wav", "dirt/bd/c.wav", "more/bd.wav"] {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let mut shelf = Shelf::new(root.path());
        assert_eq!(shelf.set_folders(&["dirt"]), []);
        assert_eq!(shelf.pick("bd", 3), Ok("dirt/bd/c.wav".to_owned()));
        assert_eq!(shelf.pick("dirt/bd", 0), Ok("dirt/bd/a b.wav".to_owned()));
        assert_eq!(shelf.pick("hh", 0), Ok("hh:0".to_owned()));
        assert_eq!(shelf.set_folders(&["dirt", "more"]), []);
        assert_eq!(shelf.pick("bd", 0), Ok("more/bd.wav".to_owned()));
        let wrong = shelf.set_folders(&["none"]);
        assert!(wrong.len() == 1 && wrong[0].1.contains("none: could not be read"), "{wrong:?}");
        assert_eq!(shelf.pick("bd", 0), Ok("bd:0".to_owned()));
    }
}
