//! MIDI files made by another program (mido), and ours read by it.
//!
//! The files in `data` were made by `python3 data/make-midi.py data`.
#![allow(clippy::unwrap_used, reason = "a test that fails says where")]
#![allow(clippy::print_stderr, reason = "a test that is passed over says why")]

use bf_media::midi::{
    Division, MidiChange, MidiFile, MidiKind, MidiNote, Signature, TempoChange, parse_midi, write_midi,
};
use bf_pattern::{Ratio, Tempo};
use std::path::Path;
use std::process::Command;

const FILES: [&[u8]; 3] = [
    include_bytes!("data/mido-type0.mid"),
    include_bytes!("data/mido-type1.mid"),
    include_bytes!("data/mido-type2.mid"),
];

fn read(kind: usize) -> MidiFile {
    parse_midi(Path::new("mido.mid"), FILES[kind]).unwrap()
}

fn of(file: &MidiFile, track: u16) -> Vec<(f64, u8, u8)> {
    let notes = file.notes.iter().filter(|n| n.track == track);
    notes.map(|n| (n.start.to_f64(), n.pitch, n.channel)).collect()
}

#[test]
fn files_of_every_type_are_read() {
    assert_eq!([0, 1, 2].map(|k| read(k).kind), [MidiKind::Single, MidiKind::Together, MidiKind::Apart]);
    for kind in 0..3 {
        let file = read(kind);
        assert_eq!(file.signatures[0], Signature { at: Ratio::ZERO, counts: 3, unit: 4 });
        assert!((file.tempos[0].tempo.bpm() - 90.0).abs() < 1e-3);
        assert_eq!(file.track_names[0], "head");
        assert!(file.controls.iter().any(|c| c.change == MidiChange::Controller(7, 100) && c.channel == 2));
        assert!(file.controls.iter().any(|c| c.change == MidiChange::Bend(-4096)));
    }
    assert_eq!(of(&read(0), 0), [(0.0, 60, 0), (0.5, 64, 0), (1.0, 67, 0)]);
    for kind in [1, 2] {
        let file = read(kind);
        assert_eq!(of(&file, 1), [(0.0, 36, 1), (0.75, 38, 1), (1.5, 40, 1), (2.25, 41, 1)]);
        assert_eq!(of(&file, 2), [(0.0, 36, 9), (1.0, 42, 9), (2.0, 38, 9), (3.0, 42, 9)]);
        assert!(file.controls.iter().any(|c| c.change == MidiChange::Program(33)));
    }
    let tempos: Vec<_> = read(1).tempos.iter().map(|t| (t.at.to_f64(), t.tempo.bpm().round())).collect();
    assert_eq!(tempos, [(0.0, 90.0), (6.0, 180.0)]);
}

/// What mido reads of a file: a line for each message with its tick.
fn by_mido(bytes: &[u8]) -> Option<String> {
    let script = "import sys, mido\nf = mido.MidiFile(sys.argv[1])\nprint('type', f.type, f.ticks_per_beat)\n\
                  for i, t in enumerate(f.tracks):\n  now = 0\n  for m in t:\n    now += m.time\n    \
                  print(i, now, m.type, *[getattr(m, k) for k in ('note', 'velocity', 'tempo', 'name') if hasattr(m, k)])\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ours.mid");
    std::fs::write(&file, bytes).unwrap();
    let output = Command::new("python3").arg("-c").arg(script).arg(&file).output();
    let Some(output) = output.ok().filter(|o| o.status.success()) else {
        eprintln!("passed over, as mido is not installed (pip install mido)");
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn another_program_reads_what_is_written() {
    let note = |beat: i64, pitch, track| MidiNote {
        start: Ratio::new(beat, 3),
        length: Ratio::new(1, 3),
        pitch,
        velocity: 77,
        channel: track as u8,
        track,
    };
    for kind in [MidiKind::Single, MidiKind::Together, MidiKind::Apart] {
        let file = MidiFile {
            kind,
            notes: vec![note(0, 60, 0), note(1, 62, 0), note(4, 64, 1)],
            tempos: vec![
                TempoChange { at: Ratio::ZERO, tempo: Tempo::from_bpm(90.0) },
                TempoChange { at: Ratio::int(2), tempo: Tempo::from_bpm(120.0) },
            ],
            signatures: vec![Signature { at: Ratio::ZERO, counts: 7, unit: 8 }],
            track_names: vec!["lead".into(), "bass".into()],
            length: Ratio::int(4),
            ..MidiFile::default()
        };
        let Some(said) = by_mido(&write_midi(&file, Division::Beats(480)).unwrap()) else { return };
        let second = if kind == MidiKind::Single { 0 } else { 1 };
        for line in [
            "0 0 track_name lead".to_owned(),
            "0 0 set_tempo 666667".to_owned(),
            "0 960 set_tempo 500000".to_owned(),
            "0 0 note_on 60 77".to_owned(),
            "0 160 note_on 60 0".to_owned(),
            "0 160 note_on 62 77".to_owned(),
            format!("{second} 640 note_on 64 77"),
            format!("{second} 800 note_on 64 0"),
            "0 1920 end_of_track".to_owned(),
        ] {
            assert!(said.lines().any(|l| l == line), "{kind:?}: no `{line}` in\n{said}");
        }
    }
}
