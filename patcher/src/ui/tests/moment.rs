//! A moment of a set that is the same each time: what plays at a beat, what is shown of it, and where the pointer rests.

use super::raster::Picture;
use super::{Stage, album};
use crate::ui::code::notes::Notes;
use crate::ui::link::Shown;
use bf_session::{Glance, Move, Options, Session, Shared, Status, When};
use egui::{Event, Modifiers, PointerButton, Pos2, Rect, Vec2};
use egui_kittest::kittest::Queryable;
use std::sync::Arc;

/// Frames a second, as the null device has them.
const RATE: f64 = 48_000.0;

impl Stage {
    /// Stays as the files of the set sound so many beats after their beginning, played beside by an engine that has all
    /// the time it needs. An output may be looked at, by its node's path and its place.
    pub(super) fn play_to(&mut self, beats: f64, looks_at: Option<(&str, usize)>) {
        let registry = Arc::clone(&self.harness.state().link().registry);
        let opened = Session::open(self.folder.path(), registry, Options::default());
        let (mut session, mut engine) = opened.unwrap_or_else(|why| panic!("{why}"));
        let shared = Arc::clone(session.controller().shared());
        shared.watch(true);
        shared.wave().watch(true);
        session.watch_notes(true);
        let notes = Notes::default();
        session.controller().transport(Move::Play, When::Frame(0));
        let until = beats * 60.0 / session.set().main.tempo * RATE;
        while (engine.frame() as f64) < until {
            engine.block_now();
            session.poll();
            notes.renew(&mut session);
            if let Some((path, output)) = looks_at {
                assert!(session.controller().look_at(path, output), "{path} plays");
            }
        }
        let controller = session.controller();
        let glances = controller.glances().map(|(path, glance)| (path.to_owned(), Arc::clone(glance))).collect();
        let probes = controller.probes().map(|(path, probe)| (path.to_owned(), Arc::clone(probe))).collect();
        self.freeze();
        let link = self.harness.state_mut().link_mut();
        (link.shared, link.notes) = (shared, Arc::new(notes));
        self.show(|shown| (shown.glances, shown.seen.probes) = (Arc::new(glances), Arc::new(probes)));
        self.harness.run_steps(2);
    }

    /// Stays as it is now, with something else shown.
    pub(super) fn show(&mut self, change: impl FnOnce(&mut Shown)) {
        self.harness.state_mut().link_mut().show(change);
    }

    /// The bar reads this.
    pub(super) fn reads(&mut self, status: Status) {
        self.harness.state_mut().link_mut().shared = Arc::new(Shared::from(status));
    }

    /// Nodes cost so many nanoseconds a block, and are as loud as this.
    pub(super) fn costs(&mut self, nodes: &[(&str, f32, f32)]) {
        let glance = |(path, ns, peak): &(&str, f32, f32)| ((*path).to_owned(), Arc::new(Glance::still(&[*peak], *ns)));
        let glances = Arc::new(nodes.iter().map(glance).collect());
        self.show(|shown| shown.glances = glances);
    }

    /// The pointer rests at a place of the window.
    pub(super) fn point(&mut self, at: Pos2) {
        self.harness.input_mut().events.push(Event::PointerMoved(at));
        self.harness.run_steps(2);
    }

    /// The pointer is elsewhere.
    pub(super) fn leave(&mut self) {
        self.harness.input_mut().events.push(Event::PointerGone);
        self.harness.run_steps(2);
    }

    /// Draws something from one place to another, and does not let go.
    pub(super) fn draw(&mut self, from: Pos2, to: Pos2) {
        self.point(from);
        self.press(from, PointerButton::Primary, true, Modifiers::NONE);
        for i in 1..=6 {
            self.harness.input_mut().events.push(Event::PointerMoved(from + (to - from) * (i as f32 / 6.0)));
            self.harness.run_steps(1);
        }
    }

    /// The window as it stands, once what moves to its place has arrived.
    pub(super) fn take(&mut self) -> Picture {
        self.harness.run_steps(30);
        self.photo()
    }

    /// The same of a part of the window.
    pub(super) fn take_part(&mut self, part: Rect) -> Picture {
        let margin = Vec2::splat(album::MARGIN as f32);
        self.take().part(part.translate(-margin))
    }

    /// The same of what lies between the tabs and the messages.
    pub(super) fn take_middle(&mut self) -> Picture {
        let all = self.harness.ctx.content_rect();
        let top = self.harness.get_by_label("Piano roll").rect().max.y + 6.0;
        let bottom = self.harness.get_by_label("Errors only").rect().min.y - 6.0;
        self.take_part(Rect::from_x_y_ranges(all.x_range(), top..=bottom))
    }
}
