//! The page of sources of time of a set that plays.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn beatforge(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_beatforge"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// A bundle that sets the tempo so long from now.
fn bundle(ahead: Duration) -> Vec<u8> {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + ahead;
    let tag = ((at.as_secs() + 2_208_988_800) << 32) | ((u64::from(at.subsec_nanos()) << 32) / 1_000_000_000);
    let message = b"/bf/transport/tempo\0,f\0\0\x42\xf0\0\0";
    let mut bundle = b"#bundle\0".to_vec();
    bundle.extend(tag.to_be_bytes());
    bundle.extend((message.len() as u32).to_be_bytes());
    bundle.extend(message);
    bundle
}

#[test]
fn a_set_that_plays_tells_its_sources_of_time() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("set.toml"), "beatforge = 1\n[nodes]\nout = { type = \"output\" }\n").unwrap();
    let set = folder.path().to_str().unwrap();
    let run = ["run", set, "--backend", "null", "--no-history", "--no-last", "--no-query", "--no-announce"];
    let mut child = beatforge(&[&run[..], &["--osc", "127.0.0.1:0", "--seconds", "60"]].concat())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let at = lines.find_map(|line| line.strip_prefix("OSC at ").map(str::to_owned)).unwrap();
    let at = at.split(' ').next().unwrap().to_owned();
    assert!(lines.any(|line| line.contains("Ctrl-C")));
    let rest = std::thread::spawn(move || lines.count());
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut watch = beatforge(&["devices", "--watch", set, "--json", "--seconds", "30"])
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut page = BufReader::new(watch.stdout.take().unwrap()).lines().map_while(Result::ok);
    // On each line one more that is 400 ms ahead, and once one whose time has passed.
    let mut shown = 0;
    let from = sender.local_addr().unwrap().to_string();
    let tags = page.find_map(|line| {
        shown += 1;
        sender.send_to(&bundle(Duration::from_millis(if shown == 4 { 0 } else { 400 })), &at).unwrap();
        let source: serde_json::Value = serde_json::from_str(&line).unwrap();
        match source["kind"].as_str().unwrap() {
            "device" => {
                assert!(source["drift_ppm"].is_number() && source["jitter_ms"].is_number(), "{source}");
                None
            }
            "osc" => (source["messages"].as_u64() > Some(5)).then_some(source),
            other => panic!("{other} is not there"),
        }
    });
    let tags = tags.unwrap();
    assert_eq!(tags["name"], from.as_str());
    // On a machine that is busy with other tests, more may be.
    let late = tags["late"].as_u64().unwrap();
    assert!(late >= 1 && Some(late) < tags["messages"].as_u64(), "{tags}");
    let ahead = tags["offset_ms"].as_f64().unwrap();
    assert!((200.0..=420.0).contains(&ahead) && tags["jitter_ms"].is_number(), "{tags}");
    watch.kill().unwrap();
    watch.wait().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    rest.join().unwrap();
    let nobody = beatforge(&["devices", "--watch", set]).output().unwrap();
    assert_eq!(nobody.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("no program plays"));
}

#[cfg(not(feature = "link"))]
#[test]
fn a_build_without_link_says_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("set.toml"), "beatforge = 1\n[nodes]\nout = { type = \"output\" }\n").unwrap();
    let set = folder.path().to_str().unwrap();
    let run =
        ["run", set, "--backend", "null", "--no-history", "--no-last", "--osc", "off", "--seconds", "0", "--link"];
    let output = beatforge(&run).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("build it with --features link (its licence is GPL-2.0+)"), "{said}");
}
