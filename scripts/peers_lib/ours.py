"""Our side of a comparison: one process of `compare turns`, asked for a turn at a time."""

import csv
import json
import subprocess
from pathlib import Path


class Refusal(Exception):
    """What `compare` would not do, in its own words."""


# Every way of computing; `auto` chooses among them and is judged by `compare best`.
TRANSFORMS = "fft,fft-tiled,fft-tiled:fftw"
ALGORITHMS = "direct,im2col,winograd,separable," + TRANSFORMS


class Ours:
    """Verified algorithms of `compare`, with the operands they were verified on."""

    def __init__(self, compare, workload, threads, folder):
        self.folder = Path(folder)
        algorithms = TRANSFORMS if workload.shape.is_for_transforms else ALGORITHMS
        command = [compare, "turns", workload.descriptor, "--pass", workload.pass_]
        command += ["--algorithms", algorithms, "--threads", str(threads)]
        command += ["--operands", str(self.folder), "--csv", str(self.folder / "rows.csv"), "--force"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.names = []
        for line in self.process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "go":
                break
            self.names.append(rest)
        else:
            raise Refusal(self.process.stderr.read().strip() or "compare ended without an answer")
        with open(self.folder / "rows.csv", newline="") as file:
            self.rows = {algorithm(row): row for row in csv.DictReader(file)}
        self.sidecar = json.loads((self.folder / "rows.json").read_text())

    def watch(self):
        """Whether the machine was disturbed since the last call."""
        return self.ask("watch") == "disturbed"

    def ask(self, request):
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer or answer.startswith("error"):
            raise Refusal(answer or "compare ended")
        return answer

    def turn(self, name):
        """Milliseconds of one execution."""
        return float(self.ask(f"turn {name}"))

    def operands(self, shape, pass_):
        """Arrays in the shapes that the peers want: first, second, weights."""
        import numpy as np

        channels = {"x": shape.in_channels, "y": shape.out_channels}
        x = [shape.batch, channels["x"], *shape.input]
        y = [shape.batch, channels["y"], *shape.output]
        w = [channels["y"], channels["x"] // shape.groups, *shape.kernel]
        first = y if pass_ == "inputGradient" else x
        shapes = {"first": first, "second": y, "weights": w}
        paths = {name: self.folder / f"{name}.npy" for name in shapes}
        return tuple(
            np.load(paths[name]).reshape(shapes[name]) if paths[name].exists() else None
            for name in shapes
        )

    def result(self, name):
        """What one of ours computes, flat."""
        import numpy as np

        path = self.folder / "result.npy"
        self.ask(f"result {name} {path}")
        return np.load(path)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def algorithm(row):
    """`family:variant` of a row."""
    return row["algorithm"] + (":" + row["variant"] if row["variant"] else "")
