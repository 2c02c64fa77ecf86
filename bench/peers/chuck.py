"""ChucK: programs that write what the dac hears."""

from workloads import peaking, sample

# One sample a block is the default; where nothing depends on it, blocks of 64 are faster.
ADAPTIVE = ("w1", "w2")


class Chuck:
    name = "ChucK"
    workloads = ("w1", "w2", "w3", "w4", "w5", "w6", "w7")
    version_command = (["chuck", "--version"], r"version: ([\d.]+)")

    def command(self, job):
        record = f'dac => WvOut2 w => blackhole; "{job.wav}" => w.wavFilename;\n'
        path = job.write("ck", record + WORKLOADS[job.workload](job))
        adaptive = ["--adaptive:64"] if job.workload in ADAPTIVE else []
        return ["chuck", "--silent", "--srate:48000", *adaptive, str(path)]


def wait(job):
    return f"{job.seconds:g}::second => now;\n"


def sines(job):
    made = (
        f"SinOsc s[{job.count}];\nfor (0 => int i; i < {job.count}; i++) "
        f"{{ s[i] => dac; 100 + 3.7 * i => s[i].freq; {job.gain} => s[i].gain; }}\n"
    )
    if job.edits == 0:
        return made + wait(job)
    return made + (
        f"SinOsc @ r[{job.count}];\nfor (0 => int i; i < {job.count}; i++) s[i] @=> r[i];\n"
        f"for (0 => int j; j < {int(job.edits * job.seconds)}; j++) {{\n"
        f"  1 + j % {job.count - 1} => int i;\n  r[i] =< dac; new SinOsc @=> r[i]; r[i] => dac;\n"
        f"  100 + 3.7 * i => r[i].freq; {job.gain} => r[i].gain; {1 / job.edits:.9g}::second => now;\n}}\n"
    )


def voices(job):
    n = job.count
    return (
        f"SawOsc s[{n}]; LPF f[{n}]; ADSR e[{n}]; Pan2 p[{n}]; SinOsc l[{n}];\n"
        f"for (0 => int i; i < {n}; i++) {{\n"
        "  s[i] => f[i] => e[i] => p[i] => dac; l[i] => blackhole; .3 + .01 * (i % 50) => l[i].freq;\n"
        f"  55 * Math.pow(2, (i % 60) / 12.0) => s[i].freq; {job.gain} => s[i].gain; 2 => f[i].Q; 1200 => f[i].freq;\n"
        "  e[i].set(10::ms, 100::ms, .7, 300::ms); e[i].keyOn(); (i % 21 - 10) / 10.0 => p[i].pan;\n}\n"
        f"0 => int released; {job.seconds:g}::second => dur T; now => time t0;\nwhile (now - t0 < T) {{\n"
        f"  for (0 => int i; i < {n}; i++) 1200 + 800 * l[i].last() => f[i].freq;\n"
        f"  if (released == 0 && now - t0 >= {job.release_at:g}::second) "
        f"{{ for (0 => int i; i < {n}; i++) e[i].keyOff(); 1 => released; }}\n  64::samp => now;\n}}\n"
    )


def players(job):
    return (
        f"SndBuf2 s[{job.count}];\nfor (0 => int i; i < {job.count}; i++) {{\n"
        f'  "{sample(job.folder)}" => s[i].read; s[i] => dac; 1 => s[i].loop; 1 => s[i].interp;\n'
        "  .5 + ((i * .6180339887) - Math.floor(i * .6180339887)) => s[i].rate;\n"
        f"  {job.gain} => s[i].gain;\n}}\n" + wait(job)
    )


def biquads(job):
    names = zip(("b0", "b1", "b2", "a1", "a2"), peaking())
    numbers = " ".join(f"{value:.9g} => q[i].{name};" for name, value in names)
    return (
        f"Noise x; .1 => x.gain; BiQuad q[{job.count}]; x => q[0];\nfor (0 => int i; i < {job.count}; i++) "
        f"{{ {numbers} if (i > 0) q[i - 1] => q[i]; }}\nq[{job.count - 1}] => dac;\n" + wait(job)
    )


def reverbs(job):
    return (
        f"Noise x => blackhole; .1 => x.gain; NRev r[{job.count}];\nfor (0 => int i; i < {job.count}; i++) "
        f"{{ x => r[i] => dac; 1 => r[i].mix; {job.gain} => r[i].gain; }}\n" + wait(job)
    )


def notes(job):
    return (
        "fun void note(float f) {\n  SinOsc s => Envelope e => dac; f => s.freq; .02 => s.gain;\n"
        "  1::ms => e.duration; e.keyOn(); 1::ms => now; 9::ms => e.duration; e.keyOff(); 9::ms => now;\n"
        f"  s =< e; e =< dac;\n}}\nfor (0 => int i; i < {int(job.count * job.seconds)}; i++) "
        f"{{ spork ~ note(200 + (i * 7) % 1800); {1 / job.count:.9g}::second => now; }}\n"
    )


WORKLOADS = {
    "w1": sines, "w2": voices, "w3": players, "w4": biquads, "w5": reverbs, "w6": notes, "w7": sines,
}  # fmt: skip
