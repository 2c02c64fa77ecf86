//! How a control travels over a range.

use bf_node::{ParamKind, Scale};

/// A range and how a control goes through it: from 0 to 1 on its own side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Travel {
    /// The native value at 0.
    pub min: f64,
    /// The native value at 1.
    pub max: f64,
    /// Equal steps or equal ratios. A range that touches 0 has equal steps.
    pub scale: Scale,
    /// Whether only whole numbers are meant.
    pub whole: bool,
}

impl Travel {
    /// Equal steps from one value to another.
    pub const fn linear(min: f64, max: f64) -> Travel {
        Travel { min, max, scale: Scale::Linear, whole: false }
    }

    /// The same in equal ratios.
    pub const fn log(self) -> Travel {
        Travel { scale: Scale::Log, ..self }
    }

    /// That of a param.
    pub fn of(kind: &ParamKind) -> Travel {
        match *kind {
            ParamKind::Number { min, max, scale, .. } => {
                Travel { min: f64::from(min), max: f64::from(max), scale, whole: false }
            }
            ParamKind::Integer { min, max, .. } => {
                Travel { whole: true, ..Travel::linear(f64::from(min), f64::from(max)) }
            }
            ParamKind::Switch { .. } => Travel { whole: true, ..Travel::linear(0.0, 1.0) },
            ParamKind::Choice { options, .. } => {
                Travel { whole: true, ..Travel::linear(0.0, options.len().saturating_sub(1) as f64) }
            }
            ParamKind::Setting { .. } => Travel::linear(0.0, 0.0),
        }
    }

    /// Whether it goes in equal ratios.
    pub fn is_log(&self) -> bool {
        self.scale == Scale::Log && self.min > 0.0 && self.max > 0.0
    }

    /// The native value of a place from 0 to 1; what lies outside is taken for the nearer end.
    pub fn native(&self, place: f64) -> f64 {
        let place = place.clamp(0.0, 1.0);
        let value = match place {
            // The ends are met exactly.
            0.0 => self.min,
            1.0 => self.max,
            _ if self.is_log() => self.min * (self.max / self.min).powf(place),
            _ => self.min + (self.max - self.min) * place,
        };
        self.clamp(if self.whole { value.round() } else { value })
    }

    /// The place from 0 to 1 of a native value.
    pub fn place(&self, native: f64) -> f64 {
        if self.min == self.max {
            return 0.0;
        }
        let native = self.clamp(native);
        let place = match self.is_log() {
            true => (native / self.min).ln() / (self.max / self.min).ln(),
            false => (native - self.min) / (self.max - self.min),
        };
        place.clamp(0.0, 1.0)
    }

    /// The nearest value of the range.
    pub fn clamp(&self, native: f64) -> f64 {
        native.clamp(self.min.min(self.max), self.min.max(self.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_values_go_there_and_back() {
        let travels = [Travel::linear(-1.0, 1.0), Travel::linear(20.0, 20_000.0).log(), Travel::linear(5.0, -5.0)];
        for travel in travels {
            assert_eq!((travel.native(0.0), travel.native(1.0)), (travel.min, travel.max));
            for step in 0..=100 {
                let place = f64::from(step) / 100.0;
                assert!((travel.place(travel.native(place)) - place).abs() < 1e-12, "{travel:?} {place}");
            }
        }
        let pitch = Travel::linear(20.0, 20_000.0).log();
        assert!((pitch.native(0.5) - 632.455_532_033_675_9).abs() < 1e-9);
        assert_eq!(pitch.native(7.0), 20_000.0);
        assert_eq!(pitch.place(1.0), 0.0);
    }

    #[test]
    fn what_touches_zero_has_equal_steps() {
        let travel = Travel::linear(0.0, 10.0).log();
        assert!(!travel.is_log());
        assert_eq!(travel.native(0.5), 5.0);
        assert_eq!(Travel::linear(3.0, 3.0).place(3.0), 0.0);
    }

    #[test]
    fn choices_have_a_place_each() {
        let choice = Travel::of(&ParamKind::Choice { default: 0, options: &["low", "band", "high"] });
        assert_eq!([0.0, 0.5, 1.0, 0.7].map(|p| choice.native(p)), [0.0, 1.0, 2.0, 1.0]);
        assert_eq!(choice.place(1.0), 0.5);
    }
}
