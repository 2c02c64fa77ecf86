//! The program as its user meets it: pipes, signals and wrong words.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};

fn beatforge(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_beatforge"));
    command.args(arguments).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).stdin(Stdio::null());
    command
}

fn ended(arguments: &[&str]) -> Output {
    beatforge(arguments).output().expect("the program was built")
}

/// As in `beatforge nodes | head -1`: the reader goes away before everything is said.
#[test]
fn a_reader_that_has_enough_is_no_failure() {
    for arguments in [&["nodes", "--json"][..], &["check", "--plan", "examples/first-sound"]] {
        let mut child = beatforge(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(child.wait().unwrap().success(), "{arguments:?}: {said}");
        assert_eq!(said, "");
    }
}

/// As in `beatforge check nowhere 2>&1 | head -1`.
#[test]
fn faults_that_nobody_reads_are_no_crash() {
    let mut child = beatforge(&["check", "nowhere"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_file_that_is_there_is_kept_and_force_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("set.toml");
    std::fs::write(&set, "beatforge = 1\n[nodes]\nout = { type = \"output\" }\n").unwrap();
    let file = folder.path().join("set.wav");
    std::fs::write(&file, "mine").unwrap();
    let output = beatforge(&["render", "set.toml", "--seconds", "0.1"]).current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("set.wav") && said.contains("--force"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

/// With its latency and what its script plays: what is said of it below is said of the plan that is printed.
#[test]
fn the_plan_that_is_printed_is_the_one_that_plays() {
    let count = |said: &str, of: &str| said.lines().filter(|line| line.trim_start().starts_with(of)).count();
    let number = |said: &str, behind: &str| -> Option<u32> {
        let rest = said.rsplit_once(behind)?.1;
        rest.split(|c: char| !c.is_ascii_digit()).find(|word| !word.is_empty())?.parse().ok()
    };
    let output = ended(&["check", "--plan", "examples/first-sound"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let (plan, summary) = said.trim_end().rsplit_once('\n').unwrap_or_default();
    let latency = plan.lines().next().and_then(|first| number(first, "latency"));
    assert_eq!(latency, number(summary, "latency"), "{said}");
    assert!(latency > Some(0), "{said}");
    assert!(count(plan, "output") > 0, "{said}");
}

#[test]
fn numbers_that_no_device_can_have_are_refused_before_anything_plays() {
    for wrong in [["--rate", "1"], ["--buffer", "0"], ["--inputs", "100000"], ["--seconds", "nan"]] {
        let output = ended(&["run", "examples/first-sound", "--backend", "null", "--seconds", "0", wrong[0], wrong[1]]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {said}");
        assert!(said.contains(wrong[0]), "{said}");
    }
}

#[test]
fn a_device_that_is_not_there_is_named_and_nothing_plays() {
    let output = ended(&["run", "examples/first-sound", "--device", "no such device"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no such device") && said.lines().count() == 1, "{said}");
}

/// Where it plays is said once.
#[test]
fn run_says_what_plays_and_where() {
    // No other test plays this one: of two, one is not reached by editors, and says so.
    let set = "examples/chance";
    let output = ended(&["run", set, "--backend", "null", "--seconds", "0.1", "--no-history", "--no-last"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let lines = |what: &str| said.lines().filter(|line| line.contains(what)).count();
    assert_eq!((lines(set), lines("48000 Hz")), (1, 1), "{said}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_set_with_status_0() {
    let set = ["run", "examples/first-sound", "--backend", "null", "--no-history", "--no-last"];
    let mut child = beatforge(&set).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("Ctrl-C")));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let rest: Vec<String> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{rest:?}");
}

/// Half a file is measured and checked with a word about the other half.
#[test]
fn a_sound_that_ends_early_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (sound, set) = (dir.path().join("cut.wav"), dir.path().join("set.toml"));
    // A header of 48,000 frames of 16 bits, and 1,000 frames.
    let mut bytes =
        b"RIFF\xa4\x77\x01\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\xbb\0\0\0\x77\x01\0\x02\0\x10\0data".to_vec();
    bytes.extend(96_000u32.to_le_bytes());
    bytes.extend((0..1000).flat_map(|i: i16| (i * 30).to_le_bytes()));
    std::fs::write(&sound, bytes).unwrap();
    let text = "beatforge = 1\n[nodes]\ns = { type = \"sampler\", file = \"cut.wav\" }\nout = { type = \"output\" }\n[cables]\nout = \"s\"\n";
    std::fs::write(&set, text).unwrap();
    for (command, at, code) in [("meter", &sound, 0), ("check", &set, 1)] {
        let output = ended(&[command, at.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{command}: {said}");
        let lines: Vec<&str> = said.lines().filter(|line| line.contains("ends early")).collect();
        assert!(lines.len() == 1 && lines[0].contains("cut.wav") && lines[0].contains(" of 48000 frames"), "{said}");
    }
}

/// A tablet finds the set at the port that `run` names, and gets an answer.
#[test]
fn run_says_where_it_listens_for_osc_and_answers_there() {
    let set = ["run", "examples/polyphony", "--backend", "null", "--no-history", "--no-last"];
    let arguments = [&set[..], &["--osc", "127.0.0.1:0", "--seconds", "30"]].concat();
    let mut child = beatforge(&arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let said = lines.find_map(|line| line.unwrap().strip_prefix("OSC at ").map(str::to_owned)).unwrap();
    let at = said.strip_suffix(" (UDP and TCP)").unwrap_or_else(|| panic!("{said}"));
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    socket.send_to(b"/bf/get\0,s\0\0/bf/transport/tempo\0", at).unwrap();
    let mut answer = [0; 2048];
    let n = socket.recv(&mut answer).unwrap();
    // A bundle with one message.
    assert!(answer[..n].ends_with(b"/bf/transport/tempo\0,f\0\0\x42\xc0\0\0"), "{:?}", &answer[..n]);

    let port = at.rsplit(':').next().unwrap();
    let second = ended(&[
        "run",
        "examples/feedback",
        "--backend",
        "null",
        "--no-history",
        "--no-last",
        "--osc",
        &format!("127.0.0.1:{port}"),
    ]);
    let why = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(1), "{why}");
    assert!(why.contains(&format!("port {port} is in use by another program")), "{why}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_opens_a_set_to_others_has_a_phrase() {
    for arguments in [
        &["--allow-remote-edit"][..],
        &["--allow-remote-edit", "--pass", "abc"],
        &["--pass", "tape echo"],
        &["--osc", "nowhere:x"],
        &["--osc-to", "127.0.0.1"],
    ] {
        let output = ended(&[&["run", "examples/first-sound", "--backend", "null"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The sound of a float file.
fn sound(path: &std::path::Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    let at = bytes.windows(4).position(|w| w == b"data").unwrap() + 8;
    bytes[at..].to_vec()
}

#[test]
fn what_was_recorded_is_what_is_replayed_and_a_version_can_be_gone_back_to() {
    let folder = tempfile::tempdir().unwrap();
    let text = "beatforge = 1\n[nodes]\nbus = { type = \"strip\" }\nout = { type = \"output\" }\n[cables]\n\"out\" = \"bus\"\n";
    std::fs::write(folder.path().join("set.toml"), text).unwrap();
    std::fs::write(folder.path().join("live.rhai"), "track(\"a\", s(\"bd*4, hh*8?0.3\"));\n").unwrap();
    let run = |arguments: &[&str]| {
        let output = beatforge(arguments).current_dir(folder.path()).output().unwrap();
        let said = [&output.stdout[..], &output.stderr[..]].map(|text| String::from_utf8_lossy(text).into_owned());
        assert!(output.status.success(), "{arguments:?}: {said:?}");
        said
    };
    let play = ["run", ".", "--backend", "null", "--seconds", "1.5", "--seed", "7"];
    let [_, said] = run(&[&play[..], &["--record", "live.wav", "--stems", "stems"]].concat());
    assert!(said.contains("live.wav and 2 stems"), "{said}");
    let [said, _] = run(&["replay", ".", "-o", "again.wav", "--stems"]);
    assert!(said.contains("as it was heard, bit for bit"), "{said}");
    let live = sound(&folder.path().join("live.wav"));
    assert!(live.len() > 4 * 2 * 48_000 && live.iter().any(|byte| *byte != 0));
    assert!(live == sound(&folder.path().join("again.wav")));
    assert_eq!(sound(&folder.path().join("stems/a.wav")).len(), live.len());
    #[cfg(unix)]
    {
        let [said, _] = run(&["replay", ".", "--times", "2", "--json"]);
        let times: serde_json::Value = serde_json::from_str(&said).unwrap();
        // A second and a half in blocks of 64 frames, but for the first; ends lie where the device stopped.
        let number = |name: &str| times[name].as_u64().unwrap_or_else(|| panic!("{name}: {said}"));
        assert!(number("blocks") > 1_000 && number("block_ns") == 1_333_333, "{said}");
        assert!(0 < number("mean_ns") && number("mean_ns") <= number("slowest_ns"), "{said}");
        assert!((1..=number("blocks")).contains(&number("slowest_block")), "{said}");
    }
    run(&["version", ".", "dry", "--note", "as it was"]);
    let [said, _] = run(&["versions", "."]);
    assert!(said.contains("dry  as it was") && said.contains("performance 1, 0:0"), "{said}");
    run(&["restore", ".", "dry"]);
    let [said, _] = run(&["versions", ".", "--json"]);
    assert!(said.contains("\"before dry\""), "{said}");
    // Nothing of it lies beside the set.
    let own: Vec<String> = std::fs::read_dir(folder.path().join(".beatforge"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("last") || name.contains("owner"))
        .collect();
    assert_eq!(own, Vec::<String>::new());
}

#[test]
fn a_recording_that_cannot_be_made_is_said_and_one_that_was_cut_off_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let text = "beatforge = 1\n[nodes]\ntone = { type = \"sine\" }\nout = { type = \"output\" }\n[cables]\n\"out\" = \"tone\"\n";
    std::fs::write(folder.path().join("set.toml"), text).unwrap();
    std::fs::write(folder.path().join("taken.wav"), "mine").unwrap();
    let program = |arguments: &[&str]| {
        let mut command = beatforge(arguments);
        command.current_dir(folder.path());
        command
    };
    let mut playing =
        program(&["run", ".", "--backend", "null", "--seconds", "60"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(playing.stderr.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().starts_with("playing")));
    let ask = |arguments: &[&str]| {
        let output = program(arguments).output().unwrap();
        let said = [&output.stdout[..], &output.stderr[..]].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let (code, why) = ask(&["record", ".", "start", "-o", "taken.wav"]);
    assert!(code == Some(1) && why.contains("taken.wav: is there already"), "{code:?} {why}");
    let (code, why) = ask(&["record", ".", "start", "-o", "nowhere/a.wav"]);
    assert!(code == Some(1) && why.contains("the folder does not exist"), "{code:?} {why}");
    let (code, why) = ask(&["record", ".", "last", "1s", "-o", "taken.wav"]);
    assert!(code == Some(1) && why.contains("is there already"), "{code:?} {why}");
    let (code, why) = ask(&["restore", ".", "nosuch"]);
    assert!(code == Some(1) && why.contains("there is no version `nosuch`"), "{code:?} {why}");
    let (code, why) = ask(&["record", ".", "start", "-o", "cut.wav"]);
    assert!(code == Some(0) && why.contains("recording into"), "{code:?} {why}");
    let part = folder.path().join(format!(".cut.wav.{}.part", playing.id()));
    // Until two seconds are there: of 8 bytes a frame.
    while part.metadata().unwrap().len() < 2 * 8 * 48_000 {
        assert!(playing.try_wait().unwrap().is_none());
        std::thread::yield_now();
    }
    playing.kill().unwrap();
    playing.wait().unwrap();
    let (code, why) = ask(&["run", ".", "--backend", "null", "--seconds", "1"]);
    assert!(code == Some(0) && why.contains("cut.wav: this recording was cut off"), "{code:?} {why}");
    assert!(!part.exists() && sound(&folder.path().join("cut.wav")).len() >= 2 * 8 * 44_100);
}

/// EBU Tech 3341, case 6: the surrounds count as the standard says.
#[test]
fn all_channels_of_a_file_are_measured() {
    use bf_session::wav::{Existing, Format, Spec, Writer};
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("surround.wav");
    let spec = Spec { sample_rate: 48_000, channels: 5, format: Format::Float32 };
    let mut writer = Writer::create(&path, spec, Existing::Replace).unwrap();
    let amplitudes = [-28.0, -28.0, -24.0, -30.0, -30.0].map(|db: f64| 10f64.powf(db / 20.0));
    for i in 0..20 * 48_000 {
        let x = (std::f64::consts::TAU * 1000.0 * f64::from(i) / 48_000.0).sin();
        writer.write(&amplitudes.map(|a| (a * x) as f32)).unwrap();
    }
    writer.finish().unwrap();
    let output = ended(&["meter", "--json", path.to_str().unwrap()]);
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let lufs = read["integrated_lufs"].as_f64().unwrap();
    assert!((lufs + 23.0).abs() < 0.1 && read["warnings"] == serde_json::json!([]), "{read}");
}

#[test]
fn a_render_without_what_it_needs_says_so_to_scripts() {
    let dir = tempfile::tempdir().unwrap();
    let (set, out) = (dir.path().join("set.toml"), dir.path().join("out.wav"));
    let text = "beatforge = 1\n[nodes]\ns = { type = \"sampler\", file = \"gone.wav\" }\nout = { type = \"output\" }\n[cables]\nout = \"s\"\n";
    std::fs::write(&set, text).unwrap();
    let render = |to: &std::path::Path, length: [&str; 2]| {
        let (set, to) = (set.to_str().unwrap(), to.to_str().unwrap());
        let output = ended(&["render", set, "--out", to, length[0], length[1]]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = render(&out, ["--seconds", "0.1"]);
    assert!(code == Some(1) && said.contains("gone.wav") && said.contains("rendered without"), "{said}");
    assert!(out.is_file(), "what there is of it is written");
    for (to, length, words) in [
        ("out.mp3", ["--seconds", "1"], "only WAV"),
        ("b.wav", ["--seconds", "-1"], "--seconds"),
        ("b.wav", ["--seconds", "nan"], "--seconds"),
        ("b.wav", ["--cycles", "0"], "--cycles"),
    ] {
        let (code, said) = render(&dir.path().join(to), length);
        assert!(code == Some(2) && said.contains(words) && !dir.path().join(to).exists(), "{said}");
    }
}
