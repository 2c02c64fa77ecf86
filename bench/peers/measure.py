"""Measures BeatForge and its peers in turns, and prints a line for each fact, figure and omission, tabs between fields.

A rate is how many things one core keeps up with. Whole processes are timed by the CPU seconds (user and system) of the
finished child, with a long and a short score of the same patch: (long - short) seconds of sound over the difference of
their CPU times, so that start-up, loading and compiling cancel. `beatforge bench` measures the same by its thread's clock.
W7 is the CPU time of a run with edits, less that of the same run without, an edit.
"""

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from chuck import Chuck
from csound import Csound
from faust import Faust
from puredata import PureData
from rust_peers import rust_peers
from supercollider import Server
from workloads import COUNTS, Job

TIMEOUT = 60  # seconds of any one process
LONGEST = 60.0  # seconds of sound; of W6, whose scores are long, less
LONGEST_W6 = 20.0
# Of W7, a second: as many as make a clear difference and do not take minutes.
EDITS = {
    "scsynth": 20_000, "supernova": 2000, "Pd": 50, "Csound": 4000, "ChucK": 4000, "fundsp": 100, "glicol": 10, "knyst": 100,
}  # fmt: skip
OURS = "BeatForge"


class Failed(Exception):
    """A system does not do what is asked; the text says why."""


def say(*fields):
    print(*fields, sep="\t", flush=True)


def note(text):
    print(text, file=sys.stderr, flush=True)


def cpu_seconds(command, log=None):
    """Runs a program and returns its CPU seconds, children included."""
    output = subprocess.DEVNULL if log is None else open(log, "wb")
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    late = threading.Timer(TIMEOUT, child.kill)
    late.start()
    try:
        _, status, used = os.wait4(child.pid, 0)
    finally:
        late.cancel()
        if log is not None:
            output.close()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode == -9:
        raise Failed(f"it did not end in {TIMEOUT} s")
    if child.returncode < 0:
        raise Failed(f"it crashed ({signal.Signals(-child.returncode).name})")
    if child.returncode != 0:
        raise Failed(f"it ended with status {child.returncode}")
    return used.ru_utime + used.ru_stime


def sounds(job, log):
    """Whether a run made sound: programs without a file of their own print its RMS."""
    printed = re.search(r"^rms (\S+)", log.read_text(errors="replace"), re.MULTILINE)
    if printed:
        return float(printed.group(1)) > 0.0
    with open(job.wav, "rb") as file:
        file.seek(4096)  # past any header
        return any(file.read(1 << 20))


class Peer:
    """A system and a workload: runs that are chosen so that they take about `budget` CPU seconds."""

    def __init__(self, system, workload, folder, budget):
        self.system, self.workload, self.folder = system, workload, folder
        self.tag = re.sub(r"\W", "", f"{workload}{system.name}")
        self.figures = []
        self.prepare_edits() if workload == "w7" else self.prepare_rate(budget)

    def command(self, seconds, what, edits=0):
        return self.system.command(self.job(seconds, what, edits))

    def job(self, seconds, what, edits=0):
        return Job(self.workload, seconds, self.folder, self.tag + what, edits)

    def first_run(self, command, job):
        log = self.folder / f"{self.tag}.log"
        cpu = cpu_seconds(command, log)
        if not sounds(job, log):
            raise Failed("it was silent")
        return cpu

    def prepare_rate(self, budget):
        short, long = self.job(1.0, "a"), self.job(3.0, "b")
        a = self.first_run(self.system.command(short), short)
        b = cpu_seconds(self.system.command(long))
        a_second = max((b - a) / 2.0, 1e-4)
        longest = LONGEST_W6 if self.workload == "w6" else LONGEST
        self.seconds = round(min(max(budget / a_second, 1.5), longest), 2)
        self.long, self.short = self.command(self.seconds, "l"), self.command(self.seconds / 5, "s")

    def prepare_edits(self):
        self.seconds = 2.0
        edits = EDITS[self.system.name]
        job = self.job(self.seconds, "e", edits)
        self.long, self.short = self.system.command(job), self.command(self.seconds, "n")
        self.edits = edits * self.seconds
        self.first_run(self.long, job)

    def measure(self):
        spent = cpu_seconds(self.long) - cpu_seconds(self.short)
        if self.workload == "w7":
            self.figures.append(max(spent, 0.0) / self.edits * 1e6)
        else:
            self.figures.append(COUNTS[self.workload] * 0.8 * self.seconds / max(spent, 1e-6))


class Ours:
    """The program itself, which measures by its thread's clock."""

    def __init__(self, program, workload, budget):
        self.workload, self.figures = workload, []
        self.bench = [str(program), "bench", workload, "--json", "--block", "64", "--budget", str(budget)]

    def measure(self):
        ran = subprocess.run(self.bench, capture_output=True, text=True, timeout=3 * TIMEOUT)
        if ran.returncode != 0:
            raise Failed(ran.stderr.strip().splitlines()[-1] if ran.stderr.strip() else "the bench failed")
        line = json.loads(ran.stdout.splitlines()[0])
        self.figures.append(line["edit_us"] if self.workload == "w7" else line["per_core"])


class Systems:
    """Those that are there, with their versions."""

    def __init__(self, program):
        self.all, self.versions = [], {}
        # The second server is there for more than one core; on one it is measured where voices and edits count.
        servers = [Server("scsynth", *COUNTS), Server("supernova", "w1", "w2", "w6", "w7")]
        installed = [*servers, PureData(), Csound(), Chuck(), Faust()]
        for system in installed + (rust_peers(program) if program else []):
            version = self.version_of(system)
            if version is None:
                say("left out", "", system.name, "it is not installed")
            else:
                self.all.append(system)
                self.versions[system.name] = version

    @staticmethod
    def version_of(system):
        if not hasattr(system, "version_command"):
            return system.version
        command, pattern = system.version_command
        if shutil.which(command[0]) is None:
            return None
        ran = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT)
        found = re.search(pattern, ran.stdout + ran.stderr)
        return found.group(1).rstrip(".") if found else "?"


def left_out(workload, name, why):
    note(f"{workload} {name}: left out, {why}")
    say("left out", workload, name, " ".join(str(why).split())[:120])


def turns(workload, systems, arguments, folder, until):
    """Every system once, then again: what else the machine does meets all of them alike."""
    runs = {OURS: Ours(arguments.beatforge, workload, arguments.budget)}
    for system in systems.all:
        if workload not in system.workloads:
            continue
        note(f"{workload} {system.name}")
        try:
            runs[system.name] = Peer(system, workload, folder, arguments.budget)
        except (Failed, OSError, subprocess.SubprocessError) as why:
            left_out(workload, system.name, why)
    for turn in range(arguments.rounds):
        if turn > 0 and time.monotonic() > until:
            note(f"{workload}: out of time after {turn} rounds")
            break
        note(f"{workload} round {turn + 1} of {arguments.rounds}")
        for name, run in list(runs.items()):
            try:
                run.measure()
            except (Failed, OSError, subprocess.SubprocessError, ValueError, KeyError) as why:
                left_out(workload, name, why)
                del runs[name]
    for name, run in runs.items():
        say("figure", workload, name, systems.versions[name], f"{statistics.median(run.figures):.6g}")


def facts(arguments):
    processor = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
        processor = found.group(1) if found else processor
    cores = os.cpu_count()
    say("fact", "date", datetime.date.today().isoformat())
    say("fact", "processor", f"{processor}, {cores} {'core' if cores == 1 else 'cores'}")
    say("fact", "system", f"{platform.system()} {platform.release().split('-')[0]}")
    compiler = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout
    say("fact", "compiler", " ".join(compiler.split()[:2]) or "an unknown rustc")
    rounds = "one round" if arguments.rounds == 1 else f"the median of {arguments.rounds} rounds"
    say("fact", "method", f"CPU time, 48 kHz, blocks of 64 frames (where one can choose), {rounds} in turns.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", default=list(COUNTS), metavar="w1 … w7", help="which; all when none is named")
    parser.add_argument("--beatforge", type=Path, required=True, help="the program")
    parser.add_argument("--rust-peers", type=Path, help="the program with the peers in Rust")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--budget", type=float, default=0.6, help="CPU seconds of one run")
    parser.add_argument("--minutes", type=float, default=8.0, help="after which no further round begins")
    arguments = parser.parse_args()
    facts(arguments)
    systems = Systems(arguments.rust_peers)
    version = subprocess.run([arguments.beatforge, "--version"], capture_output=True, text=True, check=True).stdout
    systems.versions[OURS] = version.split()[-1]
    begun, share = time.monotonic(), arguments.minutes * 60 / len(arguments.workloads)
    with tempfile.TemporaryDirectory(prefix="beatforge-peers-") as folder:
        for i, workload in enumerate(arguments.workloads):
            turns(workload, systems, arguments, Path(folder), begun + (i + 1) * share)


if __name__ == "__main__":
    main()
