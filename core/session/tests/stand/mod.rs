//! A set in a folder of its own, rendered block by block.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test that fails says where")]

use bf_session::{Diagnostic, Engine, Message, Move, OpenError, Options, Session, When, registry};
use std::path::Path;

pub struct Stand {
    pub folder: tempfile::TempDir,
    pub session: Session,
    pub engine: Engine,
}

pub fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

impl Stand {
    pub fn new(block: usize, files: &[(&str, &str)]) -> Stand {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), files);
        Stand::open(folder, block)
    }

    pub fn open(folder: tempfile::TempDir, block: usize) -> Stand {
        let options = Options { block, ..Options::default() };
        let (mut session, engine) = Session::open(folder.path(), registry(), options).unwrap();
        session.controller().transport(Move::Play, When::Frame(0));
        Stand { folder, session, engine }
    }

    /// Left of so many frames.
    pub fn run(&mut self, frames: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity(frames);
        while out.len() < frames {
            self.session.poll();
            out.extend_from_slice(self.engine.block_now()[0]);
        }
        out
    }

    /// Writes a file of the set, and has it read again.
    pub fn save(&mut self, name: &str, text: &str) {
        write(self.folder.path(), &[(name, text)]);
        self.session.reload(&[self.folder.path().join(name)]);
        self.session.poll();
    }

    pub fn faults(&mut self) -> Vec<Diagnostic> {
        let messages = self.session.messages().into_iter();
        messages.filter_map(|m| if let Message::Fault(d) = m { Some(d) } else { None }).collect()
    }
}

/// What keeps a set from being opened.
pub fn faults(files: &[(&str, &str)]) -> Vec<Diagnostic> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    match Session::open(folder.path(), registry(), Options::default()) {
        Err(OpenError::Faults(faults)) => faults,
        Err(e) => panic!("{e}"),
        Ok(_) => panic!("it opens"),
    }
}

/// The first frame at which two sounds differ.
pub fn differs(a: &[f32], b: &[f32]) -> Option<usize> {
    a.iter().zip(b).position(|(a, b)| a.to_bits() != b.to_bits())
}

/// The level of a constant, where it has arrived.
pub fn at(sound: &[f32], frame: usize) -> f32 {
    sound[frame]
}
