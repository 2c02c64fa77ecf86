//! A hand that does things at random, the same for the same seed.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a test that fails says where")]

use bf_patch::{Cable, Edit, Gesture, Node, SetEdit, Socket};
use bf_session::remote::Quant;
use bf_session::{Script, Session};

/// A set whose output has no limiter: what is heard is the sum of what enters it.
pub const SET: &str = "beatforge = 1\ntempo = 124.0\n\n[nodes]\nlead = { type = \"saw\", freq = 110.0 }\n\
    wobble = { type = \"lfo\", rate = 0.5 }\nfilter = { type = \"svf\", cutoff = 900.0 }\n\
    level = { type = \"gain\", gain = 0.12 }\nkick = { type = \"patch\", file = \"patches/tone.toml\" }\n\
    bus = { type = \"strip\" }\nout = { type = \"output\" }\n\n[cables]\n\"filter\" = \"lead\"\n\
    \"filter.cutoff\" = { from = \"wobble\", amount = 1.0 }\n\"level\" = \"filter\"\n\"bus\" = [\"level\", \"kick\"]\n\
    \"out\" = \"bus\"\n";
const TONE: &str = "beatforge = 1\n[nodes]\nsine = { type = \"sine\", freq = 220.0 }\nsoft = { type = \"gain\", gain = 0.05 }\n\
    [cables]\n\"soft\" = \"sine\"\n[outputs]\nout = \"soft\"\n[controls]\nfreq = \"sine.freq\"\n";
pub const FILES: &[(&str, &str)] = &[("set.toml", SET), ("patches/tone.toml", TONE), ("live.rhai", SCRIPTS[0])];
pub const SCRIPTS: [&str; 4] = [
    "track(\"drums\", s(\"bd*4, ~ cp, hh*8?0.3\").gain(0.5));\n",
    "tempo(131);\ntrack(\"drums\", s(\"bd*2 sd, hh*16?0.5\").gain(0.5));\n\
     track(\"bass\", n(\"<0 3 5 [7 5]>*8\").scale(\"c2:minor\").s(\"saw\").cutoff(sine.range(300, 3000).slow(3)).gain(0.4));\n",
    "instrument(\"acid\", |v| saw(v.freq) >> ladder(#{ cutoff: v.cutoff, resonance: 0.7 }) >> gain(adsr(v.gate, 0.005, 0.2, 0.0, 0.1)));\n\
     track(\"acid\", n(\"0 [3 5] 7*3 12\").scale(\"a2:minor\").s(\"acid\").cutoff(\"<400 900 2000>\").room(0.3).gain(0.4));\n\
     track(\"drums\", s(\"bd*4, ~ cp, hh*8?0.3\").gain(0.5));\n",
    "track(\"pads\", n(\"<[0,3,7] [2,5,9]>\").scale(\"c4:minor\").s(\"triangle\").attack(0.2).gain(0.3));\n",
];

/// The same numbers for the same seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    pub fn unit(&mut self) -> f64 {
        self.roll(1 << 20) as f64 / f64::from(1 << 20)
    }
}

pub fn param(node: &str, port: &str, to: f64) -> SetEdit {
    SetEdit::main(Edit::SetParam { target: Socket::new(node, port), value: Some(to.into()) })
}

/// One step of a performer, but for undo and redo; whether anything came of it. What does not apply is no harm.
pub fn act(session: &mut Session, dice: &mut Dice, gesture: &mut u64) -> bool {
    let main = SetEdit::main;
    let done = match dice.roll(13) {
        0..=2 => session.apply(&param("filter", "cutoff", 200.0 + 4000.0 * dice.unit()), "cutoff", None),
        3 => {
            *gesture += 1;
            for _ in 0..20 {
                let edit = param("lead", "freq", 50.0 + 400.0 * dice.unit());
                session.apply(&edit, "freq", Some(Gesture(*gesture))).unwrap();
            }
            session.end_gesture();
            Ok(())
        }
        4 | 5 => {
            let name = format!("tone{}", dice.roll(3));
            let add = Edit::AddNode { name: (&*name).into(), node: Node::new("sine").with("freq", 300.0), at: None };
            let cable = Cable { from: Socket::first(&name), amount: Some(0.05) };
            let join = Edit::Connect { to: Socket::first("out"), cable, at: None };
            session.apply(&main(Edit::Batch(vec![add, join])), "add", None)
        }
        6 => {
            let name = format!("tone{}", dice.roll(3));
            session.apply(&main(Edit::RemoveNode { name: (&*name).into() }), "remove", None)
        }
        7 => {
            let (from, to) = (format!("tone{}", dice.roll(3)), format!("tone{}", 3 + dice.roll(2)));
            session.apply(&main(Edit::RenameNode { from: (&*from).into(), to: (&*to).into() }), "rename", None)
        }
        8 => {
            let target = Socket::new("sine", "freq");
            let edit = Edit::SetParam { target, value: Some((100.0 + 400.0 * dice.unit()).into()) };
            session.apply(&SetEdit::file("patches/tone.toml", edit), "tone", None)
        }
        9 | 10 => {
            let text = SCRIPTS[dice.roll(SCRIPTS.len() as u64) as usize].to_owned();
            let quant = [Quant::Now, Quant::Beat, Quant::Cycle][dice.roll(3) as usize];
            session.evaluate(Script { file: "live.rhai".into(), text, part: None, quant });
            Ok(())
        }
        11 => session.apply(&main(Edit::SetTempo(90.0 + dice.roll(80) as f64)), "tempo", None),
        _ => {
            let target = Socket::new("drums", "mute");
            let value = Some((dice.roll(2) == 0).into());
            session.apply(&main(Edit::Override { target, value }), "mute", None)
        }
    };
    done.is_ok()
}

/// One step that gets in the way of what scripts play; whether anything came of it.
pub fn cross(session: &mut Session, dice: &mut Dice) -> bool {
    let main = SetEdit::main;
    let track = ["bass", "acid", "pads"][dice.roll(3) as usize];
    let done = match dice.roll(3) {
        // The set's end goes, or comes back: without one the tracks of scripts have their own.
        0 if session.set().main.nodes.contains_key("out") => {
            session.apply(&main(Edit::RemoveNode { name: "out".into() }), "remove", None)
        }
        0 => {
            let add = Edit::AddNode { name: "out".into(), node: Node::new("output"), at: None };
            let join = Edit::Connect { to: Socket::first("out"), cable: Cable::plain(Socket::first("bus")), at: None };
            session.apply(&main(Edit::Batch(vec![add, join])), "add", None)
        }
        // Names that tracks have in some scripts.
        1 => session.apply(&main(Edit::AddNode { name: track.into(), node: Node::new("gain"), at: None }), "add", None),
        _ => session.apply(&main(Edit::RemoveNode { name: track.into() }), "remove", None),
    };
    done.is_ok()
}
