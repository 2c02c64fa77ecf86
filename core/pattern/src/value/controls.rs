//! The controls that are known by name: what each is, its aliases, and what `a:b` sets beside it.
//!
//! Any other name is a control too, meant for the instrument; these are the ones with help and aliases.

/// A control of notes.
#[derive(Debug, PartialEq, Eq)]
pub struct Control {
    /// Its name.
    pub name: &'static str,
    /// Its other names, Strudel's among them.
    pub aliases: &'static [&'static str],
    /// What the further values of `a:b:c` set.
    pub tail: &'static [&'static str],
    /// What it does.
    pub doc: &'static str,
}

const fn c(
    name: &'static str,
    aliases: &'static [&'static str],
    tail: &'static [&'static str],
    doc: &'static str,
) -> Control {
    Control { name, aliases, tail, doc }
}

/// The control of a name or alias.
pub fn control(name: &str) -> Option<&'static Control> {
    CONTROLS.iter().find(|c| c.name == name || c.aliases.contains(&name))
}

pub(super) fn control_index(name: &str) -> Option<u16> {
    let at = CONTROLS.iter().position(|c| c.name == name || c.aliases.contains(&name))?;
    u16::try_from(at).ok()
}

/// Every control that is known. The first is what a plain value is called beside others.
pub static CONTROLS: &[Control] = &[
    c("value", &[], &[], "A plain value that stands beside controls."),
    // What sounds.
    c("s", &["sound"], &["n", "gain"], "The sound: an instrument or a sample, instruments first. `bd:3` sets `n` too."),
    c("n", &[], &[], "The number: which sample of a bank, or a degree for `scale`."),
    c("note", &[], &["n"], "The note, as a name (`c4`) or a MIDI number (60)."),
    c("bank", &[], &[], "The bank that samples are taken from."),
    c("inst", &["instrument"], &[], "The instrument, where a sample has the same name."),
    c("freq", &[], &[], "The frequency in Hz, instead of a note."),
    c("octave", &["oct"], &[], "The octave of what has no other pitch."),
    c("detune", &["det"], &[], "The detuning in semitones."),
    c("unison", &[], &[], "How many voices play at once."),
    c("density", &[], &[], "How dense a crackle is."),
    c("spread", &[], &[], "How far the voices of a unison lie apart, 0 to 1."),
    c("accelerate", &[], &[], "How much the speed of a sample changes while it plays."),
    // Level and place.
    c("gain", &[], &[], "The level of the note, 0 to 1 and above."),
    c("velocity", &["vel"], &[], "How hard the note is played, 0 to 1."),
    c("postgain", &[], &[], "The level after the effects."),
    c("pan", &[], &[], "The place between left (0) and right (1)."),
    c("orbit", &["o"], &[], "The bus, with a delay and a reverb of its own."),
    c("channels", &["ch"], &[], "The outputs."),
    // Envelope of level.
    c("attack", &["att"], &[], "Seconds until the note is at its loudest."),
    c("decay", &["dec"], &[], "Seconds from there to the sustain level."),
    c("sustain", &["sus"], &[], "The level that is held, 0 to 1."),
    c("release", &["rel"], &[], "Seconds that the note takes to fade after its end."),
    c("adsr", &[], &[], "Attack, decay, sustain and release at once, as `0.1:0.1:0.5:0.2`."),
    c("hold", &[], &[], "Seconds that the note is held at its loudest."),
    c("clip", &["legato"], &[], "How long the note lasts, as a multiple of its event."),
    // Low-pass filter.
    c("cutoff", &["lpf", "lp", "ctf"], &["resonance", "lpenv"], "The low-pass cut-off in Hz."),
    c("resonance", &["lpq"], &[], "The resonance of the low-pass, 0 to 50."),
    c("lpenv", &["lpe"], &[], "How many octaves the envelope moves the low-pass."),
    c("lpattack", &["lpa"], &[], "Its attack in seconds."),
    c("lpdecay", &["lpd"], &[], "Its decay in seconds."),
    c("lpsustain", &["lps"], &[], "Its sustain, 0 to 1."),
    c("lprelease", &["lpr"], &[], "Its release in seconds."),
    // High-pass filter.
    c("hcutoff", &["hpf", "hp"], &["hresonance", "hpenv"], "The high-pass cut-off in Hz."),
    c("hresonance", &["hpq"], &[], "The resonance of the high-pass, 0 to 50."),
    c("hpenv", &["hpe"], &[], "How many octaves the envelope moves the high-pass."),
    c("hpattack", &["hpa"], &[], "Its attack in seconds."),
    c("hpdecay", &["hpd"], &[], "Its decay in seconds."),
    c("hpsustain", &["hps"], &[], "Its sustain, 0 to 1."),
    c("hprelease", &["hpr"], &[], "Its release in seconds."),
    // Band-pass filter.
    c("bandf", &["bpf", "bp"], &["bandq", "bpenv"], "The centre of the band-pass in Hz."),
    c("bandq", &["bpq"], &[], "The resonance of the band-pass."),
    c("bpenv", &["bpe"], &[], "How many octaves the envelope moves the band-pass."),
    c("bpattack", &["bpa"], &[], "Its attack in seconds."),
    c("bpdecay", &["bpd"], &[], "Its decay in seconds."),
    c("bpsustain", &["bps"], &[], "Its sustain, 0 to 1."),
    c("bprelease", &["bpr"], &[], "Its release in seconds."),
    c("ftype", &[], &[], "The kind of the filters."),
    c("fanchor", &[], &[], "Where in its range an envelope of a filter has the cut-off, 0 to 1."),
    c("djf", &[], &[], "One knob: below 0.5 a low-pass, above it a high-pass."),
    // Shaping.
    c("vowel", &[], &[], "The vowel of a formant filter: a, e, i, o, u."),
    c("crush", &[], &[], "The bits that are left, 1 (harsh) to 16."),
    c("coarse", &[], &[], "How many frames each is held for."),
    c("distort", &["dist"], &["distortvol", "distorttype"], "How much distortion."),
    c("distortvol", &[], &[], "The level after the distortion."),
    c("distorttype", &[], &[], "The kind of distortion."),
    c("shape", &[], &[], "How much wave-shaping, 0 to 1."),
    c("drive", &[], &[], "How hard the filter is driven."),
    c("compressor", &[], &["ratio", "knee"], "The threshold of a compressor in dB."),
    c("phaser", &["ph"], &["phaserdepth"], "The speed of a phaser in Hz."),
    c("phaserdepth", &["phd"], &[], "How deep the phaser is."),
    c("tremolo", &["trem"], &[], "The speed of a tremolo in Hz."),
    c("tremolodepth", &["tremdepth"], &[], "How deep the tremolo is."),
    // Pitch in time.
    c("fm", &["fmi"], &["fmh"], "How much frequency modulation."),
    c("fmh", &[], &[], "The ratio of the modulator's frequency."),
    c("fmattack", &["fmatt"], &[], "The attack of the modulation in seconds."),
    c("fmdecay", &["fmdec"], &[], "Its decay in seconds."),
    c("fmsustain", &["fmsus"], &[], "Its sustain, 0 to 1."),
    c("vib", &["vibrato"], &["vibmod"], "The speed of a vibrato in Hz."),
    c("vibmod", &["vmod"], &[], "How deep the vibrato is, in semitones."),
    c("penv", &[], &[], "How many semitones an envelope moves the pitch."),
    c("pattack", &["patt"], &[], "Its attack in seconds."),
    c("pdecay", &["pdec"], &[], "Its decay in seconds."),
    c("slide", &["glide"], &[], "Seconds that the pitch takes from the note before."),
    // Room.
    c("room", &[], &["roomsize"], "How much goes to the reverb of the orbit, 0 to 1."),
    c("roomsize", &["size", "sz", "rsize"], &[], "The size of the reverb."),
    c("roomlp", &["rlp"], &[], "The low-pass of the reverb in Hz."),
    c("dry", &[], &[], "How much stays dry."),
    c("delay", &[], &["delaytime", "delayfeedback"], "How much goes to the delay of the orbit, 0 to 1."),
    c("delaytime", &["delayt", "dt"], &[], "The time of the delay in seconds."),
    c("delayfeedback", &["delayfb", "dfb"], &[], "How much of the delay returns to it, 0 to below 1."),
    c("delaysync", &[], &[], "The time of the delay in cycles."),
    c("duck", &["duckorbit"], &[], "The orbit that this note ducks."),
    c("duckdepth", &[], &[], "How far it is ducked, 0 to 1."),
    c("duckattack", &["duckatt"], &[], "Seconds until it is back."),
    // Samples.
    c("speed", &[], &[], "The speed of the sample; negative plays it backwards."),
    c("begin", &[], &[], "Where in the sample to begin, 0 to 1."),
    c("end", &[], &[], "Where in the sample to end, 0 to 1."),
    c("cut", &[], &[], "A group: a note ends the one before it in its group."),
    c("unit", &[], &[], "What speed means: `r` a rate, `c` cycles."),
    c("looped", &[], &[], "Whether the sample repeats."),
    c("loop_begin", &["loopBegin", "loopb"], &[], "Where the repeated piece begins, 0 to 1."),
    c("loop_end", &["loopEnd", "loope"], &[], "Where the repeated piece ends, 0 to 1."),
    c("_slices", &["slices"], &[], "How many pieces `slice` has cut the sample into."),
    c("nudge", &[], &[], "Seconds that the note is moved by."),
    // Harmony.
    c("chord", &[], &[], "The chord, such as `Am7`, for `voicing` and `root_notes`."),
    c("scale_name", &[], &[], "The scale that the note was taken from."),
    c("anchor", &[], &[], "The note that a voicing stays near."),
    c("mode", &[], &["anchor"], "Where a voicing lies by its anchor: `below`, `above`, `duck` or `root`."),
    c("dictionary", &["dict"], &[], "The voicings to choose from: `close`, `open`, `shell` or `root`."),
    c("offset", &[], &[], "How many inversions a voicing is moved by."),
    // Other programs.
    c("midichan", &[], &[], "The MIDI channel."),
    c("ccn", &[], &[], "The number of a MIDI controller."),
    c("ccv", &[], &[], "The value of a MIDI controller."),
    c("color", &["colour"], &[], "The colour in which the event is shown."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_controls_share_a_name() {
        let mut seen = BTreeSet::new();
        for control in CONTROLS {
            for name in [control.name].iter().chain(control.aliases) {
                assert!(seen.insert(*name), "{name}");
            }
            for tail in control.tail {
                assert!(super::control(tail).is_some() || matches!(*tail, "ratio" | "knee"), "{tail}");
            }
        }
        assert_eq!(control("lpf").map(|c| c.name), Some("cutoff"));
    }
}
