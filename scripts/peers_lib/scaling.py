"""Scaling curves: time against one quantity at a time, every algorithm, as CSV and as pictures."""

import argparse
import csv
import os
import subprocess
import sys
from dataclasses import dataclass

from .results import contender
from .workloads import square


@dataclass(frozen=True)
class Curve:
    """One quantity that grows while the others stay."""

    name: str
    title: str
    along: str
    points: dict  # descriptor by value of the quantity
    threads: str = "2"
    # What time is divided by, as a function of a row: time per output shows what grows with what.
    each: str = "output"


def curves():
    image = lambda k: square(1, 1, 1024, 1, k)
    many = lambda k: square(1, 64, 64, 64, k)
    return [
        Curve("kernel-image", "one channel of 1024 x 1024", "kernel",
              {k: image(k) for k in (3, 5, 7, 9, 11, 15, 21, 31, 45, 63, 91, 127)}),
        Curve("kernel-layer", "64 to 64 channels of 64 x 64", "kernel",
              {k: many(k) for k in (1, 3, 5, 7, 9, 11, 15, 21, 31)}),
        Curve("size", "64 to 64 channels, 3 x 3", "size",
              {n: square(1, 64, n, 64, 3) for n in (8, 12, 16, 20, 28, 33, 40, 56, 75, 96, 112, 150, 224)}),
        Curve("channels", "C to C channels of 56 x 56, 3 x 3", "channels",
              {c: square(1, c, 56, c, 3) for c in (1, 2, 3, 4, 8, 12, 16, 24, 32, 48, 75, 96, 128, 192, 256)},
              each="product"),
        Curve("batch", "128 to 128 channels of 28 x 28, 3 x 3", "batch",
              {b: square(b, 128, 28, 128, 3) for b in (1, 2, 3, 4, 6, 8, 12, 16)}),
        Curve("threads", "64 to 64 channels, 3 x 3, 1 and 2 threads", "size",
              {n: square(1, 64, n, 64, 3) for n in (14, 28, 56, 112)}, threads="1,2"),
    ]  # fmt: skip


def measure(compare, curve, path, seconds):
    """Times every point of a curve into a results file; what it holds already is kept."""
    command = [compare, "time", *curve.points.values(), "--algorithms", "all", "--threads", curve.threads]
    command += ["--max-seconds-per-problem", str(seconds), "--csv", path, "--quiet"]
    status = subprocess.run(command + (["--resume"] if os.path.exists(path) else [])).returncode
    if status not in (0, 1):
        sys.exit(status)


def series(curve, path):
    """For each algorithm and number of threads: value, nanoseconds, and the interval, of each unit."""
    # Results write out what a descriptor leaves to its default.
    values = {d.removesuffix("ph0"): v for v, d in curve.points.items()}
    lines = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            descriptor = row["problem"].replace("_", "").removesuffix("ph0")
            label = contender(row) + (f", {row['threads']} threads" if "," in curve.threads else "")
            label = label.replace("1 threads", "1 thread")
            # In the order of the rows, so that an algorithm has the same marks in every picture.
            points = lines.setdefault(label, [])
            if row["status"] != "ok" or not row["median_ms"] or descriptor not in values:
                continue
            units = int(row["mb"]) * int(row["oc"]) * int(row["od"]) * int(row["oh"]) * int(row["ow"])
            if curve.each == "product":
                units *= int(row["ic"])
            times = [row["median_ms"], row["ci_low_ms"] or row["min_ms"], row["ci_high_ms"] or row["q3_ms"]]
            points.append([values[descriptor], *(1e6 * float(t) / units for t in times)])
    return {label: sorted(points) for label, points in lines.items() if points}


def plot(curve, path, picture, note):
    """A picture that can be read in black and white: each line has marks of its own."""
    lines = series(curve, path)
    unit = {"output": "ns per output", "product": "ns per output and input channel"}[curve.each]
    ticks = ", ".join(str(v) for v in curve.points)
    text = [
        "set terminal pngcairo size 900,560 font 'sans,11' background 'white'",
        f"set output '{picture}'", "set logscale xy", f"set xtics ({ticks}) rotate by -45",
        f"set xlabel '{curve.along}'", f"set ylabel '{unit}'",
        f"set title '{curve.title}; {note}'", "set grid back linecolor '#cccccc'",
        "set key outside right top", "set bars small", f"set xrange [{min(curve.points) * 0.9}:{max(curve.points) * 1.1}]",
    ]  # fmt: skip
    names = []
    for index, (label, points) in enumerate(lines.items()):
        rows = "\n".join(" ".join(f"{v:.6g}" for v in point) for point in points)
        text.append(f"$d{index} << end\n{rows}\nend")
        names.append(
            f"$d{index} using 1:2:3:4 with yerrorlines title '{label}' dashtype {index % 5 + 1} "
            f"pointtype {(4, 6, 8, 10, 12, 5, 7, 9, 11, 13)[index % 10]} linewidth 1.4"
        )
    text.append("plot " + ", ".join(names))
    subprocess.run(["gnuplot"], input="\n".join(text), text=True, check=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/scaling", description=__doc__)
    parser.add_argument("--compare", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--only", help="names of curves, with commas")
    parser.add_argument("--seconds", type=float, default=1.5, help="for each point, verification included")
    parser.add_argument("--csv", default="notebooks-data/performance", help="folder of the results")
    parser.add_argument("--pictures", default="docs/pictures", help="folder of the pictures")
    parser.add_argument("--note", default="2 threads", help="what the titles say of the machine")
    parser.add_argument("--plot-only", action="store_true", help="draws what was measured before")
    options = parser.parse_args()
    chosen = [c for c in curves() if not options.only or c.name in options.only.split(",")]
    for folder in (options.csv, options.pictures):
        os.makedirs(folder, exist_ok=True)
    for index, curve in enumerate(chosen):
        path = os.path.join(options.csv, f"scaling-{curve.name}.csv")
        if not options.plot_only:
            print(f"[{index + 1}/{len(chosen)}] {curve.name}: {len(curve.points)} points", file=sys.stderr)
            measure(options.compare, curve, path, options.seconds)
        if os.path.exists(path):
            plot(curve, path, os.path.join(options.pictures, f"scaling-{curve.name}.png"), options.note)
    return 0


if __name__ == "__main__":
    sys.exit(main())
