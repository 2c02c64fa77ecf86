//! What each sign of mini-notation means, for help beside the cursor.

/// A sign of mini-notation, or a pair of them.
#[derive(Debug, PartialEq, Eq)]
pub struct Operator {
    /// The characters that are it.
    pub signs: &'static str,
    /// How it is written.
    pub form: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// A text that shows it.
    pub example: &'static str,
}

const fn o(signs: &'static str, form: &'static str, doc: &'static str, example: &'static str) -> Operator {
    Operator { signs, form, doc, example }
}

/// Every sign of mini-notation.
pub static OPERATORS: &[Operator] = &[
    o("~-", "~ or -", "A rest.", "bd ~ sd -"),
    o("[]", "[a b]", "A group that takes the time of one step.", "bd [sd cp]"),
    o(".", "a b . c", "Groups without brackets: each side of the dot is one step.", "bd sd . hh hh hh"),
    o(",", "a b, c", "Both at once.", "bd*4, ~ cp"),
    o("<>", "<a b c>", "One each cycle.", "<bd sd cp>"),
    o("{}", "{a b c}", "Steps that go round, as many a cycle as the first part has.", "{bd sd, hh hh hh}"),
    o("%", "{a b c}%4", "How many steps a cycle has.", "{bd sd cp}%4"),
    o("|", "a | b", "One each cycle, by chance.", "bd | sd | cp"),
    o("*", "a*2", "So many times as fast; the factor may be a pattern.", "hh*<4 8>"),
    o("/", "a/2", "So many times as slow.", "[bd sd]/2"),
    o("!", "a!3 or a ! !", "Steps repeated.", "bd!3 sd"),
    o("@", "a@3", "One step so many times as long.", "bd@3 sd"),
    o("_", "a _ _", "The step before goes on.", "bd _ _ sd"),
    o("?", "a? or a?0.2", "Left out by chance: half of the time, or as often as is said.", "hh*8?0.3"),
    o(
        "()",
        "a(3,8) or a(3,8,2)",
        "Onsets over steps, as even as can be; moved by steps where a third number says so.",
        "bd(3,8,2)",
    ),
    o(":", "bd:3", "A value with a second one, as a sound and its number.", "bd:3 bd:<0 1>"),
    o("..", "0 .. 3", "All whole numbers from one to another.", "0 .. 3"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_mini_notation_and_shows_its_sign() {
        for operator in OPERATORS {
            assert!(crate::mini(operator.example).is_ok(), "{}", operator.example);
            assert!(operator.signs.chars().all(|sign| operator.example.contains(sign)), "{}", operator.example);
            assert!(operator.doc.ends_with('.'));
        }
    }
}
