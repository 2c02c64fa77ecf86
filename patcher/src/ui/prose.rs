//! Our help texts as they are read: paragraphs, lists and pieces of code, whose lines break where the window ends.

use super::theme::Paints;
use egui::text::{LayoutJob, TextFormat};
use egui::{FontSelection, Response, RichText, TextStyle, Ui};

/// The height of small letters.
const SMALL: f32 = 12.0;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Words(String),
    Item(String),
    Code(String),
    Rule,
}

/// The parts of a text; lines of one paragraph are joined.
fn parts(text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let (mut code, mut goes_on) = (false, false);
    for line in text.lines() {
        let words = line.trim();
        if words.starts_with("```") {
            (code, goes_on) = (!code, false);
            if code {
                parts.push(Part::Code(String::new()));
            }
            continue;
        }
        if code {
            if let Some(Part::Code(all)) = parts.last_mut() {
                let gap = if all.is_empty() { "" } else { "\n" };
                all.push_str(gap);
                all.push_str(line.strip_prefix(' ').unwrap_or(line).trim_end());
            }
            continue;
        }
        let item = words.strip_prefix("- ");
        match (item, parts.last_mut()) {
            (Some(item), _) => parts.push(Part::Item(item.to_owned())),
            _ if words.is_empty() => {}
            _ if words == "---" => parts.push(Part::Rule),
            (None, Some(Part::Words(all) | Part::Item(all))) if goes_on => {
                all.push(' ');
                all.push_str(words);
            }
            _ => parts.push(Part::Words(words.to_owned())),
        }
        goes_on = !words.is_empty() && words != "---";
    }
    parts
}

/// How a piece of a paragraph is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hand {
    Plain,
    Code,
    Quiet,
}

/// The pieces of a paragraph: words between backticks are code, those between stars are quiet.
fn pieces(text: &str) -> Vec<(Hand, &str)> {
    let mut pieces = Vec::new();
    for (i, piece) in text.split('`').enumerate() {
        if i % 2 == 1 {
            pieces.push((Hand::Code, piece));
            continue;
        }
        let mut rest = piece;
        while let Some((before, quiet, behind)) = starred(rest) {
            pieces.extend([(Hand::Plain, before), (Hand::Quiet, quiet)]);
            rest = behind;
        }
        pieces.push((Hand::Plain, rest));
    }
    pieces.retain(|(_, piece)| !piece.is_empty());
    pieces
}

/// What is before, within and behind the first pair of stars around words.
fn starred(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('*')?;
    let (quiet, behind) = rest.split_once('*')?;
    let hugs = !quiet.is_empty() && quiet.trim() == quiet && !before.ends_with(char::is_alphanumeric);
    hugs.then_some((before, quiet, behind))
}

/// Draws a text of our help.
pub(crate) fn prose(ui: &mut Ui, text: &str, paints: &Paints) {
    for (i, part) in parts(text).into_iter().enumerate() {
        if i > 0 && !matches!(part, Part::Item(_)) {
            ui.add_space(3.0);
        }
        match part {
            Part::Words(words) => _ = ui.label(job(ui, &words, paints)),
            Part::Item(words) => {
                ui.horizontal_top(|ui| {
                    ui.label("•");
                    ui.label(job(ui, &words, paints));
                });
            }
            Part::Code(code) => _ = ui.label(RichText::new(code).monospace().color(paints.accent)),
            Part::Rule => _ = ui.separator(),
        }
    }
}

/// The same in small letters, where there is little room.
pub(crate) fn small(ui: &mut Ui, text: &str) -> Response {
    let lines = |ui: &mut Ui| {
        for style in [TextStyle::Body, TextStyle::Monospace] {
            if let Some(font) = ui.style_mut().text_styles.get_mut(&style) {
                font.size = SMALL;
            }
        }
        prose(ui, text, &Paints::of(ui.ctx()));
    };
    ui.scope(lines).response
}

/// Shows a text of our help beside what the pointer rests on.
pub(crate) fn explained(response: Response, text: &str) -> Response {
    response.on_hover_ui(|ui| prose(ui, text, &Paints::of(ui.ctx())))
}

/// The same at the pointer, for what is large.
pub(crate) fn explained_there(response: Response, text: &str) -> Response {
    response.on_hover_ui_at_pointer(|ui| prose(ui, text, &Paints::of(ui.ctx())))
}

/// A paragraph as one text, so that it breaks between words wherever they are of another kind.
fn job(ui: &Ui, text: &str, paints: &Paints) -> LayoutJob {
    let font = |style: TextStyle| FontSelection::Style(style).resolve(ui.style());
    let mut job = LayoutJob::default();
    for (hand, piece) in pieces(text) {
        let (style, color) = match hand {
            Hand::Plain => (TextStyle::Body, ui.visuals().text_color()),
            Hand::Code => (TextStyle::Monospace, paints.events),
            Hand::Quiet => (TextStyle::Body, paints.faint),
        };
        let format = TextFormat { italics: hand == Hand::Quiet, ..TextFormat::simple(font(style), color) };
        job.append(piece, 0.0, format);
    }
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_paragraph_are_joined_and_code_is_kept_as_it_is() {
        let text = "Bends a wave.\n\n The louder the sound\n meets `the curve`.\n - one that\n   goes on\n - two\n\n ```toml\n a = 1\n   b = 2\n ```\n---\n*Source:* a\nbook";
        let words = |words: &str| Part::Words(words.to_owned());
        let item = |words: &str| Part::Item(words.to_owned());
        let all = [
            words("Bends a wave."),
            words("The louder the sound meets `the curve`."),
            item("one that goes on"),
            item("two"),
            Part::Code("a = 1\n  b = 2".to_owned()),
            Part::Rule,
            words("*Source:* a book"),
        ];
        assert_eq!(parts(text), all);
    }

    #[test]
    fn code_and_quiet_words_are_told_apart() {
        let quiet = [(Hand::Quiet, "Source"), (Hand::Plain, ": see "), (Hand::Code, "a*b*"), (Hand::Plain, " 3*4*5")];
        assert_eq!(pieces("*Source*: see `a*b*` 3*4*5"), quiet);
    }
}
