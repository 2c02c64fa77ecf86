//! The addresses that every set has.

use super::super::{Access, Aim, Arg, Atom, Entry, Family, Travel, Trust, Words};
use super::Heard;
use bf_node::Unit;
use bf_pattern::Tempo;

const PUSH: &[Arg] = &[Arg::new("push", 'I')];
const SWITCH: &[Arg] = &[Arg::new("on", 'T')];
const TEMPO: &[Arg] = &[Arg::new("tempo", 'f').within(Travel::linear(Tempo::RANGE.0, Tempo::RANGE.1)).unit(Unit::Bpm)];
const BEATS: &[Arg] = &[Arg::new("beats", 'i').within(Travel::linear(1.0, 256.0)).unit(Unit::Beats)];
const PLACE: &[Arg] = &[Arg::new("place", 'f').within(Travel::linear(0.0, 1e9)).unit(Unit::Beats)];
const BEAT: &[Arg] = &[Arg::new("beat", 'i').unit(Unit::Beats)];
const ADDRESS: &[Arg] = &[Arg::new("address", 's')];
const MAYBE: &[Arg] = &[Arg::new("address", 's').optional()];
const NAME: &[Arg] = &[Arg::new("name", 's')];
const CODE: &[Arg] = &[Arg::new("code", 's'), Arg::new("when", 's').optional()];
const EDIT: &[Arg] = &[Arg::new("edit", 's')];
const PORT: &[Arg] = &[Arg::new("port", 'i').within(Travel::linear(1.0, 65_535.0)).optional(), MAYBE[0]];
const MAP: &[Arg] = &[
    Arg::new("control", 's'),
    Arg::new("address", 's'),
    Arg::new("least", 'f').optional(),
    Arg::new("greatest", 'f').optional(),
    Arg::new("curve", 's').optional(),
];
const SOURCE: &[Arg] = &[Arg::new("control", 's')];
const PHRASE: &[Arg] = &[Arg::new("phrase", 's')];

/// An address that every set has.
struct Fixed {
    address: &'static str,
    help: &'static str,
    args: &'static [Arg],
    access: Access,
    trust: Trust,
    family: Family,
    aim: Aim,
}

const fn fixed(
    address: &'static str,
    aim: Aim,
    family: Family,
    (access, args): (Access, &'static [Arg]),
    help: &'static str,
) -> Fixed {
    let trust = if matches!(aim, Aim::Eval | Aim::Edit) { Trust::Machine } else { Trust::Anyone };
    Fixed { address, help, args, access, trust, family, aim }
}

const TABLE: &[Fixed] = {
    use Access::{Both, Read, Write};
    use Family::{Set, Talk, Transport};
    &[
        fixed("/bf/transport/play", Aim::Play, Transport, (Write, PUSH), "Starts from where it stands."),
        fixed("/bf/transport/stop", Aim::Stop, Transport, (Write, PUSH), "Stops; notes that sound end."),
        fixed("/bf/transport/playing", Aim::Playing, Transport, (Both, SWITCH), "Starts or stops, and tells which."),
        fixed("/bf/transport/tempo", Aim::Tempo, Transport, (Both, TEMPO), "Beats a minute."),
        fixed("/bf/transport/signature", Aim::Signature, Transport, (Both, BEATS), "Beats in a bar, which is a cycle."),
        fixed(
            "/bf/transport/position",
            Aim::Position,
            Transport,
            (Both, PLACE),
            "The place in beats; writing jumps there.",
        ),
        fixed("/bf/transport/beat", Aim::Beat, Transport, (Read, BEAT), "The beat that has begun last, from 0."),
        fixed(
            "/bf/scene/leave",
            Aim::Launch(None),
            Transport,
            (Write, PUSH),
            "Leaves the scene: the texts alone count.",
        ),
        fixed("/bf/snapshot/store", Aim::StoreAs, Set, (Write, NAME), "Stores what all numbers stand at under a name."),
        fixed("/bf/undo", Aim::Undo, Set, (Write, PUSH), "Takes the last step back."),
        fixed("/bf/redo", Aim::Redo, Set, (Write, PUSH), "Does the last undone step again."),
        fixed("/bf/hush", Aim::Hush, Set, (Write, PUSH), "Silences all tracks."),
        fixed("/bf/unhush", Aim::Unhush, Set, (Write, PUSH), "Lets the tracks be heard again."),
        fixed(
            "/bf/hushed",
            Aim::Hushed,
            Set,
            (Both, SWITCH),
            "Silences all tracks or lets them be heard, and tells which.",
        ),
        fixed(
            "/bf/eval",
            Aim::Eval,
            Set,
            (Write, CODE),
            "Evaluates code beside the set's script; when: now, beat, cycle or a number of cycles.",
        ),
        fixed(
            "/bf/edit",
            Aim::Edit,
            Set,
            (Write, EDIT),
            "Edits the patch: an edit as JSON, or `/bf/edit/<what>` with its fields, such as `/bf/edit/param \"saw.freq\" 110`.",
        ),
        fixed(
            "/bf/hello",
            Aim::Hello,
            Talk,
            (Write, PORT),
            "Asks for all that stands and then for what changes, at a port of the sender's if one is named; an address pattern narrows it.",
        ),
        fixed("/bf/bye", Aim::Bye, Talk, (Write, PUSH), "Asks for nothing any more."),
        fixed("/bf/sync", Aim::Sync, Talk, (Write, PUSH), "Asks for all that stands."),
        fixed(
            "/bf/get",
            Aim::Get,
            Talk,
            (Write, ADDRESS),
            "Asks for values: each address that matches answers with its own.",
        ),
        fixed(
            "/bf/list",
            Aim::List,
            Talk,
            (Write, MAYBE),
            "Asks which addresses begin so: `/bf/list` answers with the prefix, how many, and names below it.",
        ),
        fixed(
            "/bf/describe",
            Aim::Describe,
            Talk,
            (Write, ADDRESS),
            "Asks for types, access, range, unit and help of an address.",
        ),
        fixed(
            "/bf/learn",
            Aim::Learn,
            Talk,
            (Write, MAYBE),
            "Maps the next control of another layout that is moved, such as `/1/fader1`, to the param of this address; without one, none is waited for.",
        ),
        fixed(
            "/bf/map",
            Aim::Map,
            Talk,
            (Write, MAP),
            "Maps a control, such as `osc:/1/fader1` or `midi:1/cc/7`, to a param, over its whole range or from one value to another, in equal steps (linear) or ratios (log).",
        ),
        fixed("/bf/unmap", Aim::Unmap, Talk, (Write, SOURCE), "Lets go of a control."),
        fixed(
            "/bf/pass",
            Aim::Pass,
            Talk,
            (Write, PHRASE),
            "Says the pass phrase, so that edits and code are taken from another machine.",
        ),
    ]
};

/// Those of every set, with what they stand at.
pub(super) fn entries(heard: &Heard<'_>) -> impl Iterator<Item = Entry> {
    let motion = heard.motion;
    let (tempo, signature) = (heard.main.tempo, heard.main.signature);
    TABLE.iter().map(move |fixed| {
        let value = match fixed.aim {
            Aim::Playing => Some(Atom::Bool(motion.playing)),
            Aim::Tempo => Some(Atom::from(tempo)),
            Aim::Signature => i32::try_from(signature).ok().map(Atom::Int),
            Aim::Position => Some(Atom::from(motion.beat)),
            Aim::Beat => Some(Atom::Int(motion.beat.floor() as i32)),
            Aim::Hushed => Some(Atom::Bool(motion.hushed)),
            _ => None,
        };
        Entry {
            address: fixed.address.into(),
            help: Words::Borrowed(fixed.help),
            args: fixed.args.to_vec(),
            access: fixed.access,
            trust: fixed.trust,
            value: value.into_iter().collect(),
            family: fixed.family.clone(),
            aim: fixed.aim.clone(),
            category: None,
            exposed: None,
        }
    })
}
