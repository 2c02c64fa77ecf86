//! The thread that opens what is wished for and notices what has gone.

use super::{MidiError, NOBODY, News, Way, Wishes, answers, jack, list, system};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

/// How often it is looked what there is.
const LOOK: Duration = Duration::from_millis(500);
/// Looks after which a port that is not there is said not to be: some take a moment.
const PATIENCE: u32 = 2;

/// Starts it; it ends with the other end of `wishes`.
pub(super) fn start(
    wishes: Receiver<Wishes>,
    news: SyncSender<News>,
    mut jack: jack::Keeper,
    mut system: system::Keeper,
) -> std::io::Result<()> {
    let work = move || {
        let (mut wanted, mut told) = (Wishes::default(), BTreeSet::new());
        // Wishes that are new, and how often it was looked for them.
        let mut fresh: BTreeMap<(Way, u8), u32> = BTreeMap::new();
        loop {
            match wishes.recv_timeout(LOOK) {
                Ok(wishes) => {
                    fresh.extend(news_of(&wanted, &wishes).map(|which| (which, 0)));
                    wanted = wishes;
                    if !fresh.is_empty() {
                        // Who wishes anew is told anew what is wrong.
                        told.clear();
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let mut tell = |item: News| {
                // A fault stays until something has changed.
                if told.insert(format!("{item:?}")) {
                    let _ = news.try_send(item);
                }
            };
            match [system.look(&wanted, &mut tell), jack.look(&wanted, &mut tell)] {
                // One of the two is enough.
                [Err(system), Err(MidiError::NoJack)] => tell(News::Fault(system)),
                _ => {
                    let mut due = Vec::new();
                    fresh.retain(|which, looks| {
                        *looks += 1;
                        let is_due = *looks >= PATIENCE;
                        due.extend(is_due.then_some(*which));
                        !is_due
                    });
                    missing(&wanted, &due).into_iter().for_each(|fault| tell(News::Fault(fault)));
                }
            }
            // What came and went may do so again.
            told.retain(|item: &String| item.starts_with("Fault"));
        }
    };
    std::thread::Builder::new().name("midi ports".into()).spawn(work).map(|_| ())
}

/// What there is to say of wishes to which no port answers. Without a name any port is meant, also none.
fn missing(wanted: &Wishes, of: &[(Way, u8)]) -> Vec<MidiError> {
    let named = of.iter().filter_map(|(way, wish)| Some((*way, wanted.of(*way).get(usize::from(*wish))?)));
    let named: Vec<(Way, &String)> = named.filter(|(_, wish)| !wish.is_empty() && *wish != NOBODY).collect();
    if named.is_empty() {
        return Vec::new();
    }
    let ports = list().0;
    let there = |way| ports.iter().filter(move |port| port.way == way).map(|port| port.name.clone());
    let lacks = named.into_iter().filter(|(way, wish)| !there(*way).any(|name| answers(&name, wish)));
    lacks.map(|(way, wish)| MidiError::NotThere { way, wish: wish.clone(), there: there(way).collect() }).collect()
}

/// The wishes that are others than before.
fn news_of<'a>(before: &'a Wishes, now: &'a Wishes) -> impl Iterator<Item = (Way, u8)> + 'a {
    [Way::In, Way::Out].into_iter().flat_map(move |way| {
        let differs =
            move |(at, wish): &(u8, &String)| *wish != NOBODY && before.of(way).get(usize::from(*at)) != Some(*wish);
        (0u8..).zip(now.of(way)).filter(differs).map(move |(at, _)| (way, at))
    })
}
