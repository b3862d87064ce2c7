"""The table of ratios, from a results file alone."""

from dataclasses import dataclass
from math import isnan

from .results import contender
from .workloads import Goal, all_workloads

PEERS = ("torch-", "mkl-", "opencv-", "scipy-", "numpy-")
TITLES = {
    "layers": "Layers, forward", "parity": "No arithmetic to save", "image": "One-channel images",
    "big1d": "Long signals", "depthwise": "Depthwise", "large3d": "Volumes", "backward": "Gradients",
}  # fmt: skip


def is_peer(row):
    return row["algorithm"].startswith(PEERS)


@dataclass
class Ratio:
    """One workload: the fastest of each side, and the peer's time over ours."""

    workload: object
    ours: dict
    peer: dict
    goal: Goal

    @property
    def value(self):
        return float(self.ours["speedup"])

    @property
    def interval(self):
        """Of the ratio; None of fewer than six blocks."""
        low, high = (float(self.ours[end] or "nan") for end in ("speedup_low", "speedup_high"))
        return None if isnan(low) else (low, high)

    @property
    def verdict(self):
        """Parity asks that the interval reaches 1; the others that the ratio itself reaches the floor."""
        reached = self.interval[1] if self.goal.floor == 1 and self.interval else self.value
        if reached < self.goal.floor:
            return f"misses by {100 * (1 - reached / self.goal.floor):.0f} %"
        return "aim" if self.value >= self.goal.aim else "floor"


def plain_transforms(rows):
    """Lines that compare `fft` with MKL's transforms, a competition of its own."""
    lines = []
    for workload in all_workloads():
        times = {
            contender(r): float(r["median_ms"])
            for r in rows
            if (r["name"], r["pass"]) == (workload.name, workload.pass_) and r["median_ms"]
        }
        if {"fft", "mkl-fft"} <= times.keys():
            ours, mkl = times["fft"], times["mkl-fft"]
            lines.append(f"| {workload.label} | {mkl:.3g} | {ours:.3g} | {mkl / ours:.2f} |")
    if lines:
        head = ["| workload | mkl-fft, ms | fft, ms | ratio of medians |", "|---|--:|--:|--:|"]
        lines = ["", "### Plain transforms of the whole: `fft` (FFTW) and MKL's", "", *head, *lines]
    return lines


def ratios(rows):
    """A ratio for each workload that both sides have times of, in the order of the workloads."""
    by_workload = {}
    for row in rows:
        if row["status"] == "ok" and row["median_ms"]:
            by_workload.setdefault((row["name"], row["pass"]), []).append(row)
    found, forward = [], {}
    for workload in all_workloads():
        rows = by_workload.get((workload.name, workload.pass_), [])
        sides = [
            min((r for r in rows if is_peer(r) == peers and contender(r) != "mkl-fft"), key=lambda r: float(r["median_ms"]), default=None)
            for peers in (False, True)
        ]
        if None in sides or not sides[0]["speedup"]:
            continue
        ratio = Ratio(workload, *sides, workload.goal)
        if workload.pass_ == "forward":
            forward[workload.name] = ratio.value
        elif workload.name in forward:
            # Gradients are to keep what this very run shows of the forward pass.
            ratio.goal = Goal(0.8 * forward[workload.name], forward[workload.name])
        found.append(ratio)
    return found


def markdown(rows):
    """The table as Markdown, family by family, and the misses by name."""
    lines, family = [], None
    every = ratios(rows)
    for ratio in every:
        if ratio.workload.family != family:
            family = ratio.workload.family
            lines += ["", f"### {TITLES[family]}", ""]
            lines += ["| workload | problem | fastest peer | ms | ours | ms | ratio | 95 % | floor | aim | |"]
            lines += ["|---|---|---|--:|---|--:|--:|---|--:|--:|---|"]
        interval = "{:.2f} to {:.2f}".format(*ratio.interval) if ratio.interval else "few blocks"
        noisy = " (noisy)" if "1" in (str(ratio.ours["noisy"]), str(ratio.peer["noisy"])) else ""
        lines.append(
            f"| {ratio.workload.label} | `{ratio.workload.descriptor}` | {contender(ratio.peer)} "
            f"| {milliseconds(ratio.peer)} | {contender(ratio.ours)} | {milliseconds(ratio.ours)} "
            f"| **{ratio.value:.2f}** | {interval}{noisy} | {ratio.goal.floor:.3g} "
            f"| {ratio.goal.aim:.3g} | {ratio.verdict} |"
        )
    lines += plain_transforms(rows)
    misses = [r for r in every if r.verdict.startswith("misses")]
    aims = sum(r.verdict == "aim" for r in every)
    lines += ["", f"{len(every)} rows: {len(every) - len(misses)} reach their floor, {aims} of them their aim."]
    if misses:
        lines += ["", "Below the floor:", ""]
        lines += [f"* {r.workload.label}: {r.value:.2f} of {r.goal.floor:.3g}, {r.verdict}" for r in misses]
    wrong = [r for r in rows if r["status"] == "failed"]
    lines += ["", "Failed:", ""] if wrong else []
    lines += [f"* {r['name']} {r['pass']} {contender(r)}: {r['reason']}" for r in wrong]
    return "\n".join(lines).strip() + "\n"


def milliseconds(row):
    value = float(row["median_ms"])
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"
