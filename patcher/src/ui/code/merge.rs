//! Three texts become one by lines: as last read, as typed here, and as the file is now.

use crate::lsp::text::differing;
use std::ops::Range;

/// Lines of both texts, multiplied, up to which they are compared one by one.
const MOST: usize = 4_000_000;

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Merged {
    pub text: String,
    /// Places where both had changed the same lines: the file's stand.
    pub lost: usize,
}

/// Keeps what either has changed. Where both changed the same lines, the file wins; where both added some at one place,
/// all of them stand.
pub(super) fn merge(base: &str, ours: &str, theirs: &str) -> Merged {
    let [base, ours, theirs]: [Vec<&str>; 3] = [base, ours, theirs].map(|text| text.split('\n').collect());
    let (to_ours, to_theirs) = (partners(&base, &ours), partners(&base, &theirs));
    let (mut merged, mut lost) = (Vec::new(), 0);
    let (mut b, mut o, mut t) = (0, 0, 0);
    for k in 0..=base.len() {
        let (next_o, next_t) = match (to_ours.get(k), to_theirs.get(k)) {
            (Some(Some(o)), Some(Some(t))) => (*o, *t),
            (None, _) => (ours.len(), theirs.len()),
            _ => continue,
        };
        lost += settle(&mut merged, &base[b..k], &ours[o..next_o], &theirs[t..next_t]);
        merged.extend(base.get(k));
        (b, o, t) = (k + 1, next_o + 1, next_t + 1);
    }
    Merged { text: merged.join("\n"), lost }
}

/// What is said of a script that another has written, too.
pub(super) fn merge_said(name: &str, lost: usize) -> String {
    match lost {
        0 => format!("{name} was saved elsewhere: that and what you typed are merged"),
        n => format!(
            "{name} was saved elsewhere with other words in {n} place{} that you changed: the file's stand, Ctrl+Z brings \
             back yours",
            if n == 1 { "" } else { "s" }
        ),
    }
}

/// Lines between two that all three have in common.
fn settle<'a>(merged: &mut Vec<&'a str>, base: &[&'a str], ours: &[&'a str], theirs: &[&'a str]) -> usize {
    if ours == base || ours == theirs {
        merged.extend(theirs);
    } else if theirs == base {
        merged.extend(ours);
    } else if base.is_empty() {
        merged.extend(theirs);
        merged.extend(ours);
    } else if base.len() == ours.len() && base.len() == theirs.len() && base.len() > 1 {
        // Neighbours may each have been changed by another.
        let each = base.iter().zip(ours).zip(theirs);
        return each.map(|((b, o), t)| settle(merged, &[*b], &[*o], &[*t])).sum();
    } else {
        merged.extend(theirs);
        return 1;
    }
    0
}

/// For each line of one text the line of another that it has become; none where it is gone.
fn partners(from: &[&str], to: &[&str]) -> Vec<Option<usize>> {
    let mut found = vec![None; from.len()];
    let head = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    let tail = from[head..].iter().rev().zip(to[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    (0..head).for_each(|i| found[i] = Some(i));
    (1..=tail).for_each(|i| found[from.len() - i] = Some(to.len() - i));
    let (a, b) = (&from[head..from.len() - tail], &to[head..to.len() - tail]);
    if a.len().saturating_mul(b.len()) > MOST {
        return found;
    }
    // The longest run of lines that both have in this order, from behind.
    let wide = b.len() + 1;
    let mut length = vec![0u32; (a.len() + 1) * wide];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            length[i * wide + j] = match a[i] == b[j] {
                true => length[(i + 1) * wide + j + 1] + 1,
                false => length[(i + 1) * wide + j].max(length[i * wide + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            found[head + i] = Some(head + j);
            (i, j) = (i + 1, j + 1);
        } else if length[(i + 1) * wide + j] >= length[i * wide + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

/// The changes that make one text of another, in bytes of the first, from its beginning to its end.
pub(super) fn changes(from: &str, to: &str) -> Vec<(Range<usize>, String)> {
    let [a, b]: [Vec<&str>; 2] = [from, to].map(|text| text.split_inclusive('\n').collect());
    let found = partners(&a, &b);
    let mut changes = Vec::new();
    let (mut i, mut j, mut at) = (0, 0, 0);
    for k in 0..=a.len() {
        let next = match found.get(k) {
            Some(Some(next)) => *next,
            None => b.len(),
            Some(None) => continue,
        };
        let (old, new) = (a[i..k].concat(), b[j..next].concat());
        if old != new {
            let change = differing(&old, &new);
            let put = new[change.range.start..change.range.start + change.len].to_owned();
            changes.push((at + change.range.start..at + change.range.end, put));
        }
        at += old.len() + a.get(k).map_or(0, |line| line.len());
        (i, j) = (k + 1, next + 1);
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_either_has_changed_stands() {
        let base = "tempo(120);\n\ntrack(\"a\", s(\"bd\"));\ntrack(\"b\", s(\"hh\"));\n// end\n";
        let ours = base.replace("bd", "bd*4");
        let theirs = base.replace("hh", "hh*8").replace("tempo(120)", "tempo(130)");
        let both = theirs.replace("bd", "bd*4");
        assert_eq!(merge(base, &ours, &theirs), Merged { text: both, lost: 0 });
        assert_eq!(merge(base, base, &theirs).text, theirs);
        assert_eq!(merge(base, &ours, base).text, ours);
        assert_eq!(merge(base, &theirs, &theirs), Merged { text: theirs, lost: 0 });
    }

    #[test]
    fn the_file_wins_where_both_changed_a_line() {
        let merged = merge("a\nb\nc\n", "a\nmine\nc\nd\n", "a\ntheirs\nc\n");
        assert_eq!(merged, Merged { text: "a\ntheirs\nc\nd\n".into(), lost: 1 });
        let merged = merge("a\n", "a\nmine\n", "a\ntheirs\n");
        assert_eq!(merged, Merged { text: "a\ntheirs\nmine\n".into(), lost: 0 });
        let merged = merge("a\nb", "", "a\nb\nc");
        assert_eq!(merged.lost, 1);
        assert_eq!(merge("", "x", "").text, "x");
    }

    #[test]
    fn changes_lead_from_one_text_to_the_other() {
        let mut seed = 7u32;
        let mut random = |n: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % n
        };
        for _ in 0..200 {
            let mut text =
                || (0..random(8)).map(|_| ["a\n", "bä\n", "c\n", "d"][random(4) as usize]).collect::<String>();
            let (from, to) = (text(), text());
            let mut made = from.clone();
            for (range, put) in changes(&from, &to).into_iter().rev() {
                made.replace_range(range, &put);
            }
            assert_eq!(made, to, "{from:?}");
        }
    }
}
