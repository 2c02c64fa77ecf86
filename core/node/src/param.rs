//! The declaration of a param: what values it takes, their unit, and how a hand travels over them.

use crate::Value;

/// A named value.
#[derive(Clone, Copy, Debug)]
pub struct ParamSpec {
    /// `[a-z][a-z0-9_]*`, not a word that Rhai reserves.
    pub name: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// What values it takes.
    pub kind: ParamKind,
    /// A new value reaches the node at once: the node fades what it changes, or nothing that sounds steps by it.
    pub at_once: bool,
}

/// What values a param takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParamKind {
    /// A real number, which cables may drive and which glides.
    Number {
        /// Where it stands when nothing is said.
        default: f32,
        /// The least.
        min: f32,
        /// The greatest.
        max: f32,
        /// What it is measured in.
        unit: Unit,
        /// How a control travels over it.
        scale: Scale,
        /// How often the node reads it.
        rate: Rate,
    },
    /// A whole number; it takes no value between, and cables may drive it.
    Integer {
        /// Where it stands when nothing is said.
        default: i32,
        /// The least.
        min: i32,
        /// The greatest.
        max: i32,
    },
    /// On or off; above one half is on where a cable drives it.
    Switch {
        /// Where it stands when nothing is said.
        default: bool,
    },
    /// One of several names; its number where a cable drives it.
    Choice {
        /// The index of the one meant when nothing is said.
        default: usize,
        /// The names.
        options: &'static [&'static str],
    },
    /// Read when the node is made; a change makes the node anew, which takes over what it can.
    Setting {
        /// As it would stand in a patch file.
        default: &'static str,
        /// What may stand there.
        form: Form,
    },
}

/// What may stand in a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// Any string.
    Text,
    /// The path of a sound file, relative to the set, or the name of a sound of a bank.
    Sample,
    /// A list of sound files or names of sounds.
    Samples,
    /// The path of a patch file, relative to the set.
    Patch,
    /// The path of a standard MIDI file, relative to the set.
    Notes,
    /// A whole number in a range.
    Count(i32, i32),
    /// A list of numbers.
    Numbers,
    /// A list of anything: the node checks it and says what is wrong.
    List,
    /// A text that the session reads and plays into the node's `feed`: the node itself does not change with it.
    Code(Code),
}

/// What a text says that the session reads for a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// Notes in mini-notation.
    Notation,
    /// A Rhai expression that yields a pattern of notes.
    Expression,
    /// A Rhai script with callbacks.
    Script,
    /// The path of such a script, relative to the set.
    ScriptFile,
}

/// What a number is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A plain number.
    None,
    /// Cycles a second.
    Hz,
    /// Seconds.
    Secs,
    /// Decibels.
    Db,
    /// Semitones.
    Semitones,
    /// Beats.
    Beats,
    /// Degrees of phase or angle.
    Degrees,
    /// A ratio x : 1.
    Ratio,
    /// Beats a minute.
    Bpm,
}

impl Unit {
    /// How it is written behind a number.
    pub const fn symbol(self) -> &'static str {
        match self {
            Unit::None => "",
            Unit::Hz => "Hz",
            Unit::Secs => "s",
            Unit::Db => "dB",
            Unit::Semitones => "st",
            Unit::Beats => "beats",
            Unit::Degrees => "°",
            Unit::Ratio => ":1",
            Unit::Bpm => "bpm",
        }
    }
}

/// How a control travels over a range, and what a modulation's amount means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scale {
    /// Equal steps; an amount is in the param's unit.
    Linear,
    /// Equal ratios; an amount is in octaves.
    Log,
}

/// How often a node reads a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rate {
    /// One value a piece, sampled at absolute frames divisible by 16.
    Steady,
    /// One value a frame.
    Smooth,
}

impl ParamSpec {
    const fn of(name: &'static str, help: &'static str, kind: ParamKind) -> ParamSpec {
        ParamSpec { name, help, kind, at_once: false }
    }
    /// A steady number on a linear scale.
    pub const fn number(name: &'static str, default: f32, min: f32, max: f32, help: &'static str) -> ParamSpec {
        let kind = ParamKind::Number { default, min, max, unit: Unit::None, scale: Scale::Linear, rate: Rate::Steady };
        Self::of(name, help, kind)
    }
    /// A steady frequency on a logarithmic scale.
    pub const fn hz(name: &'static str, default: f32, min: f32, max: f32, help: &'static str) -> ParamSpec {
        Self::number(name, default, min, max, help).unit(Unit::Hz).log()
    }
    /// A steady time in seconds on a logarithmic scale.
    pub const fn secs(name: &'static str, default: f32, min: f32, max: f32, help: &'static str) -> ParamSpec {
        Self::number(name, default, min, max, help).unit(Unit::Secs).log()
    }
    /// A steady level in decibels.
    pub const fn db(name: &'static str, default: f32, min: f32, max: f32, help: &'static str) -> ParamSpec {
        Self::number(name, default, min, max, help).unit(Unit::Db)
    }
    /// A steady number from 0 to 1.
    pub const fn unit_range(name: &'static str, default: f32, help: &'static str) -> ParamSpec {
        Self::number(name, default, 0.0, 1.0, help)
    }
    /// A whole number.
    pub const fn integer(name: &'static str, default: i32, min: i32, max: i32, help: &'static str) -> ParamSpec {
        Self::of(name, help, ParamKind::Integer { default, min, max })
    }
    /// On or off.
    pub const fn switch(name: &'static str, default: bool, help: &'static str) -> ParamSpec {
        Self::of(name, help, ParamKind::Switch { default })
    }
    /// One of several names.
    pub const fn choice(
        name: &'static str,
        default: usize,
        options: &'static [&'static str],
        help: &'static str,
    ) -> ParamSpec {
        Self::of(name, help, ParamKind::Choice { default, options })
    }
    /// A setting, read when the node is made.
    pub const fn setting(name: &'static str, default: &'static str, form: Form, help: &'static str) -> ParamSpec {
        Self::of(name, help, ParamKind::Setting { default, form })
    }
    /// The same number in another unit. Other kinds stay as they are.
    pub const fn unit(mut self, to: Unit) -> ParamSpec {
        if let ParamKind::Number { unit, .. } = &mut self.kind {
            *unit = to;
        }
        self
    }
    /// The same number on a logarithmic scale; its least value must be above 0 (or it stays linear at 0).
    pub const fn log(mut self) -> ParamSpec {
        if let ParamKind::Number { scale, .. } = &mut self.kind {
            *scale = Scale::Log;
        }
        self
    }
    /// The same number read at every frame.
    pub const fn smooth(mut self) -> ParamSpec {
        if let ParamKind::Number { rate, .. } = &mut self.kind {
            *rate = Rate::Smooth;
        }
        self
    }
    /// The same switch, choice or whole number, of which the node is told at once: it fades what changes by itself, or
    /// nothing that sounds steps, as where only the next note asks. Others cross over in the engine.
    pub const fn at_once(mut self) -> ParamSpec {
        self.at_once = true;
        self
    }

    /// The number a processor reads when nothing is said; 0 for settings.
    pub fn default_number(&self) -> f32 {
        match self.kind {
            ParamKind::Number { default, .. } => default,
            ParamKind::Integer { default, .. } => default as f32,
            ParamKind::Switch { default } => f32::from(u8::from(default)),
            ParamKind::Choice { default, .. } => default as f32,
            ParamKind::Setting { .. } => 0.0,
        }
    }
    /// The least and greatest number a processor reads.
    pub fn range(&self) -> (f32, f32) {
        match self.kind {
            ParamKind::Number { min, max, .. } => (min, max),
            ParamKind::Integer { min, max, .. } => (min as f32, max as f32),
            ParamKind::Switch { .. } => (0.0, 1.0),
            ParamKind::Choice { options, .. } => (0.0, options.len().saturating_sub(1) as f32),
            ParamKind::Setting { .. } => (0.0, 0.0),
        }
    }
    /// Whether the node reads it at every frame.
    pub fn is_smooth(&self) -> bool {
        matches!(self.kind, ParamKind::Number { rate: Rate::Smooth, .. })
    }
    /// Whether it is read only when the node is made.
    pub fn is_setting(&self) -> bool {
        matches!(self.kind, ParamKind::Setting { .. })
    }
    /// Whether a new number is reached over a glide rather than at once.
    pub fn glides(&self) -> bool {
        matches!(self.kind, ParamKind::Number { .. })
    }
    /// Whether it jumps, and the engine lets the node cross over from the old value to the new.
    pub fn crosses(&self) -> bool {
        let jumps =
            matches!(self.kind, ParamKind::Integer { .. } | ParamKind::Switch { .. } | ParamKind::Choice { .. });
        jumps && !self.at_once
    }
    /// The value meant when nothing is said, as it would stand in a patch file.
    pub fn default_value(&self) -> Value {
        match self.kind {
            ParamKind::Number { default, .. } => Value::Number(f64::from(default)),
            ParamKind::Integer { default, .. } => Value::Number(f64::from(default)),
            ParamKind::Switch { default } => Value::Bool(default),
            ParamKind::Choice { default, options } => Value::Text(options[default].to_owned()),
            ParamKind::Setting { default, form } => match form {
                Form::Count(..) => Value::Number(default.parse().unwrap_or(0.0)),
                Form::Numbers | Form::List | Form::Samples => Value::parse_list(default),
                Form::Text | Form::Sample | Form::Patch | Form::Notes | Form::Code(_) => {
                    Value::Text(default.to_owned())
                }
            },
        }
    }

    /// The number a processor reads for a value from a patch file.
    ///
    /// # Errors
    /// What was expected, in the user's words, when the value does not fit.
    pub fn number_of(&self, value: &Value) -> Result<f32, String> {
        let (min, max) = self.range();
        let ranged = |n: f64, whole: bool| {
            if whole && n.fract() != 0.0 {
                return Err(format!("a whole number from {min} to {max}"));
            }
            // Compared as the processor reads it: 0.1 in the text is the 0.1 of the declaration.
            if !(min..=max).contains(&(n as f32)) {
                let unit = match self.kind {
                    ParamKind::Number { unit, .. } if unit != Unit::None => format!(" {}", unit.symbol()),
                    _ => String::new(),
                };
                return Err(format!("a number from {min} to {max}{unit}"));
            }
            Ok(n as f32)
        };
        match (self.kind, value) {
            (ParamKind::Number { .. }, Value::Number(n)) => ranged(*n, false),
            (ParamKind::Integer { .. }, Value::Number(n)) => ranged(*n, true),
            (ParamKind::Switch { .. }, Value::Bool(b)) => Ok(f32::from(u8::from(*b))),
            (ParamKind::Choice { options, .. }, Value::Text(t)) => options
                .iter()
                .position(|o| o == t)
                .map(|i| i as f32)
                .ok_or_else(|| format!("one of {}", options.join(", "))),
            (ParamKind::Number { .. }, _) => Err(format!("a number from {min} to {max}")),
            (ParamKind::Integer { .. }, _) => Err(format!("a whole number from {min} to {max}")),
            (ParamKind::Switch { .. }, _) => Err("true or false".to_owned()),
            (ParamKind::Choice { options, .. }, _) => Err(format!("one of {}", options.join(", "))),
            (ParamKind::Setting { .. }, _) => Ok(0.0),
        }
    }

    /// Checks a value for a setting.
    ///
    /// # Errors
    /// What was expected, in the user's words.
    pub fn check_setting(&self, value: &Value) -> Result<(), String> {
        let ParamKind::Setting { form, .. } = self.kind else { return Ok(()) };
        let good = match (form, value) {
            (Form::Text | Form::Sample | Form::Patch | Form::Notes | Form::Code(_), Value::Text(_))
            | (Form::List, Value::List(_)) => true,
            (Form::Count(lo, hi), Value::Number(n)) => n.fract() == 0.0 && (f64::from(lo)..=f64::from(hi)).contains(n),
            (Form::Numbers, Value::List(l)) => l.iter().all(|v| matches!(v, Value::Number(_))),
            (Form::Samples, Value::List(l)) => l.iter().all(|v| matches!(v, Value::Text(_))),
            _ => false,
        };
        if good {
            return Ok(());
        }
        Err(match form {
            Form::Text => "a text in quotes".to_owned(),
            Form::Sample => "the path of a sound file or the name of a sound in quotes, such as \"bd\"".to_owned(),
            Form::Samples => "a list of sound files or names of sounds, such as [\"bd\", \"bd:2\"]".to_owned(),
            Form::Patch => "the path of a patch file in quotes".to_owned(),
            Form::Notes => "the path of a MIDI file in quotes".to_owned(),
            Form::Count(lo, hi) => format!("a whole number from {lo} to {hi}"),
            Form::Numbers => "a list of numbers, such as [0.0, 0.5, 1.0]".to_owned(),
            Form::List => "a list in square brackets".to_owned(),
            Form::Code(Code::Notation) => "notes in quotes, such as \"c3 <e3 g3>*2\"".to_owned(),
            Form::Code(Code::Expression) => {
                "a pattern in Rhai in quotes, such as 'n(\"0 2 4\").scale(\"c:minor\")'".to_owned()
            }
            Form::Code(Code::Script) => "a script in quotes".to_owned(),
            Form::Code(Code::ScriptFile) => "the path of a script in quotes".to_owned(),
        })
    }
}
