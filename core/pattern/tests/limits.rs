//! Hostile patterns end with an error, soon, without a panic or an exhausted stack.

#![allow(clippy::unwrap_used, reason = "the helpers are part of the tests")]

use bf_pattern::{MAX_DEPTH, Pattern, Query, QueryError, Ratio, Span, Transform, Value, mini};

fn first_cycle(pattern: &Pattern) -> Result<usize, QueryError> {
    pattern.query(Span::new(0, 1), &Query::default()).map(|events| events.len())
}

#[test]
fn too_many_events_are_an_error() {
    for text in [
        "bd*1000000",
        "bd*1000*1000*1000",
        "[bd*300]*300",
        "bd(3,4096)*4096",
        "bd!10000000",
        "{a b}%1e9",
        "0 .. 4000*9999",
    ] {
        let answer = mini(text).map(|p| first_cycle(&p));
        assert!(matches!(answer, Ok(Err(QueryError::Events(_) | QueryError::Work(_)))), "{text}: {answer:?}");
    }
    let signal = Pattern::sine().segment(1e7);
    assert!(matches!(first_cycle(&signal), Err(QueryError::Events(_))));
    assert!(first_cycle(&mini("bd*60000").unwrap()).is_ok());
}

#[test]
fn work_that_leads_to_nothing_ends_too() {
    let idle = mini("<~ ~>").unwrap().fast(1e9);
    assert!(matches!(first_cycle(&idle), Err(QueryError::Work(_))));
    let wide = (0..40).fold(Pattern::pure(1.0), |p, _| p.off(0.1, &Transform::new(Pattern::rev)));
    assert!(matches!(first_cycle(&wide), Err(QueryError::Work(_) | QueryError::Events(_))));
    let far = Pattern::pure(1.0).query(Span::new(0, i64::MAX), &Query::default());
    assert!(matches!(far, Err(QueryError::Events(_))));
    let rhythm = mini("a(4000,4096)").unwrap().fast("<1000 2000>".parse_mini()).ply(4000.0);
    assert!(first_cycle(&rhythm).is_err());
}

#[test]
fn deep_patterns_end_and_are_dropped() {
    let deep = (0..1_000_000).fold(Pattern::pure(1.0), |p, _| p.rev());
    assert_eq!(first_cycle(&deep), Err(QueryError::Depth(MAX_DEPTH)));
    // As deep as is let through: asked on this stack of 2 MiB.
    for wrap in [Pattern::rev, |p: &Pattern| p.every_other(), |p: &Pattern| p.ply(1.0), |p: &Pattern| p.add_one()] {
        let mut last = Pattern::pure(1.0);
        for _ in 0..MAX_DEPTH {
            let next = wrap(&last);
            if first_cycle(&next).is_err() {
                break;
            }
            last = next;
        }
        assert_eq!(first_cycle(&last), Ok(1));
    }
}

/// Wrappings of different kinds, for stacks of different frames.
trait Wrap {
    fn every_other(&self) -> Pattern;
    fn add_one(&self) -> Pattern;
}

impl Wrap for Pattern {
    fn every_other(&self) -> Pattern {
        self.first_of("<2 2>".parse_mini(), &Transform::new(Pattern::rev))
    }
    fn add_one(&self) -> Pattern {
        self.combine(bf_pattern::Op::Add, bf_pattern::Align::Mix, &Pattern::pure(1.0))
    }
}

trait ParseMini {
    fn parse_mini(&self) -> Pattern;
}

impl ParseMini for str {
    fn parse_mini(&self) -> Pattern {
        mini(self).unwrap()
    }
}

#[test]
fn deep_and_long_texts_are_refused() {
    let nested = "[".repeat(100_000);
    assert!(mini(&nested).unwrap_err().message.contains("deep"));
    let arguments = "a(".repeat(100_000);
    assert!(mini(&arguments).unwrap_err().message.contains("deep"));
    assert!(mini(&"a ".repeat(10_000_000)).unwrap_err().message.contains("bytes"));
    let chained = format!("a{}", "*1.5".repeat(900));
    assert_eq!(mini(&chained).map(|p| first_cycle(&p)), Ok(Err(QueryError::Depth(MAX_DEPTH))));
}

#[test]
fn numbers_at_the_ends_do_no_harm() {
    let far = Span::new(Ratio::int(i64::MAX - 1), Ratio::int(i64::MAX));
    let odd = [f64::MAX, f64::MIN, f64::MIN_POSITIVE, f64::NAN, f64::INFINITY, -0.0, 1e-300, 1e18];
    for number in odd {
        let p = mini("a b <c d>").unwrap();
        let changed = [
            p.fast(number),
            p.slow(number),
            p.early(number),
            p.late(number),
            p.ply(number),
            p.zoom(number, 1.0),
            p.compress(0.0, number),
            p.euclid(number, 8.0, number),
            p.swing_by(number, number),
            p.ribbon(number, number),
            p.linger(number),
            p.iter(number),
            p.segment(number),
            p.chop(number),
            p.repeat_cycles(number),
        ];
        for pattern in changed {
            for span in [Span::new(0, 1), far, Span::new(-5, -4)] {
                if let Ok(events) = pattern.query(span, &Query::default()) {
                    assert!(events.iter().all(|e| e.part.begin <= e.part.end), "{number}");
                }
            }
        }
    }
}

#[test]
fn a_wrong_value_is_named() {
    let error = first_cycle(&mini("a b").unwrap().fast("<x y>".parse_mini())).unwrap_err();
    assert_eq!(error.to_string(), "`fast` needs a number here, not a text (`x`)");
    let error = first_cycle(&Pattern::pure(Value::text("c:dorain")).scale(Value::text("c:dorain"))).unwrap_err();
    assert!(error.to_string().contains("did you mean `dorian`?"), "{error}");
}

/// Counted, not timed: the budget is a few steps an event, so that no layer of a pattern asks twice what is needed.
#[test]
fn an_event_costs_few_steps() {
    let rev = Transform::new(Pattern::rev);
    let cases = [
        (mini("bd*4 [sn cp]*2 hh*8").unwrap(), 4),
        (mini("<[a b c d]*4 [e f g h]*4>").unwrap().fast(2.0), 4),
        (mini("a(5,8) b(3,8) c*4").unwrap().first_of(3.0, &rev).ply(2.0), 6),
        (mini("bd*8").unwrap().as_control("s").control("gain", Pattern::sine().range(0.5, 1.0)), 12),
    ];
    for (pattern, steps) in cases {
        let events = pattern.query(Span::new(0, 8), &Query::default()).unwrap().len() as u64;
        let query = Query { max_work: events * steps, ..Query::default() };
        assert!(pattern.query(Span::new(0, 8), &query).is_ok(), "{events} events take more than {steps} steps each");
    }
}

#[test]
fn no_event_ends_before_it_begins_where_numbers_end() {
    let query = Query { max_events: 1 << 12, max_work: 1 << 14, ..Query::default() };
    for text in [
        "bd/42222111/42222/22222*4222922211*4222222*42222111*4222222222*4222",
        "bd/42222111/42222/22222*4222922211*4222222*42222111*4222222222*422*42 bl ~ /.22*20+5",
    ] {
        let Ok(pattern) = mini(text) else { continue };
        for event in pattern.query(Span::new(0, 2), &query).unwrap_or_default() {
            assert!(event.part.begin <= event.part.end, "{text}: {event:?}");
        }
    }
}
