"""The numbers of the workloads, which are the same for every system, and the sample that the players play."""

import math
import struct
import wave
from dataclasses import dataclass
from pathlib import Path

RATE = 48_000
SAMPLE_FRAMES = 96_000

# How many of what each workload has.
COUNTS = {"w1": 1000, "w2": 200, "w3": 200, "w4": 500, "w5": 20, "w6": 10_000, "w7": 1000}


@dataclass(frozen=True)
class Job:
    """One rendering of a workload: `seconds` of sound, with `edits` a second in W7, into files of its own."""

    workload: str
    seconds: float
    folder: Path
    tag: str
    edits: int = 0

    @property
    def count(self):
        return COUNTS[self.workload]

    @property
    def gain(self):
        """What the sum of all things is multiplied by."""
        return 0.5 / self.count

    @property
    def release_at(self):
        """When the voices of W2 are let go."""
        return max(self.seconds - 0.5, self.seconds / 2)

    @property
    def wav(self):
        return self.folder / f"{self.tag}.wav"

    def write(self, suffix, text):
        """Writes the system's own score or patch, and returns its path."""
        path = self.folder / f"{self.tag}.{suffix}"
        path.write_text(text)
        return path


def sine_hz(i):
    return 100.0 + 3.7 * i


def voice_hz(i):
    return 55.0 * 2 ** ((i % 60) / 12)


def lfo_hz(i):
    return 0.3 + 0.01 * (i % 50)


def pan(i):
    """From 0, left, to 1, right."""
    return (i % 21) / 20


def speed(i):
    """Of a player, between a half and one and a half."""
    return 0.5 + (i * 0.6180339887) % 1.0


def note_hz(i):
    return 200 + (i * 7) % 1800


def peaking(hz=1000.0, q=1.0, db=0.1):
    """b0, b1, b2, a1, a2 of the biquads: so flat that five hundred in series stay in range."""
    a = 10 ** (db / 40)
    w = 2 * math.pi * hz / RATE
    alpha, c = math.sin(w) / (2 * q), math.cos(w)
    a0 = 1 + alpha / a
    return [(1 + alpha * a) / a0, -2 * c / a0, (1 - alpha * a) / a0, -2 * c / a0, (1 - alpha / a) / a0]


def sample(folder):
    """Two seconds of stereo, made once."""
    path = folder / "sample.wav"
    if not path.exists():
        frames = range(SAMPLE_FRAMES)
        left = (int(12000 * math.sin(i * 0.02) * math.exp(-i / 60000)) for i in frames)
        right = (int(12000 * math.sin(i * 0.031)) for i in frames)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(b"".join(struct.pack("<hh", *frame) for frame in zip(left, right)))
    return path
