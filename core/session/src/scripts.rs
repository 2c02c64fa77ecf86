//! The scripts that ship: instruments that every script may play.

/// Texts in Rhai with the names that stand in messages, to be evaluated before a set's own: each stands for itself.
pub static PRELUDE: &[(&str, &str)] = &[
    ("oscillators.rhai", include_str!("../../../scripts/oscillators.rhai")),
    ("instruments.rhai", include_str!("../../../scripts/instruments.rhai")),
    ("drums.rhai", include_str!("../../../scripts/drums.rhai")),
];
