//! Vowels.

use crate::filter::{hush, same, take_over};
use bf_dsp::math::exp2_lanes;
use bf_dsp::rest::{Watch, spans};
use bf_dsp::svf::{Svf, SvfCoefs, warp};
use bf_dsp::{Lane, math};
use bf_node::{Adopt, Io, LaneMask, MakeError, ParamSpec, PortSpec, Processor, Setup, Status, Unit, lanes, node};

node! {
    /// Makes any bright sound speak: five formants that glide through a, e, i, o, u.
    ///
    /// `vowel` runs over the five vowels without a seam: 0 is a, 1 is e, 2 is i, 3 is o, 4 is u. Feed it something
    /// with many harmonics, such as a saw between 80 and 300 Hz, or noise for a whisper. `shift` makes the throat
    /// smaller or larger, `width` blurs the vowel. The result is lifted by 12 dB, since a throat lets little pass.
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// osc = { type = "saw", freq = 110.0 }
    /// talk = { type = "lfo", rate = 0.4 }
    /// mouth = { type = "formant", vowel = 2.0, voice = "tenor" }
    /// level = { type = "gain", gain = 0.5 }
    /// out = { type = "output" }
    /// [cables]
    /// "mouth" = "osc"
    /// "mouth.vowel" = { from = "talk", amount = 2.0 }
    /// "level" = "mouth"
    /// "out" = "level"
    /// ```
    ///
    /// *Source*: formants of sung vowels as tabulated in the Csound manual, appendix "Formant Values"; signs alternate
    /// from formant to formant as in D. Klatt, "Software for a cascade/parallel formant synthesizer" (JASA 67, 1980).
    formant: Filter,
    inputs { input: PortSpec::signal("input", "What shall speak.") },
    outputs { out: PortSpec::signal("out", "The vowel.") },
    params {
        vowel: ParamSpec::number("vowel", 0.0, 0.0, 4.0, "From a (0) over e, i and o to u (4)."),
        shift: ParamSpec::number("shift", 0.0, -24.0, 24.0, "Moves all formants.").unit(Unit::Semitones),
        width: ParamSpec::number("width", 1.0, 0.25, 4.0, "Widens all formants by this factor.").log(),
        voice: ParamSpec::choice("voice", 1, &["bass", "tenor", "soprano"], "Whose throat it is."),
    },
    with { make: make }
}

fn make(setup: &Setup<'_>) -> Result<Box<dyn Processor>, MakeError> {
    Ok(lanes!(setup, Throat))
}

const FORMANTS: usize = 5;
const VOWELS: usize = 5;

/// Frequencies in Hz, levels in dB, bandwidths in Hz of the five formants.
type Vowel = [[f32; FORMANTS]; 3];

const VOICES: [[Vowel; VOWELS]; 3] = [
    [
        [[600.0, 1040.0, 2250.0, 2450.0, 2750.0], [0.0, -7.0, -9.0, -9.0, -20.0], [60.0, 70.0, 110.0, 120.0, 130.0]],
        [[400.0, 1620.0, 2400.0, 2800.0, 3100.0], [0.0, -12.0, -9.0, -12.0, -18.0], [40.0, 80.0, 100.0, 120.0, 120.0]],
        [[250.0, 1750.0, 2600.0, 3050.0, 3340.0], [0.0, -30.0, -16.0, -22.0, -28.0], [60.0, 90.0, 100.0, 120.0, 120.0]],
        [[400.0, 750.0, 2400.0, 2600.0, 2900.0], [0.0, -11.0, -21.0, -20.0, -40.0], [40.0, 80.0, 100.0, 120.0, 120.0]],
        [[350.0, 600.0, 2400.0, 2675.0, 2950.0], [0.0, -20.0, -32.0, -28.0, -36.0], [40.0, 80.0, 100.0, 120.0, 120.0]],
    ],
    [
        [[650.0, 1080.0, 2650.0, 2900.0, 3250.0], [0.0, -6.0, -7.0, -8.0, -22.0], [80.0, 90.0, 120.0, 130.0, 140.0]],
        [[400.0, 1700.0, 2600.0, 3200.0, 3580.0], [0.0, -14.0, -12.0, -14.0, -20.0], [70.0, 80.0, 100.0, 120.0, 120.0]],
        [[290.0, 1870.0, 2800.0, 3250.0, 3540.0], [0.0, -15.0, -18.0, -20.0, -30.0], [40.0, 90.0, 100.0, 120.0, 120.0]],
        [[400.0, 800.0, 2600.0, 2800.0, 3000.0], [0.0, -10.0, -12.0, -12.0, -26.0], [40.0, 80.0, 100.0, 120.0, 120.0]],
        [[350.0, 600.0, 2700.0, 2900.0, 3300.0], [0.0, -20.0, -17.0, -14.0, -26.0], [40.0, 60.0, 100.0, 120.0, 120.0]],
    ],
    [
        [[800.0, 1150.0, 2900.0, 3900.0, 4950.0], [0.0, -6.0, -32.0, -20.0, -50.0], [80.0, 90.0, 120.0, 130.0, 140.0]],
        [
            [350.0, 2000.0, 2800.0, 3600.0, 4950.0],
            [0.0, -20.0, -15.0, -40.0, -56.0],
            [60.0, 100.0, 120.0, 150.0, 200.0],
        ],
        [[270.0, 2140.0, 2950.0, 3900.0, 4950.0], [0.0, -12.0, -26.0, -26.0, -44.0], [60.0, 90.0, 100.0, 120.0, 120.0]],
        [[450.0, 800.0, 2830.0, 3800.0, 4950.0], [0.0, -11.0, -22.0, -22.0, -50.0], [70.0, 80.0, 100.0, 130.0, 135.0]],
        [[325.0, 700.0, 2700.0, 3800.0, 4950.0], [0.0, -16.0, -35.0, -40.0, -60.0], [50.0, 60.0, 170.0, 180.0, 200.0]],
    ],
];

/// 12 dB.
const LIFT: f32 = 4.0;

struct Throat<L> {
    sample_rate: f32,
    /// By voice, formant and quantity: the value at each vowel. Frequencies and bandwidths as octaves.
    tables: [[[[f32; VOWELS]; 3]; FORMANTS]; 3],
    watch: Watch<L, 4>,
    coefs: [SvfCoefs<L>; FORMANTS],
    gains: [L; FORMANTS],
    channels: Vec<[Svf<L>; FORMANTS]>,
}

impl<L: Lane> Throat<L> {
    fn new(setup: &Setup<'_>) -> Self {
        let mut tables = [[[[0.0; VOWELS]; 3]; FORMANTS]; 3];
        for (voice, vowels) in VOICES.iter().enumerate() {
            for (n, [hz, level, bandwidth]) in vowels.iter().enumerate() {
                for f in 0..FORMANTS {
                    let [hz_table, level_table, bandwidth_table] = &mut tables[voice][f];
                    hz_table[n] = math::log2(hz[f]);
                    level_table[n] = level[f];
                    bandwidth_table[n] = math::log2(bandwidth[f]);
                }
            }
        }
        Throat {
            sample_rate: setup.sample_rate,
            tables,
            watch: Watch::default(),
            coefs: [SvfCoefs::default(); FORMANTS],
            gains: [L::splat(0.0); FORMANTS],
            channels: vec![[Svf::default(); FORMANTS]; setup.channels],
        }
    }

    fn tune(&mut self, io: &Io<'_>) {
        let voice = io.index(par::voice).min(VOICES.len() - 1);
        let [vowel, shift, width] = [par::vowel, par::shift, par::width].map(|p| io.steady::<L>(p));
        if !self.watch.changed([vowel, shift, width, L::splat(voice as f32)]) {
            return;
        }
        // How far the mouth is on the way from each vowel to the next.
        let way: [L; VOWELS - 1] = core::array::from_fn(|n| (vowel - L::splat(n as f32)).clamp(0.0, 1.0));
        let between = |table: &[f32; VOWELS]| {
            let steps = table.windows(2).zip(way);
            steps.fold(L::splat(table[0]), |x, (pair, way)| way.mul_add(L::splat(pair[1] - pair[0]), x))
        };
        let octaves = shift * L::splat(1.0 / 12.0);
        for (f, [hz, level, bandwidth]) in self.tables[voice].iter().enumerate() {
            let hz = between(hz);
            let damping = exp2_lanes(between(bandwidth) - hz) * width;
            self.coefs[f] = SvfCoefs::new(warp(exp2_lanes(hz + octaves), self.sample_rate), damping);
            // A band's gain at its centre is 1 / damping.
            let sign = if f % 2 == 0 { LIFT } else { -LIFT };
            self.gains[f] = exp2_lanes(between(level) * L::splat(0.166_096_4)) * damping * L::splat(sign);
        }
    }
}

impl<L: Lane> Processor for Throat<L> {
    fn process(&mut self, io: &mut Io<'_>) -> Status {
        self.tune(io);
        let (start, coefs, gains) = (io.start(), self.coefs, self.gains);
        let mut status = Status::Idle;
        for (channel, state) in self.channels.iter_mut().enumerate() {
            if io.input_silent(inp::input, channel) && state.iter().all(Svf::is_zero) {
                hush::<L>(io, out::COUNT, channel);
                continue;
            }
            status = Status::Active;
            let x = io.input::<L>(inp::input, channel);
            let y = io.output::<L>(out::out, channel);
            let mut s = *state;
            for (span, due) in spans(start, x.len()) {
                if due {
                    s.iter_mut().for_each(Svf::settle);
                }
                for (x, y) in x[span.clone()].iter().zip(&mut y[span]) {
                    let mut sum = L::splat(0.0);
                    for f in 0..FORMANTS {
                        let (band, _) = s[f].step(&coefs[f], *x);
                        sum = gains[f].mul_add(band, sum);
                    }
                    *y = sum;
                }
            }
            *state = s;
        }
        status
    }

    fn reset(&mut self, lanes: LaneMask) {
        for state in self.channels.iter_mut().flatten() {
            state.clear(lanes);
        }
    }

    fn adopt(&mut self, old: &mut dyn Processor) -> Adopt {
        same::<Self>(old).map_or(Adopt::None, |old| take_over(&mut self.channels, &old.channels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::testing::*;

    #[test]
    fn each_vowel_has_its_formants() {
        for (v, voice) in ["bass", "tenor", "soprano"].into_iter().enumerate() {
            for (n, [hz, level, _]) in VOICES[v].iter().enumerate() {
                let values = [("vowel", (n as f64).into()), ("voice", voice.into())];
                let response = impulse(&SPEC, &values, "out", 24_000);
                for f in 0..2 {
                    let got = gain_db(&response, f64::from(hz[f]));
                    let want = f64::from(level[f]) + 12.0;
                    // A strong neighbour leans on a weak formant.
                    let slack = if level[f] < -15.0 { 6.0 } else { 2.5 };
                    assert!((got - want).abs() < slack, "{voice} {n} formant {f}: {got} {want}");
                }
            }
        }
    }

    #[test]
    fn the_first_formant_glides_between_vowels() {
        let peak_at = |vowel: f64| {
            let response = impulse(&SPEC, &[("vowel", vowel.into())], "out", 12_000);
            let gain = |hz: &i32| gain_db(&response, f64::from(*hz));
            (200..800).step_by(5).max_by(|a, b| gain(a).total_cmp(&gain(b))).expect("a peak")
        };
        let (a, middle, e) = (peak_at(0.0), peak_at(0.5), peak_at(1.0));
        assert!((a - 650).abs() <= 10 && (e - 400).abs() <= 10, "{a} {e}");
        assert!((middle - 510).abs() <= 10, "{middle}: the geometric mean is 510 Hz");
    }

    #[test]
    fn fast_talk_stays_bounded_and_ends() {
        let mut rig = rig(&SPEC, &[("width", 0.25.into())]);
        rig.feed("input", 0, |f, l| if f < 24_000 { noise(f, l) } else { 0.0 });
        rig.drive("vowel", |f, l| 2.0 + 2.0 * noise(f / 16, l));
        rig.drive("shift", |f, l| 24.0 * noise(f / 16, l + 5));
        assert!(peak(&rig.run(24_000)[0]) < 10.0);
        rig.run(48_000);
        assert_eq!(rig.status, Status::Idle);
    }

    #[test]
    fn cuts_and_lanes_keep_every_bit() {
        keeps_every_bit(&SPEC, &[], |rig| {
            rig.feed("input", 0, noise);
            rig.feed("input", 1, |f, l| noise(f + 1000, l));
            rig.drive("vowel", |f, l| 2.0 + 2.0 * noise(f, l + 3));
        });
    }
}
