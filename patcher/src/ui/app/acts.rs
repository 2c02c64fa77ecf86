//! What the canvas, the finder and the inspector ask for is done.

use super::{App, Tab};
use crate::ui::canvas::gesture::Act;
use crate::ui::canvas::settle::Places;
use crate::ui::change::{Change, site_of, whose};
use crate::ui::finder::Finder;
use crate::ui::link::{Shown, Wish};
use bf_patch::{Edit, Name, Set, SetEdit};
use bf_session::Freeze;
use std::collections::BTreeSet;

impl App {
    pub(super) fn act(&mut self, act: Act, heard: &Set) {
        match act {
            Act::Edit { edit, label, gesture } => {
                self.said = None;
                let edit = self.settled(edit);
                let file = self.rooms.file().map(str::to_owned);
                let gesture = gesture.map(|own| self.counted.number(&self.link, (self.rooms.depth(), own)));
                self.link.wish(Wish::Edit { edit: SetEdit { file, edit }, label, gesture });
            }
            Act::End => self.link.wish(Wish::EndGesture),
            Act::Find { at, drawn } => {
                let types = bf_patch::Types::new(heard, &self.link.registry);
                let inside = self.rooms.depth() > 0;
                let room = bf_patch::Room { types, patch: &heard.main, beside: None, inside };
                let drawn = drawn.and_then(|drawn| drawn.carries(&room).map(|kind| (drawn, kind)));
                self.shell.library.again();
                self.finder = Some(Finder::new(at, drawn));
            }
            Act::Open(name) => {
                if let Err(why) = self.rooms.open(name, heard) {
                    self.said = Some(why);
                }
            }
            Act::Collapse(names) => self.change(|file, places| Change::Collapse { file, names, places }),
            Act::Expand(name) => self.change(|file, places| Change::Expand { file, name, places }),
            Act::Detach(names) => self.change(|_, _| Change::Detach { names }),
            Act::Freeze { names, bars } => self.freeze_nodes(names, bars),
            Act::Drop(mut parcel) => {
                self.said = None;
                parcel.others = self.unwritten();
                let file = self.rooms.file().map(str::to_owned);
                self.link.wish(Wish::Drop { file, parcel });
            }
            Act::Write(target, value) => {
                self.said = self.code.find_number(&self.link, &mut self.writing, (target, value)).err();
            }
            Act::Shelve(file) => self.shell.shelve(&self.link, file),
            Act::Line(name) => self.line(&name),
            Act::Owned(name) => self.said = Some(whose(&self.link.shown().sites, &name)),
            Act::Say(text) => self.said = Some(text),
            Act::Ask(ask) => self.link.wish(Wish::Ask(ask)),
        }
    }

    fn change(&mut self, change: impl FnOnce(Option<String>, Places) -> Change) {
        self.said = None;
        let (file, places) = (self.rooms.file().map(str::to_owned), self.unwritten());
        self.link.wish(Wish::Change(change(file, places)));
    }

    /// An edit of the patch that is drawn, with the places of its nodes where it gives one of them a place.
    fn settled(&mut self, edit: Edit) -> Edit {
        let shown = self.link.shown();
        let heard = self.rooms.heard(&shown);
        let own = if self.rooms.depth() > 0 { &heard.main } else { &shown.own.main };
        self.rooms.front_mut().settled(edit, own, (&heard, &self.link.registry))
    }

    /// Where the nodes of the patch that is drawn lie that have no place in its text.
    fn unwritten(&mut self) -> Places {
        let shown = self.link.shown();
        let heard = self.rooms.heard(&shown);
        let own = if self.rooms.depth() > 0 { &heard.main } else { &shown.own.main };
        self.rooms.front_mut().unwritten(own, (&heard, &self.link.registry))
    }

    /// Freezes what is selected on the canvas, or lets it play itself again.
    pub(super) fn freeze_selected(&mut self, shown: &Shown) {
        let act = match self.tab {
            Tab::Patch => self.rooms.front().freeze_selected(&self.link.registry),
            _ => Act::Say("show the patch and select what is to be frozen".to_owned()),
        };
        self.act(act, &shown.heard);
    }

    fn freeze_nodes(&mut self, names: BTreeSet<Name>, bars: Option<u32>) {
        self.said = None;
        let file = self.rooms.file().map(str::to_owned);
        let wish = |node: Name, bars: u32| Freeze { file: file.clone(), node, bars };
        self.link.wish(match bars {
            Some(bars) => Wish::Freeze(names.into_iter().map(|name| wish(name, bars)).collect()),
            None => Wish::Unfreeze(file, names.into_iter().collect()),
        });
    }

    /// Shows the line of the script that made a node.
    fn line(&mut self, name: &Name) {
        let shown = self.link.shown();
        match site_of(&shown.sites, name) {
            Some(site) if shown.scripts.get(&site.file).is_some() => {
                self.tab = Tab::Code;
                self.code.reveal(&site.file, site.line, site.column);
            }
            Some(site) => self.said = Some(format!("{name} was made in {}:{}", site.file, site.line)),
            None => self.said = Some(format!("no line of the script names {name}")),
        }
    }
}
