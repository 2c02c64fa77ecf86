//! What hands reach from outside, and what becomes of it.

use super::Session;
use crate::surface::{Heard, Motion, Tree};

impl Session {
    /// Every address of the set as it is heard now.
    pub fn tree(&self) -> Tree {
        let status = self.controller.shared().status();
        Tree::of(&Heard {
            main: &self.set.main,
            files: &self.set.files,
            layer: &self.scripts.layer.patch,
            layer_files: &self.scripts.layer.files,
            wanted: &self.scripts.state().wanted,
            registry: &self.registry,
            motion: Motion { playing: status.playing, beat: status.beat, hushed: self.scripts.hushed },
        })
    }
}
