//! Every command of the window: its name, its help, and its keys in each key map.

use super::app::Tab;
use super::code::heard::{Heard, Piece};
use super::theme::{Accent, Theme};
use bf_session::remote::Quant;
use egui::{Key, KeyboardShortcut, Modifiers, Ui};

/// What the window can be told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    PlayOrStop,
    Rewind,
    Tap,
    Record,
    Hush,
    Undo,
    Redo,
    Save,
    SaveAs,
    New,
    Open,
    Revert,
    Versions,
    Publish,
    NextSet,
    PreviousSet,
    Start,
    Tour,
    Settings,
    Palette,
    Browser,
    Inspector,
    Messages,
    Scope,
    Show(Tab),
    /// A part of the script is evaluated.
    Evaluate(Piece, Heard),
    /// When what is evaluated is heard.
    Quant(Quant),
    Fit,
    Freeze,
    Back,
    FullScreen,
    Projector,
    Larger,
    Smaller,
    Theme(Theme),
    Accent(Accent),
    Keys(KeyMap),
    Quit,
}

/// Whose keys the window has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum KeyMap {
    #[default]
    BeatForge,
    Ableton,
    Max,
}

impl KeyMap {
    pub(crate) const ALL: [KeyMap; 3] = [KeyMap::BeatForge, KeyMap::Ableton, KeyMap::Max];

    pub(crate) fn name(self) -> &'static str {
        match self {
            KeyMap::BeatForge => "beatforge",
            KeyMap::Ableton => "ableton-like",
            KeyMap::Max => "max-like",
        }
    }
}

/// Where keys mean a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    /// A text that is written has these keys itself.
    NotTyping,
    /// The scripts have these keys while one of them is written.
    NotInScript,
    /// The code pane takes these keys by itself.
    InCode,
}

pub(crate) struct Spec {
    pub command: Command,
    pub name: &'static str,
    pub help: &'static str,
    when: When,
    keys: &'static [KeyboardShortcut],
}

const CTRL: Modifiers = Modifiers::COMMAND;
const SHIFT: Modifiers = Modifiers::SHIFT;
const BOTH: Modifiers = CTRL.plus(SHIFT);
const ALT: Modifiers = Modifiers::ALT;
const NONE: Modifiers = Modifiers::NONE;

const fn on(modifiers: Modifiers, key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(modifiers, key)
}

const fn spec(command: Command, name: &'static str, help: &'static str, keys: &'static [KeyboardShortcut]) -> Spec {
    Spec { command, name, help, when: When::Always, keys }
}

const fn code(command: Command, name: &'static str, help: &'static str, keys: &'static [KeyboardShortcut]) -> Spec {
    Spec { command, name, help, when: When::InCode, keys }
}

/// All of them. The ones with more modifiers come first: fewer would take their keys.
pub(crate) const ALL: &[Spec] = &[
    Spec {
        when: When::NotTyping,
        ..spec(Command::Redo, "Redo", "Do again what was undone", &[on(BOTH, Key::Z), on(CTRL, Key::Y)])
    },
    Spec { when: When::NotTyping, ..spec(Command::Undo, "Undo", "Take back the last step", &[on(CTRL, Key::Z)]) },
    spec(Command::Palette, "Commands", "Find a command by a few letters", &[on(BOTH, Key::P)]),
    spec(Command::SaveAs, "Save as", "Copy the set into another folder and play on from there", &[on(BOTH, Key::S)]),
    spec(Command::Save, "Save", "Write what has changed into the set's files", &[on(CTRL, Key::S)]),
    spec(Command::New, "New set", "Make a set and go over to it at the next bar", &[on(CTRL, Key::N)]),
    spec(
        Command::Open,
        "Open a set",
        "It is read beside the one that plays and takes over at the next bar",
        &[on(CTRL, Key::O)],
    ),
    spec(Command::Revert, "Revert", "Back to what the files say, as one step that can be undone", &[]),
    spec(Command::Versions, "Versions", "Name the set as it stands, or go back to a version", &[on(BOTH, Key::H)]),
    spec(Command::Publish, "Publish to a tablet", "Write a TouchOSC layout of the set", &[on(BOTH, Key::T)]),
    Spec {
        when: When::NotInScript,
        ..spec(Command::NextSet, "Next set", "Go over to the next one of the set list", &[on(CTRL, Key::PageDown)])
    },
    Spec {
        when: When::NotInScript,
        ..spec(
            Command::PreviousSet,
            "Previous set",
            "Go over to the one before in the set list",
            &[on(CTRL, Key::PageUp)],
        )
    },
    Spec {
        when: When::NotTyping,
        ..spec(Command::PlayOrStop, "Play or stop", "Start and stop the transport (Space)", &[])
    },
    Spec { when: When::NotTyping, ..spec(Command::Rewind, "Rewind", "Back to the beginning", &[on(CTRL, Key::Home)]) },
    spec(Command::Tap, "Tap the tempo", "On the beat, four times or more", &[on(CTRL, Key::T)]),
    spec(
        Command::Record,
        "Record",
        "Record what is heard into a WAV file of the set, or end that",
        &[on(BOTH, Key::R)],
    ),
    spec(Command::Hush, "Hush", "Everything falls silent at once, or sounds again", &[on(CTRL, Key::Period)]),
    code(
        Command::Evaluate(Piece::Block, Heard::Now),
        "Evaluate the block now",
        "The block at the cursor of the script is heard at once",
        &[on(BOTH, Key::Enter)],
    ),
    code(
        Command::Evaluate(Piece::All, Heard::Now),
        "Evaluate all now",
        "All of the script is heard at once",
        &[on(ALT.plus(SHIFT), Key::Enter)],
    ),
    code(
        Command::Evaluate(Piece::Block, Heard::AsChosen),
        "Evaluate the block",
        "The block at the cursor of the script is heard at the time that is chosen",
        &[on(CTRL, Key::Enter)],
    ),
    code(
        Command::Evaluate(Piece::Line, Heard::AsChosen),
        "Evaluate the line",
        "The line at the cursor of the script is heard at the time that is chosen",
        &[on(SHIFT, Key::Enter)],
    ),
    code(
        Command::Evaluate(Piece::All, Heard::AsChosen),
        "Evaluate all",
        "All of the script is heard at the time that is chosen",
        &[on(ALT, Key::Enter)],
    ),
    spec(Command::Quant(Quant::Now), "Heard: now", "What is evaluated is heard as soon as it can", &[]),
    spec(Command::Quant(Quant::Beat), "Heard: next beat", "What is evaluated waits for a beat", &[]),
    spec(Command::Quant(Quant::Cycle), "Heard: next cycle", "What is evaluated waits for a cycle, which is a bar", &[]),
    spec(Command::Quant(Quant::Cycles(2)), "Heard: next 2 cycles", "What is evaluated waits for two cycles", &[]),
    spec(Command::Quant(Quant::Cycles(4)), "Heard: next 4 cycles", "What is evaluated waits for four cycles", &[]),
    spec(Command::Quant(Quant::Cycles(8)), "Heard: next 8 cycles", "What is evaluated waits for eight cycles", &[]),
    spec(Command::Show(Tab::Patch), "Show the patch", "The canvas", &[on(ALT, Key::Num1)]),
    spec(Command::Show(Tab::Code), "Show the code", "The set's scripts", &[on(ALT, Key::Num2)]),
    spec(Command::Show(Tab::Mixer), "Show the mixer", "Strips and levels", &[on(ALT, Key::Num3)]),
    spec(Command::Show(Tab::Pattern), "Show the patterns", "Grids of steps", &[on(ALT, Key::Num4)]),
    spec(Command::Show(Tab::Roll), "Show the piano roll", "The notes of a clip", &[on(ALT, Key::Num5)]),
    spec(Command::Fit, "Fit the patch", "Show the whole patch (F on the canvas)", &[]),
    Spec {
        when: When::NotTyping,
        ..spec(
            Command::Freeze,
            "Freeze or unfreeze",
            "What is selected on the canvas is rendered beside the sound and plays as a file, or plays itself again",
            &[on(SHIFT, Key::F)],
        )
    },
    Spec {
        when: When::NotTyping,
        ..spec(Command::Back, "Back", "Out of the patch that was opened inside", &[on(CTRL, Key::ArrowUp)])
    },
    spec(Command::Browser, "Browser", "Nodes, patches, samples and sets on the left", &[on(CTRL, Key::L)]),
    spec(Command::Inspector, "Inspector", "Show or hide the inspector on the right", &[on(CTRL, Key::I)]),
    spec(Command::Messages, "Messages", "Show or hide the messages below", &[on(CTRL, Key::J)]),
    spec(Command::Scope, "Scope", "Show or hide the wave of what is heard, beside the messages", &[]),
    spec(Command::Projector, "Projector", "A second window for the audience", &[on(SHIFT, Key::F11)]),
    spec(
        Command::FullScreen,
        "Performance view",
        "Full screen, large type, only what is in the middle",
        &[on(NONE, Key::F11)],
    ),
    spec(
        Command::Larger,
        "Larger",
        "Everything in the window is larger",
        &[on(CTRL, Key::Plus), on(CTRL, Key::Equals)],
    ),
    spec(Command::Smaller, "Smaller", "Everything in the window is smaller", &[on(CTRL, Key::Minus)]),
    spec(Command::Settings, "Settings", "Sound, MIDI, OSC, folders, looks and keys", &[on(CTRL, Key::Comma)]),
    spec(Command::Start, "Start page", "Recent sets, examples, a new set", &[]),
    spec(Command::Tour, "Tour", "Six steps through a set that plays", &[]),
    spec(Command::Theme(Theme::Dark), "Theme: dark", "For dark stages", &[]),
    spec(Command::Theme(Theme::Light), "Theme: light", "For daylight", &[]),
    spec(Command::Theme(Theme::Contrast), "Theme: high contrast", "White on black", &[]),
    spec(Command::Accent(Accent::Purple), "Accent: purple", "The colour of what is pointed out", &[]),
    spec(Command::Accent(Accent::Cyan), "Accent: cyan", "The colour of what is pointed out", &[]),
    spec(Command::Accent(Accent::Orange), "Accent: orange", "The colour of what is pointed out", &[]),
    spec(Command::Keys(KeyMap::BeatForge), "Keys: BeatForge", "The keys of the manual", &[]),
    spec(Command::Keys(KeyMap::Ableton), "Keys: Ableton-like", "Record, browser and views as there", &[]),
    spec(Command::Keys(KeyMap::Max), "Keys: Max-like", "Console, browser and zoom as there", &[]),
    spec(
        Command::Quit,
        "Quit",
        "The sound ends with a fade; what is not saved is kept in the history",
        &[on(CTRL, Key::Q)],
    ),
];

type Others = &'static [(Command, &'static [KeyboardShortcut])];

const CTRL_ALT: Modifiers = CTRL.plus(ALT);

const ABLETON: Others = &[
    (Command::Record, &[on(NONE, Key::F9)]),
    (Command::Browser, &[on(CTRL_ALT, Key::B)]),
    (Command::Show(Tab::Mixer), &[on(CTRL_ALT, Key::M)]),
    (Command::Inspector, &[on(CTRL_ALT, Key::L)]),
    (Command::Rewind, &[on(NONE, Key::Home)]),
];

const MAX: Others = &[
    (Command::Messages, &[on(BOTH, Key::M)]),
    (Command::Browser, &[on(BOTH, Key::B)]),
    (Command::Settings, &[on(CTRL, Key::Semicolon), on(CTRL, Key::Comma)]),
];

/// Keys that a map has otherwise.
fn others(map: KeyMap) -> Others {
    match map {
        KeyMap::BeatForge => &[],
        KeyMap::Ableton => ABLETON,
        KeyMap::Max => MAX,
    }
}

impl Spec {
    /// Its keys in a map.
    pub(crate) fn keys(&self, map: KeyMap) -> &'static [KeyboardShortcut] {
        others(map).iter().find(|(command, _)| *command == self.command).map_or(self.keys, |(_, keys)| keys)
    }

    /// Its first keys, as they are written.
    pub(crate) fn keys_text(&self, ui: &Ui, map: KeyMap) -> String {
        self.keys(map).first().map_or_else(String::new, |keys| ui.ctx().format_shortcut(keys))
    }
}

/// The spec of a command.
pub(crate) fn spec_of(command: Command) -> Option<&'static Spec> {
    ALL.iter().find(|spec| spec.command == command)
}

/// Whether keys may mean a command while a text is written: alone, some belong to the text.
fn is_free(keys: &KeyboardShortcut) -> bool {
    keys.modifiers != NONE || !matches!(keys.logical_key, Key::Home | Key::End)
}

/// What has the keys of which commands want some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typing {
    /// A script, which has keys of its own.
    Script,
    /// A field, or a sheet over the window.
    Field,
    Nothing,
}

/// The commands whose keys were just pressed.
pub(crate) fn pressed(ui: &Ui, map: KeyMap, into: Typing) -> Vec<Command> {
    let typing = into != Typing::Nothing;
    let own = |spec: &&Spec| match spec.when {
        When::Always => true,
        When::NotTyping => !typing,
        When::NotInScript => into != Typing::Script,
        When::InCode => false,
    };
    let specs = ALL.iter().filter(own);
    ui.input_mut(|i| {
        let mut is_pressed =
            |spec: &&Spec| spec.keys(map).iter().any(|keys| (!typing || is_free(keys)) && i.consume_shortcut(keys));
        specs.filter(|spec| is_pressed(spec)).map(|spec| spec.command).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_have_the_same_keys_and_none_is_hidden_by_fewer_modifiers() {
        for map in KeyMap::ALL {
            let mut seen: Vec<(KeyboardShortcut, &str)> = Vec::new();
            for spec in ALL {
                for keys in spec.keys(map) {
                    for (before, name) in &seen {
                        assert!(before != keys, "{name} and {} in {}", spec.name, map.name());
                        let hides = before.logical_key == keys.logical_key && keys.modifiers.contains(before.modifiers);
                        assert!(!hides, "{name} hides {} in {}", spec.name, map.name());
                    }
                    seen.push((*keys, spec.name));
                }
            }
        }
    }

    #[test]
    fn a_script_that_is_typed_keeps_its_own_keys() {
        let own = crate::ui::code::keys::OWN.iter().chain(crate::ui::code::keys::OF_TEXTS);
        let own: Vec<KeyboardShortcut> = own.map(|(modifiers, key)| KeyboardShortcut::new(*modifiers, *key)).collect();
        for map in KeyMap::ALL {
            for spec in ALL.iter().filter(|spec| spec.when == When::Always) {
                for keys in spec.keys(map).iter().filter(|keys| is_free(keys)) {
                    // One with fewer modifiers takes the keys, too.
                    let takes = |own: &&KeyboardShortcut| {
                        own.logical_key == keys.logical_key && own.modifiers.contains(keys.modifiers)
                    };
                    let clash = own.iter().find(takes);
                    assert_eq!(clash, None, "{} takes the keys of a script in {}", spec.name, map.name());
                }
            }
        }
    }

    #[test]
    fn every_command_says_what_it_does() {
        for spec in ALL {
            assert!(!spec.name.is_empty() && !spec.help.is_empty() && !spec.help.ends_with('.'), "{}", spec.name);
        }
    }
}
