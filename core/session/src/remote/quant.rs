//! When a change is heard.

use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// When a change is heard: `"now"`, `"beat"`, `"cycle"`, or a number of cycles such as `"4"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Quant {
    /// As soon as it can.
    Now,
    /// At the next beat.
    Beat,
    /// At the next cycle.
    #[default]
    Cycle,
    /// At the next cycle that this number divides; it is at least 1.
    Cycles(u32),
}

/// A text that says no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time: write now, beat, cycle, or a number of cycles from 1 to 1024")]
pub struct QuantError(String);

impl fmt::Display for Quant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quant::Now => f.write_str("now"),
            Quant::Beat => f.write_str("beat"),
            Quant::Cycle => f.write_str("cycle"),
            Quant::Cycles(n) => write!(f, "{n}"),
        }
    }
}

impl FromStr for Quant {
    type Err = QuantError;

    fn from_str(text: &str) -> Result<Quant, QuantError> {
        match text {
            "now" => Ok(Quant::Now),
            "beat" => Ok(Quant::Beat),
            "cycle" => Ok(Quant::Cycle),
            _ => match text.parse() {
                Ok(n @ 1..=1024) => Ok(Quant::Cycles(n)),
                _ => Err(QuantError(text.to_owned())),
            },
        }
    }
}

impl TryFrom<String> for Quant {
    type Error = QuantError;

    fn try_from(text: String) -> Result<Quant, QuantError> {
        text.parse()
    }
}

impl From<Quant> for String {
    fn from(quant: Quant) -> String {
        quant.to_string()
    }
}
