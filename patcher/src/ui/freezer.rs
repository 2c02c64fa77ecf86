//! Nodes that are being frozen: one after the other is rendered beside the sound, and each is heard from the next bar on.

use super::errand::{Errand, Underway};
use bf_patch::Name;
use bf_session::{Freeze, FreezeError, FreezeWork, Frost, Session, Severity};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What is said, and how grave it is.
pub(crate) type Says = Vec<(Severity, String)>;

/// Nodes that were wished for together, which are heard together: of which wish, and of which patch.
type Batch = (u64, Option<String>);

/// A node that is to be frozen, of which the sound is there.
struct Ready {
    number: u64,
    batch: Batch,
    frost: Frost,
}

/// A node that is rendered.
struct Rendering {
    node: Name,
    batch: Batch,
    errand: Errand<Result<Frost, FreezeError>>,
}

/// What is rendered, what waits for that, and what waits for its bar.
#[derive(Default)]
pub(crate) struct Freezer {
    waiting: VecDeque<(u64, Batch, FreezeWork)>,
    rendering: Option<Rendering>,
    ready: VecDeque<Ready>,
    /// The bar in which the first batch was there; none before.
    bar: Option<i64>,
    /// How many were taken in and how many were rendered since nothing was under way.
    taken: u32,
    rendered: u32,
}

impl Freezer {
    /// Takes nodes in; what stands against it is said of each. `number` counts what is under way.
    pub(crate) fn take(&mut self, session: &Session, wishes: Vec<Freeze>, number: &mut u64) -> Says {
        let (mut said, mut refused, mut works) = (Says::new(), Vec::new(), Vec::new());
        for wish in wishes {
            let (node, file) = (wish.node.clone(), wish.file.clone());
            let is_it = |other: &Freeze| (&other.node, &other.file) == (&node, &file);
            let busy = self.waiting.iter().any(|(.., work)| is_it(work.wish()))
                || self.ready.iter().any(|ready| is_it(ready.frost.wish()))
                || self.rendering.as_ref().is_some_and(|one| (&one.node, &one.batch.1) == (&node, &file));
            if busy {
                said.push((Severity::Warning, format!("{node} is being frozen")));
                continue;
            }
            match session.freeze(wish) {
                Ok(work) => works.push(work),
                Err(why) => refused.push((node, why)),
            }
        }
        said.extend(refusals(session, &refused, works.is_empty()));
        let rests = resting(session, works.iter().map(FreezeWork::wish));
        let batch = *number + 1;
        for work in works.into_iter().filter(|work| !rests.contains(work.node())) {
            *number += 1;
            self.taken += 1;
            let batch = (batch, work.wish().file.clone());
            self.waiting.push_back((*number, batch, work));
        }
        if !rests.is_empty() {
            let names: Vec<&str> = rests.iter().map(Name::as_str).collect();
            let rest = if names.len() == 1 { "rests" } else { "rest" };
            said.push((Severity::Warning, format!("{} {rest}: what they feed is frozen", names.join(", "))));
        }
        said
    }

    /// Does what is due; whether anything has changed.
    pub(crate) fn turn(&mut self, session: &mut Session, said: &mut Says) -> bool {
        let mut changed = false;
        if self.rendering.is_none()
            && let Some((number, batch, work)) = self.waiting.pop_front()
        {
            let node = work.node().clone();
            let words = format!("freezing {node}");
            let run = move |told: &super::errand::Told| work.run(&mut |share| told.tell(share), &told.cancel);
            self.rendering = Some(Rendering { node, batch, errand: Errand::new(number, words, run) });
            changed = true;
        }
        if let Some(Rendering { node, batch, errand }) = &mut self.rendering
            && let Some(done) = errand.heard()
        {
            let (node, number, batch) = (node.clone(), errand.number(), batch.clone());
            match done {
                Some(Ok(frost)) => self.ready.push_back(Ready { number, batch, frost }),
                Some(Err(why @ FreezeError::Cancelled(_))) => said.push((Severity::Warning, why.to_string())),
                Some(Err(why)) => said.push((Severity::Error, why.to_string())),
                None => said.push((Severity::Error, format!("freezing {node} has failed"))),
            }
            self.rendering = None;
            self.rendered += 1;
            changed = true;
        }
        if self.waiting.is_empty() && self.rendering.is_none() {
            (self.taken, self.rendered) = (0, 0);
        }
        changed | self.set(session, said)
    }

    /// The first batch of which all are rendered.
    fn complete(&self) -> Option<Batch> {
        let goes_on = |batch: &Batch| {
            self.waiting.iter().any(|(_, of, _)| of == batch)
                || self.rendering.as_ref().is_some_and(|r| r.batch == *batch)
        };
        self.ready.iter().map(|ready| &ready.batch).find(|batch| !goes_on(batch)).cloned()
    }

    /// Lets be heard what is there, at its bar.
    fn set(&mut self, session: &mut Session, said: &mut Says) -> bool {
        let Some(batch) = self.complete() else {
            self.bar = None;
            return false;
        };
        let of = |ready: &&Ready| ready.batch == batch;
        // Each is asked: what is asked for is read.
        let read = self.ready.iter().filter(of).filter(|ready| !session.has_frozen(&ready.frost)).count();
        let signature = self.ready.iter().find(of).map_or(1, |ready| ready.frost.signature().max(1));
        if read > 0 {
            return false;
        }
        let status = session.controller().shared().status();
        let bar = (status.beat / f64::from(signature)).floor() as i64;
        if status.playing && *self.bar.get_or_insert(bar) == bar {
            return false;
        }
        self.bar = None;
        let all = core::mem::take(&mut self.ready).into_iter();
        let (due, later): (VecDeque<Ready>, VecDeque<Ready>) = all.partition(|ready| ready.batch == batch);
        self.ready = later;
        let frosts: Vec<&Frost> = due.iter().map(|ready| &ready.frost).collect();
        said.push(match session.set_frozen_together(&frosts) {
            Ok(text) => (Severity::Warning, text),
            Err(why) => (Severity::Error, why),
        });
        true
    }

    /// Ends one of them, or all without a number; whether there was one.
    pub(crate) fn cancel(&mut self, number: Option<u64>, said: &mut Says) -> bool {
        let is_meant = |own: u64| number.is_none_or(|number| number == own);
        let before = self.waiting.len() + self.ready.len();
        self.waiting.retain(|(own, ..)| !is_meant(*own));
        let (gone, kept): (Vec<Ready>, Vec<Ready>) = self.ready.drain(..).partition(|ready| is_meant(ready.number));
        self.ready = kept.into();
        // Nothing names its files yet.
        gone.iter().for_each(|ready| ready.frost.discard());
        let gone = before - self.waiting.len() - self.ready.len();
        self.taken = self.taken.saturating_sub(gone as u32);
        self.rendered = self.rendered.min(self.taken);
        match gone {
            0 => {}
            1 => said.push((Severity::Warning, "cancelled: it is not frozen".to_owned())),
            more => said.push((Severity::Warning, format!("cancelled: {more} nodes are not frozen"))),
        }
        let errand = self.rendering.as_ref().map(|one| &one.errand).filter(|errand| is_meant(errand.number()));
        errand.into_iter().for_each(Errand::cancel);
        errand.is_some() || gone > 0
    }

    /// Ends all: another set plays.
    pub(crate) fn end(&mut self) {
        if let Some(one) = self.rendering.take() {
            one.errand.cancel();
        }
        self.waiting.clear();
        self.ready.drain(..).for_each(|ready| ready.frost.discard());
        (self.taken, self.rendered, self.bar) = (0, 0, None);
    }

    /// What is under way.
    pub(crate) fn shown(&self) -> impl Iterator<Item = Underway> {
        let waits = |number: u64, words: String| Underway { number, words, percent: None, nth: None };
        let complete = self.complete();
        let ready = self.ready.iter().map(move |r| {
            let when = if complete.as_ref() == Some(&r.batch) { "freezes at the next bar" } else { "is rendered" };
            waits(r.number, format!("{} {when}", r.frost.wish().node))
        });
        let waiting = self.waiting.iter().map(move |(n, _, work)| waits(*n, format!("{} is frozen next", work.node())));
        let nth = (self.taken > 1).then_some((self.rendered + 1, self.taken));
        ready.chain(self.rendering.iter().map(move |one| Underway { nth, ..one.errand.shown() })).chain(waiting)
    }
}

/// Why nodes cannot be frozen: of one why, of several which.
fn refusals(session: &Session, refused: &[(Name, FreezeError)], all: bool) -> Says {
    let words = |(name, why): &(Name, FreezeError)| match why {
        FreezeError::Script(_) => not_of_text(session, name),
        why => why.to_string(),
    };
    match refused {
        [] => Says::new(),
        [one] => [(Severity::Error, words(one))].into(),
        [first, rest @ ..] if all => {
            [(Severity::Error, format!("{}; nor are {} others frozen", words(first), rest.len()))].into()
        }
        some => {
            let names: Vec<&str> = some.iter().map(|(name, _)| name.as_str()).collect();
            let why = "freeze one alone to read why";
            [(Severity::Warning, format!("left as they are: {} ({why})", names.join(", ")))].into()
        }
    }
}

/// What helps where a node of a script is to be frozen.
fn not_of_text(session: &Session, name: &Name) -> String {
    if super::change::is_of_node(&session.wanted(), name) {
        FreezeError::Script(name.clone()).to_string()
    } else {
        format!(
            "a track of a script plays {name}: its sound is in its text, change it there, or freeze what it leads to"
        )
    }
}

/// Nodes that lead only to others that are frozen with them: they rest then, and are not rendered.
fn resting<'a>(session: &Session, wishes: impl Iterator<Item = &'a Freeze>) -> BTreeSet<Name> {
    let wishes: Vec<&Freeze> = wishes.collect();
    let Some(first) = wishes.first().filter(|_| wishes.len() > 1) else { return BTreeSet::new() };
    let heard = session.heard();
    let Some(patch) = heard.patch(first.file.as_deref()) else { return BTreeSet::new() };
    let wished: BTreeSet<&Name> = wishes.iter().filter(|wish| wish.file == first.file).map(|wish| &wish.node).collect();
    let mut leads: BTreeMap<&Name, BTreeSet<&Name>> = BTreeMap::new();
    for (to, cables) in &patch.cables {
        cables.iter().for_each(|cable| _ = leads.entry(&cable.from.node).or_default().insert(&to.node));
    }
    let outwards: BTreeSet<&Name> = patch.outputs.iter().map(|(_, output)| &output.node).collect();
    // What is not frozen and leads only to what is, as far as one follows it.
    let mut rests: BTreeSet<&Name> = BTreeSet::new();
    loop {
        let is_over = |to: &&Name| wished.contains(*to) || rests.contains(*to);
        let more = leads
            .iter()
            .filter(|(name, to)| !rests.contains(**name) && !outwards.contains(**name) && to.iter().all(is_over));
        let more: Vec<&Name> = more.map(|(name, _)| *name).collect();
        if more.is_empty() {
            break;
        }
        rests.extend(more);
    }
    let found: BTreeSet<Name> =
        wished.iter().filter(|name| rests.contains(**name)).map(|name| (*name).clone()).collect();
    // A ring that nothing leaves.
    if found.len() == wished.len() { BTreeSet::new() } else { found }
}
