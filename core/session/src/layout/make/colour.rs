//! Colours by kind, dark enough that white text reads on them.

use crate::surface::{Entry, Family};
use bf_node::Category;

/// Red, green, blue, opacity, 0 to 1.
pub(super) type Colour = [f32; 4];

const fn rgb(hex: u32) -> Colour {
    let [_, r, g, b] = hex.to_be_bytes();
    [r as f32 / 255.0, g as f32 / 255.0, b as f32 / 255.0, 1.0]
}

/// Behind everything.
pub(super) const GROUND: Colour = rgb(0x16_18_1c);
/// Behind text and readings.
pub(super) const QUIET: Colour = rgb(0x24_27_2d);
/// Text.
pub(super) const TEXT: Colour = rgb(0xee_ee_ee);
/// Play.
pub(super) const GO: Colour = rgb(0x2f_8f_4e);
/// Hush and mute.
pub(super) const STOP: Colour = rgb(0xb5_3a_3a);
/// Solo.
pub(super) const SOLO: Colour = rgb(0xb8_8a_1e);

const MACRO: Colour = rgb(0xc4_6a_24);
const TRACK: Colour = rgb(0x2f_6f_b0);
const SCENE: Colour = rgb(0x2f_8f_7a);
const SNAPSHOT: Colour = rgb(0x6a_5a_b8);

/// The colour of what an address belongs to; nodes have that of their place in the palette.
pub(super) fn of(entry: &Entry) -> Colour {
    match &entry.family {
        Family::Macro(_) => MACRO,
        Family::Track(_) => TRACK,
        Family::Scene(_) => SCENE,
        Family::Snapshot(_) => SNAPSHOT,
        Family::Transport => GO,
        Family::Set | Family::Talk | Family::Foreign => QUIET,
        Family::Node(_) => entry.category.map_or(QUIET, of_category),
    }
}

fn of_category(category: Category) -> Colour {
    match category {
        Category::Source => rgb(0x3a_7f_a8),
        Category::Drum => rgb(0xa8_4a_5a),
        Category::Sampler => rgb(0x9a_5a_3a),
        Category::Filter => rgb(0x4a_6a_c0),
        Category::Modulation => rgb(0x8a_5a_b0),
        Category::Shaper => rgb(0xb0_4a_7a),
        Category::Delay => rgb(0x3a_8a_8a),
        Category::Reverb => rgb(0x3a_7a_6a),
        Category::Dynamics => rgb(0x8a_7a_30),
        Category::Sequencer => rgb(0x4a_8a_4a),
        Category::Mix => TRACK,
        Category::Control => MACRO,
        Category::Analysis => rgb(0x5a_7a_7a),
        Category::Edge => rgb(0x6a_6a_7a),
        Category::Utility => rgb(0x5a_60_6a),
    }
}

/// The same colour at so much of its light.
pub(super) fn dimmed([r, g, b, a]: Colour, light: f32) -> Colour {
    [r * light, g * light, b * light, a]
}
