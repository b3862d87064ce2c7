"""Puts measured tables into docs/Performance.md, between marks, so that no figure is copied by hand."""

import json
import os
import re
import sys

from .results import read
from .table import markdown


def machine_text(sidecar):
    """The machine, the commit and the versions, in a list."""
    machine, peers = sidecar["machine"], sidecar.get("peers", {})
    peak = {p["scalar"]: p["gflops"] for p in machine["peaks"]}
    bandwidth = machine["bandwidths"][0]["gigabytesPerSecond"]
    caches = ", ".join(
        f"L{c['level']} {c['bytes'] >> 10} KiB" for c in machine["caches"] if c["kind"] != "Instruction"
    )
    threads = sidecar["threads"][0]
    isa = ("SSE2", "AVX2", "AVX-512")[machine["isa"]]
    return (
        f"* {machine['cpu']}, {machine['cores']} cores, {isa}; {caches}; {machine['system']}\n"
        f"* measured on {threads} threads: {peak['f32']:.0f} GFLOP/s in f32, {peak['f64']:.0f} in f64, "
        f"{bandwidth:.1f} GB/s\n"
        f"* commit {sidecar['commit']}, {sidecar['start']} to {sidecar['end']}\n"
        f"* PyTorch {peers.get('torch', '?')}, OpenCV {peers.get('cv2', '?')}, SciPy {peers.get('scipy', '?')}, "
        f"NumPy {peers.get('numpy', '?')}, FFTW {sidecar.get('libraries', {}).get('fftw', '?')}\n"
    )


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
    text = splice(text, "ratios", markdown(read(os.path.join(folder, "peers.csv"))))
    with open(document, "w") as file:
        file.write(text)


if __name__ == "__main__":
    main()
