//! XML as a tree, within bounds: no entities of its own, no DOCTYPE, no deep nesting, not without end.

use super::LayoutError;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;
use std::borrow::Cow;

/// Elements within elements. A control within a control takes two.
pub(super) const MOST_DEEP: usize = 128;
/// Elements of one layout. A control takes about 100.
pub(super) const MOST_ELEMENTS: usize = 500_000;
/// Attributes of one element. Those of old layouts have about 20.
pub(super) const MOST_ATTRIBUTES: usize = 64;

/// An element with what is in it.
#[derive(Debug)]
pub(super) struct Element<'a> {
    /// What it is called.
    pub name: &'a str,
    /// The byte that it begins at.
    pub at: u64,
    attributes: Vec<(String, String)>,
    text: Cow<'a, str>,
    /// The elements in it, in order.
    pub children: Vec<Element<'a>>,
}

impl<'a> Element<'a> {
    /// Reads the one element that a text is.
    pub(super) fn read(text: &'a str) -> Result<Element<'a>, LayoutError> {
        let mut tree = Tree { text, reader: Reader::from_str(text), open: Vec::new(), root: None, elements: 0 };
        while tree.step()? {}
        let at = text.len() as u64;
        tree.root.ok_or_else(|| LayoutError::Form { at, what: "the layout is empty".into() })
    }

    /// The first element of this name in it.
    pub(super) fn child(&self, name: &str) -> Option<&Element<'a>> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The elements of this name in it.
    pub(super) fn all<'s>(&'s self, name: &'static str) -> impl Iterator<Item = &'s Element<'a>> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The elements of this name in the first element of another name.
    pub(super) fn all_in<'s>(&'s self, outer: &str, name: &'static str) -> impl Iterator<Item = &'s Element<'a>> {
        self.child(outer).into_iter().flat_map(move |outer| outer.all(name))
    }

    /// An attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Its text, without the space around it that a layout may be indented with.
    pub(super) fn text(&self) -> &str {
        if self.text.trim().is_empty() { "" } else { &self.text }
    }

    /// The text of the first element of this name in it; empty without one.
    pub(super) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", Element::text)
    }
}

/// A tree that is being read.
struct Tree<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    open: Vec<Element<'a>>,
    root: Option<Element<'a>>,
    elements: usize,
}

impl<'a> Tree<'a> {
    /// Takes one event; false at the end.
    fn step(&mut self) -> Result<bool, LayoutError> {
        let at = self.reader.buffer_position();
        let event = self.reader.read_event().map_err(|e| broken(self.reader.error_position(), &e))?;
        match event {
            Event::Start(start) => self.start(at, &start)?,
            Event::Empty(start) => {
                self.start(at, &start)?;
                self.end();
            }
            Event::End(_) => self.end(),
            Event::Text(text) => self.add(at, text.into_inner())?,
            Event::CData(text) => self.add(at, text.into_inner())?,
            Event::GeneralRef(reference) => self.refer(at, &reference)?,
            Event::DocType(_) => return Err(LayoutError::Doctype { at }),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => return self.close(at).map(|()| false),
        }
        Ok(true)
    }

    fn start(&mut self, at: u64, start: &BytesStart<'a>) -> Result<(), LayoutError> {
        if self.open.len() == MOST_DEEP {
            return Err(LayoutError::Deep { at, most: MOST_DEEP });
        }
        self.elements += 1;
        if self.elements > MOST_ELEMENTS {
            return Err(LayoutError::Many { at, what: "elements", most: MOST_ELEMENTS });
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(LayoutError::Form { at, what: "something follows the end of the layout".into() });
        }
        let (name, from) = (start.name(), at as usize + 1);
        let name = self.text.get(from..from + name.0.len()).filter(|text| *text == name.0);
        let element = Element {
            name: name.ok_or_else(|| LayoutError::Form { at, what: "an element has no name".into() })?,
            at,
            attributes: attributes(at, start)?,
            text: Cow::Borrowed(""),
            children: Vec::new(),
        };
        self.open.push(element);
        Ok(())
    }

    /// Ends the element that was opened last. The reader has checked that there is one, and its name.
    fn end(&mut self) {
        let Some(element) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(outer) => outer.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn add(&mut self, at: u64, text: Cow<'a, str>) -> Result<(), LayoutError> {
        match self.open.last_mut() {
            Some(element) if element.text.is_empty() => element.text = text,
            Some(element) => element.text.to_mut().push_str(&text),
            None if text.trim().is_empty() => {}
            None => return Err(LayoutError::Form { at, what: "there is text outside of the layout".into() }),
        }
        Ok(())
    }

    /// One of the five entities that XML has, or a character by its number.
    fn refer(&mut self, at: u64, reference: &BytesRef<'_>) -> Result<(), LayoutError> {
        let character = reference.resolve_char_ref().map_err(|e| broken(at, &e))?;
        let text = match character {
            Some(character) => character.to_string(),
            None => resolve_predefined_entity(reference)
                .ok_or_else(|| LayoutError::Entity { at, name: reference.chars().take(40).collect() })?
                .to_owned(),
        };
        self.add(at, Cow::Owned(text))
    }

    fn close(&self, at: u64) -> Result<(), LayoutError> {
        match self.open.last() {
            Some(element) => {
                Err(LayoutError::Form { at, what: format!("the layout ends inside of `<{}>`", shown(element.name)) })
            }
            None => Ok(()),
        }
    }
}

fn attributes(at: u64, start: &BytesStart<'_>) -> Result<Vec<(String, String)>, LayoutError> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        if attributes.len() == MOST_ATTRIBUTES {
            return Err(LayoutError::Many { at, what: "attributes of one element", most: MOST_ATTRIBUTES });
        }
        let attribute = attribute.map_err(|e| broken(at, &e))?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|e| broken(at, &e))?;
        attributes.push((attribute.key.0.to_owned(), value.into_owned()));
    }
    Ok(attributes)
}

/// What the parser says, kept to a line: it may quote what it read.
fn broken(at: u64, why: &dyn std::fmt::Display) -> LayoutError {
    LayoutError::Xml { at, why: shown(&why.to_string()) }
}

/// The beginning of a text from outside, for a message.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(120).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(120).is_some() {
        shown.push('…');
    }
    shown
}
