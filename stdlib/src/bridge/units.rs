//! The table of fundsp units: each row is a node.

use super::adapter;
use bf_dsp::math::tanh_fast;
use bf_node::{Form, MakeError, NodeChannels, ParamSpec, PortSpec, Processor, Registry, Setup, node};
use fundsp::prelude32 as f;
use fundsp::shape::ShapeFn;

const IN: PortSpec = PortSpec::signal("input", "What is filtered.");
const OUT: PortSpec = PortSpec::signal("out", "The result.");
const STEREO_IN: PortSpec = PortSpec::stereo("input", "What sounds in the room.");
const STEREO_OUT: PortSpec = PortSpec::stereo("out", "Dry and wet together.");
const MONO_OUT: PortSpec = PortSpec::mono("out", "The wave, about -1 to 1.");

const CUTOFF: ParamSpec = ParamSpec::hz("cutoff", 1_000.0, 20.0, 20_000.0, "Where the filter begins to act.").smooth();
const CENTER: ParamSpec = ParamSpec::hz("center", 440.0, 20.0, 20_000.0, "Where the filter rings.").smooth();
const Q: ParamSpec = ParamSpec::number("q", 1.0, 0.25, 20.0, "How sharp it is.").log().smooth();
const FREQ: ParamSpec = ParamSpec::hz("freq", 220.0, 1.0, 20_000.0, "Cycles a second.").smooth();
const SPEED: ParamSpec = ParamSpec::hz("freq", 110.0, 1.0, 800.0, "Roughly how often a second it goes round.").smooth();
const ROOM_MIX: ParamSpec = ParamSpec::unit_range("mix", 0.33, "0: only the dry sound; 1: only the room.").smooth();

/// Makes a node of each row. The live params are the unit's inputs after the sound, in order.
macro_rules! units {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident: $category:ident ($($in:ident)?) -> $out:ident,
        params { $($par:ident: $spec:expr),* $(,)? },
        $channels:expr, $build:expr;
    )*) => {
        $(mod $name {
            use super::*;
            node! {
                $(#[doc = $doc])*
                $name: $category,
                inputs { $(input: $in)? },
                outputs { out: $out },
                params { $($par: $spec),* },
                with { channels: $channels, make: make }
            }
            fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
                let build: fn(&Setup<'_>) -> Box<dyn fundsp::audiounit::AudioUnit> = $build;
                adapter::make(setup, build)
            }
        })*

        /// Every row.
        #[cfg(test)]
        pub(super) static ALL: &[&bf_node::NodeSpec] = &[$(&$name::SPEC),*];

        pub(super) fn register(registry: &mut Registry) {
            $(registry.add(&$name::SPEC);)*
        }
    };
}

units! {
    /// A four-stage low-pass after Moog, with a saturating last stage.
    ///
    /// Softer in character than `ladder`, and cheap.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "saw", freq = 82.4 }
    /// sweep = { type = "lfo", rate = 0.25 }
    /// filter = { type = "moog", cutoff = 700.0, q = 0.6 }
    /// quiet = { type = "gain", gain = 0.5 }
    /// out = { type = "output" }
    /// [cables]
    /// "filter" = "osc"
    /// "filter.cutoff" = { from = "sweep", amount = 1.5 }
    /// "quiet" = "filter"
    /// "out" = "quiet"
    /// ```
    moog: Filter (IN) -> OUT,
    params {
        cutoff: CUTOFF,
        q: ParamSpec::unit_range("q", 0.4, "Resonance: near 1 it whistles.").smooth(),
    },
    NodeChannels::FromInputs, |_| Box::new(f::moog());

    /// One filter that turns from low-pass over a peak to high-pass.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// hiss = { type = "white" }
    /// sweep = { type = "lfo", rate = 0.2 }
    /// filter = { type = "morphfilter", cutoff = 1500.0, q = 3.0 }
    /// quiet = { type = "gain", gain = 0.2 }
    /// out = { type = "output" }
    /// [cables]
    /// "filter" = "hiss"
    /// "filter.morph" = { from = "sweep", amount = 1.0 }
    /// "quiet" = "filter"
    /// "out" = "quiet"
    /// ```
    morphfilter: Filter (IN) -> OUT,
    params {
        cutoff: CUTOFF,
        q: Q,
        morph: ParamSpec::number("morph", -1.0, -1.0, 1.0, "-1: low-pass; 0: peak; 1: high-pass.").smooth(),
    },
    NodeChannels::FromInputs, |_| Box::new(f::morph());

    /// A band-pass whose peak stays at the same level wherever it is.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// hiss = { type = "white" }
    /// ring = { type = "resonator", center = 880.0, q = 20.0 }
    /// quiet = { type = "gain", gain = 0.5 }
    /// out = { type = "output" }
    /// [cables]
    /// "ring" = "hiss"
    /// "quiet" = "ring"
    /// "out" = "quiet"
    /// ```
    resonator: Filter (IN) -> OUT,
    params { center: CENTER, q: ParamSpec::number("q", 10.0, 0.5, 200.0, "How narrow it is.").log().smooth() },
    NodeChannels::FromInputs, |_| Box::new(f::resonator());

    /// A low-pass of second order that is as flat as can be below its cutoff (Butterworth).
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// hiss = { type = "white" }
    /// dark = { type = "butterworth", cutoff = 500.0 }
    /// out = { type = "output" }
    /// [cables]
    /// "dark" = "hiss"
    /// "out" = "dark"
    /// ```
    butterworth: Filter (IN) -> OUT,
    params { cutoff: CUTOFF },
    NodeChannels::FromInputs, |_| Box::new(f::butterpass());

    /// A low-pass that saturates inside: driven, its resonance growls and its peak sinks.
    ///
    /// *Source*: J. Chowdhury, "Complex nonlinearities" (2020), nonlinear biquad states.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "saw", freq = 55.0 }
    /// filter = { type = "dirtylow", cutoff = 600.0, q = 6.0 }
    /// quiet = { type = "gain", gain = 0.9 }
    /// out = { type = "output" }
    /// [cables]
    /// "filter" = "osc"
    /// "quiet" = "filter"
    /// "out" = "quiet"
    /// ```
    dirtylow: Filter (IN) -> OUT,
    params { cutoff: CUTOFF, q: Q },
    NodeChannels::FromInputs, |_| Box::new(f::dlowpass(ShapeFn(tanh_fast::<f32>)));

    /// A high-pass that saturates inside.
    ///
    /// *Source*: J. Chowdhury, "Complex nonlinearities" (2020), nonlinear biquad states.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "saw", freq = 110.0 }
    /// filter = { type = "dirtyhigh", cutoff = 900.0, q = 4.0 }
    /// quiet = { type = "gain", gain = 0.4 }
    /// out = { type = "output" }
    /// [cables]
    /// "filter" = "osc"
    /// "quiet" = "filter"
    /// "out" = "quiet"
    /// ```
    dirtyhigh: Filter (IN) -> OUT,
    params { cutoff: CUTOFF, q: Q },
    NodeChannels::FromInputs, |_| Box::new(f::dhighpass(ShapeFn(tanh_fast::<f32>)));

    /// A low-pass whose feedback saturates: loud sound opens it, and its resonance bends.
    ///
    /// *Source*: J. Chowdhury, "Complex nonlinearities" (2020), nonlinear feedback biquad.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "saw", freq = 55.0 }
    /// filter = { type = "bendlow", cutoff = 400.0, q = 8.0 }
    /// quiet = { type = "gain", gain = 0.9 }
    /// out = { type = "output" }
    /// [cables]
    /// "filter" = "osc"
    /// "quiet" = "filter"
    /// "out" = "quiet"
    /// ```
    bendlow: Filter (IN) -> OUT,
    params { cutoff: CUTOFF, q: Q },
    NodeChannels::FromInputs, |_| Box::new(f::flowpass(ShapeFn(tanh_fast::<f32>)));

    /// A filter that falls by 3 dB an octave: white noise becomes pink.
    ///
    /// *Source*: P. Kellett's pink noise filter.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// hiss = { type = "white" }
    /// tilt = { type = "pinkpass" }
    /// out = { type = "output" }
    /// [cables]
    /// "tilt" = "hiss"
    /// "out" = "tilt"
    /// ```
    pinkpass: Filter (IN) -> OUT,
    params {},
    NodeChannels::FromInputs, |_| Box::new(f::pinkpass());

    /// Takes away what does not move: a high-pass at 10 Hz.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "square", freq = 110.0 }
    /// quiet = { type = "gain", gain = 0.3 }
    /// centred = { type = "dcblock" }
    /// out = { type = "output" }
    /// [cables]
    /// "quiet" = "osc"
    /// "centred" = "quiet"
    /// "out" = "centred"
    /// ```
    dcblock: Filter (IN) -> OUT,
    params {},
    NodeChannels::FromInputs, |_| Box::new(f::dcblock());

    /// A hall of thirty-two lines with damped highs, still and even.
    ///
    /// Size and decay are read when the node is made.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// string = { type = "pluck" }
    /// beat = { type = "euclid", pulses = 3, steps = 8 }
    /// room = { type = "hall", metres = 20, seconds = 4 }
    /// out = { type = "output" }
    /// [cables]
    /// "string.notes" = "beat"
    /// "room" = "string"
    /// "out" = "room"
    /// ```
    hall: Reverb (STEREO_IN) -> STEREO_OUT,
    params {
        mix: ROOM_MIX,
        metres: ParamSpec::setting("metres", "15", Form::Count(5, 100), "How large the hall is."),
        seconds: ParamSpec::setting("seconds", "3", Form::Count(1, 60), "Until the tail has fallen by 60 dB."),
        damping: ParamSpec::setting("damping", "50", Form::Count(0, 100), "How much faster highs fade, in per cent."),
    },
    NodeChannels::Fixed(2), |setup| Box::new(f::reverb_stereo(
        setup.count("metres").max(1) as f32,
        setup.count("seconds").max(1) as f32,
        setup.count("damping") as f32 * 0.01,
    ));

    /// A room whose sound swells before it fades.
    ///
    /// Size and decay are read when the node is made. What is slower than 10 Hz stays outside.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// string = { type = "pluck" }
    /// beat = { type = "euclid", pulses = 3, steps = 8 }
    /// room = { type = "bloom", metres = 30, seconds = 6 }
    /// out = { type = "output" }
    /// [cables]
    /// "string.notes" = "beat"
    /// "room" = "string"
    /// "out" = "room"
    /// ```
    bloom: Reverb (STEREO_IN) -> STEREO_OUT,
    params {
        mix: ROOM_MIX,
        metres: ParamSpec::setting("metres", "20", Form::Count(15, 100), "How large the room is."),
        seconds: ParamSpec::setting("seconds", "4", Form::Count(1, 60), "About until the tail has fallen by 60 dB."),
    },
    NodeChannels::Fixed(2), |setup| Box::new((f::dcblock_hz(10.0) | f::dcblock_hz(10.0)) >> f::reverb4_stereo(
        setup.count("metres").max(15) as f32,
        setup.count("seconds").max(1) as f32,
    ));

    /// A wave of a few drawbars: fundamental, octave and their fifths.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// keys = { type = "organ", freq = 220.0 }
    /// quiet = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "quiet" = "keys"
    /// "out" = "quiet"
    /// ```
    organ: Source () -> MONO_OUT,
    params { freq: FREQ },
    NodeChannels::Fixed(1), |_| Box::new(f::organ());

    /// A wave with the partials of a tone-wheel organ.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// keys = { type = "hammond", freq = 165.0 }
    /// quiet = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "quiet" = "keys"
    /// "out" = "quiet"
    /// ```
    hammond: Source () -> MONO_OUT,
    params { freq: FREQ },
    NodeChannels::Fixed(1), |_| Box::new(f::hammond());

    /// A saw whose highs fall faster, without aliasing.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "softsaw", freq = 110.0 }
    /// quiet = { type = "gain", gain = 0.3 }
    /// out = { type = "output" }
    /// [cables]
    /// "quiet" = "osc"
    /// "out" = "quiet"
    /// ```
    softsaw: Source () -> MONO_OUT,
    params { freq: FREQ },
    NodeChannels::Fixed(1), |_| Box::new(f::soft_saw());

    /// A chaotic wave that jumps between two orbits: fluttering, never the same.
    ///
    /// *Source*: E. Lorenz, "Deterministic nonperiodic flow" (1963).
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// chaos = { type = "lorenz", freq = 80.0 }
    /// quiet = { type = "gain", gain = 0.4 }
    /// out = { type = "output" }
    /// [cables]
    /// "quiet" = "chaos"
    /// "out" = "quiet"
    /// ```
    lorenz: Source () -> MONO_OUT,
    params { freq: SPEED },
    NodeChannels::Fixed(1), |_| Box::new(f::lorenz());

    /// A chaotic wave with a pitch: a buzz whose loudness wanders.
    ///
    /// *Source*: O. Rössler, "An equation for continuous chaos" (1976).
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// chaos = { type = "rossler", freq = 110.0 }
    /// quiet = { type = "gain", gain = 0.4 }
    /// out = { type = "output" }
    /// [cables]
    /// "quiet" = "chaos"
    /// "out" = "quiet"
    /// ```
    rossler: Source () -> MONO_OUT,
    params { freq: SPEED },
    NodeChannels::Fixed(1), |_| Box::new(f::rossler());
}
