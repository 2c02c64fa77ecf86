//! From an edit to the swapped plan, from a changed line to the swap, and from opening to the first frame.

use super::workloads::w1;
use super::{Arguments, Scratch};
use bf_patch::{Edit, Name, Node, SetEdit};
use bf_session::{Options, Session, registry, thread_cpu_ns};

fn ms(ns: u64) -> f64 {
    ns as f64 / 1e6
}

/// Blocks until the fades of an edit are over and the remains are gone.
const SETTLES: usize = 12;

/// The middle, the worst, of figures that are sorted here.
fn middle_and_worst(figures: &mut [u64]) -> (u64, u64) {
    figures.sort_unstable();
    (figures[figures.len() / 2], figures[figures.len() - 1])
}

/// CPU nanoseconds of this thread that `work` takes.
fn cost(work: impl FnOnce()) -> u64 {
    let before = thread_cpu_ns();
    work();
    thread_cpu_ns() - before
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
    let (mut control, mut audio, mut plain, mut whole) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for i in 0..400 {
        let kind = if i % 2 == 0 { "triangle" } else { "sine" };
        let name = Name::new(&format!("s{}", 1 + i % (a.nodes - 1)));
        let node = Node::new(kind).with("freq", 220.0);
        let before = thread_cpu_ns();
        let edit = SetEdit::main(Edit::ReplaceNode { name, node });
        session.apply(&edit, "replace", None).map_err(|e| e.to_string())?;
        control.push(thread_cpu_ns() - before);
        audio.push(cost(|| {
            engine.block_now();
        }));
        for _ in 0..SETTLES {
            engine.block_now();
            session.poll();
        }
        whole.push(thread_cpu_ns() - before);
        plain.extend((0..3).map(|_| {
            cost(|| {
                engine.block_now();
            })
        }));
    }
    let (control, worst) = middle_and_worst(&mut control);
    let (audio, plain) = (middle_and_worst(&mut audio).0, middle_and_worst(&mut plain).0);
    // All that an edit costs both sides, fades and tidying included, over the same blocks without it.
    let edit = middle_and_worst(&mut whole).0.saturating_sub(plain * (SETTLES as u64 + 1));
    let (reload, reload_worst) = reload(&scratch, &mut session, &mut engine)?;
    if a.json {
        let line = serde_json::json!({
            "bench": "w7", "nodes": a.nodes, "block": a.block, "edit_us": edit as f64 / 1e3,
            "control_ms": ms(control), "control_ms_worst": ms(worst), "swap_block_us": audio.saturating_sub(plain) as f64 / 1e3,
            "reload_ms": ms(reload), "reload_ms_worst": ms(reload_worst),
        });
        println!("{line}");
        return Ok(());
    }
    println!(
        "w7  one of {} nodes replaced: {:.3} ms CPU from the edit to the sent plan (median; {:.3} worst), \
         {:.1} us more on the audio thread in the block of the swap, {:.3} ms in all",
        a.nodes,
        ms(control),
        ms(worst),
        (audio as f64 - plain as f64) / 1e3,
        ms(edit),
    );
    println!(
        "    one changed line of a file of {} nodes: {:.2} ms CPU from the read to the sent plan (median; {:.2} worst)",
        a.nodes,
        ms(reload),
        ms(reload_worst)
    );
    Ok(())
}

/// The CPU nanoseconds, middle and worst, that one changed line of the file takes.
fn reload(scratch: &Scratch, session: &mut Session, engine: &mut bf_session::Engine) -> Result<(u64, u64), String> {
    let main = scratch.0.join("set.toml");
    session.save().map_err(|e| e.to_string())?;
    let mut now = std::fs::read_to_string(&main).map_err(|e| e.to_string())?;
    let mut took = Vec::new();
    for i in 0..20 {
        let line = now.lines().find(|l| l.starts_with("s7 =")).ok_or("no s7")?.to_owned();
        let kind = if i % 2 == 0 { "saw" } else { "sine" };
        now = now.replace(&line, &format!("s7 = {{ type = \"{kind}\", freq = 330.0 }}"));
        std::fs::write(&main, &now).map_err(|e| e.to_string())?;
        took.push(cost(|| session.reload(std::slice::from_ref(&main))));
        for _ in 0..SETTLES {
            engine.block_now();
            session.poll();
        }
    }
    Ok(middle_and_worst(&mut took))
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
        let took = ms(thread_cpu_ns() - before);
        if a.json {
            println!("{}", serde_json::json!({ "bench": "start", "nodes": n, "block": a.block, "cpu_ms": took }));
        } else {
            println!("start  {n} nodes: {took:.1} ms CPU from opening to the first block");
        }
        drop((engine, session));
    }
    Ok(())
}
