// Starts `beatforge lsp`, sends what is evaluated, and outlines what sounds.
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;
let hushed = false;

// What sounds, by document: ranges with the time at which each ends.
const sounding = new Map();
let timer;

function activate(context) {
  const command = vscode.workspace.getConfiguration("beatforge").get("path");
  const server = { command, args: ["lsp"] };
  const documentSelector = [
    { scheme: "file", language: "rhai" },
    { scheme: "file", pattern: "**/set.toml" },
  ];
  client = new LanguageClient("beatforge", "BeatForge", server, { documentSelector });

  const outline = vscode.window.createTextEditorDecorationType({
    border: "1px solid",
    borderColor: new vscode.ThemeColor("focusBorder"),
    borderRadius: "2px",
  });
  const flash = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor("editor.selectionHighlightBackground"),
  });

  const rangeOf = (r) => new vscode.Range(r.start.line, r.start.character, r.end.line, r.end.character);
  const editorsOf = (uri) => vscode.window.visibleTextEditors.filter((e) => e.document.uri.toString() === uri);

  function draw() {
    clearTimeout(timer);
    const now = Date.now();
    let next = Infinity;
    for (const [uri, spans] of sounding) {
      const left = spans.filter((span) => span.until > now);
      sounding.set(uri, left);
      left.forEach((span) => (next = Math.min(next, span.until)));
      editorsOf(uri).forEach((e) => e.setDecorations(outline, left.map((span) => span.range)));
    }
    if (next < Infinity) timer = setTimeout(draw, Math.max(5, next - now));
  }

  client.onNotification("beatforge/sounding", ({ uri, spans }) => {
    const key = vscode.Uri.parse(uri).toString();
    const begun = spans.map((span) => ({ range: rangeOf(span.range), until: Date.now() + span.millis }));
    sounding.set(key, spans.length === 0 ? [] : (sounding.get(key) || []).concat(begun));
    draw();
  });
  client.onNotification("beatforge/evaluated", ({ uri, range }) => {
    if (!range) return;
    const editors = editorsOf(vscode.Uri.parse(uri).toString());
    editors.forEach((e) => e.setDecorations(flash, [rangeOf(range)]));
    setTimeout(() => editors.forEach((e) => e.setDecorations(flash, [])), 150);
  });
  client.onNotification("beatforge/hushed", ({ on }) => (hushed = on));

  const run = (name) => async () => {
    const editor = vscode.window.activeTextEditor;
    if (!editor) return;
    const { start, end, active } = editor.selection;
    const argument = { uri: client.code2ProtocolConverter.asUri(editor.document.uri), position: active };
    if (!editor.selection.isEmpty) argument.range = { start, end };
    try {
      await client.sendRequest("workspace/executeCommand", { command: name, arguments: [argument] });
    } catch {
      // The server has said why.
    }
  };
  const add = (name, action) => context.subscriptions.push(vscode.commands.registerCommand(name, action));
  add("beatforge.block", run("beatforge.evalBlock"));
  add("beatforge.line", run("beatforge.evalLine"));
  add("beatforge.all", run("beatforge.evalAll"));
  add("beatforge.silence", async () => {
    await run(hushed ? "beatforge.unhush" : "beatforge.hush")();
    hushed = !hushed;
  });
  context.subscriptions.push(outline, flash);
  return client.start();
}

function deactivate() {
  clearTimeout(timer);
  return client && client.stop();
}

module.exports = { activate, deactivate };
