"""`scripts/peers`: what users would pick instead, timed beside ours in one run."""

import argparse
import os
import signal
import sys
from datetime import datetime, timezone

from .workloads import all_workloads

THREADS = 2


def arguments():
    families = list(dict.fromkeys(w.family for w in all_workloads()))
    parser = argparse.ArgumentParser(prog="scripts/peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer workloads and blocks: about 10 minutes")
    parser.add_argument("--only", metavar="GROUP", help=f"families ({', '.join(families)}) or workloads, with commas")
    parser.add_argument("--output", metavar="FOLDER", help="where results go (default results/peers-TIME)")
    parser.add_argument("--resume", action="store_true", help="goes on with what FOLDER holds")
    parser.add_argument("--minutes", type=float, help="of timing in all (default 9 with --quick, else 30)")
    parser.add_argument("--threads", type=int, default=THREADS, help="of both sides (default 2)")
    parser.add_argument("--list", action="store_true", help="shows the plan and ends")
    parser.add_argument("--table", metavar="CSV", help="shows the table of a results file and ends")
    parser.add_argument("--compare", help=argparse.SUPPRESS)
    return parser.parse_args()


def selected(options):
    """The workloads that are asked for."""
    chosen = [w for w in all_workloads() if w.quick or not options.quick or options.only]
    if options.only is None:
        return chosen
    names = options.only.split(",")
    for name in names:
        if not any(name in (w.family, w.name, w.label) for w in chosen):
            sys.exit(f"scripts/peers: there is no family or workload {name}: see scripts/peers --list")
    return [w for w in chosen if {w.family, w.name, w.label} & set(names)]


def plan(workloads):
    for w in workloads:
        goal = f"{w.goal.floor:g}".rjust(6) + f"{w.goal.aim:g}".rjust(6)
        print(f"{w.family:<10}{w.label:<24}{goal}  {w.shape.operations / 1e9:>9.3f} GFLOP  {w.descriptor}")
    print(f"{len(workloads)} workloads; floor and aim are the fastest peer's time over ours")


def main():
    options = arguments()
    if options.table:
        from .results import read
        from .table import markdown

        print(markdown(read(options.table)), end="")
        return 0
    workloads = selected(options)
    if options.list:
        plan(workloads)
        return 0
    from .comparison import Comparison

    # To be told to end is to be interrupted: what is measured is kept.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))

    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    folder = options.output or os.path.join("results", f"peers-{stamp}")
    minutes = options.minutes or (9 if options.quick else 30)
    try:
        comparison = Comparison(options.compare, options.threads, folder, options.resume)
    except (FileExistsError, ImportError) as error:
        sys.exit(f"scripts/peers: {error}")
    return comparison.run(workloads, 60 * minutes)


if __name__ == "__main__":
    sys.exit(main())
