//! Stems begin together, whatever their strips wait for, and add up to what is heard.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod stand;

use bf_session::wav::{Existing, Format};
use bf_session::{KeepLast, Length, Options, RenderRequest, Session, registry, render};
use stand::write;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Two clicks of one moment: one through a limiter, which looks 240 frames ahead.
const SET: &str = "beatforge = 1\n[nodes]\nbeat = { type = \"steps\", steps = \"x...\" }\nkick = { type = \"kick\", gain = 0.2 }\n\
    slow = { type = \"limiter\" }\na = { type = \"strip\" }\nb = { type = \"strip\" }\nout = { type = \"output\" }\n\
    [cables]\n\"kick\" = \"beat\"\n\"slow\" = \"kick\"\n\"a\" = \"slow\"\n\"b\" = \"kick\"\n\"out\" = [\"a\", \"b\"]\n";

fn samples(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    let at = bytes.windows(4).position(|w| w == b"data").unwrap() + 8;
    bytes[at..].chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

/// Whether both are one sound, and add up to the mix.
fn add_up(mix: &[f32], stems: &[Vec<f32>; 2]) {
    assert!(stems.iter().all(|stem| stem.len() == mix.len()), "{} {:?}", mix.len(), stems.each_ref().map(Vec::len));
    let first = stems.each_ref().map(|stem| stem.iter().position(|x| x.abs() > 1e-4));
    assert!(first[0].is_some() && first[0] == first[1], "{first:?}");
    let off = mix.iter().enumerate().map(|(i, x)| (stems[0][i] + stems[1][i] - x).abs()).fold(0.0, f32::max);
    assert!(off < 1e-6, "{off}");
}

#[test]
fn rendered_stems_of_strips_that_are_late_begin_with_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("set");
    write(&set, &[("set.toml", SET)]);
    let out = folder.path().join("mix.wav");
    for block in [16, 64, 1024] {
        let request = RenderRequest {
            set: set.clone(),
            out: out.clone(),
            length: Length::Seconds(1.01),
            format: Format::Float32,
            existing: Existing::Replace,
            stems: true,
            options: Options { block, ..Options::default() },
        };
        render(&request, registry(), &mut |_| {}, &AtomicBool::new(false)).unwrap();
        add_up(&samples(&out), &["a", "b"].map(|strip| samples(&folder.path().join(format!("mix-{strip}.wav")))));
    }
}

#[test]
fn recorded_stems_wait_as_their_cables_do() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("set.toml", SET)]);
    let (mut session, mut engine) = Session::open(folder.path(), registry(), Options::default()).unwrap();
    session.arm_recorder(&mut engine, KeepLast::Nothing);
    let out = folder.path().join("live.wav");
    session.start_recording(&out, Some(&folder.path().join("stems"))).unwrap();
    let mut heard = vec![0.0f32; 128];
    for i in 0..1500 {
        if i == 50 {
            session.controller().transport(bf_session::Move::Play, bf_session::When::Now);
        }
        engine.process(&mut heard, 2);
        session.poll();
    }
    session.stop_recording().unwrap();
    session.end_recorder();
    add_up(&samples(&out), &["a", "b"].map(|strip| samples(&folder.path().join(format!("stems/{strip}.wav")))));
}
