//! Finds by a few letters: all of them in order, and those that stand together or begin a word count more.

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
    let (mut at, mut total, mut last) = (0, 0, None);
    for letter in letters {
        let found = text[at..].iter().position(|c| *c == letter)? + at;
        let begins = found == 0 || !text[found - 1].is_alphanumeric();
        total += if last == Some(found.wrapping_sub(1)) {
            8
        } else if begins {
            6
        } else {
            1
        };
        last = Some(found);
        at = found + 1;
    }
    Some(total)
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
        assert_eq!(best("", names.iter().map(|n| (*n, *n)), 3), names[..3], "nothing is asked for: as they are listed");
    }
}
