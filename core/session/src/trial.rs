//! A script on trial: what its nodes and tracks would say, while nothing of it is heard.

use crate::play::layer::knob;
use crate::play::scripts::read_module;
use bf_node::Registry;
use bf_patch::text::Diagnostic;
use bf_patch::{Name, Patch};
use bf_script::{Env, Host, Limits};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long an evaluation may take: nobody hears that it is late.
const WALL: Duration = Duration::from_secs(2);

/// Evaluates texts of a set's script, one as often as another. It stays on the thread that made it.
pub struct Trial {
    host: Host,
}

/// What a text says: the nodes, macros among them, with their cables; and what its tracks play, as far as that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Says {
    /// The nodes.
    pub patch: Patch,
    tracks: Vec<(Name, Option<u64>, bool, bool)>,
    tempo: (Option<f64>, Option<f64>, Option<u32>),
}

impl Trial {
    /// For the scripts of a set's folder.
    pub fn new(root: &Path, registry: &Arc<Registry>) -> Trial {
        let root = root.to_owned();
        let read = move |path: &str| read_module(&root, path);
        let limits = Limits { wall: WALL, ..Limits::default() };
        Trial { host: Host::new(Env { registry: Arc::clone(registry), read: Arc::new(read), limits }) }
    }

    /// What a text says as a whole.
    ///
    /// # Errors
    /// The first fault that it has.
    pub fn says(&self, file: &str, text: &str) -> Result<Says, Diagnostic> {
        let wanted = match self.host.evaluate(file, text) {
            Ok(wanted) => wanted,
            Err(faults) => {
                let none = || crate::play::ask::plain("it cannot be evaluated".to_owned());
                return Err(faults.into_iter().next().unwrap_or_else(none));
            }
        };
        let mut patch = wanted.patch.clone();
        patch.nodes.extend(wanted.macros.iter().map(|(name, macro_)| (name.clone(), knob(macro_))));
        let tracks = wanted.tracks.iter().map(|t| (t.name.clone(), t.fingerprint, t.muted, t.solo)).collect();
        Ok(Says { patch, tracks, tempo: (wanted.tempo, wanted.cps, wanted.signature) })
    }
}
