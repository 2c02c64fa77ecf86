//! Undo and redo: stacks of inverse edits, where the many edits of one gesture make one step.

use crate::Set;
use crate::edit::{EditError, SetEdit, Sets};
use rustc_hash::FxHashSet;
use std::collections::VecDeque;

/// What holds the edits of one drag or one turn together: a number that is new for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Gesture(pub u64);

/// One thing that was done, and how to take it back.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it was, in a few words.
    pub label: String,
    /// The edits that take it back, in the order to apply them.
    pub back: Vec<SetEdit>,
    /// While set, edits of the same gesture join this step.
    gesture: Option<Gesture>,
    restores: Restores,
}

/// What a step restores, as far as edits that join it have asked.
#[derive(Clone, Debug, Default, PartialEq)]
enum Restores {
    #[default]
    Unknown,
    /// These values, and nothing else: of which file, and what.
    Values(FxHashSet<(Option<String>, Sets)>),
    /// More than values.
    Shape,
}

/// What an undo or redo did.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// What was taken back or done again, in a few words.
    pub label: String,
    /// The edits that were applied.
    pub edits: Vec<SetEdit>,
}

/// The last things that were done to a set.
#[derive(Clone, Debug)]
pub struct History {
    undo: VecDeque<Step>,
    redo: Vec<Step>,
    limit: usize,
}

impl Default for History {
    fn default() -> History {
        History::new(1000)
    }
}

impl History {
    /// A history of at most so many steps; older ones are forgotten.
    pub fn new(limit: usize) -> History {
        History { undo: VecDeque::new(), redo: Vec::new(), limit }
    }

    /// Applies an edit to the set and remembers it. An edit of the gesture that the last step belongs to joins that
    /// step, whose label stays.
    ///
    /// # Errors
    /// As [`Set::apply`]; set and history are then as they were.
    pub fn apply(
        &mut self,
        set: &mut Set,
        edit: &SetEdit,
        label: &str,
        gesture: Option<Gesture>,
    ) -> Result<(), EditError> {
        let back = set.apply(edit)?;
        self.record(vec![back], label, gesture);
        Ok(())
    }

    /// Remembers a step that was applied elsewhere, by the edits that take it back.
    pub fn record(&mut self, back: Vec<SetEdit>, label: &str, gesture: Option<Gesture>) {
        self.redo.clear();
        match self.undo.back_mut() {
            Some(last) if gesture.is_some() && last.gesture == gesture => last.join(back),
            _ => self.undo.push_back(Step::new(label, back, gesture)),
        }
        while self.undo.len() > self.limit {
            self.undo.pop_front();
        }
    }

    /// Ends the gesture of the last step: what follows is a step of its own.
    pub fn end_gesture(&mut self) {
        if let Some(last) = self.undo.back_mut() {
            last.gesture = None;
            last.restores = Restores::Unknown;
        }
    }

    /// Takes the last step back. `None` when there is none.
    ///
    /// # Errors
    /// When the step does not apply any more, since the set was changed past this history. The set is as it was; the
    /// step is forgotten.
    pub fn undo(&mut self, set: &mut Set) -> Result<Option<Replayed>, EditError> {
        let Some(step) = self.undo.pop_back() else { return Ok(None) };
        self.end_gesture();
        let back = set.apply_all(&step.back)?;
        self.redo.push(Step::new(&step.label, back, None));
        Ok(Some(Replayed { label: step.label, edits: step.back }))
    }

    /// Does the step again that was taken back last. `None` when there is none.
    ///
    /// # Errors
    /// As [`History::undo`].
    pub fn redo(&mut self, set: &mut Set) -> Result<Option<Replayed>, EditError> {
        let Some(step) = self.redo.pop() else { return Ok(None) };
        let back = set.apply_all(&step.back)?;
        self.undo.push_back(Step::new(&step.label, back, None));
        Ok(Some(Replayed { label: step.label, edits: step.back }))
    }

    /// What undo would take back, the last first.
    pub fn undoable(&self) -> impl Iterator<Item = &str> {
        self.undo.iter().rev().map(|step| step.label.as_str())
    }

    /// What redo would do again, the next first.
    pub fn redoable(&self) -> impl Iterator<Item = &str> {
        self.redo.iter().rev().map(|step| step.label.as_str())
    }

    /// Forgets everything, as when another set is opened.
    pub fn clear(&mut self) {
        self.undo.clear();
        self.redo.clear();
    }
}

impl Step {
    fn new(label: &str, back: Vec<SetEdit>, gesture: Option<Gesture>) -> Step {
        Step { label: label.to_owned(), back, gesture, restores: Restores::Unknown }
    }

    /// Takes in what undoes a later edit: it runs first. A drag sends hundreds of values for one param; those whose
    /// value an older inverse restores anyway are not kept.
    fn join(&mut self, mut back: Vec<SetEdit>) {
        if self.restores == Restores::Unknown {
            let all: Option<Vec<_>> = self.back.iter().map(values).collect();
            self.restores = all.map_or(Restores::Shape, |all| Restores::Values(all.into_iter().flatten().collect()));
        }
        let new: Option<Vec<_>> = back.iter().map(values).collect();
        match (&mut self.restores, new) {
            (Restores::Values(known), Some(new)) => {
                let mut new = new.into_iter();
                back.retain(|_| {
                    let new = new.next().unwrap_or_default();
                    let is_known = new.iter().all(|value| known.contains(value));
                    if !is_known {
                        known.extend(new);
                    }
                    !is_known
                });
            }
            (restores, _) => *restores = Restores::Shape,
        }
        if !back.is_empty() {
            back.append(&mut self.back);
            self.back = back;
        }
    }
}

/// The values that an edit sets; `None` where it does more.
fn values(edit: &SetEdit) -> Option<Vec<(Option<String>, Sets)>> {
    edit.edit.leaves().into_iter().map(|leaf| Some((edit.file.clone(), leaf.sets()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edit, Node, Patch, Socket};
    use bf_node::Value;

    fn set() -> Set {
        let mut main = Patch::default();
        main.nodes.insert("saw".into(), Node::new("saw").with("freq", 110.0));
        Set { main, ..Set::default() }
    }

    fn freq(to: f64) -> SetEdit {
        SetEdit::main(Edit::SetParam { target: Socket::new("saw", "freq"), value: Some(Value::Number(to)) })
    }

    fn now(set: &Set) -> Option<f64> {
        set.main.nodes["saw"].params["freq"].as_number()
    }

    #[test]
    fn undo_and_redo_walk_both_ways() {
        let (mut set, mut history) = (set(), History::default());
        for f in [1.0, 2.0, 3.0] {
            history.apply(&mut set, &freq(f), &format!("to {f}"), None).unwrap();
        }
        let after = set.clone();
        assert_eq!(history.undo(&mut set).unwrap().unwrap().label, "to 3");
        assert_eq!(now(&set), Some(2.0));
        history.undo(&mut set).unwrap();
        history.undo(&mut set).unwrap();
        assert_eq!(now(&set), Some(110.0));
        assert_eq!(history.undo(&mut set), Ok(None));
        assert_eq!(history.redoable().collect::<Vec<_>>(), ["to 1", "to 2", "to 3"]);
        for _ in 0..3 {
            history.redo(&mut set).unwrap();
        }
        assert_eq!(set, after);
        assert_eq!(history.redo(&mut set), Ok(None));
    }

    #[test]
    fn a_new_step_ends_what_could_be_redone() {
        let (mut set, mut history) = (set(), History::default());
        history.apply(&mut set, &freq(1.0), "a", None).unwrap();
        history.undo(&mut set).unwrap();
        history.apply(&mut set, &freq(2.0), "b", None).unwrap();
        assert_eq!(history.redo(&mut set), Ok(None));
        assert_eq!(history.undoable().collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn a_drag_is_one_step_and_stays_small() {
        let (mut set, mut history) = (set(), History::default());
        let drag = Some(Gesture(7));
        for i in 0..1000 {
            history.apply(&mut set, &freq(f64::from(i)), "turn freq", drag).unwrap();
        }
        assert_eq!(history.undo.len(), 1);
        assert_eq!(history.undo[0].back.len(), 1);
        history.undo(&mut set).unwrap();
        assert_eq!(now(&set), Some(110.0));
        history.redo(&mut set).unwrap();
        assert_eq!(now(&set), Some(999.0));
    }

    #[test]
    fn a_drag_of_thousands_of_nodes_is_one_step_with_each_of_them_once() {
        let (mut set, mut history) = (Set::default(), History::default());
        let names: Vec<crate::Name> = (0..2_000).map(|i| format!("n{i}").as_str().into()).collect();
        set.main.nodes.extend(names.iter().map(|name| (name.clone(), Node::new("saw"))));
        let before = set.clone();
        for frame in 0..100 {
            let moved = |name: &crate::Name| Edit::SetLayout { name: name.clone(), at: Some([frame * 8, 0]) };
            let edit = SetEdit::main(Edit::Batch(names.iter().map(moved).collect()));
            history.apply(&mut set, &edit, "move", Some(Gesture(1))).unwrap();
        }
        let kept: usize = history.undo[0].back.iter().map(|edit| edit.edit.leaves().len()).sum();
        assert_eq!((history.undo.len(), kept), (1, names.len()));
        history.undo(&mut set).unwrap();
        assert_eq!(set, before);
    }

    #[test]
    fn values_of_two_files_are_two_values() {
        let mut set = set();
        set.files.insert("a.toml".to_owned(), set.main.clone());
        let (before, mut history) = (set.clone(), History::default());
        for to in [1.0, 2.0] {
            history.apply(&mut set, &freq(to), "turn", Some(Gesture(1))).unwrap();
            let inner = SetEdit { file: Some("a.toml".to_owned()), ..freq(to) };
            history.apply(&mut set, &inner, "turn", Some(Gesture(1))).unwrap();
        }
        assert_eq!(history.undo[0].back.len(), 2);
        history.undo(&mut set).unwrap();
        assert_eq!(set, before);
    }

    #[test]
    fn a_gesture_that_adds_and_moves_keeps_its_order() {
        let (mut set, mut history) = (set(), History::default());
        let before = set.clone();
        let drag = Some(Gesture(1));
        let lfo = Edit::AddNode { name: "lfo".into(), node: Node::new("lfo"), at: None };
        history.apply(&mut set, &SetEdit::main(lfo), "drop lfo", drag).unwrap();
        for x in 0..5 {
            let moved = Edit::SetLayout { name: "lfo".into(), at: Some([x * 8, 0]) };
            history.apply(&mut set, &SetEdit::main(moved), "drop lfo", drag).unwrap();
        }
        let after = set.clone();
        assert_eq!(history.undoable().count(), 1);
        history.undo(&mut set).unwrap();
        assert_eq!(set, before);
        history.redo(&mut set).unwrap();
        assert_eq!(set, after);
    }

    #[test]
    fn the_end_of_a_gesture_starts_a_new_step() {
        let (mut set, mut history) = (set(), History::default());
        history.apply(&mut set, &freq(1.0), "a", Some(Gesture(1))).unwrap();
        history.end_gesture();
        history.apply(&mut set, &freq(2.0), "b", Some(Gesture(1))).unwrap();
        history.apply(&mut set, &freq(3.0), "c", Some(Gesture(2))).unwrap();
        assert_eq!(history.undoable().collect::<Vec<_>>(), ["c", "b", "a"]);
    }

    #[test]
    fn old_steps_are_forgotten() {
        let (mut set, mut history) = (set(), History::new(3));
        for i in 0..10 {
            history.apply(&mut set, &freq(f64::from(i)), &i.to_string(), None).unwrap();
        }
        assert_eq!(history.undoable().collect::<Vec<_>>(), ["9", "8", "7"]);
    }

    #[test]
    fn a_failed_edit_is_not_remembered() {
        let (mut set, mut history) = (set(), History::default());
        let bad = SetEdit::main(Edit::RemoveNode { name: "sawx".into() });
        let error = history.apply(&mut set, &bad, "remove", None).unwrap_err();
        assert_eq!(error.to_string(), "there is no node `sawx`; did you mean `saw`?");
        assert_eq!(history.undoable().count(), 0);
    }
}
