//! Where a controller's moves come from, as a text: `midi:1/cc/7`.

use bf_io::midi::Number;
use std::fmt;
use std::str::FromStr;

/// A knob, fader, key or wheel of a controller.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// A part of the port's name; any port where it is empty.
    pub port: String,
    /// 1 to 16; 0 is any.
    pub channel: u8,
    /// What of it.
    pub what: Touch,
}

/// What of a controller moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Touch {
    /// A controller or parameter.
    Number(Number),
    /// A key, or a pad: 1 while it is held, or how hard it was struck.
    Key(u8),
    /// The pitch wheel.
    Bend,
    /// The pressure on the keys.
    Pressure,
    /// The program, 0 to 127.
    Program,
}

impl Source {
    /// Whether it is meant by a port and a channel (1 to 16) of a message.
    pub fn is_from(&self, port: &str, channel: u8) -> bool {
        let named = self.port.is_empty() || port.to_lowercase().contains(&self.port.to_lowercase());
        named && (self.channel == 0 || self.channel == channel)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("midi:")?;
        if !self.port.is_empty() {
            write!(f, "{}/", self.port)?;
        }
        match self.channel {
            0 => f.write_str("*/")?,
            channel => write!(f, "{channel}/")?,
        }
        match self.what {
            Touch::Number(Number::Controller(n)) => write!(f, "cc/{n}"),
            Touch::Number(Number::Fine(n)) => write!(f, "cc14/{n}"),
            Touch::Number(Number::Registered(n)) => write!(f, "rpn/{n}"),
            Touch::Number(Number::Other(n)) => write!(f, "nrpn/{n}"),
            Touch::Key(key) => write!(f, "note/{key}"),
            Touch::Bend => f.write_str("bend"),
            Touch::Pressure => f.write_str("pressure"),
            Touch::Program => f.write_str("program"),
        }
    }
}

/// Why a text names no source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names nothing of a MIDI controller; write such as midi:1/cc/7, midi:1/cc14/7, midi:*/note/36, midi:1/nrpn/130, midi:1/bend, or midi:nano/1/cc/7 with a part of the port's name"
)]
pub struct SourceError(String);

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Source, SourceError> {
        parse(text).ok_or_else(|| SourceError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Source> {
    let parts: Vec<&str> = text.strip_prefix("midi:")?.split('/').collect();
    let plain = |what: &str| {
        Some(match what {
            "bend" => Touch::Bend,
            "pressure" => Touch::Pressure,
            "program" => Touch::Program,
            _ => return None,
        })
    };
    let (what, before) = match *parts.as_slice() {
        [ref before @ .., last] if plain(last).is_some() => (plain(last)?, before),
        [ref before @ .., kind, number] => {
            let number: u16 = number.parse().ok()?;
            let within = |most: u16| u8::try_from(number).ok().filter(|_| number <= most);
            let wide = Some(number).filter(|n| *n < 1 << 14);
            let what = match kind {
                "cc" => Touch::Number(Number::Controller(within(127)?)),
                "cc14" => Touch::Number(Number::Fine(within(31)?)),
                "rpn" => Touch::Number(Number::Registered(wide?)),
                "nrpn" => Touch::Number(Number::Other(wide?)),
                "note" => Touch::Key(within(127)?),
                _ => return None,
            };
            (what, before)
        }
        _ => return None,
    };
    let (channel, port) = before.split_last()?;
    let channel = match *channel {
        "*" => 0,
        number => number.parse().ok().filter(|n| (1..=16).contains(n))?,
    };
    Some(Source { port: port.join("/"), channel, what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_they_are_written() {
        let all = [
            "midi:1/cc/7",
            "midi:16/cc14/31",
            "midi:*/note/36",
            "midi:2/rpn/0",
            "midi:2/nrpn/16383",
            "midi:1/bend",
            "midi:nano KONTROL/1/cc/127",
            "midi:a/b/3/pressure",
            "midi:1/program",
        ];
        for text in all {
            assert_eq!(text.parse::<Source>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "midi:",
            "midi:1",
            "midi:0/cc/7",
            "midi:17/bend",
            "midi:1/cc/128",
            "midi:1/cc14/32",
            "midi:bend",
            "osc:/1/fader1",
            "midi:1/nrpn/16384",
            "midi:1/cc/x",
        ] {
            assert!(text.parse::<Source>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_source_is_of_its_port_and_channel() {
        let source: Source = "midi:nano/2/cc/7".parse().unwrap();
        assert!(
            source.is_from("nanoKONTROL2 20:0", 2) && !source.is_from("nanoKONTROL2", 1) && !source.is_from("x", 2)
        );
        let source: Source = "midi:*/bend".parse().unwrap();
        assert!(source.is_from("anything", 9));
    }
}
