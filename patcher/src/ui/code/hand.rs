//! A number of the script in a hand: it changes as the pointer moves with Alt held, and is heard at once.

use super::super::link::{Link, Shown};
use super::super::theme::Paints;
use super::Code;
use super::history::Kind;
use super::number::{Number, number_at};
use super::page::floor;
use bf_session::remote::Quant;
use bf_session::script::block::block_at;
use egui::{Align2, CornerRadius, FontId, Pos2, Rect, Stroke, StrokeKind, Ui, pos2, vec2};
use std::ops::Range;

/// How wide the little slider is.
const WIDE: f32 = 120.0;

/// Seconds after which another press is a step of its own.
const PAUSE: f64 = 1.0;

/// Presses that have moved a number by steps.
pub(super) struct Burst {
    gesture: u64,
    start: usize,
    /// The text as they left it.
    revision: u64,
    /// When the last was, in seconds.
    at: f64,
}

/// A number that is being moved.
pub(super) struct Hand {
    /// As it was when it was taken.
    number: Number,
    /// Where it stands now.
    range: Range<usize>,
    text: String,
    gesture: u64,
    /// How far the pointer has come; fine steps count for a tenth.
    points: f64,
    /// Whether it was moved since it was last evaluated, and by which wish that was.
    moved: bool,
    wish: u64,
    released: bool,
}

impl Hand {
    /// Where the number stands.
    pub(super) fn start(&self) -> usize {
        self.range.start
    }
}

impl Code {
    /// Takes the number at a byte into the hand.
    pub(super) fn take(&mut self, at: usize) -> bool {
        let Some(page) = self.pages.get_mut(self.front) else { return false };
        let Some(number) = number_at(&page.text, at) else { return false };
        // Undo and evaluation are about what was turned last.
        page.select((number.range.end, number.range.end));
        self.wants_keys = true;
        self.gestures += 1;
        self.popup = None;
        self.hand = Some(Hand {
            range: number.range.clone(),
            text: page.text[number.range.clone()].to_owned(),
            number,
            gesture: self.gestures,
            points: 0.0,
            moved: false,
            wish: 0,
            released: false,
        });
        true
    }

    /// The pointer has moved with a number in the hand.
    pub(super) fn drag(&mut self, by: f32, fine: bool) {
        let (Some(hand), Some(page)) = (&mut self.hand, self.pages.get_mut(self.front)) else { return };
        hand.points += f64::from(by) * if fine { 0.1 } else { 1.0 };
        // A fine hand has another digit; what came before it counts as it was.
        let put = hand.number.moved(if fine { hand.points * 10.0 } else { hand.points }, fine);
        if page.text.get(hand.range.clone()) != Some(hand.text.as_str()) {
            // The file was saved elsewhere meanwhile: the number is no longer there.
            self.hand = None;
            return;
        }
        if put == hand.text {
            return;
        }
        page.replace(vec![(hand.range.clone(), put.clone())], Kind::Gesture(hand.gesture));
        hand.range.end = hand.range.start + put.len();
        (hand.text, hand.moved) = (put, true);
    }

    /// The hand lets go; the last number is heard.
    pub(super) fn release(&mut self) {
        if let Some(hand) = &mut self.hand {
            hand.released = true;
        }
    }

    /// Moves the number at the cursor by a step. Presses in quick succession are one step to take back.
    pub(super) fn nudge(&mut self, link: &Link, shown: &Shown, steps: f64, fine: bool) {
        let Some(page) = self.pages.get_mut(self.front) else { return };
        let at = floor(&page.text, page.cursor.1);
        let Some(number) = number_at(&page.text, at) else { return };
        let put = number.stepped(steps, fine);
        let start = number.range.start;
        let (range, length) = (start..start + put.len(), put.len());
        let last = self
            .burst
            .take()
            .filter(|burst| (burst.start, burst.revision) == (start, page.revision()) && self.now - burst.at < PAUSE);
        let gesture = last.map_or_else(
            || {
                self.gestures += 1;
                self.gestures
            },
            |burst| burst.gesture,
        );
        page.replace(vec![(number.range.clone(), put.clone())], Kind::Gesture(gesture));
        page.select((start + length, start + length));
        self.burst = Some(Burst { gesture, start, revision: page.revision(), at: self.now });
        let hand = Hand { number, range, text: put, gesture: 0, points: 0.0, moved: true, wish: 0, released: true };
        // What is asked for while an answer is awaited follows it.
        let wish = self.hand.take().map_or(0, |hand| hand.wish);
        self.hand = Some(Hand { wish, ..hand });
        self.turn(link, shown);
    }

    /// Has the number heard that is in the hand: the newest, once the one before is answered.
    pub(super) fn turn(&mut self, link: &Link, shown: &Shown) {
        let Some(hand) = &self.hand else { return };
        // What is written into a file has no answer but that it is done.
        let answered = match shown.scripts.take_of(hand.wish) {
            Some(take) => take <= shown.scripts.answered,
            None => shown.granted >= hand.wish,
        };
        let ready = hand.wish == 0 || answered;
        if hand.moved && ready {
            let at = hand.range.start;
            let text = self.pages.get(self.front).map(|page| page.text.as_str()).unwrap_or_default();
            let part = block_at(text, at);
            let wish = self.evaluate(link, part, Quant::Now);
            if let Some(hand) = &mut self.hand {
                (hand.moved, hand.wish) = (false, wish);
            }
        } else if hand.released && !hand.moved {
            self.hand = None;
        }
    }

    /// Whether a number is in the hand now.
    pub(super) fn holds(&self) -> bool {
        self.hand.as_ref().is_some_and(|hand| !hand.released)
    }

    /// A little slider above the number.
    pub(super) fn slider(&self, ui: &Ui, at: Pos2, paints: &Paints) {
        let Some(hand) = self.hand.as_ref().filter(|hand| !hand.released) else { return };
        let value: f64 = hand.text.parse().unwrap_or(0.0);
        // It reaches as far again as the number was when it was taken.
        let reach = (hand.number.value.abs() * 2.0).max(value.abs()).max(1e-9);
        let (low, high) = if value < 0.0 || hand.number.value < 0.0 { (-reach, reach) } else { (0.0, reach) };
        let part = ((value - low) / (high - low)).clamp(0.0, 1.0) as f32;
        let painter = ui.ctx().layer_painter(egui::LayerId::new(egui::Order::Tooltip, ui.scope_id().with("slider")));
        let rect = Rect::from_min_size(at - vec2(8.0, 34.0), vec2(WIDE + 60.0, 26.0));
        painter.rect(rect, CornerRadius::same(4), paints.tile, Stroke::new(1.0, paints.edge), StrokeKind::Inside);
        let track = Rect::from_min_size(rect.min + vec2(8.0, 11.0), vec2(WIDE, 4.0));
        painter.rect_filled(track, CornerRadius::same(2), paints.dots);
        let done = Rect::from_min_size(track.min, vec2(WIDE * part, 4.0));
        painter.rect_filled(done, CornerRadius::same(2), paints.accent);
        painter.circle_filled(pos2(done.right(), track.center().y), 5.0, paints.words);
        let place = pos2(track.right() + 8.0, rect.center().y);
        painter.text(place, Align2::LEFT_CENTER, &hand.text, FontId::monospace(13.0), paints.words);
    }
}
