//! The example of every function of the table: an expression of a script, evaluated here by the table alone.

#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

use bf_pattern::table::{Arg, function, functions};
use bf_pattern::{Pattern, Query, Span, Transform, control, mini};
use std::iter::Peekable;
use std::str::Chars;

/// Reads `name`, `name(arguments)`, `.method(arguments)`, numbers, texts, lists and closures of one expression.
struct Reader<'a> {
    text: Peekable<Chars<'a>>,
    /// The pattern and the index that a closure was given.
    given: Option<(Pattern, usize)>,
}

fn evaluate(text: &str) -> Pattern {
    let mut reader = Reader { text: text.chars().peekable(), given: None };
    let arg = reader.expression();
    assert_eq!(reader.text.next(), None, "{text}");
    pattern_of(arg)
}

fn pattern_of(arg: Arg) -> Pattern {
    match arg {
        Arg::Pattern(pattern) => pattern,
        other => panic!("{other:?} is no pattern"),
    }
}

impl Reader<'_> {
    fn skip(&mut self) {
        while self.text.next_if(|c| c.is_whitespace()).is_some() {}
    }

    fn take(&mut self, c: char) -> bool {
        self.skip();
        self.text.next_if_eq(&c).is_some()
    }

    fn take_while(&mut self, f: impl Fn(char) -> bool) -> String {
        std::iter::from_fn(|| self.text.next_if(|c| f(*c))).collect()
    }

    fn expression(&mut self) -> Arg {
        let mut value = self.value();
        while self.take('.') {
            let name = self.take_while(|c| c.is_alphanumeric() || c == '_');
            let args = if self.take('(') { self.list(')') } else { Vec::new() };
            value = Arg::Pattern(call(&name, Some(&pattern_of(value)), &args));
        }
        value
    }

    fn list(&mut self, close: char) -> Vec<Arg> {
        let mut items = Vec::new();
        while !self.take(close) {
            items.push(self.expression());
            self.take(',');
        }
        items
    }

    fn value(&mut self) -> Arg {
        self.skip();
        match self.text.peek().copied() {
            Some('"') => {
                self.text.next();
                let text = self.take_while(|c| c != '"');
                self.text.next();
                Arg::Pattern(mini(&text).unwrap_or_else(|e| panic!("{text}: {e}")))
            }
            Some('[') => {
                self.text.next();
                Arg::List(self.list(']'))
            }
            Some('|') => self.closure(),
            Some(c) if c.is_ascii_digit() || c == '-' => {
                let number = |text: String| text.parse::<f64>().unwrap();
                let mut value = number(self.take_while(|c| c.is_ascii_digit() || c == '-' || c == '.'));
                if self.take('/') {
                    value /= number(self.take_while(|c| c.is_ascii_digit()));
                }
                Arg::Pattern(Pattern::pure(value))
            }
            _ => self.name(),
        }
    }

    fn name(&mut self) -> Arg {
        let name = self.take_while(|c| c.is_alphanumeric() || c == '_');
        match (name.as_str(), &self.given) {
            ("p", Some((pattern, _))) => return Arg::Pattern(pattern.clone()),
            ("i", Some((_, index))) => return Arg::Pattern(Pattern::pure(*index as f64)),
            _ => {}
        }
        let args = if self.take('(') { Some(self.list(')')) } else { None };
        if name == "mini" {
            return args.unwrap().remove(0);
        }
        // Without a pattern to act on, a function is a transformation.
        match function(&name).map(|f| (f, f.call(None, args.as_deref().unwrap_or_default()))) {
            Some((_, Ok(pattern))) => Arg::Pattern(pattern),
            Some((f, Err(_))) => Arg::Transform(f.transform(args.as_deref().unwrap_or_default()).unwrap()),
            None => Arg::Pattern(call(&name, None, args.as_deref().unwrap_or_default())),
        }
    }

    fn closure(&mut self) -> Arg {
        self.text.next();
        let params = self.take_while(|c| c != '|');
        assert!(params == "p" || params == "p, i", "{params}");
        self.text.next();
        let body: String = self.text.clone().collect();
        let given = Some((Pattern::silence(), 0));
        let mut inner = Reader { text: self.text.clone(), given };
        inner.expression();
        self.text = inner.text;
        let transform = Transform::indexed(move |pattern, index| {
            let text = body.clone();
            let mut reader = Reader { text: text.chars().peekable(), given: Some((pattern.clone(), index)) };
            let arg = reader.expression();
            pattern_of(arg)
        });
        Arg::Transform(transform)
    }
}

fn call(name: &str, this: Option<&Pattern>, args: &[Arg]) -> Pattern {
    match (function(name), control(name), this, args) {
        (Some(function), ..) => function.call(this, args).unwrap_or_else(|e| panic!("{e}")),
        (_, Some(control), None, [Arg::Pattern(value)]) => value.as_control(control.name),
        (_, Some(control), Some(this), [Arg::Pattern(value)]) => this.control(control.name, value),
        _ => panic!("there is no {name}"),
    }
}

#[test]
fn every_example_plays() {
    for function in functions() {
        let pattern = evaluate(function.example);
        let silent = ["silence", "never"].contains(&function.name);
        let mut count = 0;
        for cycle in 0..8 {
            let events = pattern.query(Span::new(cycle, cycle + 1), &Query::default());
            count += events.unwrap_or_else(|e| panic!("{}: {e}", function.example)).len();
        }
        assert!(silent || count > 0, "{} is silent", function.example);
    }
}

#[test]
fn forms_of_a_call_are_one() {
    let ask = |text: &str| evaluate(text).query(Span::new(0, 4), &Query::default()).unwrap();
    assert_eq!(ask("mini(\"a b\").fastGap(2)"), ask("fast_gap(2, mini(\"a b\"))"));
    assert_eq!(ask("mini(\"a b\").every(2, rev)"), ask("mini(\"a b\").firstOf(2, |p| p.rev())"));
    assert_eq!(ask("stack(\"a\", \"b\")"), ask("stack([\"a\", \"b\"])"));
    assert_eq!(ask("mini(\"a\").stack(\"b\")"), ask("stack(\"a\", \"b\")"));
}

#[test]
fn chords_and_scales_sound() {
    let notes = |text: &str| {
        let mut events = evaluate(text).query(Span::new(0, 1), &Query::default()).unwrap();
        events.sort_by_key(|e| e.part.begin);
        let key = bf_pattern::Key::new("note");
        let note = |e: &bf_pattern::Event| e.value.controls().get(&key).unwrap().pitch().unwrap();
        events.iter().map(note).collect::<Vec<_>>()
    };
    assert_eq!(notes("n(\"0 2 4 7\").scale(\"c4:minor\")"), [60.0, 63.0, 67.0, 72.0]);
    assert_eq!(notes("n(\"0 2\").scale(\"c4:minor\").scale_transpose(1)"), [62.0, 65.0]);
    assert_eq!(notes("note(\"f#3\").scale(\"C:major\")"), [55.0]);
    assert_eq!(notes("note(\"c3 e3\").transpose(\"5P\")"), [55.0, 59.0]);
    assert_eq!(notes("chord(\"Am\").voicing()"), [64.0, 69.0, 72.0]);
    assert_eq!(notes("n(\"0 3\").chord(\"Am\").voicing()"), [64.0, 76.0]);
    assert_eq!(notes("chord(\"Am7\").root_notes(2)"), [45.0]);
    assert_eq!(notes("note(\"c3,e3,g3\").arp(\"0 [2 1] 3\")"), [48.0, 55.0, 52.0, 48.0]);
    assert_eq!(notes("note(\"c3,e3,g3\").arp(\"updown\")"), [48.0, 52.0, 55.0, 52.0]);
}
