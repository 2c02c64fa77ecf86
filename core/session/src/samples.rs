//! Samples in memory: loaded off the audio thread, found by the path that patches name.

use bf_node::{Sample, SampleSource};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

struct Entry {
    sample: Option<Arc<Sample>>,
    /// Changes with the content; 0 while there is none.
    version: u64,
    error: Option<String>,
    asked: bool,
}

/// Samples that wait to be taken in; the loader waits for room.
const ARRIVALS: usize = 64;

type Shelf = BTreeMap<String, Entry>;

/// The samples of a set.
pub struct SampleStore {
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
        SampleStore { root: root.to_owned(), rate, shelf: Arc::default(), done_in, done: Mutex::new(done) }
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that changes with the content behind a path; 0 while there is none.
    pub fn version(&self, path: &str) -> u64 {
        self.lock().get(path).map_or(0, |e| e.version)
    }

    /// Loads what is not there yet and waits for it. Returns what went wrong.
    pub fn load_now(&self, paths: &[String]) -> Vec<String> {
        let mut faults = Vec::new();
        for path in paths {
            if self.lock().get(path).is_none_or(|e| e.sample.is_none()) {
                let result = load(&self.root, path, self.rate);
                faults.extend(self.put(path, result));
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
                let entry =
                    shelf.entry(path.clone()).or_insert(Entry { sample: None, version: 0, error: None, asked: false });
                if entry.sample.is_none() && !entry.asked {
                    entry.asked = true;
                    wanted.push(path.clone());
                }
            }
        }
        if wanted.is_empty() {
            return;
        }
        let (root, rate, done) = (self.root.clone(), self.rate, self.done_in.clone());
        let work = move || {
            for path in wanted {
                let result = load(&root, &path, rate);
                if done.send((path, result)).is_err() {
                    return;
                }
            }
        };
        // Without a thread the samples stay silent; the next edit asks again.
        let _thread = std::thread::Builder::new().name("bf-samples".into()).spawn(work);
    }

    /// Forgets a file that has changed, so that it is loaded again.
    pub fn changed(&self, path: &str) {
        if let Some(entry) = self.lock().get_mut(path) {
            entry.asked = false;
            // What plays keeps the old sound until the new one is there.
            entry.sample = None;
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
        let entry = match result {
            Ok(sample) => {
                let version = sample.hash | 1;
                Entry { sample: Some(Arc::new(sample)), version, error: None, asked: true }
            }
            Err(e) => Entry { sample: None, version: 0, error: Some(e), asked: true },
        };
        let error = entry.error.clone();
        self.lock().insert(path.to_owned(), entry);
        error
    }
}

fn load(root: &Path, path: &str, rate: u32) -> Result<Sample, String> {
    bf_media::load_sample(root.join(path), rate).map(|(sample, _)| sample).map_err(|e| e.to_string())
}
