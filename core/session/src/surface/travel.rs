//! How a control travels over a range.

use bf_node::{ParamKind, Scale};

/// How wide a range is whose equal steps would skip what one wants to reach by hand.
const WIDE: f32 = 1000.0;
/// What part of its greater end a range in equal ratios crosses 0 with.
const ROUND_ZERO: f64 = 1e-3;

/// A range and how a control goes through it: from 0 to 1 on its own side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Travel {
    /// The native value at 0.
    pub min: f64,
    /// The native value at 1.
    pub max: f64,
    /// Equal steps or equal ratios. A range in equal ratios that touches or crosses 0 has about equal steps within a
    /// thousandth of its greater end around 0.
    pub scale: Scale,
    /// Whether only whole numbers are meant.
    pub whole: bool,
    /// Whether it has equal ratios only because it is so wide: a part of it that is not has equal steps.
    pub wide: bool,
}

impl Travel {
    /// Equal steps from one value to another.
    pub const fn linear(min: f64, max: f64) -> Travel {
        Travel { min, max, scale: Scale::Linear, whole: false, wide: false }
    }

    /// The same in equal ratios.
    pub const fn log(self) -> Travel {
        Travel { scale: Scale::Log, ..self }
    }

    /// That of a param. Where it is declared with equal steps over a range that is very wide and holds 0, it has equal
    /// ratios all the same.
    pub fn of(kind: &ParamKind) -> Travel {
        match *kind {
            ParamKind::Number { min, max, scale, .. } => {
                let wide = scale == Scale::Linear && max - min >= WIDE && min <= 0.0 && max >= 0.0;
                let scale = if wide { Scale::Log } else { scale };
                Travel { min: f64::from(min), max: f64::from(max), scale, whole: false, wide }
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

    /// A part of it, from one value to another.
    pub fn part(self, min: f64, max: f64) -> Travel {
        let scale = if self.wide && f64::from(WIDE) > (max - min).abs() { Scale::Linear } else { self.scale };
        Travel { min, max, scale, ..self }
    }

    /// Whether it goes in equal ratios from end to end.
    pub fn is_log(&self) -> bool {
        self.scale == Scale::Log && self.min > 0.0 && self.max > 0.0
    }

    /// Whether it goes in equal steps.
    pub fn is_linear(&self) -> bool {
        self.scale == Scale::Linear
    }

    /// A native value on the control's side: a unit of this is the same way everywhere.
    fn way(&self, native: f64) -> f64 {
        match self.scale {
            Scale::Linear => native,
            Scale::Log if self.is_log() => native.ln(),
            Scale::Log => (native.abs() / self.round_zero()).ln_1p().copysign(native),
        }
    }

    fn native_of(&self, way: f64) -> f64 {
        match self.scale {
            Scale::Linear => way,
            Scale::Log if self.is_log() => way.exp(),
            Scale::Log => (way.abs().exp_m1() * self.round_zero()).copysign(way),
        }
    }

    fn round_zero(&self) -> f64 {
        self.min.abs().max(self.max.abs()) * ROUND_ZERO
    }

    /// The native value of a place from 0 to 1; what lies outside is taken for the nearer end.
    pub fn native(&self, place: f64) -> f64 {
        let place = place.clamp(0.0, 1.0);
        let value = match place {
            // The ends are met exactly.
            0.0 => self.min,
            1.0 => self.max,
            _ => self.native_of(self.way(self.min) + (self.way(self.max) - self.way(self.min)) * place),
        };
        self.clamp(if self.whole { value.round() } else { value })
    }

    /// The place from 0 to 1 of a native value.
    pub fn place(&self, native: f64) -> f64 {
        if self.min == self.max {
            return 0.0;
        }
        let native = self.clamp(native);
        let (low, high) = (self.way(self.min), self.way(self.max));
        ((self.way(native) - low) / (high - low)).clamp(0.0, 1.0)
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
        let linear = [Travel::linear(-1.0, 1.0), Travel::linear(5.0, -5.0)];
        let log = [(20.0, 20_000.0), (0.0, 20_000.0), (-20_000.0, 20_000.0), (-5.0, 300.0), (9.0, 0.0)];
        let travels = linear.into_iter().chain(log.map(|(min, max)| Travel::linear(min, max).log()));
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
    fn a_pitch_that_may_stand_at_zero_is_turned_as_ears_hear() {
        let saw = |max| ParamKind::Number {
            default: 440.0,
            min: 0.0,
            max,
            unit: bf_node::Unit::Hz,
            scale: Scale::Log,
            rate: bf_node::Rate::Smooth,
        };
        let travel = Travel::of(&saw(20_000.0));
        assert!(!travel.is_log() && !travel.is_linear());
        assert_eq!(travel.native(0.0), 0.0);
        assert!((600.0..640.0).contains(&travel.native(0.5)), "{}", travel.native(0.5));
        let octave = |from: f64| travel.place(2.0 * from) - travel.place(from);
        assert!((octave(4000.0) / octave(200.0) - 1.0).abs() < 0.1);
        assert_eq!(Travel::linear(3.0, 3.0).place(3.0), 0.0);
        assert_eq!(Travel::linear(0.0, 0.0).log().place(0.0), 0.0);
    }

    #[test]
    fn a_number_without_bounds_is_fine_around_zero() {
        let kind = ParamKind::Number {
            default: 0.0,
            min: -20_000.0,
            max: 20_000.0,
            unit: bf_node::Unit::None,
            scale: Scale::Linear,
            rate: bf_node::Rate::Steady,
        };
        let travel = Travel::of(&kind);
        assert_eq!(travel.native(0.5), 0.0);
        assert!(travel.native(0.51) < 4.0 && travel.native(0.49) > -4.0);
        assert_eq!(travel.part(0.0, 2.0).native(0.25), 0.5, "a part that is not wide has equal steps");
        assert!(travel.part(0.0, 2000.0).native(0.25) < 50.0);
        assert!(
            Travel { scale: Scale::Linear, ..travel }.native(0.75) == 10_000.0,
            "equal steps where they are asked for"
        );
    }

    #[test]
    fn choices_have_a_place_each() {
        let choice = Travel::of(&ParamKind::Choice { default: 0, options: &["low", "band", "high"] });
        assert_eq!([0.0, 0.5, 1.0, 0.7].map(|p| choice.native(p)), [0.0, 1.0, 2.0, 1.0]);
        assert_eq!(choice.place(1.0), 0.5);
    }
}
