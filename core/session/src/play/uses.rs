//! Which voices, controls and samples the notes of a track use: what its nodes must offer.

use super::struck::{Struck, Voice};
use bf_patch::Name;
use std::collections::{BTreeMap, BTreeSet};

/// The place of a voice: who plays on which bus. All samples of a track share one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seat {
    pub orbit: u32,
    /// The instrument; `None` for samples.
    pub instrument: Option<String>,
}

/// What the notes at a seat have asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Use {
    pub controls: BTreeSet<String>,
    /// Samples by name and take, in the order in which they were first struck.
    pub samples: Vec<String>,
    /// Orbits that they duck.
    pub ducks: BTreeSet<u32>,
}

/// What the notes of a track have asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Uses(pub BTreeMap<Seat, Use>);

impl Seat {
    pub(crate) fn of(struck: &Struck) -> Seat {
        let instrument = match &struck.voice {
            Voice::Instrument(name) => Some(name.clone()),
            Voice::Sample(_) => None,
        };
        Seat { orbit: struck.orbit, instrument }
    }

    /// The name of the node that plays it for a track: below the track, where no other node can be.
    pub(crate) fn node(&self, track: &Name) -> Name {
        let voice = self.instrument.as_deref().unwrap_or("samples");
        Name::new(&match self.orbit {
            1 => format!("{track}/{voice}"),
            orbit => format!("{track}/{voice}@{orbit}"),
        })
    }
}

impl Uses {
    /// Takes in a note, whose sample goes by a name; answers whether anything is new.
    pub(crate) fn add(&mut self, struck: &Struck, sample: Option<&str>) -> bool {
        let seat = Seat::of(struck);
        let mut new = !self.0.contains_key(&seat);
        let of = self.0.entry(seat).or_default();
        for (name, _) in &struck.controls {
            new |= !of.controls.contains(name) && of.controls.insert(name.clone());
        }
        for orbit in struck.duck.iter().flat_map(|duck| &duck.orbits) {
            new |= of.ducks.insert(*orbit);
        }
        if let Some(sample) = sample
            && !of.samples.iter().any(|s| s == sample)
        {
            of.samples.push(sample.to_owned());
            new = true;
        }
        new
    }

    /// Which of the samples at a seat a name is.
    pub(crate) fn index(&self, seat: &Seat, sample: &str) -> Option<usize> {
        self.0.get(seat)?.samples.iter().position(|s| s == sample)
    }

    /// The orbits that it plays on.
    pub(crate) fn orbits(&self) -> impl Iterator<Item = u32> {
        self.0.keys().map(|seat| seat.orbit)
    }

    /// The orbits that it ducks.
    pub(crate) fn ducks(&self) -> impl Iterator<Item = u32> {
        self.0.values().flat_map(|of| of.ducks.iter().copied())
    }

    /// Every sample.
    pub(crate) fn samples(&self) -> impl Iterator<Item = &String> {
        self.0.values().flat_map(|of| &of.samples)
    }
}
