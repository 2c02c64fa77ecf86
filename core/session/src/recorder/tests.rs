//! Recordings, with a disk that stands still when the test says so.

use super::cut_off::Notes;
use super::{Keeps, News, Recorder};
use bf_engine::{Config, Controller, Engine};
use bf_node::NoSamples;
use bf_patch::{Set, TextPatch};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const RATE: u64 = 48_000;
const SET: &str = "beatforge = 1\n[nodes]\nsaw = { type = \"saw\", freq = 110.0 }\nsoft = { type = \"gain\", gain = 0.25 }\n\
                   sine = { type = \"sine\", freq = 333.0 }\nleft = { type = \"strip\", pan = -0.5 }\nout = { type = \"output\" }\n\
                   [cables]\n\"soft\" = \"saw\"\n\"left\" = \"soft\"\n\"out\" = [\"left\", { from = \"sine\", amount = 0.1 }]\n";
const PATIENCE: Duration = Duration::from_secs(60);

struct Stand {
    controller: Controller,
    engine: Engine,
    recorder: Recorder,
    heard: Vec<f32>,
    news: Vec<News>,
    folder: tempfile::TempDir,
    /// The disk goes on for every word, and tells when it has stopped.
    goes: SyncSender<()>,
    stops: Receiver<()>,
}

fn stand(keeps_last: bool) -> Stand {
    let folder = tempfile::tempdir().unwrap();
    let (mut controller, mut engine) =
        Controller::new(Config::default(), crate::registry(), Arc::new(NoSamples) as Arc<_>);
    let main = TextPatch::parse(SET, "set.toml").unwrap().patch().clone();
    controller.load(&Set { main, ..Set::default() }, &|_| 0).unwrap();
    let ((goes, may_go), (tell, stops)) = (sync_channel(1 << 16), sync_channel(1 << 16));
    let may_go = Mutex::new(may_go);
    let hold = Box::new(move || {
        // Who has left has nothing more to hold.
        let _ = tell.try_send(());
        let _ = may_go.lock().unwrap().recv();
    });
    let notes = folder.path().join("notes");
    let keeps = Keeps { own: &folder.path().join("own"), notes: Some(&notes), last: keeps_last };
    let recorder = Recorder::held(&mut controller, &mut engine, keeps, Some(hold)).unwrap();
    stops.recv_timeout(PATIENCE).unwrap();
    Stand { controller, engine, recorder, heard: Vec::new(), news: Vec::new(), folder, goes, stops }
}

impl Stand {
    /// Plays, while the disk stands still.
    fn play(&mut self, frames: u64) {
        let end = self.engine.frame() + frames;
        while self.engine.frame() < end {
            let [left, right] = self.engine.block_now();
            self.heard.extend(left.iter().zip(right).flat_map(|(l, r)| [*l, *r]));
            self.news.extend(self.recorder.poll(&mut self.controller));
        }
    }

    /// Lets the disk go on until all that was heard is taken in.
    fn settle(&mut self) {
        for _ in 0..3 {
            self.goes.send(()).unwrap();
            self.stops.recv_timeout(PATIENCE).unwrap();
        }
    }

    fn start(&mut self, stems: bool) {
        let (out, folder) = (self.folder.path().join("a.wav"), self.folder.path().join("stems"));
        self.recorder.start(1, (out, stems.then_some(folder)), &mut self.controller).unwrap();
    }

    /// Ends it all, and answers what was recorded.
    fn end(mut self) -> (Vec<f32>, Vec<News>, tempfile::TempDir, Vec<f32>) {
        drop(self.goes);
        let mut news = self.news;
        self.recorder.stop(&mut self.controller).unwrap();
        news.extend(self.recorder.end());
        (samples(&self.folder.path().join("a.wav")), news, self.folder, self.heard)
    }
}

fn samples(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    let at = bytes.windows(4).position(|w| w == b"data").unwrap() + 8;
    bytes[at..].chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

fn bits(sound: &[f32]) -> Vec<u32> {
    sound.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn a_disk_that_stands_still_for_more_than_three_seconds_costs_nothing() {
    let mut stand = stand(false);
    stand.settle();
    stand.start(false);
    stand.settle();
    stand.play(RATE * 7 / 2);
    stand.settle();
    stand.play(RATE * 7 / 2);
    let (recorded, news, _folder, heard) = stand.end();
    assert_eq!(recorded.len() as u64, 2 * 7 * RATE);
    assert!(bits(&recorded) == bits(&heard), "{news:?}");
    assert!(heard.iter().any(|x| x.abs() > 0.01));
    assert!(!news.iter().any(|news| matches!(news, News::Problem(_) | News::Ended(_))), "{news:?}");
}

#[test]
fn what_a_disk_that_stands_still_for_longer_costs_is_silent_and_told() {
    let mut stand = stand(false);
    stand.settle();
    stand.start(false);
    stand.settle();
    stand.play(RATE * 6);
    stand.settle();
    stand.play(RATE);
    let (recorded, news, _folder, heard) = stand.end();
    assert_eq!(recorded.len(), heard.len());
    let ring = 4 * 2 * RATE as usize;
    assert!(bits(&recorded[..ring]) == bits(&heard[..ring]));
    assert!(recorded[ring..2 * 6 * RATE as usize].iter().all(|x| *x == 0.0));
    let tail = 2 * 6 * RATE as usize;
    assert!(bits(&recorded[tail..]) == bits(&heard[tail..]));
    assert!(news.iter().any(|n| matches!(n, News::Problem(t) if t.contains("96000 frames are silent"))), "{news:?}");
}

#[test]
fn stems_begin_and_end_with_the_recording_and_add_up_to_it() {
    let mut stand = stand(false);
    stand.play(64 * 100);
    stand.settle();
    stand.start(true);
    stand.play(RATE * 3);
    stand.settle();
    stand.play(RATE / 2);
    let (recorded, news, folder, heard) = stand.end();
    let begin = heard.len() - recorded.len();
    assert!(begin <= 2 * 64 * 102, "{begin} {news:?}");
    let differs = bits(&recorded).iter().zip(&bits(&heard[begin..])).position(|(a, b)| a != b);
    assert_eq!(differs, None, "{begin} of {} {news:?}", heard.len());
    let stems: Vec<Vec<f32>> =
        ["left", "sine"].iter().map(|n| samples(&folder.path().join(format!("stems/{n}.wav")))).collect();
    assert!(stems.iter().all(|stem| stem.len() == recorded.len()), "{news:?}");
    let worst = recorded.iter().enumerate().map(|(i, x)| (stems[0][i] + stems[1][i] - x).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-6 && stems.iter().all(|stem| stem.iter().any(|x| x.abs() > 0.01)), "{worst}");
}

#[test]
fn a_request_is_answered_once_its_file_is_there_or_cannot_be() {
    let mut stand = stand(true);
    let free = stand.folder.path().join("a.wav");
    let taken = stand.folder.path().join("taken.wav");
    std::fs::write(&taken, "mine").unwrap();
    let nowhere = stand.folder.path().join("no/folder/b.wav");
    let answers = |stand: &mut Stand| {
        stand.play(64 * 8);
        stand.settle();
        stand.play(64 * 8);
        let news = core::mem::take(&mut stand.news).into_iter();
        let of = |news| match news {
            News::Answer(request, result) => Some((request, result)),
            News::Refused(request, why) => Some((request, Err(why))),
            _ => None,
        };
        news.filter_map(of).collect::<Vec<_>>()
    };
    for (request, out) in [(3, &taken), (4, &nowhere)] {
        stand.recorder.start(request, (out.clone(), None), &mut stand.controller).unwrap();
        let all = answers(&mut stand);
        assert!(
            matches!(&all[..], [(n, Err(why))] if *n == request && why.contains(&*out.display().to_string())),
            "{all:?}"
        );
    }
    // What was not begun need not be ended first.
    stand.recorder.start(5, (free.clone(), None), &mut stand.controller).unwrap();
    assert_eq!(answers(&mut stand), [(5, Ok(format!("recording into {}", free.display())))]);
    let notes = std::fs::read_dir(stand.folder.path().join("notes")).unwrap().count();
    assert_eq!(notes, 1);
    stand.recorder.last(6, 0.01, taken).unwrap();
    let all = answers(&mut stand);
    assert!(matches!(&all[..], [(6, Err(why))] if why.contains("is there already")), "{all:?}");
    let (.., folder, _) = stand.end();
    for of in ["own", "notes"] {
        assert_eq!(std::fs::read_dir(folder.path().join(of)).unwrap().count(), 0, "{of}");
    }
}

#[test]
fn what_was_cut_off_is_made_whole_when_the_set_is_played_again() {
    let mut cut = stand(false);
    cut.start(false);
    cut.settle();
    cut.play(RATE * 3);
    cut.settle();
    let notes = |folder: &Path| Notes::of(Some(&folder.join("notes")), &folder.join("own"));
    let own = notes(cut.folder.path());
    let part = format!(".a.wav.{}.part", std::process::id());
    // What a program leaves that is killed: another than this one, which is still there. Its number may be another's.
    for killed in [4_194_305, 1] {
        let (left, folder) = (format!(".a.wav.{killed}.part"), tempfile::tempdir().unwrap());
        std::fs::copy(cut.folder.path().join(&part), folder.path().join(&left)).unwrap();
        let note = std::fs::read_to_string(own.path(std::process::id()).unwrap()).unwrap();
        assert!(Path::new(&note).is_file(), "{note}");
        let next = notes(folder.path());
        std::fs::create_dir_all(folder.path().join("notes")).unwrap();
        let note = next.path(killed).unwrap();
        std::fs::write(&note, folder.path().join(&left).to_str().unwrap()).unwrap();
        let alive = std::fs::File::open(&note).unwrap();
        alive.lock().unwrap();
        assert_eq!(super::cut_off::make_whole(&next), [""; 0], "it still writes");
        drop(alive);
        let said = super::cut_off::make_whole(&next);
        let whole = folder.path().join("a.wav");
        assert!(
            matches!(&said[..], [text] if text.contains(whole.to_str().unwrap()) && text.contains("cut off")),
            "{said:?}"
        );
        let (sound, heard) = (samples(&whole), cut.heard.clone());
        assert!(sound.len() as u64 >= 2 * 2 * RATE, "{}", sound.len());
        assert!(bits(&sound) == bits(&heard[..sound.len()]));
        assert!(super::cut_off::make_whole(&next).is_empty() && !note.exists());
    }
    assert_eq!(super::cut_off::make_whole(&own), [""; 0], "this one still records");
    cut.end();
}

/// A set may come from anybody: a note in it names files that this program never wrote.
#[test]
fn a_note_that_came_with_a_set_mends_nothing() {
    let (set, mine) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (own, part) = (set.path().join(".beatforge"), mine.path().join(".mine.wav.1.part"));
    std::fs::create_dir(&own).unwrap();
    std::fs::write(
        &part,
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\xbb\0\0\0w\x01\0\x02\0\x10\0data\0\0\0\0abcd",
    )
    .unwrap();
    let before = std::fs::read(&part).unwrap();
    let notes = Notes::of(Some(&mine.path().join("notes")), &own);
    for name in ["recording-1".into(), notes.path(1).unwrap().file_name().unwrap().to_owned()] {
        std::fs::write(own.join(name), part.to_str().unwrap()).unwrap();
    }
    let (mut controller, mut engine) =
        Controller::new(Config::default(), crate::registry(), Arc::new(NoSamples) as Arc<_>);
    let notes = mine.path().join("notes");
    let keeps = Keeps { own: &own, notes: Some(&notes), last: false };
    let recorder = Recorder::new(&mut controller, &mut engine, keeps).unwrap();
    let news = recorder.end();
    assert!(news.is_empty(), "{news:?}");
    assert!(std::fs::read(&part).unwrap() == before && !mine.path().join("mine.wav").exists());
}

#[test]
fn the_last_minutes_are_what_was_heard() {
    let mut stand = stand(true);
    // More than the file holds, so that it goes round.
    for _ in 0..220 {
        stand.play(RATE * 3);
        stand.settle();
    }
    let out = stand.folder.path().join("last.wav");
    stand.recorder.last(1, 600.0, out.clone()).unwrap();
    let Stand { recorder, goes, heard, folder: _folder, .. } = stand;
    drop(goes);
    let news = recorder.end();
    let last = samples(&out);
    assert_eq!(last.len() as u64, 2 * 600 * RATE, "{news:?}");
    assert!(bits(&last) == bits(&heard[heard.len() - last.len()..]));
}
