//! The wavetable oscillator.

use super::osc;
use super::waves::{CYCLES, Row, STRIDE, names, row};
use bf_dsp::LaneBits;
use bf_dsp::mips::{Gather, Reader};
use bf_node::{Form, MakeError, ParamSpec, PortSpec, Setup, node};

node! {
    /// Morphs through a row of eight waves, band-limited.
    ///
    /// `table` names the row and `position` is the place in it; between two waves they blend. Move `position` with an
    /// envelope or a slow `lfo` for a sound that lives.
    ///
    /// - `classic`: sine, triangle, square, sawtooth
    /// - `pulse`: a square that narrows to a needle
    /// - `voice`: the vowels a, e, i, o, u
    /// - `organ`: drawbars, from a flute to everything out
    /// - `fm`: frequency modulation that deepens
    /// - `hard_sync`: a sawtooth under hard sync, from 1 to 4.5 times the pitch
    /// - `fold`: a sine folded over, again and again
    ///
    /// Harmonics end just under half the sample rate, or with the 608th: at 33 Hz that is 20 kHz.
    ///
    /// `fm` shifts the frequency by so many hertz, through zero where it must. A rise of `hard_sync` through zero starts
    /// the cycle anew (hard sync).
    ///
    /// ```toml
    /// beatforge = 1
    /// [nodes]
    /// drift = { type = "lfo", rate = 0.2 }
    /// osc = { type = "wavetable", table = "voice", freq = 110.0, position = 0.5 }
    /// level = { type = "gain", gain = 0.4 }
    /// out = { type = "output" }
    /// [cables]
    /// "osc.position" = { from = "drift", amount = 0.5 }
    /// "level" = "osc"
    /// "out" = "level"
    /// ```
    wavetable: Source,
    inputs {
        fm: PortSpec::signal("fm", "Added to the frequency, in hertz."),
        hard_sync: PortSpec::signal("hard_sync", "Starts the cycle anew when it rises through zero."),
    },
    outputs { out: PortSpec::signal("out", "The wave, about -1 to 1.") },
    params {
        freq: ParamSpec::hz("freq", 440.0, 0.0, 20_000.0, "Cycles a second.").smooth(),
        position: ParamSpec::unit_range("position", 0.0, "The place in the row, from its first wave to its last.").smooth(),
        table: ParamSpec::setting("table", "classic", Form::Text, "The row: classic, pulse, voice, organ, fm, hard_sync or fold."),
    },
    with { make: osc::make::<Wave> }
}

/// A place in a row.
pub(super) struct Wave {
    row: &'static Row,
}

impl osc::Wave for Wave {
    const PORTS: osc::Ports =
        osc::Ports { fm: inp::fm, sync: inp::hard_sync, out: out::out, freq: par::freq, width: Some(par::position) };

    fn new(setup: &Setup<'_>) -> Result<Self, MakeError> {
        let known = || format!("one of {}", names().collect::<Vec<_>>().join(", "));
        row(setup.text("table")).map(|row| Wave { row }).ok_or_else(|| setup.wrong("table", known()))
    }
    #[inline(always)]
    fn tune<L: Gather>(&self, reader: &mut Reader<L>, increment: L) {
        reader.tune(self.row, increment);
    }
    #[inline(always)]
    fn at<L: Gather>(&self, phase: L::Bits, reader: &Reader<L>, position: L) -> L {
        let place = position.clamp(0.0, 1.0) * L::splat((CYCLES - 1) as f32);
        let below = place.floor().min(L::splat((CYCLES - 2) as f32));
        let from = below.to_int().wrapping_mul(L::Bits::splat(STRIDE as u32));
        let a = reader.read_cycle(self.row, phase, from);
        let b = reader.read_cycle(self.row, phase, from.wrapping_add(L::Bits::splat(STRIDE as u32)));
        a + (b - a) * (place - below)
    }
    fn naive(&self, phase: u32, position: f32, increment: f32) -> f32 {
        let mut reader = Reader::<f32>::default();
        self.tune(&mut reader, increment);
        self.at(phase, &reader, position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::check::{self, Spectrum};
    use bf_node::rig::{Bench, Rig};

    fn hear(table: &str, position: f32, hz: f32) -> Vec<f32> {
        let bench = Bench {
            values: vec![
                ("table", table.into()),
                ("position", f64::from(position).into()),
                ("freq", f64::from(hz).into()),
            ],
            patched: Some(Vec::new()),
            ..Bench::default()
        };
        Rig::new(&SPEC, &bench).expect("a known table").run_output("out", 0, 0, check::LEN)
    }

    #[test]
    fn every_row_is_clean_and_fills_its_range() {
        for table in names() {
            for position in [0.0, 0.43, 1.0] {
                for hz in check::pitches().step_by(29) {
                    let y = hear(table, position, hz);
                    let alias = Spectrum::of(&y).alias_db(hz);
                    assert!(alias < -40.0, "{table} {position} at {hz} Hz: {alias} dB");
                    let peak = y.iter().fold(0f32, |m, x| m.max(x.abs()));
                    assert!((0.05..1.4).contains(&peak), "{table} {position} at {hz} Hz: {peak}");
                }
            }
        }
    }

    #[test]
    fn classic_goes_from_sine_to_saw() {
        let sine = Spectrum::of(&hear("classic", 0.0, 200.0));
        assert!((sine.level(200.0) - 1.0).abs() < 0.01 && sine.level(400.0) < 1e-3);
        let saw = Spectrum::of(&hear("classic", 1.0, 200.0));
        for n in 2..20 {
            let ratio = saw.level(200.0) / saw.level(200.0 * n as f32);
            assert!((ratio / f64::from(n) - 1.0).abs() < 0.05, "harmonic {n}: {ratio}");
        }
    }

    #[test]
    fn vowels_have_their_formants() {
        let a = Spectrum::of(&hear("voice", 0.0, 110.0));
        assert!(a.level(770.0) > 2.0 * a.level(330.0) && a.level(770.0) > 4.0 * a.level(1_870.0));
        let i = Spectrum::of(&hear("voice", 4.0 / 7.0, 110.0));
        assert!(i.level(220.0) > 4.0 * i.level(770.0) && i.level(2_310.0) > 2.0 * i.level(1_320.0));
    }

    #[test]
    fn an_unknown_table_is_refused() {
        let bench = Bench { values: vec![("table", "nothing".into())], ..Bench::default() };
        let error = Rig::new(&SPEC, &bench).err().expect("refused").to_string();
        assert!(error.contains("classic") && error.contains("nothing"), "{error}");
    }

    #[test]
    fn laws() {
        check::oscillator(&SPEC);
    }
}
