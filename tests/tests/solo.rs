//! Soloed strips, in a set that plays and in one that is rendered.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use bf_session::wav::{Existing, Format};
use bf_session::{Engine, Length, Options, RenderRequest, Session, registry, render};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Two strips that carry a constant each, and a third sound beside them whose cable can be taken out.
const TEXT: &str = "beatforge = 1
[nodes]
a = { type = \"constant\", value = 0.25 }
b = { type = \"constant\", value = 0.5 }
c = { type = \"constant\", value = 0.125 }
sa = { type = \"strip\", solo = true }
sb = { type = \"strip\" }
out = { type = \"output\" }
[cables]
\"sa\" = \"a\"
\"sb\" = \"b\"
\"out\" = [\"sa\", \"sb\", \"c\"]
";

fn set(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("set.toml");
    std::fs::write(&file, text).unwrap();
    (folder, file)
}

/// What sounds once every fade is over.
fn settled(session: &mut Session, engine: &mut Engine) -> f32 {
    let mut last = 0.0;
    for _ in 0..60 {
        last = *engine.block_now()[0].last().unwrap();
        session.poll();
    }
    last
}

fn write(session: &mut Session, file: &Path, text: &str) {
    std::fs::write(file, text).unwrap();
    session.reload(&[file.to_owned()]);
}

#[test]
fn strips_that_are_not_soloed_are_silent_and_stay_so_when_a_fade_ends() {
    let (_folder, file) = set(TEXT);
    let (mut session, mut engine) = Session::open(&file, registry(), Options::default()).unwrap();
    assert_eq!(settled(&mut session, &mut engine), 0.375);
    write(&mut session, &file, &TEXT.replace("\"sb\", \"c\"]", "\"sb\"]"));
    assert_eq!(settled(&mut session, &mut engine), 0.25, "a cable has faded out");
    write(&mut session, &file, &TEXT.replace(", solo = true", ""));
    assert_eq!(settled(&mut session, &mut engine), 0.875, "no strip is soloed any more");
    write(&mut session, &file, &TEXT.replace("type = \"strip\" }", "type = \"strip\", solo = true }"));
    assert_eq!(settled(&mut session, &mut engine), 0.875, "both are soloed");
}

/// Two strips in a group, one of them with a side chain from a third that goes straight to the master.
const GROUPS: &str = "beatforge = 1
[nodes]
a = { type = \"constant\", value = 0.25 }
b = { type = \"constant\", value = 0.5 }
c = { type = \"constant\", value = 0.125 }
squeeze = { type = \"gate\", attack = 0.0001, hold = 0.0, release = 0.001 }
sa = { type = \"strip\" }
sb = { type = \"strip\" }
sc = { type = \"strip\" }
group = { type = \"bus\" }
master = { type = \"strip\" }
out = { type = \"output\" }
[cables]
\"sa\" = \"a\"
\"sb\" = \"b\"
\"sc\" = \"c\"
\"squeeze\" = \"sb\"
\"squeeze.side\" = \"sc\"
\"group\" = [\"sa\", \"squeeze\"]
\"master\" = [\"group\", \"sc\"]
\"out\" = \"master\"
";

#[test]
fn what_a_soloed_channel_passes_and_what_enters_it_stays_open() {
    let (_folder, file) = set(GROUPS);
    let (mut session, mut engine) = Session::open(&file, registry(), Options::default()).unwrap();
    assert_eq!(settled(&mut session, &mut engine), 0.875);
    let mut solo = |name: &str, kind: &str, switch: &str| {
        let line = format!("{name} = {{ type = \"{kind}\"");
        write(&mut session, &file, &GROUPS.replace(&line, &format!("{line}, {switch} = true")));
        settled(&mut session, &mut engine)
    };
    assert_eq!(solo("sa", "strip", "solo"), 0.25, "its bus and the master carry it");
    assert_eq!(solo("sc", "strip", "solo"), 0.125, "what it opens the gate for is not its way");
    assert_eq!(solo("master", "strip", "solo"), 0.875);
    assert_eq!(solo("group", "bus", "mute"), 0.125);
    // The gate listens to what is silent now.
    assert_eq!(solo("group", "bus", "solo"), 0.25, "all that enters it, and nothing beside it");
}

#[test]
fn a_render_hears_what_a_performance_hears() {
    let (folder, file) = set(TEXT);
    let out = folder.path().join("out.wav");
    let request = RenderRequest {
        set: file,
        out: out.clone(),
        length: Length::Seconds(0.5),
        format: Format::Float32,
        existing: Existing::Keep,
        stems: false,
        options: Options::default(),
    };
    render(&request, registry(), &mut |_| (), &AtomicBool::new(false)).unwrap();
    let bytes = std::fs::read(&out).unwrap();
    let last = f32::from_le_bytes(bytes[bytes.len() - 4..].try_into().unwrap());
    assert_eq!(last, 0.375);
}
