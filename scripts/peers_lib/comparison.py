"""One run: every workload with all contenders of both sides, and what is written of it."""

import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from math import inf
from statistics import median

from .blocks import Busy, Turns, run_blocks, screened
from .contenders import all_peers
from .ours import Ours, Refusal
from .results import Results, fill_times, peer_row
from .table import markdown


class Comparison:
    def __init__(self, compare, threads, folder, resume):
        self.compare, self.threads = compare, threads
        self.results = Results(folder, resume)
        self.peers, missing = all_peers(threads)
        for reason in missing:
            say(f"left out: {reason}")
        if not self.peers:
            raise ImportError("no peer can be imported: pip install torch opencv-python-headless scipy")
        self.words = [w for w in sys.argv[1:] if w not in ("--compare", compare)]
        self.begun = utc()
        self.sidecar = {}

    def run(self, workloads, seconds):
        """Runs what is not done yet; returns the exit status."""
        todo = [w for w in workloads if (w.name, w.pass_) not in self.results.done]
        if len(todo) < len(workloads):
            say(f"{len(workloads) - len(todo)} of {len(workloads)} workloads are done already")
        start = time.monotonic()
        status = 0
        for index, workload in enumerate(todo):
            left = seconds - (time.monotonic() - start)
            share = max(2.0, left / (len(todo) - index))
            say(f"[{index + 1}/{len(todo)}] {workload.label}: verifying; about {clock(left)} left")
            try:
                say(f"    {self.one(workload, share)}")
            except KeyboardInterrupt:
                say(f"interrupted: go on with --output {os.path.dirname(self.results.path)} --resume")
                status = 130
                break
            except Refusal as error:
                say(f"{workload.label}: {error}")
                status = 1
        self.describe("interrupted" if status == 130 else "complete")
        table = markdown(self.results.rows)
        with open(os.path.join(os.path.dirname(self.results.path), "peers.md"), "w") as file:
            file.write(table)
        print(table, end="")
        say(f"{len(self.results.rows)} rows in {self.results.path}")
        failed = any(row["status"] == "failed" for row in self.results.rows)
        return 1 if failed and status == 0 else status

    def one(self, workload, seconds):
        """One workload, everything released on return; what came of it in a line."""
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            ours = Ours(self.compare, workload, self.threads, folder)
            try:
                self.sidecar = self.sidecar or ours.sidecar
                operands = ours.operands(workload.shape, workload.pass_)
                rows, peers, prepared = self.checked(workload, ours, operands)
                turns = {name: (lambda name=name: ours.turn(name)) for name in ours.names}
                verified = time.monotonic()
                kept, tried = screened(turns)
                # Whatever is fastest here, the plain transforms of both sides are compared too.
                if "mkl-fft" in peers and tried.get("fft", inf) < 10 * min(tried.values()):
                    kept = list(dict.fromkeys([*kept, "fft"]))
                for name in set(ours.names) - set(kept):
                    ours.ask(f"close {name}")
                kept_peers, _ = screened({n: peer.turn for n, peer in peers.items() if n != "mkl-fft"})
                kept_peers += [n for n in peers if n == "mkl-fft" and "fft" in kept]
                contenders = {name: turns[name] for name in kept}
                contenders |= {name: peers[name].turn for name in kept_peers}
                sides = {name: "ours" if name in turns else "peers" for name in contenders}
                left = max(1.5, seconds - (time.monotonic() - start))
                busy = Busy(ours.process.pid)
                samples, disturbed, noisy = run_blocks(contenders, sides, left, busy, ours.watch)
                for name in kept:
                    rows[name]["plan_ms"], rows[name]["prepare_ms"] = ours.ask(f"prepare {name}").split()
            finally:
                ours.close()
        clean = {n: {b: t for b, t in s.items() if b not in disturbed} for n, s in samples.items()}
        self.write(workload, rows, clean, kept_peers, prepared, noisy)
        best = {}
        for name in contenders:
            if name != "mkl-fft":
                side, middle = sides[name], median(clean[name].values())
                best[side] = min(middle, best.get(side, inf))
        ratio = f"{best['peers'] / best['ours']:.2f} times" if len(best) == 2 else "no peer"
        blocks = max(len(times) for times in clean.values())
        return (
            f"{ratio} ({', '.join(contenders)}); verified in {verified - start:.1f} s, "
            f"{blocks} blocks{' (noisy)' if noisy else ''} until {time.monotonic() - start:.1f} s"
        )

    def checked(self, workload, ours, operands):
        """All rows of verification, and the peers whose result agrees with ours."""
        import numpy as np

        if not ours.names:
            raise Refusal("none of ours passed its verification")
        own = dict(ours.rows)
        like = own[ours.names[0]]
        judge = min(ours.names, key=lambda name: float(own[name]["error_max"]))
        truth = ours.result(judge)
        scale = float(np.linalg.norm(truth)) or 1.0
        # Ours is within its bound of the true result, and a peer must be within the widest bound
        # that one of ours may claim, since which algorithm it uses is its own affair.
        bound = float(own[judge]["error_bound"]) + max(float(own[n]["error_bound"]) for n in ours.names)
        peers, prepared, rows = {}, {}, own
        for name, make in self.peers.items():
            begun = time.perf_counter()
            try:
                function = make(workload, operands)
                if function is None:
                    continue
                prepared[name] = 1000 * (time.perf_counter() - begun)
                begun = time.perf_counter()
                result = function().ravel()
                first = time.perf_counter() - begun
                difference = np.abs(result - truth)
            except (RuntimeError, ValueError, MemoryError, TypeError) as error:
                rows[name] = peer_row(like, name) | {"status": "unsupported", "reason": one_line(error)}
                continue
            worst = float(difference.max())
            rows[name] = peer_row(like, name) | {
                "status": "ok" if worst <= bound else "failed", "error_max": worst, "error_bound": bound,
                "error_l2": float(np.linalg.norm(difference)) / scale, "error_ratio": worst / bound,
                "oracle": judge,
            }  # fmt: skip
            if worst <= bound:
                peers[name] = Turns(function, first)
            else:
                rows[name]["reason"] = f"differs from {judge} by {worst:.3g}, more than {bound:.3g}"
        return rows, peers, prepared

    def write(self, workload, rows, samples, kept_peers, prepared, noisy):
        rivals = [n for n in kept_peers if n != "mkl-fft"]
        fastest = min(rivals, key=lambda n: median(samples[n].values()), default=None)
        peak = next(
            (p["gflops"] for p in self.sidecar["machine"]["peaks"] if p["scalar"] == "f32"), None
        )
        finished = []
        for name, row in rows.items():
            row["name"] = workload.name
            if name in prepared:
                row["prepare_ms"] = prepared[name]
            if name in samples:
                fill_times(row, samples[name], fastest, samples.get(fastest), noisy, peak)
            elif row["status"] == "ok":
                row["reason"] = "verified, and too slow to be the fastest: not timed in blocks"
            finished.append(row)
        self.results.add(finished, samples)
        self.describe("running")

    def describe(self, result):
        versions = {"python": platform.python_version()}
        for name in ("torch", "cv2", "scipy", "numpy"):
            if name in sys.modules:
                versions[name] = getattr(sys.modules[name], "__version__", "")
        # Of `compare`'s own description, where it ran and how it was called say nothing here.
        own = {key: value for key, value in self.sidecar.items() if key != "folder"}
        self.results.describe(
            own
            | {
                "command": ["scripts/peers", *self.words], "start": self.begun, "end": utc(),
                "result": result, "peers": versions, "commit": commit(), "threads": [self.threads],
            }  # fmt: skip
        )


def commit():
    """The commit of the sources; a plus where files differ from it."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    try:
        run = lambda *a: subprocess.run(["git", "-C", root, *a], capture_output=True, text=True, check=True).stdout
        return run("rev-parse", "--short", "HEAD").strip() + ("+" if run("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def say(text):
    print(text, file=sys.stderr, flush=True)


def clock(seconds):
    return f"{max(0, int(seconds)) // 60}:{max(0, int(seconds)) % 60:02d}"


def utc():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def one_line(error):
    return " ".join(str(error).split())[:200]
