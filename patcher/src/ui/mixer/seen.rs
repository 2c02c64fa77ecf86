//! What the mixer shows beside the set: what nodes measure, the device, the scene that plays.

use bf_node::{Probe, Registry};
use bf_patch::{Name, Node};
use bf_session::{DeviceFormat, HeardLoudness, Session};
use std::collections::BTreeMap;
use std::sync::Arc;

/// By the path of each node that shows something.
pub(crate) type Probes = BTreeMap<String, Arc<Probe>>;

/// Renewed by the control thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub probes: Arc<Probes>,
    /// The scene that plays, and the one that is launched and may still wait.
    pub scenes: [Option<Name>; 2],
    /// The device, and how many channels it plays.
    pub device: Arc<str>,
    pub outputs: usize,
    pub sample_rate: f32,
    /// So many bars are counted in before it plays.
    pub count_in: u32,
    pub counting: bool,
    /// The frame of the engine on which it plays then.
    pub counted: Option<u64>,
    pub loudness: Option<Arc<HeardLoudness>>,
}

impl Seen {
    pub(crate) fn renew(&mut self, session: &mut Session, format: &DeviceFormat) {
        let known = &self.probes;
        let is_known = |(path, probe): (&str, &Arc<Probe>)| known.get(path).is_some_and(|k| Arc::ptr_eq(k, probe));
        let controller = session.controller();
        if known.len() != controller.probes().count() || !controller.probes().all(is_known) {
            let probes = controller.probes();
            self.probes = Arc::new(probes.map(|(path, probe)| (path.to_owned(), Arc::clone(probe))).collect());
        }
        self.scenes = session.scenes();
        if *self.device != *format.device {
            self.device = format.device.as_str().into();
        }
        (self.outputs, self.sample_rate) = (format.outputs, format.sample_rate as f32);
        self.counting = session.is_counting();
        self.counted = if self.counting { self.counted.or_else(|| Some(self.frame_to_play(session))) } else { None };
        self.loudness = session.loudness();
    }

    /// The frame on which what is counted in from now on plays.
    fn frame_to_play(&self, session: &mut Session) -> u64 {
        let beats = f64::from(self.count_in * session.set().main.signature.max(1));
        let status = session.controller().shared().status();
        status.frame + (beats * 60.0 / status.bpm.max(1.0) * f64::from(self.sample_rate)) as u64
    }

    /// What a node of the main patch shows under a name.
    pub(crate) fn reading(&self, registry: &Registry, (name, node): (&Name, &Node), value: &str) -> Option<f32> {
        let at = registry.get(&node.kind)?.probe_values.iter().position(|known| *known == value)?;
        Some(self.probes.get(name.as_str())?.get(at))
    }
}
