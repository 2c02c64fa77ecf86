//! Evaluates an expression of a script by the table alone.

#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

use bf_pattern::table::{Arg, function};
use bf_pattern::{Pattern, Transform, control, mini};
use std::iter::Peekable;
use std::str::Chars;

/// Reads `name`, `name(arguments)`, `.method(arguments)`, numbers, texts, lists and closures of one expression.
struct Reader<'a> {
    text: Peekable<Chars<'a>>,
    /// The pattern and the index that a closure was given.
    given: Option<(Pattern, usize)>,
}

/// The pattern of an expression.
pub(crate) fn evaluate(text: &str) -> Pattern {
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
