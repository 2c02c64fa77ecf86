"""Pure Data: patches, rendered in batch."""

import math

from workloads import SAMPLE_FRAMES, lfo_hz, pan, peaking, sample, sine_hz, speed, voice_hz

VOICES = 128  # of W6, made beforehand and used in turn


class Patch:
    """Boxes and cables of a canvas."""

    def __init__(self):
        self.boxes, self.cables = [], []

    def _box(self, text):
        self.boxes.append(text)
        return len(self.boxes) - 1

    def object(self, text):
        return self._box(f"#X obj 10 10 {text};")

    def message(self, text):
        return self._box(f"#X msg 10 10 {text};")

    def patch(self, name, inside):
        """A canvas within the canvas."""
        return self._box(f"{inside.text(name)}\n#X restore 10 10 pd {name};")

    def connect(self, source, outlet, target, inlet=0):
        self.cables.append(f"#X connect {source} {outlet} {target} {inlet};")

    def chain(self, *boxes):
        """First outlets to first inlets."""
        for source, target in zip(boxes, boxes[1:]):
            self.connect(source, 0, target)
        return boxes[-1]

    def text(self, name=None):
        head = "#N canvas 0 0 450 300 12;" if name is None else f"#N canvas 0 0 450 300 {name} 0;"
        return "\n".join([head, *self.boxes, *self.cables])


class PureData:
    name = "Pd"
    workloads = ("w1", "w2", "w3", "w4", "w5", "w6", "w7")
    version_command = (["pd", "-version"], r"Pd-([\d.]+)")

    def command(self, job):
        path = job.write("pd", patch(job))
        return [
            "pd", "-nrt", "-nogui", "-batch", "-noprefs", "-nosound", "-r", "48000", "-open", str(path),
        ]  # fmt: skip


def patch(job):
    p = Patch()
    level = 0.02 if job.workload == "w6" else job.gain
    sides = [p.object(f"*~ {level:g}") for _ in range(2)]
    begin = frame(p, job, sides)
    WORKLOADS[job.workload](p, job, sides, begin)
    return p.text() + "\n"


def frame(p, job, sides):
    """Writes the sides to a file from the start to the end; returns a trigger whose outlets 0 and 3 are free."""
    writer = p.object("writesf~ 2")
    for i, side in enumerate(sides):
        p.connect(side, 0, writer, i)
    begin = p.object("t b b b b")
    p.chain(p.object("loadbang"), begin)
    p.connect(begin, 2, p.message(f"open -bytes 4 -wave {job.wav} \\, start"))
    p.connect(len(p.boxes) - 1, 0, writer)
    p.connect(begin, 1, p.message("\\; pd dsp 1"))
    end, last = p.object(f"delay {job.seconds * 1000:g}"), p.object("t b b")
    p.chain(begin, end, last)
    p.connect(last, 1, p.message("stop"))
    p.connect(len(p.boxes) - 1, 0, writer)
    p.connect(last, 0, p.message("\\; pd quit"))
    return begin


def both(p, box, sides):
    for side in sides:
        p.connect(box, 0, side)


def sines(p, job, sides, _begin):
    for i in range(job.count):
        both(p, p.object(f"osc~ {sine_hz(i):g}"), sides)


def voices(p, job, sides, begin):
    press, release = p.message("1 10 \\, 0.7 100 10"), p.message("0 300")
    p.connect(begin, 0, press)
    p.chain(begin, p.object(f"delay {job.release_at * 1000:g}"), release)
    for i in range(job.count):
        saw = p.chain(p.object(f"phasor~ {voice_hz(i):g}"), p.object("-~ 0.5"))
        cutoff = p.chain(p.object(f"osc~ {lfo_hz(i):g}"), p.object("*~ 800"), p.object("+~ 1200"))
        filter_, envelope, amp = p.object("vcf~ 2"), p.object("vline~"), p.object("*~")
        p.connect(saw, 0, filter_)
        p.connect(cutoff, 0, filter_, 1)
        p.connect(press, 0, envelope)
        p.connect(release, 0, envelope)
        p.connect(filter_, 1, amp)
        p.connect(envelope, 0, amp, 1)
        angle = pan(i) * math.pi / 2
        for side, gain in zip(sides, (math.cos(angle), math.sin(angle))):
            p.chain(amp, p.object(f"*~ {gain:g}"), side)


def players(p, job, sides, begin):
    tables = ("left", "right")
    for table in tables:
        p.object(f"table {table} {SAMPLE_FRAMES + 3}")
    read = p.message(f"read {sample(job.folder)} {' '.join(tables)}")
    p.connect(begin, 3, read)
    p.chain(read, p.object("soundfiler"))
    for i in range(job.count):
        loops = p.object(f"phasor~ {speed(i) / 2:g}")
        place = p.chain(loops, p.object(f"*~ {SAMPLE_FRAMES}"), p.object("+~ 1"))
        for table, side in zip(tables, sides):
            p.chain(place, p.object(f"tabread4~ {table}"), side)


def biquads(p, job, sides, _begin):
    b0, b1, b2, a1, a2 = peaking()
    # Feedback comes first, and is added.
    section = f"biquad~ {-a1:.8g} {-a2:.8g} {b0:.8g} {b1:.8g} {b2:.8g}"
    last = p.chain(p.object("noise~"), *[p.object(section) for _ in range(job.count)])
    both(p, last, sides)


def reverbs(p, job, sides, _begin):
    noise = p.object("noise~")
    for _ in range(job.count):
        reverb = p.object("rev3~ 100 90 3000 20")
        for i, side in enumerate(sides):
            p.connect(noise, 0, reverb, i)
            p.connect(reverb, i, side)


def notes(p, job, sides, begin):
    """A counter picks a voice and a pitch; a line~ that is told of its time starts between the edges of blocks."""
    clock = p.object(f"metro {1000 / job.count:.6g}")
    count, following, order = p.object("f"), p.object("+ 1"), p.object("t f f f")
    pitch, voice = p.object("expr 200 + (\\$f1 * 7) % 1800"), p.object(f"mod {VOICES}")
    pair, route = p.object("pack f f"), p.object("route " + " ".join(map(str, range(VOICES))))
    p.chain(begin, clock, count, order)
    p.connect(order, 2, following)
    p.connect(following, 0, count, 1)
    p.connect(order, 1, pitch)
    p.connect(pitch, 0, pair, 1)
    p.connect(order, 0, voice)
    p.chain(voice, pair, route)
    for i in range(VOICES):
        tone, strike = p.object("osc~"), p.object("t b")
        p.connect(route, i, tone)
        p.connect(route, i, strike)
        envelope = p.chain(strike, p.message("1 1 \\, 0 9 1"), p.object("vline~"))
        amp = p.object("*~")
        p.connect(tone, 0, amp)
        p.connect(envelope, 0, amp, 1)
        both(p, amp, sides)


def edits(p, job, sides, begin):
    """A sub-patch holds the sines; each edit adds one and connects it to their sum."""
    inside = Patch()
    scaled = [inside.chain(inside.object(f"osc~ {sine_hz(i):g}"), inside.object("*~ 0.001")) for i in range(job.count)]
    total = inside.object("throw~ sum")
    for s in scaled:
        inside.connect(s, 0, total)
    p.patch("edited", inside)
    both(p, p.object("catch~ sum"), sides)
    if job.edits == 0:
        return
    clock = p.object(f"metro {1000 / job.edits:g}")
    count, following = p.object("f"), p.object("+ 1")
    index, order = p.object(f"+ {total + 1}"), p.object("t f b")  # boxes are connected by their numbers
    make, connect = p.message("obj 10 10 osc~ 220"), p.message(f"connect \\$1 0 {total} 0")
    send = p.object("s pd-edited")
    p.chain(begin, clock, count, following)
    p.connect(following, 0, count, 1)
    p.chain(count, index, order)
    p.connect(order, 1, make)
    p.connect(order, 0, connect)
    p.connect(make, 0, send)
    p.connect(connect, 0, send)


WORKLOADS = {
    "w1": sines, "w2": voices, "w3": players, "w4": biquads, "w5": reverbs, "w6": notes, "w7": edits,
}  # fmt: skip
