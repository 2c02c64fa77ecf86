"""The peers that are Rust libraries: one program, in `rust`, that is built beforehand."""


class RustPeer:
    def __init__(self, program, name, workloads, version):
        self.program, self.name, self.workloads, self.version = program, name, workloads, version

    def command(self, job):
        return [str(self.program), self.name, job.workload, str(job.count), str(job.seconds), str(job.edits)]


def rust_peers(program):
    """Each with the workloads that it can play."""
    return [
        RustPeer(program, "fundsp", ("w1", "w2", "w3", "w4", "w5", "w6", "w7"), "0.23.0"),
        RustPeer(program, "glicol", ("w1", "w2", "w4", "w5", "w7"), "0.13.5"),
        RustPeer(program, "web-audio-api", ("w1", "w2", "w3", "w4"), "1.7.0"),
        RustPeer(program, "knyst", ("w1", "w7"), "0.5.1"),
    ]
