//! Changing which items a list or an inline table holds, in the way that its items stand there.

use super::lines::Lines;
use super::splice::Splices;
use core::ops::Range;

/// What stands at a place of the wanted list.
#[derive(Debug)]
pub(super) enum Slot {
    /// The item that stands at this place now. Slots rise: items do not change places.
    Keep(usize),
    /// A new one.
    New(String),
}

/// The items of a list between its brackets.
pub(super) struct Sequence<'a> {
    pub(super) text: &'a str,
    pub(super) lines: &'a Lines,
    /// Where each item stands. For a table: key and value.
    pub(super) items: Vec<Range<usize>>,
    /// Where the closing bracket stands.
    pub(super) end: usize,
}

impl Sequence<'_> {
    /// Cuts out and puts in. At least one item is kept.
    pub(super) fn edit(&self, slots: &[Slot], out: &mut Splices) {
        let mut kept = vec![false; self.items.len()];
        let mut before = None;
        let mut waiting: Vec<&str> = Vec::new();
        for slot in slots {
            match slot {
                Slot::New(new) => waiting.push(new),
                Slot::Keep(index) => {
                    kept[*index] = true;
                    match before {
                        None => self.insert_before(*index, &waiting, out),
                        Some(before) => self.insert_after(before, &waiting, out),
                    }
                    waiting.clear();
                    before = Some(*index);
                }
            }
        }
        if let Some(before) = before {
            self.insert_after(before, &waiting, out);
        }
        let mut first = 0;
        while first < kept.len() {
            let last = (first..kept.len()).take_while(|i| !kept[*i]).last();
            if let Some(last) = last {
                self.delete(first, last, out);
            }
            first = last.unwrap_or(first) + 1;
        }
    }

    /// The space in front of an item that is the first of its line.
    fn indent(&self, index: usize) -> Option<&str> {
        let start = self.items[index].start;
        let indent = &self.text[self.lines.line_start(start)..start];
        indent.trim().is_empty().then_some(indent)
    }

    /// What stands behind an item on its last line, and where that line ends, if the next item is not on it.
    fn rest_of_line(&self, index: usize) -> Option<(&str, usize)> {
        let item = &self.items[index];
        let next = self.items.get(index + 1).map_or(self.end, |next| next.start);
        let line_end = self.lines.line_end(self.text, item.end);
        (line_end < next).then(|| (&self.text[item.end..line_end], line_end))
    }

    fn insert_before(&self, index: usize, new: &[&str], out: &mut Splices) {
        let start = self.items[index].start;
        let gap = self.indent(index).map_or_else(|| ", ".to_owned(), |indent| format!(",\n{indent}"));
        new.iter().for_each(|new| out.insert(start, format!("{new}{gap}")));
    }

    fn insert_after(&self, index: usize, new: &[&str], out: &mut Splices) {
        let end = self.items[index].end;
        let last = index + 1 == self.items.len();
        match (self.indent(index), self.rest_of_line(index)) {
            _ if new.is_empty() => {}
            (Some(indent), Some((rest, line_end))) if rest.trim_start().starts_with(',') => {
                new.iter().for_each(|new| out.insert(line_end, format!("\n{indent}{new},")));
            }
            (Some(indent), Some((_, line_end))) if last => {
                out.insert(end, ",");
                out.insert(line_end, format!("\n{indent}{}", new.join(&format!(",\n{indent}"))));
            }
            _ => new.iter().for_each(|new| out.insert(end, format!(", {new}"))),
        }
    }

    /// Cuts out items from one to another; at least one other is kept.
    fn delete(&self, first: usize, last: usize, out: &mut Splices) {
        let ends_line = |(rest, _): (&str, usize), i| rest.trim_start().starts_with(',') || i + 1 == self.items.len();
        let own_line =
            |i: usize| self.indent(i).is_some() && self.rest_of_line(i).is_some_and(|rest| ends_line(rest, i));
        if (first..=last).all(own_line) {
            let start = self.lines.line_start(self.items[first].start);
            out.delete(start..self.lines.next_line(self.text, self.items[last].end));
        } else if let Some(next) = self.items.get(last + 1) {
            out.delete(self.items[first].start..next.start);
        } else if let Some(before) = first.checked_sub(1) {
            out.delete(self.items[before].end..self.items[last].end);
        }
    }
}

/// Which items of a list stay when it becomes another: pairs of places, both rising, as many as possible. `None` when
/// the lists are too long to find out.
pub(super) fn common<A, B>(old: &[A], new: &[B], same: impl Fn(&A, &B) -> bool) -> Option<Vec<(usize, usize)>> {
    let front = old.iter().zip(new).take_while(|(a, b)| same(a, b)).count();
    let (o, n) = (&old[front..], &new[front..]);
    let back = o.iter().rev().zip(n.iter().rev()).take_while(|(a, b)| same(a, b)).count();
    let (o, n) = (&o[..o.len() - back], &n[..n.len() - back]);
    if o.len() * n.len() > 1 << 20 {
        return None;
    }
    let width = n.len() + 1;
    let mut best = vec![0_u32; (o.len() + 1) * width];
    for (i, a) in o.iter().enumerate().rev() {
        for (j, b) in n.iter().enumerate().rev() {
            best[i * width + j] = if same(a, b) {
                best[(i + 1) * width + j + 1] + 1
            } else {
                best[(i + 1) * width + j].max(best[i * width + j + 1])
            };
        }
    }
    let mut pairs: Vec<(usize, usize)> = (0..front).map(|i| (i, i)).collect();
    let (mut i, mut j) = (0, 0);
    while i < o.len() && j < n.len() {
        if same(&o[i], &n[j]) {
            pairs.push((front + i, front + j));
            (i, j) = (i + 1, j + 1);
        } else if best[(i + 1) * width + j] >= best[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs.extend((0..back).map(|i| (old.len() - back + i, new.len() - back + i)));
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list with items a, b, c ..., after the slots are brought in.
    fn check(text: &str, slots: &[Slot], wanted: &str) {
        let lines = Lines::new(text);
        let items = text.char_indices().filter(|(_, c)| c.is_ascii_lowercase()).map(|(i, _)| i..i + 1).collect();
        let sequence = Sequence { text, lines: &lines, items, end: text.rfind(']').unwrap() };
        let mut out = Splices::default();
        sequence.edit(slots, &mut out);
        assert_eq!(out.apply(text), wanted);
    }

    fn keep(places: &[usize]) -> Vec<Slot> {
        places.iter().map(|i| Slot::Keep(*i)).collect()
    }

    #[test]
    fn items_leave_a_line() {
        check("[a, b, c]", &keep(&[1, 2]), "[b, c]");
        check("[a, b, c]", &keep(&[0, 2]), "[a, c]");
        check("[ a, b, c ]", &keep(&[0, 1]), "[ a, b ]");
        check("[a, b, c, d]", &keep(&[1]), "[b]");
        check("[a,b,c,]", &keep(&[0]), "[a,]");
    }

    #[test]
    fn items_leave_lines_of_their_own() {
        let text = "[\n  a, # A\n  b, # B\n  c  # C\n]";
        check(text, &keep(&[0, 2]), "[\n  a, # A\n  c  # C\n]");
        check(text, &keep(&[0, 1]), "[\n  a, # A\n  b, # B\n]");
        check(text, &keep(&[2]), "[\n  c  # C\n]");
    }

    #[test]
    fn items_come_in() {
        let new = |s: &str| Slot::New(s.to_owned());
        check("[a, b]", &[new("X"), Slot::Keep(0), new("Y"), Slot::Keep(1), new("Z")], "[X, a, Y, b, Z]");
        let text = "[\r\n  a, # A\r\n  b # B\r\n]";
        let slots = [new("X"), Slot::Keep(0), new("Y"), Slot::Keep(1), new("Z")];
        check(text, &slots, "[\r\n  X,\r\n  a, # A\r\n  Y,\r\n  b, # B\r\n  Z\r\n]");
        check("[\n  a\n]", &[Slot::Keep(0), new("X"), new("Y")], "[\n  a,\n  X,\n  Y\n]");
        check("[\n  a,\n]", &[Slot::Keep(0), new("X"), new("Y")], "[\n  a,\n  X,\n  Y,\n]");
    }

    #[test]
    fn what_stays_is_the_most() {
        let same = |a: &u8, b: &u8| a == b;
        assert_eq!(common(b"abcd", b"bd", same), Some(vec![(1, 0), (3, 1)]));
        assert_eq!(common(b"ab", b"axb", same), Some(vec![(0, 0), (1, 2)]));
        assert_eq!(common(b"", b"x", same), Some(vec![]));
        assert_eq!(common(b"abc", b"cab", same), Some(vec![(0, 1), (1, 2)]));
    }
}
