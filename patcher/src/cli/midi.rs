//! How a running set is played over MIDI: the options of `run`.

use bf_session::midi::{Mapping, Midi, MidiRequest, Source, Sync, Wishes};
use bf_session::{Live, Session};

/// How keyboards, controllers and other machines play with a set.
#[derive(Clone, clap::Args)]
pub(crate) struct Played {
    /// Hear a MIDI port, by a part of its name; may stand several times. Ports that the set's nodes name are heard anyway.
    #[arg(long, value_name = "NAME")]
    midi_in: Vec<String>,
    /// Send to a MIDI port: the clock, and where mapped controls stand; may stand several times.
    #[arg(long, value_name = "NAME")]
    midi_out: Vec<String>,
    /// Play a track, a node, or an instrument that a track plays, by what comes in.
    #[arg(long, value_name = "TRACK")]
    midi_play: Option<String>,
    /// Follow the clock of --midi-in, whose start the set waits for, or send the set's own to --midi-out.
    #[arg(long, value_name = "in|out")]
    midi_clock: Vec<Clock>,
    /// Move a param by a controller, such as midi:1/cc/7=filter.cutoff; may stand several times.
    #[arg(long, value_name = "SOURCE=PARAM", value_parser = mapping)]
    midi_map: Vec<Mapping>,
    /// Milliseconds from what comes in to what is heard of it, besides a buffer of the device.
    #[arg(long, value_name = "MS", default_value_t = 6.0)]
    midi_ahead: f64,
    /// The user's own ports, where no others were asked for or once they were chosen.
    #[arg(skip)]
    chosen: Wishes,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Clock {
    /// Another machine's clock moves the transport.
    In,
    /// The transport's clock goes out.
    Out,
}

impl Played {
    /// The user's ports, where no others were asked for.
    pub(super) fn settle(&mut self, inputs: &[String], outputs: &[String]) {
        if self.midi_in.is_empty() && self.midi_out.is_empty() {
            self.choose(inputs, outputs);
        }
    }

    /// The user's ports, beside those that were asked for.
    pub(super) fn choose(&mut self, inputs: &[String], outputs: &[String]) {
        self.chosen = Wishes { inputs: inputs.to_vec(), outputs: outputs.to_vec() };
    }

    /// The ports that are to be used.
    pub(super) fn wishes(&self) -> Wishes {
        let both = |asked: &[String], chosen: &[String]| {
            let more = chosen.iter().filter(|name| !asked.contains(name));
            asked.iter().chain(more).cloned().collect()
        };
        Wishes { inputs: both(&self.midi_in, &self.chosen.inputs), outputs: both(&self.midi_out, &self.chosen.outputs) }
    }

    /// Whether another machine's clock moves the transport.
    pub(super) fn follows_clock(&self) -> bool {
        self.midi_clock.contains(&Clock::In)
    }
}

fn mapping(text: &str) -> Result<Mapping, String> {
    let (source, target) = text.rsplit_once('=').ok_or("expected a source, =, and a param")?;
    let source: Source = source.parse().map_err(|e: bf_session::midi::SourceError| e.to_string())?;
    let (node, port) = target.rsplit_once('.').ok_or("expected a node and its param, such as filter.cutoff")?;
    Ok(Mapping::new(source, bf_patch::Socket::new(node, port)))
}

/// Opens the ports. A set without MIDI costs a thread that sleeps.
pub(super) fn open(session: &mut Session, live: &Live, played: &Played) -> Result<Midi, String> {
    let request = MidiRequest {
        wishes: played.wishes(),
        play: played.midi_play.as_deref().map(bf_patch::Name::new),
        follow_clock: played.follows_clock(),
        send_clock: played.midi_clock.contains(&Clock::Out),
        mappings: played.midi_map.clone(),
        look_ahead_ms: played.midi_ahead,
    };
    if request.follow_clock && request.wishes.inputs.is_empty() {
        return Err("--midi-clock in needs --midi-in NAME: whose clock?".to_owned());
    }
    if request.send_clock && request.wishes.outputs.is_empty() {
        return Err("--midi-clock out needs --midi-out NAME: whom to send it to?".to_owned());
    }
    if request.follow_clock {
        eprintln!("the set waits until the clock of {} starts or goes on", request.wishes.inputs.join(", "));
    }
    Midi::open(session, request, live.clock(), live.format().block).map_err(|e| e.to_string())
}

/// How the set stands to the clock that it follows.
pub(super) fn describe(sync: &Sync) -> String {
    let state = if sync.playing { "playing" } else { "waiting for a start" };
    let bpm = sync.bpm.map_or_else(|| "no clock".to_owned(), |bpm| format!("{bpm:.2} bpm"));
    let (offset, jitter) = (sync.offset_secs * 1e3, sync.jitter_secs * 1e3);
    format!("MIDI clock {state}, {bpm}, offset {offset:+.2} ms, jitter {jitter:.2} ms")
}
