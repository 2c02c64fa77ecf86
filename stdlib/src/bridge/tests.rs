//! What every row of the table is held to.

use super::units::ALL;
use crate::effect::laws;
use bf_node::rig::{Bench, Rig};
use bf_node::{Category, NodeSpec, ParamKind};

fn spec(name: &str) -> &'static NodeSpec {
    ALL.iter().find(|s| s.name == name).unwrap()
}

#[test]
fn laws_hold_for_every_row_but_rooms() {
    for spec in ALL.iter().filter(|s| s.category != Category::Reverb) {
        laws::hold(spec, &[]);
    }
}

#[test]
fn laws_hold_for_rooms() {
    for spec in ALL.iter().filter(|s| s.category == Category::Reverb) {
        laws::hold(spec, &[]);
    }
}

#[test]
fn what_has_an_input_comes_to_rest() {
    for name in ["moog", "morphfilter", "resonator", "dirtylow", "bendlow", "pinkpass", "dcblock"] {
        laws::rests(spec(name), &[], 2.5);
    }
}

#[test]
fn params_are_inputs_of_the_unit() {
    for spec in ALL {
        for param in spec.params {
            assert!(param.is_smooth() || param.is_setting(), "{}.{}", spec.name, param.name);
            assert!(!matches!(param.kind, ParamKind::Choice { .. }));
        }
        let bench = Bench { channels: 2, ..Bench::default() };
        assert!(Rig::new(spec, &bench).unwrap().run(64).iter().flatten().all(|x| x.is_finite()));
    }
}

#[test]
fn a_butterworth_is_3_db_down_at_its_cutoff() {
    let mut rig = Rig::new(spec("butterworth"), &Bench::default()).unwrap();
    rig.feed("input", 0, |n, _| (n as f32 * core::f32::consts::TAU / 48.0).sin());
    rig.run(4_800);
    let peak = rig.run(4_800)[0].iter().fold(0.0f32, |m, x| m.max(x.abs()));
    assert!((peak - core::f32::consts::FRAC_1_SQRT_2).abs() < 0.01, "{peak}");
}

#[test]
fn direct_current_does_not_pile_up_in_a_bloom() {
    let bench = Bench { values: vec![("mix", 1.0.into())], ..Bench::default() };
    let mut rig = Rig::new(spec("bloom"), &bench).unwrap();
    for channel in 0..2 {
        rig.feed("input", channel, |_, _| 0.1);
    }
    rig.run(240_000);
    let peak = rig.run(48_000).iter().flatten().fold(0.0f32, |m, x| m.max(x.abs()));
    assert!(peak < 0.1, "{peak}");
}

#[test]
fn sources_sound_at_any_speed_and_stay_in_bounds() {
    for name in ["organ", "hammond", "softsaw", "lorenz", "rossler"] {
        for part in [0.0f32, 0.5, 1.0] {
            let spec = spec(name);
            let mut rig = Rig::new(spec, &Bench::default()).unwrap();
            let (min, max) = spec.params[0].range();
            rig.set("freq", min + (max - min) * part);
            let out = rig.run(9_600);
            let peak = out[0].iter().fold(0.0f32, |m, x| m.max(x.abs()));
            assert!((0.01..2.0).contains(&peak), "{name} at {part}: {peak}");
        }
    }
}
