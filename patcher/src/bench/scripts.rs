//! Scripts under sound: how long from a key press to another frame, and a storm of evaluations of which some are broken.

use super::again;
use super::yardstick::Yardstick;
use super::{Arguments, Scratch, soak};
use crate::count;
use bf_session::remote::Quant;
use bf_session::{
    BackendKind, Block, DeviceRequest, Devices, Engine, Message, Move, Options, Script, Session, When, registry,
};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{TrySendError, sync_channel};
use std::time::{Duration, Instant};

/// Tracks of the set, and its lines.
const TRACKS: u64 = 48;
const LINES: usize = 200;
/// Each voice of a track is a constant of this level that rises and falls over [`RISE`] frames. All voices of all tracks may at
/// once, as where notes that came late are played together; a cut of one is three times as much.
const LEVEL: f32 = 0.02;
const RISE: f32 = 2_400.0;
const VOICES: u64 = 16;
const ALLOWED: f32 = (TRACKS * VOICES) as f32 * LEVEL / RISE;

/// Numbers that look random.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// A set of 200 lines: an instrument, tracks, and what a performer writes beside them.
fn text(dice: &mut Dice, broken: bool) -> String {
    let mut text = String::from("tempo(130);\n\nfn twice(p) { p.fast(2) }\n\n");
    let rise = RISE / 48_000.0;
    _ = writeln!(
        text,
        "instrument(\"level\", {VOICES}, |v| constant(1.0) >> gain(adsr(v.gate, {rise}, 0.01, 1.0, {rise})) >> gain({LEVEL}));\n"
    );
    let rhythms = ["0", "0 3", "0*4", "<0 2> 4", "0 [2 3] ~ 5", "0(3,8)", "[0,4] ~", "0*2 ~ 7?"];
    let changes = ["", ".fast(2)", ".every(3, rev)", ".off(1/8, |p| p.add(7))", ".slow(2)", ".sometimes(twice)"];
    for track in 0..TRACKS {
        if dice.roll(8) == 0 {
            continue;
        }
        let rhythm = rhythms[dice.roll(8) as usize];
        let change = changes[dice.roll(6) as usize];
        _ = writeln!(text, "track(\"t{track}\", n(\"{rhythm}\").s(\"level\"){change});\n");
    }
    if broken {
        let slips =
            ["track(\"x\", s(\"bd [\"));", "loop {}", "trak(\"x\", s(\"bd\"));", "let x = ;", "d1(n(\"0\").fastt(2));"];
        text += slips[dice.roll(5) as usize];
        text.push('\n');
    }
    while text.lines().count() < LINES {
        text += "// a line of words\n";
    }
    text
}

/// What the callback tells.
#[derive(Default)]
struct Heard {
    frames: AtomicU64,
    /// The first frame at which the left side is above a level, once that is asked for.
    above: AtomicU64,
    watch: AtomicBool,
    clicks: AtomicU64,
    worst: AtomicU64,
    yardstick: Yardstick,
    /// Whether fixed work is measured beside the engine.
    beside: AtomicBool,
}

fn listener(mut engine: Engine, heard: Arc<Heard>) -> impl FnMut(&mut Block<'_>) + Send {
    let mut last = 0.0f32;
    move |block| {
        let channels = block.outputs;
        let limit = (block.output.len() / channels) as u64 * 1_000_000 / 48;
        let output = &mut *block.output;
        if heard.beside.load(Relaxed) {
            heard.yardstick.beside(limit, || count::watched(|| engine.process(output, channels)));
        } else {
            count::watched(|| engine.process(output, channels));
        }
        let from = heard.frames.load(Relaxed);
        for (i, frame) in block.output.chunks_exact(channels).enumerate() {
            let step = (frame[0] - last).abs();
            last = frame[0];
            heard.worst.fetch_max((step * 1e6) as u64, Relaxed);
            if step > ALLOWED {
                heard.clicks.fetch_add(1, Relaxed);
            }
            if heard.watch.load(Relaxed) && frame[0].abs() > 1e-4 && heard.above.load(Relaxed) == 0 {
                heard.above.store(from + i as u64 + 1, Relaxed);
            }
        }
        heard.frames.fetch_add((block.output.len() / channels) as u64, Relaxed);
    }
}

/// A set that plays on the null device.
struct Stand {
    session: Session,
    heard: Arc<Heard>,
    _stream: Box<dyn std::any::Any>,
    _scratch: Scratch,
}

fn stand(a: &Arguments, live: &str) -> Result<Stand, String> {
    let scratch = Scratch::new(&[("set.toml", SET), ("live.rhai", live)])?;
    let options = Options { block: a.block, measure: true, wait_for_scripts: false, ..Options::default() };
    let (mut session, mut engine) = Session::open(&scratch.0, registry(), options).map_err(|e| e.to_string())?;
    session.controller().transport(Move::Play, When::Frame(0));
    engine.prime();
    let heard = Arc::new(Heard::default());
    let request = DeviceRequest {
        backend: BackendKind::Null,
        sample_rate: Some(48_000),
        block: Some(a.block as u32),
        ..DeviceRequest::default()
    };
    let device = Devices::new().open(&request).map_err(|e| e.to_string())?;
    let stream = device.start(Box::new(listener(engine, Arc::clone(&heard)))).map_err(|e| e.to_string())?;
    Ok(Stand { session, heard, _stream: Box::new(stream), _scratch: scratch })
}

/// Polls until a message about a request comes.
fn wait(session: &mut Session, request: u64) -> Option<Message> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(5) {
        session.poll();
        for message in session.messages() {
            match message {
                Message::Heard { request: r, .. } | Message::Refused { request: r, .. } if r == request => {
                    return Some(message);
                }
                _ => {}
            }
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    None
}

/// From the call that a key press makes to the first frame that differs, in a set of 200 lines.
pub(crate) fn eval(a: &Arguments) -> Result<(), String> {
    let mut silent = String::from("tempo(130);\n\n");
    silent += &text(&mut Dice(a.seed), false).replace("n(\"", "n(\"~ ~ ~ ~\").add(\"");
    let sounding = format!("{silent}\nnode(\"tone\", constant(0.1));\n");
    let mut stand = stand(a, &silent)?;
    let mut all = Vec::new();
    for round in 0..40 {
        let play = round % 2 == 0;
        std::thread::sleep(Duration::from_millis(60));
        stand.heard.above.store(0, Relaxed);
        stand.heard.watch.store(play, Relaxed);
        let pressed = stand.heard.frames.load(Relaxed);
        let began = Instant::now();
        let text = if play { &sounding } else { &silent };
        let script = Script { file: "live.rhai".into(), text: text.clone(), part: None, quant: Quant::Now };
        let request = stand.session.evaluate(script);
        let told = wait(&mut stand.session, request);
        if !matches!(told, Some(Message::Heard { .. })) {
            return Err(format!("it was not heard: {told:?}"));
        }
        let committed = began.elapsed();
        if !play {
            continue;
        }
        while stand.heard.above.load(Relaxed) == 0 && began.elapsed() < Duration::from_secs(2) {
            stand.session.poll();
            std::thread::sleep(Duration::from_micros(200));
        }
        let frames = stand.heard.above.load(Relaxed).saturating_sub(pressed);
        all.push((frames as f64 / 48.0, committed.as_secs_f64() * 1e3));
    }
    all.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (median, worst) = (all[all.len() / 2], all[all.len() - 1]);
    let block = a.block as f64 / 48.0;
    if a.json {
        let line = serde_json::json!({
            "bench": "eval", "lines": LINES, "median_ms": median.0, "worst_ms": worst.0, "block_ms": block,
            "evaluated_ms": median.1,
        });
        println!("{line}");
    } else {
        println!(
            "eval   {:.1} ms from the key press to the first other frame (median of {}; {:.1} at worst), in a set of {LINES} \
             lines; a block is {block:.1} ms",
            median.0,
            all.len(),
            worst.0
        );
    }
    if median.0 <= block + 10.0 { Ok(()) } else { Err("more than a block and 10 ms".to_owned()) }
}

/// Random evaluations under sound, one in five of them broken.
pub(crate) fn storm(a: &Arguments) -> Result<(), String> {
    let mut dice = Dice(a.seed);
    let first = text(&mut dice, false);
    let mut stand = stand(a, &first)?;
    let (allocations, mut heard, mut refused) = (count::count(), 0u64, 0u64);
    let mut half = None;
    let mut last = first;
    // Beside the control thread: it has notes to send.
    let (compare, compared) = sync_channel::<(Playing, String)>(4);
    let checker = std::thread::spawn(move || {
        let mut others = Vec::new();
        for (playing, text) in compared {
            others.extend(playing.differs(&text, false)?);
        }
        Ok::<Vec<String>, String>(others)
    });
    stand.heard.beside.store(true, Relaxed);
    for round in 0..a.count {
        let broken = round % 5 == 4;
        let text = text(&mut dice, broken);
        let script = Script { file: "live.rhai".into(), text: text.clone(), part: None, quant: Quant::Now };
        let request = stand.session.evaluate(script);
        match wait(&mut stand.session, request) {
            Some(Message::Heard { .. }) if !broken => heard += 1,
            Some(Message::Refused { .. }) if broken => refused += 1,
            other => return Err(format!("evaluation {round} (broken: {broken}) came to {other:?}")),
        }
        if !broken {
            last = text;
        }
        // A broken one has changed nothing.
        let mut snapshot = Some((Playing::of(&stand.session), last.clone()));
        while let Some(TrySendError::Full(waits)) = snapshot.take().and_then(|s| compare.try_send(s).err()) {
            snapshot = Some(waits);
            stand.session.poll();
            std::thread::sleep(Duration::from_millis(1));
        }
        if round == a.count / 2 {
            half = soak::resident();
        }
    }
    // What has left rings out, by the clock of the device: a busy machine's may lag.
    let settled = stand.heard.frames.load(Relaxed) + 6 * 48_000;
    let settle = Instant::now();
    while stand.heard.frames.load(Relaxed) < settled && settle.elapsed() < Duration::from_secs(60) {
        stand.session.poll();
        std::thread::sleep(Duration::from_millis(2));
    }
    let allocations = count::count() - allocations;
    let grown = half.zip(soak::resident()).map(|(from, to)| to as i64 - from as i64);
    let status = stand.session.controller().shared().status();
    drop(compare);
    let others = checker.join().map_err(|_| "the comparison fell".to_owned())??;
    let left = Playing::of(&stand.session).differs(&last, true)?;
    let same = left.is_none() && others.is_empty();
    let clicks = stand.heard.clicks.load(Relaxed);
    println!(
        "reload {heard} evaluations heard, {refused} refused of those that were broken; after {} of them something else plays \
         than a fresh start does (nodes, and events of four cycles); in the end the same: {}",
        others.len(),
        if left.is_none() { "yes" } else { "NO" }
    );
    for what in others.iter().take(3).chain(&left) {
        println!("       {}", what.chars().take(600).collect::<String>());
    }
    println!(
        "       {allocations} allocations or frees on the audio thread; {} of {} blocks missed by CPU time (worst {:.0} us of {:.0})",
        status.missed,
        status.blocks,
        status.worst_ns as f64 / 1e3,
        a.block as f64 / 48.0 * 1e3
    );
    println!(
        "       {clicks} steps greater than rises allow (greatest {:.6} of {ALLOWED:.6}); {} late, {} shed; memory {} in the second half",
        stand.heard.worst.load(Relaxed) as f64 / 1e6,
        status.late,
        status.shed,
        grown.map_or("unknown".to_owned(), |g| format!("{:+.2} MiB", g as f64 / 1_048_576.0)),
    );
    let missed = stand.heard.yardstick.judge(status.missed);
    again::least(again::Work::Evaluations, a)?;
    let flat = grown.is_none_or(|g| g < 8 << 20);
    if allocations + clicks == 0 && !missed && same && flat && LEVEL > 3.0 * ALLOWED {
        Ok(())
    } else {
        Err("a law was broken".to_owned())
    }
}

/// Blocks after each evaluation that is made without a device: about as many as come while one is worked on.
const BLOCKS: usize = 30;

/// The same evaluations without a device, each followed by so many blocks.
pub(crate) fn offline(a: &Arguments, mut block: impl FnMut(&mut Engine)) -> Result<(), String> {
    let mut dice = Dice(a.seed);
    let scratch = Scratch::new(&[("set.toml", SET), ("live.rhai", &text(&mut dice, false))])?;
    let options = Options { block: a.block, measure: true, wait_for_scripts: true, ..Options::default() };
    let (mut session, mut engine) = Session::open(&scratch.0, registry(), options).map_err(|e| e.to_string())?;
    session.controller().transport(Move::Play, When::Frame(0));
    engine.prime();
    for round in 0..a.count {
        // What is broken changes nothing, and what never ends would only be waited for.
        let text = text(&mut dice, false);
        if round % 5 != 4 {
            session.evaluate(Script { file: "live.rhai".into(), text, part: None, quant: Quant::Now });
        }
        for _ in 0..BLOCKS {
            session.poll();
            block(&mut engine);
        }
        session.messages();
    }
    Ok(())
}

/// An output without a limiter.
const SET: &str = "beatforge = 1\n[nodes]\nout = { type = \"output\" }\n";

/// What a session plays.
struct Playing {
    set: bf_patch::Set,
    tracks: Vec<bf_session::script::Track>,
}

impl Playing {
    fn of(session: &Session) -> Playing {
        Playing { set: session.heard(), tracks: session.wanted().tracks }
    }

    fn events(&self) -> Result<Vec<(String, String)>, String> {
        let query = bf_pattern::Query::default();
        let ask = |t: &bf_session::script::Track| {
            let span = bf_pattern::Span::new(0, 4);
            t.pattern.query(span, &query).map(|events| (t.name.to_string(), format!("{events:?}")))
        };
        self.tracks.iter().map(ask).collect::<Result<Vec<_>, _>>().map_err(|e| e.to_string())
    }

    /// What of it differs from what a fresh session plays that opens the text; before it has settled, what leaves may still
    /// be there.
    fn differs(&self, text: &str, settled: bool) -> Result<Option<String>, String> {
        let scratch = Scratch::new(&[("set.toml", SET), ("live.rhai", text)])?;
        let fresh = Session::open(&scratch.0, registry(), Options::default()).map_err(|e| e.to_string())?.0;
        let new = Playing::of(&fresh);
        let (mine, theirs) = (&self.set.main, &new.set.main);
        let missing = theirs.nodes.iter().find(|(name, node)| mine.nodes.get(*name) != Some(node));
        let extra = mine.nodes.keys().find(|name| settled && !theirs.nodes.contains_key(*name));
        let file = new.set.files.iter().find(|(name, file)| self.set.files.get(*name) != Some(file));
        // The patterns of closures need the host that made them: it lives as long as its session.
        let (events, wanted) = (self.events()?, new.events()?);
        Ok(if let Some((name, node)) = missing {
            Some(format!("node {name} is {:?}, fresh {node:?}", mine.nodes.get(name)))
        } else if let Some(name) = extra {
            Some(format!("node {name} is still there"))
        } else if let Some((name, _)) = file {
            Some(format!("patch {name} is another"))
        } else if settled && mine.cables != theirs.cables {
            Some("cables differ".to_owned())
        } else if events != wanted {
            let odd = wanted.iter().zip(&events).find(|(a, b)| a != b);
            Some(format!("events differ: {} tracks, fresh {}; {odd:?}", events.len(), wanted.len()))
        } else {
            None
        })
    }
}
