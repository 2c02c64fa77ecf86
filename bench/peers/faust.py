"""Faust: each workload is compiled to C++ and then to a program, beforehand; it runs at a block of 64 frames."""

import subprocess
from pathlib import Path

from workloads import peaking

DRIVER = Path(__file__).with_name("faust_driver.cpp")

# Things in one instance of the class; the driver makes as many instances as are needed.
THINGS = {"w1": 50, "w2": 10, "w3": 10, "w4": 50, "w5": 1}


class Faust:
    name = "Faust"
    workloads = tuple(THINGS)
    version_command = (["faust", "--version"], r"Version ([\d.]+)")

    def command(self, job):
        things = THINGS[job.workload]
        series = "1" if job.workload == "w4" else "0"
        return [str(program(job)), str(job.count // things), str(job.seconds), series, str(things)]


def program(job):
    """Compiled for this processor, once a run."""
    path = job.folder / f"faust-{job.workload}"
    if not path.exists():
        source, code = path.with_suffix(".dsp"), path.with_suffix(".cpp")
        source.write_text('import("stdfaust.lib");\nbase = nentry("base", 0, 0, 100000, 1);\n' + text(job.workload))
        translate = ["faust", "-lang", "cpp", "-cn", "mydsp", "-a", str(DRIVER), str(source), "-o", str(code)]
        subprocess.run(translate, check=True, capture_output=True)
        compile_ = ["c++", "-O3", "-march=native", "-ffast-math", "-w", "-o", str(path), str(code)]
        subprocess.run(compile_, check=True, capture_output=True)
    return path


def text(workload):
    things = THINGS[workload]
    match workload:
        case "w1":
            return f"process = par(i, {things}, os.osc(100 + 3.7 * (base + i)) * 0.0005) :> _ <: _, _;\n"
        case "w2":
            return (
                'gate = button("gate");\nfreq(i) = 55 * pow(2, fmod(base + i, 60) / 12);\n'
                "voice(i) = os.sawtooth(freq(i)) : fi.svf.lp(1200 + 800 * os.osc(.3 + .01 * fmod(base + i, 50)), 2)\n"
                "  : *(en.adsr(.01, .1, .7, .3, gate) * 0.0025) : sp.panner(fmod(base + i, 21) / 20);\n"
                f"process = par(i, {things}, voice(i)) :> _, _;\n"
            )
        case "w3":
            return (
                "N = 96000; left = sin(float(ba.time) * .02); right = sin(float(ba.time) * .031);\n"
                "read(table, at) = a + (b - a) * part with { i = int(at); part = at - i;\n"
                "  a = rdtable(N + 2, table, i); b = rdtable(N + 2, table, i + 1); };\n"
                "wrap(x) = x - N * (x >= N);\n"
                "place(i) = (_ + (.5 + ma.frac((base + i) * .6180339887)) : wrap) ~ _;\n"
                "player(i) = place(i) <: read(left), read(right) : *(.0025), *(.0025);\n"
                f"process = par(i, {things}, player(i)) :> _, _;\n"
            )
        case "w4":
            numbers = ", ".join(f"{value:.9g}" for value in peaking())
            return f"process = _, ! : seq(i, {things}, fi.tf2({numbers})) <: _, _;\n"
    return "process = re.stereo_freeverb(0.84, 0.5, 0.2, 23);\n"
