//! Matches one name: token by token, with the set of all places that the tokens so far can end at.

use super::Token;

/// A set of places from 0 to a length, one bit each.
pub(super) struct Row<'a>(&'a mut [u64]);

impl Row<'_> {
    pub(super) fn clear(&mut self) {
        self.0.fill(0);
    }

    pub(super) fn set(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    pub(super) fn has(&self, place: usize) -> bool {
        self.0[place / 64] >> (place % 64) & 1 == 1
    }

    pub(super) fn first(&self) -> Option<usize> {
        self.places().next()
    }

    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(word, bits)| {
            let mut bits = *bits;
            std::iter::from_fn(move || {
                let place = (bits != 0).then(|| word * 64 + bits.trailing_zeros() as usize)?;
                bits &= bits - 1;
                Some(place)
            })
        })
    }
}

/// Two empty sets of places up to `len`. Names of usual length need no memory from the heap.
pub(super) fn with_rows<T>(len: usize, work: impl for<'a> FnOnce(Row<'a>, Row<'a>) -> T) -> T {
    if len < 64 {
        let (mut one, mut two) = ([0], [0]);
        return work(Row(&mut one), Row(&mut two));
    }
    let (mut one, mut two) = (vec![0; len / 64 + 1], vec![0; len / 64 + 1]);
    work(Row(&mut one), Row(&mut two))
}

/// Whether the tokens match all of a name.
pub(super) fn name(tokens: &[Token], name: &str) -> bool {
    match tokens {
        [Token::Text(text)] => return **text == *name,
        [Token::Any] => return true,
        _ => {}
    }
    let shortest: usize = tokens.iter().map(Token::shortest).sum();
    if name.len() < shortest {
        return false;
    }
    with_rows(name.len(), |mut now, mut next| {
        now.set(0);
        for token in tokens {
            next.clear();
            token.step(name, &now, &mut next);
            if next.first().is_none() {
                return false;
            }
            (now, next) = (next, now);
        }
        now.has(name.len())
    })
}

impl Token {
    /// The fewest bytes that it matches.
    fn shortest(&self) -> usize {
        match self {
            Token::Text(text) => text.len(),
            Token::One | Token::Set { .. } => 1,
            Token::Any => 0,
            Token::OneOf(words) => words.iter().map(|word| word.len()).min().unwrap_or(0),
        }
    }

    /// Puts into `next` where the token can end when it begins at a place of `now`. Places are between characters.
    fn step(&self, name: &str, now: &Row<'_>, next: &mut Row<'_>) {
        if let Token::Any = self {
            let first = now.first().unwrap_or(name.len());
            return (first..=name.len()).filter(|at| name.is_char_boundary(*at)).for_each(|at| next.set(at));
        }
        for at in now.places() {
            let rest = &name[at..];
            match self {
                Token::Text(text) if rest.starts_with(&**text) => next.set(at + text.len()),
                Token::OneOf(words) => {
                    words.iter().filter(|word| rest.starts_with(&***word)).for_each(|word| next.set(at + word.len()));
                }
                Token::One | Token::Set { .. } => {
                    if let Some(c) = rest.chars().next().filter(|c| self.has(*c)) {
                        next.set(at + c.len_utf8());
                    }
                }
                Token::Text(_) | Token::Any => {}
            }
        }
    }

    /// Whether a token of one character matches this one.
    fn has(&self, c: char) -> bool {
        match self {
            Token::Set { except, ranges } => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *except,
            _ => true,
        }
    }
}
