//! Values as TOML writes them.

use bf_node::Value;
use core::fmt::{self, Write};
use toml_edit::Item;

/// A value of a TOML file, without its looks.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    /// A number that is written without a point.
    Int(i64),
    /// A number that is written with one.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Tree>),
    /// A table.
    Table(Vec<(String, Tree)>),
    /// A date or a time, of which a patch knows nothing.
    Date,
}

impl PartialEq for Tree {
    /// Numbers are equal by value, tables in any order.
    fn eq(&self, other: &Tree) -> bool {
        match (self, other) {
            (Tree::Bool(a), Tree::Bool(b)) => a == b,
            (Tree::Text(a), Tree::Text(b)) => a == b,
            (Tree::List(a), Tree::List(b)) => a == b,
            (Tree::Table(a), Tree::Table(b)) => {
                a.len() == b.len() && a.iter().all(|(k, v)| b.iter().any(|(k2, v2)| k == k2 && v == v2))
            }
            (a, b) => match (a.number(), b.number()) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            },
        }
    }
}

impl Tree {
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Tree::Int(n) => Some(*n as f64),
            Tree::Float(n) => Some(*n),
            _ => None,
        }
    }

    pub(super) fn text(text: impl fmt::Display) -> Tree {
        Tree::Text(text.to_string())
    }

    /// What stands in a file.
    pub(super) fn of(item: &Item) -> Tree {
        if let Some(table) = item.as_table_like() {
            return Tree::Table(table.iter().map(|(k, v)| (k.to_owned(), Tree::of(v))).collect());
        }
        match item {
            Item::Value(value) => Tree::of_value(value),
            Item::ArrayOfTables(tables) => {
                let table = |t: &toml_edit::Table| t.iter().map(|(k, v)| (k.to_owned(), Tree::of(v))).collect();
                Tree::List(tables.iter().map(|t| Tree::Table(table(t))).collect())
            }
            Item::Table(_) | Item::None => Tree::Table(Vec::new()),
        }
    }

    /// What stands in a file.
    pub(super) fn of_value(value: &toml_edit::Value) -> Tree {
        use toml_edit::Value as V;
        match value {
            V::String(s) => Tree::Text(s.value().clone()),
            V::Integer(n) => Tree::Int(*n.value()),
            V::Float(n) => Tree::Float(*n.value()),
            V::Boolean(b) => Tree::Bool(*b.value()),
            V::Datetime(_) => Tree::Date,
            V::Array(list) => Tree::List(list.iter().map(Tree::of_value).collect()),
            V::InlineTable(table) => {
                Tree::Table(table.iter().map(|(k, v)| (k.to_owned(), Tree::of_value(v))).collect())
            }
        }
    }

    /// The value that a patch holds, unless no patch can.
    pub(super) fn into_value(self) -> Option<Value> {
        Some(match self {
            Tree::Int(n) => Value::Number(n as f64),
            Tree::Float(n) => Value::Number(n),
            Tree::Bool(b) => Value::Bool(b),
            Tree::Text(t) => Value::Text(t),
            Tree::List(l) => Value::List(l.into_iter().map(Tree::into_value).collect::<Option<_>>()?),
            Tree::Table(t) => {
                let pairs = t.into_iter().map(|(k, v)| Some((k, v.into_value()?)));
                Value::Table(pairs.collect::<Option<_>>()?)
            }
            Tree::Date => return None,
        })
    }

    /// The same with its numbers written as in what stands there: whole where those are.
    pub(super) fn styled(self, like: &Tree) -> Tree {
        match (self, like) {
            (Tree::Float(n), Tree::Int(_)) => whole_number(n).map_or(Tree::Float(n), Tree::Int),
            (Tree::Int(n), Tree::Float(_)) => Tree::Float(n as f64),
            (Tree::List(list), Tree::List(likes)) => {
                let all_whole = likes.iter().all(|l| !matches!(l, Tree::Float(_)));
                let like = likes.iter().find(|l| all_whole == matches!(l, Tree::Int(_)));
                Tree::List(match like {
                    Some(like) => list.into_iter().map(|item| item.styled(like)).collect(),
                    None => list,
                })
            }
            (tree, _) => tree,
        }
    }

    /// What was found, for a message.
    pub(super) fn found(&self) -> String {
        match self {
            Tree::Int(_) | Tree::Float(_) => format!("the number {self}"),
            Tree::Text(t) if t.chars().count() <= 40 => format!("the text {self}"),
            Tree::Text(_) => "a text".to_owned(),
            Tree::Bool(b) => b.to_string(),
            Tree::List(_) => "a list".to_owned(),
            Tree::Table(_) => "a table".to_owned(),
            Tree::Date => "a date".to_owned(),
        }
    }
}

impl From<&Value> for Tree {
    fn from(value: &Value) -> Tree {
        match value {
            Value::Number(n) => Tree::Float(*n),
            Value::Bool(b) => Tree::Bool(*b),
            Value::Text(t) => Tree::Text(t.clone()),
            Value::List(l) => Tree::List(l.iter().map(Tree::from).collect()),
            Value::Table(t) => Tree::Table(t.iter().map(|(k, v)| (k.clone(), Tree::from(v))).collect()),
        }
    }
}

impl fmt::Display for Tree {
    /// On one line, as it stands behind `=`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tree::Int(n) => write!(f, "{n}"),
            Tree::Float(n) => write!(f, "{n:?}"),
            Tree::Bool(b) => write!(f, "{b}"),
            Tree::Text(t) => write!(f, "{}", Quoted(t)),
            Tree::List(l) => {
                f.write_char('[')?;
                for (i, v) in l.iter().enumerate() {
                    write!(f, "{}{v}", if i > 0 { ", " } else { "" })?;
                }
                f.write_char(']')
            }
            Tree::Table(t) if t.is_empty() => f.write_str("{}"),
            Tree::Table(t) => {
                for (i, (k, v)) in t.iter().enumerate() {
                    write!(f, "{}{} = {v}", if i > 0 { ", " } else { "{ " }, Key(k))?;
                }
                f.write_str(" }")
            }
            Tree::Date => f.write_str("1979-05-27"),
        }
    }
}

/// The integer that a number is, where a float holds it exactly.
pub(super) fn whole_number(n: f64) -> Option<i64> {
    (n.fract() == 0.0 && n.abs() < 9_007_199_254_740_992.0).then_some(n as i64)
}

/// A text in quotes, always on one line.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if c.is_control() || c == '\u{feff}' => write!(f, "\\u{:04X}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

/// A key, in quotes where it needs them.
pub(super) struct Key<'a>(pub(super) &'a str);

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !self.0.is_empty() && self.0.chars().all(bare) {
            f.write_str(self.0)
        } else {
            write!(f, "{}", Quoted(self.0))
        }
    }
}
