//! Freezing a node: it sounds as before, costs less, and is itself again afterwards.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod stand;

use bf_patch::{Edit, Name, SetEdit, Socket};
use bf_session::{
    CollectRequest, Freeze, FreezeError, Length, Options, RenderRequest, Session, collect, registry, render, wav,
};
use stand::{Stand, differs};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// At 120 beats a minute a bar has 96,000 frames. All of it begins anew with each hit, and nothing of it is left to chance.
const SET: &str = r#"beatforge = 1
tempo = 120.0

[nodes]
beat = { type = "euclid", pulses = 3, steps = 8, rate = "1/8" } # three of eight
drum = { type = "kick", decay = 0.2, click = 0.0 }
tone = { type = "svf", cutoff = 900.0 }
level = { type = "gain", gain = 0.5 }
out = { type = "output" }

[cables]
"drum" = "beat"
"tone" = "drum"
"level" = "tone.low"
"out" = "level"
"#;
const BAR: usize = 96_000;
/// So far into one a node is frozen.
const INTO: usize = 4_800;

fn wish(node: &str, bars: u32) -> Freeze {
    Freeze { file: None, node: Name::new(node), bars }
}

/// Freezes a node as the window does, without waiting for a bar.
fn freeze(stand: &mut Stand, wish: Freeze) -> Result<String, FreezeError> {
    let mut last = 0.0;
    let frost = stand.session.freeze(wish)?.run(&mut |share| last = share, &AtomicBool::new(false))?;
    assert_eq!(last, 1.0);
    while !stand.session.has_frozen(&frost) {
        stand.session.poll();
        std::thread::yield_now();
    }
    Ok(stand.session.set_frozen(&frost).unwrap())
}

fn nodes(session: &mut Session) -> Vec<String> {
    let plan = session.controller().plan().unwrap();
    plan.flat.nodes.iter().filter(|n| !n.ghost).map(|n| n.key.path.to_string()).collect()
}

fn loudest(sound: &[f32]) -> f32 {
    sound.iter().fold(0.0, |most, x| x.abs().max(most))
}

/// How far two sounds are apart at most.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |most, (a, b)| (a - b).abs().max(most))
}

fn files(folder: &Path) -> Vec<String> {
    let list = std::fs::read_dir(folder.join("frozen")).into_iter().flatten();
    let mut all: Vec<String> = list.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    all.sort();
    all
}

#[test]
fn a_frozen_node_sounds_as_before_and_costs_less_and_comes_back() {
    let mut stand = Stand::new(64, &[("set.toml", SET)]);
    let first = stand.session.set().clone();
    let before = nodes(&mut stand.session);
    // Into a bar, as the window does it: with what sounds then.
    let plays = stand.run(4 * BAR + INTO);
    assert!(loudest(&plays) > 0.05);
    let said = freeze(&mut stand, wish("tone", 2)).unwrap();
    assert!(said.contains("tone is frozen: 2 bars") && said.contains("frozen/tone.wav"), "{said}");
    let frozen = stand.run(4 * BAR);
    let (was, is) = (&plays[2 * BAR + INTO..], &frozen[2 * BAR..]);
    assert!(apart(was, is) < 1e-6, "{}", apart(was, is));
    // Through the exchange as well.
    assert!(apart(&was[..960], &frozen[..960]) < 1e-6, "{}", apart(&was[..960], &frozen[..960]));
    assert_eq!(nodes(&mut stand.session), ["level", "out", "tone/~frozen/low"]);
    assert_eq!(before.len(), 5);
    let wave = stand.folder.path().join("frozen/tone.wav");
    assert_eq!(bf_session::measure_file(&wave).unwrap().secs, 4.0);
    // One step back, and forth, and back by hand.
    assert_eq!(stand.session.history().undoable().next(), Some("freeze tone"));
    assert!(stand.session.undo().unwrap());
    assert_eq!(*stand.session.set(), first);
    stand.run(BAR);
    let mut back = nodes(&mut stand.session);
    back.sort();
    assert_eq!(back, ["beat", "drum", "level", "out", "tone"]);
    assert!(stand.session.redo().unwrap());
    assert!(loudest(&stand.run(BAR)) > 0.05);
    stand.session.unfreeze(None, &[Name::new("tone")]).unwrap();
    assert_eq!(*stand.session.set(), first);
    assert!(stand.session.undo().unwrap());
    assert_ne!(*stand.session.set(), first, "unfreezing is a step of its own");
    assert!(stand.session.unfreeze(None, &[Name::new("level")]).unwrap_err().contains("nothing of it is frozen"));
    // Another file, as undo may lead back to the first.
    stand.session.unfreeze(None, &[Name::new("tone")]).unwrap();
    freeze(&mut stand, wish("tone", 1)).unwrap();
    assert_eq!(files(stand.folder.path()), ["tone-2.wav", "tone.wav"]);
}

#[test]
fn a_frozen_set_is_saved_opened_and_rendered_with_the_same_bits() {
    let mut stand = Stand::new(64, &[("set.toml", SET)]);
    let plays = stand.run(4 * BAR);
    freeze(&mut stand, wish("tone", 2)).unwrap();
    stand.session.save().unwrap();
    let text = std::fs::read_to_string(stand.folder.path().join("set.toml")).unwrap();
    assert!(text.contains(r#"frozen = { beats = 8.0, mono = true, low = "frozen/tone.wav" }"#), "{text}");
    assert!(text.contains("# three of eight"));
    let folder = stand.folder;
    drop(stand.session);
    let mut again = Stand::open(folder, 64);
    assert!(again.faults().is_empty());
    let frozen = again.run(4 * BAR);
    // The second pass: what rings on over the seam is in it.
    assert!(apart(&plays[2 * BAR..], &frozen[2 * BAR..]) < 1e-6, "{}", apart(&plays[2 * BAR..], &frozen[2 * BAR..]));
    for block in [16, 512] {
        let mut other = Stand::open(tempfile::tempdir().unwrap_or_else(|_| unreachable!()).pipe(&again), block);
        assert_eq!(differs(&other.run(4 * BAR), &frozen), None, "block {block}");
    }
    let out = again.folder.path().join("out.wav");
    let request = RenderRequest {
        set: again.folder.path().to_owned(),
        out: out.clone(),
        length: Length::Cycles(4.0),
        format: wav::Format::Float32,
        existing: wav::Existing::Replace,
        stems: false,
        options: Options::default(),
    };
    let report = render(&request, registry(), &mut |_| (), &AtomicBool::new(false)).unwrap();
    assert!(report.messages.is_empty() && report.frames == 4 * BAR as u64, "{:?}", report.messages);
}

/// A copy of a folder.
trait Pipe {
    fn pipe(self, of: &Stand) -> tempfile::TempDir;
}

impl Pipe for tempfile::TempDir {
    fn pipe(self, of: &Stand) -> tempfile::TempDir {
        let from = of.folder.path();
        std::fs::create_dir_all(self.path().join("frozen")).unwrap();
        for file in ["set.toml", "frozen/tone.wav"] {
            std::fs::copy(from.join(file), self.path().join(file)).unwrap();
        }
        self
    }
}

#[test]
fn a_missing_file_is_named_with_its_line_and_the_node_plays_itself() {
    let mut stand = Stand::new(64, &[("set.toml", SET)]);
    let plays = stand.run(BAR);
    freeze(&mut stand, wish("tone", 1)).unwrap();
    stand.session.save().unwrap();
    std::fs::remove_file(stand.folder.path().join("frozen/tone.wav")).unwrap();
    let folder = stand.folder;
    drop(stand.session);
    let mut again = Stand::open(folder, 64);
    let faults = again.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].line == 7 && faults[0].message.contains("frozen/tone.wav"), "{faults:?}");
    assert!(faults[0].hint.as_ref().unwrap().contains("plays itself"), "{faults:?}");
    assert_eq!(differs(&again.run(BAR), &plays), None);
}

#[test]
fn a_file_from_elsewhere_is_collected() {
    let mut stand = Stand::new(64, &[("set.toml", SET)]);
    stand.run(960);
    freeze(&mut stand, wish("tone", 1)).unwrap();
    stand.session.save().unwrap();
    let (set, elsewhere) = (stand.folder.path().join("set.toml"), tempfile::tempdir().unwrap());
    let there = elsewhere.path().join("cold.wav");
    std::fs::rename(stand.folder.path().join("frozen/tone.wav"), &there).unwrap();
    let text = std::fs::read_to_string(&set).unwrap();
    std::fs::write(&set, text.replace("frozen/tone.wav", &there.to_string_lossy().replace('\\', "/"))).unwrap();
    let request = CollectRequest { set: stand.folder.path().to_owned(), existing: wav::Existing::Keep, dry: false };
    let done = collect(&request, &registry()).unwrap();
    assert_eq!(done.files.len(), 1, "{done:?}");
    let text = std::fs::read_to_string(&set).unwrap();
    assert!(text.contains(r#"low = "samples/cold.wav""#), "{text}");
    let folder = stand.folder;
    drop(stand.session);
    let mut again = Stand::open(folder, 64);
    assert!(again.faults().is_empty() && loudest(&again.run(BAR)) > 0.05);
}

#[test]
fn what_rings_on_at_the_end_is_in_the_beginning_and_what_does_not_come_round_has_no_step() {
    // A tone that is nowhere near a whole number of its periods, and an echo that rings over the seam.
    let text =
        SET.replace("drum = { type = \"kick\", decay = 0.2, click = 0.0 }", "drum = { type = \"sine\", freq = 110.3 }");
    let text = text
        .replace("\"drum\" = \"beat\"\n", "")
        .replace("beat = { type = \"euclid\", pulses = 3, steps = 8, rate = \"1/8\" } # three of eight\n", "");
    let mut stand = Stand::new(64, &[("set.toml", &text)]);
    stand.run(BAR);
    freeze(&mut stand, wish("tone", 1)).unwrap();
    let sound = stand.run(3 * BAR);
    let steps = sound.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    // 110.3 Hz moves by 0.0144 a frame; the gain takes half, and two tones that cross may add up.
    assert!(steps.fold(0.0, f32::max) < 0.0145);
}

#[test]
fn a_value_of_a_frozen_node_does_nothing_and_acts_once_it_is_unfrozen() {
    let mut stand = Stand::new(64, &[("set.toml", SET)]);
    stand.run(BAR);
    freeze(&mut stand, wish("level", 1)).unwrap();
    stand.run(BAR);
    let frozen = stand.run(BAR);
    assert!(loudest(&frozen) > 0.05);
    let target = Socket::new("level", "gain");
    let edit = SetEdit::main(Edit::SetParam { target, value: Some(0.0.into()) });
    stand.session.apply(&edit, "silence", None).unwrap();
    assert_eq!(differs(&stand.run(BAR), &frozen), None);
    stand.session.unfreeze(None, &[Name::new("level")]).unwrap();
    stand.run(9_600);
    assert_eq!(loudest(&stand.run(BAR)), 0.0);
}

#[test]
fn what_was_changed_meanwhile_is_told() {
    let mut stand = Stand::new(64, &[("set.toml", SET)]);
    stand.run(960);
    let work = stand.session.freeze(wish("tone", 1)).unwrap();
    let frost = work.run(&mut |_| (), &AtomicBool::new(false)).unwrap();
    let apply = |stand: &mut Stand, edit: Edit| stand.session.apply(&SetEdit::main(edit), "x", None).unwrap();
    // What does not lead there does not count.
    apply(&mut stand, Edit::SetParam { target: Socket::new("level", "gain"), value: Some(0.25.into()) });
    assert!(!stand.session.set_frozen(&frost).unwrap().contains("changed"));
    assert!(stand.session.undo().unwrap());
    apply(&mut stand, Edit::SetParam { target: Socket::new("drum", "decay"), value: Some(0.1.into()) });
    assert!(stand.session.set_frozen(&frost).unwrap().contains("it was changed"));
    assert!(stand.session.undo().unwrap());
    apply(&mut stand, Edit::RemoveNode { name: "tone".into() });
    assert!(stand.session.set_frozen(&frost).unwrap_err().contains("went while it was rendered"));
}

#[test]
fn cancelling_leaves_no_file_and_the_set_as_it_was() {
    let mut stand = Stand::new(64, &[("set.toml", SET)]);
    let first = stand.session.set().clone();
    stand.run(960);
    let cancel = AtomicBool::new(false);
    let work = stand.session.freeze(wish("tone", 16)).unwrap();
    let half = |share: f64| cancel.store(share > 0.3, std::sync::atomic::Ordering::Relaxed);
    let why = work.run(&mut { half }, &cancel).unwrap_err();
    assert!(matches!(why, FreezeError::Cancelled(_)), "{why}");
    assert!(files(stand.folder.path()).is_empty() && *stand.session.set() == first);
}

#[test]
fn what_cannot_be_frozen_says_why() {
    let text = SET
        .replace("[cables]", "alone = { type = \"sine\" }\ndesk = { type = \"strip\" }\n[cables]\n\"desk\" = \"drum\"");
    let mut stand =
        Stand::new(64, &[("set.toml", &text.replace("\"out\" = \"level\"", "\"out\" = [\"level\", \"desk\"]"))]);
    stand.run(960);
    let mut says = |node: &str, bars: u32, part: &str| {
        let why = freeze(&mut stand, wish(node, bars)).unwrap_err().to_string();
        assert!(why.contains(part), "{node}: {why}");
    };
    says("nobody", 1, "there is no node nobody");
    says("alone", 1, "nothing is heard of alone");
    says("desk", 1, "is a strip");
    says("beat", 1, "sends notes to drum");
    says("tone", 0, "at least 1 bar");
    says("tone", 257, "at least 1 bar");
    let silent = Edit::SetParam { target: Socket::new("beat", "pulses"), value: Some(0.0.into()) };
    stand.session.apply(&SetEdit::main(silent), "no hits", None).unwrap();
    assert!(matches!(freeze(&mut stand, wish("tone", 1)), Err(FreezeError::Silent(_))));
    assert!(files(stand.folder.path()).is_empty());
    assert!(stand.session.undo().unwrap());
    let bypass = Edit::SetParam { target: Socket::new("tone", "bypass"), value: Some(true.into()) };
    stand.session.apply(&SetEdit::main(bypass), "bypass", None).unwrap();
    assert!(matches!(freeze(&mut stand, wish("tone", 1)), Err(FreezeError::Bypassed(_))));
    assert!(stand.session.undo().unwrap());
    freeze(&mut stand, wish("tone", 1)).unwrap();
    assert!(matches!(freeze(&mut stand, wish("tone", 1)), Err(FreezeError::Already(_))));
}

#[test]
fn what_a_script_plays_is_left_to_it() {
    let script = "tempo(120);\nnode(\"verb\", plate(#{ decay: 1.0 }));\ncable(\"verb\", \"level\");\n";
    let mut stand = Stand::new(64, &[("set.toml", SET), ("live.rhai", script)]);
    stand.run(4_800);
    assert!(matches!(freeze(&mut stand, wish("verb", 1)), Err(FreezeError::Script(_))));
    assert!(matches!(freeze(&mut stand, wish("level", 1)), Err(FreezeError::Guest { .. })));
    freeze(&mut stand, wish("tone", 1)).unwrap();
}

#[test]
fn a_node_inside_a_patch_is_frozen_where_it_plays_once() {
    let inner = "beatforge = 1\n[nodes]\ntone = { type = \"svf\", cutoff = 900.0 }\n[inputs]\ninput = \"tone\"\n\
        [outputs]\nout = \"tone.low\"\n";
    let text = SET.replace("{ type = \"svf\", cutoff = 900.0 }", "{ type = \"patch\", file = \"inner.toml\" }");
    let text = text.replace("tone.low", "tone");
    let mut stand = Stand::new(64, &[("set.toml", &text), ("inner.toml", inner)]);
    let plays = stand.run(4 * BAR);
    let within = Freeze { file: Some("inner.toml".to_owned()), node: Name::new("tone"), bars: 2 };
    freeze(&mut stand, within.clone()).unwrap();
    let frozen = stand.run(4 * BAR);
    assert!(apart(&plays[2 * BAR..], &frozen[2 * BAR..]) < 1e-6);
    stand.session.unfreeze(Some("inner.toml"), &[Name::new("tone")]).unwrap();
    // The instance as a whole.
    freeze(&mut stand, wish("tone", 2)).unwrap();
    let frozen = stand.run(4 * BAR);
    assert!(apart(&plays[2 * BAR..], &frozen[2 * BAR..]) < 1e-6);
    assert_eq!(nodes(&mut stand.session), ["level", "out", "tone/~frozen/out"]);
    stand.session.unfreeze(None, &[Name::new("tone")]).unwrap();
    let node = bf_patch::Node::new("patch").with("file", "inner.toml");
    let add = Edit::AddNode { name: "second".into(), node: node.clone(), at: None };
    stand.session.apply(&SetEdit::main(add), "add", None).unwrap();
    assert!(matches!(freeze(&mut stand, within.clone()), Err(FreezeError::Places { count: 2, .. })));
    assert!(stand.session.undo().unwrap());
    let voices = Edit::SetParam { target: Socket::new("tone", "voices"), value: Some(4.0.into()) };
    stand.session.apply_as_written(&SetEdit::main(voices), "voices", None).unwrap();
    assert!(matches!(freeze(&mut stand, within), Err(FreezeError::Voice { .. })));
}

#[test]
fn latency_on_the_way_and_beside_it_is_taken_out() {
    // A limiter looks ahead; the one beside does so longer and leads elsewhere.
    let text = SET.replace(
        "tone = { type = \"svf\", cutoff = 900.0 }",
        "tone = { type = \"limiter\" }\nbeside = { type = \"limiter\" }\nthen = { type = \"limiter\" }",
    );
    let text =
        text.replace("\"level\" = \"tone.low\"", "\"level\" = \"tone\"\n\"beside\" = \"drum\"\n\"then\" = \"beside\"");
    let text = text.replace("\"out\" = \"level\"", "\"out\" = [\"level\", \"then\"]");
    let mut stand = Stand::new(64, &[("set.toml", &text)]);
    let plays = stand.run(4 * BAR);
    freeze(&mut stand, wish("tone", 2)).unwrap();
    let frozen = stand.run(4 * BAR);
    // Its gain never comes to rest: -100 dB.
    assert!(apart(&plays[2 * BAR..], &frozen[2 * BAR..]) < 1e-5, "{}", apart(&plays[2 * BAR..], &frozen[2 * BAR..]));
}
