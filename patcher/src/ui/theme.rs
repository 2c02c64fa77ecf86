//! Colours: dark by default, light and high contrast, with an accent.

use bf_node::{Category, Kind};
use egui::{Color32, Context, Id, Painter, Rect, Stroke, StrokeKind, Visuals};

/// Which colours the window has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Theme {
    #[default]
    Dark,
    Light,
    Contrast,
}

/// What is pointed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Accent {
    Purple,
    #[default]
    Cyan,
    Orange,
}

/// The colours of the canvas and of everything that egui does not draw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paints {
    pub ground: Color32,
    pub dots: Color32,
    pub tile: Color32,
    pub edge: Color32,
    pub words: Color32,
    pub faint: Color32,
    pub accent: Color32,
    pub signal: Color32,
    pub events: Color32,
    pub hand: Color32,
    pub wrong: Color32,
}

impl Theme {
    pub(crate) const ALL: [Theme; 3] = [Theme::Dark, Theme::Light, Theme::Contrast];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Theme::Dark => "dark",
            Theme::Light => "light",
            Theme::Contrast => "high contrast",
        }
    }

    pub(crate) fn paints(self, accent: Accent) -> Paints {
        let rgb = Color32::from_rgb;
        let dark = Paints {
            ground: rgb(22, 23, 28),
            dots: rgb(44, 46, 54),
            tile: rgb(36, 38, 46),
            edge: rgb(70, 74, 86),
            words: rgb(226, 228, 234),
            faint: rgb(150, 154, 166),
            accent: accent.color(false),
            signal: rgb(96, 196, 176),
            events: rgb(240, 178, 92),
            hand: rgb(250, 204, 84),
            wrong: rgb(240, 92, 92),
        };
        match self {
            Theme::Dark => dark,
            Theme::Light => Paints {
                ground: rgb(240, 241, 244),
                dots: rgb(208, 211, 218),
                tile: rgb(255, 255, 255),
                edge: rgb(176, 180, 190),
                words: rgb(30, 32, 38),
                faint: rgb(104, 108, 120),
                accent: accent.color(true),
                signal: rgb(12, 120, 100),
                events: rgb(166, 86, 10),
                hand: rgb(124, 102, 0),
                wrong: rgb(196, 32, 32),
            },
            Theme::Contrast => Paints {
                ground: Color32::BLACK,
                dots: rgb(60, 60, 60),
                tile: Color32::BLACK,
                edge: Color32::WHITE,
                words: Color32::WHITE,
                faint: rgb(214, 214, 214),
                signal: rgb(0, 255, 210),
                events: rgb(255, 200, 0),
                ..dark
            },
        }
    }

    pub(crate) fn visuals(self, accent: Accent) -> Visuals {
        let paints = self.paints(accent);
        let mut visuals = if self == Theme::Light { Visuals::light() } else { Visuals::dark() };
        visuals.panel_fill =
            if self == Theme::Contrast { Color32::BLACK } else { paints.ground.lerp_to_gamma(paints.tile, 0.5) };
        visuals.window_fill = paints.tile;
        visuals.selection.bg_fill = paints.accent.gamma_multiply(0.45);
        visuals.selection.stroke = Stroke::new(1.0, paints.words);
        visuals.hyperlink_color = paints.accent;
        // Shortcuts, help under names, and what a field says while it is empty: quiet, and read all the same.
        visuals.weak_text_color = Some(paints.faint);
        // Fields, boxes and buttons have nearly the colour of what they lie on in these themes.
        if self != Theme::Dark {
            let edge = paints.edge.lerp_to_gamma(paints.faint, 0.5);
            visuals.widgets.inactive.bg_stroke = Stroke::new(1.0, edge);
        }
        if self == Theme::Contrast {
            visuals.override_text_color = Some(Color32::WHITE);
            visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, Color32::WHITE);
        }
        visuals
    }
}

impl Accent {
    pub(crate) const ALL: [Accent; 3] = [Accent::Purple, Accent::Cyan, Accent::Orange];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Accent::Purple => "purple",
            Accent::Cyan => "cyan",
            Accent::Orange => "orange",
        }
    }

    fn color(self, on_light: bool) -> Color32 {
        let [light, dark] = match self {
            Accent::Purple => [Color32::from_rgb(124, 58, 208), Color32::from_rgb(178, 132, 255)],
            Accent::Cyan => [Color32::from_rgb(0, 114, 150), Color32::from_rgb(72, 206, 240)],
            Accent::Orange => [Color32::from_rgb(176, 82, 0), Color32::from_rgb(255, 156, 68)],
        };
        if on_light { light } else { dark }
    }
}

impl Paints {
    /// The colours that were last settled; those that are usual before.
    pub(crate) fn of(ctx: &Context) -> Paints {
        let settled = ctx.data(|data| data.get_temp(Id::unique("paints")));
        settled.unwrap_or_else(|| Theme::default().paints(Accent::default()))
    }

    /// Has what is drawn without them find them.
    pub(crate) fn settle(self, ctx: &Context) {
        ctx.data_mut(|data| data.insert_temp(Id::unique("paints"), self));
    }

    /// The colour of what a cable carries.
    pub(crate) fn cable(&self, kind: Kind) -> Color32 {
        match kind {
            Kind::Signal => self.signal,
            Kind::Event => self.events,
        }
    }

    /// The colour of a comment or frame.
    pub(crate) fn note(&self, word: Option<&str>) -> Color32 {
        let on_light = self.ground.intensity() > 0.5;
        match word {
            Some("cyan") => Accent::Cyan.color(on_light),
            Some("purple") => Accent::Purple.color(on_light),
            Some("orange") => self.events,
            Some("green") => self.signal,
            Some("yellow") => self.hand,
            Some("red") => self.wrong,
            _ => self.faint,
        }
    }

    /// What is frozen: the colour of ice, which no accent has.
    pub(crate) fn frozen(&self) -> Color32 {
        if self.ground.intensity() > 0.5 { Color32::from_rgb(70, 108, 138) } else { Color32::from_rgb(178, 218, 236) }
    }

    /// A ground on which something moves, with an edge: it has the colour of what is around it in some themes.
    pub(crate) fn well(&self, painter: &Painter, rect: Rect, round: f32) {
        painter.rect(rect, round, self.ground, Stroke::new(1.0, self.edge), StrokeKind::Inside);
    }

    /// What lies over a tile where the title of a node is.
    pub(crate) fn title(&self, category: Category) -> Color32 {
        self.category(category).gamma_multiply(0.28)
    }

    /// The type of a node in its title: on the colour of its category what is faint elsewhere could not be read.
    pub(crate) fn kind(&self) -> Color32 {
        self.faint.lerp_to_gamma(self.words, 0.6)
    }

    /// The stripe of a node.
    pub(crate) fn category(&self, category: Category) -> Color32 {
        let rgb = Color32::from_rgb;
        match category {
            Category::Source => rgb(86, 156, 242),
            Category::Drum => rgb(232, 108, 100),
            Category::Sampler => rgb(220, 136, 200),
            Category::Filter => rgb(112, 200, 140),
            Category::Modulation => rgb(196, 168, 250),
            Category::Shaper => rgb(236, 146, 76),
            Category::Delay | Category::Reverb => rgb(92, 192, 214),
            Category::Dynamics => rgb(214, 196, 96),
            Category::Sequencer => self.events,
            Category::Mix => rgb(160, 172, 190),
            Category::Control => rgb(150, 196, 80),
            Category::Analysis => rgb(140, 148, 168),
            Category::Edge => self.accent,
            Category::Utility => self.faint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CATEGORIES: [Category; 15] = [
        Category::Source,
        Category::Drum,
        Category::Sampler,
        Category::Filter,
        Category::Modulation,
        Category::Shaper,
        Category::Delay,
        Category::Reverb,
        Category::Dynamics,
        Category::Sequencer,
        Category::Mix,
        Category::Control,
        Category::Analysis,
        Category::Edge,
        Category::Utility,
    ];

    /// How bright a colour is, 0 to 1, as WCAG 2 has it.
    fn luminance(color: Color32) -> f32 {
        let linear = |c: u8| {
            let c = f32::from(c) / 255.0;
            if c <= 0.03928 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    }

    /// How far two colours are apart, 1 to 21.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn every_word_can_be_read_in_every_theme() {
        for theme in Theme::ALL {
            for accent in Accent::ALL {
                let paints = theme.paints(accent);
                let visuals = theme.visuals(accent);
                let words = [
                    ("words", paints.words),
                    ("faint", paints.faint),
                    ("accent", paints.accent),
                    ("signal", paints.signal),
                    ("events", paints.events),
                    ("hand", paints.hand),
                    ("wrong", paints.wrong),
                    ("weak", visuals.weak_text_color()),
                ];
                let grounds = [("ground", paints.ground), ("tile", paints.tile), ("panel", visuals.panel_fill)];
                for (word, color) in words {
                    for (on, ground) in grounds {
                        let is = contrast(color, ground);
                        assert!(is >= 4.5, "{word} on {on}, {} {}: {is:.2}", theme.name(), accent.name());
                    }
                }
                // A title is a veil of the colour of its category, and what is full of a value one of its own.
                for category in CATEGORIES {
                    for (word, color) in [("name", paints.words), ("type", paints.kind())] {
                        let is = contrast(color, paints.tile.blend(paints.title(category)));
                        let of = (theme.name(), accent.name());
                        assert!(is >= 4.5, "the {word} on a title of {category:?}, {of:?}: {is:.2}");
                    }
                }
                for color in [paints.accent, paints.signal, paints.hand] {
                    let is = contrast(paints.words, paints.tile.blend(color.gamma_multiply(0.35)));
                    assert!(is >= 4.5, "a name on a bar, {} {}: {is:.2}", theme.name(), accent.name());
                }
            }
        }
    }
}
