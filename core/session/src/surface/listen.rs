//! Clients that choose address by address, and want to know which there are.

use super::{Console, Diff};
use bf_io::osc::Peer;
use bf_patch::Socket;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Changes that are kept one by one; more than these are one change of everything.
const MOST: usize = 4_096;

/// How the addresses of a set have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An address is new.
    Added(Arc<str>),
    /// An address is gone.
    Removed(Arc<str>),
    /// An address is called otherwise.
    Renamed {
        /// As it was.
        old: Arc<str>,
        /// As it is.
        new: Arc<str>,
    },
    /// Something but the value has changed: type, range, help, access.
    Changed(Arc<str>),
}

/// Changes since they were last taken.
#[derive(Debug, Default)]
pub(super) struct Noted(Vec<Change>);

impl Noted {
    /// Notes how one tree differs from the one before.
    fn push(&mut self, diff: &Diff) {
        if self.0.len() + diff.added.len() + diff.removed.len() + diff.changed.len() > MOST {
            self.0 = vec![Change::Changed("/bf".into())];
            return;
        }
        let renamed = renames(diff);
        let is_new = |address: &&Arc<str>| !renamed.iter().any(|(_, new)| new == *address);
        let is_old = |address: &&Arc<str>| !renamed.iter().any(|(old, _)| old == *address);
        self.0.extend(diff.removed.iter().filter(is_old).cloned().map(Change::Removed));
        self.0.extend(renamed.iter().map(|(old, new)| Change::Renamed { old: Arc::clone(old), new: Arc::clone(new) }));
        self.0.extend(diff.added.iter().filter(is_new).cloned().map(Change::Added));
        self.0.extend(diff.changed.iter().cloned().map(Change::Changed));
    }
}

/// The name in an address (`kick` of `/bf/node/kick/tune`), and the address around it.
fn name_in(address: &str) -> Option<(&str, (&str, &str))> {
    let (folder, rest) = address.strip_prefix("/bf/")?.split_once('/')?;
    let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
    Some((name, (folder, rest)))
}

/// Addresses that are only called otherwise: all of one name are gone, the same of one other name are new, and no third
/// looks like either. What is gone and what is new is in order, and so is what is around the names.
fn renames(diff: &Diff) -> Vec<(Arc<str>, Arc<str>)> {
    fn by_name(addresses: &[Arc<str>]) -> BTreeMap<&str, Vec<(&str, &str)>> {
        let mut all: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for (name, around) in addresses.iter().filter_map(|address| name_in(address)) {
            all.entry(name).or_default().push(around);
        }
        all
    }
    let (gone, new) = (by_name(&diff.removed), by_name(&diff.added));
    let mut pairs = Vec::new();
    for (old, around) in &gone {
        let mut candidates = new.iter().filter(|(_, other)| *other == around).map(|(name, _)| *name);
        let rivals = gone.values().filter(|other| *other == around).count();
        if let (Some(to), None, 1) = (candidates.next(), candidates.next(), rivals) {
            let full = |name: &str, (folder, rest): &(&str, &str)| -> Arc<str> {
                let slash = if rest.is_empty() { "" } else { "/" };
                format!("/bf/{folder}/{name}{slash}{rest}").into()
            };
            pairs.extend(around.iter().map(|around| (full(old, around), full(to, around))));
        }
    }
    pairs
}

impl Console {
    /// The next message of another layout that carries a number is mapped to a param. `None` gives up.
    pub fn learn(&mut self, target: Option<Socket>) {
        self.learning = target.map(|target| (target, None));
    }

    /// The param for which a message is awaited.
    pub fn learns(&self) -> Option<&Socket> {
        self.learning.as_ref().map(|(target, _)| target)
    }

    /// Notes how the tree changes, for [`Console::take_changes`].
    pub(crate) fn note_changes(&mut self) {
        self.noted.get_or_insert_default();
    }

    /// How the tree has changed since this was last asked.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        self.noted.as_mut().map(|noted| std::mem::take(&mut noted.0)).unwrap_or_default()
    }

    /// Somebody who chooses address by address is there.
    pub(crate) fn attend(&mut self, peer: Peer, now_ns: u64) {
        self.feedback.attend(peer, now_ns);
    }

    /// It wants to hear of an address; false where there is none, or none that has a value.
    pub(crate) fn listen(&mut self, peer: Peer, address: &str) -> bool {
        let Some(entry) = self.tree.find(address).filter(|entry| entry.access.reads()) else { return false };
        self.feedback.listen(peer, &entry.address);
        true
    }

    /// It wants to hear of an address no more.
    pub(crate) fn ignore(&mut self, peer: Peer, address: &str) {
        let listed = self.tree.find(address).map_or(address, |entry| &entry.address);
        self.feedback.ignore(peer, listed);
    }

    /// Notes what a new tree means for those who listen.
    pub(super) fn note(&mut self, diff: &Diff) {
        for (old, new) in renames(diff) {
            self.feedback.renamed(&old, &new);
        }
        if let Some(noted) = &mut self.noted {
            noted.push(diff);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(removed: &[&str], added: &[&str]) -> Diff {
        let all = |addresses: &[&str]| addresses.iter().map(|address| Arc::from(*address)).collect();
        Diff { removed: all(removed), added: all(added), ..Diff::default() }
    }

    fn renamed(removed: &[&str], added: &[&str]) -> Vec<(String, String)> {
        renames(&diff(removed, added)).into_iter().map(|(old, new)| (old.to_string(), new.to_string())).collect()
    }

    #[test]
    fn one_name_for_another_is_a_rename() {
        let found = renamed(
            &["/bf/node/a/cutoff", "/bf/node/a/drive", "/bf/norm/a/cutoff"],
            &["/bf/node/b-2/cutoff", "/bf/node/b-2/drive", "/bf/norm/b-2/cutoff"],
        );
        assert_eq!(found.len(), 3);
        assert!(found.contains(&("/bf/node/a/drive".into(), "/bf/node/b-2/drive".into())));
        assert_eq!(renamed(&["/bf/macro/x"], &["/bf/macro/y"]), [("/bf/macro/x".into(), "/bf/macro/y".into())]);
    }

    #[test]
    fn what_could_be_either_is_not() {
        // Other params; two that look alike; nothing new.
        assert!(renamed(&["/bf/node/a/cutoff"], &["/bf/node/b/drive"]).is_empty());
        assert!(renamed(&["/bf/node/a/x", "/bf/node/b/x"], &["/bf/node/c/x"]).is_empty());
        assert!(renamed(&["/bf/node/a/x"], &["/bf/node/c/x", "/bf/node/d/x"]).is_empty());
        assert!(renamed(&["/bf/node/a/x"], &[]).is_empty());
        assert!(renamed(&["/bf/hushed"], &["/bf/undo"]).is_empty());
    }

    #[test]
    fn changes_are_kept_within_bounds() {
        let mut noted = Noted::default();
        noted.push(&diff(&["/bf/node/a/x"], &["/bf/node/b/x", "/bf/node/c/y"]));
        let [Change::Renamed { old, new }, Change::Added(added)] = &noted.0[..] else { panic!("{noted:?}") };
        assert_eq!((&**old, &**new, &**added), ("/bf/node/a/x", "/bf/node/b/x", "/bf/node/c/y"));
        let many: Vec<String> = (0..MOST).map(|n| format!("/bf/node/n{n}/x")).collect();
        noted.push(&diff(&[], &many.iter().map(String::as_str).collect::<Vec<_>>()));
        assert_eq!(noted.0, [Change::Changed("/bf".into())]);
    }
}
