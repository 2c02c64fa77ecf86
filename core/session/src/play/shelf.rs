//! Sounds by name, as tracks ask for them: which take a number picks, and what to say where there is none.

use bf_media::{Bank, Library, Owner};
use bf_node::registry::nearest;
use std::collections::BTreeMap;
use std::path::Path;

/// What is known of the sounds at hand; read once, and again when the set's files change.
#[derive(Debug)]
pub(crate) struct Shelf {
    library: Library,
    banks: Vec<(Owner, Bank)>,
    /// How many takes a name has; 0: there is no such sound.
    takes: BTreeMap<String, usize>,
}

impl Shelf {
    pub(crate) fn new(root: &Path) -> Shelf {
        let mut shelf =
            Shelf { library: Library::new(root, crate::sounds::folder()), banks: Vec::new(), takes: BTreeMap::new() };
        shelf.read();
        shelf
    }

    /// Looks again at what there is.
    pub(crate) fn read(&mut self) {
        (self.banks, self.takes) = (self.library.banks().0, BTreeMap::new());
    }

    /// The sample of a name and a number, which picks one of its takes, round and round.
    ///
    /// # Errors
    /// What there is instead.
    pub(crate) fn pick(&mut self, name: &str, n: i64) -> Result<String, String> {
        let takes = match self.takes.get(name) {
            Some(takes) => *takes,
            None => {
                let takes = self.count(name);
                self.takes.insert(name.to_owned(), takes);
                takes
            }
        };
        match takes {
            0 => Err(self.missing(name)),
            1 => Ok(name.to_owned()),
            takes => Ok(format!("{name}:{}", n.rem_euclid(takes as i64))),
        }
    }

    fn count(&self, name: &str) -> usize {
        let (bank, sound) = name.split_once('/').map_or((None, name), |(bank, sound)| (Some(bank), sound));
        let counts = |(owner, of): &&(Owner, Bank)| match bank {
            Some(bank) => of.name == bank,
            None => *owner != Owner::User,
        };
        let found = self.banks.iter().filter(counts).find_map(|(_, bank)| bank.sounds.get(sound));
        match found {
            Some(takes) => takes.len(),
            // A file of the set by its path.
            None => usize::from(self.library.find(name).is_ok_and(|found| found.path.is_file())),
        }
    }

    fn missing(&self, name: &str) -> String {
        let (bank, sound) = name.split_once('/').map_or((None, name), |(bank, sound)| (Some(bank), sound));
        if let Some(bank) = bank
            && !self.banks.iter().any(|(_, b)| b.name == bank)
        {
            let known: Vec<&str> = self.banks.iter().map(|(_, b)| b.name.as_str()).collect();
            let near = nearest(bank, known.iter().copied()).map(|n| format!("did you mean `{n}`? "));
            return format!("there is no bank `{bank}`: {}there are {}", near.unwrap_or_default(), known.join(", "));
        }
        let banks = || self.banks.iter().filter(|(_, b)| bank.is_none_or(|bank| b.name == bank));
        let near = nearest(sound, banks().flat_map(|(_, b)| b.sounds.keys().map(String::as_str)));
        let near = near.map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
        let each = banks().map(|(_, b)| {
            let sounds: Vec<&str> = b.sounds.keys().map(String::as_str).take(24).collect();
            format!("{} has {}", b.name, sounds.join(", "))
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
        let takes = shelf.takes["bd"] as i64;
        assert_eq!(shelf.pick("bd", takes + 1), Ok("bd:1".to_owned()));
        assert_eq!(shelf.pick("forge/bd", -1), Ok(format!("forge/bd:{}", takes - 1)));
        let said = shelf.pick("bdd", 0).unwrap_err();
        assert!(said.contains("did you mean `bd`") && said.contains("forge has"), "{said}");
        assert!(shelf.pick("frge/bd", 0).unwrap_err().contains("did you mean `forge`"));
    }
}
