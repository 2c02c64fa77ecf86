//! Values of a script as patterns and arguments of the pattern language.

use crate::closure;
use crate::graph::Graph;
use crate::hint::Fault;
use crate::number::number;
use crate::shared::{Outcome, Shared};
use bf_pattern::table::Arg;
use bf_pattern::{Atom, Pattern, Transform, mini::mini_with};
use rhai::{Array, Dynamic, FnPtr, ImmutableString, Map};
use std::sync::Arc;

/// A word that means a pattern (or a function of patterns) and a node alike: `gain(0.5)`. Its surroundings decide.
#[derive(Clone)]
pub(crate) struct Dual {
    pub(crate) pattern: Box<Dynamic>,
    pub(crate) graph: Graph,
}

/// The pattern of a value: a pattern, a number, a truth, a text of mini-notation, a list as a sequence.
pub(crate) fn pattern(shared: &Arc<Shared>, value: &Dynamic) -> Outcome<Pattern> {
    match arg(shared, value)? {
        Arg::Pattern(pattern) => Ok(pattern),
        list @ Arg::List(_) => {
            let fastcat = bf_pattern::table::function("fastcat");
            let made = fastcat.map(|f| f.call(None, &[list])).and_then(Result::ok);
            made.ok_or_else(|| Fault::new("this list holds what is no pattern").into())
        }
        Arg::Transform(_) => {
            let fault = Fault::new("here a pattern is needed, not a function of patterns");
            Err(fault.hint(Some("give it a pattern: p.rev() in place of rev")).into())
        }
        Arg::Map(_) => Err(Fault::new("here a pattern is needed, not a map").into()),
    }
}

/// A value as an argument of the pattern language.
pub(crate) fn arg(shared: &Arc<Shared>, value: &Dynamic) -> Outcome<Arg> {
    if let Some(n) = number(value) {
        return Ok(Arg::Pattern(Pattern::pure(n)));
    }
    if let Ok(truth) = value.as_bool() {
        return Ok(Arg::Pattern(Pattern::pure(truth)));
    }
    if let Some(pattern) = value.read_lock::<Pattern>() {
        return Ok(Arg::Pattern(pattern.clone()));
    }
    if let Some(transform) = value.read_lock::<Transform>() {
        return Ok(Arg::Transform(transform.clone()));
    }
    if let Some(dual) = value.read_lock::<Dual>() {
        return arg(shared, &dual.pattern);
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return notation(shared, &text).map(Arg::Pattern);
    }
    if let Some(f) = value.read_lock::<FnPtr>() {
        return closure::transform(shared, &f).map(Arg::Transform);
    }
    if let Some(list) = value.read_lock::<Array>() {
        return list.iter().map(|item| arg(shared, item)).collect::<Outcome<_>>().map(Arg::List);
    }
    if let Some(map) = value.read_lock::<Map>() {
        let named = map.iter().map(|(name, item)| Ok((name.as_str().into(), arg(shared, item)?)));
        return named.collect::<Outcome<_>>().map(Arg::Map);
    }
    let fault = Fault::new(format!("here a pattern is needed, not {}", kind(value)));
    let hint = if value.is_unit() {
        Some(
            "track(…) and d1(…) give nothing: controls stand inside, d1(s(\"bd\").gain(0.8)); for a pattern without events write silence",
        )
    } else if value.is::<Graph>() {
        Some("a node plays in an instrument: instrument(\"name\", |v| …), then s(\"name\")")
    } else {
        None
    };
    Err(fault.hint(hint).into())
}

/// A text of mini-notation, whose atoms know where they stand in the file.
pub(crate) fn notation(shared: &Shared, text: &ImmutableString) -> Outcome<Pattern> {
    let place = shared.literals().place(text);
    let made = match &place {
        Some(place) => mini_with(text, place),
        // It was put together, or comes from a block that was evaluated by itself: nobody knows where it stands.
        None => mini_with(text, &|span| {
            let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            Atom { source: Atom::NOWHERE, start: byte(span.start), end: byte(span.end) }
        }),
    };
    made.map_err(|e| {
        let at = place.and_then(|place| shared.literals().position(place(e.span)));
        Fault::new(e.message).hint(e.hint).at(at).into()
    })
}

/// What a value is, for messages.
pub(crate) fn kind(value: &Dynamic) -> &'static str {
    if number(value).is_some() {
        "a number"
    } else if value.is_unit() {
        "nothing"
    } else if value.is_string() {
        "a text"
    } else if value.is_bool() {
        "a truth"
    } else if value.is_array() {
        "a list"
    } else if value.is_map() {
        "a map"
    } else if value.is_fnptr() || value.is::<Transform>() {
        "a function"
    } else if value.is::<Pattern>() || value.is::<Dual>() {
        "a pattern"
    } else if value.is::<Graph>() {
        "a node"
    } else {
        "this value"
    }
}
