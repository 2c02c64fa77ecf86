//! Choosing among patterns by number or name.

use crate::value::Value;
use crate::{Join, Pattern, Transform};
use std::sync::Arc;

/// Patterns to pick from.
#[derive(Clone, Debug)]
pub struct Lookup<T = Pattern> {
    items: Arc<[(Option<Arc<str>>, T)]>,
    wrap: bool,
}

impl<T: Clone> Lookup<T> {
    /// By number from 0. Numbers beyond the ends mean the first and the last.
    pub fn list(items: impl IntoIterator<Item = T>) -> Lookup<T> {
        Lookup { items: items.into_iter().map(|item| (None, item)).collect(), wrap: false }
    }

    /// By name.
    pub fn named<'a>(items: impl IntoIterator<Item = (&'a str, T)>) -> Lookup<T> {
        Lookup { items: items.into_iter().map(|(name, item)| (Some(name.into()), item)).collect(), wrap: false }
    }

    /// Numbers beyond the ends go round.
    pub fn wrapping(mut self) -> Lookup<T> {
        self.wrap = true;
        self
    }

    /// The item of a value, or why there is none.
    fn get(&self, key: &Value) -> Result<T, String> {
        if let Value::Text(name) = key
            && let Some((_, item)) = self.items.iter().find(|(n, _)| n.as_deref() == Some(name))
        {
            return Ok(item.clone());
        }
        let count = self.items.len() as f64;
        let named = self.items.iter().any(|(name, _)| name.is_some());
        let Some(number) = key.number().filter(|_| !named && count > 0.0) else {
            let names: Vec<&str> = self.items.iter().filter_map(|(name, _)| name.as_deref()).collect();
            return Err(match names.as_slice() {
                [] if count == 0.0 => "there is nothing to pick from: the list is empty".to_owned(),
                [] => format!("`{key}` picks nothing: a list is picked from by number"),
                names => format!("there is no `{key}` to pick: there are {}", names.join(", ")),
            });
        };
        let rounded = libm::floor(number + 0.5);
        let at = if self.wrap { crate::value::modulo(rounded, count) } else { rounded.clamp(0.0, count - 1.0) };
        self.items.get(at as usize).map(|(_, item)| item.clone()).ok_or_else(|| format!("`{key}` picks nothing"))
    }
}

impl Pattern {
    /// The pattern that each value names, joined.
    pub fn pick(&self, lookup: Lookup, join: Join) -> Pattern {
        self.bind(join, move |key| lookup.get(key).unwrap_or_else(Pattern::failing))
    }

    /// Each function in turn applied to the pattern, as the values of `which` name them.
    pub fn pick_f(&self, which: &Pattern, lookup: &Lookup<Transform>) -> Pattern {
        let (this, lookup) = (self.clone(), lookup.clone());
        which.bind(Join::Inner, move |key| match lookup.get(key) {
            Ok(f) => f.apply(&this),
            Err(message) => Pattern::failing(message),
        })
    }
}
