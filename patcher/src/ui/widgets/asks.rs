//! What hands on values ask of the control thread beyond edits, and what it marks on nodes.

use super::marks::Marks;
use super::take::Take;
use crate::cli::playing::Playing;
use crate::ui::pulse::Glances;
use bf_patch::{Set, SetEdit, Socket};
use bf_session::Message;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So long after texts were read, what changes of the nodes is due to them.
const READ: Duration = Duration::from_millis(1_500);
/// How often the place of what is looked at is told, and how often files and delays are asked for.
const LOOKED: Duration = Duration::from_millis(50);
const ASKED: Duration = Duration::from_millis(1_000);

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ask {
    /// The next control that moves is to move a value; none gives up.
    LearnMidi(Option<Socket>),
    LearnOsc(Option<Socket>),
    /// The turns of a value are to be written as automation.
    Arm(Option<Socket>),
    /// An output is looked at, by its node's path and its place; none is no more.
    Look(Option<(String, usize)>),
}

/// What played before texts were read anew, and until when it is compared with what plays.
struct Before {
    heard: Arc<Set>,
    glances: Arc<Glances>,
    until: Instant,
}

/// The control thread's part.
#[derive(Default)]
pub(crate) struct Asks {
    marks: Arc<Marks>,
    take: Take,
    looks_at: Option<(String, usize)>,
    before: Option<Before>,
    looked: Option<Instant>,
    asked: Option<Instant>,
    wrong: Option<String>,
}

impl Asks {
    /// What is to be drawn.
    pub(crate) fn marks(&self) -> Arc<Marks> {
        Arc::clone(&self.marks)
    }

    /// Does what is asked.
    ///
    /// # Errors
    /// Why not, in the user's words.
    pub(crate) fn grant(&mut self, playing: &mut Playing, ask: Ask) -> Result<(), String> {
        match ask {
            Ask::LearnMidi(target) => playing.learn_midi(target)?,
            Ask::LearnOsc(target) => playing.learn_osc(target)?,
            Ask::Arm(target) => self.take.arm(&mut playing.session, target)?,
            Ask::Look(output) => {
                if output.is_none() {
                    playing.session.controller().shared().scope().rest();
                }
                self.looks_at = output;
                self.look(playing);
            }
        }
        self.mark(playing);
        Ok(())
    }

    /// An edit of a hand is about to be made. Answers what is wrong with what was recorded before.
    pub(crate) fn edits(&mut self, playing: &mut Playing, edit: &SetEdit, gesture: Option<u64>) -> Result<(), String> {
        self.take.edits(&mut playing.session, edit, gesture)
    }

    /// What the window wished for is done.
    pub(crate) fn done(&mut self, playing: &Playing) {
        self.take.heed(&playing.session);
    }

    /// What went wrong since the last call.
    pub(crate) fn wrong(&mut self) -> Option<String> {
        self.wrong.take()
    }

    /// Whether a turn is being recorded.
    pub(crate) fn is_recording(&self) -> bool {
        self.take.is_running()
    }

    /// A gesture ends: what was recorded of it becomes points. Answers what is wrong with them.
    pub(crate) fn end(&mut self, playing: &mut Playing) -> Result<(), String> {
        self.take.end(&mut playing.session)
    }

    fn look(&self, playing: &mut Playing) {
        if let Some((path, output)) = &self.looks_at {
            // What is gone is looked at again once it is back.
            let _ = playing.session.controller().look_at(path, *output);
        }
    }

    /// Time goes on. `now` is what was heard when the window was last told. Answers whether marks have changed.
    pub(crate) fn turn(
        &mut self,
        playing: &mut Playing,
        (read, messages): (bool, &[Message]),
        now: (&Arc<Set>, &Arc<Glances>),
    ) -> bool {
        let marks = Arc::clone(&self.marks);
        if let Err(why) = self.take.turn(&mut playing.session) {
            self.wrong = Some(why);
        }
        let at = Instant::now();
        let begins = messages.iter().filter_map(|message| match message {
            Message::Evaluated { in_secs, .. } => Some(Duration::try_from_secs_f64(*in_secs).unwrap_or_default()),
            Message::Reloaded { .. } => Some(Duration::ZERO),
            _ => None,
        });
        if let Some(after) = begins.chain(read.then_some(Duration::ZERO)).max() {
            let until = at + after + READ;
            let (heard, glances) = (Arc::clone(now.0), Arc::clone(now.1));
            self.before.get_or_insert(Before { heard, glances, until }).until = until;
        }
        for message in messages {
            if let Message::Broken { path, .. } = message {
                Arc::make_mut(&mut self.marks).broken.insert(path.clone(), at);
            }
        }
        if self.looked.is_none_or(|last| last.elapsed() >= LOOKED) {
            self.looked = Some(at);
            self.look(playing);
            self.carry(now, at);
            self.mark(playing);
        }
        !Arc::ptr_eq(&marks, &self.marks)
    }

    fn mark(&mut self, playing: &mut Playing) {
        let (learns_midi, learns_osc) = playing.learns();
        let mut marks = Marks { learns_midi, learns_osc, armed: self.take.armed().cloned(), ..(*self.marks).clone() };
        if self.asked.is_none_or(|last| last.elapsed() >= ASKED) {
            self.asked = Some(Instant::now());
            marks.unread = playing.session.unread();
            let millis = 1e3 / playing.session.sample_rate().max(1) as f32;
            let delays = playing.session.controller().latencies();
            marks.delays = delays.map(|(path, frames)| (path.to_owned(), frames as f32 * millis)).collect();
        }
        marks.fade();
        if marks != *self.marks {
            self.marks = Arc::new(marks);
        }
    }

    /// Which of the nodes whose text has changed went on as they were?
    fn carry(&mut self, (heard, glances): (&Arc<Set>, &Arc<Glances>), at: Instant) {
        let Some(before) = self.before.take() else { return };
        for (name, node) in &heard.main.nodes {
            let Some(was) = before.heard.main.nodes.get(name) else { continue };
            let pair = glances.get(name.as_str()).zip(before.glances.get(name.as_str()));
            let Some(kept) = pair.map(|(is, was)| Arc::ptr_eq(is, was)) else { continue };
            let known = self.marks.carried.get(name.as_str()).map(|(kept, _)| *kept);
            if (!kept || was != node) && known != Some(kept) {
                Arc::make_mut(&mut self.marks).carried.insert(name.to_string(), (kept, at));
            }
        }
        self.before = (before.until >= at).then_some(before);
    }
}
