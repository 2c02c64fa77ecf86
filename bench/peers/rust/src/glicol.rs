//! Glicol: blocks of 128 frames; an edit parses the whole text again.

use crate::workload::{Energy, Job, lfo_hz, sine_hz, voice_hz};

const BLOCK: usize = 128;

fn sine(job: &Job, i: usize, hz: f32) -> String {
    format!("o{i}: sin {hz:.3} >> mul {:.6}", job.gain())
}

fn lines(job: &Job) -> Result<Vec<String>, String> {
    let gain = job.gain();
    let voice = |i: usize| {
        format!(
            "~l{i}: sin {:.2} >> mul 800.0 >> add 1200.0;\n~e{i}: constsig 1.0 >> adsr 0.01 0.1 0.7 0.3;\n\
             o{i}: saw {:.3} >> lpf ~l{i} 2.0 >> mul ~e{i} >> mul {gain:.6}",
            lfo_hz(i),
            voice_hz(i)
        )
    };
    Ok(match job.workload.as_str() {
        "w1" | "w7" => (0..job.count).map(|i| sine(job, i, sine_hz(i))).collect(),
        "w2" => (0..job.count).map(voice).collect(),
        // It has no peaking filter; a low-pass is a biquad as well.
        "w4" => vec![format!("o: noise 42 >> mul 0.1{}", " >> lpf 5000.0 1.0".repeat(job.count))],
        "w5" => (0..job.count).map(|i| format!("o{i}: noise {i} >> mul 0.1 >> plate 0.5")).collect(),
        _ => return Err(job.unknown("glicol")),
    })
}

pub fn play(job: &Job) -> Result<f64, String> {
    let mut lines = lines(job)?;
    let mut engine = glicol::Engine::<BLOCK>::new();
    engine.set_sr(48_000);
    engine.update_with_code(&lines.join(";\n"));
    let told = |e| format!("{e:?}").chars().take(300).collect::<String>();
    engine.update().map_err(told)?;
    let (mut energy, mut edits) = (Energy::default(), 0);
    for block in 0..job.blocks(BLOCK) {
        for i in job.edits(block, BLOCK) {
            edits += 1;
            // A line that did not change would be left alone.
            lines[i] = sine(job, i, sine_hz(i) + 0.01 * edits as f32);
            engine.update_with_code(&lines.join(";\n"));
            engine.update().map_err(told)?;
        }
        energy.add(&engine.next_block(vec![]).0[0]);
    }
    Ok(energy.rms())
}
