//! Rectangles and how they are parted.

/// A place, in points, within what it is in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

impl Frame {
    pub(super) const fn new(x: f32, y: f32, w: f32, h: f32) -> Frame {
        Frame { x, y, w, h }
    }

    /// The same size, at the corner of itself: what is in a group is placed within the group.
    pub(super) fn at_corner(self) -> Frame {
        Frame { x: 0.0, y: 0.0, ..self }
    }

    /// Less on all sides.
    pub(super) fn inset(self, by: f32) -> Frame {
        Frame::new(self.x + by, self.y + by, (self.w - 2.0 * by).max(1.0), (self.h - 2.0 * by).max(1.0))
    }

    /// The top, so high, and the rest.
    pub(super) fn cut_top(self, height: f32) -> (Frame, Frame) {
        let height = height.min(self.h);
        (Frame { h: height, ..self }, Frame { y: self.y + height, h: self.h - height, ..self })
    }

    /// The rest, and the bottom, so high.
    pub(super) fn cut_bottom(self, height: f32) -> (Frame, Frame) {
        self.cut_top(self.h - height.min(self.h))
    }

    /// The left, so wide, and the rest.
    pub(super) fn cut_left(self, width: f32) -> (Frame, Frame) {
        let width = width.min(self.w);
        (Frame { w: width, ..self }, Frame { x: self.x + width, w: self.w - width, ..self })
    }

    /// Cells of equal size, row by row.
    pub(super) fn cells(self, (columns, rows): (usize, usize)) -> impl Iterator<Item = Frame> {
        let (w, h) = (self.w / columns as f32, self.h / rows as f32);
        (0..columns * rows).map(move |n| {
            let (column, row) = ((n % columns) as f32, (n / columns) as f32);
            Frame::new(self.x + column * w, self.y + row * h, w, h)
        })
    }

    /// The square in its middle.
    pub(super) fn square(self) -> Frame {
        let side = self.w.min(self.h);
        Frame::new(self.x + (self.w - side) / 2.0, self.y + (self.h - side) / 2.0, side, side)
    }
}
