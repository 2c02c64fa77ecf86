//! The parts of MIDI that need no device.

mod clocks;
mod expression;
mod hands;
mod messages;
