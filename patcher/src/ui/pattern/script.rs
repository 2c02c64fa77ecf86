//! The mini-notation of a script: which texts of its tracks are patterns, and where they stand.

use crate::language::scan::{Token, What, call_before, tokens};
use bf_pattern::table::{Family, Function, functions};
use std::ops::Range;

/// Functions whose text is a row of what sounds.
const SOUNDS: [&str; 6] = ["s", "sound", "n", "note", "struct", "mini"];
/// Those of them whose text names what plays the steps, where they stand behind others.
const NAMES: [&str; 2] = ["s", "sound"];
/// Functions whose text says how hard.
const LEVELS: [&str; 2] = ["velocity", "gain"];

/// Calls that leave it alone when something begins, though others of their family do not: what puts rows beside one
/// another, and swing, which a field of its own shows.
const STILL: [&str; 4] = ["stack", "swing_by", "swing", "track"];
/// Calls that leave out some of what a text says, though others of their family do more.
const THINS: [&str; 1] = ["mask"];

/// A track, or a pattern with a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub name: String,
    /// Whether it is a track; else it is a variable.
    pub is_track: bool,
    pub texts: Vec<Written>,
    /// The amount and the number of `swing_by`, where it stands.
    pub swing: Option<Swing>,
}

/// What a text says of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// Its steps: when something sounds, and what.
    Steps,
    /// How hard they are.
    Levels,
    /// What plays them, where others say when.
    Sound,
}

/// A text of mini-notation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Written {
    /// The function that it is given to.
    pub call: String,
    /// Its bytes, without quotes.
    pub range: Range<usize>,
    pub says: Says,
    /// Just behind the call, where more may be said of what it plays.
    pub behind: usize,
    /// Calls about it or behind it that have it played otherwise than its steps say, and the most that one does.
    pub moved: Vec<(String, Moves)>,
}

/// What a call does to the steps of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moves {
    /// It is played at other times.
    All,
    /// It is played as it says, but now and then, or with more beside it.
    Some,
}

/// What a script says of swing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Swing {
    /// The bytes of the amount.
    pub range: Range<usize>,
    pub amount: f64,
}

/// All parts of a script that say mini-notation, in their order.
pub(crate) fn parts(script: &str) -> Vec<Part> {
    let tokens: Vec<Token> = tokens(script).into_iter().filter(|t| t.what != What::Comment).collect();
    let mut parts = Vec::new();
    let (mut begin, mut depth) = (0, 0usize);
    for (i, token) in tokens.iter().enumerate() {
        match token.what {
            What::Sign('(' | '[' | '{') => depth += 1,
            What::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if (depth == 0 && token.what == What::Sign(';')) || i + 1 == tokens.len() {
            parts.extend(part(script, &tokens[begin..=i]));
            begin = i + 1;
        }
    }
    parts
}

/// The part that a statement is, if it says mini-notation.
fn part(script: &str, tokens: &[Token]) -> Option<Part> {
    let text = |token: &Token| &script[token.range.clone()];
    let (name, is_track) = match tokens {
        [call, open, name, ..]
            if text(call) == "track" && text(open) == "(" && matches!(name.what, What::Text { closed: true }) =>
        {
            (text(name).trim_matches(['"', '`']).trim_start_matches('_').to_owned(), true)
        }
        [word, name, ..] if text(word) == "let" && name.what == What::Name => (text(name).to_owned(), false),
        _ => return None,
    };
    let mut texts: Vec<Written> = Vec::new();
    for i in 0..tokens.len() {
        let has_steps = texts.iter().any(|text| text.says == Says::Steps);
        texts.extend(written(script, tokens, i, has_steps));
    }
    let says = texts.iter().any(|text| text.says == Says::Steps);
    says.then(|| Part { name, is_track, swing: swing(script, tokens), texts })
}

/// The mini-notation that a token is; `has_steps`: others before it say when something sounds.
fn written(script: &str, tokens: &[Token], at: usize, has_steps: bool) -> Option<Written> {
    let token = &tokens[at];
    let text = &script[token.range.clone()];
    if !matches!(token.what, What::Text { closed: true }) || text.contains(['\\', '$']) {
        return None;
    }
    let call = call_before(script, &tokens[..at])?;
    // What is put together of several texts is none of them.
    let next = tokens.get(at + 1).map(|t| t.what);
    let last = at.checked_sub(1).map(|before| tokens[before].what);
    if !matches!(next, Some(What::Sign(')' | ','))) || !matches!(last, Some(What::Sign('(' | ','))) {
        return None;
    }
    let sounds = (SOUNDS.contains(&call.name.as_str()) && call.nth == 0) || (call.name == "track" && call.nth == 1);
    let levels = LEVELS.contains(&call.name.as_str()) && call.method && call.nth == 0;
    let behind = tokens.get(at + 1).map_or(token.range.end, |close| close.range.end);
    let range = token.range.start + 1..token.range.end - 1;
    // The rhythm of what others say is none of its own.
    if call.name == "struct" && has_steps {
        return None;
    }
    let says = match (sounds, levels) {
        (true, _) if has_steps && call.method && NAMES.contains(&call.name.as_str()) => Says::Sound,
        (true, _) => Says::Steps,
        (_, true) => Says::Levels,
        _ => return None,
    };
    Some(Written { call: call.name, range, says, behind, moved: moved(script, tokens, at) })
}

/// The calls about a text, and of methods behind one of these, that may change when something begins.
fn moved(script: &str, tokens: &[Token], at: usize) -> Vec<(String, Moves)> {
    let is = |i: usize, c: char| tokens.get(i).is_some_and(|t| t.what == What::Sign(c));
    let is_name = |i: usize| tokens.get(i).is_some_and(|t| t.what == What::Name);
    let mut calls = Vec::new();
    // To the right: what stands behind a call that is closed, until a comma begins another argument.
    let (mut depth, mut low, mut goes_on) = (0, 0, false);
    for (i, token) in tokens.iter().enumerate().skip(at + 1) {
        match token.what {
            What::Sign('(' | '[' | '{') => depth += 1,
            What::Sign(')' | ']' | '}') => {
                depth -= 1;
                (low, goes_on) = (depth.min(low), goes_on || depth < low);
            }
            What::Sign(',' | ';') if depth == low => goes_on = false,
            What::Sign('.') if depth == low && goes_on && is_name(i + 1) && is(i + 2, '(') => calls.push(i + 1),
            _ => {}
        }
    }
    // To the left: the calls that it is an argument of.
    let mut closed = 0;
    for (i, token) in tokens.iter().enumerate().take(at).rev() {
        match token.what {
            What::Sign(')' | ']' | '}') => closed += 1,
            What::Sign('(' | '[' | '{') if closed > 0 => closed -= 1,
            What::Sign('(') if i > 0 && is_name(i - 1) => calls.push(i - 1),
            _ => {}
        }
    }
    let names = calls.into_iter().map(|i| &script[tokens[i].range.clone()]);
    names.filter_map(|name| Some((name.to_owned(), moves(name)?))).collect()
}

/// What a call does to when something begins; none where it leaves that alone. What is no function sets a control.
fn moves(name: &str) -> Option<Moves> {
    let is_it = |f: &&Function| f.name == name || f.aliases.contains(&name);
    let function = functions().find(is_it)?;
    match function.family {
        _ if STILL.contains(&function.name) => None,
        _ if THINS.contains(&function.name) => Some(Moves::Some),
        Family::Value | Family::Operator | Family::Tonal => None,
        Family::Conditional | Family::Layer | Family::Random => Some(Moves::Some),
        Family::Combine | Family::Time | Family::Structure | Family::Sample => Some(Moves::All),
    }
}

/// The first `swing_by` of a statement whose amount is a number or a fraction.
fn swing(script: &str, tokens: &[Token]) -> Option<Swing> {
    let word = |token: &Token| script[token.range.clone()].to_owned();
    let at = tokens.windows(2).position(|w| word(&w[0]) == "swing_by" && w[1].what == What::Sign('('))?;
    let first = tokens.get(at + 2)?;
    // Digits with a dot between them are three pieces.
    let end = tokens[at + 2..].iter().find(|t| t.what == What::Sign(','))?.range.start;
    let said = script.get(first.range.start..end)?.trim_end();
    let amount = match said.split_once('/') {
        Some((num, den)) => num.trim().parse::<f64>().ok()? / den.trim().parse::<f64>().ok().filter(|d| *d != 0.0)?,
        None => said.parse().ok()?,
    };
    Some(Swing { range: first.range.start..first.range.start + said.len(), amount })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "tempo(120);\n// track(\"no\", s(\"no\"));\nlet beat = stack(s(\"bd ~\"), s(\"~ sd\").gain(\"1 0.5\"));\ntrack(\"drums\", beat);\n\
        track(\"_hats\", s(\"hh*8\").velocity(\"1 0.5\").swing_by(1/3, 4).scale(\"c:minor\"));\ntrack(\"bare\", \"bd sd\");\n\
        instrument(\"x\", |v| saw(v.freq));\ntrack(\"sum\", s(\"a\" + \"b\"));\ntrack(\"slow\", n(\"0 1\").swing_by(0.25, 8))";

    #[test]
    fn the_texts_of_a_script_are_found_with_their_places() {
        let parts = parts(SCRIPT);
        let texts = |part: &Part| -> Vec<(String, String, bool)> {
            let says = |t: &Written| t.says == Says::Steps;
            part.texts.iter().map(|t| (t.call.clone(), SCRIPT[t.range.clone()].to_owned(), says(t))).collect()
        };
        let names: Vec<(&str, bool)> = parts.iter().map(|p| (p.name.as_str(), p.is_track)).collect();
        assert_eq!(names, [("beat", false), ("hats", true), ("bare", true), ("slow", true)]);
        let of = |call: &str, text: &str, sounds| (call.to_owned(), text.to_owned(), sounds);
        assert_eq!(texts(&parts[0]), [of("s", "bd ~", true), of("s", "~ sd", true), of("gain", "1 0.5", false)]);
        assert_eq!(texts(&parts[1]), [of("s", "hh*8", true), of("velocity", "1 0.5", false)]);
        assert_eq!(texts(&parts[2]), [of("track", "bd sd", true)]);
        let third = parts[1].swing.clone().unwrap();
        assert_eq!((&SCRIPT[third.range], (third.amount * 3.0).round()), ("1/3", 1.0));
        assert_eq!(parts[3].swing.as_ref().map(|s| (&SCRIPT[s.range.clone()], s.amount)), Some(("0.25", 0.25)));
        assert_eq!(SCRIPT.get(parts[1].texts[0].behind..).map(|rest| rest.starts_with(".velocity")), Some(true));
    }

    #[test]
    fn what_changes_when_a_text_plays_is_named() {
        for (script, wanted) in [
            ("track(\"a\", s(\"bd\").euclid(4, 16));", Some("euclid")),
            ("track(\"a\", s(\"bd hh\").gain(0.5).fast(4));", Some("fast")),
            ("let a = s(\"cp ~ cp ~\").slow(2);", Some("slow")),
            ("track(\"a\", s(\"bd\").struct(\"x ~ x x\"));", Some("struct")),
            ("track(\"a\", s(\"bd\").every(4, |p| p.rev()).mask(\"<0 1>\").tune(50));", None),
            ("track(\"a\", s(\"bd*4\").degrade_by(0.2).jux(rev));", None),
            ("track(\"a\", cat(s(\"bd\"), s(\"hh\")));", Some("cat")),
            ("track(\"a\", stack(s(\"bd\"), s(\"hh\")).fast(2));", Some("fast")),
            ("track(\"a\", stack(s(\"bd*4\").gain(\"1 0.5\"), s(\"hh\").fast(2)));", None),
            ("track(\"a\", s(\"bd*4\").gain(sine.fast(2)).pan(0.5).room(0.2).bank(\"forge\"));", None),
            ("track(\"a\", n(\"0 3\").add(7).scale(\"c:minor\").s(\"acid\").cutoff(900).lpf(500).speed(2));", None),
            ("track(\"a\", \"bd sd\");", None),
            ("track(\"a\", s(\"bd ~\").velocity(\"1 0.5\").swing_by(1/3, 4));", None),
        ] {
            let parts = parts(script);
            let moved = parts[0].texts[0].moved.iter().find(|(_, moves)| *moves == Moves::All);
            assert_eq!(moved.map(|(name, _)| name.as_str()), wanted, "{script}");
        }
        let thins = &parts("track(\"a\", s(\"bd\").every(4, rev).gain(0.5).mask(\"<0 1>\"));")[0].texts[0].moved;
        assert_eq!(thins, &[("every".to_owned(), Moves::Some), ("mask".to_owned(), Moves::Some)]);
        let texts = &parts("track(\"a\", s(\"bd\").struct(\"x ~ x x\"));")[0].texts;
        assert_eq!(texts.len(), 1, "the rhythm is no drum: {texts:?}");
    }

    #[test]
    fn what_plays_the_steps_of_others_is_no_row_of_its_own() {
        let script = "track(\"bass\", n(\"0 ~ 3\").s(\"acid\").gain(\"1 0.5\"));\n\
            track(\"both\", stack(s(\"bd*4\"), note(\"c2\").sound(\"saw\")));\ntrack(\"drums\", beat.s(\"bd ~\"));";
        let says = |part: &Part| -> Vec<(String, Says)> {
            part.texts.iter().map(|text| (script[text.range.clone()].to_owned(), text.says)).collect()
        };
        let all: Vec<Vec<(String, Says)>> = parts(script).iter().map(says).collect();
        let of = |text: &str, says| (text.to_owned(), says);
        assert_eq!(all[0], [of("0 ~ 3", Says::Steps), of("acid", Says::Sound), of("1 0.5", Says::Levels)]);
        assert_eq!(all[1], [of("bd*4", Says::Steps), of("c2", Says::Steps), of("saw", Says::Sound)]);
        assert_eq!(all[2], [of("bd ~", Says::Steps)]);
    }
}
