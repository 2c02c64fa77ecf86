//! The voices of a sampler: who sounds, who takes whose place, and in which order they add up.

use super::envelope::Envelope;
use super::place::Stretch;
use super::voice::{Motion, Onto, Out, Voice};
use bf_node::NoteId;

/// Places beyond the polyphony, in which voices leave whose place was taken.
const SPARE: usize = 8;
/// The place of the voice that plays without a note.
const AUTO: usize = 0;

/// Places for voices: the first for the one without a note, then the polyphony, then the spare ones.
///
/// Voices add up in the order of their places, so that the sum has the same bits however a block is cut.
pub(super) struct Pool {
    places: Vec<Voice>,
    /// Bit `i` is set while place `i` sounds.
    sounding: u128,
    polyphony: usize,
    count: u64,
}

impl Pool {
    /// Room for so many notes at once (at most 100).
    pub(super) fn new(polyphony: usize) -> Pool {
        let polyphony = polyphony.clamp(1, 100);
        let silent = Voice::new(Stretch::default(), false, 1.0, Envelope::begin(0.0, 1.0));
        Pool { places: vec![silent; 1 + polyphony + SPARE], sounding: 0, polyphony, count: 0 }
    }

    /// Whether nothing sounds.
    #[inline(always)]
    pub(super) fn silent(&self) -> bool {
        self.sounding == 0
    }
    /// How many voices sound.
    pub(super) fn sounding(&self) -> u32 {
        self.sounding.count_ones()
    }
    /// Silences everyone at once.
    pub(super) fn clear(&mut self) {
        (self.sounding, self.count) = (0, 0);
    }

    fn notes(&mut self) -> impl Iterator<Item = &mut Voice> {
        let sounding = self.sounding;
        self.places.iter_mut().enumerate().skip(1).filter(move |(i, _)| sounding >> i & 1 != 0).map(|(_, v)| v)
    }

    /// Begins a note. Where the polyphony is used up, the quietest leaves within 5 ms, of equals the oldest.
    pub(super) fn strike(&mut self, mut voice: Voice, sample_rate: f32) {
        let held = self.notes().filter(|v| !v.envelope.is_cut()).count();
        if held >= self.polyphony {
            let loudness = |v: &Voice| v.envelope.level() * v.loudness;
            let quietest = self
                .notes()
                .filter(|v| !v.envelope.is_cut())
                .min_by(|a, b| loudness(a).total_cmp(&loudness(b)).then(a.age.cmp(&b.age)));
            if let Some(v) = quietest {
                v.envelope.cut(sample_rate);
            }
        }
        self.count += 1;
        voice.age = self.count;
        let place = self.free_place();
        if let Some(slot) = self.places.get_mut(place) {
            *slot = voice;
            self.sounding |= 1 << place;
        }
    }

    /// The first empty place; where all are taken, that of the one nearest to the end of its cut.
    fn free_place(&self) -> usize {
        let taken = self.sounding | 1 << AUTO;
        let empty = (!taken).trailing_zeros() as usize;
        if empty < self.places.len() {
            return empty;
        }
        let ends_first = |i: &usize| (!self.places[*i].envelope.is_cut(), self.places[*i].envelope.level());
        (1..self.places.len())
            .min_by(|a, b| {
                let (a, b) = (ends_first(a), ends_first(b));
                a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
            })
            .unwrap_or(1)
    }

    /// Every note leaves within 5 ms.
    pub(super) fn choke(&mut self, sample_rate: f32) {
        self.notes().for_each(|v| v.envelope.cut(sample_rate));
    }

    /// The sounding notes of an id.
    pub(super) fn of(&mut self, id: NoteId) -> impl Iterator<Item = &mut Voice> {
        self.notes().filter(move |v| v.id == Some(id))
    }

    /// Begins the voice without a note; one that is still leaving makes room.
    pub(super) fn start_auto(&mut self, voice: Voice, sample_rate: f32) {
        if let Some(leaving) = self.auto().copied() {
            let place = self.free_place();
            self.places[place] = leaving;
            self.places[place].envelope.cut(sample_rate);
            self.sounding |= 1 << place;
        }
        self.places[AUTO] = voice;
        self.sounding |= 1 << AUTO;
    }
    /// The voice without a note, while it sounds.
    #[inline(always)]
    pub(super) fn auto(&mut self) -> Option<&mut Voice> {
        if self.sounding & 1 << AUTO != 0 { self.places.first_mut() } else { None }
    }

    /// Everyone sounds into the output; those who are over leave.
    #[inline(always)]
    pub(super) fn process(&mut self, motion: &Motion<'_>, left: &mut [f32], right: &mut [f32]) {
        let mut onto = Onto::Nothing;
        let mut rest = self.sounding;
        while rest != 0 {
            let place = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let out = Out { left: &mut *left, right: &mut *right, onto };
            if !self.places[place].process(motion, out) {
                self.sounding &= !(1 << place);
            }
            onto = Onto::Others;
        }
    }

    /// The part of the sample (0 to 1) at which the youngest voice is.
    pub(super) fn position(&self, frames: usize) -> f32 {
        let (mut rest, mut youngest) = (self.sounding, None::<&Voice>);
        while rest != 0 {
            let voice = &self.places[rest.trailing_zeros() as usize];
            rest &= rest - 1;
            if youngest.is_none_or(|y| y.age <= voice.age) {
                youngest = Some(voice);
            }
        }
        youngest.map_or(0.0, |v| (v.pos as f64 / (frames as f64 * 4_294_967_296.0)) as f32)
    }

    /// Takes over the voices of a pool that plays the same sample, as many as there is room for.
    pub(super) fn copy(&mut self, old: &Pool) {
        self.clear();
        self.count = old.count;
        let everyone = |i: &usize| old.sounding >> i & 1 != 0;
        for (i, voice) in (0..old.places.len()).filter(everyone).map(|i| (i, old.places[i])) {
            let place = if i == AUTO { AUTO } else { self.free_place() };
            if self.sounding >> place & 1 == 0 {
                // What held for another player does not hold here.
                self.places[place] = voice;
                self.places[place].course = None;
                self.sounding |= 1 << place;
            }
        }
    }
}
