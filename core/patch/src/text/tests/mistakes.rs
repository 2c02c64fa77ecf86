//! What is said about mistakes, and where.

use super::*;

/// All messages about a text that follows `beatforge = 1`, without the file's name.
fn told(rest: &str) -> Vec<String> {
    told_whole(&format!("beatforge = 1\n{rest}"))
}

fn told_whole(text: &str) -> Vec<String> {
    let errors = TextPatch::parse(text, "x").expect_err(text);
    errors.iter().map(|e| e.to_string().trim_start_matches("x:").replace("\n  ", " | ")).collect()
}

fn check(rest: &str, wanted: &[&str]) {
    assert_eq!(told(rest), wanted, "{rest}");
}

#[test]
fn the_format_is_asked_for() {
    let begin = "a patch file begins with the line `beatforge = 1`";
    assert_eq!(
        told_whole("tempo = 3\n"),
        [format!("1:1: found no `beatforge` line, so this may not be a patch | {begin}")]
    );
    assert_eq!(told_whole(""), [format!("1:1: found no `beatforge` line, so this may not be a patch | {begin}")]);
    assert_eq!(
        told_whole("beatforge = 2\nnodes = 3\n"),
        ["1:13: found format 2, expected 1: a newer BeatForge has written this patch | update BeatForge to open it"]
    );
    assert_eq!(
        told_whole("beatforge = \"1\"\n"),
        [format!("1:13: found the text \"1\", expected the format's number 1 | {begin}")]
    );
}

#[test]
fn names_that_lead_nowhere_get_a_hint() {
    let nodes = "[nodes]\nsaw = { type = \"saw\" }\nout = { type = \"output\" }\n";
    check(
        &format!("{nodes}[cables]\n\"out\" = [\"swa\", \"sawx\"]\n\"outt.in\" = {{ from = \"saw\" }}\n"),
        &[
            "6:10: there is no node `swa` | did you mean `saw`?",
            "6:17: there is no node `sawx` | did you mean `saw`?",
            "7:1: there is no node `outt` | did you mean `out`?",
        ],
    );
    check(
        &format!("{nodes}[inputs]\na = \"sax.in\"\n[outputs]\nb = \"sax\"\n[controls]\nc = \"sax.freq\"\n"),
        &[
            "6:5: there is no node `sax` | did you mean `saw`?",
            "8:5: there is no node `sax` | did you mean `saw`?",
            "10:5: there is no node `sax` | did you mean `saw`?",
        ],
    );
    check(
        &format!("{nodes}[automation]\n\"sax.freq\" = {{ points = [] }}\n"),
        &["6:1: there is no node `sax` | did you mean `saw`?"],
    );
}

#[test]
fn a_tempo_that_cannot_be_played_is_told() {
    for tempo in ["5000", "0.5"] {
        let expected = "expected a number of beats a minute from 1 to 1000";
        check(&format!("tempo = {tempo}\n"), &[&format!("2:9: found the number {tempo} for `tempo`, {expected}")]);
    }
}

#[test]
fn wrong_values_are_told_one_by_one() {
    check(
        "tempo = 0\nsignature = 2.5\nvoices = \"two\"\n[nodes]\nA = { type = \"x\" }\nb = \"saw\"\nc = {}\n\
         d = { type = 3 }\ne = { type = \"x\", on = 1979-05-27, n = nan, Q = 1 }\n",
        &[
            "2:9: found the number 0 for `tempo`, expected a number of beats a minute from 1 to 1000",
            "3:13: found the number 2.5 for `signature`, expected a whole number of beats from 1 to 256",
            "4:10: found the text \"two\" for `voices`, expected a whole number of voices from 0 to 1024",
            "6:1: \"A\" is not a name: a name starts with a small letter, then small letters, digits, _ or - | write `a`",
            "7:5: found the text \"saw\" for node `b`, expected a table: { type = \"...\" } | write b = { type = \"saw\" }",
            "8:1: node `c` has no type; expected type = \"...\"",
            "9:14: found the number 3, expected the name of a type in quotes",
            "10:24: found a date, expected a number, a text in quotes, true, false, a list or a table",
            "10:40: the value is not a number",
            "10:45: \"Q\" is not a name: a name starts with a small letter, then small letters, digits, _ or - | write `q`",
        ],
    );
}

#[test]
fn wrong_parts_are_told_one_by_one() {
    let nodes = "[nodes]\nsaw = { type = \"saw\" }\n";
    let cable = "an output in quotes, such as \"lfo\", or { from = \"lfo\", amount = 2.0 }";
    check(
        &format!(
            "{nodes}[cables]\nsaw.in = \"saw\"\n\"saw.a\" = 3\n\"saw.b\" = {{ amount = 1.0 }}\n\
             \"saw.c\" = {{ from = \"saw\", amount = \"x\" }}\n\"saw.d\" = [\"saw\", \"saw\"]\n\"saw.e.f\" = \"saw\"\n"
        ),
        &[
            "5:1: found `saw.in` without quotes, expected \"saw.in\" | a key with a dot stands in quotes here",
            &format!("6:11: found the number 3, expected {cable}"),
            &format!("7:11: this cable does not say where it comes from; expected {cable}"),
            "8:36: found the text \"x\", expected a number between -3.4e38 and 3.4e38 for the amount",
            "9:19: `saw` stands twice among the cables of `saw.d`",
            "10:1: \"e.f\" is not a name: a name starts with a small letter, then small letters, digits, _ or -",
        ],
    );
    check(
        &format!(
            "{nodes}[outputs]\na = [\"saw\"]\n[controls]\nb = \"saw\"\nc = {{ min = 0.0 }}\n\
             d = {{ to = \"saw.freq\", min = 2.0, max = 1.0 }}\ne = 3\n"
        ),
        &[
            "5:5: found a list, expected one output inside, such as \"filter.low\"",
            "7:5: found the node `saw`, expected a param of it: \"saw.name\"",
            "8:5: this control does not say what it sets; expected to = \"node.param\"",
            "8:13: found `min` alone, expected `max` as well",
            "9:30: found the number 2.0 and the number 1.0, expected two numbers, min below max",
            "10:5: found the number 3, expected a param in quotes, such as \"filter.cutoff\"",
        ],
    );
    check(
        &format!(
            "{nodes}[automation]\n\"saw.a\" = {{ points = [[0.0, 1.0], [1.0, 2.0, \"holt\"]] }}\n\
             \"saw.b\" = {{ length = 4.0 }}\n\"saw.c\" = {{ points = [[1.0, 1.0], [0.0, 1.0]] }}\n\"saw.d\" = [1]\n\
             [layout]\nsaw = [1.5, 2]\n[snapshots]\nverse = 3\n"
        ),
        &[
            "5:35: found the curve \"holt\", expected one of \"linear\", \"hold\", \"exponential\", \"smooth\" | did you mean \"hold\"?",
            "6:11: this automation has no points; expected points = [[beat, value], ...]",
            "7:11: the automation of `saw.c` does not hold: point 2 lies before the one in front of it; points stand in order",
            "8:11: found a list, expected { points = [[0.0, 300.0], [4.0, 900.0]], length = 8.0 }",
            "10:7: found a list, expected two whole numbers: [x, y]",
            "12:9: found the number 3, expected a table: `[snapshots.verse]`",
        ],
    );
    check(
        &format!(
            "{nodes}[mappings]\n\"osc:/a\" = \"saw\"\n\"osc:/b\" = 3\n\"osc:/c\" = {{ to = \"saw.freq\", min = 1.0 }}\n\
             \"osc:/d\" = {{ to = \"saw.freq\", from = 3 }}\n\"osc:/e\" = {{ to = \"saw.freq\", curve = \"bent\" }}\n\
             \"\" = \"saw.freq\"\n"
        ),
        &[
            "5:12: found the node `saw`, expected a param of it: \"saw.name\"",
            "6:12: found the number 3, expected a param: \"filter.cutoff\" or { to = \"filter.cutoff\" }",
            "7:37: expected two numbers: min and max",
            "8:38: expected what the control says at both ends: [0, 127]",
            "9:39: found the text \"bent\", expected \"linear\" or \"log\"",
            "10:6: the mapping of `` does not hold: where it comes from is a text of at most 256 bytes, such as `osc:/1/fader1`",
        ],
    );
    check("nodes = 3\n", &["2:9: found the number 3, expected a table: `[nodes]`"]);
    check("[[nodes]]\na = 1\n", &["2:1: found `[[nodes]]`, expected a table: `[nodes]`"]);
}

#[test]
fn what_is_not_toml_is_told_in_plain_words() {
    for (line, wanted) in [
        ("tempo =", "2:8: found the end of the line, expected a value behind `=`"),
        (
            "a = saw",
            "2:5: found `saw`, expected a value: a number, a text in quotes, true, false, a list or a table | \
             a text stands in quotes: \"saw\"",
        ),
        (
            "a = [1 2]",
            "2:6: found `1 2`, expected a value: a number, a text in quotes, true, false, a list or a table | \
             a comma goes between the items of a list",
        ),
        ("tempo", "2:6: found the end of the line, expected `=` and a value behind the name"),
        ("tempo : 3", "2:7: found `:`, expected `=` and a value behind the name"),
        ("tempo == 3", "2:8: found `=`, expected one `=`"),
        ("[nodes", "2:7: found the end of the line, expected `]` at the end of the header"),
        ("a = \"x", "2:7: found the end of the line, expected a quote at the end of the text"),
        ("a = { x = 1 y = 2 }", "2:15: found `=`, expected `,` or `}` in the table"),
        ("a = 01", "2:5: a number does not begin with 0"),
        ("a = .5", "2:5: found `.5`, expected a digit before the point"),
        ("a = 1,5", "2:6: found `,5`, expected the end of the line"),
        ("= 3", "2:1: found `=`, expected a name"),
        ("ü = 3", "2:1: found `ü`, expected a name"),
        ("a = True", "2:5: found `True`, expected true or false, in small letters"),
        ("a = 99999999999999999999", "2:5: the number `99999999999999999999` is too large"),
        ("]", "2:1: found `]`, expected a name or a header in brackets"),
    ] {
        assert_eq!(told(&format!("{line}\n"))[0], wanted, "{line}");
    }
    assert_eq!(told("a = [1, 2"), ["2:10: found the end of the file, expected `]` at the end of the list"]);
}

#[test]
fn what_stands_twice_is_told_with_the_first() {
    check(
        "tempo = 1\n[nodes]\nsaw = { type = \"a\" }\n# here\nsaw = { type = \"b\" }\n[cables]\nsaw = \"saw\"\n\"saw\" = \"saw\"\n",
        &["6:1: `saw` stands twice | the first is in line 4", "9:1: `\"saw\"` stands twice | the first is in line 8"],
    );
    check("[nodes]\na = { type = \"x\", n = 1, n = 2 }\n", &["3:26: `n` stands twice"]);
}

#[test]
fn many_mistakes_are_told_in_one_go() {
    check(
        "[nodes]\nsaw = { type = saw }\nlfo = { type = \"lfo\" }\nB = { type = \"x\" }\n[cables]\nout = \"saw\"\nlfo = lfo\n\
         \"lfo.rate\" = 3\n",
        &[
            "3:16: found `saw`, expected a value: a number, a text in quotes, true, false, a list or a table | \
             a text stands in quotes: \"saw\"",
            "5:1: \"B\" is not a name: a name starts with a small letter, then small letters, digits, _ or - | write `b`",
            "8:7: found `lfo`, expected a value: a number, a text in quotes, true, false, a list or a table | \
             a text stands in quotes: \"lfo\"",
            "9:14: found the number 3, expected an output in quotes, such as \"lfo\", or { from = \"lfo\", amount = 2.0 }",
        ],
    );
    // A table may go on in the next line: what is left open is its text, and that is all there is to tell.
    let open = "[nodes]\n# don't\na = { type = \"saw\", say = 'it\\' }\nb = { type = \"kick, tune = 48.0 }\nc = { type = \"clap\" }\n\
                d = { type = \"hat\", decay = 0.07 }\n";
    check(open, &["5:34: found the end of the line, expected a quote at the end of the text"]);
    let many = "x = y z\n".repeat(100);
    assert_eq!(told(&many).len(), 20);
}
