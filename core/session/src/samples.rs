//! Samples and notes in memory: loaded off the audio thread, found by the path or the name that patches give.

use bf_media::{Library, Owner};
use bf_node::{NoteFile, Sample, SampleSource};
use bf_patch::files::FileKind;
use bf_patch::text::Severity;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Default)]
struct Entry {
    /// What was last read; it stays while a newer file loads, and when that one cannot be read.
    held: Option<Held>,
    /// Changes with the content; 0 while there is none.
    version: u64,
    error: Option<String>,
    state: State,
}

/// What a file held.
#[derive(Clone)]
enum Held {
    Sample(Arc<Sample>),
    Notes(Arc<NoteFile>),
}

/// A file that a patch asks for: what it is to hold, and its path or name.
pub type Wanted = (FileKind, String);

/// What is wrong with a file, or odd about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFault {
    /// The file as it was asked for.
    pub file: Wanted,
    /// Which file it is, and what is wrong.
    pub message: String,
    /// What a check makes of it; what of the file is there plays all the same.
    pub severity: Severity,
}

/// What was read with what is odd about it, or why not.
type Loaded = Result<(Held, Option<String>), String>;

/// How far the loading of a file is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// Nobody has asked, or the file has changed since.
    #[default]
    Wanted,
    /// A thread reads it.
    Asked,
    /// It was read, or could not be.
    Done,
}

/// The longest of a sound that is tried, in seconds.
const TRIED: usize = 30;

/// A sound as it is tried beside a set: left and right, frame by frame, at a rate. What it is called is a path from the
/// set's folder or a name, as in patches.
///
/// # Errors
/// What cannot be found or read, in the user's words.
pub fn sound_to_try(set: &Path, sound: &str, rate: u32) -> Result<Vec<f32>, String> {
    use bf_node::sample::GUARD;
    let library = Library::new(set, crate::sounds::folder());
    let (sample, _) = library.load(sound, rate).map_err(|e| e.to_string())?;
    let Some(full) = sample.levels.first() else { return Ok(Vec::new()) };
    let channels = sample.channels.max(1);
    let frames = full.data.chunks_exact(channels).skip(GUARD).take(full.frames.min(TRIED * rate as usize));
    Ok(frames.flat_map(|frame| [frame[0], frame[channels - 1]]).collect())
}

/// Files that wait to be taken in; the loader waits for room.
const ARRIVALS: usize = 64;

type Shelf = BTreeMap<Wanted, Entry>;

/// The samples and notes of a set.
pub struct SampleStore {
    /// Where they are looked for, and the set's folder.
    place: Mutex<(Library, PathBuf)>,
    rate: u32,
    shelf: Arc<Mutex<Shelf>>,
    done_in: SyncSender<(Wanted, Loaded)>,
    done: Mutex<Receiver<(Wanted, Loaded)>>,
}

impl SampleSource for SampleStore {
    fn sample(&self, path: &str) -> Option<Arc<Sample>> {
        match self.held(FileKind::Sample, path)? {
            Held::Sample(sample) => Some(sample),
            Held::Notes(_) => None,
        }
    }

    fn notes(&self, path: &str) -> Option<Arc<NoteFile>> {
        match self.held(FileKind::Notes, path)? {
            Held::Notes(notes) => Some(notes),
            Held::Sample(_) => None,
        }
    }
}

impl SampleStore {
    /// An empty shelf for a set whose paths start at `root`, for an engine at a rate.
    pub fn new(root: &Path, rate: u32) -> SampleStore {
        let (done_in, done) = sync_channel(ARRIVALS);
        let place = Mutex::new(place(root));
        SampleStore { place, rate, shelf: Arc::default(), done_in, done: Mutex::new(done) }
    }

    /// The same files for a session of its own: what is held is shared.
    pub(crate) fn beside(&self) -> SampleStore {
        let (done_in, done) = sync_channel(ARRIVALS);
        let mut shelf = self.lock().clone();
        // What is on its way arrives elsewhere.
        shelf.values_mut().filter(|e| e.state == State::Asked).for_each(|e| e.state = State::Wanted);
        let place = Mutex::new(self.place());
        SampleStore { place, rate: self.rate, shelf: Arc::new(Mutex::new(shelf)), done_in, done: Mutex::new(done) }
    }

    /// Looks for files in another folder from now on; what is held stays.
    pub fn move_to(&self, root: &Path) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = place(root);
    }

    fn place(&self) -> (Library, PathBuf) {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that changes with the content behind a path; 0 while there is none.
    pub fn version(&self, path: &str) -> u64 {
        let shelf = self.lock();
        let version = |kind| shelf.get(&(kind, path.to_owned())).map_or(0, |e| e.version);
        version(FileKind::Sample) ^ version(FileKind::Notes)
    }

    fn held(&self, kind: FileKind, path: &str) -> Option<Held> {
        self.lock().get(&(kind, path.to_owned())).and_then(|e| e.held.clone())
    }

    /// The file behind a path or a name; the path itself where nothing is found. Sounds that ship have none.
    pub fn file_of(&self, (kind, path): &Wanted) -> Option<PathBuf> {
        let (library, root) = self.place();
        if *kind != FileKind::Sample {
            return Some(root.join(path));
        }
        match library.find(path) {
            Ok(found) => (found.owner != Owner::Shipped).then_some(found.path),
            Err(_) => Some(root.join(path)),
        }
    }

    /// Loads what is not there yet and waits for it. Returns what went wrong, or is odd but plays.
    pub fn load_now(&self, files: &[Wanted]) -> Vec<FileFault> {
        let (mut faults, (library, root)) = (Vec::new(), self.place());
        for file in files {
            if self.lock().get(file).is_none_or(|e| e.state != State::Done || e.held.is_none()) {
                faults.extend(self.put(file, load(&library, &root, file, self.rate)));
            }
        }
        faults
    }

    /// Loads what is not there yet on a thread of its own; [`SampleStore::arrived`] tells when.
    pub fn load_soon(&self, files: &[Wanted]) {
        let mut wanted = Vec::new();
        {
            let mut shelf = self.lock();
            for file in files {
                let entry = shelf.entry(file.clone()).or_default();
                if entry.state == State::Wanted {
                    entry.state = State::Asked;
                    wanted.push(file.clone());
                }
            }
        }
        if wanted.is_empty() {
            return;
        }
        let ((library, root), rate, done) = (self.place(), self.rate, self.done_in.clone());
        let work = move || {
            for file in wanted {
                let result = load(&library, &root, &file, rate);
                if done.send((file, result)).is_err() {
                    return;
                }
            }
        };
        // Without a thread what is new stays silent; the next edit asks again.
        let _thread = std::thread::Builder::new().name("bf-samples".into()).spawn(work);
    }

    /// Takes it that a file has changed, so that it is loaded again. What it held plays until the new is there.
    pub fn changed(&self, file: &Wanted) {
        if let Some(entry) = self.lock().get_mut(file) {
            entry.state = State::Wanted;
        }
    }

    /// Takes in what was loaded since the last call: whether anything was, and what went wrong or is odd.
    pub fn arrived(&self) -> (bool, Vec<FileFault>) {
        let (mut any, mut faults) = (false, Vec::new());
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        while let Ok((file, result)) = done.try_recv() {
            any = true;
            faults.extend(self.put(&file, result));
        }
        (any, faults)
    }

    /// Whether there is something to play for a file, be it what it held before.
    pub fn holds(&self, file: &Wanted) -> bool {
        self.lock().get(file).is_some_and(|e| e.held.is_some())
    }

    /// Why what a file holds is not there, if it was tried.
    pub fn error(&self, file: &Wanted) -> Option<String> {
        self.lock().get(file).and_then(|e| e.error.clone())
    }

    fn put(&self, file: &Wanted, result: Loaded) -> Option<FileFault> {
        let mut shelf = self.lock();
        let entry = shelf.entry(file.clone()).or_default();
        entry.state = State::Done;
        let fault = |severity, message| FileFault { file: file.clone(), message, severity };
        match result {
            Ok((held, odd)) => {
                let hash = match &held {
                    Held::Sample(sample) => sample.hash,
                    Held::Notes(notes) => notes.hash,
                };
                (entry.version, entry.error, entry.held) = (hash | 1, None, Some(held));
                odd.map(|odd| fault(Severity::Error, odd))
            }
            Err(e) => {
                entry.error = Some(e.clone());
                Some(fault(Severity::Error, e))
            }
        }
    }
}

fn place(root: &Path) -> (Library, PathBuf) {
    (Library::new(root, crate::sounds::folder()), root.to_owned())
}

fn load(library: &Library, root: &Path, (kind, path): &Wanted, rate: u32) -> Loaded {
    if *kind == FileKind::Notes {
        let notes = bf_media::load_notes(&root.join(path)).map_err(|e| e.to_string())?;
        return Ok((Held::Notes(Arc::new(notes)), None));
    }
    let (sample, warnings) = library.load(path, rate).map_err(|e| e.to_string())?;
    let odd = (!warnings.is_empty()).then(|| {
        let odd: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        format!("{}: {}", sample.name, odd.join("; "))
    });
    Ok((Held::Sample(Arc::new(sample)), odd))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bf_media::wav::{Existing, Format, Spec, Writer};
    use std::time::{Duration, Instant};

    fn write(path: &Path, level: f32) {
        let spec = Spec { sample_rate: 48_000, channels: 1, format: Format::Float32 };
        let mut w = Writer::create(path, spec, Existing::Replace).unwrap();
        w.write(&[level; 100]).unwrap();
        w.finish().unwrap();
    }

    fn wait(store: &SampleStore) -> Vec<FileFault> {
        let begun = Instant::now();
        loop {
            let (any, faults) = store.arrived();
            if any {
                return faults;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "the loader did not answer");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_file_that_breaks_leaves_what_it_held() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wav");
        write(&path, 0.5);
        let store = SampleStore::new(dir.path(), 48_000);
        let file = (FileKind::Sample, "a.wav".to_owned());
        let names = [file.clone()];
        assert_eq!(store.load_now(&names), vec![]);
        let (version, held) = (store.version("a.wav"), store.sample("a.wav").unwrap());
        std::fs::write(&path, "RIFF").unwrap();
        store.changed(&file);
        store.load_soon(&names);
        let faults = wait(&store);
        assert!(faults[0].message.contains("a.wav"), "{faults:?}");
        assert_eq!((store.version("a.wav"), store.error(&file)), (version, Some(faults[0].message.clone())));
        assert!(faults[0].file == file && faults[0].severity == Severity::Error && store.holds(&file));
        assert!(Arc::ptr_eq(&held, &store.sample("a.wav").unwrap()));
        write(&path, 0.25);
        store.changed(&file);
        store.load_soon(&names);
        assert_eq!((wait(&store), store.error(&file)), (vec![], None));
        assert_ne!(store.version("a.wav"), version);
    }

    #[test]
    fn sounds_that_ship_are_found_by_name_from_anywhere() {
        let dir = tempfile::tempdir().unwrap();
        let store = SampleStore::new(dir.path(), 44_100);
        let drums = "bd sd rim cp hh oh lt mt ht cr rd forge/bd:2 found/break"
            .split(' ')
            .map(|name| (FileKind::Sample, name.to_owned()));
        let drums: Vec<Wanted> = drums.collect();
        assert_eq!(store.load_now(&drums), vec![]);
        for drum in &drums {
            let sample = store.sample(&drum.1).unwrap();
            assert!(sample.sample_rate == 44_100.0 && sample.frames > 1000, "{drum:?}");
            assert_eq!(store.file_of(drum), None);
        }
        assert!(store.load_now(&[(FileKind::Sample, "bx".to_owned())])[0].message.contains("forge has bd, cp"));
    }
}
