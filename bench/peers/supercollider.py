"""scsynth and supernova: definitions and scores, rendered in non-real time."""

from synthdef import AUDIO, CONTROL, SynthDef, bundle, message, write_score
from workloads import lfo_hz, note_hz, pan, peaking, sample, sine_hz, speed, voice_hz

GROUP = 1
FIRST = 1000
ADD_TO_HEAD, ADD_TO_TAIL = 0, 1
SECTIONS = 50  # biquads in one definition
DONE_KEEP, DONE_FREE = 0.0, 2.0


class Server:
    """One of the two servers, at a block of 64 frames."""

    def __init__(self, program, *workloads):
        self.name = self.program = program
        self.workloads = workloads
        self.version_command = ([program, "-v"], r"(\d+\.\d+\.\d+)")

    def command(self, job):
        path = job.folder / f"{job.tag}.osc"
        write_score(path, score(job))
        threads = ["-T", "1"] if self.program == "supernova" else []
        return [
            self.program, "-N", str(path), "_", str(job.wav), "48000", "WAV", "float", "-o", "2", "-i", "0",
            "-z", "64", "-n", "65536", "-m", "262144", "-w", "256", *threads,
        ]  # fmt: skip


def score(job):
    """The definitions, what sounds from the start, what happens on the way, and the end."""
    first = [message("/d_recv", d.encoded()) for d in definitions(job.workload)]
    first.append(message("/g_new", GROUP, ADD_TO_HEAD, 0))
    if job.workload == "w3":
        first.append(message("/b_allocRead", 0, str(sample(job.folder))))
    bundles = [bundle(0.0, first)]
    begin = beginning(job)
    # A bundle of a thousand messages would be longer than a packet may be.
    bundles += [bundle(0.0, begin[i : i + 50]) for i in range(0, len(begin), 50)]
    bundles += changes(job)
    return bundles + [bundle(job.seconds, [message("/c_set", 0, 0.0)])]


def new(number, *controls, name="thing", where=ADD_TO_TAIL):
    return message("/s_new", name, number, where, GROUP, *controls)


def sine(job, i):
    return new(FIRST + i, "freq", sine_hz(i), "amp", job.gain)


def beginning(job):
    n = range(job.count)
    match job.workload:
        case "w1" | "w7":
            return [sine(job, i) for i in n]
        case "w2":
            controls = lambda i: ("freq", voice_hz(i), "lfo", lfo_hz(i), "pan", 2 * pan(i) - 1, "amp", job.gain)
            return [new(FIRST + i, *controls(i)) for i in n]
        case "w3":
            return [new(FIRST + i, "rate", speed(i), "amp", job.gain) for i in n]
        case "w4":
            return [new(FIRST - 1, name="source")] + [new(FIRST + i) for i in range(job.count // SECTIONS)]
        case "w5":
            return [new(FIRST - 1, name="source", where=ADD_TO_HEAD)] + [new(FIRST + i) for i in n]
    return []


def changes(job):
    if job.workload == "w2":
        return [bundle(job.release_at, [message("/n_set", GROUP, "gate", 0.0)])]
    if job.workload == "w6":
        notes = range(int(job.count * job.seconds))
        return [bundle(i / job.count, [new(-1, "freq", float(note_hz(i)))]) for i in notes]
    if job.workload == "w7":  # one node after the other is freed and made anew; the first is left alone
        at = lambda j: (j + 0.5) / job.edits
        which = lambda j: 1 + j % (job.count - 1)
        replace = lambda i: [message("/n_free", FIRST + i), sine(job, i)]
        return [bundle(at(j), replace(which(j))) for j in range(int(job.edits * job.seconds))]
    return []


def definitions(workload):
    return {"w1": _sine, "w2": _voice, "w3": _player, "w4": _biquads, "w5": _reverb, "w6": _note, "w7": _sine}[workload]()


def _sine():
    d = SynthDef("thing", freq=440.0, amp=0.001)
    d.unit("Out", AUDIO, 0.0, d.unit("SinOsc", AUDIO, d.param("freq"), 0.0) * d.param("amp"), outputs=0)
    return [d]


def _voice():
    d = SynthDef("thing", freq=440.0, lfo=1.0, pan=0.0, gate=1.0, amp=0.01)
    cutoff = d.unit("MulAdd", CONTROL, d.unit("SinOsc", CONTROL, d.param("lfo"), 0.0), 800.0, 1200.0)
    filtered = d.unit("RLPF", AUDIO, d.unit("Saw", AUDIO, d.param("freq")), cutoff, 0.5)
    # Start, segments, release node, loop node; then level, seconds, shape and curve of each segment.
    stages = (0.0, 3.0, 2.0, -99.0, 1.0, 0.01, 5.0, -4.0, 0.7, 0.1, 5.0, -4.0, 0.0, 0.3, 5.0, -4.0)
    envelope = d.unit("EnvGen", CONTROL, d.param("gate"), d.param("amp"), 0.0, 1.0, DONE_FREE, *stages)
    sides = d.unit("Pan2", AUDIO, filtered * envelope, d.param("pan"), 1.0, outputs=2)
    d.unit("Out", AUDIO, 0.0, *sides, outputs=0)
    return [d]


def _player():
    d = SynthDef("thing", rate=1.0, amp=0.01)
    sides = d.unit("PlayBuf", AUDIO, 0.0, d.param("rate"), 1.0, 0.0, 1.0, DONE_KEEP, outputs=2)
    d.unit("Out", AUDIO, 0.0, *[side * d.param("amp") for side in sides], outputs=0)
    return [d]


def _biquads():
    source = SynthDef("source")
    source.unit("ReplaceOut", AUDIO, 0.0, source.unit("WhiteNoise", AUDIO) * 0.1, outputs=0)
    b0, b1, b2, a1, a2 = peaking()
    d = SynthDef("thing")
    signal = d.unit("In", AUDIO, 0.0)
    for _ in range(SECTIONS):  # the unit adds its feedback
        signal = d.unit("SOS", AUDIO, signal, b0, b1, b2, -a1, -a2)
    d.unit("ReplaceOut", AUDIO, 0.0, signal, outputs=0)
    return [source, d]


def _reverb():
    source = SynthDef("source")
    source.unit("Out", AUDIO, 16.0, source.unit("WhiteNoise", AUDIO) * 0.1, outputs=0)
    d = SynthDef("thing")
    dry = d.unit("In", AUDIO, 16.0)
    sides = d.unit("FreeVerb2", AUDIO, dry, dry, 1.0, 0.5, 0.5, outputs=2)
    d.unit("Out", AUDIO, 0.0, *[side * 0.05 for side in sides], outputs=0)
    return [source, d]


def _note():
    d = SynthDef("thing", freq=440.0)
    stages = (0.0, 2.0, -99.0, -99.0, 1.0, 0.001, 1.0, 0.0, 0.0, 0.009, 1.0, 0.0)
    envelope = d.unit("EnvGen", AUDIO, 1.0, 0.02, 0.0, 1.0, DONE_FREE, *stages)
    d.unit("OffsetOut", AUDIO, 0.0, d.unit("SinOsc", AUDIO, d.param("freq"), 0.0) * envelope, outputs=0)
    return [d]
