//! Texts changed at random, from one seed.

#![allow(dead_code, reason = "each test file uses some of it")]

/// Numbers of chance: xorshift.
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From 0 to below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// How many texts: as `MUTATIONS` says, or else so many.
pub(crate) fn rounds(usual: usize) -> usize {
    std::env::var("MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// One of some texts, changed in a few places: pieces dropped, doubled, taken from another, and letters put in.
pub(crate) fn mutated(rng: &mut Rng, seeds: &[&str], letters: &str) -> String {
    let letters: Vec<char> = letters.chars().collect();
    let mut text: Vec<char> = seeds[rng.below(seeds.len())].chars().collect();
    for _ in 0..=rng.below(4) {
        let at = rng.below(text.len() + 1);
        let len = rng.below(12).min(text.len() - at);
        match rng.below(5) {
            0 => _ = text.drain(at..at + len),
            1 => {
                let piece: Vec<char> = text[at..at + len].to_vec();
                let to = rng.below(text.len() + 1);
                text.splice(to..to, piece);
            }
            2 => {
                let other: Vec<char> = seeds[rng.below(seeds.len())].chars().collect();
                let from = rng.below(other.len() + 1);
                let piece = other[from..(from + rng.below(20)).min(other.len())].to_vec();
                text.splice(at..at, piece);
            }
            3 if at < text.len() => text[at] = letters[rng.below(letters.len())],
            _ => text.insert(at, letters[rng.below(letters.len())]),
        }
    }
    text.into_iter().collect()
}
