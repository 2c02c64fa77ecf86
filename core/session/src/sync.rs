//! Every source of time that a running set hears, and how the set stands to it.

use crate::link::LinkDesk;
use crate::midi::{MidiDesk, Watched};
use crate::surface::Console;
use serde::{Deserialize, Serialize};

/// What kind of source it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// The clock of the sound device, against the machine's.
    Device,
    /// The time tags of somebody's OSC bundles.
    Osc,
    /// The clock of a MIDI port.
    Midi,
    /// Those who share their time by Ableton Link.
    Link,
}

/// A source of time. What a kind does not have is left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// What kind of source it is.
    pub kind: SourceKind,
    /// Its name: the device, the sender's address, the port.
    pub name: String,
    /// Its tempo, in beats a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bpm: Option<f64>,
    /// How far the set is behind it, in milliseconds, negative where it is ahead; of time tags, how far they are ahead of
    /// their arrival.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_ms: Option<f64>,
    /// How far its messages are from an even pace, on average, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter_ms: Option<f64>,
    /// How much faster its clock runs than it says, in parts of a million.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift_ppm: Option<f64>,
    /// Others who share their time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peers: Option<u64>,
    /// Messages with a time so far; of a watched port, all messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<u64>,
    /// Messages that came after their time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<u64>,
    /// Whether it plays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playing: Option<bool>,
}

impl Source {
    /// A source of which nothing is known but its name.
    pub fn new(kind: SourceKind, name: impl Into<String>) -> Source {
        Source {
            kind,
            name: name.into(),
            bpm: None,
            offset_ms: None,
            jitter_ms: None,
            drift_ppm: None,
            peers: None,
            messages: None,
            late: None,
            playing: None,
        }
    }
}

impl From<&Watched> for Source {
    fn from(port: &Watched) -> Source {
        let source = Source { messages: Some(port.messages), ..Source::new(SourceKind::Midi, port.name.as_str()) };
        if port.bpm.is_none() {
            return source;
        }
        let [offset, jitter] = [port.offset_secs, port.jitter_secs].map(|secs| Some(secs * 1e3));
        Source { bpm: port.bpm, offset_ms: offset, jitter_ms: jitter, ..source }
    }
}

/// What a running set has of sources.
pub struct Hearing<'a> {
    /// The name of its sound device.
    pub device: &'a str,
    /// Its MIDI, which has the device's clock, too.
    pub midi: &'a MidiDesk,
    /// Who reaches it by OSC.
    pub osc: Option<&'a Console>,
    /// Whom it shares its time with.
    pub link: Option<&'a LinkDesk>,
}

impl Hearing<'_> {
    /// Every source: the device first, then what is followed, then senders of time tags.
    pub fn sources(&self) -> Vec<Source> {
        let clock = self.midi.clock();
        let mut all = vec![Source {
            drift_ppm: Some(clock.drift_ppm()),
            jitter_ms: Some(clock.jitter_ns() * 1e-6),
            ..Source::new(SourceKind::Device, self.device)
        }];
        all.extend(self.link.map(|link| {
            let sync = link.sync();
            Source {
                bpm: Some(sync.bpm),
                offset_ms: Some(sync.offset_secs * 1e3),
                jitter_ms: Some(sync.jitter_secs * 1e3),
                peers: Some(sync.peers),
                ..Source::new(SourceKind::Link, "Ableton Link")
            }
        }));
        all.extend(self.midi.sync().map(|sync| {
            let known = |secs: f64| sync.bpm.map(|_| secs * 1e3);
            Source {
                bpm: sync.bpm,
                offset_ms: known(sync.offset_secs),
                jitter_ms: known(sync.jitter_secs),
                playing: Some(sync.playing),
                ..Source::new(SourceKind::Midi, self.midi.heard_ports().join(", "))
            }
        }));
        all.extend(self.osc.into_iter().flat_map(Console::tags).map(|(from, tags)| Source {
            offset_ms: Some(tags.ahead_secs * 1e3),
            jitter_ms: Some(tags.jitter_secs * 1e3),
            messages: Some(tags.messages),
            late: Some(tags.late),
            ..Source::new(SourceKind::Osc, from.address.to_string())
        }));
        all
    }
}
