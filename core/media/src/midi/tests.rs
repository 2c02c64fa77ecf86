//! Files of every type, whole and damaged.

use super::*;
use proptest::prelude::*;
use std::path::Path;

/// A file from its format, division and tracks of raw event bytes.
fn file(format: u16, division: u16, tracks: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"MThd\0\0\0\x06".to_vec();
    for word in [format, tracks.len() as u16, division] {
        bytes.extend(word.to_be_bytes());
    }
    for track in tracks {
        bytes.extend(b"MTrk");
        bytes.extend((track.len() as u32 + 4).to_be_bytes());
        bytes.extend(*track);
        bytes.extend([0, 0xff, 0x2f, 0]);
    }
    bytes
}
fn parse(bytes: &[u8]) -> MidiFile {
    parse_midi(Path::new("test.mid"), bytes).expect("parses")
}
fn shape(f: &MidiFile) -> Vec<(String, String, u8, u8, u8)> {
    f.notes.iter().map(|n| (n.start.to_string(), n.length.to_string(), n.pitch, n.velocity, n.channel)).collect()
}

#[test]
fn running_status_and_silent_note_ons_end_notes() {
    // 96 ticks a beat: C4 for half a beat, at once E4 twice overlapping, all on channel 2 with running status.
    let track = [0, 0x92, 60, 100, 48, 60, 0, 0, 64, 90, 24, 64, 80, 24, 64, 0, 48, 64, 0, 0, 67, 1];
    let f = parse(&file(0, 96, &[&track]));
    let expected = [("0", "1/2", 60, 100), ("1/2", "1/2", 64, 90), ("3/4", "3/4", 64, 80), ("3/2", "1/96", 67, 1)];
    let expected: Vec<_> = expected.iter().map(|n| (n.0.to_owned(), n.1.to_owned(), n.2, n.3, 2)).collect();
    assert_eq!(shape(&f), expected);
    assert_eq!(f.length, Ratio::new(3, 2));
}

#[test]
fn tracks_share_one_time_and_tempos_have_their_beats() {
    let tempo = [
        0, 0xff, 0x03, 4, b's', b'o', b'n', b'g', 0, 0xff, 0x58, 4, 7, 3, 24, 8, 0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20,
        0x83, 0x60, 0xff, 0x51, 3, 0x0f, 0x42, 0x40,
    ];
    let notes = [0x83, 0x60, 0x99, 36, 127, 120, 0x89, 36, 0];
    let f = parse(&file(1, 480, &[&tempo, &notes]));
    assert_eq!(f.track_names, ["song", ""]);
    assert_eq!(f.signatures, [Signature { at: Ratio::ZERO, counts: 7, unit: 8 }]);
    let tempos: Vec<_> = f.tempos.iter().map(|t| (t.at, t.tempo.bpm())).collect();
    assert_eq!(tempos, [(Ratio::ZERO, 120.0), (Ratio::ONE, 60.0)]);
    assert_eq!(shape(&f), [("1".to_owned(), "1/4".to_owned(), 36, 127, 9)]);
    assert_eq!(f.notes[0].track, 1);
}

#[test]
fn smpte_time_becomes_beats_by_the_tempo() {
    // 25 frames of 40 subframes are 1,000 ticks a second. At 120 to 1 s, then at 60.
    let track = [0x87, 0x68, 0xff, 0x51, 3, 0x0f, 0x42, 0x40, 0, 0x90, 60, 64, 0x87, 0x68, 0x80, 60, 0];
    let f = parse(&file(0, u16::from_be_bytes([(-25i8) as u8, 40]), &[&track]));
    assert_eq!(shape(&f), [("2".to_owned(), "1".to_owned(), 60, 64, 0)]);
    // 29.97 frames: 100 subframes, 3,000 ticks are 1.001 s, twice as many beats at 120.
    let track = [0x97, 0x38, 0x90, 60, 64, 1, 0x80, 60, 0];
    let f = parse(&file(0, u16::from_be_bytes([(-29i8) as u8, 100]), &[&track]));
    assert_eq!(f.notes[0].start, Ratio::new(1001, 500));
}

#[test]
fn a_division_that_is_none_is_refused() {
    for division in [0x8001_u16, 0x8000, 0x80ff, 0xff01, 0x9901] {
        let refused =
            parse_midi(Path::new("x.mid"), &file(0, division, &[&[0, 0x90, 60, 64]])).expect_err("is refused");
        assert!(refused.to_string().contains("division"), "{refused}");
    }
    // The same within another file.
    let mut wrapped = b"RIFF\x40\0\0\0RMIDdata\x30\0\0\0".to_vec();
    wrapped.extend(file(0, 0x8001, &[&[0, 0x90, 60, 64]]));
    wrapped.resize(wrapped.len().next_multiple_of(2) + 64, 0);
    parse_midi(Path::new("x.mid"), &wrapped).expect_err("is refused");
}

#[test]
fn what_is_no_midi_file_is_refused() {
    let refused = |bytes: &[u8]| parse_midi(Path::new("x.mid"), bytes).expect_err("is refused").to_string();
    assert!(refused(b"RIFF").contains("x.mid: is not a standard MIDI file"));
    assert!(refused(&file(0, 0, &[&[]])).contains("division"));
    assert!(matches!(read_midi("/no/such.mid"), Err(MidiError::Missing { .. })));
}

#[test]
fn patterns_of_type_two_each_begin_at_nought() {
    let track = [0, 0x90, 60, 100, 96, 60, 0];
    let f = parse(&file(2, 96, &[&track, &track]));
    assert_eq!(f.kind, MidiKind::Apart);
    assert_eq!(f.notes.iter().map(|n| (n.start, n.track)).collect::<Vec<_>>(), [(Ratio::ZERO, 0), (Ratio::ZERO, 1)]);
}

#[test]
fn what_moves_beside_the_notes_is_read() {
    let track = [0, 0xb3, 7, 100, 48, 10, 64, 0, 0xe3, 0, 96, 0, 0xc3, 5, 0, 0xd3, 9, 0, 0xa3, 60, 8];
    let f = parse(&file(0, 96, &[&track]));
    let changes: Vec<_> = f.controls.iter().map(|c| (c.at, c.change)).collect();
    let half = Ratio::new(1, 2);
    let expected = [
        (Ratio::ZERO, MidiChange::Controller(7, 100)),
        (half, MidiChange::Controller(10, 64)),
        (half, MidiChange::Bend(4096)),
        (half, MidiChange::Program(5)),
        (half, MidiChange::Pressure(9)),
        (half, MidiChange::KeyPressure(60, 8)),
    ];
    assert_eq!(changes, expected);
    assert!(f.controls.iter().all(|c| c.channel == 3));
}

const KINDS: [MidiKind; 3] = [MidiKind::Single, MidiKind::Together, MidiKind::Apart];

/// Notes that do not overlap at one pitch, on a grid of 480 ticks, with a tempo map.
fn any_file() -> impl Strategy<Value = MidiFile> {
    let tick = |n: i64| Ratio::new(n, 480);
    let notes = prop::collection::vec((0i64..40_000, 1i64..2_000, 0u8..128, 1u8..128, 0u8..16, 0u16..4), 1..60);
    let controls = prop::collection::vec((0i64..40_000, 0u8..16, 0u16..4, 0u8..5, 0u8..128, 0u8..128), 0..30);
    let tempos = prop::collection::vec((0i64..40_000, 100_000u32..2_000_000), 0..4);
    (notes, controls, tempos).prop_map(move |(notes, controls, tempos)| {
        let mut file = MidiFile::default();
        for (at, length, pitch, velocity, channel, track) in notes {
            let (start, length) = (tick(at), tick(length));
            let clashes = |n: &MidiNote| {
                n.pitch == pitch && n.channel == channel && n.start <= start + length && start <= n.start + n.length
            };
            if !file.notes.iter().any(clashes) {
                file.notes.push(MidiNote { start, length, pitch, velocity, channel, track });
            }
        }
        file.notes.sort_by_key(|n| (n.start, n.pitch, n.track, n.channel));
        for (at, channel, track, what, a, b) in controls {
            let change = match what {
                0 => MidiChange::Controller(a, b),
                1 => MidiChange::Program(a),
                2 => MidiChange::Bend((i16::from(a) << 7 | i16::from(b)) - 8192),
                3 => MidiChange::Pressure(a),
                _ => MidiChange::KeyPressure(a, b),
            };
            file.controls.push(MidiControl { at: tick(at), channel, track, change });
        }
        for (at, micros) in tempos {
            if !file.tempos.iter().any(|t| t.at == tick(at)) {
                file.tempos.push(TempoChange { at: tick(at), tempo: Tempo::from_bpm(60e6 / f64::from(micros)) });
            }
        }
        file.tempos.sort_by_key(|t| t.at);
        file.signatures.push(Signature { at: Ratio::ZERO, counts: 7, unit: 8 });
        file.track_names = (0..4).map(|i| format!("track {i}")).collect();
        file.length = tick(60_000);
        file
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(file in any_file(), kind in 0usize..3) {
        let written = MidiFile { kind: KINDS[kind], ..file };
        let bytes = write_midi(&written, Division::Beats(480)).unwrap();
        let read = parse(&bytes);
        prop_assert_eq!(read.kind, written.kind);
        prop_assert_eq!(read.length, written.length);
        let whole = |n: &MidiNote| (n.start, n.pitch, n.track, n.channel, n.length, n.velocity);
        let flat = |f: &MidiFile| {
            let mut notes: Vec<_> = f.notes.iter().map(whole).collect();
            if kind == 0 {
                notes.iter_mut().for_each(|n| n.2 = 0);
            }
            notes.sort_unstable();
            notes
        };
        prop_assert_eq!(flat(&read), flat(&written));
        let moves = |f: &MidiFile| {
            let mut all: Vec<_> = f.controls.iter().map(|c| (c.at, c.channel, if kind == 0 { 0 } else { c.track }, format!("{:?}", c.change))).collect();
            all.sort();
            all
        };
        prop_assert_eq!(moves(&read), moves(&written));
        // Of patterns apart, each says the tempo.
        let tempos = |f: &MidiFile| { let mut all: Vec<_> = f.tempos.iter().map(|t| (t.at, (60e6 / t.tempo.bpm()).round() as i64)).collect(); all.dedup(); all };
        prop_assert_eq!(tempos(&read), tempos(&written));
        if kind == 1 {
            prop_assert_eq!(&read.track_names, &written.track_names);
            prop_assert_eq!(&read.signatures, &written.signatures);
        }
    }

    #[test]
    fn smpte_keeps_times_to_a_tick(file in any_file(), fps in 0usize..4) {
        let division = Division::Smpte { frames: [24, 25, 29, 30][fps], parts: 100 };
        let read = parse(&write_midi(&file, division).unwrap());
        prop_assert_eq!(read.notes.len(), file.notes.len());
        // A tick is at most 1/2,400 s; at 600 beats a minute a beat has 240 of them.
        for note in &file.notes {
            let near = read.notes.iter().any(|n| {
                n.pitch == note.pitch && n.velocity == note.velocity && (n.start - note.start).to_f64().abs() < 1.5 / 240.0
            });
            prop_assert!(near, "{:?}", note);
        }
    }

    #[test]
    fn a_damaged_file_is_read_or_refused(file in any_file(), kind in 0usize..3, cut in any::<prop::sample::Index>(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8)) {
        let mut bytes = write_midi(&MidiFile { kind: KINDS[kind], ..file }, Division::Beats(480)).unwrap();
        for (at, to) in &flips {
            let at = at.index(bytes.len());
            bytes[at] = *to;
        }
        bytes.truncate(cut.index(bytes.len() + 1));
        if let Ok(file) = parse_midi(Path::new("x.mid"), &bytes) {
            prop_assert!(file.notes.len() <= bytes.len());
            for note in &file.notes {
                prop_assert!(note.length > Ratio::ZERO && note.start >= Ratio::ZERO && note.pitch < 128);
            }
            let _ = write_midi(&file, Division::Beats(960));
            let _ = write_midi(&file, Division::Smpte { frames: 25, parts: 40 });
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), format in 0u16..4, division in any::<u16>()) {
        let _ = parse_midi(Path::new("x.mid"), &bytes);
        let _ = parse_midi(Path::new("x.mid"), &self::file(format, division, &[&bytes]));
    }
}

#[test]
fn what_cannot_be_written_is_said() {
    let note =
        MidiNote { start: Ratio::int(1 << 40), length: Ratio::ONE, pitch: 60, velocity: 1, channel: 0, track: 0 };
    let file = MidiFile { notes: vec![note], ..MidiFile::default() };
    assert!(write_midi(&file, Division::Beats(480)).unwrap_err().to_string().contains("too long"));
    for division in [Division::Beats(0), Division::Beats(40_000), Division::Smpte { frames: 23, parts: 4 }] {
        assert!(write_midi(&MidiFile::default(), division).unwrap_err().to_string().contains("division"));
    }
}
