//! The cards of the system: their names, what they can do, and their errors in a user's words.

use crate::error::choose;
use crate::{BackendKind, DeviceError, DeviceInfo};
use ::cpal::traits::{DeviceTrait, HostTrait};
use ::cpal::{ErrorKind, SupportedStreamConfigRange};

/// ALSA's device that plays to nobody; ours keeps time.
const NULL: &str = "null";
/// Rates that a list names.
const RATES: [u32; 8] = [22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000];

/// An ALSA line without the C function that it begins with: `snd_pcm_open_noupdate: Unknown PCM default`.
pub(super) fn tidy_line(line: &str) -> String {
    match line.split_once(": ") {
        Some((function, text)) if function.starts_with("snd_") => text.trim().to_owned(),
        _ => line.trim().to_owned(),
    }
}

/// The cards that could play now.
pub(super) fn list() -> Vec<DeviceInfo> {
    let host = ::cpal::default_host();
    let default = host.default_output_device();
    let Ok(devices) = host.devices() else { return Vec::new() };
    devices.filter_map(|device| info(&device, default.as_ref())).collect()
}

/// A device's entry; `None` for one that cannot play, or plays to nobody.
fn info(device: &::cpal::Device, default: Option<&::cpal::Device>) -> Option<DeviceInfo> {
    let name = name_of(device);
    let offers: Vec<_> = device.supported_output_configs().ok()?.collect();
    if offers.is_empty() || name == NULL {
        return None;
    }
    let recorded = device.supported_input_configs().map(channels).unwrap_or(0);
    let rates = RATES.into_iter().filter(|rate| offers.iter().any(|o| o.contains_rate(*rate))).collect();
    Some(DeviceInfo {
        backend: BackendKind::Cpal,
        description: device.description().map(|d| d.name().to_owned()).unwrap_or_default(),
        outputs: channels(offers.iter().copied()),
        inputs: recorded,
        rates,
        is_default: default == Some(device),
        name,
    })
}

fn channels(offers: impl Iterator<Item = SupportedStreamConfigRange>) -> usize {
    offers.map(|offer| usize::from(offer.channels())).max().unwrap_or(0)
}

/// The name that tells devices apart: ALSA has many of one description, other systems have ids that nobody can read.
pub(super) fn name_of(device: &::cpal::Device) -> String {
    let id = device.id().map(|id| id.id().to_owned());
    let words = device.description().map(|description| description.name().to_owned());
    if cfg!(target_os = "linux") { id.or(words) } else { words.or(id) }.unwrap_or_default()
}

/// The card of a name, or the default one.
pub(super) fn find(host: &::cpal::Host, name: Option<&str>) -> Result<::cpal::Device, DeviceError> {
    let Some(name) = name else {
        return host.default_output_device().ok_or_else(|| DeviceError::NoDevice { why: "no default device".into() });
    };
    let devices: Vec<_> = match host.devices() {
        Ok(devices) => devices.collect(),
        Err(e) => return Err(error("the sound system", "listing devices", &e)),
    };
    let names: Vec<String> = devices.iter().map(name_of).collect();
    let name = choose(BackendKind::Cpal, name, &names).map_err(without_null)?;
    let found = devices.into_iter().zip(&names).find(|(_, n)| *n == name).map(|(device, _)| device);
    found.ok_or_else(|| DeviceError::NoDevice { why: format!("`{name}` went away") })
}

/// The error without ALSA's null device, which opens but is no answer to a user's question.
fn without_null(mut error: DeviceError) -> DeviceError {
    if let DeviceError::UnknownDevice { known, .. } = &mut error {
        known.retain(|name| name != NULL);
    }
    error
}

/// A cpal error in a user's words.
pub(super) fn error(device: &str, doing: &str, error: &::cpal::Error) -> DeviceError {
    let device = device.to_owned();
    match error.kind() {
        ErrorKind::DeviceBusy => DeviceError::Busy { device },
        ErrorKind::PermissionDenied => DeviceError::Denied { device },
        ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => DeviceError::NoDevice { why: error.to_string() },
        _ => DeviceError::Backend { doing: format!("{doing} (`{device}`)"), why: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alsas_lines_lose_the_name_of_their_function() {
        assert_eq!(tidy_line("snd_pcm_open_noupdate: Unknown PCM x\n"), "Unknown PCM x");
        assert_eq!(tidy_line("plain: words"), "plain: words");
    }
}
