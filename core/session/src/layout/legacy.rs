//! Layouts of the old TouchOSC (`.touchosc`): a zip with `index.xml`, pages of controls, names in base64.
//!
//! *Source*: the layouts that came with the app, and readers of them; there is no specification.

use super::xml::{Element, shown};
use super::{LayoutError, pack};
use data_encoding::BASE64;

/// Parts of a control along one side (`number`). The app draws no more than about 50.
const MOST_PARTS: u32 = 64;

/// A layout of the old app.
#[derive(Clone, Debug, PartialEq)]
pub struct Legacy {
    /// The version of the format.
    pub version: u32,
    /// Its pages, in order.
    pub pages: Vec<Page>,
}

/// A page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Its name; an address without one given begins with it.
    pub name: String,
    /// What is on it.
    pub controls: Vec<Control>,
}

/// A control.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// What it is, such as `faderv`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its address, given or made from page and name.
    pub address: String,
    /// What it sends at one end.
    pub min: f32,
    /// What it sends at the other.
    pub max: f32,
    /// Its parts: columns and rows; 1 and 1 for most.
    pub parts: (u32, u32),
    /// Left, top, width, height, in points.
    pub frame: [f32; 4],
    /// What it sends over MIDI.
    pub midi: Vec<OldMidi>,
}

/// What a control of the old app sends over MIDI.
#[derive(Clone, Debug, PartialEq)]
pub struct OldMidi {
    /// Which of its values, such as `x`.
    pub value: String,
    /// What kind: 0 for a controller, 1 for a note, and further ones.
    pub kind: i32,
    /// The channel, from 1.
    pub channel: i32,
    /// The controller or note.
    pub data1: i32,
    /// What it sends at one end and at the other.
    pub range: (f32, f32),
}

impl Legacy {
    /// Reads a `.touchosc` file.
    ///
    /// # Errors
    /// What is wrong with it; see [`LayoutError`].
    pub fn read(bytes: &[u8]) -> Result<Legacy, LayoutError> {
        let text = pack::unpack_legacy(bytes)?;
        let root = Element::read(&text)?;
        if root.name != "layout" {
            let what = format!("an old layout begins with `<layout>`, this one with `<{}>`", shown(root.name));
            return Err(LayoutError::Form { at: root.at, what });
        }
        let version = root.attribute("version").and_then(|version| version.trim().parse().ok()).unwrap_or(0);
        Ok(Legacy { version, pages: root.all("tabpage").map(page).collect::<Result<_, _>>()? })
    }
}

fn page(element: &Element<'_>) -> Result<Page, LayoutError> {
    let name = name(element, "name");
    let controls = element.all("control").map(|element| control(element, &name)).collect::<Result<_, _>>()?;
    Ok(Page { name, controls })
}

fn control(element: &Element<'_>, page: &str) -> Result<Control, LayoutError> {
    let own = name(element, "name");
    let address = match name(element, "osc_cs") {
        given if given.is_empty() => format!("/{page}/{own}"),
        given if given.starts_with('/') => given,
        given => format!("/{given}"),
    };
    let parts = |key: &str| match element.attribute(key).map_or(1, |text| number(text, 1.0) as u32) {
        parts if parts > MOST_PARTS => {
            let what = format!("the control `{}` has {parts} parts; {MOST_PARTS} are the most", shown(&own));
            Err(LayoutError::Form { at: element.at, what })
        }
        parts => Ok(parts.max(1)),
    };
    let columns = parts("number")?.max(parts("number_x")?);
    let side = |key| element.attribute(key).map_or(0.0, |text| number(text, 0.0));
    Ok(Control {
        kind: element.attribute("type").unwrap_or("").to_owned(),
        address,
        min: element.attribute("scalef").map_or(0.0, |text| number(text, 0.0)),
        max: element.attribute("scalet").map_or(1.0, |text| number(text, 1.0)),
        parts: (columns, parts("number_y")?),
        frame: ["x", "y", "w", "h"].map(side),
        midi: element.all("midi").map(midi).collect(),
        name: own,
    })
}

fn midi(element: &Element<'_>) -> OldMidi {
    let whole = |key, absent| element.attribute(key).map_or(absent, |text| number(text, absent as f32) as i32);
    OldMidi {
        value: element.attribute("var").unwrap_or("x").to_owned(),
        kind: whole("type", 0),
        channel: whole("channel", 1),
        data1: whole("data1", 0),
        range: (whole("data2f", 0) as f32, whole("data2t", 127) as f32),
    }
}

/// A text that the app keeps in base64, and other makers of layouts as it is.
fn name(element: &Element<'_>, key: &str) -> String {
    let text = element.attribute(key).unwrap_or("").trim();
    let decoded = BASE64.decode(text.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.unwrap_or_else(|| text.to_owned())
}

fn number(text: &str, absent: f32) -> f32 {
    text.trim().parse().ok().filter(|number: &f32| number.is_finite()).unwrap_or(absent)
}
