//! From one pattern to another while they play.

use crate::query::Run;
use crate::value::Key;
use crate::{Event, Pattern, Ratio, Span, Value};

/// Events of `old` that begin before the cycle `at`, then those of `new`.
pub fn jump_in(old: &Pattern, new: &Pattern, at: Ratio) -> Pattern {
    let begins = |e: &Event| e.whole_or_part().begin;
    Pattern::stack(&[old.filter(move |e| begins(e) < at), new.filter(move |e| begins(e) >= at)])
}

/// Over `cycles` cycles from the cycle `at` on the gain of `old` falls to nothing and that of `new` rises.
pub fn xfade_in(old: &Pattern, new: &Pattern, at: Ratio, cycles: Ratio) -> Pattern {
    let position = move |event: &Event| {
        let since = event.whole_or_part().begin - at;
        if cycles <= Ratio::ZERO {
            return if since < Ratio::ZERO { 0.0 } else { 1.0 };
        }
        (since / cycles).to_f64().clamp(0.0, 1.0)
    };
    Pattern::stack(&[faded(old, move |e| 1.0 - position(e)), faded(new, position)])
}

/// The first cycle of a pattern, played once from the cycle `at` on.
pub fn once(pattern: &Pattern, at: Ratio) -> Pattern {
    let end = at + Ratio::ONE;
    let moved = pattern.late_by(at);
    Pattern::over(moved.depth(), move |run: &mut Run, span: Span, out: &mut Vec<Event>| {
        Span { begin: at, end }.intersect(span).map_or(Ok(()), |asked| moved.ask(run, asked, out))
    })
}

/// Each event with its gain multiplied; those that would be silent are left out.
fn faded(pattern: &Pattern, gain: impl Fn(&Event) -> f64 + Send + Sync + 'static) -> Pattern {
    pattern.edit(move |_, event| {
        let by = gain(event);
        if by > 0.0 && by < 1.0 {
            let (controls, key) = (event.value.controls(), Key::new("gain"));
            let before = controls.number(&key).unwrap_or(1.0);
            event.value = Value::Map(controls.with(key, Value::Num(before * by)));
        }
        Ok(by > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Query, mini};

    fn at_cycle(pattern: &Pattern, cycle: i64) -> Vec<(String, f64)> {
        let mut events = pattern.query(Span::new(cycle, cycle + 1), &Query::default()).unwrap();
        events.sort_by_key(|e| e.part.begin);
        let gain = |e: &Event| e.value.controls().number(&Key::new("gain")).unwrap_or(1.0);
        events.iter().map(|e| (e.value.controls().get(&Key::VALUE).unwrap_or(&e.value).to_string(), gain(e))).collect()
    }

    #[test]
    fn one_pattern_follows_another() {
        let (a, b) = (mini("a").unwrap(), mini("b").unwrap());
        let jumped = jump_in(&a, &b, Ratio::int(2));
        assert_eq!(at_cycle(&jumped, 1), [("a".to_owned(), 1.0)]);
        assert_eq!(at_cycle(&jumped, 2), [("b".to_owned(), 1.0)]);
        let faded = xfade_in(&a, &b, Ratio::int(1), Ratio::int(4));
        assert_eq!(at_cycle(&faded, 0), [("a".to_owned(), 1.0)]);
        assert_eq!(at_cycle(&faded, 2), [("a".to_owned(), 0.75), ("b".to_owned(), 0.25)]);
        assert_eq!(at_cycle(&faded, 5), [("b".to_owned(), 1.0)]);
        assert_eq!(at_cycle(&once(&a, Ratio::int(3)), 3).len(), 1);
        assert_eq!(at_cycle(&once(&a, Ratio::int(3)), 4).len(), 0);
    }
}
