//! Against programs that others have written, where this machine has them.
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use super::open;
use crate::osc::{Argument, encode};
use crate::query::{Announcement, Announcements, Asked};
use std::process::{Command, Stdio};

/// A Python that has a module; says so where there is none.
fn python(module: &str) -> Option<String> {
    let candidates = std::env::var("BEATFORGE_PYTHON").into_iter().chain(["python3".to_owned()]);
    let has = |python: &String| {
        let import = format!("import {module}");
        let status = Command::new(python).args(["-c", &import]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let found = candidates.into_iter().find(has);
    if found.is_none() {
        eprintln!("skipped: no Python with `{module}`; name one in BEATFORGE_PYTHON to run this test");
    }
    found
}

/// Listens, sends a packet, and prints what it hears.
const WEBSOCKETS: &str = r#"
import sys
from websockets.sync.client import connect
with connect(sys.argv[1]) as socket:
    socket.send('{"COMMAND": "LISTEN", "DATA": "/bf"}')
    socket.send(b"/a\0\0,f\0\0\x3f\0\0\0")
    print(socket.recv())
    print(socket.recv().hex())
"#;

#[test]
fn websockets_of_python_talk_to_it() {
    let Some(python) = python("websockets.sync.client") else { return };
    let server = open();
    let url = format!("ws://{}/", server.address());
    let client = Command::new(python).args(["-c", WEBSOCKETS, &url]).stdout(Stdio::piped()).spawn().unwrap();
    let (mut opened, mut said) = (None, Vec::new());
    super::until(&server, |asked| {
        match asked {
            Asked::Opened { client, .. } => opened = Some(*client),
            Asked::Text(_, text) => said.push(text.clone()),
            Asked::Packet(_, packet, _) => {
                said.push(packet.view().messages().next().unwrap().message.to_string());
            }
            _ => {}
        }
        said.len() == 2
    });
    assert_eq!(said, ["{\"COMMAND\": \"LISTEN\", \"DATA\": \"/bf\"}", "/a 0.5"]);
    server.tell(opened.unwrap(), "hello").unwrap();
    let packet = encode("/b", &[Argument::Int(7)]).unwrap();
    server.send(opened.unwrap(), &packet).unwrap();
    let output = client.wait_with_output().unwrap();
    let hex: String = packet.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("hello\n{hex}\n"));
}

/// Looks for both services until it has found what it was told to, and prints their ports.
const BROWSER: &str = r#"
import sys, threading
from zeroconf import Zeroconf, ServiceBrowser, ServiceListener
found, done, name = {}, threading.Event(), sys.argv[1]
class Listener(ServiceListener):
    def add_service(self, zc, kind, full):
        if full.startswith(name + "."):
            info = zc.get_service_info(kind, full, timeout=5000)
            if info:
                found[kind] = info.port
                if len(found) == 2: done.set()
    update_service = add_service
    def remove_service(self, zc, kind, full): pass
zc = Zeroconf()
ServiceBrowser(zc, ["_osc._udp.local.", "_oscjson._tcp.local."], Listener())
done.wait(15)
print(sorted(found.items()))
zc.close()
"#;

#[test]
fn an_independent_browser_finds_both_services() {
    let Some(python) = python("zeroconf") else { return };
    let name = format!("set {}", std::process::id());
    let services = [Announcement::Osc { port: 9321 }, Announcement::Query { port: 9322 }];
    let announced = match Announcements::start(&name, &services) {
        Ok(announced) => announced,
        Err(error) => return eprintln!("skipped: {error}"),
    };
    let output = Command::new(python).args(["-c", BROWSER, &name]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    drop(announced);
    assert_eq!(said.trim(), "[('_osc._udp.local.', 9321), ('_oscjson._tcp.local.', 9322)]");
}
