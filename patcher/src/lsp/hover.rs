//! Help on what is under the pointer, and on the arguments of a call.

use super::banks::Banks;
use super::server::Server;
use super::text::{byte_of, lines_of};
use crate::language::scan::{Call, Here, call_before, here, tokens};
use crate::language::{Words, param};
use bf_pattern::mini::NOTATION;
use bf_pattern::scale::Scale;
use lsp_types::{
    Hover, HoverContents, MarkupContent, MarkupKind, ParameterInformation, ParameterLabel, Position, SignatureHelp,
    SignatureInformation,
};
use std::ops::Range;
use std::path::Path;

impl Server {
    pub(super) fn hover(&self, text: &str, folder: &Path, place: Position) -> Option<Hover> {
        let (range, page) = page(&self.words, text, Banks::Of(folder), byte_of(text, place))?;
        let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: page });
        Some(Hover { contents, range: Some(lines_of(text, &range)) })
    }

    pub(super) fn signature(&self, text: &str, place: Position) -> Option<SignatureHelp> {
        let at = byte_of(text, place);
        let tokens = tokens(text);
        let before = &tokens[..tokens.partition_point(|t| t.range.start < at)];
        let call = call_before(text, before)?;
        let signatures: Vec<SignatureInformation> = self
            .words
            .find(&call.name)
            .iter()
            .map(|word| {
                let label = |p: &String| ParameterLabel::Simple(p.split(':').next().unwrap_or_default().to_owned());
                let info = |p: &String| ParameterInformation { label: label(p), documentation: None };
                SignatureInformation {
                    label: word.form.clone(),
                    documentation: Some(lsp_types::Documentation::String(word.short.clone())),
                    parameters: Some(word.params.iter().map(info).collect()),
                    active_parameter: None,
                }
            })
            .collect();
        let nth = u32::try_from(call.nth).ok();
        (!signatures.is_empty()).then_some(SignatureHelp {
            signatures,
            active_signature: Some(0),
            active_parameter: nth,
        })
    }
}

/// What is to be said of the place, in Markdown.
pub(crate) fn page(words: &Words, text: &str, banks: Banks<'_>, at: usize) -> Option<(Range<usize>, String)> {
    match here(text, at) {
        Here::Nothing => None,
        Here::Name { range, .. } | Here::Value { range, .. } if !range.is_empty() => {
            let page = words.page(&text[range.clone()])?;
            Some((range, page))
        }
        Here::Name { .. } | Here::Value { .. } => None,
        Here::Key { range, of } => {
            let spec = words.node(&of)?;
            let name = &text[range.clone()];
            let found = spec.params.iter().find(|p| p.name == name).map(param);
            let found = found.or_else(|| spec.inputs.iter().find(|p| p.name == name).map(|p| p.help.to_owned()))?;
            Some((range, format!("`{name}` of `{of}`: {found}")))
        }
        Here::Text { range, call } => in_text(text, banks, at, &range, call.as_ref()),
    }
}

/// A sound, a scale or a sign of mini-notation.
fn in_text(
    text: &str,
    banks: Banks<'_>,
    at: usize,
    range: &Range<usize>,
    call: Option<&Call>,
) -> Option<(Range<usize>, String)> {
    let inner = &text[range.clone()];
    let word = word_at(inner, at.checked_sub(range.start)?);
    let placed = range.start + word.start..range.start + word.end;
    let name = &inner[word.clone()];
    let call = call.map_or("", |call| call.name.as_str());
    if call == "scale"
        && let Some(scale) = Scale::named(inner.split_once(':').map_or(inner, |(_, name)| name))
    {
        return Some((range.clone(), format!("The scale `{}`.", scale.name())));
    }
    if let Some(page) = sound(banks, name, call).filter(|_| !name.is_empty()) {
        return Some((placed, page));
    }
    // Between words stand the signs: the one before the pointer, or behind it.
    let local = at - range.start;
    let around = [inner[local..].chars().next(), inner[..local].chars().next_back()];
    let sign = around.into_iter().flatten().find(|c| !c.is_alphanumeric() && !c.is_whitespace())?;
    let dots = inner[..local].ends_with('.') && inner[local..].starts_with('.') || inner[local..].starts_with("..");
    let wanted = if dots { ".." } else { "" };
    let of = NOTATION.iter().find(|o| if dots { o.signs == wanted } else { o.signs.contains(sign) })?;
    Some((local + range.start..local + range.start, format!("`{}`\n\n{}\n\n```\n{}\n```", of.form, of.doc, of.example)))
}

/// The run of letters and digits that a place is in.
fn word_at(text: &str, at: usize) -> Range<usize> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '#');
    let end = text[at..].find(|c| !part(c)).map_or(text.len(), |len| at + len);
    let start = text[..at].rfind(|c| !part(c)).map_or(0, |i| i + text[i..].chars().next().map_or(1, char::len_utf8));
    start..end
}

/// Where a sound or bank of a name is found.
fn sound(banks: Banks<'_>, name: &str, call: &str) -> Option<String> {
    let banks = banks.all();
    match call {
        "s" | "sound" | "sample" => {
            let having =
                banks.iter().filter_map(|(_, b)| Some(format!("`{}` ({})", b.name, b.sounds.get(name)?.len())));
            let list: Vec<String> = having.collect();
            (!list.is_empty())
                .then(|| format!("The sound `{name}`, and how many takes each bank has of it: {}.", list.join(", ")))
        }
        "bank" => {
            let (_, bank) = banks.iter().find(|(_, bank)| bank.name == name)?;
            let names: Vec<&str> = bank.sounds.keys().map(String::as_str).collect();
            Some(format!("The bank `{name}`: {}.", names.join(", ")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Option<String> {
        let words = Words::new(bf_session::registry());
        let at = text.find('|').unwrap();
        page(&words, &text.replacen('|', "", 1), Banks::Of(Path::new("/nowhere")), at).map(|(_, page)| page)
    }

    #[test]
    fn help_is_found_in_every_position() {
        assert!(said("s(\"bd\").pali|ndrome()").unwrap().contains("p.palindrome()"));
        assert!(said("s(\"bd\").lp|f(800)").unwrap().contains("control"));
        assert!(said("temp|o(120)").unwrap().contains("beats a minute"));
        assert!(said("plate(#{ de|cay: 1 })").unwrap().starts_with("`decay` of `plate`"));
        assert!(said("s(\"b|d sd\")").unwrap().contains("`forge`"));
        assert!(said("s(\"bd|*2\")").unwrap().contains("`forge`"));
        assert!(said("s(\"bd*|2\")").unwrap().contains("Faster"));
        assert!(said("s(\"<bd sd>|\")").unwrap().contains("One each cycle"));
        assert!(said("n(\"0 .|. 3\")").unwrap().contains("numbers from one to the other"));
        assert!(said("p.bank(\"for|ge\")").unwrap().contains("bd"));
        assert!(said("p.scale(\"c2:min|or\")").unwrap().contains("scale"));
        assert_eq!(said("// fa|st"), None);
        assert_eq!(said("let xy|z = 1;"), None);
    }
}
