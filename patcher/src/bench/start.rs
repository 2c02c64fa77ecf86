//! From an edit to the swapped plan, from a changed line to the swap, and from opening to the first frame.

use super::workloads::w1;
use super::{Arguments, Scratch};
use bf_patch::{Edit, Name, Node, SetEdit};
use bf_session::{Options, Session, registry, thread_cpu_ns};

fn ms(ns: u64) -> f64 {
    ns as f64 / 1e6
}

/// Replaces one of n nodes again and again: CPU of the control side, and of the audio side over a block without edits.
pub(crate) fn compile(a: &Arguments) -> Result<(), String> {
    let w = w1(a.nodes);
    let scratch = w.scratch()?;
    let (mut session, mut engine) =
        Session::open(&scratch.0, registry(), Options { block: a.block, ..Options::default() })
            .map_err(|e| e.to_string())?;
    for _ in 0..20 {
        engine.block_now();
    }
    let (mut control, mut audio, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..400 {
        let kind = if i % 2 == 0 { "triangle" } else { "sine" };
        let name = Name::new(&format!("s{}", 1 + i % (a.nodes - 1)));
        let node = Node::new(kind).with("freq", 220.0);
        let before = thread_cpu_ns();
        let edit = SetEdit::main(Edit::ReplaceNode { name, node });
        session.apply(&edit, "replace", None).map_err(|e| e.to_string())?;
        control.push(thread_cpu_ns() - before);
        let before = thread_cpu_ns();
        engine.block_now();
        audio.push(thread_cpu_ns() - before);
        // Until the fades are over and the remains are gone.
        for _ in 0..12 {
            engine.block_now();
            session.poll();
        }
        for _ in 0..3 {
            let before = thread_cpu_ns();
            engine.block_now();
            plain.push(thread_cpu_ns() - before);
        }
    }
    for list in [&mut control, &mut audio, &mut plain] {
        list.sort_unstable();
    }
    let mid = |l: &[u64]| l[l.len() / 2];
    println!(
        "w7  one of {} nodes replaced: {:.3} ms CPU from the edit to the sent plan (median; {:.3} worst), \
         {:.1} us more on the audio thread in the block of the swap",
        a.nodes,
        ms(mid(&control)),
        ms(control[control.len() - 1]),
        (mid(&audio) as f64 - mid(&plain) as f64) / 1e3,
    );
    reload(a, &scratch, &mut session, &mut engine)
}

fn reload(
    a: &Arguments,
    scratch: &Scratch,
    session: &mut Session,
    engine: &mut bf_session::Engine,
) -> Result<(), String> {
    let main = scratch.0.join("set.toml");
    session.save().map_err(|e| e.to_string())?;
    let text = std::fs::read_to_string(&main).map_err(|e| e.to_string())?;
    let mut took = Vec::new();
    let mut now = text;
    for i in 0..20 {
        let line = now.lines().find(|l| l.starts_with("s7 =")).ok_or("no s7")?.to_owned();
        now = now.replace(
            &line,
            &format!("s7 = {{ type = \"{}\", freq = 330.0 }}", if i % 2 == 0 { "saw" } else { "sine" }),
        );
        std::fs::write(&main, &now).map_err(|e| e.to_string())?;
        let before = thread_cpu_ns();
        session.reload(std::slice::from_ref(&main));
        took.push(thread_cpu_ns() - before);
        for _ in 0..12 {
            engine.block_now();
            session.poll();
        }
    }
    took.sort_unstable();
    println!(
        "    one changed line of a file of {} nodes: {:.2} ms CPU from the read to the sent plan (median; {:.2} worst)",
        a.nodes,
        ms(took[took.len() / 2]),
        ms(took[took.len() - 1])
    );
    Ok(())
}

/// Opens sets and makes their first block.
pub(crate) fn start(a: &Arguments) -> Result<(), String> {
    for n in [10, 1000, 10_000] {
        let scratch = w1(n).scratch()?;
        let before = thread_cpu_ns();
        let (session, mut engine) =
            Session::open(&scratch.0, registry(), Options { block: a.block, ..Options::default() })
                .map_err(|e| e.to_string())?;
        engine.block_now();
        println!("start  {n} nodes: {:.1} ms CPU from opening to the first block", ms(thread_cpu_ns() - before));
        drop((engine, session));
    }
    Ok(())
}
