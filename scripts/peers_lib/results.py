"""The results file: schema 1, a row for each workload and contender, with raw times beside it."""

import csv
import io
import json
import os

from .figures import median, median_interval, paired_ratio, quantile

KEY = [
    "problem", "name", "operation", "pass", "dtype", "layout", "border", "convention", "bias", "fill",
    "opd", "oph", "opw", "algorithm", "variant", "threads",
]  # fmt: skip
# What the columns say of one algorithm, not of the problem.
OWN = [
    "algorithm", "variant", "status", "reason", "plan_ms", "prepare_ms", "min_ms", "median_ms", "q1_ms",
    "q3_ms", "ci_low_ms", "ci_high_ms", "samples", "noisy", "speedup", "speedup_low", "speedup_high",
    "baseline", "gflop_executed", "gflops", "peak_fraction", "error_l2", "error_max", "error_bound",
    "error_ratio", "integer_exact", "oracle", "workspace_bytes", "workspace_predicted_bytes",
]  # fmt: skip


def peer_row(like, name):
    """A row of a peer on the problem of one of our rows."""
    return {**like, **dict.fromkeys(OWN, ""), "algorithm": name}


def fill_times(row, times, base_name, base, noisy, peak):
    """The columns that follow from times by block; `base` are those of the fastest peer."""
    values = list(times.values())
    low, high = median_interval(values) or ("", "")
    middle = median(values)
    row |= {
        "min_ms": min(values), "median_ms": middle, "q1_ms": quantile(values, 0.25),
        "q3_ms": quantile(values, 0.75), "ci_low_ms": low, "ci_high_ms": high,
        "samples": len(values), "noisy": int(noisy),
        "gflops": float(row["gflop_nominal"]) / middle * 1000,
    }  # fmt: skip
    if row["gflop_executed"] and peak:
        row["peak_fraction"] = float(row["gflop_executed"]) / middle * 1000 / peak
    ratio = paired_ratio(base, times) if base else None
    if ratio:
        row |= dict(zip(("speedup", "speedup_low", "speedup_high"), ratio), baseline=base_name)


class Results:
    """A table that grows by whole workloads, so that an interrupted run goes on after the last."""

    def __init__(self, folder, resume):
        os.makedirs(folder, exist_ok=True)
        self.path = os.path.join(folder, "peers.csv")
        self.samples_path = os.path.join(folder, "peers.samples.csv")
        self.sidecar_path = os.path.join(folder, "peers.json")
        if os.path.exists(self.path) and not resume:
            raise FileExistsError(f"{self.path} exists: give --resume to go on with it, or another --output")
        self.rows = read(self.path) if os.path.exists(self.path) else []
        self.done = {(row["name"], row["pass"]) for row in self.rows}

    def add(self, rows, samples):
        """Appends the rows of one workload; `samples` are times by contender and block."""
        _append(self.samples_path, KEY + ["block", "ms"], (
            {**{k: row[k] for k in KEY}, "block": block, "ms": ms}
            for row in rows
            for block, ms in samples.get(contender(row), {}).items()
        ))
        _append(self.path, list(rows[0]), rows)
        self.rows += rows
        self.done.add((rows[0]["name"], rows[0]["pass"]))

    def describe(self, sidecar):
        with open(self.sidecar_path + ".new", "w") as file:
            json.dump(sidecar, file, indent=2)
        os.replace(self.sidecar_path + ".new", self.sidecar_path)


def contender(row):
    """`family:variant`, or a peer's name."""
    return row["algorithm"] + (":" + row["variant"] if row["variant"] else "")


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def _append(path, columns, rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    if not os.path.exists(path):
        writer.writeheader()
    writer.writerows(rows)
    # One write, so that an interruption leaves a whole workload or nothing of it.
    with open(path, "a", newline="") as file:
        file.write(text.getvalue())
        file.flush()
        os.fsync(file.fileno())
