//! The open texts, and who answers what.

use super::Event;
use super::banks::Banks;
use super::check::{Checked, Checker, Declared, Job};
use super::complete::Around;
use super::fault::{Found, found};
use super::live::Live;
use super::text::{byte_of, change, lines_of, path_of, uri_of};
use super::trace::Trace;
use crate::language::Words;
use bf_session::Diagnostic;
use bf_session::remote::{Notice, Sounding};
use crossbeam_channel::Sender;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{
    CodeActionParams, CodeActionProviderCapability, CodeLensOptions, CodeLensParams, CompletionOptions,
    CompletionParams, DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, ExecuteCommandOptions, ExecuteCommandParams, HoverParams, HoverProviderCapability,
    MessageType, PublishDiagnosticsParams, ServerCapabilities, ShowMessageParams, SignatureHelpOptions,
    SignatureHelpParams, TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions, Uri,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// What this server can.
pub(super) fn capabilities() -> ServerCapabilities {
    let strings = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
    ServerCapabilities {
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::Supported(true)),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(strings(&[".", "\"", "{", ":"])),
            ..CompletionOptions::default()
        }),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: Some(strings(&["(", ","])),
            ..SignatureHelpOptions::default()
        }),
        code_action_provider: Some(CodeActionProviderCapability::Simple(true)),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: strings(super::command::NAMES),
            ..ExecuteCommandOptions::default()
        }),
        ..ServerCapabilities::default()
    }
}

/// An open text.
pub(super) struct Document {
    pub(super) uri: Uri,
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) trace: Trace,
    version: i32,
    /// What the last look at it found.
    checked: Vec<Found>,
    /// What the set that plays has found; until the next change.
    live: Vec<Found>,
    /// Of the last text without a fault.
    pub(super) declared: Declared,
}

impl Document {
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The name by which messages call it.
    pub(super) fn name(&self) -> String {
        self.path.display().to_string()
    }

    pub(super) fn found(&self) -> impl Iterator<Item = &Found> {
        self.checked.iter().chain(self.live.iter().filter(|found| !self.checked.contains(found)))
    }

    pub(super) fn is_script(&self) -> bool {
        self.path.extension().is_none_or(|e| e != "toml")
    }
}

/// The open texts, and whom to ask.
pub(super) struct Server {
    pub(super) words: Words,
    pub(super) documents: BTreeMap<String, Document>,
    pub(super) live: Live,
    checker: Checker,
    editor: Sender<Message>,
}

impl Server {
    pub(super) fn start(editor: Sender<Message>, events: Sender<Event>) -> std::io::Result<Server> {
        let checker = Checker::start(events.clone())?;
        let live = Live::start(events)?;
        let words = Words::new(bf_session::registry());
        Ok(Server { words, documents: BTreeMap::new(), live, checker, editor })
    }

    /// Answers a request, now or when a set has answered.
    pub(super) fn request(&mut self, request: Request) {
        let id = request.id.clone();
        // One question that goes wrong must not end the answers to all others.
        let done = catch_unwind(AssertUnwindSafe(|| self.answer_to(request)));
        match done {
            Ok(Ok(Some(value))) => self.answer(id, Ok(value)),
            Ok(Ok(None)) => {}
            Ok(Err((code, why))) => self.answer(id, Err((code, why))),
            Err(_) => self.answer(id, Err((ErrorCode::InternalError, "the server has a fault here".to_owned()))),
        }
    }

    /// The answer; none where it comes later.
    fn answer_to(&mut self, request: Request) -> Result<Option<Value>, (ErrorCode, String)> {
        let Request { id, method, params } = request;
        let value = match method.as_str() {
            "textDocument/hover" => {
                let p = read::<HoverParams>(params)?.text_document_position_params;
                let document = self.document(&p.text_document.uri);
                json_of(document.and_then(|d| self.hover(&d.text, d.folder(), p.position)))
            }
            "textDocument/completion" => {
                let p = read::<CompletionParams>(params)?.text_document_position;
                let document = self.document(&p.text_document.uri).filter(|d| d.is_script());
                json_of(document.map(|d| {
                    let (words, text, declared) = (&self.words, d.text.as_str(), &d.declared);
                    let banks = Banks::Of(d.folder());
                    Around { words, text, banks, declared }.items(byte_of(text, p.position))
                }))
            }
            "textDocument/signatureHelp" => {
                let p = read::<SignatureHelpParams>(params)?.text_document_position_params;
                let document = self.document(&p.text_document.uri).filter(|d| d.is_script());
                json_of(document.and_then(|d| self.signature(&d.text, p.position)))
            }
            "textDocument/codeAction" => {
                let p = read::<CodeActionParams>(params)?;
                json_of(self.document(&p.text_document.uri).map(|d| super::action::actions(d, p.range)))
            }
            "textDocument/codeLens" => {
                let p = read::<CodeLensParams>(params)?;
                json_of(self.document(&p.text_document.uri).filter(|d| d.is_script()).map(super::action::lenses))
            }
            "workspace/executeCommand" => {
                let p = read::<ExecuteCommandParams>(params)?;
                self.execute(id, &p).map_err(|why| (ErrorCode::InvalidParams, why))?;
                return Ok(None);
            }
            other => return Err((ErrorCode::MethodNotFound, format!("{other} is not known"))),
        };
        Ok(Some(value))
    }

    pub(super) fn answer(&self, id: RequestId, result: Result<Value, (ErrorCode, String)>) {
        let response = match result {
            Ok(value) => Response::new_ok(id, value),
            Err((code, why)) => Response::new_err(id, code as i32, why),
        };
        // An editor that is gone asks no more; the loop ends by itself.
        let _ = self.editor.send(response.into());
    }

    pub(super) fn document(&self, uri: &Uri) -> Option<&Document> {
        self.documents.get(uri.as_str())
    }

    pub(super) fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "textDocument/didOpen" => {
                if let Ok(DidOpenTextDocumentParams { text_document: d }) = serde_json::from_value(params) {
                    self.open(d.uri, d.version, d.text);
                }
            }
            "textDocument/didChange" => {
                if let Ok(p) = serde_json::from_value::<DidChangeTextDocumentParams>(params) {
                    self.change(&p);
                }
            }
            // Others may import it.
            "textDocument/didSave" => {
                if let Ok(p) = serde_json::from_value::<DidSaveTextDocumentParams>(params) {
                    let folder = path_of(&p.text_document.uri).and_then(|p| p.parent().map(Path::to_owned));
                    let beside = self.documents.values().filter(|d| Some(d.folder()) == folder.as_deref());
                    beside.for_each(|d| self.look(d));
                }
            }
            "textDocument/didClose" => {
                if let Ok(p) = serde_json::from_value::<DidCloseTextDocumentParams>(params)
                    && let Some(mut document) = self.documents.remove(p.text_document.uri.as_str())
                {
                    (document.checked, document.live) = (Vec::new(), Vec::new());
                    self.publish(&document);
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, uri: Uri, version: i32, text: String) {
        // A text without a file has no set, but help all the same.
        let path = path_of(&uri).unwrap_or_else(|| PathBuf::from("untitled.rhai"));
        let (checked, live, declared, trace) = (Vec::new(), Vec::new(), Declared::default(), Trace::default());
        let document = Document { uri: uri.clone(), path, text, trace, version, checked, live, declared };
        self.look(&document);
        if path_of(&uri).is_some() {
            self.live.listen(&document.path);
        }
        self.documents.insert(uri.as_str().to_owned(), document);
    }

    fn change(&mut self, p: &DidChangeTextDocumentParams) {
        let Some(document) = self.documents.get_mut(p.text_document.uri.as_str()) else { return };
        document.version = p.text_document.version;
        for event in &p.content_changes {
            let change = change(&mut document.text, event);
            document.trace.changed(change);
        }
        document.live.clear();
        let document = &self.documents[p.text_document.uri.as_str()];
        self.look(document);
    }

    fn look(&self, d: &Document) {
        let (uri, path, text) = (d.uri.clone(), d.path.clone(), d.text.clone());
        self.checker.look(Job { uri, path, text, revision: d.trace.revision() });
    }

    /// Something that an own thread tells.
    pub(super) fn event(&mut self, event: Event) {
        match event {
            Event::Checked(checked) => self.checked(checked),
            Event::Answered(answered) => self.answered(*answered),
            Event::Told(notice) => self.told(notice),
        }
    }

    fn checked(&mut self, checked: Checked) {
        let Some(d) = self.documents.get_mut(checked.uri.as_str()) else { return };
        // A later text is looked at soon.
        if d.trace.revision() != checked.revision {
            return;
        }
        d.checked = found(&d.name(), &d.text, &checked.faults);
        if let Some(declared) = checked.declared {
            d.declared = declared;
        }
        let d = &self.documents[checked.uri.as_str()];
        self.publish(d);
    }

    /// Shows what the set that plays says of a text; nothing where all is well.
    pub(super) fn live_faults(&mut self, uri: &Uri, faults: &[Diagnostic]) {
        let Some(d) = self.documents.get_mut(uri.as_str()) else { return };
        d.live = found(&d.name(), &d.text, faults);
        let d = &self.documents[uri.as_str()];
        self.publish(d);
    }

    fn publish(&self, d: &Document) {
        let diagnostics = d.found().map(|found| found.shown.clone()).collect();
        let params = PublishDiagnosticsParams { uri: d.uri.clone(), diagnostics, version: Some(d.version) };
        self.tell("textDocument/publishDiagnostics", &params);
    }

    pub(super) fn tell(&self, method: &str, params: &impl Serialize) {
        let _ = self.editor.send(Notification::new(method.to_owned(), params).into());
    }

    pub(super) fn show(&self, typ: MessageType, message: String) {
        self.tell("window/showMessage", &ShowMessageParams { typ, message });
    }

    fn told(&mut self, notice: Notice) {
        match notice {
            Notice::Sounding { spans } => self.sounding(spans),
            Notice::Evaluated { file, range, take } => {
                let Some(d) = self.by_file(&file) else { return };
                // The revision was noted when it was sent; a file that was saved is as it is here.
                d.trace.evaluated(take, d.trace.revision());
                let range = d.trace.now(take, range.0..range.1).map(|range| lines_of(&d.text, &range));
                let params = json!({ "uri": d.uri, "range": range });
                self.tell("beatforge/evaluated", &params);
            }
            Notice::Message { fault } => {
                let diagnostic = Diagnostic::from(fault);
                if let Some(uri) = self.by_file(&diagnostic.file).map(|d| d.uri.clone()) {
                    self.live_faults(&uri, core::slice::from_ref(&diagnostic));
                }
            }
            Notice::Note { text } => self.tell("window/logMessage", &json!({ "type": 3, "message": text })),
            Notice::Hushed { on } => self.tell("beatforge/hushed", &json!({ "on": on })),
        }
    }

    fn by_file(&mut self, file: &str) -> Option<&mut Document> {
        let uri = uri_of(Path::new(file));
        let known = uri.filter(|uri| self.documents.contains_key(uri.as_str()));
        match known {
            Some(uri) => self.documents.get_mut(uri.as_str()),
            // An editor may write an address in another way.
            None => self.documents.values_mut().find(|d| d.path == Path::new(file)),
        }
    }

    /// What sounds, file by file; where a set has ended, that nothing does.
    fn sounding(&mut self, spans: Vec<Sounding>) {
        if spans.is_empty() {
            let uris: Vec<Uri> = self.documents.values().map(|d| d.uri.clone()).collect();
            uris.iter()
                .for_each(|uri| self.tell("beatforge/sounding", &json!({ "uri": uri, "spans": [], "none": true })));
            return;
        }
        let mut by_file: BTreeMap<String, Vec<Sounding>> = BTreeMap::new();
        spans.into_iter().for_each(|span| by_file.entry(span.file.clone()).or_default().push(span));
        for (file, spans) in by_file {
            let Some(d) = self.by_file(&file) else { continue };
            let placed = spans.iter().filter_map(|span| {
                let range = d.trace.now(span.take, span.start..span.end)?;
                Some(json!({ "range": lines_of(&d.text, &range), "millis": span.millis }))
            });
            let params = json!({ "uri": d.uri, "spans": placed.collect::<Vec<_>>() });
            self.tell("beatforge/sounding", &params);
        }
    }
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, (ErrorCode, String)> {
    serde_json::from_value(params).map_err(|e| (ErrorCode::InvalidParams, e.to_string()))
}

/// What an editor is sent; null where there is nothing.
fn json_of(value: Option<impl Serialize>) -> Value {
    value.and_then(|value| serde_json::to_value(value).ok()).unwrap_or(Value::Null)
}
