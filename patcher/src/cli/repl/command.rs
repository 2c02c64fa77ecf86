//! What is typed after a colon.

use bf_node::registry::nearest;
use bf_session::remote::Request;

/// Every command with its help, as `:help` shows them.
pub(super) const LIST: &str = "\
A line is evaluated in the set that plays; open brackets ask for more lines. Besides:
  :hush  :unhush         silence everything, and take that back
  :undo  :redo           the last step
  :launch SCENE          launch a scene
  :solo TRACK  :unsolo TRACK  :mute TRACK  :unmute TRACK
  :tempo BPM             beats a minute
  :play  :stop           the transport
  :status                what plays
  :help NAME             help on a function, control, statement or node
  :quit                  leave; the set plays on";

const NAMES: &[&str] = &[
    "hush", "unhush", "undo", "redo", "launch", "solo", "unsolo", "mute", "unmute", "tempo", "play", "stop", "status",
    "help", "quit",
];

/// A command.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    Ask(Request),
    Help(Option<String>),
    Quit,
}

/// Every name, for completion.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().copied()
}

impl Command {
    /// Reads what follows the colon.
    pub(super) fn parse(text: &str) -> Result<Command, String> {
        let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim().trim_matches('"');
        let needed =
            |what: &str| if rest.is_empty() { Err(format!(":{name} needs {what}")) } else { Ok(rest.to_owned()) };
        let track = |on, make: fn(String, bool) -> Request| needed("a track").map(|t| Command::Ask(make(t, on)));
        let solo = |track, on| Request::Solo { track, on };
        let mute = |track, on| Request::Mute { track, on };
        match name {
            "hush" => Ok(Command::Ask(Request::Hush)),
            "unhush" => Ok(Command::Ask(Request::Unhush)),
            "undo" => Ok(Command::Ask(Request::Undo)),
            "redo" => Ok(Command::Ask(Request::Redo)),
            "play" => Ok(Command::Ask(Request::Play)),
            "stop" => Ok(Command::Ask(Request::Stop)),
            "status" => Ok(Command::Ask(Request::Status)),
            "launch" => needed("a scene").map(|scene| Command::Ask(Request::Launch { scene, quant: None })),
            "solo" => track(true, solo),
            "unsolo" => track(false, solo),
            "mute" => track(true, mute),
            "unmute" => track(false, mute),
            "tempo" => match needed("beats a minute")?.parse() {
                Ok(bpm) => Ok(Command::Ask(Request::Tempo { bpm })),
                Err(_) => Err(format!("{rest} is no number of beats a minute")),
            },
            "help" => Ok(Command::Help((!rest.is_empty()).then(|| rest.to_owned()))),
            "quit" | "q" => Ok(Command::Quit),
            _ => {
                let near = nearest(name, names()).map(|near| format!("; did you mean :{near}?")).unwrap_or_default();
                Err(format!("there is no command :{name}{near}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_and_slips_are_hinted() {
        let launch = Request::Launch { scene: "big drop".into(), quant: None };
        assert_eq!(Command::parse("launch big drop"), Ok(Command::Ask(launch)));
        assert_eq!(Command::parse("unmute bass"), Ok(Command::Ask(Request::Mute { track: "bass".into(), on: false })));
        assert_eq!(Command::parse("tempo 92.5"), Ok(Command::Ask(Request::Tempo { bpm: 92.5 })));
        assert_eq!(Command::parse("help fast"), Ok(Command::Help(Some("fast".into()))));
        assert!(Command::parse("tempo fast").unwrap_err().contains("no number"));
        assert!(Command::parse("hsuh").unwrap_err().contains("did you mean :hush?"));
        assert!(Command::parse("launch").unwrap_err().contains("needs a scene"));
        assert!(names().all(|name| LIST.contains(&format!(":{name}"))));
    }
}
