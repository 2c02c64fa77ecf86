//! The library patches that ship: the stages through which the tracks of a script play.
//!
//! They are ordinary patch files. What each of them does with a note is said by its `[controls]`, in the names of the
//! pattern language; who puts them together looks at nothing else.

/// A patch file that is part of the program.
#[derive(Clone, Copy, Debug)]
pub struct LibraryPatch {
    /// Its path as patches name it.
    pub file: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! patch {
    ($name:literal) => {
        LibraryPatch {
            file: concat!("beatforge/", $name, ".toml"),
            text: include_str!(concat!("../patches/", $name, ".toml")),
        }
    };
}

/// What plays a list of samples, given to its first control; the shorter come first.
pub static SAMPLE: &[LibraryPatch] = &[patch!("sample"), patch!("sample_bend")];

/// The stages behind a source, in the order in which sound passes them. Of each, the first that knows all controls
/// that are used takes part. An input beyond the first takes what the source gives under its name.
///
/// The order is that of superdough, the synthesiser of Strudel: envelope, level, filters, shaping, place.
pub static STAGES: &[&[LibraryPatch]] = &[
    &[patch!("amp_hold"), patch!("amp")],
    &[patch!("gain")],
    &[patch!("velocity")],
    &[patch!("lpf"), patch!("lpf_sweep"), patch!("lpf_hold"), patch!("lpf_envelope")],
    &[patch!("hpf"), patch!("hpf_sweep"), patch!("hpf_hold"), patch!("hpf_envelope")],
    &[patch!("bpf"), patch!("bpf_sweep"), patch!("bpf_hold"), patch!("bpf_envelope")],
    &[patch!("djf")],
    &[patch!("vowel")],
    &[patch!("coarse")],
    &[patch!("crush")],
    &[patch!("shape")],
    &[patch!("distort"), patch!("distort_level")],
    &[patch!("tremolo")],
    &[patch!("pan")],
    &[patch!("phaser")],
    &[patch!("postgain")],
];

/// What of the end of a chain goes elsewhere, each under the name of its output.
pub static SENDS: &[LibraryPatch] = &[patch!("room"), patch!("delay")];

/// The bus of an orbit: what is dry, and an input for each send under its name.
pub static ORBIT: LibraryPatch = patch!("orbit");

/// Every library patch.
pub fn library() -> impl Iterator<Item = &'static LibraryPatch> {
    let stages = STAGES.iter().flat_map(|stage| stage.iter());
    SAMPLE.iter().chain(stages).chain(SENDS).chain([&ORBIT])
}
