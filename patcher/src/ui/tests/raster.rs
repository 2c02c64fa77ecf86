//! Draws the window's triangles into a picture, without a GPU: what a test looks at, and the manual shows.

use egui::epaint::{ImageData, ImageDelta, Mesh, Primitive, Vertex};
use egui::{Color32, Pos2, Rect, TextureId, TexturesDelta};
use egui_kittest::TestRenderer;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Rows of pixels, from the left upper corner.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Picture {
    pub size: [usize; 2],
    pub pixels: Vec<Color32>,
}

/// What the window has put on the GPU so far; its copies are one.
#[derive(Clone, Default)]
pub(super) struct Raster {
    textures: Rc<RefCell<HashMap<TextureId, Picture>>>,
}

impl TestRenderer for Raster {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        let mut textures = self.textures.borrow_mut();
        for (id, list) in &delta.set {
            list.iter().for_each(|part| take(&mut textures, *id, part));
        }
        for id in &delta.free {
            textures.remove(id);
        }
        delta.clear();
    }
}

/// A texture, or a part of one, as it is now.
fn take(textures: &mut HashMap<TextureId, Picture>, id: TextureId, part: &ImageDelta) {
    let ImageData::Color(image) = &part.image;
    let Some([x, y]) = part.pos else {
        textures.insert(id, Picture { size: image.size, pixels: image.pixels.clone() });
        return;
    };
    let Some(whole) = textures.get_mut(&id) else { return };
    for (i, row) in image.pixels.chunks(image.size[0]).enumerate() {
        let at = (y + i) * whole.size[0] + x;
        // A window beside this one may have made it larger, whose frames nobody draws here.
        if let Some(there) = whole.pixels.get_mut(at..at + row.len()) {
            there.copy_from_slice(row);
        }
    }
}

impl Raster {
    /// The picture of a frame, a pixel a point, over a colour.
    pub(super) fn picture(&self, ctx: &egui::Context, frame: &egui::FullOutput, ground: Color32) -> Picture {
        let size = ctx.content_rect().size();
        let size = [size.x.round() as usize, size.y.round() as usize];
        let mut picture = Picture { size, pixels: vec![ground; size[0] * size[1]] };
        let textures = self.textures.borrow();
        for part in ctx.tessellate(frame.shapes.clone(), 1.0) {
            let Primitive::Mesh(mesh) = &part.primitive else { continue };
            if let Some(texture) = textures.get(&mesh.texture_id) {
                picture.mesh(mesh, texture, part.clip_rect);
            }
        }
        picture
    }
}

impl Picture {
    /// Without so many pixels on each side.
    pub(super) fn inner(&self, margin: usize) -> Picture {
        let [width, height] = self.size.map(|n| n - 2 * margin);
        let row = |y: usize| (y + margin) * self.size[0] + margin;
        let pixels = (0..height).flat_map(|y| &self.pixels[row(y)..row(y) + width]).copied().collect();
        Picture { size: [width, height], pixels }
    }

    /// What lies in a part of it.
    pub(super) fn part(&self, part: Rect) -> Picture {
        let all = Rect::from_min_size(Pos2::ZERO, egui::vec2(self.size[0] as f32, self.size[1] as f32));
        let part = part.intersect(all).round();
        let [left, top] = [part.min.x as usize, part.min.y as usize];
        let size = [part.width() as usize, part.height() as usize];
        let row = |y: usize| (top + y) * self.size[0] + left;
        let pixels = (0..size[1]).flat_map(|y| &self.pixels[row(y)..row(y) + size[0]]).copied().collect();
        Picture { size, pixels }
    }

    fn mesh(&mut self, mesh: &Mesh, texture: &Picture, clip: Rect) {
        let clip =
            clip.intersect(Rect::from_min_size(Pos2::ZERO, egui::vec2(self.size[0] as f32, self.size[1] as f32)));
        for corners in mesh.indices.chunks_exact(3) {
            let corners = [0, 1, 2].map(|i| mesh.vertices[corners[i] as usize]);
            self.triangle(corners, texture, clip);
        }
    }

    /// Fills the pixels whose middle is inside; one on an edge between two triangles belongs to one of them.
    fn triangle(&mut self, mut corners: [Vertex; 3], texture: &Picture, clip: Rect) {
        let area = cross(corners[0].pos, corners[1].pos, corners[2].pos);
        if area == 0.0 || !area.is_finite() {
            return;
        }
        if area < 0.0 {
            corners.swap(1, 2);
        }
        let [a, b, c] = corners.map(|corner| corner.pos);
        let around = Rect::from_points(&[a, b, c]).intersect(clip);
        if !around.is_positive() {
            return;
        }
        let span = |from: f32, to: f32| (from - 0.5).ceil().max(0.0) as usize..(to - 0.5).ceil().max(0.0) as usize;
        let plain = corners.iter().all(|corner| corner.uv == corners[0].uv);
        for y in span(around.min.y, around.max.y) {
            for x in span(around.min.x, around.max.x) {
                let at = Pos2::new(x as f32 + 0.5, y as f32 + 0.5);
                let parts = [edge(b, c, at), edge(c, a, at), edge(a, b, at)];
                let Some(parts) = weights(parts, area.abs()) else { continue };
                let uv = if plain { corners[0].uv } else { mixed(&corners, parts) };
                let lit = multiplied(color(&corners, parts), texture.sample(uv));
                let pixel = &mut self.pixels[y * self.size[0] + x];
                *pixel = over(lit, *pixel);
            }
        }
    }

    /// The texture at a place, its neighbours blended.
    fn sample(&self, uv: Pos2) -> [f32; 4] {
        let place = |part: f32, n: usize| (part * n as f32 - 0.5).clamp(0.0, (n - 1) as f32);
        let (x, y) = (place(uv.x, self.size[0]), place(uv.y, self.size[1]));
        let (left, top) = (x as usize, y as usize);
        let (right, below) = ((left + 1).min(self.size[0] - 1), (top + 1).min(self.size[1] - 1));
        let pixel = |x: usize, y: usize| self.pixels[y * self.size[0] + x].to_array().map(f32::from);
        let corners = [pixel(left, top), pixel(right, top), pixel(left, below), pixel(right, below)];
        let (dx, dy) = (x - left as f32, y - top as f32);
        let parts = [(1.0 - dx) * (1.0 - dy), dx * (1.0 - dy), (1.0 - dx) * dy, dx * dy];
        [0, 1, 2, 3].map(|i| corners.iter().zip(parts).map(|(corner, part)| corner[i] * part).sum::<f32>() / 255.0)
    }
}

fn cross(a: Pos2, b: Pos2, c: Pos2) -> f32 {
    (b - a).x * (c - a).y - (b - a).y * (c - a).x
}

/// How far inside of an edge a point is, and whether the edge owns what lies on it.
fn edge(a: Pos2, b: Pos2, at: Pos2) -> (f32, bool) {
    let along = b - a;
    (cross(a, b, at), along.y < 0.0 || along.y == 0.0 && along.x > 0.0)
}

fn weights(parts: [(f32, bool); 3], area: f32) -> Option<[f32; 3]> {
    let inside = parts.iter().all(|(inside, owns)| *inside > 0.0 || *inside == 0.0 && *owns);
    inside.then(|| parts.map(|(inside, _)| inside / area))
}

fn mixed(corners: &[Vertex; 3], parts: [f32; 3]) -> Pos2 {
    let sum = |of: fn(&Vertex) -> f32| corners.iter().zip(parts).map(|(corner, part)| of(corner) * part).sum::<f32>();
    Pos2::new(sum(|v| v.uv.x), sum(|v| v.uv.y))
}

fn color(corners: &[Vertex; 3], parts: [f32; 3]) -> [f32; 4] {
    let all = corners.map(|corner| corner.color.to_array().map(f32::from));
    [0, 1, 2, 3].map(|i| all.iter().zip(parts).map(|(corner, part)| corner[i] * part).sum())
}

fn multiplied(color: [f32; 4], by: [f32; 4]) -> [f32; 4] {
    [0, 1, 2, 3].map(|i| color[i] * by[i])
}

/// What is in front covers what is behind as far as it is opaque; its colour is multiplied by that already.
fn over(front: [f32; 4], behind: Color32) -> Color32 {
    let behind = behind.to_array();
    let through = 1.0 - front[3] / 255.0;
    let [r, g, b, a] =
        [0, 1, 2, 3].map(|i| (front[i] + f32::from(behind[i]) * through).round().clamp(0.0, 255.0) as u8);
    Color32::from_rgba_premultiplied(r, g, b, a)
}

#[test]
fn a_square_of_two_triangles_is_filled_once() {
    let vertex = |x: f32, y: f32| Vertex::untextured(Pos2::new(x, y), Color32::from_black_alpha(128));
    let mesh = Mesh {
        vertices: vec![vertex(1.0, 1.0), vertex(5.0, 1.0), vertex(5.0, 5.0), vertex(1.0, 5.0)],
        indices: vec![0, 1, 2, 0, 2, 3],
        ..Mesh::default()
    };
    let white = Picture { size: [1, 1], pixels: vec![Color32::WHITE] };
    let mut picture = Picture { size: [6, 6], pixels: vec![Color32::WHITE; 36] };
    picture.mesh(&mesh, &white, Rect::from_min_max(Pos2::ZERO, Pos2::new(4.0, 6.0)));
    let dark: Vec<usize> = (0..36).filter(|i| picture.pixels[*i] == Color32::from_gray(127)).collect();
    let wanted: Vec<usize> = (1..5).flat_map(|y| (1..4).map(move |x| y * 6 + x)).collect();
    assert_eq!(dark, wanted, "each once, and none beyond the clip");
}
