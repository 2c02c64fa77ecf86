//! OSCQuery over loopback: what a set has, what changes, and who may do what.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod python;
mod stand;

use bf_io::osc::{Argument, Reach, decode, encode};
use bf_session::query::{Query, QueryRequest};
use bf_session::surface::{HostClock, Listen, RemoteEdits, Surface, SurfaceRequest};
use serde_json::{Value, json};
use stand::Stand;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};
use tungstenite::{Message, WebSocket};

/// How long anything may take that takes no time.
const SOON: Duration = Duration::from_secs(20);

const SET: &str = r#"
beatforge = 1

[nodes]
osc = { type = "saw", freq = 110.0 }
filter = { type = "svf", cutoff = 900.0 }
filter-2 = { type = "svf" }
wobble = { type = "lfo" }
heat = { type = "macro", value = 0.25 }
out = { type = "output" }

[cables]
"filter" = "osc"
"filter-2" = "filter"
"out" = "filter-2"

[controls]
tone = { to = "filter.cutoff" }
"#;

/// A set with both of its ports.
struct Port {
    stand: Stand,
    surface: Surface,
    /// What is heard now.
    last: f32,
}

impl Port {
    fn open() -> Port {
        Port::with(&[("set.toml", SET), ("live.rhai", "track(\"drums\", s(\"bd\"));\n")])
    }

    fn with(files: &[(&str, &str)]) -> Port {
        let stand = Stand::new(64, files);
        let clock = HostClock::new();
        let listen: Listen = "127.0.0.1:0".parse().unwrap();
        let request = SurfaceRequest {
            listen: listen.within(Reach::Machine),
            clock,
            edits: RemoteEdits::No,
            targets: Vec::new(),
        };
        let mut surface = Surface::open(&stand.session, request).unwrap();
        let request = QueryRequest {
            listen: "127.0.0.1:0".parse().unwrap(),
            reach: Reach::Machine,
            clock,
            name: "night set".to_owned(),
            osc: surface.udp().map(|udp| udp.port()),
        };
        surface.serve(Query::open(&request).unwrap());
        Port { stand, surface, last: 0.0 }
    }

    fn address(&self) -> SocketAddr {
        self.surface.query().unwrap().address()
    }

    fn poll(&mut self) {
        self.surface.poll(&mut self.stand.session, std::iter::empty());
        self.last = self.stand.run(64)[63];
        let messages = self.stand.session.messages();
        self.surface.heed(&messages);
    }

    /// Goes on while a client works on another thread.
    fn serve<T: Send + 'static>(&mut self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let (worker, began) = (std::thread::spawn(work), Instant::now());
        while !worker.is_finished() {
            assert!(began.elapsed() < SOON, "it has not happened within {SOON:?}");
            self.poll();
        }
        worker.join().unwrap()
    }

    /// Status and body of an answer.
    fn get(&mut self, target: &str) -> (u16, Value) {
        let (address, target) = (self.address(), target.to_owned());
        self.serve(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(SOON)).unwrap();
            write!(stream, "GET {target} HTTP/1.1\r\nConnection: close\r\n\r\n").unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            let status = head.split(' ').nth(1).unwrap().parse().unwrap();
            (status, if body.is_empty() { Value::Null } else { serde_json::from_str(body).unwrap() })
        })
    }

    fn connect(&mut self, origin: Option<&'static str>) -> Client {
        let address = self.address();
        self.serve(move || {
            let stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(SOON)).unwrap();
            let request = tungstenite::client::IntoClientRequest::into_client_request(format!("ws://{address}/"));
            let mut request = request.unwrap();
            if let Some(origin) = origin {
                request.headers_mut().insert("Origin", origin.parse().unwrap());
            }
            Client(tungstenite::client(request, stream).unwrap().0)
        })
    }

    fn value(&self, address: &str) -> f64 {
        self.stand.session.tree().exact(address).unwrap().value[0].number().unwrap()
    }

    fn until(&mut self, mut done: impl FnMut(&Port) -> bool) {
        let began = Instant::now();
        while !done(self) {
            assert!(began.elapsed() < SOON, "it has not happened within {SOON:?}");
            self.poll();
        }
    }
}

struct Client(WebSocket<TcpStream>);

impl Client {
    fn say(&mut self, command: &str, address: &str) {
        self.0.send(Message::text(json!({ "COMMAND": command, "DATA": address }).to_string())).unwrap();
    }

    fn send(&mut self, address: &str, arguments: &[Argument<'_>]) {
        self.0.send(Message::binary(encode(address, arguments).unwrap())).unwrap();
    }

    /// The next things said, as text.
    fn hear(mut self, port: &mut Port, count: usize) -> (Client, Vec<String>) {
        port.serve(move || {
            let mut heard = Vec::new();
            while heard.len() < count {
                match self.0.read().unwrap() {
                    Message::Text(text) => heard.push(text.as_str().to_owned()),
                    Message::Binary(bytes) => {
                        heard.extend(decode(&bytes).unwrap().messages().map(|timed| timed.message.to_string()));
                    }
                    _ => {}
                }
            }
            (self, heard)
        })
    }
}

#[test]
fn a_set_is_asked_for_everything_and_for_one_attribute() {
    let mut port = Port::open();
    let (status, all) = port.get("/");
    assert_eq!((status, &all["FULL_PATH"], &all["ACCESS"]), (200, &json!("/"), &json!(0)));
    let filter = &all["CONTENTS"]["bf"]["CONTENTS"]["node"]["CONTENTS"]["filter"];
    assert_eq!(filter["FULL_PATH"], "/bf/node/filter");
    let cutoff = &filter["CONTENTS"]["cutoff"];
    let expected = json!({
        "FULL_PATH": "/bf/node/filter/cutoff", "TYPE": "f", "VALUE": [900.0], "ACCESS": 3,
        "RANGE": [{ "MIN": 20.0, "MAX": 20_000.0 }], "DESCRIPTION": "Where the filter bends.",
        "UNIT": ["time.hz"], "CLIPMODE": ["both"], "TAGS": ["exposed", "tone"],
    });
    assert_eq!(*cutoff, expected);
    assert_eq!(port.get("/bf/node/filter/cutoff"), (200, expected.clone()));
    // A folder holds nothing of one whose name only begins alike.
    let (_, folder) = port.get("/bf/node/filter/");
    assert_eq!((&folder["FULL_PATH"], &folder["CONTENTS"]["cutoff"]), (&json!("/bf/node/filter"), &expected));
    assert_eq!(port.get("/bf/node/filter/cutoff?VALUE"), (200, json!({ "VALUE": [900.0] })));
    assert_eq!(port.get("/bf/node/filter?TYPE"), (200, json!({})));
    assert_eq!(port.get("/bf/transport/playing?RANGE"), (200, json!({ "RANGE": [{ "VALS": [false, true] }] })));
    let (_, wave) = port.get("/bf/node/wobble/shape");
    assert_eq!((&wave["TYPE"], wave["RANGE"][0]["VALS"].as_array().unwrap().len() > 2), (&json!("s"), true));
    // A push has nothing to read; a word that nobody knows is a mistake; one that this set does not have is not.
    assert_eq!(port.get("/bf/undo?VALUE").0, 204);
    assert_eq!(port.get("/bf/undo?NONSENSE").0, 400);
    assert_eq!(port.get("/bf/undo?CRITICAL").0, 204);
    assert_eq!(port.get("/bf/nothing").0, 404);
    // By the name that is not listed.
    assert_eq!(port.get("/bf/macro/1?FULL_PATH"), (200, json!({ "FULL_PATH": "/bf/macro/heat" })));
}

#[test]
fn the_host_says_what_it_can_and_where_osc_is() {
    let mut port = Port::open();
    let (_, info) = port.get("/whatever?HOST_INFO");
    assert_eq!((&info["NAME"], &info["OSC_TRANSPORT"]), (&json!("night set"), &json!("UDP")));
    assert_eq!(info["OSC_PORT"], json!(port.surface.udp().unwrap().port()));
    for extension in
        ["ACCESS", "VALUE", "RANGE", "LISTEN", "PATH_ADDED", "PATH_REMOVED", "PATH_RENAMED", "PATH_CHANGED"]
    {
        assert_eq!(info["EXTENSIONS"][extension], json!(true), "{extension}");
    }
}

#[test]
fn values_are_streamed_to_those_who_listen_and_not_to_the_hand_that_moves() {
    let mut port = Port::open();
    let (mut one, mut two) = (port.connect(None), port.connect(None));
    one.say("LISTEN", "/bf/node/filter/cutoff");
    one.say("LISTEN", "/bf/nothing");
    two.say("LISTEN", "/bf/node/filter/cutoff");
    two.say("LISTEN", "/bf/macro/heat");
    // What stands comes first.
    let (mut one, heard) = one.hear(&mut port, 1);
    assert_eq!(heard, ["/bf/node/filter/cutoff 900.0"]);
    let (two, mut heard) = two.hear(&mut port, 2);
    heard.sort();
    assert_eq!(heard, ["/bf/macro/heat 0.25", "/bf/node/filter/cutoff 900.0"]);
    // One moves it: the other sees it.
    one.send("/bf/node/filter/cutoff", &[Argument::Float(440.0)]);
    let (two, heard) = two.hear(&mut port, 1);
    assert_eq!(heard, ["/bf/node/filter/cutoff 440.0"]);
    assert_eq!(port.value("/bf/node/filter/cutoff"), 440.0);
    // From elsewhere, both do; what comes first to the first is this and not its own.
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let packet = encode("/bf/node/filter/cutoff", &[Argument::Float(500.0)]).unwrap();
    udp.send_to(&packet, port.surface.udp().unwrap()).unwrap();
    let (mut one, heard) = one.hear(&mut port, 1);
    assert_eq!(heard, ["/bf/node/filter/cutoff 500.0"]);
    let (mut two, heard) = two.hear(&mut port, 1);
    assert_eq!(heard, ["/bf/node/filter/cutoff 500.0"]);
    // No more of what is ignored.
    two.say("IGNORE", "/bf/node/filter/cutoff");
    two.say("LISTEN", "/bf/transport/signature");
    // What is said in order is done in order.
    let (two, heard) = two.hear(&mut port, 1);
    assert_eq!(heard, ["/bf/transport/signature 4"]);
    one.send("/bf/node/filter/cutoff", &[Argument::Float(600.0)]);
    port.until(|port| port.value("/bf/node/filter/cutoff") == 600.0);
    one.send("/bf/macro/heat", &[Argument::Float(0.5)]);
    let (_, heard) = two.hear(&mut port, 1);
    assert_eq!(heard, ["/bf/macro/heat 0.5"]);
}

#[test]
fn edits_are_told_and_a_listener_goes_along_with_a_new_name() {
    let mut port = Port::open();
    let mut client = port.connect(None);
    client.say("LISTEN", "/bf/node/wobble/rate");
    let (client, heard) = client.hear(&mut port, 1);
    assert!(heard[0].starts_with("/bf/node/wobble/rate "), "{heard:?}");
    port.stand.save("set.toml", &SET.replace("wobble = ", "sway = "));
    // What it is called now, with what stands there; and the folder that holds it all.
    let is_last = |heard: &[String]| heard.iter().any(|text| text.contains("PATH_CHANGED"));
    let (mut client, mut heard) = client.hear(&mut port, 1);
    while !is_last(&heard) || !heard.iter().any(|text| text.starts_with("/bf/node/sway/rate ")) {
        let more;
        (client, more) = client.hear(&mut port, 1);
        heard.extend(more);
    }
    let renamed =
        json!({ "COMMAND": "PATH_RENAMED", "DATA": { "OLD": "/bf/node/wobble/rate", "NEW": "/bf/node/sway/rate" } });
    assert!(heard.contains(&renamed.to_string()), "{heard:#?}");
    assert!(!heard.iter().any(|text| text.contains("PATH_ADDED") || text.contains("PATH_REMOVED")), "{heard:#?}");
    // One that is new, and one that is gone.
    let text = SET.replace("wobble = { type = \"lfo\" }", "sway = { type = \"lfo\" }\nbuzz = { type = \"saw\" }");
    port.stand.save("set.toml", &text.replace("heat = { type = \"macro\", value = 0.25 }\n", ""));
    let mut heard = Vec::new();
    while !is_last(&heard) {
        let more;
        (client, more) = client.hear(&mut port, 1);
        heard.extend(more);
    }
    let has =
        |command: &str, address: &str| heard.contains(&json!({ "COMMAND": command, "DATA": address }).to_string());
    assert!(has("PATH_REMOVED", "/bf/macro/heat"), "{heard:#?}");
    assert!(heard.iter().any(|text| text.contains("PATH_ADDED") && text.contains("/bf/node/buzz/")), "{heard:#?}");
    assert_eq!(port.get("/bf/macro/heat").0, 404);
}

#[test]
fn a_page_in_a_browser_turns_knobs_and_evaluates_nothing() {
    let mut port = Port::open();
    const CODE: &str = "track(\"hat\", s(\"hh*4\"))";
    let has_track = |port: &Port| port.stand.session.tree().exact("/bf/track/hat/gain").is_some();
    let mut page = port.connect(Some("https://example.org"));
    page.send("/bf/eval", &[Argument::Str(CODE), Argument::Str("now")]);
    let (mut page, heard) = page.hear(&mut port, 1);
    assert!(heard[0].starts_with("/bf/error ") && heard[0].contains("this machine only"), "{heard:?}");
    page.send("/bf/macro/heat", &[Argument::Float(0.75)]);
    port.until(|port| port.value("/bf/macro/heat") == 0.75);
    assert!(!has_track(&port));
    // A program of this machine may.
    port.connect(None).send("/bf/eval", &[Argument::Str(CODE), Argument::Str("now")]);
    port.until(has_track);
}

#[test]
fn one_that_floods_questions_gets_answers_and_holds_nobody_up() {
    let mut port = Port::open();
    let address = port.address();
    let began = Instant::now();
    let answered = port.serve(move || {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                std::thread::spawn(move || {
                    let mut stream = TcpStream::connect(address).unwrap();
                    stream.set_read_timeout(Some(SOON)).unwrap();
                    stream.write_all("GET /?HOST_INFO HTTP/1.1\r\n\r\n".repeat(100).as_bytes()).unwrap();
                    let mut text = Vec::new();
                    let mut chunk = [0; 65_536];
                    while text.windows(15).filter(|part| part == b"HTTP/1.1 200 OK").count() < 100 {
                        let len = stream.read(&mut chunk).unwrap();
                        assert!(len > 0);
                        text.extend_from_slice(&chunk[..len]);
                    }
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).count()
    });
    assert_eq!(answered, 8);
    assert!(began.elapsed() < SOON);
}

/// Asks over HTTP, listens over a WebSocket, moves a control over OSC, and prints what it is told.
const CLIENT: &str = r#"
import json, sys, urllib.request
from websockets.sync.client import connect
from pythonosc.udp_client import SimpleUDPClient
from pythonosc.osc_packet import OscPacket
where = sys.argv[1]
info = json.load(urllib.request.urlopen(f"http://{where}/?HOST_INFO"))
tree = json.load(urllib.request.urlopen(f"http://{where}/bf/macro"))
print(tree["CONTENTS"]["heat"]["VALUE"], info["EXTENSIONS"]["LISTEN"])
def heard(socket):
    return [(m.message.address, m.message.params) for m in OscPacket(socket.recv()).messages]
with connect(f"ws://{where}/") as socket:
    socket.send(json.dumps({"COMMAND": "LISTEN", "DATA": "/bf/macro/heat"}))
    print(heard(socket))
    SimpleUDPClient("127.0.0.1", info["OSC_PORT"]).send_message("/bf/macro/heat", 0.5)
    print(heard(socket))
"#;

#[test]
fn a_client_that_others_have_written_asks_listens_and_moves() {
    let (Some(_), Some(python)) = (python::with("pythonosc"), python::with("websockets.sync.client")) else { return };
    let mut port = Port::open();
    let address = port.address().to_string();
    let output =
        port.serve(move || std::process::Command::new(python).args(["-c", CLIENT, &address]).output().unwrap());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected = "[0.25] True\n[('/bf/macro/heat', [0.25])]\n[('/bf/macro/heat', [0.5])]\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}

#[test]
fn a_client_that_drops_ends_its_notes() {
    let set = "beatforge = 1\n[nodes]\nline = { type = \"cv\" }\nout = { type = \"output\" }\n[cables]\n\"out\" = \"line.gate\"\n";
    let mut port = Port::with(&[("set.toml", set)]);
    let mut client = port.connect(None);
    client.send("/bf/node/line/note", &[Argument::Float(60.0), Argument::Float(1.0)]);
    port.until(|port| port.last > 0.9);
    drop(client);
    port.until(|port| port.last < 0.1);
}

#[test]
fn a_new_name_is_told_before_what_stands_there() {
    let mut port = Port::open();
    let mut client = port.connect(None);
    client.say("LISTEN", "/bf/node/wobble/rate");
    let (client, _) = client.hear(&mut port, 1);
    port.stand.save("set.toml", &SET.replace("wobble = ", "sway = "));
    let (_, heard) = client.hear(&mut port, 4);
    let first = |part: &str| heard.iter().position(|text| text.contains(part));
    let (renamed, value) = (first("PATH_RENAMED"), first("/bf/node/sway/rate 1"));
    assert!(renamed.is_some() && value.is_none_or(|value| renamed < Some(value)), "{heard:#?}");
    // A folder has no value of its own.
    assert_eq!(port.get("/bf/node/sway?VALUE").0, 204);
    assert_eq!(port.get("/bf/node/sway/rate?VALUE").0, 200);
}
