//! What an editor offers at a place: to mend a fault, and to evaluate a block.

use super::server::Document;
use super::text::{byte_of, lines_of, place_of};
use bf_session::script::block::blocks;
use lsp_types::{CodeAction, CodeActionKind, CodeActionOrCommand, CodeLens, Command, Range as Lines, WorkspaceEdit};
use serde_json::json;
use std::collections::HashMap;

/// What mends the faults at a place.
pub(super) fn actions(d: &Document, place: Lines) -> Vec<CodeActionOrCommand> {
    let place = byte_of(&d.text, place.start)..byte_of(&d.text, place.end);
    let touches =
        |lines: Lines| byte_of(&d.text, lines.start) <= place.end && place.start <= byte_of(&d.text, lines.end);
    let fixes =
        d.found().filter(|found| touches(found.shown.range)).filter_map(|found| Some((found, found.fix.as_ref()?)));
    fixes
        .map(|(found, fix)| {
            #[allow(clippy::mutable_key_type, reason = "the type of the protocol; its address is never changed")]
            let changes = HashMap::from([(d.uri.clone(), vec![fix.edit.clone()])]);
            CodeActionOrCommand::CodeAction(CodeAction {
                title: fix.title.clone(),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![found.shown.clone()]),
                edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
                is_preferred: Some(true),
                ..CodeAction::default()
            })
        })
        .collect()
}

/// A way to evaluate each block, for editors that have no key for it.
pub(super) fn lenses(d: &Document) -> Vec<CodeLens> {
    let lens = |range: core::ops::Range<usize>| {
        let position = place_of(&d.text, range.start);
        CodeLens {
            range: lines_of(&d.text, &(range.start..range.start)),
            command: Some(Command {
                title: "evaluate".to_owned(),
                command: "beatforge.evalBlock".to_owned(),
                arguments: Some(vec![json!({ "uri": d.uri, "position": position })]),
            }),
            data: None,
        }
    };
    blocks(&d.text).into_iter().map(lens).collect()
}
