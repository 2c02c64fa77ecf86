//! web-audio-api: an offline context, in render quanta of 128 frames.

use crate::workload::{Energy, Job, RATE, SAMPLE_FRAMES, SIDES, lfo_hz, pan, sample, sine_hz, speed, voice_hz};
use web_audio_api::context::{BaseAudioContext, OfflineAudioContext};
use web_audio_api::node::{
    AudioDestinationNode, AudioNode, AudioScheduledSourceNode, BiquadFilterType, OscillatorType,
};
use web_audio_api::{AudioBuffer, AudioBufferOptions};

pub fn play(job: &Job) -> Result<f64, String> {
    let mut context = OfflineAudioContext::new(2, (job.seconds * f64::from(RATE)) as usize, RATE);
    let out = context.destination();
    match job.workload.as_str() {
        "w1" => (0..job.count).for_each(|i| sine(&context, &out, job, i)),
        "w2" => (0..job.count).for_each(|i| voice(&context, &out, job, i)),
        "w3" => players(&context, &out, job),
        "w4" => filters(&context, &out, job),
        _ => return Err(job.unknown("web-audio-api")),
    }
    let rendered = context.start_rendering_sync();
    let mut energy = Energy::default();
    energy.add(rendered.get_channel_data(0));
    Ok(energy.rms())
}

fn sine(context: &OfflineAudioContext, out: &AudioDestinationNode, job: &Job, i: usize) {
    let mut oscillator = context.create_oscillator();
    oscillator.frequency().set_value(sine_hz(i));
    let gain = context.create_gain();
    gain.gain().set_value(job.gain());
    oscillator.connect(&gain);
    gain.connect(out);
    oscillator.start();
}

fn voice(context: &OfflineAudioContext, out: &AudioDestinationNode, job: &Job, i: usize) {
    let (level, end) = (job.gain(), job.seconds);
    let mut oscillator = context.create_oscillator();
    oscillator.set_type(OscillatorType::Sawtooth);
    oscillator.frequency().set_value(voice_hz(i));
    let filter = context.create_biquad_filter();
    filter.frequency().set_value(1200.0);
    filter.q().set_value(6.0);
    let mut lfo = context.create_oscillator();
    lfo.frequency().set_value(lfo_hz(i));
    let depth = context.create_gain();
    depth.gain().set_value(800.0);
    lfo.connect(&depth);
    depth.connect(filter.frequency());
    let amp = context.create_gain();
    amp.gain().set_value(0.0);
    amp.gain().linear_ramp_to_value_at_time(level, 0.01);
    amp.gain().linear_ramp_to_value_at_time(0.7 * level, 0.11);
    amp.gain().set_value_at_time(0.7 * level, end - 0.1);
    amp.gain().linear_ramp_to_value_at_time(0.0, end);
    let panner = context.create_stereo_panner();
    panner.pan().set_value(pan(i));
    oscillator.connect(&filter);
    filter.connect(&amp);
    amp.connect(&panner);
    panner.connect(out);
    oscillator.start();
    lfo.start();
}

fn players(context: &OfflineAudioContext, out: &AudioDestinationNode, job: &Job) {
    let options = AudioBufferOptions { number_of_channels: 2, length: SAMPLE_FRAMES, sample_rate: RATE };
    let mut buffer = AudioBuffer::new(options);
    for (side, step) in SIDES.into_iter().enumerate() {
        buffer.copy_to_channel(&sample(step), side);
    }
    for i in 0..job.count {
        let mut player = context.create_buffer_source();
        player.set_buffer(buffer.clone());
        player.set_loop(true);
        player.playback_rate().set_value(speed(i));
        let gain = context.create_gain();
        gain.gain().set_value(job.gain());
        player.connect(&gain);
        gain.connect(out);
        player.start();
    }
}

fn filters(context: &OfflineAudioContext, out: &AudioDestinationNode, job: &Job) {
    // There is no noise source: a saw feeds the filters.
    let mut source = context.create_oscillator();
    source.set_type(OscillatorType::Sawtooth);
    source.start();
    let mut last: Box<dyn AudioNode> = Box::new(source);
    for _ in 0..job.count {
        let mut filter = context.create_biquad_filter();
        filter.set_type(BiquadFilterType::Peaking);
        filter.frequency().set_value(1000.0);
        filter.gain().set_value(0.1);
        last.connect(&filter);
        last = Box::new(filter);
    }
    last.connect(out);
}
