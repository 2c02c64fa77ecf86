//! What a script says to be heard: tracks, instruments, nodes, cables, tempo and the rest.

use crate::graph::{Voice, graph};
use crate::hint::Fault;
use crate::literal::line_column;
use crate::number::number;
use crate::shared::{Outcome, Shared};
use crate::value::{self, kind};
use crate::{
    All, Entry, Instrument, Joined, Macro, Marked, Once, Samples, Scene, Site, Track, Wanted, flatten, outward, sum,
    unit,
};
use bf_patch::{Cable, Name, Socket};
use bf_pattern::table::Arg;
use rhai::{Dynamic, Engine, FnPtr, ImmutableString, NativeCallContext};
use std::any::TypeId;
use std::sync::Arc;

/// Every statement: its name, and its forms in one sentence.
pub const STATEMENTS: &[(&str, &str)] = &[
    ("track", "track(\"name\", p) or p.track(\"name\"): a track that plays a pattern; _track keeps it muted."),
    ("d1", "d1(p) to d16(p): tracks with short names; _d1(p) keeps one muted."),
    ("tempo", "tempo(124): beats a minute."),
    (
        "cps",
        "cps(0.5) or setcps(0.5): cycles a second, which says the tempo in another way; setcpm(30) says them a minute.",
    ),
    ("signature", "signature(4): beats in a bar, which is a cycle."),
    ("seed", "seed(7): the seed of all chance."),
    (
        "instrument",
        "instrument(\"name\", |v| saw(v.freq) >> gain(adsr(v.gate))): a patch with a voice for each note; instrument(\"name\", 8, |v| …) has eight.",
    ),
    ("node", "node(\"name\", plate(#{ decay: 2 })): a node beside the tracks."),
    ("cable", "cable(\"from\", \"to\") or cable(\"from\", \"to.param\", 2.0): a cable, also from tracks."),
    ("scene", "scene(\"drop\", || { track(…); }): what plays when the scene is launched."),
    ("launch", "launch(\"drop\"): launches a scene."),
    ("at", "at(16, || { … }): what is wanted from a cycle of the transport on, counted from 0."),
    ("at_beat", "at_beat(64, || { … }): as at, from a beat on."),
    ("after", "after(8, || { … }): what is wanted some cycles after this is evaluated."),
    (
        "osc_out",
        "osc_out(\"127.0.0.1:57120\", p) or osc_out(\"127.0.0.1:57120\", \"/dirt/play\", p): a pattern as OSC messages; also p.osc_out(…).",
    ),
    (
        "midi_out",
        "midi_out(\"port\", p) or midi_out(\"port\", 10, p): a pattern as MIDI notes, on channel 1 or another; also p.midi_out(…).",
    ),
    ("macro", "macro(\"name\", 0.5) or macro(\"name\", 800, 200, 4000): a number for hands."),
    ("sample", "sample(\"kick.wav\"): a node that plays a sound file."),
    (
        "samples",
        "samples(\"folder\"): its folders are sounds and the files in them their takes, single files are sounds, or as its samples.toml says.",
    ),
    ("hush", "hush(): silences everything."),
    ("solo", "solo(\"name\"): only this track and others like it sound."),
    ("mute", "mute(\"name\"): the track stays silent."),
    ("all", "all(f): a function for every track."),
    ("once", "once(p): the first cycle of a pattern, once."),
    ("xfade_in", "xfade_in(\"name\", 4, p): as track, faded over four cycles."),
    ("jump_in", "jump_in(\"name\", 2, p): as track, two cycles later."),
    ("mini", "mini(\"a b\"): the pattern of a text."),
];

/// Tracks with numbers for names.
const NUMBERED: std::ops::RangeInclusive<u32> = 1..=16;

/// Other names that statements go by.
const OTHERS: [&str; 10] =
    ["xfadeIn", "jumpIn", "atBeat", "oscOut", "midiOut", "_track", "setcps", "setCps", "setcpm", "setCpm"];

/// Whether a name is that of a statement, in some form.
pub(crate) fn is_statement(name: &str) -> bool {
    let bare = name.strip_prefix('_').unwrap_or(name);
    let numbered = bare.strip_prefix('d').and_then(|n| n.parse().ok()).is_some_and(|n| NUMBERED.contains(&n));
    let other = OTHERS.contains(&name) || name == BEGIN_BLOCK;
    numbered || other || STATEMENTS.iter().any(|(statement, _)| *statement == name)
}

/// Whether a call is a statement. Some names are words of the language, too: those begin with the track or a name.
pub(crate) fn claims(name: &str, args: &[&Dynamic]) -> bool {
    let bare = name.strip_prefix('_').unwrap_or(name);
    let numbered = bare.strip_prefix('d').and_then(|n| n.parse().ok()).is_some_and(|n| NUMBERED.contains(&n));
    match name {
        "hush" => args.is_empty(),
        "seed" => args.len() == 1,
        "instrument" => args.last().is_some_and(|arg| arg.is_fnptr()),
        "macro" => args.first().is_some_and(|arg| arg.is_string()),
        _ if OTHERS.contains(&name) => true,
        _ => numbered || STATEMENTS.iter().any(|(statement, _)| *statement == name),
    }
}

const ANY: TypeId = TypeId::of::<Dynamic>();

/// The engine, and what is registered with it.
pub(crate) struct Register<'a> {
    engine: &'a mut Engine,
    shared: &'a Arc<Shared>,
}

impl Register<'_> {
    /// One form of a statement, which may answer with a value.
    fn form<const N: usize>(
        &mut self,
        name: &str,
        types: [TypeId; N],
        run: impl Fn(&Call<'_>) -> Outcome<Dynamic> + Send + Sync + 'static,
    ) {
        let shared = self.shared.clone();
        self.engine.register_raw_fn(name, types, move |context, args| {
            let args: Vec<Dynamic> = args.iter().map(|arg| (*arg).clone()).collect();
            run(&Call { shared: &shared, context: &context, args })
        });
    }

    /// A statement of some arguments that answers with nothing.
    pub(crate) fn say<const N: usize>(
        &mut self,
        name: &str,
        run: impl Fn(&Call<'_>) -> Outcome<()> + Send + Sync + 'static,
    ) {
        self.form(name, [ANY; N], move |call| run(call).map(|()| Dynamic::UNIT));
    }
}

/// One call of a statement.
pub(crate) struct Call<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    context: &'a NativeCallContext<'a>,
    pub(crate) args: Vec<Dynamic>,
}

impl Call<'_> {
    pub(crate) fn site(&self) -> Site {
        let (line, column) = line_column(self.context.call_position());
        let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let running =
            |run: &mut crate::shared::Run| run.parts.last().map(|(block, _)| byte(block.start)..byte(block.end));
        let block = self.shared.run(running).flatten().unwrap_or_default();
        Site { file: self.context.call_source().unwrap_or_default().into(), line, column, block }
    }

    pub(crate) fn number(&self, at: usize, least: f64, most: f64) -> Outcome<f64> {
        let given = &self.args[at];
        let name = self.context.fn_name();
        let Some(n) = number(given) else {
            return Err(Fault::new(format!("`{name}` needs a number, not {}", kind(given))).into());
        };
        if (least..=most).contains(&n) {
            Ok(n)
        } else {
            Err(Fault::new(format!("`{name}` takes a number from {least} to {most}, not {n}")).into())
        }
    }

    pub(crate) fn text(&self, at: usize) -> Outcome<ImmutableString> {
        let given = &self.args[at];
        given.clone().into_immutable_string().map_err(|_| {
            let fault = Fault::new(format!("`{}` needs a name in quotes, not {}", self.context.fn_name(), kind(given)));
            fault.into()
        })
    }

    fn name(&self, at: usize) -> Outcome<Name> {
        Name::parse(&self.text(at)?).map_err(|e| Fault::new(e.to_string()).into())
    }

    fn socket(&self, at: usize) -> Outcome<Socket> {
        Socket::parse(&self.text(at)?).map_err(|e| Fault::new(e.to_string()).into())
    }

    /// A function, called with some arguments.
    fn call(&self, at: usize, args: impl rhai::FuncArgs) -> Outcome<Dynamic> {
        match self.args[at].read_lock::<FnPtr>() {
            Some(f) => f.call_within_context(self.context, args),
            None => {
                let given = kind(&self.args[at]);
                let fault = Fault::new(format!("`{}` needs a function, not {given}", self.context.fn_name()));
                Err(fault.hint(Some("a function begins with its arguments between bars: |v| … or || { … }")).into())
            }
        }
    }

    /// What a function wants when it is called.
    pub(crate) fn nested(&self, at: usize) -> Outcome<Box<Wanted>> {
        self.shared.run(|run| run.nested.push(Wanted::default()));
        let called = self.call(at, ());
        let wanted = self.shared.run(|run| run.nested.pop()).flatten().unwrap_or_default();
        called.map(|_| Box::new(wanted))
    }

    pub(crate) fn want<T>(&self, f: impl FnOnce(&mut Wanted) -> T) -> Outcome<T> {
        self.shared.want(f)
    }

    /// Puts a track of a name, which `_` mutes.
    fn track(&self, name: &str, pattern: usize, muted: bool, entry: Entry) -> Outcome<()> {
        let (name, muted) = name.strip_prefix('_').map_or((name, muted), |rest| (rest, true));
        let name = Name::parse(name).map_err(|e| Fault::new(e.to_string()))?;
        let pattern = value::pattern(self.shared, &self.args[pattern])?;
        let fingerprint = pattern.fingerprint();
        let track = Track { name, pattern, fingerprint, muted, solo: false, entry, site: self.site() };
        self.want(|wanted| {
            let twice = wanted.tracks.iter().find(|t| t.name == track.name).and_then(|old| sum::twice(old, &track));
            wanted.messages.extend(twice);
            wanted.put(track);
        })
    }

    /// Whether the call has a dot before it.
    pub(crate) fn is_method(&self) -> bool {
        self.shared.literals().is_method(self.context.call_source(), self.context.call_position())
    }

    /// `track("name", p)` and `p.track("name")`.
    fn named_track(&self, muted: bool) -> Outcome<()> {
        let (name, pattern) = if self.is_method() { (1, 0) } else { (0, 1) };
        self.track(&self.text(name)?, pattern, muted, Entry::Next)
    }
}

pub(crate) fn register(engine: &mut Engine, shared: &Arc<Shared>) {
    engine.register_type_with_name::<Voice>("voice");
    engine.register_fn("to_string", |_: &mut Voice| "voice".to_owned());
    let mut r = Register { engine, shared };
    timeless(&mut r);
    blocks(&mut r);
    tracks(&mut r);
    transport(&mut r);
    nodes(&mut r);
    others(&mut r);
}

/// The name of the call that says that a block begins.
pub(crate) const BEGIN_BLOCK: &str = "begin__block";

fn blocks(r: &mut Register<'_>) {
    let shared = r.shared.clone();
    r.engine.register_fn(BEGIN_BLOCK, move |index: i64| {
        shared.run(|run| {
            let block = usize::try_from(index).ok().and_then(|index| run.blocks.get(index)).cloned();
            if let Some(block) = block.filter(|block| run.parts.last().is_none_or(|(last, _)| last != block)) {
                run.parts.push((block, Wanted::default()));
                run.calls.clear();
            }
        });
    });
}

/// The engine's own library waits and reads the clock. Here nothing waits, and a text wants the same at any time.
fn timeless(r: &mut Register<'_>) {
    let refuse = || -> Outcome<Dynamic> {
        let fault = Fault::new("a script neither waits nor reads the clock: it says what is to be heard, at once");
        Err(fault.hint(Some("for later: at(16, || { … }), after(8, || { … })")).into())
    };
    for kind in [TypeId::of::<i64>(), TypeId::of::<f64>()] {
        r.form("sleep", [kind], move |_| refuse());
    }
    r.form("timestamp", [], move |_| refuse());
}

fn tracks(r: &mut Register<'_>) {
    r.say::<2>("track", |c| c.named_track(false));
    r.say::<2>("_track", |c| c.named_track(true));
    for n in NUMBERED {
        let name = format!("d{n}");
        r.say::<1>(&format!("_{name}"), {
            let name = name.clone();
            move |c| c.track(&name, 0, true, Entry::Next)
        });
        r.say::<1>(&name.clone(), move |c| c.track(&name, 0, false, Entry::Next));
    }
    for name in ["xfade_in", "xfadeIn"] {
        r.say::<3>(name, |c| c.track(&c.text(0)?, 2, false, Entry::Fade(c.number(1, 0.0, 1e6)?)));
    }
    for name in ["jump_in", "jumpIn"] {
        r.say::<3>(name, |c| c.track(&c.text(0)?, 2, false, Entry::Jump(c.number(1, 0.0, 1e6)?)));
    }
    r.say::<1>("once", |c| {
        let (pattern, site) = (value::pattern(c.shared, &c.args[0])?, c.site());
        c.want(|wanted| wanted.once.push(Once { fingerprint: pattern.fingerprint(), pattern, site }))
    });
    r.say::<0>("hush", |c| c.want(|wanted| wanted.hushed = true));
    r.say::<1>("solo", |c| {
        let marked = Marked { name: c.name(0)?, site: c.site() };
        c.want(|wanted| wanted.solo.push(marked))
    });
    r.say::<1>("mute", |c| {
        let marked = Marked { name: c.name(0)?, site: c.site() };
        c.want(|wanted| wanted.mute.push(marked))
    });
    r.say::<1>("all", |c| match value::arg(c.shared, &c.args[0])? {
        Arg::Transform(function) => {
            let all = All { function, site: c.site() };
            c.want(|wanted| wanted.all.push(all))
        }
        _ => Err(Fault::new("`all` needs a function of patterns such as rev or |p| p.fast(2)").into()),
    });
    r.form("mini", [ANY], |c| value::pattern(c.shared, &c.args[0]).map(Dynamic::from));
}

fn transport(r: &mut Register<'_>) {
    r.say::<1>("tempo", |c| {
        let bpm = c.number(0, 1.0, 1000.0)?;
        c.want(|wanted| (wanted.tempo, wanted.cps) = (Some(bpm), None))
    });
    for name in ["cps", "setcps", "setCps"] {
        r.say::<1>(name, |c| {
            let cps = c.number(0, 0.001, 20.0)?;
            c.want(|wanted| (wanted.cps, wanted.tempo) = (Some(cps), None))
        });
    }
    for name in ["setcpm", "setCpm"] {
        r.say::<1>(name, |c| {
            let cpm = c.number(0, 0.06, 1200.0)?;
            c.want(|wanted| (wanted.cps, wanted.tempo) = (Some(cpm / 60.0), None))
        });
    }
    r.say::<1>("signature", |c| {
        let beats = c.number(0, 1.0, 64.0)?;
        if beats.fract() != 0.0 {
            return Err(Fault::new("`signature` takes a whole number of beats").into());
        }
        c.want(|wanted| wanted.signature = Some(beats as u32))
    });
    r.say::<1>("seed", |c| {
        let seed = c.number(0, -1e9, 1e9)?;
        c.want(|wanted| wanted.seed = Some(seed))
    });
}

fn nodes(r: &mut Register<'_>) {
    let text = TypeId::of::<ImmutableString>();
    let function = TypeId::of::<FnPtr>();
    r.form("instrument", [text, function], |c| instrument(c, 1, None).map(|()| Dynamic::UNIT));
    r.form("instrument", [text, ANY, function], |c| {
        instrument(c, 2, Some(c.number(1, 1.0, 64.0)? as u32)).map(|()| Dynamic::UNIT)
    });
    r.say::<2>("node", |c| {
        let (name, site) = (c.name(0)?, c.site());
        let Some(graph) = graph(&c.args[1]) else {
            let fault = Fault::new(format!("`node` needs a node, not {}", kind(&c.args[1])));
            return Err(fault.hint(Some("node(\"verb\", plate(#{ decay: 2 }))")).into());
        };
        let made = flatten::node(&c.shared.registry, &name, &graph, site)?;
        c.want(|wanted| _ = wanted.nodes.insert(name, made))
    });
    r.say::<2>("cable", |c| cable(c, None));
    r.say::<3>("cable", |c| cable(c, Some(c.number(2, -1e6, 1e6)?)));
    r.form("sample", [text], |c| match unit::spec(c.shared, "sampler") {
        Some(spec) => unit::make(spec, &[&c.args[0]]).map(Dynamic::from),
        None => Err(Fault::new("this build has no sampler").into()),
    });
    r.engine.register_indexer_get(|voice: &mut Voice, name: ImmutableString| voice.port(&name));
    let default = |voice: &mut Voice, name: ImmutableString, default: Dynamic| match crate::number::number(&default) {
        Some(n) => voice.control(&name, Some(n)),
        None => Err(Fault::new(format!("the default of `{name}` is a number, not {}", kind(&default))).into()),
    };
    r.engine.register_fn("control", default);
    for kind in [TypeId::of::<crate::graph::Graph>(), TypeId::of::<value::Dual>()] {
        r.form("amount", [kind, ANY], |c| match graph(&c.args[0]) {
            Some(from) => from.by_amount(c.number(1, -1e6, 1e6)?).map(Dynamic::from),
            None => Err(Fault::new("`amount` belongs to a node: lfo(0.2).amount(2)").into()),
        });
    }
    let of = |graph: &mut crate::graph::Graph, name: ImmutableString| graph.output(&name);
    r.engine.register_type_with_name::<crate::graph::Graph>("node").register_indexer_get(of);
    r.engine.register_indexer_get(|dual: &mut value::Dual, name: ImmutableString| dual.graph.output(&name));
}

fn instrument(c: &Call<'_>, at: usize, voices: Option<u32>) -> Outcome<()> {
    let (name, site) = (c.name(0)?, c.site());
    let made = c.call(at, (Voice,))?;
    let Some(graph) = graph(&made) else {
        let fault = Fault::new(format!("the function of instrument {name} must end with a node, not {}", kind(&made)));
        return Err(fault.hint(Some("without a `;` behind it: |v| saw(v.freq) >> gain(adsr(v.gate))")).into());
    };
    let mut patch = flatten::instrument(&c.shared.registry, &graph)?;
    patch.voices = voices.unwrap_or(patch.voices);
    c.want(|wanted| _ = wanted.instruments.insert(name, Instrument { patch, site }))
}

fn cable(c: &Call<'_>, amount: Option<f64>) -> Outcome<()> {
    let (from, to) = (c.socket(0)?, c.socket(1)?);
    let joined = Joined { to, cable: Cable { from, amount }, site: c.site() };
    c.want(|wanted| wanted.join(joined))
}

fn others(r: &mut Register<'_>) {
    let text = TypeId::of::<ImmutableString>();
    r.say::<2>("scene", |c| {
        let (name, site) = (c.name(0)?, c.site());
        let wanted = c.nested(1)?;
        c.want(|above| _ = above.scenes.insert(name, Scene { wanted, site }))
    });
    r.say::<1>("launch", |c| {
        let marked = Marked { name: c.name(0)?, site: c.site() };
        c.want(|wanted| wanted.launch.push(marked))
    });
    outward::register(r);
    r.form("macro", [text, ANY], |c| knob(c, (0.0, 1.0)));
    r.form("macro", [text, ANY, ANY, ANY], |c| {
        let range = (c.number(2, -1e9, 1e9)?, c.number(3, -1e9, 1e9)?);
        knob(c, range)
    });
    r.say::<1>("samples", |c| {
        let samples = Samples { folder: c.text(0)?.to_string(), site: c.site() };
        c.want(|wanted| wanted.samples.push(samples))
    });
}

fn knob(c: &Call<'_>, range: (f64, f64)) -> Outcome<Dynamic> {
    let value = c.number(1, range.0, range.1)?;
    let knob = Macro { value, range, site: c.site() };
    let name = c.name(0)?;
    c.want(|wanted| _ = wanted.macros.insert(name, knob)).map(|()| Dynamic::UNIT)
}
