//! knyst: a graph of oscillators in blocks of 64 frames.

use crate::workload::{Energy, Job, RATE, sine_hz};
use knyst::graph::RunGraph;
use knyst::prelude::*;

const BLOCK: usize = 64;

pub fn play(job: &Job) -> Result<f64, String> {
    if !matches!(job.workload.as_str(), "w1" | "w7") {
        return Err(job.unknown("knyst"));
    }
    let settings = GraphSettings { block_size: BLOCK, sample_rate: RATE, num_outputs: 2, ..GraphSettings::default() };
    let mut graph = Graph::new(settings);
    let mut sines = Vec::new();
    for i in 0..job.count {
        sines.push(sine(&mut graph, i)?);
    }
    graph.update();
    let resources = Resources::new(ResourcesSettings::default());
    let (mut run, _, _) =
        RunGraph::new(&mut graph, resources, RunGraphSettings::default()).map_err(|e| format!("{e:?}"))?;
    let (mut energy, gain) = (Energy::default(), job.gain());
    for block in 0..job.blocks(BLOCK) {
        for i in job.edits(block, BLOCK) {
            graph.free_node(sines[i].clone()).map_err(|e| format!("{e:?}"))?;
            sines[i] = sine(&mut graph, i)?;
            graph.update();
        }
        run.process_block();
        let heard: Vec<f32> = run.graph_output_buffers().get_channel(0).iter().map(|x| x * gain).collect();
        energy.add(&heard);
    }
    Ok(energy.rms())
}

fn sine(graph: &mut Graph, i: usize) -> Result<NodeId, String> {
    let node = graph.push(Oscillator::new(WavetableId::cos()));
    let pitch = constant(sine_hz(i)).to(node.clone()).to_channel("freq");
    graph.connect(pitch).map_err(|e| format!("{e:?}"))?;
    graph.connect(node.clone().to_graph_out()).map_err(|e| format!("{e:?}"))?;
    Ok(node)
}
