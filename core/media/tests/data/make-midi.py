#!/usr/bin/env python3
"""Makes the MIDI files of these tests with mido (pip install mido): python3 make-midi.py FOLDER."""
import sys
from pathlib import Path

from mido import Message, MetaMessage, MidiFile, MidiTrack, bpm2tempo

folder = Path(sys.argv[1])


def notes(track, pitches, channel, ticks):
    for pitch in pitches:
        track.append(Message("note_on", note=pitch, velocity=80, channel=channel, time=0))
        track.append(Message("note_off", note=pitch, velocity=40, channel=channel, time=ticks))


def song(kind):
    file = MidiFile(type=kind, ticks_per_beat=96)
    head = MidiTrack()
    head.append(MetaMessage("track_name", name="head", time=0))
    head.append(MetaMessage("time_signature", numerator=3, denominator=4, time=0))
    head.append(MetaMessage("set_tempo", tempo=bpm2tempo(90), time=0))
    if kind == 1:
        # A tempo map: 90, and 180 from beat 6 on.
        head.append(MetaMessage("set_tempo", tempo=bpm2tempo(180), time=6 * 96))
    notes(head, [60, 64, 67] if kind != 1 else [], 0, 48)
    head.append(Message("control_change", control=7, value=100, channel=2, time=0))
    head.append(Message("pitchwheel", pitch=-4096, channel=2, time=0))
    file.tracks.append(head)
    if kind != 0:
        bass = MidiTrack()
        bass.append(MetaMessage("track_name", name="bass", time=0))
        bass.append(Message("program_change", program=33, channel=1, time=0))
        notes(bass, [36, 38, 40, 41], 1, 72)
        file.tracks.append(bass)
        drums = MidiTrack()
        drums.append(MetaMessage("track_name", name="drums", time=0))
        notes(drums, [36, 42, 38, 42], 9, 96)
        file.tracks.append(drums)
    file.save(folder / f"mido-type{kind}.mid")


for kind in range(3):
    song(kind)
