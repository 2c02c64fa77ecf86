//! Hush silences everything, nodes of a patch as well as tracks of a script, and takes that back.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod stand;

use bf_session::{Engine, Options, Session, registry};
use stand::write;

const SET: &str = "beatforge = 1\n[nodes]\ntone = { type = \"sine\", freq = 220.0 }\nlevel = { type = \"gain\", gain = 0.3 }\n\
    out = { type = \"output\" }\n[cables]\n\"level\" = \"tone\"\n\"out\" = \"level\"\n";

/// The sound of a second, and its greatest second difference.
fn second(session: &mut Session, engine: &mut Engine) -> (f32, f32) {
    let mut heard = Vec::new();
    for _ in 0..750 {
        heard.extend_from_slice(engine.block_now()[0]);
        session.poll();
    }
    let peak = |x: &[f32]| x.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    let bend = heard.windows(3).map(|w| (w[0] - 2.0 * w[1] + w[2]).abs()).fold(0.0, f32::max);
    (peak(&heard[24_000..]), bend)
}

#[test]
fn a_patch_falls_silent_without_a_click_and_sounds_again() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("set.toml", SET)]);
    let (mut session, mut engine) = Session::open(folder.path(), registry(), Options::default()).unwrap();
    let (peak, still) = second(&mut session, &mut engine);
    assert!(peak > 0.29);
    session.hush(true);
    let (peak, bend) = second(&mut session, &mut engine);
    assert_eq!(peak, 0.0);
    // A fade over 240 frames bends a tone by no more than its slope and its level allow.
    let allowed = still + 2.0 * 0.3 / 240.0;
    assert!(bend < allowed, "{bend} of {allowed}");
    session.hush(false);
    let (peak, bend) = second(&mut session, &mut engine);
    assert!(peak > 0.29 && bend < allowed, "{peak} {bend}");
}

#[test]
fn whoever_hushes_while_the_engine_has_no_room_is_heeded_later() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("set.toml", SET)]);
    let (mut session, mut engine) = Session::open(folder.path(), registry(), Options::default()).unwrap();
    second(&mut session, &mut engine);
    while session.controller().master(1.0) {}
    session.hush(true);
    let (peak, _) = second(&mut session, &mut engine);
    assert_eq!(peak, 0.0);
}
