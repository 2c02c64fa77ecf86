//! The set as its history has it, brought together with what its files say now.

use crate::folder::Folder;
use crate::session::Message;
use bf_node::Registry;
use bf_patch::files::patch_files;
use bf_patch::{Beside, Edit, History, Patch, Set, SetEdit, TextPatch};
use bf_store::{Change, Restored, Stage, Start};
use std::borrow::Cow;
use std::sync::Arc;

/// What a history holds of a set.
pub(crate) struct Back {
    restored: Restored,
    /// Whether the tempo was last set by a script, and the signature.
    scripted: (bool, bool),
}

/// A set that is opened with what its history holds.
pub(crate) struct Merged {
    pub(crate) set: Set,
    pub(crate) history: History,
    /// What the files had that the history did not.
    pub(crate) changes: Vec<Change>,
}

impl Back {
    pub(crate) fn new(restored: Restored, start: &Start) -> Back {
        let mut scripted = (true, true);
        for stage in &start.stages {
            let Stage::Entry(entry) = stage else { continue };
            let edits = entry.what.change().map_or(&[][..], |change| &change.edits);
            let leaves: Vec<&Edit> = edits.iter().flat_map(|edit| edit.edit.leaves()).collect();
            let by_script = leaves.iter().any(|edit| matches!(edit, Edit::SetScore(_)));
            for edit in leaves {
                match edit {
                    Edit::SetTempo(_) => scripted.0 = by_script,
                    Edit::SetSignature(_) => scripted.1 = by_script,
                    _ => {}
                }
            }
        }
        Back { restored, scripted }
    }
}

/// Merges what a history holds with the files as they were read now, three ways; the file wins where both have changed
/// a value. Says what came of it.
pub(crate) fn merge(
    folder: &mut Folder,
    back: Back,
    (registry, as_it_was): (&Registry, bool),
    messages: &mut Vec<Message>,
) -> Merged {
    let Back { restored, scripted } = back;
    let open = folder.script.is_some();
    let on_disk = folder.set();
    let said = restored.to_string();
    let Restored { mut set, mut history, texts, .. } = restored;
    let beside = Beside { open, ..Beside::default() };
    if open {
        // What a script has said it says again, or something else.
        if scripted.0 && !as_it_was {
            set.main.tempo = on_disk.main.tempo;
        }
        if scripted.1 && !as_it_was {
            set.main.signature = on_disk.main.signature;
        }
        let mut guests = set.main.strangers();
        guests.extend(on_disk.main.strangers());
        guests.extend(set.main.beside.guests.iter().cloned());
        set.main.beside.guests = Arc::new(guests);
    }
    set.main.beside.score = 0;
    let mut changes = Vec::new();
    for file in core::iter::once(None).chain(on_disk.files.keys().cloned().map(Some)) {
        let theirs = on_disk.patch(file.as_deref()).cloned().unwrap_or_default();
        let Some(ours) = set.patch(file.as_deref()) else {
            set.files.extend(file.map(|file| (file, theirs)));
            continue;
        };
        let name = file.as_deref().unwrap_or("the main patch");
        let base = texts.get(&file).and_then(|text| TextPatch::parse_beside(&text.base, name, &beside).ok());
        // Without what they were, the files are right.
        let mut base = base.map_or_else(|| ours.clone(), |base| base.patch().clone());
        base.beside = ours.beside.clone();
        let merged = bf_patch::merge(&base, ours, &theirs);
        messages.extend(merged.conflicts.iter().map(|c| Message::Problem(c.to_string())));
        if merged.edits.is_empty() {
            continue;
        }
        let edit = SetEdit { file: file.clone(), edit: Edit::Batch(merged.edits) };
        let label = format!("read {name}, which was changed outside");
        match history.apply(&mut set, &edit, &label, None) {
            Ok(()) => changes.push(Change { label, gesture: None, edits: vec![edit] }),
            Err(e) => {
                messages.push(Message::Problem(format!("{name}: {e}; it plays as the file says")));
                put(&mut set, file, theirs);
                history.clear();
            }
        }
    }
    for (file, text) in texts.iter().filter_map(|(file, text)| Some((file.as_ref()?, text))) {
        let used = set.files.values().chain([&set.main]).any(|patch| patch_files(patch, registry).contains(file));
        if used
            && !folder.files.contains_key(file)
            && let Ok(text) = TextPatch::parse(&text.now, file)
        {
            folder.files.insert(file.clone(), text);
        }
    }
    history.end_gesture();
    let mut main = Cow::Borrowed(&set.main);
    if open && scripted.0 && main.tempo != on_disk.main.tempo {
        main.to_mut().tempo = on_disk.main.tempo;
    }
    if open && scripted.1 && main.signature != on_disk.main.signature {
        main.to_mut().signature = on_disk.main.signature;
    }
    let differs = *main != on_disk.main || on_disk.files.iter().any(|(k, p)| set.files.get(k) != Some(p));
    if differs {
        messages.push(Message::Told(format!("{said}: it holds what its files do not; save writes them")));
    }
    Merged { set, history, changes }
}

fn put(set: &mut Set, file: Option<String>, patch: Patch) {
    match file {
        None => set.main = patch,
        Some(file) => _ = set.files.insert(file, patch),
    }
}
