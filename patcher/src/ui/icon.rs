//! Signs on buttons, drawn: the fonts do not have all of them.

use egui::{Color32, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};
use std::f32::consts::PI;

/// What a button shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Play,
    Stop,
    Rewind,
    Undo,
    Redo,
}

/// A button with a sign; screen readers say its name.
pub(crate) fn icon_button(ui: &mut Ui, icon: Icon, name: &str, enabled: bool) -> Response {
    button(ui, (icon, name), enabled, None)
}

/// The same on a colour: what it speaks of goes on.
pub(crate) fn lit_button(ui: &mut Ui, icon: Icon, name: &str, fill: Color32) -> Response {
    button(ui, (icon, name), true, Some(fill))
}

fn button(ui: &mut Ui, (icon, name): (Icon, &str), enabled: bool, lit: Option<Color32>) -> Response {
    let size = vec2(26.0, ui.spacing().interact_size.y.max(20.0));
    ui.add_enabled_ui(enabled, |ui| {
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
        let look = ui.style().interact(&response);
        let fill = lit.unwrap_or(look.weak_bg_fill);
        ui.painter().rect(rect, look.corner_radius, fill, look.bg_stroke, egui::StrokeKind::Inside);
        let color = if lit.is_some() { ui.visuals().panel_fill } else { look.text_color() };
        sign(ui.painter(), icon, Rect::from_center_size(rect.center(), vec2(12.0, 12.0)), color);
        response
    })
    .inner
}

fn sign(painter: &Painter, icon: Icon, r: Rect, color: Color32) {
    match icon {
        Icon::Play => triangle(painter, [r.left_top(), r.right_center(), r.left_bottom()], color),
        Icon::Stop => _ = painter.rect_filled(r.shrink(1.0), 1.0, color),
        Icon::Rewind => {
            painter.rect_filled(Rect::from_min_size(r.min, vec2(2.5, r.height())), 0.0, color);
            triangle(painter, [r.right_top(), pos2(r.min.x + 3.0, r.center().y), r.right_bottom()], color);
        }
        Icon::Undo => turn(painter, r, color, 1.0),
        Icon::Redo => turn(painter, r, color, -1.0),
    }
}

fn triangle(painter: &Painter, corners: [Pos2; 3], color: Color32) {
    painter.add(Shape::convex_polygon(corners.to_vec(), color, Stroke::NONE));
}

/// An arrow that turns back, to the left or to the right.
fn turn(painter: &Painter, r: Rect, color: Color32, side: f32) {
    let (middle, radius) = (r.center() + vec2(0.0, 1.5), 4.5);
    let at = |angle: f32| middle + vec2(-side * angle.cos(), -angle.sin()) * radius;
    let arc: Vec<Pos2> = (0..=12).map(|i| at(0.1 * PI + PI * 1.05 * i as f32 / 12.0)).collect();
    let tip = arc[0];
    painter.add(Shape::line(arc, Stroke::new(1.8, color)));
    let head = [tip + vec2(-side * 3.2, -1.6), tip + vec2(side * 3.2, -2.2), tip + vec2(-side * 0.8, 4.0)];
    triangle(painter, head, color);
}
