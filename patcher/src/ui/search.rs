//! Finds by a few letters: those that stand together, or begin words that follow one another.

/// How well a text answers a query; none where a letter is missing. An empty query finds everything.
pub(crate) fn score(query: &str, text: &str) -> Option<i32> {
    if query.trim().is_empty() {
        // Nothing is better than anything else: lists stay in their order.
        return Some(0);
    }
    let mut total = 0;
    let text: Vec<char> = text.to_lowercase().chars().collect();
    for word in query.to_lowercase().split_whitespace() {
        total += word_score(word, &text)?;
    }
    Some(total - text.len() as i32 / 8)
}

fn word_score(word: &str, text: &[char]) -> Option<i32> {
    let letters: Vec<char> = word.chars().collect();
    // A run that stands together is worth most, above all at the beginning.
    if let Some(at) = text.windows(letters.len()).position(|w| w == letters.as_slice()) {
        let begins = at == 0 || !text[at - 1].is_alphanumeric();
        let whole = text.len() == letters.len();
        return Some(100 + if begins { 60 } else { 0 } + if at == 0 { 40 } else { 0 } + if whole { 100 } else { 0 });
    }
    scattered(&letters, text)
}

/// The most words that letters skip from one to the next.
const SKIPPED: usize = 2;

/// How well letters answer that do not stand together: the first begins a word, and each further one goes on in the word
/// of the last, or begins one of the next words. So `svf` is a state variable filter and `rvb` a reverb, but what merely
/// has those letters somewhere in a long text is not.
fn scattered(letters: &[char], text: &[char]) -> Option<i32> {
    let mut words = 0;
    // Of every place: the word it lies in, and whether it begins that.
    let place = |at: usize| {
        let begins = text[at].is_alphanumeric() && (at == 0 || !text[at - 1].is_alphanumeric());
        words += usize::from(begins);
        (words, begins)
    };
    let places: Vec<(usize, bool)> = (0..text.len()).map(place).collect();
    // The places at which the letters so far may end, and what the best way there counts.
    let mut ends: Vec<(usize, i32)> = Vec::new();
    for (i, letter) in letters.iter().enumerate() {
        let counts = |at: usize| {
            let (word, begins) = places[at];
            if i == 0 {
                return begins.then_some(6);
            }
            let on = |(before, counted): &(usize, i32)| match places[*before].0 {
                _ if *before >= at => None,
                last if last == word => Some(counted + if before + 1 == at { 8 } else { 1 }),
                last => (begins && word - last <= SKIPPED).then_some(counted + 6),
            };
            ends.iter().filter_map(on).max()
        };
        let here = text.iter().enumerate().filter(|(_, c)| *c == letter);
        ends = here.filter_map(|(at, _)| Some((at, counts(at)?))).collect();
    }
    ends.into_iter().map(|(_, counted)| counted).max()
}

/// The best of a list, best first; equals keep their order.
pub(crate) fn best<'a, T>(query: &str, all: impl Iterator<Item = (T, &'a str)>, most: usize) -> Vec<T> {
    let mut found: Vec<(i32, T)> = all.filter_map(|(thing, text)| Some((score(query, text)?, thing))).collect();
    found.sort_by_key(|(score, _)| -*score);
    found.truncate(most);
    found.into_iter().map(|(_, thing)| thing).collect()
}

#[cfg(test)]
mod tests {
    use super::best;

    #[test]
    fn the_name_itself_comes_first() {
        let names = ["fm_pair", "comb", "formant", "svf", "state variable filter", "lfo", "ladder"];
        let find = |query| best(query, names.iter().map(|n| (*n, *n)), 3);
        assert_eq!(find("svf")[0], "svf");
        assert_eq!(find("fo")[0], "formant");
        assert_eq!(find("vf")[0], "svf");
        assert_eq!(find("state filter")[0], "state variable filter");
        assert!(find("zzz").is_empty());
        let texts = ["reverb effect a room of comb filters", "gain mix makes it louder over the volume of a bar"];
        assert_eq!(best("rvb", texts.iter().map(|t| (*t, *t)), 3), texts[..1], "letters of other words are no word");
        assert_eq!(best("rm cmb", texts.iter().map(|t| (*t, *t)), 3), texts[..1]);
        assert_eq!(best("", names.iter().map(|n| (*n, *n)), 3), names[..3], "nothing is asked for: as they are listed");
    }
}
