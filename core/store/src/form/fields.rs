//! Reading a JSON list from its first item to its last.

use bf_patch::{Name, Socket};
use bf_pattern::Ratio;
use serde_json::Value as Json;

/// Why an entry of the history does not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entry of the history does not read: {what} in {of}")]
pub struct BadForm {
    /// What is missing or other than it should be.
    pub what: String,
    /// The kind of thing that was read.
    pub of: String,
}

/// The items of a list that are still to be read.
pub(super) struct Fields<'a> {
    items: core::slice::Iter<'a, Json>,
    of: &'a str,
}

impl<'a> Fields<'a> {
    /// The items of a list; `of` stands in messages.
    pub(super) fn of(json: &'a Json, of: &'a str) -> Result<Fields<'a>, BadForm> {
        let list = json.as_array().ok_or_else(|| bad("no list", of))?;
        Ok(Fields { items: list.iter(), of })
    }

    /// The items of a list that begins with what it is.
    pub(super) fn tagged(json: &'a Json, of: &'a str) -> Result<(&'a str, Fields<'a>), BadForm> {
        let mut fields = Fields::of(json, of)?;
        let tag = fields.text()?;
        fields.of = tag;
        Ok((tag, fields))
    }

    pub(super) fn bad(&self, what: &str) -> BadForm {
        bad(what, self.of)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.len() == 0
    }

    pub(super) fn json(&mut self) -> Result<&'a Json, BadForm> {
        let of = self.of;
        self.items.next().ok_or_else(|| bad("an item is missing", of))
    }

    /// The next item, read; `None` where it is null.
    pub(super) fn maybe<T>(&mut self, read: impl FnOnce(&'a Json) -> Result<T, BadForm>) -> Result<Option<T>, BadForm> {
        match self.json()? {
            Json::Null => Ok(None),
            json => read(json).map(Some),
        }
    }

    pub(super) fn text(&mut self) -> Result<&'a str, BadForm> {
        let json = self.json()?;
        json.as_str().ok_or_else(|| self.bad("no text"))
    }

    pub(super) fn count(&mut self) -> Result<u64, BadForm> {
        let json = self.json()?;
        json.as_u64().ok_or_else(|| self.bad("no whole number"))
    }

    pub(super) fn number(&mut self) -> Result<f64, BadForm> {
        super::value::read_number(self.json()?).ok_or_else(|| self.bad("no number"))
    }

    pub(super) fn flag(&mut self) -> Result<bool, BadForm> {
        let json = self.json()?;
        json.as_bool().ok_or_else(|| self.bad("neither true nor false"))
    }

    pub(super) fn name(&mut self) -> Result<Name, BadForm> {
        self.text().map(Name::new)
    }

    pub(super) fn socket(&mut self) -> Result<Socket, BadForm> {
        self.text().map(socket_of)
    }

    pub(super) fn ratio(&mut self) -> Result<Ratio, BadForm> {
        let text = self.text()?;
        read_ratio(text).ok_or_else(|| self.bad("no fraction"))
    }

    /// A count that fits a smaller type.
    pub(super) fn small<T: TryFrom<u64>>(&mut self) -> Result<T, BadForm> {
        let count = self.count()?;
        T::try_from(count).map_err(|_| self.bad("a number that is too large"))
    }
}

fn bad(what: &str, of: &str) -> BadForm {
    BadForm { what: what.to_owned(), of: of.to_owned() }
}

/// A socket as it was written. What it may look like is the patch's to say.
pub(super) fn socket_of(text: &str) -> Socket {
    match text.split_once('.') {
        None => Socket { node: Name::new(text), port: None },
        Some((node, port)) => Socket { node: Name::new(node), port: Some(Name::new(port)) },
    }
}

/// A fraction as the history writes it.
pub(crate) fn ratio(ratio: Ratio) -> String {
    if ratio.is_int() { ratio.num().to_string() } else { format!("{}/{}", ratio.num(), ratio.den()) }
}

/// The fraction that a text says.
pub(crate) fn read_ratio(text: &str) -> Option<Ratio> {
    let (num, den) = text.split_once('/').unwrap_or((text, "1"));
    let den = den.parse().ok().filter(|den| *den > 0)?;
    Some(Ratio::new(num.parse().ok()?, den))
}
