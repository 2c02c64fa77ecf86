//! Laws of the text form, held against random patches, looks and damage.

use super::ugly::{KEPT, ugly};
use super::*;
use crate::arb;
use crate::edit::Edit;
use crate::text::tree::Tree;
use proptest::prelude::*;

/// How many lines stand in one text and not in the other.
fn lines_lost(before: &str, after: &str) -> usize {
    let mut after: Vec<&str> = after.lines().collect();
    before.lines().filter(|line| after.iter().position(|l| l == line).map(|i| after.swap_remove(i)).is_none()).count()
}

/// A neat text with a number behind each entry, and for each its section, key, value and line. Snapshots, which have
/// headers, are left out.
fn tagged(patch: &Patch) -> (String, Vec<(String, String, Tree, String)>) {
    let neat = patch.to_text();
    let doc: toml_edit::Document<String> = neat.parse().unwrap();
    let (mut out, mut tags, mut section) = (String::new(), Vec::new(), String::new());
    for (i, line) in neat.lines().enumerate() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']).to_owned();
        }
        let key = toml_edit::Key::parse(line.split(" = ").next().unwrap().trim()).ok().and_then(|mut k| k.pop());
        let entry = key.and_then(|key| Some((key.get().to_owned(), Tree::of(doc.get(&section)?.get(key.get())?))));
        let tagged = if entry.is_some() { format!("{line} # {i}") } else { line.to_owned() };
        tags.extend(entry.map(|(key, tree)| (section.clone(), key, tree, tagged.clone())));
        out += &format!("{tagged}\n");
    }
    (out, tags)
}

proptest! {
    #![proptest_config(arb::config(256))]

    #[test]
    fn a_patch_is_read_back_as_it_is(patch in arb::patch()) {
        let text = patch.to_text();
        let read = parse(&text);
        prop_assert_eq!(read.patch(), &patch);
        prop_assert!(read.warnings().is_empty());
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn looks_do_not_matter(patch in arb::patch(), seed: u64) {
        let text = ugly(&patch, seed);
        let read = parse(&text);
        prop_assert_eq!(read.patch(), &patch, "{}", text);
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn any_update_is_read_back_and_keeps_what_is_not_ours((from, to) in arb::two_patches(), seed: u64) {
        let before = ugly(&from, seed);
        let mut text = parse(&before);
        text.update(&from);
        prop_assert_eq!(text.text(), &before);
        text.update(&to);
        prop_assert_eq!(text.patch(), &to);
        prop_assert!(parse(text.text()).patch() == &to);
        for kept in KEPT {
            prop_assert!(text.text().contains(kept), "{} is lost\n{}\n---\n{}", kept, before, text);
        }
        let crlf = text.text().matches("\r\n").count();
        prop_assert!(crlf == 0 || crlf == text.text().matches('\n').count(), "{:?}", text.text());
    }

    #[test]
    fn a_patch_becomes_any_other(from in arb::patch(), to in arb::patch(), seed: u64) {
        let before = ugly(&from, seed);
        let mut text = parse(&before);
        text.update(&to);
        prop_assert_eq!(text.patch(), &to);
        for kept in KEPT {
            prop_assert!(text.text().contains(kept), "{} is lost\n{}\n---\n{}", kept, before, text);
        }
    }

    #[test]
    fn one_value_changes_one_line(from in arb::patch(), edit in arb::edit()) {
        let mut to = from.clone();
        if to.apply(&edit).is_err() || edit.sets().is_none() {
            return Ok(());
        }
        let before = from.to_text();
        let mut text = parse(&before);
        text.update(&to);
        prop_assert_eq!(text.patch(), &to);
        prop_assert!(lines_lost(&before, text.text()) <= 3, "{:?}\n{}\n---\n{}", edit, before, text);
        if let Edit::SetParam { .. } | Edit::SetAmount { .. } = edit {
            prop_assert!(lines_lost(&before, text.text()) <= 1, "{:?}\n{}\n---\n{}", edit, before, text);
        }
    }

    #[test]
    fn what_is_not_edited_keeps_its_line_and_what_is_keeps_its_comment((from, to) in arb::two_patches()) {
        let (before, tags) = tagged(&from);
        let mut text = parse(&before);
        text.update(&to);
        prop_assert_eq!(text.patch(), &to);
        let wanted: toml_edit::Document<String> = to.to_text().parse().unwrap();
        for (section, key, tree, line) in tags {
            let Some(now) = wanted.get(&section).and_then(|s| s.get(&key)).map(Tree::of) else { continue };
            let comment = line.rsplit('#').next().unwrap();
            let found = text.text().lines().find(|l| l.ends_with(&format!(" #{comment}")));
            prop_assert!(found.is_some(), "{}\n{}\n---\n{}", line, before, text);
            if now == tree {
                prop_assert_eq!(found, Some(line.as_str()), "{}\n---\n{}", before, text);
            }
        }
    }

    #[test]
    fn damage_is_told_and_never_panics(
        patch in arb::patch(),
        seed: u64,
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5_u8), 1..6),
    ) {
        let mut text = ugly(&patch, seed);
        for (a, b, how) in cuts {
            let mut places: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
            places.push(text.len());
            let (a, b) = (places[a.index(places.len())], places[b.index(places.len())]);
            let (a, b) = (a.min(b), a.max(b));
            match how {
                0 => drop(text.drain(a..b.min(text.floor_char_boundary(a + 12)))),
                1 => text.insert_str(b, &text[a..b].chars().take(40).collect::<String>()),
                2 => text.insert_str(a, ["\"", "[", "}", "=", "\n", "#", "\r", "'''", "nan", "\u{1}", ".", "é"][b % 12]),
                3 => text.truncate(b),
                _ => {
                    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                    let n = lines.len();
                    lines.swap(a % n, b % n);
                    text = lines.concat();
                }
            }
            prop_assume!(!text.is_empty());
        }
        match TextPatch::parse(&text, "x") {
            Ok(read) => {
                prop_assert_eq!(read.to_string(), text);
                read.patch().check().unwrap();
                let mut again = read.clone();
                again.update(read.patch());
                prop_assert_eq!(again.text(), read.text());
                again.update(&patch);
                prop_assert_eq!(again.patch(), &patch);
            }
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                let lines = text.split('\n').count() as u32;
                prop_assert!(problems.iter().all(|p| (1..=lines).contains(&p.line) && !p.message.is_empty()));
            }
        }
    }

    #[test]
    fn any_characters_are_read_without_panic(text in "[ -~\n\r\t\"\\[\\]{}=.#é]{0,120}") {
        let _ = TextPatch::parse(&text, "x");
        let _ = TextPatch::parse(&format!("beatforge = 1\n{text}"), "x");
    }
}
