//! The workloads of the peers' scripts as sets: ordinary nodes, default settings.

use super::Scratch;
use core::fmt::Write;

/// A workload: how many of what, and the set.
pub(crate) struct Workload {
    pub name: &'static str,
    pub what: &'static str,
    pub count: usize,
    pub files: Vec<(String, String)>,
    /// Whether a 2 s stereo sample is needed.
    pub sample: bool,
}

/// A workload by name.
pub(crate) fn workload(name: &str) -> Option<Workload> {
    Some(match name {
        "w1" => w1(1000),
        "w2" => w2(200),
        "w3" => w3(200),
        "w4" => w4(500),
        "w5" => w5(20),
        "w6" => w6(10_000),
        _ => return None,
    })
}

fn set(nodes: &str, cables: &str) -> Vec<(String, String)> {
    vec![("set.toml".to_owned(), format!("beatforge = 1\n\n[nodes]\n{nodes}\n[cables]\n{cables}"))]
}

/// n sines (100 + 3.7 i Hz) as separate nodes, summed.
pub(crate) fn w1(n: usize) -> Workload {
    let mut nodes = String::from("out = { type = \"output\" }\nsum = { type = \"gain\", gain = 0.0005 }\n");
    let mut sum = String::new();
    for i in 0..n {
        let _ = writeln!(nodes, "s{i} = {{ type = \"sine\", freq = {:.1} }}", 100.0 + 3.7 * (i % 5000) as f64);
        let _ = write!(sum, "{}\"s{i}\"", if i > 0 { ", " } else { "" });
    }
    let cables = format!("\"sum\" = [{sum}]\n\"out\" = \"sum\"\n");
    Workload { name: "w1", what: "sine nodes", count: n, files: set(&nodes, &cables), sample: false }
}

/// n voices: saw, resonant low-pass with a sine LFO on its cutoff, ADSR, pan; held notes of a clip.
fn w2(n: usize) -> Workload {
    let mut notes = String::new();
    for i in 0..n {
        let pitch = 33.0 + (i % 60) as f64;
        let (rate, pan) = (0.3 + 0.01 * (i % 50) as f64, (i % 21) as f64 / 10.0 - 1.0);
        let comma = if i > 0 { ", " } else { "" };
        let _ = write!(
            notes,
            "{comma}{{ at = 0, pitch = {pitch:.1}, length = 100000, velocity = 1.0, rate = {rate:.2}, pan = {pan:.1} }}"
        );
    }
    let nodes = format!(
        "notes = {{ type = \"clip\", notes = [{notes}], length = 0.0 }}\n\
         voices = {{ type = \"patch\", file = \"voice.toml\", voices = {n} }}\n\
         level = {{ type = \"gain\", gain = {:.5} }}\nout = {{ type = \"output\" }}\n",
        0.5 / n as f64
    );
    let cables = "\"voices\" = \"notes\"\n\"level\" = \"voices\"\n\"out\" = \"level\"\n";
    let voice = "beatforge = 1\n\n[nodes]\nv = { type = \"voice\" }\nosc = { type = \"saw\" }\n\
        lfo = { type = \"lfo\", rate = 1.0 }\nfilter = { type = \"svf\", cutoff = 1200.0, resonance = 0.5 }\n\
        env = { type = \"adsr\", attack = 0.01, decay = 0.1, sustain = 0.7, release = 0.3 }\n\
        amp = { type = \"gain\" }\npan = { type = \"pan\" }\n\n[cables]\n\"osc.freq\" = \"v.freq\"\n\"filter\" = \"osc\"\n\
        \"filter.cutoff\" = { from = \"lfo\", amount = 0.8 }\n\"env.gate\" = \"v.gate\"\n\"amp\" = \"filter\"\n\
        \"amp.by\" = \"env\"\n\"pan\" = \"amp\"\n\n[outputs]\nout = \"pan\"\n\n[controls]\nrate = \"lfo.rate\"\npan = \"pan.pan\"\n";
    let mut files = set(&nodes, cables);
    files.push(("voice.toml".to_owned(), voice.to_owned()));
    Workload { name: "w2", what: "subtractive voices", count: n, files, sample: false }
}

/// n players of one 2 s stereo sample, rate 0.5 to 1.5, looped.
fn w3(n: usize) -> Workload {
    let mut nodes = String::from("out = { type = \"output\" }\n");
    let mut sum = String::new();
    for i in 0..n {
        let rate = 0.5 + (i as f64 * 0.618_033_988_7).fract();
        let _ = writeln!(
            nodes,
            "p{i} = {{ type = \"sampler\", file = \"s.wav\", autoplay = true, looped = true, rate = {rate:.6}, gain = 0.0025 }}"
        );
        let _ = write!(sum, "{}\"p{i}\"", if i > 0 { ", " } else { "" });
    }
    let files = set(&nodes, &format!("\"out\" = [{sum}]\n"));
    Workload { name: "w3", what: "sample players (cubic)", count: n, files, sample: true }
}

/// n biquads in series: peaking, 1 kHz, +0.1 dB, on white noise.
fn w4(n: usize) -> Workload {
    let mut nodes = String::from(
        "noise = { type = \"white\" }\nlevel = { type = \"gain\", gain = 0.1 }\nout = { type = \"output\" }\n",
    );
    let mut cables = String::from("\"level\" = \"noise\"\n");
    let mut last = "level".to_owned();
    for i in 0..n {
        let _ = writeln!(
            nodes,
            "q{i} = {{ type = \"biquad\", kind = \"peaking\", cutoff = 1000.0, q = 1.0, gain_db = 0.1 }}"
        );
        let _ = writeln!(cables, "\"q{i}\" = \"{last}\"");
        last = format!("q{i}");
    }
    let _ = writeln!(cables, "\"out\" = \"{last}\"");
    Workload { name: "w4", what: "biquads in series", count: n, files: set(&nodes, &cables), sample: false }
}

/// n stereo reverbs (Freeverb) on one noise source.
fn w5(n: usize) -> Workload {
    let mut nodes = String::from(
        "noise = { type = \"white\" }\nlevel = { type = \"gain\", gain = 0.1 }\nsum = { type = \"gain\", gain = 0.05 }\nout = { type = \"output\" }\n",
    );
    let mut cables = String::from("\"level\" = \"noise\"\n");
    let mut sum = String::new();
    for i in 0..n {
        let _ = writeln!(nodes, "r{i} = {{ type = \"freeverb\", room = 0.5, damp = 0.5, mix = 1.0 }}");
        let _ = writeln!(cables, "\"r{i}\" = \"level\"");
        let _ = write!(sum, "{}\"r{i}\"", if i > 0 { ", " } else { "" });
    }
    let _ = writeln!(cables, "\"sum\" = [{sum}]\n\"out\" = \"sum\"");
    Workload { name: "w5", what: "reverbs (Freeverb)", count: n, files: set(&nodes, &cables), sample: false }
}

/// n short notes a second from a clip, each on its own frame: 10 ms of sine with a linear envelope.
fn w6(n: usize) -> Workload {
    // At 60 beats a minute a beat is a second; the clip is one beat long and starts over.
    let mut notes = String::new();
    for i in 0..n {
        let hz = 200.0 + ((i * 7) % 1800) as f64;
        let pitch = 69.0 + 12.0 * (hz / 440.0).log2();
        let comma = if i > 0 { ", " } else { "" };
        let _ = write!(
            notes,
            "{comma}{{ at = {:.6}, pitch = {pitch:.4}, length = 0.001, velocity = 1.0 }}",
            i as f64 / n as f64
        );
    }
    let nodes = format!(
        "notes = {{ type = \"clip\", notes = [{notes}], length = 1.0 }}\n\
         voices = {{ type = \"patch\", file = \"note.toml\", voices = 256 }}\nlevel = {{ type = \"gain\", gain = 0.02 }}\n\
         out = {{ type = \"output\" }}\n"
    );
    let cables = "\"voices\" = \"notes\"\n\"level\" = \"voices\"\n\"out\" = \"level\"\n";
    let note = "beatforge = 1\n\n[nodes]\nv = { type = \"voice\" }\nosc = { type = \"sine\" }\n\
        env = { type = \"ar\", attack = 0.001, release = 0.009 }\namp = { type = \"gain\" }\n\n[cables]\n\
        \"osc.freq\" = \"v.freq\"\n\"env.gate\" = \"v.gate\"\n\"amp\" = \"osc\"\n\"amp.by\" = \"env\"\n\n[outputs]\nout = \"amp\"\n";
    let mut files = set(&nodes, cables);
    files[0].1 = files[0].1.replacen("beatforge = 1\n", "beatforge = 1\ntempo = 60.0\n", 1);
    files.push(("note.toml".to_owned(), note.to_owned()));
    Workload { name: "w6", what: "notes a second, each on its frame", count: n, files, sample: false }
}

impl Workload {
    /// The set on disk.
    pub(crate) fn scratch(&self) -> Result<Scratch, String> {
        let files: Vec<(&str, &str)> = self.files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let scratch = Scratch::new(&files)?;
        if self.sample {
            use bf_session::wav::{Existing, Format, Spec, Writer};
            let spec = Spec { channels: 2, sample_rate: 48_000, format: Format::Float32 };
            let mut w = Writer::create(scratch.0.join("s.wav"), spec, Existing::Replace).map_err(|e| e.to_string())?;
            let wave: Vec<f32> = (0..96_000)
                .flat_map(|i| {
                    let i = f64::from(i);
                    [(0.36 * (i * 0.02).sin() * (-i / 60_000.0).exp()) as f32, (0.36 * (i * 0.031).sin()) as f32]
                })
                .collect();
            w.write(&wave).and_then(|()| w.finish()).map_err(|e| e.to_string())?;
        }
        Ok(scratch)
    }
}
