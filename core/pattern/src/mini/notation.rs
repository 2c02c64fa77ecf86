//! What may stand in mini-notation, for help and the reference.

/// One form of mini-notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notation {
    /// The characters that are it, where it has some of its own.
    pub signs: &'static str,
    /// How it is written.
    pub form: &'static str,
    /// What it means, in one sentence.
    pub doc: &'static str,
    /// A text that shows it.
    pub example: &'static str,
}

const fn n(signs: &'static str, form: &'static str, doc: &'static str, example: &'static str) -> Notation {
    Notation { signs, form, doc, example }
}

/// Every form of mini-notation.
pub const NOTATION: &[Notation] = &[
    n("", "a b c", "Steps side by side share the cycle.", "bd sd hh"),
    n("~-", "~", "A rest; `-` is one, too.", "bd ~ sd -"),
    n("[]", "[a b]", "A group counts as one step.", "bd [sd sd] hh"),
    n(".", "a . b c", "Feet: a `.` between spaces groups what stands between two of them.", "bd sd . hh hh hh"),
    n(",", "a, b", "Both at once.", "bd*2, hh*8"),
    n("<>", "<a b>", "One each cycle, in turn.", "bd <sd cp>"),
    n(
        "{}%",
        "{a b c}%4",
        "So many steps a cycle, going round; without `%` as many as the first part has.",
        "{bd sd hh}%4",
    ),
    n("", "{a b, c d e}", "Parts of other lengths against the first, step by step.", "{bd sd, hh cp oh}"),
    n(
        "*",
        "a*2",
        "Faster: played so many times in its step. The factor may be a fraction or a pattern.",
        "bd*2 hh*<3 4>",
    ),
    n("/", "a/2", "Slower: it takes so many cycles.", "[bd sd]/2"),
    n("!", "a!3", "So many steps of it; `!` alone repeats the step before.", "bd!3 sd !"),
    n("@", "a@3", "One step, so many times as long.", "bd@3 sd"),
    n("_", "a _", "The step before goes on.", "bd _ _ sd"),
    n("?", "a?", "Left out by chance, half of the time; `?0.2` in two of ten.", "hh*8? cp?0.2"),
    n("|", "a | b", "One of them each cycle, by chance.", "bd | sd | hh hh"),
    n(
        "()",
        "a(3,8)",
        "Three onsets over eight steps, as even as can be. All numbers may be patterns.",
        "bd(3,8) hh(<5 7>,8)",
    ),
    n("", "a(3,8,2)", "The same, turned so many steps later.", "bd(3,8,<0 2>)"),
    n("", "a(-3,8)", "The gaps of such a rhythm.", "bd(3,8), hh(-3,8)"),
    n(":", "a:2", "A second value: for sounds their number, and a third, which is the gain.", "bd:1 hh:<0 2> cp:0:0.5"),
    n("..", "0 .. 3", "The numbers from one to the other.", "0 .. 3"),
];
