//! The work of freezing: a set is played with nobody listening, and what is heard of it goes round in files.

use super::apart::Heard;
use super::{Freeze, FreezeError, Frost};
use crate::folder::Folder;
use crate::samples::SampleStore;
use crate::session::{Options, Session};
use bf_engine::{Move, When};
use bf_media::wav::{Existing, Format, Spec, WriteError, Writer};
use bf_node::{Channels, Registry};
use bf_patch::compile::{Frozen, Plan};
use bf_patch::{History, Name, Set};
use bf_pattern::{Ratio, Tempo, Transport};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// At least so long it plays before what is kept, so that what rings on is in its beginning, in seconds.
const BEFORE: f64 = 4.0;
/// How long the beginning comes out of what follows the end, in seconds: what does not come round is not cut.
const SEAM: f64 = 0.005;
/// Frames of a block. It does not change the sound.
const BLOCK: usize = 256;
/// What is softer is silence: -90 dB.
const SILENCE: f32 = 3.2e-5;

/// What is to be done to freeze a node. It holds all that it takes, and may go to another thread.
pub struct FreezeWork {
    wish: Freeze,
    folder: Folder,
    samples: SampleStore,
    registry: Arc<Registry>,
    options: Options,
    beats: u32,
    outputs: Vec<Name>,
    /// The set and the file of each output.
    sets: Vec<Set>,
    files: Vec<String>,
    /// Where in it the output is.
    out: String,
    odd: Vec<String>,
}

/// One pass of a sound: frame by frame, in so many channels.
struct Pass {
    data: Vec<f32>,
    channels: u16,
}

impl FreezeWork {
    pub(super) fn new(session: &Session, wish: Freeze, heard: Heard, (bpm, signature): (f64, u32)) -> FreezeWork {
        let files = session.free_files(&heard, &wish.node);
        let mut sets: Vec<Set> = heard.sets().cloned().collect();
        sets.iter_mut().for_each(|set| (set.main.tempo, set.main.signature) = (bpm, signature));
        let odd = heard.outside.iter().map(|name| format!("what comes in by {name} while it plays is not in it"));
        let Options { sample_rate, seed, .. } = session.options;
        FreezeWork {
            beats: wish.bars * signature,
            folder: without_script(&session.folder),
            samples: session.samples.beside(),
            registry: Arc::clone(&session.registry),
            options: Options { sample_rate, seed, block: BLOCK, ..Options::default() },
            odd: odd.collect(),
            out: heard.out,
            outputs: heard.outputs,
            sets,
            files,
            wish,
        }
    }

    /// What is frozen.
    pub fn node(&self) -> &Name {
        &self.wish.node
    }

    /// What was wished.
    pub fn wish(&self) -> &Freeze {
        &self.wish
    }

    /// Does it. `progress` hears the share that is done; `cancel` ends it without leaving files.
    ///
    /// # Errors
    /// Why it is not frozen; no file is left then.
    pub fn run(self, progress: &mut dyn FnMut(f64), cancel: &AtomicBool) -> Result<Frost, FreezeError> {
        let count = self.sets.len() as f64;
        let mut passes = Vec::new();
        for (i, set) in self.sets.iter().enumerate() {
            let pass = self.pass(set, &mut |share| progress((i as f64 + share) / count), cancel)?;
            passes.push(pass);
        }
        let node = || self.wish.node.clone();
        let values = || passes.iter().flat_map(|pass| &pass.data);
        if !values().all(|x| x.is_finite()) {
            return Err(FreezeError::Broken(node()));
        }
        if values().all(|x| x.abs() < SILENCE) {
            return Err(FreezeError::Silent(node()));
        }
        let mono = passes.iter().all(|pass| pass.channels == 1);
        let mut written: Vec<PathBuf> = Vec::new();
        for (pass, file) in passes.iter().zip(&self.files) {
            let path = self.folder.root.join(file);
            if let Err(why) = self.write(pass, &path) {
                // What there is of it is in nobody's way.
                written.iter().for_each(|path| _ = std::fs::remove_file(path));
                return Err(why.into());
            }
            written.push(path);
        }
        let files = self.outputs.iter().cloned().zip(self.files.iter().cloned()).collect();
        let frozen = Frozen { beats: self.beats, mono, files };
        let signature = self.sets.first().map_or(1, |set| set.main.signature);
        let FreezeWork { wish, sets: of, folder: Folder { root, .. }, odd, .. } = self;
        Ok(Frost { wish, frozen, of, signature, root, odd })
    }

    fn write(&self, pass: &Pass, path: &std::path::Path) -> Result<(), WriteError> {
        let other = |e: std::io::Error| WriteError::Other { path: path.to_owned(), cause: e.to_string() };
        path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(other)?;
        let sample_rate = self.options.sample_rate;
        let spec = Spec { channels: pass.channels, sample_rate, format: Format::Float32 };
        let mut writer = Writer::create(path, spec, Existing::Keep)?;
        writer.write(&pass.data)?;
        writer.finish().map(|_| ())
    }

    /// Plays a set from beat 0, and keeps one pass of it.
    fn pass(&self, set: &Set, progress: &mut dyn FnMut(f64), cancel: &AtomicBool) -> Result<Pass, FreezeError> {
        let folder = without_script(&self.folder);
        let samples = Arc::new(self.samples.beside());
        let start = (set.clone(), History::default());
        let (mut session, mut engine) =
            Session::with(folder, samples, start, (Arc::clone(&self.registry), self.options));
        let refuse = |cause| FreezeError::Open { node: self.wish.node.clone(), cause };
        session.first_sound().map_err(refuse)?;
        let (late, channels) = session.controller().plan().map_or((0, 2), |plan| (plan.latency, self.channels(plan)));
        let (begin, end) = self.span(set);
        let seam = ((f64::from(self.options.sample_rate) * SEAM) as u64).min((end - begin) / 2);
        let (first, last) = (begin + u64::from(late), end + u64::from(late) + seam);
        let mut data = Vec::with_capacity((last - first) as usize * usize::from(channels));
        session.controller().transport(Move::Play, When::Frame(0));
        let mut done = 0;
        while done < last {
            if cancel.load(Ordering::Relaxed) {
                return Err(FreezeError::Cancelled(self.wish.node.clone()));
            }
            let [left, right] = engine.block_now();
            let within = |frame: u64| (frame.clamp(done, done + BLOCK as u64) - done) as usize;
            let part = within(first)..within(last);
            for (l, r) in left[part.clone()].iter().zip(&right[part]) {
                data.push(*l);
                if channels > 1 {
                    data.push(*r);
                }
            }
            done += BLOCK as u64;
            if (done / BLOCK as u64).is_multiple_of(64) {
                progress(done as f64 / last as f64);
            }
            session.poll();
        }
        progress(1.0);
        close(&mut data, (end - begin) as usize * usize::from(channels), usize::from(channels));
        Ok(Pass { data, channels })
    }

    /// The first frame of what is kept, and the one behind its last.
    fn span(&self, set: &Set) -> (u64, u64) {
        let tempo = Tempo::from_bpm(set.main.tempo);
        let transport = Transport::new(self.options.sample_rate, tempo, set.main.signature).play(0);
        let secs = f64::from(self.beats) / tempo.beats_per_sec();
        let before = (BEFORE / secs).ceil().max(1.0) as i64;
        let frame = |pass: i64| transport.frame_of(Ratio::int(pass * i64::from(self.beats))).unwrap_or(0);
        (frame(before), frame(before + 1))
    }

    /// How many channels the sound has that enters the output.
    fn channels(&self, plan: &Plan) -> u16 {
        let flat = &plan.flat;
        let out = flat.nodes.iter().position(|node| node.key.path.as_str() == self.out);
        let cable = flat.cables.iter().find(|cable| out == Some(cable.to as usize));
        let Some((node, port)) = cable.map(|cable| cable.from) else { return 2 };
        let Some(node) = flat.nodes.get(node as usize) else { return 2 };
        let channels = match node.face.outputs().get(usize::from(port)).map(|port| port.channels) {
            Some(Channels::Fixed(channels)) => usize::from(channels),
            _ => node.channels,
        };
        if channels == 1 { 1 } else { 2 }
    }
}

/// The place of a set that plays without its script.
fn without_script(of: &Folder) -> Folder {
    let Folder { root, main, text, files, has_patch, single, .. } = of;
    let (root, main, text, files) = (root.clone(), main.clone(), text.clone(), files.clone());
    Folder { root, main, text, files, script: None, has_patch: *has_patch, single: single.clone() }
}

/// Brings what follows the end of a pass into its beginning, from where it fades into that: what comes round exactly stays
/// as it is, and what does not has no step.
fn close(data: &mut Vec<f32>, end: usize, channels: usize) {
    let behind = data.split_off(end.min(data.len()));
    let frames = behind.len() / channels;
    for (i, next) in behind.iter().enumerate() {
        let share = 1.0 - (i / channels) as f32 / frames as f32;
        data[i] += (next - data[i]) * share;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_goes_over_into_its_beginning() {
        let mut same = vec![0.1, 0.2, 0.3, 0.4, 0.1, 0.2];
        close(&mut same, 4, 1);
        assert_eq!(same, [0.1, 0.2, 0.3, 0.4]);
        // A slope that goes on past the end, left and right.
        let mut slope: Vec<f32> = (0..12).flat_map(|i| [i as f32, -(i as f32)]).collect();
        close(&mut slope, 16, 2);
        assert_eq!(slope, [8.0, -8.0, 7.0, -7.0, 6.0, -6.0, 5.0, -5.0, 4.0, -4.0, 5.0, -5.0, 6.0, -6.0, 7.0, -7.0]);
    }
}
