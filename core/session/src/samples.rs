//! Samples in memory: loaded off the audio thread, found by the path or the name that patches give.

use bf_media::{Library, Owner};
use bf_node::{Sample, SampleSource};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Default)]
struct Entry {
    /// What was last read; it stays while a newer file loads, and when that one cannot be read.
    sample: Option<Arc<Sample>>,
    /// Changes with the content; 0 while there is none.
    version: u64,
    error: Option<String>,
    state: State,
}

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

/// Samples that wait to be taken in; the loader waits for room.
const ARRIVALS: usize = 64;

type Shelf = BTreeMap<String, Entry>;

/// The samples of a set.
pub struct SampleStore {
    library: Library,
    root: PathBuf,
    rate: u32,
    shelf: Arc<Mutex<Shelf>>,
    done_in: SyncSender<(String, Result<Sample, String>)>,
    done: Mutex<Receiver<(String, Result<Sample, String>)>>,
}

impl SampleSource for SampleStore {
    fn sample(&self, path: &str) -> Option<Arc<Sample>> {
        self.lock().get(path).and_then(|e| e.sample.clone())
    }
}

impl SampleStore {
    /// An empty shelf for a set whose paths start at `root`, for an engine at a rate.
    pub fn new(root: &Path, rate: u32) -> SampleStore {
        let (done_in, done) = sync_channel(ARRIVALS);
        let library = Library::new(root, crate::sounds::folder());
        SampleStore { library, root: root.to_owned(), rate, shelf: Arc::default(), done_in, done: Mutex::new(done) }
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that changes with the content behind a path; 0 while there is none.
    pub fn version(&self, path: &str) -> u64 {
        self.lock().get(path).map_or(0, |e| e.version)
    }

    /// The file behind a path or a name; the path itself where nothing is found. Sounds that ship have none.
    pub fn file_of(&self, path: &str) -> Option<PathBuf> {
        match self.library.find(path) {
            Ok(found) => (found.owner != Owner::Shipped).then_some(found.path),
            Err(_) => Some(self.root.join(path)),
        }
    }

    /// Loads what is not there yet and waits for it. Returns what went wrong.
    pub fn load_now(&self, paths: &[String]) -> Vec<String> {
        let mut faults = Vec::new();
        for path in paths {
            if self.lock().get(path).is_none_or(|e| e.state != State::Done || e.sample.is_none()) {
                faults.extend(self.put(path, load(&self.library, path, self.rate)));
            }
        }
        faults
    }

    /// Loads what is not there yet on a thread of its own; [`SampleStore::arrived`] tells when.
    pub fn load_soon(&self, paths: &[String]) {
        let mut wanted = Vec::new();
        {
            let mut shelf = self.lock();
            for path in paths {
                let entry = shelf.entry(path.clone()).or_default();
                if entry.state == State::Wanted {
                    entry.state = State::Asked;
                    wanted.push(path.clone());
                }
            }
        }
        if wanted.is_empty() {
            return;
        }
        let (library, rate, done) = (self.library.clone(), self.rate, self.done_in.clone());
        let work = move || {
            for path in wanted {
                let result = load(&library, &path, rate);
                if done.send((path, result)).is_err() {
                    return;
                }
            }
        };
        // Without a thread the samples stay silent; the next edit asks again.
        let _thread = std::thread::Builder::new().name("bf-samples".into()).spawn(work);
    }

    /// Notes that a file has changed, so that it is loaded again. Its old sound plays until the new one is there.
    pub fn changed(&self, path: &str) {
        if let Some(entry) = self.lock().get_mut(path) {
            entry.state = State::Wanted;
        }
    }

    /// Takes in what was loaded since the last call: whether anything was, and what went wrong.
    pub fn arrived(&self) -> (bool, Vec<String>) {
        let (mut any, mut faults) = (false, Vec::new());
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        while let Ok((path, result)) = done.try_recv() {
            any = true;
            faults.extend(self.put(&path, result));
        }
        (any, faults)
    }

    /// Why a sample is not there, if it was tried.
    pub fn error(&self, path: &str) -> Option<String> {
        self.lock().get(path).and_then(|e| e.error.clone())
    }

    fn put(&self, path: &str, result: Result<Sample, String>) -> Option<String> {
        let mut shelf = self.lock();
        let entry = shelf.entry(path.to_owned()).or_default();
        entry.state = State::Done;
        match result {
            Ok(sample) => {
                (entry.version, entry.error) = (sample.hash | 1, None);
                entry.sample = Some(Arc::new(sample));
            }
            Err(e) => entry.error = Some(e),
        }
        entry.error.clone()
    }
}

fn load(library: &Library, path: &str, rate: u32) -> Result<Sample, String> {
    library.load(path, rate).map(|(sample, _)| sample).map_err(|e| e.to_string())
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

    fn wait(store: &SampleStore) -> Vec<String> {
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
        let names = ["a.wav".to_owned()];
        assert_eq!(store.load_now(&names), Vec::<String>::new());
        let (version, held) = (store.version("a.wav"), store.sample("a.wav").unwrap());
        std::fs::write(&path, "RIFF").unwrap();
        store.changed("a.wav");
        store.load_soon(&names);
        let faults = wait(&store);
        assert!(faults[0].contains("a.wav"), "{faults:?}");
        assert_eq!((store.version("a.wav"), store.error("a.wav")), (version, Some(faults[0].clone())));
        assert!(Arc::ptr_eq(&held, &store.sample("a.wav").unwrap()));
        write(&path, 0.25);
        store.changed("a.wav");
        store.load_soon(&names);
        assert_eq!((wait(&store), store.error("a.wav")), (vec![], None));
        assert_ne!(store.version("a.wav"), version);
    }

    #[test]
    fn sounds_that_ship_are_found_by_name_from_anywhere() {
        let dir = tempfile::tempdir().unwrap();
        let store = SampleStore::new(dir.path(), 44_100);
        let drums = "bd sd rim cp hh oh lt mt ht cr rd forge/bd:2 found/break".split(' ').map(str::to_owned);
        let drums: Vec<String> = drums.collect();
        assert_eq!(store.load_now(&drums), Vec::<String>::new());
        for drum in &drums {
            let sample = store.sample(drum).unwrap();
            assert!(sample.sample_rate == 44_100.0 && sample.frames > 1000, "{drum}");
            assert_eq!(store.file_of(drum), None);
        }
        assert!(store.load_now(&["bx".to_owned()])[0].contains("forge has bd, cp"));
    }
}
