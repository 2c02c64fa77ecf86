"""Csound: an orchestra and a score, rendered to a file."""

from workloads import lfo_hz, note_hz, pan, peaking, sample, sine_hz, speed, voice_hz

SINE = "gisin ftgen 1, 0, 16384, 10, 1\n"


class Csound:
    name = "Csound"
    workloads = ("w1", "w2", "w3", "w4", "w5", "w6", "w7")
    version_command = (["csound", "--version"], r"version ([\d.]+)")

    def command(self, job):
        orchestra, score = WORKLOADS[job.workload](job)
        text = (
            "<CsoundSynthesizer>\n<CsInstruments>\nsr = 48000\nksmps = 64\nnchnls = 2\n0dbfs = 1\n"
            f"{orchestra}</CsInstruments>\n<CsScore>\n{score}e {job.seconds:g}\n</CsScore>\n</CsoundSynthesizer>\n"
        )
        exact = ["--sample-accurate"] if job.workload == "w6" else []
        return ["csound", "-d", "-m0", "-W", "-f", "-o", str(job.wav), *exact, str(job.write("csd", text))]


def instrument(body, number=1):
    return f"instr {number}\n{body}endin\n"


def sines(job):
    held = "".join(f"i1.{i:05} 0 -1 {sine_hz(i):g}\n" for i in range(job.count))
    for j in range(int(job.edits * job.seconds)):
        i, at = 1 + j % (job.count - 1), (j + 0.5) / job.edits
        held += f"i-1.{i:05} {at:.6f} 0 0\ni1.{i:05} {at:.6f} -1 {sine_hz(i):g}\n"
    return SINE + instrument(f"a1 poscil {job.gain}, p4, 1\nouts a1, a1\n"), held


def voices(job):
    body = (
        "klfo lfo 800, p5\nas vco2 1, p4\naf zdf_2pole as, klfo + 1200, 2\nke madsr .01, .1, .7, .3\n"
        f"al, ar pan2 af * ke * {job.gain}, p6\nouts al, ar\n"
    )
    lines = (f"i1 0 {job.release_at:g} {voice_hz(i):g} {lfo_hz(i):g} {pan(i):g}\n" for i in range(job.count))
    return instrument(body), "".join(lines)


def players(job):
    table = f'gis ftgen 1, 0, 0, 1, "{sample(job.folder)}", 0, 0, 0\n'
    body = f"al, ar loscil3 {job.gain}, p4, 1, 1, 1, 0, 95999\nouts al, ar\n"
    return table + instrument(body), "".join(f"i1 0 {job.seconds:g} {speed(i):g}\n" for i in range(job.count))


def biquads(job):
    b0, b1, b2, a1, a2 = peaking()
    section = f"a1 biquad a1, {b0:.9g}, {b1:.9g}, {b2:.9g}, 1, {a1:.9g}, {a2:.9g}\n"
    return instrument("a1 noise 0.1, 0\n" + section * job.count + "outs a1, a1\n"), f"i1 0 {job.seconds:g}\n"


def reverbs(job):
    source = instrument("ga1 noise 0.1, 0\n")
    reverb = f"al, ar freeverb ga1, ga1, 0.5, 0.5, 48000\nouts al * {job.gain}, ar * {job.gain}\n"
    lines = "".join(f"i2.{i:05} 0 {job.seconds:g}\n" for i in range(job.count))
    return "ga1 init 0\n" + source + instrument(reverb, 2), f"i1 0 {job.seconds:g}\n" + lines


def notes(job):
    body = "aenv linseg 0, .001, .02, .009, 0\na1 poscil aenv, p4, 1\nouts a1, a1\n"
    lines = (f"i1 {i / job.count:.6f} .01 {note_hz(i)}\n" for i in range(int(job.count * job.seconds)))
    return SINE + instrument(body), "".join(lines)


WORKLOADS = {
    "w1": sines, "w2": voices, "w3": players, "w4": biquads, "w5": reverbs, "w6": notes, "w7": sines,
}  # fmt: skip
