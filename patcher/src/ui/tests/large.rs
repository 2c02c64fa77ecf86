//! What a frame of a large patch costs.

use super::super::theme::{Accent, Theme};
use bf_session::thread_cpu_ns;
use egui::{Pos2, Rect, vec2};
use std::sync::Arc;

/// Draws a large patch, and prints what a frame costs: layout, and tessellation besides.
#[test]
fn a_large_patch_is_drawn_in_time() {
    let mut text = String::from("beatforge = 1\n[nodes]\n");
    let (mut cables, mut layout) = (String::from("[cables]\n"), String::from("[layout]\n"));
    for i in 0..5_000 {
        text += &format!("n{i} = {{ type = \"gain\" }}\n");
        layout += &format!("n{i} = [{}, {}]\n", i % 71 * 216, i / 71 * 160);
        if i > 0 {
            cables += &format!("\"n{i}\" = \"n{}\"\n", i - 1);
        }
        if (80..3_081).contains(&i) {
            cables += &format!("\"n{i}.gain\" = \"n{}\"\n", i - 71);
        }
    }
    let text = text + cables.as_str() + layout.as_str();
    let patch = bf_patch::TextPatch::parse(&text, "set.toml").unwrap().patch().clone();
    let set = bf_patch::Set { main: patch, files: std::collections::BTreeMap::new() };
    let (registry, paints) = (bf_session::registry(), Theme::Dark.paints(Accent::Cyan));
    let (glances, scope) = (Arc::default(), bf_session::Scope::default());
    for (name, zoom, most_ms) in [("all of it", None, 60.0), ("a part", Some(1.0), 30.0)] {
        let mut canvas = super::super::canvas::Canvas::default();
        let context = egui::Context::default();
        let mut costs: Vec<[f64; 2]> = Vec::new();
        for frame in 0..60 {
            let input = egui::RawInput {
                screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1920.0, 1080.0))),
                time: Some(f64::from(frame) / 60.0),
                ..egui::RawInput::default()
            };
            let began = thread_cpu_ns();
            let since = || (thread_cpu_ns() - began) as f64 / 1e6;
            let mut output = context.run_ui(input, |ui| {
                let scene = super::super::canvas::Scene {
                    heard: &set,
                    own: &set.main,
                    inside: "",
                    registry: &registry,
                    stamp: 1,
                    paints: &paints,
                    glances: &glances,
                    marks: &Default::default(),
                    scope: &scope,
                    block_ns: 1.3e6,
                };
                canvas.ui(ui, &scene);
            });
            let laid = since();
            output.textures_delta.clear();
            let shapes = context.tessellate(output.shapes, output.pixels_per_point);
            assert!(!shapes.is_empty());
            costs.push([laid, since() - laid]);
            if let (5, Some(zoom)) = (frame, zoom) {
                canvas.camera.zoom = zoom;
                canvas.camera.origin = egui::pos2(4_000.0, 3_000.0);
            }
        }
        let median = |part: usize| {
            let mut all: Vec<f64> = costs[10..].iter().map(|c| c[part]).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        eprintln!(
            "5,000 nodes, 8,000 cables, {name}: {:.2} ms of CPU to lay out, {:.2} ms to tessellate",
            median(0),
            median(1)
        );
        // Far above what it takes, for a machine that does other things besides.
        assert!(median(0) + median(1) < most_ms);
    }
}
