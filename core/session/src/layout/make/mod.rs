//! Makes a TouchOSC layout of a set: what a hand needs on stage, page by page, two-way.
//!
//! Made from the addresses of the set and nothing else. A control sends 0 to 1 to the address that takes it so, and
//! follows the same address; what stands beside it shows the value in its own unit.

mod cell;
mod choose;
mod colour;
mod pages;
mod place;
mod widget;

use super::tosc::{Kind, Tosc};
use crate::surface::Tree;
use place::Frame;
use widget::{Ids, Look};

/// What a layout is made for. The app scales it to the screen; what counts is how much a finger has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// A tablet, held wide.
    Tablet,
    /// A phone, held high.
    Phone,
}

/// How large things are, in points.
#[derive(Clone, Copy, Debug)]
struct Size {
    screen: Frame,
    /// The bar with the transport.
    bar: f32,
    /// The bar with the names of the pages.
    tabs: f32,
    /// Columns and rows of controls.
    controls: (usize, usize),
    /// Strips side by side.
    strips: usize,
    /// Columns and rows of buttons.
    buttons: (usize, usize),
    /// The height of text.
    text: i32,
}

impl Device {
    fn size(self) -> Size {
        match self {
            Device::Tablet => Size {
                screen: Frame::new(0.0, 0.0, 1024.0, 768.0),
                bar: 64.0,
                tabs: 44.0,
                controls: (8, 2),
                strips: 8,
                buttons: (4, 4),
                text: 15,
            },
            Device::Phone => Size {
                screen: Frame::new(0.0, 0.0, 390.0, 780.0),
                bar: 60.0,
                tabs: 40.0,
                controls: (1, 8),
                strips: 4,
                buttons: (2, 6),
                text: 14,
            },
        }
    }
}

/// A layout that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The layout.
    pub tosc: Tosc,
    /// The pages by name, with how many controls each has.
    pub pages: Vec<(String, usize)>,
}

impl Made {
    /// Writes the layout to a file, whole or not at all.
    ///
    /// # Errors
    /// What the system says; the file is then as it was.
    pub fn save(&self, path: &std::path::Path) -> std::io::Result<()> {
        crate::write::write_whole(path, self.tosc.write())
    }
}

/// Makes the layout of a set. Where the set exposes nothing, has no macros and no strips, its nodes' params stand in.
pub fn make(title: &str, tree: &Tree, device: Device) -> Made {
    let size = device.size();
    let chosen = choose::choose(tree);
    let mut ids = Ids::default();
    let (bar, rest) = size.screen.cut_top(size.bar);
    let bar = pages::bar(&mut ids, &chosen.transport, bar, &size);
    let (pager, pages) = pages::pager(&mut ids, &chosen, rest, &size);
    let look = Look { colour: colour::GROUND, text: size.text };
    let mut root = widget::node(&mut ids, Kind::Group, title, size.screen, look);
    root.children = vec![bar, pager];
    Made { tosc: Tosc::new(root), pages }
}
