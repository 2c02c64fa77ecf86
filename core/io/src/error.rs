//! Why a device cannot be opened, or is gone.

use crate::BackendKind;
use bf_node::registry::nearest;

/// Why a device cannot be opened, or is gone: what happened, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// No device has the name.
    #[error("no {}device is called `{name}`; {}", of(*backend), hint(name, known))]
    UnknownDevice {
        /// Where it was looked for.
        backend: BackendKind,
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// Several devices have the name.
    #[error("`{name}` could be {}; write more of the name", known.join(", "))]
    AmbiguousDevice {
        /// The name that was asked for.
        name: String,
        /// The names that it is part of.
        known: Vec<String>,
    },
    /// The machine has nothing that sounds.
    #[error("no sound device answers ({why}); connect or start one, or choose the null device to run without sound")]
    NoDevice {
        /// What each backend said.
        why: String,
    },
    /// No JACK server runs.
    #[error("no JACK server answers; start one, as with `jackd -d alsa -r 48000 -p 256`, or choose another backend")]
    NoJackServer,
    /// The JACK library is not installed.
    #[error(
        "the JACK library cannot be loaded ({why}); install it (Debian: libjack-jackd2-0) or choose another backend"
    )]
    NoJackLibrary {
        /// What the loader said.
        why: String,
    },
    /// Another program holds the device.
    #[error("`{device}` is in use by another program; close that program, or choose another device")]
    Busy {
        /// The device.
        device: String,
    },
    /// The user may not use it.
    #[error("`{device}` may not be used by this user; allow it (on Linux: join the group `audio`)")]
    Denied {
        /// The device.
        device: String,
    },
    /// It came back with another rate than the one at which the set runs.
    #[error("`{device}` runs at {offered} Hz, the set at {wanted} Hz; set the device to {wanted} Hz")]
    Rate {
        /// The device.
        device: String,
        /// The rate at which the set runs.
        wanted: u32,
        /// The device's own rate.
        offered: u32,
    },
    /// It has no form of samples that can be written.
    #[error("`{device}` offers no usable sample format; choose another device")]
    NoFormat {
        /// The device.
        device: String,
    },
    /// It was there and is not any more.
    #[error("`{device}` is gone ({why}); it is used again as soon as it is back")]
    Lost {
        /// The device.
        device: String,
        /// What the system said.
        why: String,
    },
    /// It has stopped asking for sound, and said nothing.
    #[error("`{device}` has not asked for sound for {millis} ms; if it does not recover, reconnect it")]
    Stalled {
        /// The device.
        device: String,
        /// For how long.
        millis: u64,
    },
    /// Anything else that a backend says.
    #[error("{doing} failed: {why}")]
    Backend {
        /// What was tried.
        doing: String,
        /// What the system said.
        why: String,
    },
}

fn of(backend: BackendKind) -> String {
    if backend == BackendKind::Auto { String::new() } else { format!("{backend} ") }
}

fn hint(name: &str, known: &[String]) -> String {
    if known.is_empty() {
        return "there is none at all".into();
    }
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`? There are: {}", known.join(", ")),
        None => format!("there are: {}", known.join(", ")),
    }
}

/// The one of `known` that a user means by `name`: the same, else the same but for case, else the only one that it is
/// part of.
pub(crate) fn choose<'a>(backend: BackendKind, name: &str, known: &'a [String]) -> Result<&'a String, DeviceError> {
    if let Some(same) = known.iter().find(|k| *k == name) {
        return Ok(same);
    }
    if let Some(same) = known.iter().find(|k| k.eq_ignore_ascii_case(name)) {
        return Ok(same);
    }
    let lower = name.to_lowercase();
    let part: Vec<&String> = known.iter().filter(|k| !lower.is_empty() && k.to_lowercase().contains(&lower)).collect();
    match part.as_slice() {
        [one] => Ok(one),
        [] => Err(DeviceError::UnknownDevice { backend, name: name.into(), known: known.to_vec() }),
        many => Err(DeviceError::AmbiguousDevice {
            name: name.into(),
            known: many.iter().map(|k| format!("`{k}`")).collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<String> {
        ["Scarlett 2i2 USB", "Built-in Output", "Built-in Headphones"].map(String::from).to_vec()
    }

    #[test]
    fn a_device_is_found_by_any_part_of_its_name() {
        let known = known();
        for name in ["Scarlett 2i2 USB", "scarlett 2I2 usb", "scarlett", "2i2"] {
            assert_eq!(choose(BackendKind::Cpal, name, &known).unwrap(), "Scarlett 2i2 USB");
        }
    }

    #[test]
    fn an_unknown_name_brings_the_nearest_and_all() {
        let error = choose(BackendKind::Cpal, "Scarlet 2i2 UBS", &known()).unwrap_err().to_string();
        assert!(error.contains("did you mean `Scarlett 2i2 USB`?"), "{error}");
        assert!(error.contains("Built-in Output"), "{error}");
        let error = choose(BackendKind::Jack, "x", &[]).unwrap_err().to_string();
        assert_eq!(error, "no jack device is called `x`; there is none at all");
    }

    #[test]
    fn a_name_that_fits_several_is_asked_back() {
        let error = choose(BackendKind::Cpal, "built-in", &known()).unwrap_err().to_string();
        assert_eq!(error, "`built-in` could be `Built-in Output`, `Built-in Headphones`; write more of the name");
        assert!(choose(BackendKind::Cpal, "", &known()).is_err());
    }
}
