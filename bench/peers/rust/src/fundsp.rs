//! fundsp: units by the vector of 64 frames; edits through `Net` and its backend, notes through `Sequencer`.

use crate::workload::{
    Energy, Job, Noise, SIDES, lfo_hz, note_hz, pan as pan_of, peaking, sample, sine_hz as hz, speed, voice_hz,
};
use fundsp::prelude32::*;
use std::hint::black_box;
use std::sync::Arc;

const BLOCK: usize = MAX_BUFFER_SIZE;

pub fn play(job: &Job) -> Result<f64, String> {
    match job.workload.as_str() {
        "w4" => Ok(in_series(job)),
        "w6" => Ok(notes(job)),
        "w7" => Ok(edited(job)),
        _ => summed(job),
    }
}

/// What plays side by side.
fn units(job: &Job) -> Result<Vec<Box<dyn AudioUnit>>, String> {
    let all = 0..job.count;
    Ok(match job.workload.as_str() {
        "w1" => all.map(|i| Box::new(sine_hz(hz(i)) * job.gain() >> pan(0.0)) as Box<dyn AudioUnit>).collect(),
        "w2" => all.map(|i| voice(job, i)).collect(),
        "w3" => {
            let mut wave = Wave::new(0, 48_000.0);
            SIDES.iter().for_each(|step| wave.push_channel(&sample(*step)));
            let wave = Arc::new(wave);
            let sides = || playwave(&wave, 0, Some(0)) | playwave(&wave, 1, Some(0));
            // `resample` takes its speed as an input and interpolates with a cubic.
            all.map(|i| Box::new(dc(speed(i)) >> resample(sides())) as Box<dyn AudioUnit>).collect()
        }
        "w5" => all.map(|_| Box::new(reverb_stereo(10.0, 2.0, 0.5)) as Box<dyn AudioUnit>).collect(),
        _ => return Err(job.unknown("fundsp")),
    })
}

fn voice(job: &Job, i: usize) -> Box<dyn AudioUnit> {
    let (gain, wobble, release) = (job.gain(), lfo_hz(i), job.release_at());
    let cutoff = lfo(move |t: f32| 1200.0 + 800.0 * (t * wobble * core::f32::consts::TAU).sin());
    let envelope = lfo(move |t: f32| {
        gain * match t {
            t if t < 0.01 => t * 100.0,
            t if t < 0.11 => 1.0 - (t - 0.01) * 3.0,
            t if t < release => 0.7,
            t => (0.7 - (t - release) * 2.33).max(0.0),
        }
    });
    Box::new(((saw_hz(voice_hz(i)) | cutoff | dc(2.0)) >> lowpass()) * envelope >> pan(pan_of(i)))
}

fn ready(unit: &mut dyn AudioUnit) {
    unit.set_sample_rate(48_000.0);
    unit.allocate();
}

fn summed(job: &Job) -> Result<f64, String> {
    let mut units = units(job)?;
    units.iter_mut().for_each(|unit| ready(&mut **unit));
    let (mut input, mut output) = (BufferVec::new(2), BufferVec::new(2));
    let (mut noise, mut energy, mut sum) = (Noise::new(), Energy::default(), [0f32; BLOCK]);
    for _ in 0..job.blocks(BLOCK) {
        noise.fill(input.channel_f32_mut(0));
        let left = input.channel_f32(0).to_owned();
        input.channel_f32_mut(1).copy_from_slice(&left);
        sum.fill(0.0);
        let mut right = 0.0;
        for unit in &mut units {
            let inputs = if unit.inputs() == 0 { BufferRef::empty() } else { input.buffer_ref() };
            unit.process(BLOCK, &inputs, &mut output.buffer_mut());
            sum.iter_mut().zip(output.channel_f32(0)).for_each(|(sum, x)| *sum += *x);
            right += output.channel_f32(1).iter().sum::<f32>();
        }
        black_box(right);
        energy.add(&sum);
    }
    Ok(energy.rms())
}

fn in_series(job: &Job) -> f64 {
    let [b0, b1, b2, a1, a2] = peaking();
    let mut units: Vec<_> = (0..job.count).map(|_| biquad(a1, a2, b0, b1, b2)).collect();
    units.iter_mut().for_each(|unit| ready(unit));
    let (mut from, mut to) = (BufferVec::new(1), BufferVec::new(1));
    let (mut noise, mut energy) = (Noise::new(), Energy::default());
    for _ in 0..job.blocks(BLOCK) {
        noise.fill(from.channel_f32_mut(0));
        for unit in &mut units {
            let unit: &mut dyn AudioUnit = unit;
            unit.process(BLOCK, &from.buffer_ref(), &mut to.buffer_mut());
            core::mem::swap(&mut from, &mut to);
        }
        energy.add(from.channel_f32(0));
    }
    energy.rms()
}

fn notes(job: &Job) -> f64 {
    let mut sequencer = Sequencer::new(0, 1, ReplayMode::None);
    sequencer.set_sample_rate(48_000.0);
    for i in 0..(job.count as f64 * job.seconds) as usize {
        let at = i as f64 / job.count as f64;
        let unit = Box::new(sine_hz(note_hz(i)) * 0.02);
        sequencer.push(at, at + 0.01, Fade::Smooth, 0.001, 0.009, unit);
    }
    let (mut output, mut energy) = (BufferVec::new(1), Energy::default());
    for _ in 0..job.blocks(BLOCK) {
        sequencer.process(BLOCK, &BufferRef::empty(), &mut output.buffer_mut());
        energy.add(output.channel_f32(0));
    }
    energy.rms()
}

/// Each sine goes through an adder of two inputs to the next, as `net + net` builds it.
fn edited(job: &Job) -> f64 {
    let sine = |i: usize| Box::new(sine_hz(hz(i)) * job.gain());
    let mut net = Net::new(0, 1);
    let sines: Vec<NodeId> = (0..job.count).map(|i| net.push(sine(i))).collect();
    let sum = sines.iter().copied().reduce(|sum, sine| {
        let adder = net.push(Box::new(pass() + pass()));
        net.connect(sum, 0, adder, 0);
        net.connect(sine, 0, adder, 1);
        adder
    });
    if let Some(sum) = sum {
        net.connect_output(sum, 0, 0);
    }
    net.set_sample_rate(48_000.0);
    let mut backend = net.backend();
    let (mut output, mut energy) = (BufferVec::new(1), Energy::default());
    for block in 0..job.blocks(BLOCK) {
        for i in job.edits(block, BLOCK) {
            net.replace(sines[i], sine(i));
            net.commit();
        }
        backend.process(BLOCK, &BufferRef::empty(), &mut output.buffer_mut());
        energy.add(output.channel_f32(0));
    }
    energy.rms()
}
