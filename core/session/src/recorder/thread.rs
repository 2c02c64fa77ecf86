//! The thread that writes what is heard.

use super::cut_off::{Noted, Notes, make_whole};
use super::last::{Copy, Last};
use super::loud::Listener;
use super::{Keeps, LAST_SECS, News, Order};
use crate::replay::pad;
use bf_engine::Sound;
use bf_media::wav::{Existing, Format, Spec, WriteError, Writer};
use rtrb::Consumer;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

/// How often the rings are emptied.
const EVERY: Duration = Duration::from_millis(5);
/// How long the first piece of the stems is waited for, so that all files begin on one frame.
const STEMS_WAIT: Duration = Duration::from_secs(2);

/// Called before anything is written: a test makes the disk stand still there.
pub(super) type Hold = Box<dyn FnMut() + Send>;

/// What is written, and where it comes from.
pub(super) struct Files {
    rate: u32,
    sound: Consumer<Sound>,
    listener: Listener,
    orders: Receiver<Order>,
    todo: VecDeque<Order>,
    tell: SyncSender<News>,
    last: Option<Last>,
    copy: Option<Copy>,
    noted: Noted,
    take: Option<Take>,
    stems: Vec<(Vec<String>, Consumer<Sound>)>,
    hold: Option<Hold>,
}

/// A recording.
struct Take {
    out: PathBuf,
    /// The folder of the stems.
    stems: Option<PathBuf>,
    asked: Instant,
    /// The frame that it was to begin with, and the one that it does, once that is known.
    at: u64,
    begin: Option<u64>,
    writer: Writer,
    written: u64,
    /// Of a take that is too long for one file, which part this is.
    part: u32,
    files: BTreeMap<String, (Writer, u64)>,
    lost: u64,
}

impl Files {
    pub(super) fn new(
        (rate, sound, listener): (u32, Consumer<Sound>, Listener),
        (orders, tell): (Receiver<Order>, SyncSender<News>),
        keeps: Keeps<'_>,
        hold: Option<Hold>,
    ) -> Files {
        let folder = keeps.own;
        let notes = Notes::of(keeps.notes, folder);
        for said in make_whole(&notes) {
            let _nobody_listens = tell.try_send(News::Problem(said));
        }
        let noted = Noted::new(notes);
        let last = keeps.last.then_some(folder).and_then(|folder| match Last::new(folder, rate, LAST_SECS) {
            Ok(last) => Some(last),
            Err(e) => {
                let why = format!("{}: what was heard last cannot be kept: {e}", folder.display());
                let _nobody_listens = tell.try_send(News::Problem(why));
                None
            }
        });
        let (todo, stems) = (VecDeque::new(), Vec::new());
        Files { rate, sound, listener, orders, todo, tell, last, copy: None, noted, take: None, stems, hold }
    }

    /// Works until nobody gives orders any more.
    pub(super) fn run(mut self) {
        loop {
            if let Some(order) = self.todo.pop_front() {
                self.carry_out(order);
                continue;
            }
            match self.orders.recv_timeout(EVERY) {
                Ok(order) => self.carry_out(order),
                Err(RecvTimeoutError::Timeout) => self.work(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.work();
        self.stop();
        while self.copy.is_some() {
            self.go_on();
        }
    }

    /// Takes in orders between two pieces: a recording begins where it was asked for, however long the disk stood still
    /// meanwhile. What else is to be done waits.
    fn look(&mut self) {
        while let Ok(order) = self.orders.try_recv() {
            if self.todo.is_empty() && matches!(order, Order::Start { .. }) {
                self.carry_out(order);
            } else {
                self.todo.push_back(order);
            }
        }
    }

    fn tell(&self, news: News) {
        // Who does not listen misses it.
        let _ = self.tell.try_send(news);
    }

    fn spec(&self) -> Spec {
        Spec { channels: 2, sample_rate: self.rate, format: Format::Float32 }
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Start { request, out, stems, at } => match Writer::create(&out, self.spec(), Existing::Keep) {
                Ok(writer) => {
                    let (asked, files) = (Instant::now(), BTreeMap::new());
                    self.noted.add(writer.part());
                    self.tell(News::Answer(request, Ok(format!("recording into {}", out.display()))));
                    let (begin, written, part, lost) = (None, 0, 1, 0);
                    self.take = Some(Take { out, stems, asked, at, begin, writer, written, part, files, lost });
                }
                Err(e) => self.tell(News::Refused(request, e.to_string())),
            },
            Order::Stems(names, sound) => self.stems.push((names, sound)),
            Order::Stop => {
                self.work();
                self.stop();
            }
            Order::Last { request, secs, out } => {
                self.take_in();
                let begun = match &mut self.last {
                    _ if self.copy.is_some() => Err("what was heard last is being written already".to_owned()),
                    Some(last) => last.copy(request, secs, out),
                    None => Err("what was heard last is not kept".to_owned()),
                };
                match begun {
                    Ok(copy) => self.copy = Some(copy),
                    Err(why) => self.tell(News::Answer(request, Err(why))),
                }
            }
        }
    }

    fn work(&mut self) {
        if let Some(hold) = &mut self.hold {
            hold();
        }
        if let Some(take) = self.take.as_mut().filter(|take| take.begin.is_none()) {
            let first = self.stems.iter_mut().find_map(|(_, sound)| sound.peek().ok().map(|sound| sound.frame));
            take.begin = first.map(|first| first.max(take.at));
        }
        self.take_in();
        self.take_in_stems();
        self.go_on();
    }

    /// Empties the ring of what is heard.
    fn take_in(&mut self) {
        loop {
            self.look();
            // Its first frame is that of its stems.
            if self.take.as_ref().is_some_and(|take| take.begin.is_none() && take.waits_for_stems()) {
                return;
            }
            let Ok(piece) = self.sound.pop() else { return };
            let len = usize::from(piece.len);
            let [left, right] = [&piece.data[0][..len], &piece.data[1][..len]];
            self.listener.take(piece.frame, [left, right]);
            let silence = vec![0.0; piece.lost as usize];
            if let Some(last) = &mut self.last {
                last.take(&silence, &silence);
                last.take(left, right);
                if let Some(news) = last.news() {
                    self.tell(news);
                }
            }
            let spec = self.spec();
            let Some(take) = &mut self.take else { continue };
            let written = take.piece(&piece, spec, &mut self.noted);
            if let Err(e) = written {
                self.fail(&e);
            }
        }
    }

    fn take_in_stems(&mut self) {
        let mut fault = None;
        // No further than what is heard: all files end on one frame.
        let end = self.take.as_ref().and_then(|take| take.begin.map(|begin| begin + take.written));
        for (names, sound) in &mut self.stems {
            let near = |piece: &Sound| end.is_none_or(|end| piece.frame < end);
            while sound.peek().is_ok_and(near)
                && let Ok(piece) = sound.pop()
            {
                let spec = Spec { channels: 2, sample_rate: self.rate, format: Format::Float32 };
                let name = names.get(usize::from(piece.stem));
                if let (Some(take), Some(name)) = (&mut self.take, name)
                    && let Err(e) = take.stem(name, &piece, spec, &mut self.noted)
                {
                    fault = Some(e);
                }
            }
        }
        self.stems.retain(|(_, sound)| !sound.is_abandoned() || !sound.is_empty());
        if let Some(e) = fault {
            self.fail(&e);
        }
    }

    fn fail(&mut self, e: &WriteError) {
        if let Some(take) = self.take.take() {
            self.noted.clear();
            let again = "beatforge replay makes it again from the history";
            self.tell(News::Ended(format!("the recording has ended after {} frames: {e}; {again}", take.written)));
        }
    }

    fn stop(&mut self) {
        let Some(take) = self.take.take() else { return };
        let (out, lost, secs) = (take.out.clone(), take.lost, take.written as f64 / f64::from(self.rate.max(1)));
        let news = match take.finish() {
            Ok(stems) => {
                let stems = if stems > 0 { format!(" and {stems} stems") } else { String::new() };
                News::Told(format!("{}{stems}: {secs:.2} s recorded", out.display()))
            }
            Err(e) => News::Problem(e.to_string()),
        };
        self.noted.clear();
        self.tell(news);
        if lost > 0 {
            let why = format!("{}: {lost} frames are silent, since the disk stood still for too long", out.display());
            self.tell(News::Problem(why));
        }
    }

    /// Goes on with what was heard last.
    fn go_on(&mut self) {
        let (Some(mut copy), Some(last)) = (self.copy.take(), &mut self.last) else { return };
        let (request, out) = (copy.request, copy.out.display().to_string());
        match last.go_on(&mut copy) {
            Ok(false) => self.copy = Some(copy),
            Ok(true) => {
                let done = copy.finish().map_err(|e| e.to_string());
                let rate = f64::from(self.rate.max(1));
                self.tell(News::Answer(request, done.map(|frames| format!("{out}: {:.2} s", frames as f64 / rate))));
            }
            Err(why) => self.tell(News::Answer(request, Err(format!("{out}: {why}")))),
        }
    }
}

impl Take {
    /// Whether its stems are still on their way.
    fn waits_for_stems(&self) -> bool {
        self.stems.is_some() && self.asked.elapsed() < STEMS_WAIT
    }

    /// Writes a piece of what is heard.
    fn piece(&mut self, piece: &Sound, spec: Spec, noted: &mut Noted) -> Result<(), WriteError> {
        // What was heard before is not part of it.
        if piece.frame < self.begin.unwrap_or(self.at) {
            return Ok(());
        }
        let begin = *self.begin.get_or_insert(piece.frame);
        let gap = (piece.frame - begin).saturating_sub(self.written);
        self.lost += gap;
        let to = self.written + gap;
        pad(&mut self.writer, &mut self.written, to)?;
        let mut buffer = Vec::with_capacity(2 * usize::from(piece.len));
        interleave(piece, &mut buffer);
        match self.writer.write(&buffer) {
            Err(WriteError::TooLong { .. }) => {
                self.part += 1;
                let next = Writer::create(numbered(&self.out, self.part), spec, Existing::Keep)?;
                noted.add(next.part());
                core::mem::replace(&mut self.writer, next).finish()?;
                self.writer.write(&buffer)?;
            }
            other => other?,
        }
        self.written += u64::from(piece.len);
        Ok(())
    }

    /// Writes a piece of a stem.
    fn stem(&mut self, name: &str, piece: &Sound, spec: Spec, noted: &mut Noted) -> Result<(), WriteError> {
        let (Some(begin), Some(folder)) = (self.begin, &self.stems) else { return Ok(()) };
        let Some(at) = piece.frame.checked_sub(begin) else { return Ok(()) };
        if !self.files.contains_key(name) {
            let file = folder.join(format!("{}.wav", name.replace('/', "-")));
            let _there_already = std::fs::create_dir_all(folder);
            let writer = Writer::create(file, spec, Existing::Keep)?;
            noted.add(writer.part());
            self.files.insert(name.to_owned(), (writer, 0));
        }
        let Some((writer, written)) = self.files.get_mut(name) else { return Ok(()) };
        pad(writer, written, at)?;
        let mut buffer = Vec::with_capacity(2 * usize::from(piece.len));
        interleave(piece, &mut buffer);
        writer.write(&buffer)?;
        *written += u64::from(piece.len);
        Ok(())
    }

    /// Ends all files at one frame; how many stems there are.
    fn finish(self) -> Result<usize, WriteError> {
        let (to, stems) = (self.written, self.files.len());
        self.writer.finish()?;
        for (mut writer, mut written) in self.files.into_values() {
            pad(&mut writer, &mut written, to)?;
            writer.finish()?;
        }
        Ok(stems)
    }
}

fn interleave(piece: &Sound, into: &mut Vec<f32>) {
    let [left, right] = &piece.data;
    into.extend(left.iter().zip(right).take(usize::from(piece.len)).flat_map(|(l, r)| [*l, *r]));
}

/// `song.wav` and 2 give `song-2.wav`.
fn numbered(out: &Path, part: u32) -> PathBuf {
    let stem = out.file_stem().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!("{stem}-{part}.wav"))
}
