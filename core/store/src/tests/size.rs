//! How big an hour of playing is, and how fast it opens again.

use super::{now, open, quiet, set, sheets};
use crate::entry::{Evaluation, Played};
use crate::{Change, Moment, What, restore};
use bf_node::Value;
use bf_patch::{Edit, SetEdit, Socket};
use bf_pattern::Ratio;
use std::io::Write;
use std::time::{Duration, Instant};

/// The part of an hour that is played here; the rest is more of the same.
const PART: u64 = 10;
const MAX_HOUR: u64 = 48 << 20;

fn played(n: u64) -> What {
    let values = vec![
        ("s".to_owned(), Value::Text("acid".to_owned())),
        ("note".to_owned(), Value::Number(36.0 + (n % 24) as f64)),
        ("cutoff".to_owned(), Value::Number(300.0 + (n % 997) as f64 * 2.7)),
        ("gain".to_owned(), Value::Number(0.8)),
    ];
    What::Played(Played { track: "bass".to_owned(), note: n, length: Ratio::new(1, 4), values })
}

#[test]
fn an_hour_of_playing_stays_small() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path(), &quiet());
    let mut set = set();
    for n in 0..60 {
        let node = bf_patch::Node::new("saw").with("freq", 110.0).with("gain", 0.5);
        set.main.nodes.insert(format!("node{n}").as_str().into(), node);
    }
    store.checkpoint(now(), sheets(&set)).unwrap();
    let script = "track(\"bass\", n(\"<0 3 5 [7 5]>*8\").scale(\"c2:minor\").s(\"acid\"));\n".repeat(60);
    let seconds = 3600 / PART;
    let (mut spent, mut worst) = (Duration::ZERO, Duration::ZERO);
    let mut record = |moment: Moment, what: &What| {
        let begun = Instant::now();
        store.record(moment, what).unwrap();
        let took = begun.elapsed();
        (spent, worst) = (spent + took, worst.max(took));
    };
    let begun = Instant::now();
    for second in 0..seconds {
        for n in 0..32 {
            let number = second * 32 + n;
            let beat = Ratio::new(i64::try_from(number).unwrap(), 16);
            let moment = Moment { frame: Some(number * 1500), beat: Some(beat) };
            record(moment, &played(number));
            record(moment, &What::Receipt { id: number, late: false, shed: false });
        }
        if second % 3 == 0 {
            for n in 0..60 {
                let value = f64::from(n) / 61.0;
                let turned =
                    What::Control { source: "osc 10.0.0.7:9000".into(), target: "filter.cutoff".into(), value };
                record(Moment { frame: Some(second * 48_000), beat: None }, &turned);
            }
        }
        // 2,000 edits and 200 evaluations an hour.
        if second * 2000 / 3600 != (second + 1) * 2000 / 3600 {
            let target = Socket::new(&format!("node{}", second % 60), "freq");
            let edit = SetEdit::main(Edit::SetParam { target, value: Some((second as f64 / 3.0).into()) });
            set.apply(&edit).unwrap();
            let change = Change { label: "set freq".into(), gesture: Some(second), edits: vec![edit] };
            record(now(), &What::Edit(change));
        }
        if second % 18 == 0 {
            let text = format!("// {second}\n{script}").into();
            let evaluation =
                Evaluation { request: second, file: "live.rhai".into(), text, part: None, quant: "cycle".into() };
            record(now(), &What::Evaluate(evaluation));
        }
        if second % 120 == 0 {
            store.checkpoint(now(), sheets(&set)).unwrap();
        }
        if second % 60 == 59 {
            assert!(store.flush(super::PATIENCE));
        }
    }
    let wrote = begun.elapsed();
    let entries = store.status().last;
    assert_eq!(store.status().lost, 0);
    assert!(store.close());
    let bytes = std::fs::metadata(folder.path().join(".beatforge/history.sqlite")).unwrap().len();
    let begun = Instant::now();
    let (_store, opening) = open(folder.path(), &quiet());
    let opened = begun.elapsed();
    assert_eq!(restore(&opening.start).unwrap().set, set);
    let hour = bytes * PART;
    let says = format!(
        "an hour is {:.1} MiB ({} bytes an entry); {entries} entries written in {:.2} s, opened in {:.0} ms; \
         recording one took {:.1} us on average and {:.2} ms at worst\n",
        hour as f64 / f64::from(1 << 20),
        bytes / entries,
        wrote.as_secs_f64(),
        opened.as_secs_f64() * 1000.0,
        spent.as_secs_f64() * 1e6 / entries as f64,
        worst.as_secs_f64() * 1000.0,
    );
    std::io::stderr().write_all(says.as_bytes()).unwrap();
    assert!(hour < MAX_HOUR, "{says}");
}
