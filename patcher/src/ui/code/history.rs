//! What can be taken back in a text: a history of its own, apart from that of the set.

/// Steps that are kept.
const KEPT: usize = 2_000;

/// A piece of text in another's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Replaced {
    pub at: usize,
    pub gone: String,
    pub put: String,
}

/// What belongs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters that were typed go together by words.
    Typed,
    /// All of one gesture goes together.
    Gesture(u64),
    /// A step by itself.
    Whole,
}

#[derive(Clone, Debug)]
struct Step {
    /// In the order in which they were made.
    all: Vec<Replaced>,
    kind: Kind,
    /// Where the cursor was before.
    cursor: (usize, usize),
}

/// The steps that can be taken back, and those that were.
#[derive(Default)]
pub(super) struct History {
    done: Vec<Step>,
    undone: Vec<Step>,
}

impl History {
    pub(super) fn push(&mut self, all: Vec<Replaced>, kind: Kind, cursor: (usize, usize)) {
        self.undone.clear();
        if let ([new], Some(last)) = (all.as_slice(), self.done.last_mut())
            && last.kind == kind
            && let [old] = last.all.as_mut_slice()
            && joined(old, new, kind)
        {
            return;
        }
        self.done.push(Step { all, kind, cursor });
        let more = self.done.len().saturating_sub(KEPT);
        self.done.drain(..more);
    }

    /// Takes the last step back. Answers what was replaced by that, in order, and where the cursor comes to stand.
    pub(super) fn undo(&mut self, text: &mut String) -> Option<(Vec<Replaced>, (usize, usize))> {
        let step = self.done.pop()?;
        let back = step.all.iter().rev();
        let made: Vec<Replaced> =
            back.map(|r| Replaced { at: r.at, gone: r.put.clone(), put: r.gone.clone() }).collect();
        made.iter().for_each(|r| r.make(text));
        let cursor = step.cursor;
        self.undone.push(step);
        Some((made, cursor))
    }

    /// Does the last undone step again.
    pub(super) fn redo(&mut self, text: &mut String) -> Option<(Vec<Replaced>, (usize, usize))> {
        let step = self.undone.pop()?;
        step.all.iter().for_each(|r| r.make(text));
        let made = step.all.clone();
        let end = made.last().map_or(step.cursor.1, |r| r.at + r.put.len());
        self.done.push(step);
        Some((made, (end, end)))
    }
}

impl Replaced {
    pub(super) fn make(&self, text: &mut String) {
        text.replace_range(self.at..self.at + self.gone.len(), &self.put);
    }
}

/// Whether a piece goes on with another; the other is both then.
fn joined(old: &mut Replaced, new: &Replaced, kind: Kind) -> bool {
    let goes_on = new.at == old.at + old.put.len() && new.gone.is_empty() && new.put.chars().count() == 1;
    match kind {
        Kind::Whole => return false,
        Kind::Gesture(_) if new.at == old.at && new.gone == old.put => old.put.clone_from(&new.put),
        Kind::Gesture(_) => return false,
        Kind::Typed if goes_on && !old.put.is_empty() => {
            let begins = old.put.ends_with(char::is_whitespace) && !new.put.starts_with(char::is_whitespace);
            if begins {
                return false;
            }
            old.put.push_str(&new.put);
        }
        Kind::Typed if new.put.is_empty() && old.put.is_empty() && new.at + new.gone.len() == old.at => {
            old.gone.insert_str(0, &new.gone);
            old.at = new.at;
        }
        Kind::Typed => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(history: &mut History, text: &mut String, at: usize, gone: usize, put: &str, kind: Kind) {
        let replaced = Replaced { at, gone: text[at..at + gone].to_owned(), put: put.to_owned() };
        replaced.make(text);
        history.push(vec![replaced], kind, (at, at));
    }

    #[test]
    fn words_are_steps_and_so_are_gestures() {
        let (mut history, mut text) = (History::default(), String::new());
        for (at, c) in "ab cd".char_indices() {
            put(&mut history, &mut text, at, 0, &c.to_string(), Kind::Typed);
        }
        history.undo(&mut text);
        assert_eq!(text, "ab ");
        history.redo(&mut text);
        put(&mut history, &mut text, 3, 2, "1", Kind::Gesture(1));
        put(&mut history, &mut text, 3, 1, "27", Kind::Gesture(1));
        put(&mut history, &mut text, 3, 2, "3", Kind::Gesture(2));
        assert_eq!(text, "ab 3");
        history.undo(&mut text);
        assert_eq!(text, "ab 27");
        assert_eq!(history.undo(&mut text).unwrap().1, (3, 3));
        assert_eq!(text, "ab cd");
        while history.undo(&mut text).is_some() {}
        assert_eq!(text, "");
        while history.redo(&mut text).is_some() {}
        assert_eq!(text, "ab 3");
    }
}
