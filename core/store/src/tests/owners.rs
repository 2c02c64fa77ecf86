//! One owner at a time.

use super::{now, open, quiet, set, sheets, tempo};
use crate::{Access, OpenError, Settings, Store, Why, restore};

#[test]
fn a_second_opener_reads_and_says_who_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let named = Settings { program: "BeatForge 0.1 (run)".to_owned(), ..quiet() };
    let (store, _) = open(folder.path(), &named);
    store.checkpoint(now(), sheets(&set())).unwrap();
    store.record(now(), &tempo(99.0)).unwrap();
    assert!(store.flush(super::PATIENCE));
    let second = Store::open(folder.path(), &quiet()).unwrap();
    let Access::Reader(reader, why) = second.access else { panic!("two owners") };
    let process = std::process::id();
    assert_eq!(
        why.to_string(),
        format!("the set is open in BeatForge 0.1 (run) (process {process}): it is read only here")
    );
    assert_eq!(restore(&second.start).unwrap().set.main.tempo, 99.0);
    // It sees what comes later, and does not stand in the way.
    store.record(now(), &tempo(101.0)).unwrap();
    assert!(store.flush(super::PATIENCE));
    assert_eq!(restore(&reader.start(None, 0).unwrap()).unwrap().set.main.tempo, 101.0);
    assert!(store.close());
    let third = Store::open(folder.path(), &quiet()).unwrap();
    assert!(matches!(third.access, Access::Owner(_)) && third.start.closed);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path(), &quiet());
    store.checkpoint(now(), sheets(&set())).unwrap();
    store.record(now(), &tempo(99.0)).unwrap();
    assert!(store.close());
    let own = folder.path().join(".beatforge");
    let mode = |mode| std::fs::set_permissions(&own, std::fs::Permissions::from_mode(mode)).unwrap();
    std::fs::remove_file(own.join("history.lock")).unwrap();
    mode(0o500);
    let opened = Store::open(folder.path(), &quiet());
    mode(0o700);
    let opening = opened.unwrap();
    // Who may do everything may write there as well.
    if let Access::Reader(_, why) = &opening.access {
        assert!(matches!(why, Why::Unwritable(_)));
    }
    assert_eq!(restore(&opening.start).unwrap().set.main.tempo, 99.0);
}

#[test]
fn where_nothing_can_be_written_or_read_there_is_no_history() {
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder is to be.
    std::fs::write(folder.path().join(".beatforge"), "").unwrap();
    let error = Store::open(folder.path(), &quiet()).unwrap_err();
    assert!(matches!(error, OpenError::NoPlace { .. }), "{error}");
}

#[test]
fn version_control_leaves_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".beatforge")).unwrap();
    let file = folder.path().join(".beatforge/.gitignore");
    std::fs::write(&file, "live*\n").unwrap();
    for _ in 0..2 {
        drop(open(folder.path(), &quiet()));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "live*\nhistory*\n");
    }
}

/// A set may come from anybody, with links that lead out of it.
#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_in_a_set() {
    use std::os::unix::fs::symlink;
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let own = folder.path().join(".beatforge");
    let mine = outside.path().join("mine.txt");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(&mine, "mine").unwrap();
    let is_mine = || assert_eq!(std::fs::read_to_string(&mine).unwrap(), "mine");
    for name in ["history.owner", "history.lock", ".gitignore"] {
        symlink(&mine, own.join(name)).unwrap();
    }
    let (store, _) = open(folder.path(), &quiet());
    is_mine();
    assert!(store.close());
    is_mine();
    // Somebody's database, and one that is not there yet.
    for to in [outside.path().join("new.sqlite"), mine.clone()] {
        for name in ["history.sqlite", "history-new.sqlite"] {
            std::fs::remove_dir_all(&own).unwrap();
            std::fs::create_dir(&own).unwrap();
            symlink(&to, own.join(name)).unwrap();
            let error = Store::open(folder.path(), &quiet()).err().map(|e| e.to_string());
            assert!(error.is_none_or(|e| e.contains("is a link")));
            is_mine();
            assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
        }
    }
    std::fs::remove_dir_all(&own).unwrap();
    symlink(outside.path(), &own).unwrap();
    assert!(Store::open(folder.path(), &quiet()).is_err_and(|e| e.to_string().contains("is a link")));
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
}
