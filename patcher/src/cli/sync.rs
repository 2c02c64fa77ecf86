//! The page of sources of time: one line each, rewritten in place on a terminal.

use bf_session::sync::{Source, SourceKind};
use std::io::{IsTerminal, Write};

/// How the page is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// One JSON object a source.
    Json,
}

/// A page that takes its own place again.
pub(crate) struct Page {
    form: Form,
    /// Lines that stand on the terminal and are written anew.
    stand: usize,
    terminal: bool,
}

impl Page {
    pub(crate) fn new(form: Form) -> Page {
        Page { form, stand: 0, terminal: form == Form::Text && std::io::stdout().is_terminal() }
    }

    /// Whether it is seen at once, so that it may change often.
    pub(crate) fn is_on_terminal(&self) -> bool {
        self.terminal
    }

    /// Writes every source; false where nobody reads any more.
    pub(crate) fn show(&mut self, sources: &[Source]) -> bool {
        let mut text = String::new();
        if self.stand > 0 {
            text += &format!("\x1b[{}A\x1b[J", self.stand);
        }
        for source in sources {
            match self.form {
                Form::Text => text += &line(source),
                Form::Json => text += &serde_json::to_string(source).unwrap_or_default(),
            }
            text.push('\n');
        }
        if self.terminal {
            self.stand = sources.len();
        }
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
    }
}

/// A source in one line.
pub(crate) fn line(source: &Source) -> String {
    let kind = match source.kind {
        SourceKind::Device => "device",
        SourceKind::Osc => "OSC",
        SourceKind::Midi => "MIDI",
        SourceKind::Link => "Link",
    };
    let mut line = format!("{kind:6} {:28.28}", source.name);
    let state = match (source.kind, source.playing) {
        (SourceKind::Midi, _) if source.bpm.is_none() => Some("no clock".to_owned()),
        (_, Some(true)) => Some("playing".to_owned()),
        (_, Some(false)) => Some("standing".to_owned()),
        _ => None,
    };
    let lead = if source.kind == SourceKind::Osc { "ahead" } else { "offset" };
    let parts = [
        state,
        source.peers.map(|n| format!("{n} peer{}", if n == 1 { "" } else { "s" })),
        source.bpm.map(|bpm| format!("{bpm:.2} bpm")),
        source.drift_ppm.map(|ppm| format!("drift {ppm:+.1} ppm")),
        source.offset_ms.map(|ms| format!("{lead} {ms:+.3} ms")),
        source.jitter_ms.map(|ms| format!("jitter {ms:.3} ms")),
        source.messages.map(|n| format!("{n} messages")),
        source.late.map(|n| format!("{n} late")),
    ];
    for part in parts.into_iter().flatten() {
        line += "  ";
        line += &part;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_one_line() {
        let link = Source {
            peers: Some(1),
            bpm: Some(120.0),
            offset_ms: Some(-0.0421),
            jitter_ms: Some(0.003),
            ..Source::new(SourceKind::Link, "Ableton Link")
        };
        let said = "Link   Ableton Link                  1 peer  120.00 bpm  offset -0.042 ms  jitter 0.003 ms";
        assert_eq!(line(&link), said);
        let port =
            Source { messages: Some(0), ..Source::new(SourceKind::Midi, "a port with a name that is far too long") };
        assert_eq!(line(&port), "MIDI   a port with a name that is f  no clock  0 messages");
    }
}
