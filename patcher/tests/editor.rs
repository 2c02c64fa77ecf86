//! An editor at `beatforge lsp`, hands at `beatforge repl` and `eval --live`, and a set that plays, which is played here.

#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

use bf_session::remote::{Changed, Evaluate, Notice, Part, Quant, Remote, Request, Response, Sounding, Status, Ticket};
use bf_session::{Diagnostic, Severity};
use lsp_server::{Message, Notification, Request as Asked, RequestId};
use serde_json::{Value, json};
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(30);

fn beatforge(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_beatforge"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// An editor.
struct Editor {
    child: Child,
    stdin: ChildStdin,
    messages: Receiver<Message>,
    next: i32,
}

impl Editor {
    fn start() -> Editor {
        let mut child = beatforge(&["lsp"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, messages) = sync_channel(1024);
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stdout);
            while let Ok(Some(message)) = Message::read(&mut reader) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut editor = Editor { child, stdin, messages, next: 0 };
        let can = editor.ask("initialize", json!({ "capabilities": {} }));
        assert_eq!(can["capabilities"]["hoverProvider"], true);
        editor.tell("initialized", json!({}));
        editor
    }

    fn send(&mut self, message: &Message) {
        message.write(&mut self.stdin).unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&Notification::new(method.to_owned(), params).into());
    }

    fn start_asking(&mut self, method: &str, params: Value) -> RequestId {
        self.next += 1;
        let id = RequestId::from(self.next);
        self.send(&Asked::new(id.clone(), method.to_owned(), params).into());
        id
    }

    /// The answer to a request; what is told meanwhile is passed over.
    fn answer(&mut self, id: &RequestId) -> Result<Value, String> {
        loop {
            if let Message::Response(response) = self.messages.recv_timeout(LONG).unwrap()
                && response.id == *id
            {
                return response.response_result.map_err(|e| e.message);
            }
        }
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.start_asking(method, params);
        self.answer(&id).unwrap()
    }

    /// What is told under a name next.
    fn told(&mut self, method: &str) -> Value {
        loop {
            if let Message::Notification(n) = self.messages.recv_timeout(LONG).unwrap()
                && n.method == method
            {
                return n.params;
            }
        }
    }

    fn open(&mut self, file: &Path, text: &str) -> String {
        let uri = format!("file://{}", file.display());
        let document = json!({ "uri": uri, "languageId": "rhai", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        uri
    }

    fn change(&mut self, uri: &str, version: i32, (line, from, to): (u32, u32, u32), text: &str) {
        let range = json!({ "start": { "line": line, "character": from }, "end": { "line": line, "character": to } });
        let changes = json!([{ "range": range, "text": text }]);
        let document = json!({ "uri": uri, "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    fn leave(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        assert!(self.child.wait().unwrap().success());
    }
}

fn at(uri: &str, line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } })
}

/// A place as (line, from, to).
fn place(range: &Value) -> (u64, u64, u64) {
    assert_eq!(range["start"]["line"], range["end"]["line"]);
    let n = |v: &Value| v.as_u64().unwrap();
    (n(&range["start"]["line"]), n(&range["start"]["character"]), n(&range["end"]["character"]))
}

fn set() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().canonicalize().unwrap().join("live.rhai");
    (folder, file)
}

fn request(remote: &mut Remote) -> (Ticket, Request) {
    let began = Instant::now();
    loop {
        let mut requests = remote.requests();
        if let Some(first) = requests.pop() {
            assert!(requests.is_empty());
            return first;
        }
        assert!(began.elapsed() < LONG, "nothing was asked");
        std::thread::yield_now();
    }
}

fn evaluation(remote: &mut Remote) -> (Ticket, Evaluate) {
    match request(remote) {
        (ticket, Request::Evaluate(evaluate)) => (ticket, evaluate),
        (_, other) => panic!("{other:?}"),
    }
}

#[test]
fn faults_are_shown_where_they_are_and_mended() {
    let (_folder, file) = set();
    let mut editor = Editor::start();
    // A character of two units stands before the fault.
    let uri = editor.open(&file, "tempo(120);\n/* 🎵 */ d1(s(\"bd\").palindrom());\n");
    let told = editor.told("textDocument/publishDiagnostics");
    assert_eq!(told["diagnostics"].as_array().unwrap().len(), 1, "{told}");
    let fault = &told["diagnostics"][0];
    assert_eq!((place(&fault["range"]), &fault["severity"]), ((1, 20, 29), &json!(1)), "{told}");
    assert!(fault["message"].as_str().unwrap().contains("did you mean `palindrome`?"), "{told}");

    let params = json!({ "textDocument": { "uri": uri }, "range": fault["range"], "context": { "diagnostics": [] } });
    let actions = editor.ask("textDocument/codeAction", params);
    let edit = &actions[0]["edit"]["changes"][uri.as_str()][0];
    assert_eq!((place(&edit["range"]), &edit["newText"]), ((1, 20, 29), &json!("palindrome")), "{actions}");

    editor.change(&uri, 2, (1, 20, 29), "palindrome");
    let told = editor.told("textDocument/publishDiagnostics");
    assert_eq!((&told["diagnostics"], &told["version"]), (&json!([]), &json!(2)));
    editor.leave();
}

#[test]
fn a_patch_file_is_looked_at_too() {
    let (folder, _) = set();
    let mut editor = Editor::start();
    editor.open(&folder.path().join("set.toml"), "beatforge = 1\n[nodes]\na = 3\n");
    let told = editor.told("textDocument/publishDiagnostics");
    assert_eq!(told["diagnostics"][0]["range"]["start"]["line"], 2, "{told}");
    editor.leave();
}

#[test]
fn help_and_names_are_given_without_a_set_that_plays() {
    let (folder, file) = set();
    std::fs::write(folder.path().join("parts.rhai"), "fn kick() { s(\"bd*4\") }\n").unwrap();
    let mut editor = Editor::start();
    let text = "import \"parts\" as parts;\ninstrument(\"acid\", |v| saw(v.freq));\nd1(parts::kick().palindrome());\nd2(s(\"ac bd*2\"));\n";
    let uri = editor.open(&file, text);
    assert_eq!(editor.told("textDocument/publishDiagnostics")["diagnostics"], json!([]));
    let hover = editor.ask("textDocument/hover", at(&uri, 2, 20));
    assert!(hover["contents"]["value"].as_str().unwrap().contains("p.palindrome()"), "{hover}");
    assert_eq!(place(&hover["range"]), (2, 17, 27));
    let hover = editor.ask("textDocument/hover", at(&uri, 3, 10));
    assert!(hover["contents"]["value"].as_str().unwrap().contains("forge"), "{hover}");
    let labels = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    };
    let sounds = labels(&editor.ask("textDocument/completion", at(&uri, 3, 8)));
    assert!(sounds.iter().any(|name| name == "acid") && sounds.iter().any(|name| name == "hh"), "{sounds:?}");
    let methods = labels(&editor.ask("textDocument/completion", at(&uri, 2, 19)));
    assert!(methods.iter().any(|name| name == "palindrome") && !methods.iter().any(|name| name == "tempo"));
    let signature = editor.ask("textDocument/signatureHelp", at(&uri, 3, 3));
    assert_eq!(signature["signatures"][0]["label"], "d2(p)", "{signature}");
    let lenses = editor.ask("textDocument/codeLens", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(lenses[0]["command"]["command"], "beatforge.evalBlock", "{lenses}");

    // Nobody plays: it is said how one would.
    let command = json!({ "command": "beatforge.evalBlock", "arguments": lenses[0]["command"]["arguments"] });
    let id = editor.start_asking("workspace/executeCommand", command);
    assert!(editor.answer(&id).unwrap_err().contains("beatforge run"));
    let id = editor.start_asking("workspace/executeCommand", json!({ "command": "beatforge.dance" }));
    assert!(editor.answer(&id).is_err());
    let id = editor.start_asking("textDocument/nonsense", json!({}));
    assert!(editor.answer(&id).is_err());
    editor.leave();
}

#[test]
fn commands_go_to_the_set_and_what_sounds_comes_back() {
    let (folder, file) = set();
    let mut remote = Remote::open(folder.path()).unwrap();
    let mut editor = Editor::start();
    let text = "d1(s(\"bd sd\"));\n\nd2(s(\"hh\"));\n";
    let uri = editor.open(&file, text);
    editor.told("textDocument/publishDiagnostics");
    while !remote.is_watched() {
        assert!(remote.requests().is_empty());
        std::thread::yield_now();
    }

    let run = |editor: &mut Editor, command: &str, line: u32, quant: Value| {
        let argument = json!({ "uri": uri, "position": { "line": line, "character": 1 }, "quant": quant });
        editor.start_asking("workspace/executeCommand", json!({ "command": command, "arguments": [argument] }))
    };
    let id = run(&mut editor, "beatforge.evalBlock", 2, json!("now"));
    let (ticket, asked) = evaluation(&mut remote);
    let part = Part::Block { at: 18 };
    let quant = Some(Quant::Now);
    assert_eq!(asked, Evaluate { file: file.display().to_string(), text: text.into(), part, quant });
    // Typed after the key: what sounds is where it is now.
    editor.change(&uri, 2, (0, 0, 0), "/* new */ ");
    editor.told("textDocument/publishDiagnostics");
    remote.answer(ticket, Response::Done(Changed { take: 1, range: Some((17, 29)), ..Changed::default() }));
    let answer = editor.answer(&id).unwrap();
    assert_eq!((&answer["done"], place(&answer["range"])), (&json!(true), (2, 0, 12)));
    let span = |start, end| Sounding { file: file.display().to_string(), take: 1, start, end, millis: 250 };
    remote.tell(&Notice::Sounding { spans: vec![span(6, 8), span(23, 25)] });
    let told = editor.told("beatforge/sounding");
    assert_eq!((&told["uri"], &told["spans"][0]["millis"]), (&json!(uri), &json!(250)));
    let places: Vec<_> = told["spans"].as_array().unwrap().iter().map(|span| place(&span["range"])).collect();
    assert_eq!(places, [(0, 16, 18), (2, 6, 8)]);

    let id = run(&mut editor, "beatforge.evalLine", 0, Value::Null);
    let (ticket, asked) = evaluation(&mut remote);
    assert_eq!((asked.part, asked.quant), (Part::Range { start: 0, end: 25 }, None));
    let (file_name, message) = (file.display().to_string(), "the set says no".to_owned());
    let fault =
        Diagnostic { file: file_name, line: 3, column: 4, len: 1, message, hint: None, severity: Severity::Error };
    remote.answer(ticket, Response::faults([fault]));
    assert_eq!(editor.told("window/showMessage")["message"], "3:4: the set says no");
    let told = editor.told("textDocument/publishDiagnostics");
    assert_eq!(place(&told["diagnostics"][0]["range"]), (2, 3, 4), "{told}");
    assert_eq!(editor.answer(&id).unwrap()["done"], false);

    for (command, wanted) in [("beatforge.hush", Request::Hush), ("beatforge.unhush", Request::Unhush)] {
        let id = editor.start_asking("workspace/executeCommand", json!({ "command": command }));
        let (ticket, asked) = request(&mut remote);
        assert_eq!(asked, wanted);
        remote.answer(ticket, Response::done("done"));
        assert_eq!(editor.answer(&id).unwrap()["done"], true);
    }
    let id = run(&mut editor, "beatforge.evalAll", 0, Value::Null);
    let (ticket, asked) = evaluation(&mut remote);
    assert_eq!(asked.part, Part::Whole);
    remote.answer(ticket, Response::Done(Changed::default()));
    editor.answer(&id).unwrap();

    // The set ends, and is started anew: the next command finds it, and so does the one who listens.
    drop(remote);
    assert_eq!(editor.told("beatforge/sounding")["spans"], json!([]));
    let mut remote = Remote::open(folder.path()).unwrap();
    let id = editor.start_asking("workspace/executeCommand", json!({ "command": "beatforge.hush" }));
    let (ticket, _) = request(&mut remote);
    remote.answer(ticket, Response::done("again"));
    assert_eq!(editor.answer(&id).unwrap()["note"], "again");
    editor.leave();
}

/// What a program said, once the set has answered all it asked.
fn with_set(
    mut child: Child,
    remote: &mut Remote,
    mut answer: impl FnMut(Request) -> Response,
) -> (Option<i32>, String, String) {
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < LONG);
        for (ticket, request) in remote.requests() {
            remote.answer(ticket, answer(request));
        }
        std::thread::yield_now();
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn lines_of_a_pipe_are_evaluated_in_the_set() {
    let (folder, _) = set();
    let mut remote = Remote::open(folder.path()).unwrap();
    let mut command = beatforge(&["repl"]);
    command.arg(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = "d1(s(\"bd\"))\nd2(\n  s(\"hh\")\n)\n:hush\n:status\n:launch drop\n:help palindrom\n:help palindrome\nbad(\n)\n:quit\nd3(s(\"never\"))\n";
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let mut asked = Vec::new();
    let (code, out, err) = with_set(child, &mut remote, |request| {
        let response = match &request {
            Request::Status => Response::Status(Status { playing: true, bpm: 124.0, ..Status::default() }),
            Request::Evaluate(e) if e.text.starts_with("bad") => Response::faults([Diagnostic {
                file: "repl".into(),
                line: 1,
                column: 1,
                len: 3,
                message: "there is no function `bad`".into(),
                hint: None,
                severity: Severity::Error,
            }]),
            _ => Response::Done(Changed::default()),
        };
        asked.push(request);
        response
    });
    let typed = |text: &str| {
        Request::Evaluate(Evaluate { file: "repl".into(), text: text.into(), part: Part::Line, quant: None })
    };
    let launch = Request::Launch { scene: "drop".into(), quant: None };
    let wanted = [
        typed("d1(s(\"bd\"))"),
        typed("d2(\n  s(\"hh\")\n)"),
        Request::Hush,
        Request::Status,
        launch,
        typed("bad(\n)"),
    ];
    assert_eq!(asked, wanted);
    assert!(out.contains("playing 124.0 bpm") && out.contains("p.palindrome()"), "{out}");
    assert!(err.contains("did you mean palindrome?") && err.contains("repl:1:1: error: there is no"), "{err}");
    assert_eq!(code, Some(1));
}

#[test]
fn a_script_is_sent_to_the_set_by_eval() {
    let (folder, file) = set();
    let text = "tempo(120);\n\nd1(s(\"bd\"));\nd2(s(\"hh\"));\n";
    std::fs::write(&file, text).unwrap();
    let name = file.to_str().unwrap();
    let mut nobody = beatforge(&["eval", name, "--live"]);
    let output = nobody.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("beatforge run"), "{output:?}");

    let mut remote = Remote::open(folder.path()).unwrap();
    let forms: [(&[&str], Part, Option<Quant>); 4] = [
        (&[], Part::Whole, None),
        (&["--block", "4"], Part::Block { at: 26 }, None),
        (&["--line", "3", "--quant", "now"], Part::Range { start: 13, end: 25 }, Some(Quant::Now)),
        (&["--quant", "4"], Part::Whole, Some(Quant::Cycles(4))),
    ];
    for (arguments, part, quant) in forms {
        let mut command = beatforge(&["eval", name, "--live"]);
        let child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut asked = Vec::new();
        let (code, out, err) = with_set(child, &mut remote, |request| {
            asked.push(request);
            Response::done("2 edits")
        });
        assert_eq!((code, out.as_str(), err.as_str()), (Some(0), "2 edits\n", ""));
        let (file, text) = (name.to_owned(), text.to_owned());
        assert_eq!(asked, [Request::Evaluate(Evaluate { file, text, part, quant })]);
    }
    for wrong in [&["--line", "9"][..], &["--quant", "soon"], &["--line", "1", "--block", "1"]] {
        let output = beatforge(&["eval", name, "--live"]).args(wrong).output().unwrap();
        assert!(!output.status.success(), "{wrong:?}");
    }
    let child = beatforge(&["hush"]).arg(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (code, ..) = with_set(child, &mut remote, |request| {
        assert_eq!(request, Request::Hush);
        Response::done("silent")
    });
    assert_eq!(code, Some(0));
}
