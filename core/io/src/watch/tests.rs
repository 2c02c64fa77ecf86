//! Saves as editors do them, folders that go and come, and nothing that is not a change.

use super::*;
use std::fs;
use std::path::Path;
use std::time::Instant;
use tempfile::TempDir;

fn watch(roots: &[&Path]) -> Watch {
    Watch::new(roots.iter().map(|root| (*root).to_owned())).unwrap()
}

/// Waits until each of these has been reported as this change last; the bursts may come in any number.
fn wait_for(watch: &Watch, wanted: &[(&Path, Change)]) -> Changes {
    let (mut all, begun) = (Changes::new(), Instant::now());
    while !wanted.iter().all(|(path, change)| all.get(*path) == Some(change)) {
        let left = Duration::from_secs(10).saturating_sub(begun.elapsed());
        match watch.changes().recv_timeout(left) {
            Ok(changes) => all.extend(changes),
            Err(_) => panic!("waited for {wanted:?}, got {all:?}"),
        }
    }
    all
}

/// Waits for a marker file, which comes after whatever was reported before, and returns all until then.
fn until_marker(watch: &Watch, folder: &Path) -> Changes {
    let marker = folder.join("marker");
    fs::write(&marker, "now").unwrap();
    let mut all = wait_for(watch, &[(&marker, Change::Written)]);
    all.remove(&marker);
    all
}

fn set() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("set.toml");
    fs::write(&file, "beatforge = 1").unwrap();
    (dir, file)
}

#[test]
fn a_file_written_in_place_is_reported() {
    let (dir, file) = set();
    let watch = watch(&[dir.path()]);
    assert!(!watch.polls());
    fs::write(&file, "beatforge = 1\ntempo = 90.0").unwrap();
    assert_eq!(wait_for(&watch, &[(&file, Change::Written)]).len(), 1);
}

#[test]
fn a_save_by_rename_is_one_change_of_the_name() {
    let (dir, file) = set();
    let watch = watch(&[dir.path()]);
    for _ in 0..3 {
        let scratch = dir.path().join(".set.toml.tmp");
        fs::write(&scratch, "beatforge = 1").unwrap();
        fs::rename(&file, dir.path().join("set.toml~")).unwrap();
        fs::rename(&scratch, &file).unwrap();
        assert_eq!(wait_for(&watch, &[(&file, Change::Written)]).len(), 1);
    }
}

#[test]
fn a_single_file_is_watched_through_renames_and_its_neighbours_are_not() {
    let (dir, file) = set();
    let watch = watch(&[&file]);
    for _ in 0..3 {
        fs::write(dir.path().join("other.toml"), "x").unwrap();
        fs::rename(dir.path().join("other.toml"), &file).unwrap();
        assert_eq!(wait_for(&watch, &[(&file, Change::Written)]).len(), 1);
    }
    fs::remove_file(&file).unwrap();
    wait_for(&watch, &[(&file, Change::Removed)]);
    fs::write(&file, "again").unwrap();
    wait_for(&watch, &[(&file, Change::Written)]);
}

#[test]
fn many_files_at_once_are_all_reported_in_few_bursts() {
    let (dir, _) = set();
    let watch = watch(&[dir.path()]);
    let files: Vec<PathBuf> = (0..3000).map(|n| dir.path().join(format!("{n}.wav"))).collect();
    for file in &files {
        fs::write(file, "RIFF").unwrap();
    }
    let wanted: Vec<(&Path, Change)> = files.iter().map(|file| (file.as_path(), Change::Written)).collect();
    wait_for(&watch, &wanted);
}

#[test]
fn reading_is_no_change() {
    let (dir, file) = set();
    let watch = watch(&[dir.path()]);
    for _ in 0..10 {
        fs::read(&file).unwrap();
    }
    assert_eq!(until_marker(&watch, dir.path()), Changes::new());
}

#[test]
fn files_in_new_folders_are_found_however_quickly_they_come() {
    let (dir, _) = set();
    let watch = watch(&[dir.path()]);
    let deep = dir.path().join("patches/drums/acoustic");
    fs::create_dir_all(&deep).unwrap();
    let file = deep.join("kick.toml");
    fs::write(&file, "x").unwrap();
    wait_for(&watch, &[(&file, Change::Written)]);
    fs::write(&file, "y").unwrap();
    wait_for(&watch, &[(&file, Change::Written)]);
    fs::rename(dir.path().join("patches"), dir.path().join("old")).unwrap();
    let moved = dir.path().join("old/drums/acoustic/kick.toml");
    wait_for(&watch, &[(&dir.path().join("patches"), Change::Removed), (&moved, Change::Written)]);
}

#[test]
fn a_root_that_is_removed_is_taken_up_when_it_is_made_again() {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().join("set");
    let file = root.join("live.rhai");
    let watch = watch(&[&root]);
    for round in 0..3 {
        fs::create_dir(&root).unwrap();
        fs::write(&file, format!("tempo({round})")).unwrap();
        wait_for(&watch, &[(&file, Change::Written)]);
        fs::write(&file, "tempo(90)").unwrap();
        wait_for(&watch, &[(&file, Change::Written)]);
        fs::remove_dir_all(&root).unwrap();
        let mut gone = Changes::new();
        while !gone.values().any(|change| *change == Change::Removed) {
            gone.extend(watch.changes().recv_timeout(Duration::from_secs(10)).unwrap());
        }
    }
}

#[test]
fn a_root_can_be_added_later() {
    let (dir, _) = set();
    let (other, file) = set();
    let watch = watch(&[dir.path()]);
    watch.add(other.path().to_owned());
    wait_for(&watch, &[(&file, Change::Written)]);
    fs::write(&file, "more").unwrap();
    wait_for(&watch, &[(&file, Change::Written)]);
}

#[test]
fn polling_sees_the_same() {
    let (dir, file) = set();
    let watch = Watch::polling([dir.path().to_owned()]).unwrap();
    assert!(watch.polls());
    let new = dir.path().join("new.wav");
    fs::write(&new, "RIFF").unwrap();
    fs::remove_file(&file).unwrap();
    wait_for(&watch, &[(&new, Change::Written), (&file, Change::Removed)]);
}

#[cfg(unix)]
#[test]
fn paths_are_told_as_they_were_given() {
    let (dir, _) = set();
    let link = tempfile::tempdir().unwrap();
    let root = link.path().join("set");
    std::os::unix::fs::symlink(dir.path(), &root).unwrap();
    let watch = watch(&[&root]);
    fs::write(dir.path().join("set.toml"), "x").unwrap();
    wait_for(&watch, &[(&root.join("set.toml"), Change::Written)]);
}
