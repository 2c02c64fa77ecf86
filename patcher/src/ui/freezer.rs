//! Nodes that are being frozen: one after the other is rendered beside the sound, and each is heard from the next bar on.

use super::errand::{Errand, Underway};
use bf_patch::Name;
use bf_session::{Freeze, FreezeError, FreezeWork, Frost, Session, Severity};
use std::collections::VecDeque;

/// What is said, and how grave it is.
pub(crate) type Says = Vec<(Severity, String)>;

/// A node that is to be frozen, of which the sound is there.
struct Ready {
    number: u64,
    frost: Frost,
    node: Name,
    /// The bar in which it was there; none before.
    bar: Option<i64>,
}

/// What is rendered, what waits for that, and what waits for its bar.
#[derive(Default)]
pub(crate) struct Freezer {
    waiting: VecDeque<(u64, FreezeWork)>,
    rendering: Option<(Name, Errand<Result<Frost, FreezeError>>)>,
    ready: VecDeque<Ready>,
}

impl Freezer {
    /// Takes nodes in; what stands against it is said of each. `number` counts what is under way.
    pub(crate) fn take(&mut self, session: &Session, wishes: Vec<Freeze>, number: &mut u64) -> Says {
        let mut said = Says::new();
        for wish in wishes {
            let (node, file) = (wish.node.clone(), wish.file.clone());
            let is_it = |other: &Freeze| (&other.node, &other.file) == (&node, &file);
            let busy = self.waiting.iter().any(|(_, work)| is_it(work.wish()))
                || self.ready.iter().any(|ready| is_it(ready.frost.wish()))
                || self.rendering.as_ref().is_some_and(|(name, _)| *name == node);
            if busy {
                said.push((Severity::Warning, format!("{node} is being frozen")));
                continue;
            }
            match session.freeze(wish) {
                Ok(work) => {
                    *number += 1;
                    self.waiting.push_back((*number, work));
                }
                Err(why) => said.push((Severity::Error, why.to_string())),
            }
        }
        said
    }

    /// Does what is due; whether anything has changed.
    pub(crate) fn turn(&mut self, session: &mut Session, said: &mut Says) -> bool {
        let mut changed = false;
        if self.rendering.is_none()
            && let Some((number, work)) = self.waiting.pop_front()
        {
            let node = work.node().clone();
            let words = format!("freezing {node}");
            let run = move |told: &super::errand::Told| work.run(&mut |share| told.tell(share), &told.cancel);
            self.rendering = Some((node, Errand::new(number, words, run)));
            changed = true;
        }
        if let Some((node, errand)) = &mut self.rendering
            && let Some(done) = errand.heard()
        {
            let (node, number) = (node.clone(), errand.number());
            match done {
                Some(Ok(frost)) => self.ready.push_back(Ready { number, frost, node, bar: None }),
                Some(Err(why @ FreezeError::Cancelled(_))) => said.push((Severity::Warning, why.to_string())),
                Some(Err(why)) => said.push((Severity::Error, why.to_string())),
                None => said.push((Severity::Error, format!("freezing {node} has failed"))),
            }
            self.rendering = None;
            changed = true;
        }
        changed | self.set(session, said)
    }

    /// Lets be heard what is there, at its bar.
    fn set(&mut self, session: &mut Session, said: &mut Says) -> bool {
        let Some(ready) = self.ready.front_mut() else { return false };
        if !session.has_frozen(&ready.frost) {
            return false;
        }
        let status = session.controller().shared().status();
        let bar = (status.beat / f64::from(ready.frost.signature().max(1))).floor() as i64;
        if status.playing && *ready.bar.get_or_insert(bar) == bar {
            return false;
        }
        let Some(ready) = self.ready.pop_front() else { return false };
        said.push(match session.set_frozen(&ready.frost) {
            Ok(text) => (Severity::Warning, text),
            Err(why) => (Severity::Error, why),
        });
        true
    }

    /// Ends one of them; whether it was one.
    pub(crate) fn cancel(&mut self, number: u64, said: &mut Says) -> bool {
        let before = self.waiting.len() + self.ready.len();
        self.waiting.retain(|(own, _)| *own != number);
        let gone = self.ready.iter().position(|ready| ready.number == number).and_then(|at| self.ready.remove(at));
        if let Some(Ready { frost, .. }) = gone {
            // Nothing names its files yet.
            frost.discard();
        }
        if self.waiting.len() + self.ready.len() < before {
            said.push((Severity::Warning, "cancelled: it is not frozen".to_owned()));
            return true;
        }
        let errand = self.rendering.as_ref().map(|(_, errand)| errand).filter(|errand| errand.number() == number);
        errand.into_iter().for_each(Errand::cancel);
        errand.is_some()
    }

    /// Ends all: another set plays.
    pub(crate) fn end(&mut self) {
        if let Some((_, errand)) = self.rendering.take() {
            errand.cancel();
        }
        self.waiting.clear();
        self.ready.drain(..).for_each(|ready| ready.frost.discard());
    }

    /// What is under way.
    pub(crate) fn shown(&self) -> impl Iterator<Item = Underway> {
        let waits = |number: u64, words: String| Underway { number, words, percent: None };
        let ready = self.ready.iter().map(move |r| waits(r.number, format!("{} freezes at the next bar", r.node)));
        let waiting = self.waiting.iter().map(move |(n, work)| waits(*n, format!("{} is frozen next", work.node())));
        ready.chain(self.rendering.iter().map(|(_, errand)| errand.shown())).chain(waiting)
    }
}
