//! Names of nodes and ports: `[a-z][a-z0-9_-]*`.

use core::borrow::Borrow;
use core::fmt;
use std::sync::Arc;

/// A name, or inside the compiler a path such as `kick/env`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// A name that was checked before, or comes from a declaration.
    pub fn new(text: &str) -> Name {
        Name(Arc::from(text))
    }

    /// A name from a user.
    ///
    /// # Errors
    /// Says what a name may look like.
    pub fn parse(text: &str) -> Result<Name, BadName> {
        let mut chars = text.chars();
        let good = chars.next().is_some_and(|c| c.is_ascii_lowercase())
            && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-');
        if good { Ok(Name::new(text)) } else { Err(BadName(text.to_owned())) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name inside an instance: `kick` and `env` give `kick/env`.
    pub fn inside(&self, inner: &Name) -> Name {
        Name::new(&format!("{self}/{inner}"))
    }
}

/// A text that cannot be a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a name: a name starts with a small letter, then small letters, digits, _ or -")]
pub struct BadName(pub String);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}
impl From<&str> for Name {
    fn from(text: &str) -> Name {
        Name::new(text)
    }
}
