//! What clients are told: changes only, not too often, and never what their own hand does.

use super::{Atom, Tree};
use bf_io::osc::Pattern;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The least time between two messages of one address to one client: 60 a second.
const EVERY_NS: u64 = 1_000_000_000_u64.div_ceil(60);
/// How long a hand counts as being on a control after its last message.
pub(super) const HOLD_NS: u64 = 500_000_000;
/// A listener that speaks after so long a silence may have missed what it was told, whenever that was.
const AWAY_NS: u64 = 10_000_000_000;
/// One that is told by datagrams and speaks after so long a silence may have missed what it was told meanwhile.
const LOST_NS: u64 = 1_000_000_000;
/// Messages to one client at a time.
const AT_ONCE: usize = 512;
/// Clients that are told of changes, beside those that stay.
const CLIENTS: usize = 32;
/// Places of two controls that are one: floats of 32 bits came and went through a curve.
const SAME_PLACE: f32 = 1e-5;

/// A message for a client.
pub(super) type News = (Arc<str>, Vec<Atom>);

/// Who is told of what: a state machine without a clock or sockets. Clients are told apart by `C`.
pub(super) struct Feedback<C> {
    clients: BTreeMap<C, Client>,
    /// The last who spoke without having said hello.
    guest: Option<C>,
}

/// Somebody who is told of changes.
#[derive(Default)]
struct Client {
    /// What it wants to hear of.
    wants: Wants,
    /// Whether it is told though others speak.
    listens: bool,
    /// Whether it never makes room for another: it is a connection, or the set was told of it.
    stays: bool,
    /// When it was last heard.
    heard_ns: u64,
    /// What it shows, by address.
    shown: HashMap<Arc<str>, Shown>,
    /// Addresses that may show something else than is true.
    open: BTreeSet<Arc<str>>,
}

/// Whether there is room for one more who listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room<C> {
    /// There is.
    Free,
    /// Another made room, who had been silent for long.
    Of(C),
    /// All have spoken just now.
    None,
}

/// What a client wants to hear of.
#[derive(Default)]
enum Wants {
    /// Everything.
    #[default]
    All,
    /// What a pattern matches.
    Matching(Pattern),
    /// These addresses.
    Listed(BTreeSet<Arc<str>>),
}

impl Wants {
    fn has(&self, address: &str) -> bool {
        match self {
            Wants::All => true,
            Wants::Matching(pattern) => pattern.matches(address),
            Wants::Listed(addresses) => addresses.contains(address),
        }
    }
}

/// What a client shows at an address.
#[derive(Default)]
struct Shown {
    value: Vec<Atom>,
    /// When it was last told.
    told_ns: Option<u64>,
    /// Until when its hand is on it.
    held_ns: u64,
}

impl<C: Ord + Copy> Feedback<C> {
    pub(super) fn new() -> Feedback<C> {
        Feedback { clients: BTreeMap::new(), guest: None }
    }

    /// Somebody asks to be told from now on, beginning with all that stands; nothing comes of it where there is no room.
    /// One that `stays` needs none.
    pub(super) fn hello(
        &mut self,
        client: C,
        (wants, stays): (Option<Pattern>, bool),
        tree: &Tree,
        now_ns: u64,
    ) -> Room<C> {
        let room = if stays { Room::Free } else { self.room(client, now_ns) };
        if room != Room::None {
            let it = self.listener(client, now_ns);
            it.stays |= stays;
            it.wants = wants.map_or(Wants::All, Wants::Matching);
            self.sync(client, tree, now_ns);
        }
        room
    }

    /// Somebody who chooses address by address is there, and has chosen none.
    pub(super) fn attend(&mut self, client: C, now_ns: u64) {
        if !self.clients.contains_key(&client) || self.guest == Some(client) {
            let it = self.listener(client, now_ns);
            (it.wants, it.stays) = (Wants::Listed(BTreeSet::new()), true);
        }
    }

    /// It wants to hear of an address, beginning with what stands there.
    pub(super) fn listen(&mut self, client: C, address: &Arc<str>) {
        let Some(it) = self.clients.get_mut(&client) else { return };
        if let Wants::Listed(addresses) = &mut it.wants {
            addresses.insert(Arc::clone(address));
            it.shown.remove(address);
            it.open.insert(Arc::clone(address));
        }
    }

    /// It wants to hear of an address no more.
    pub(super) fn ignore(&mut self, client: C, address: &str) {
        let Some(it) = self.clients.get_mut(&client) else { return };
        if let Wants::Listed(addresses) = &mut it.wants {
            addresses.remove(address);
            it.open.remove(address);
        }
    }

    /// An address is called otherwise: who listened there listens on.
    pub(super) fn renamed(&mut self, old: &str, new: &Arc<str>) {
        for it in self.clients.values_mut() {
            if let Wants::Listed(addresses) = &mut it.wants
                && addresses.remove(old)
            {
                addresses.insert(Arc::clone(new));
                it.open.insert(Arc::clone(new));
            }
        }
    }

    /// Finds room for a client that is to listen.
    fn room(&mut self, client: C, now_ns: u64) -> Room<C> {
        let passing = || self.clients.iter().filter(|(_, it)| it.listens && !it.stays);
        if passing().count() < CLIENTS || passing().any(|(id, _)| *id == client) {
            return Room::Free;
        }
        match passing().min_by_key(|(_, it)| it.heard_ns).map(|(id, it)| (*id, it.heard_ns)) {
            Some((oldest, heard_ns)) if now_ns.saturating_sub(heard_ns) > AWAY_NS => {
                self.bye(oldest);
                Room::Of(oldest)
            }
            _ => Room::None,
        }
    }

    /// A client that is told though others speak.
    fn listener(&mut self, client: C, now_ns: u64) -> &mut Client {
        if self.guest == Some(client) {
            self.guest = None;
        }
        let it = self.clients.entry(client).or_default();
        (it.listens, it.heard_ns) = (true, now_ns);
        it
    }

    /// Somebody wants all that stands, whatever it was told before.
    pub(super) fn sync(&mut self, client: C, tree: &Tree, now_ns: u64) {
        let Some(it) = self.clients.get_mut(&client) else { return };
        // Who asks does not know what it shows: only where its hand is stays known.
        it.shown.values_mut().filter(|shown| shown.held_ns <= now_ns).for_each(|shown| shown.value.clear());
        let all = tree.entries().iter().filter(|e| !e.value.is_empty()).map(|e| &e.address);
        it.open = all.filter(|address| it.wants(address)).cloned().collect();
    }

    /// Somebody is gone.
    pub(super) fn bye(&mut self, client: C) {
        self.clients.remove(&client);
        self.guest.take_if(|guest| *guest == client);
    }

    /// How many listen.
    pub(super) fn listeners(&self) -> usize {
        self.clients.values().filter(|client| client.listens).count()
    }

    /// Somebody has spoken: it is told of changes until another speaks, unless it has said hello. Where a listener was
    /// away for long, it gets all that stands; where it was silent and what it is told may get lost, what it was told
    /// meanwhile.
    pub(super) fn heard(&mut self, client: C, loses: bool, tree: &Tree, now_ns: u64) {
        let Some(it) = self.clients.get_mut(&client) else {
            if let Some(guest) = self.guest.replace(client) {
                self.clients.remove(&guest);
            }
            self.clients.insert(client, Client { heard_ns: now_ns, ..Client::default() });
            return;
        };
        let silent_ns = now_ns.saturating_sub(it.heard_ns);
        if loses && silent_ns > LOST_NS {
            it.tell_again(now_ns);
        }
        it.heard_ns = now_ns;
        if it.listens && silent_ns > AWAY_NS {
            self.sync(client, tree, now_ns);
        }
    }

    /// A client's hand moves a control: `addresses` are all that show it, `sent` is the one that it moved with what it
    /// shows there now.
    pub(super) fn hand(&mut self, client: C, addresses: &[Arc<str>], sent: &News, now_ns: u64) {
        let Some(it) = self.clients.get_mut(&client) else { return };
        for address in addresses {
            let shown = it.shown.entry(Arc::clone(address)).or_default();
            shown.held_ns = now_ns + HOLD_NS;
        }
        let shown = it.shown.entry(Arc::clone(&sent.0)).or_default();
        shown.value.clone_from(&sent.1);
        shown.held_ns = now_ns + HOLD_NS;
        it.open.extend(addresses.iter().filter(|address| it.wants.has(address)).cloned());
    }

    /// The value of an address has changed, or may have.
    pub(super) fn changed(&mut self, address: &Arc<str>) {
        for it in self.clients.values_mut() {
            if it.wants(address) {
                it.open.insert(Arc::clone(address));
            }
        }
    }

    /// An address is gone.
    pub(super) fn removed(&mut self, address: &str) {
        for it in self.clients.values_mut() {
            it.open.remove(address);
            it.shown.remove(address);
        }
    }

    /// What is to be told now.
    pub(super) fn due(&mut self, tree: &Tree, now_ns: u64) -> Vec<(C, Vec<News>)> {
        let mut all = Vec::new();
        for (id, it) in &mut self.clients {
            let news = it.due(tree, now_ns);
            if !news.is_empty() {
                all.push((*id, news));
            }
        }
        all
    }
}

impl Client {
    fn wants(&self, address: &str) -> bool {
        self.wants.has(address)
    }

    /// What it was told since it last spoke is told again, but for what its hand is on.
    fn tell_again(&mut self, now_ns: u64) {
        for (address, shown) in &mut self.shown {
            let unsure = shown.told_ns.is_some_and(|told| told > self.heard_ns) && shown.held_ns <= now_ns;
            if unsure && self.wants.has(address) {
                shown.value.clear();
                self.open.insert(Arc::clone(address));
            }
        }
    }

    fn due(&mut self, tree: &Tree, now_ns: u64) -> Vec<News> {
        let (mut news, mut done) = (Vec::new(), Vec::new());
        for address in &self.open {
            if news.len() == AT_ONCE {
                break;
            }
            let Some(entry) = tree.exact(address).filter(|e| !e.value.is_empty()) else {
                done.push(Arc::clone(address));
                continue;
            };
            // Built where it is first told: most addresses of a large set never are.
            if let Some(shown) = self.shown.get(address) {
                let soon = shown.told_ns.is_some_and(|told| now_ns.saturating_sub(told) < EVERY_NS);
                if now_ns < shown.held_ns || soon {
                    continue;
                }
                if same(&shown.value, &entry.value) {
                    done.push(Arc::clone(address));
                    continue;
                }
            }
            news.push((Arc::clone(address), entry.value.clone()));
            done.push(Arc::clone(address));
        }
        for address in done {
            self.open.remove(&address);
        }
        for (address, value) in &news {
            let shown = self.shown.entry(Arc::clone(address)).or_default();
            (shown.value, shown.told_ns) = (value.clone(), Some(now_ns));
        }
        news
    }
}

/// Whether a control that shows one value need not be told the other.
fn same(shown: &[Atom], is: &[Atom]) -> bool {
    shown.len() == is.len()
        && shown.iter().zip(is).all(|(a, b)| match (a, b) {
            (Atom::Text(a), Atom::Text(b)) => a == b,
            (Atom::Float(a), Atom::Float(b)) => {
                let near = if a.abs() <= 1.0 && b.abs() <= 1.0 { SAME_PLACE } else { SAME_PLACE * b.abs() };
                (a - b).abs() <= near
            }
            // A whole number or a switch is shown as a float by most.
            (a, b) => a.number().is_some_and(|a| b.number() == Some(a)),
        })
}
