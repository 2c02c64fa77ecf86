//! The matcher against one that is written as the specification reads, and that tries everything.

use super::config;
use crate::osc::*;
use proptest::prelude::*;

/// Whether a well-formed pattern matches, by trying all ways.
fn reference(pattern: &[char], address: &[char]) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return address.is_empty() };
    let next = address.first().filter(|c| **c != '/');
    match first {
        '?' => next.is_some() && reference(rest, &address[1..]),
        '*' => reference(rest, address) || (next.is_some() && reference(pattern, &address[1..])),
        '[' => {
            let end = rest.iter().position(|c| *c == ']').unwrap();
            next.is_some_and(|c| in_set(&rest[..end], *c)) && reference(&rest[end + 1..], &address[1..])
        }
        '{' => {
            let end = rest.iter().position(|c| *c == '}').unwrap();
            rest[..end]
                .split(|c| *c == ',')
                .any(|word| address.starts_with(word) && reference(&rest[end + 1..], &address[word.len()..]))
        }
        '/' if rest.first() == Some(&'/') => {
            address.first() == Some(&'/')
                && (0..address.len()).any(|at| address[at] == '/' && reference(rest, &address[at..]))
        }
        c => address.first() == Some(c) && reference(rest, &address[1..]),
    }
}

fn in_set(set: &[char], c: char) -> bool {
    let (set, except) = if set[0] == '!' { (&set[1..], true) } else { (set, false) };
    let (mut at, mut found) = (0, false);
    while at < set.len() {
        if at + 2 < set.len() && set[at + 1] == '-' {
            found |= (set[at]..=set[at + 2]).contains(&c);
            at += 3;
        } else {
            found |= set[at] == c;
            at += 1;
        }
    }
    found != except
}

fn agree(pattern: &Pattern, address: &str) {
    let chars = |text: &str| text.chars().collect::<Vec<_>>();
    let expected = reference(&chars(pattern.text()), &chars(address));
    assert_eq!(pattern.matches(address), expected, "{} on {address}", pattern.text());
}

fn address() -> impl Strategy<Value = String> {
    "(/[abcö]{1,5}){1,4}"
}

/// A pattern that is well formed.
fn pattern() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        4 => "[abcö]{1,2}",
        1 => Just("?".to_owned()),
        2 => Just("*".to_owned()),
        1 => "\\[!?[abc]{1,2}(a-[bc])?-?\\]",
        1 => "\\{[abcö]{0,2}(,[abc]{0,2}){0,2}\\}",
    ];
    let name = prop::collection::vec(token, 1..5).prop_map(|tokens| tokens.concat());
    let slash = prop_oneof![4 => Just("/"), 1 => Just("//")];
    prop::collection::vec((slash, name).prop_map(|(slash, name)| format!("{slash}{name}")), 1..4)
        .prop_map(|names| names.concat())
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn patterns_match_as_the_specification_reads(pattern in pattern(), address in address()) {
        agree(&Pattern::parse(&pattern).unwrap(), &address);
    }

    #[test]
    fn what_is_made_from_an_address_matches_it(
        address in address(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..5), 0..4),
    ) {
        let mut names: Vec<String> = address.chars().map(String::from).collect();
        for (at, change) in changes {
            let at = at.index(names.len());
            if names[at] != "/" {
                names[at] = ["?", "*", "[!x]", "{x,a,b,c,ö}", "[a-cö]"][change].to_owned();
            }
        }
        let pattern = Pattern::parse(&names.concat()).unwrap();
        prop_assert!(pattern.matches(&address), "{} on {address}", pattern.text());
        agree(&pattern, &address);
    }

    #[test]
    fn any_text_may_come(pattern in "/[ab/*?\\[\\]{},!#ö-]{0,12}", address in address()) {
        match Pattern::parse(&pattern) {
            Ok(pattern) => agree(&pattern, &address),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}

#[test]
fn the_known_forms_match() {
    let long = format!("/{}", "a".repeat(200));
    for (pattern, address, matches) in [
        ("/a", "/a", true),
        ("/a*", "/a", true),
        ("/a*", "/a/b", false),
        ("/*", "/a/b", false),
        ("/*/b", "/a/b", true),
        ("/[ab]", "/ab", false),
        ("/[ab]", "/b", true),
        ("/[!ab]", "/b", false),
        ("/[!ab]", "/c", true),
        ("/[a-]", "/-", true),
        ("/[-a]", "/-", true),
        ("/[a!]", "/!", true),
        ("/{a,ab}", "/ab", true),
        ("/{a,ab}c", "/abc", true),
        ("/{ab,a}bc", "/abc", true),
        ("/{,x}a", "/a", true),
        ("/?", "/ö", true),
        ("/??", "/ö", false),
        ("//c", "/a/b/c", true),
        ("//c", "/c", true),
        ("/a//c", "/a/c", true),
        ("/a//c", "/a/b/b/c", true),
        ("/a//c", "/b/c", false),
        ("//b//d", "/a/b/c/b/d", true),
        ("/bf/node/*/cutoff", "/bf/node/kick/cutoff", true),
        ("/a", "a", false),
        ("/a", "/a/", false),
        ("/a", "", false),
        (&format!("/{}", "*".repeat(300)), &long, true),
    ] {
        assert_eq!(Pattern::parse(pattern).unwrap().matches(address), matches, "{pattern} on {address}");
    }
}

#[test]
fn a_pattern_that_could_be_tried_forever_is_not() {
    // Tried one after another, this would take longer than anybody waits.
    let address = format!("/{}", "a".repeat(500));
    for (pattern, matches) in [("*a", true), ("*a?", true), ("{a,aa}", false), ("*{a,aa,}", true), ("*[ab]", true)] {
        let stars = format!("/{}", pattern.repeat(50));
        assert_eq!(Pattern::parse(&stars).unwrap().matches(&address), matches, "{pattern}");
        assert!(!Pattern::parse(&format!("{stars}b")).unwrap().matches(&address), "{pattern}");
    }
    let names = "/a".repeat(100);
    assert!(!Pattern::parse(&format!("{}/b", "//a".repeat(80))).unwrap().matches(&names));
    assert!(Pattern::parse(&"//a".repeat(80)).unwrap().matches(&names));
}

#[test]
fn what_is_no_pattern_is_told_with_its_place() {
    use PatternError as E;
    for (pattern, error) in [
        ("", E::Start),
        ("a", E::Start),
        ("/", E::Empty { at: 1 }),
        ("//", E::Empty { at: 2 }),
        ("/a/", E::Empty { at: 3 }),
        ("/a///b", E::Empty { at: 4 }),
        ("/a[b", E::Unclosed { at: 2, open: '[' }),
        ("/a[b/c]", E::Unclosed { at: 2, open: '[' }),
        ("/{a,b", E::Unclosed { at: 1, open: '{' }),
        ("/a[]", E::Set { at: 2 }),
        ("/a[!]", E::Set { at: 2 }),
        ("/[c-a]", E::Range { at: 2, from: 'c', to: 'a' }),
        ("/a]", E::Character { at: 2, found: ']' }),
        ("/ä}", E::Character { at: 3, found: '}' }),
        ("/a,b", E::Character { at: 2, found: ',' }),
        ("/a b", E::Character { at: 2, found: ' ' }),
        ("/{a*,b}", E::Character { at: 3, found: '*' }),
        ("/{a,{b}}", E::Character { at: 4, found: '{' }),
        ("/[a-*]", E::Character { at: 4, found: '*' }),
    ] {
        assert_eq!(Pattern::parse(pattern), Err(error), "{pattern}");
    }
    assert_eq!(Pattern::parse(&"/a".repeat(257)), Err(E::Long { bytes: 514 }));
}
