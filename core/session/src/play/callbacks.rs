//! Scripts of nodes on the script's thread: each is kept with the one before, to which it falls back.

use bf_node::NoteId;
use bf_patch::Diagnostic;
use bf_pattern::Ratio;
use bf_script::{Call, Host, NodeScript, Ports, Said};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// When what is answered happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stamp {
    /// On a frame; a note that it answers.
    Frame { frame: u64, note: Option<NoteId> },
    /// A note has ended on a frame.
    End { frame: u64, note: NoteId },
    /// It will be at a beat; asked in this round.
    Beat { beat: Ratio, round: u64 },
}

/// What calls came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Called {
    pub answers: Vec<(Stamp, Vec<Said>)>,
    pub faults: Vec<Diagnostic>,
    /// Whether another version plays from here on.
    pub ports: Option<Ports>,
}

/// A script that plays.
struct Kept {
    script: NodeScript,
    /// The one before, while the present one has not answered yet.
    before: Option<NodeScript>,
    /// Callbacks that have failed.
    failed: [bool; 3],
}

/// The scripts of all nodes, by their numbers.
#[derive(Default)]
pub(crate) struct Callbacks(Mutex<BTreeMap<u64, Kept>>);

impl Callbacks {
    fn with<T>(&self, f: impl FnOnce(&mut BTreeMap<u64, Kept>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Evaluates a script; one with faults changes nothing.
    pub(crate) fn evaluate(&self, host: &Host, key: u64, file: &str, text: &str) -> Result<Ports, Vec<Diagnostic>> {
        let script = host.node_script(file, text)?;
        let ports = script.ports().clone();
        self.with(|all| {
            let before = all.remove(&key).map(|kept| kept.script);
            all.insert(key, Kept { script, before, failed: [false; 3] });
        });
        Ok(ports)
    }

    /// Forgets the script of a node that is gone.
    pub(crate) fn forget(&self, key: u64) {
        self.with(|all| all.remove(&key));
    }

    /// Calls back, in order.
    pub(crate) fn call(&self, host: &Host, key: u64, calls: Vec<(Stamp, Option<Call>)>) -> Called {
        let mut called = Called::default();
        self.with(|all| {
            let Some(kept) = all.get_mut(&key) else { return };
            for (stamp, call) in calls {
                let said = call.map(|call| kept.call(host, &call, &mut called)).unwrap_or_default();
                called.answers.push((stamp, said));
            }
        });
        called
    }
}

impl Kept {
    fn call(&mut self, host: &Host, call: &Call, called: &mut Called) -> Vec<Said> {
        let which = match call {
            Call::Note { .. } => 0,
            Call::Control { .. } => 1,
            Call::Beat(_) => 2,
        };
        if self.failed[which] {
            return Vec::new();
        }
        match host.call_back(&self.script, call) {
            Ok(said) => said,
            Err(fault) => match self.before.take() {
                Some(before) => {
                    self.script = before;
                    called.ports = Some(self.script.ports().clone());
                    called.faults.push(fault.hinted(Some("it goes on as it was before its last change")));
                    self.call(host, call, called)
                }
                None => {
                    self.failed[which] = true;
                    let name = ["on_note", "on_control", "on_beat"][which];
                    let hint = fault.hint.clone().map(|hint| format!("{hint}; ")).unwrap_or_default();
                    let hint = format!("{hint}{name} is not called again until the script changes");
                    called.faults.push(fault.hinted(Some(hint)));
                    Vec::new()
                }
            },
        }
    }
}
