"""Puts measured tables into docs/Performance.md, between marks, so that no figure is copied by hand."""

import json
import os
import re
import sys
from statistics import median

from .results import contender, read
from .table import markdown, ratios


def machine_text(sidecar):
    """The machine, the commit and the versions, in a list."""
    machine, peers = sidecar["machine"], sidecar.get("peers", {})
    peak = {p["scalar"]: p["gflops"] for p in machine["peaks"]}
    bandwidth = machine["bandwidths"][0]["gigabytesPerSecond"]
    caches = ", ".join(
        f"L{c['level']} {c['bytes'] >> 10} KiB" for c in machine["caches"] if c["kind"] != "Instruction"
    )
    threads = sidecar["threads"][0]
    isa = {"base": "SSE2", "avx2": "AVX2", "avx512": "AVX-512"}[machine["isa"]]
    return (
        f"* {machine['cpu']}, {machine['cores']} cores, {isa}; {caches}; {machine['system']}\n"
        f"* measured on {threads} threads: {peak['f32']:.0f} GFLOP/s in f32, {peak['f64']:.0f} in f64, "
        f"{bandwidth:.1f} GB/s\n"
        f"* commit {sidecar['commit']}, {sidecar['start']} to {sidecar['end']}\n"
        f"* PyTorch {peers.get('torch', '?')}, OpenCV {peers.get('cv2', '?')}, SciPy {peers.get('scipy', '?')}, "
        f"NumPy {peers.get('numpy', '?')}, FFTW {sidecar.get('libraries', {}).get('fftw', '?')}\n"
    )


def bounds(rows, sidecar):
    """What the fastest of ours could at best take: its operations at the peak, its operands once."""
    peak = next(p["gflops"] for p in sidecar["machine"]["peaks"] if p["scalar"] == "f32")
    bandwidth = sidecar["machine"]["bandwidths"][0]["gigabytesPerSecond"]
    lines = ["| workload | ours | ms | nominal GFLOP/s | operations at the peak, ms | operands once, ms | share |"]
    lines += ["|---|---|--:|--:|--:|--:|--:|"]
    for ratio in ratios(rows):
        row = ratio.ours
        size = {k: int(row[k]) for k in ("mb", "g", "ic", "id", "ih", "iw", "oc", "od", "oh", "ow", "kd", "kh", "kw")}
        operands = size["mb"] * size["ic"] * size["id"] * size["ih"] * size["iw"]
        operands += size["mb"] * size["oc"] * size["od"] * size["oh"] * size["ow"]
        operands += size["ic"] * size["oc"] // size["g"] * size["kd"] * size["kh"] * size["kw"]
        arithmetic = 1000 * float(row["gflop_executed"] or "nan") / peak
        traffic = 1000 * 4e-9 * operands / bandwidth
        took = float(row["median_ms"])
        lines.append(
            f"| {ratio.workload.label} | {contender(row)} | {took:.3g} | {float(row['gflops']):.0f} "
            f"| {arithmetic:.3g} | {traffic:.3g} | {100 * max(arithmetic, traffic) / took:.0f} % |"
        )
    return "\n".join(lines)


def limits(folder):
    """Each algorithm's share of the peak over the curves of many channels."""
    shares = {}
    for curve in ("size", "channels", "batch", "kernel-layer"):
        path = os.path.join(folder, f"scaling-{curve}.csv")
        for row in read(path) if os.path.exists(path) else []:
            if row["peak_fraction"] and int(row["ic"]) >= 32 and int(row["oc"]) >= 32:
                shares.setdefault(contender(row), []).append(float(row["peak_fraction"]))
    lines = ["| algorithm | problems | median share of the peak | best |", "|---|--:|--:|--:|"]
    for name, values in shares.items():
        lines.append(f"| {name} | {len(values)} | {100 * median(values):.0f} % | {100 * max(values):.0f} % |")
    return "\n".join(lines)


def splice(text, name, content):
    """`text` with what stands between the marks of `name` replaced."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"there is no {begin} in the document")
    return pattern.sub(lambda _: f"{begin}\n{content}\n{end}", text)


def main():
    folder, document = sys.argv[1:3]
    with open(os.path.join(folder, "peers.json")) as file:
        sidecar = json.load(file)
    with open(document) as file:
        text = file.read()
    text = splice(text, "machine", machine_text(sidecar))
    rows = read(os.path.join(folder, "peers.csv"))
    text = splice(text, "ratios", markdown(rows))
    text = splice(text, "bounds", bounds(rows, sidecar))
    text = splice(text, "limits", limits(folder))
    with open(document, "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()
