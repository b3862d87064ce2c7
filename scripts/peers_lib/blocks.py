"""Who takes a turn when: blocks in which every contender has one turn, in random order."""

import os
import random
import time

from .figures import median, median_interval

SHORTEST_TURN = 0.5e-3  # as in `compare`: shorter turns would be at the mercy of the clock
LONGEST_WARM_UP = 20e-3  # longer executions do not depend on what the caches held before
WAKING = 0.005  # seconds of turns that are not counted: threads sleep while the other side has its turn
SETTLING = 0.01  # seconds until the other side's threads have stopped waiting in loops


class Turns:
    """A peer's function, timed by the rules that `compare turns` times ours by."""

    def __init__(self, function, expected):
        self.function, self.expected = function, expected

    def turn(self):
        """Milliseconds of one execution."""
        if self.expected < LONGEST_WARM_UP:
            self.function()
        count = max(1, round(SHORTEST_TURN / max(self.expected, 1e-6)))
        start = time.perf_counter()
        for _ in range(count):
            self.function()
        self.expected = (time.perf_counter() - start) / count
        return 1000 * self.expected


def awake(turn):
    """What the last of several turns took: the first ones wake threads and processors.

    A processor of a virtual machine that has nothing to do takes some 0.1 ms to come back, as long as a
    small image takes.
    """
    end = time.monotonic() + WAKING
    took = turn()
    while time.monotonic() < end:
        took = turn()
    return took


def screened(turns, limit=1.6, most=3):
    """The contenders worth blocks: the fastest of each side, and what comes near it.

    `turns` are functions by name. Two turns each, so that a single disturbance drops nobody.
    """
    times = {}
    for name, turn in turns.items():
        first = awake(turn)
        best = min(times.values(), default=first)
        # A second turn of what is hopeless would only cost time.
        times[name] = first if first > 3 * best else min(first, awake(turn))
    ranked = sorted(times, key=times.get)
    kept = [name for name in ranked if times[name] <= limit * times[ranked[0]]][:most]
    return kept, times


class Busy:
    """The share of the processors that others used since the last look."""

    def __init__(self, child):
        self.files = ["/proc/self/stat", f"/proc/{child}/stat"]
        self.processors = os.cpu_count() or 1
        self.share()

    def share(self):
        own, (all_busy, total) = self._own(), self._all()
        try:
            passed = total - self._total
            others = (all_busy - self._busy) - (own - self._mine)
            return max(0.0, others / passed) if passed else 0.0
        except AttributeError:
            return 0.0
        finally:
            self._mine, self._busy, self._total = own, all_busy, total

    def _own(self):
        ticks = 0
        for path in self.files:
            with open(path) as file:
                fields = file.read().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks

    def _all(self):
        with open("/proc/stat") as file:
            ticks = [int(t) for t in file.readline().split()[1:9]]
        idle = ticks[3] + ticks[4]
        return sum(ticks) - idle, sum(ticks)


def run_blocks(
    turns, sides, seconds, busy, watch=lambda: False, seed=1, precision=0.02, fewest=8, most=200
):
    """Times by contender and block, and the blocks in which others used the machine.

    `watch` says whether the machine was disturbed since it was asked last, which is after each turn;
    then it is asked until the machine is quiet again, and the turn is repeated, as long as patience
    lasts: `seconds` in all, which do not count. A block that holds a disturbed turn is disturbed.

    Ends when the ratio of the fastest of both sides is known to `precision`, or time is up.
    """
    order = random.Random(seed)
    samples = {name: {} for name in turns}
    disturbed = set()
    end, patience = time.monotonic() + seconds, seconds
    busy.share()
    watch()
    for block in range(most):
        names = list(turns)
        order.shuffle(names)
        for name in names:
            while True:
                samples[name][block] = awake(turns[name])
                time.sleep(SETTLING)
                if not watch():
                    break
                start = time.monotonic()
                while time.monotonic() - start < patience and watch():
                    time.sleep(SETTLING)
                waited = time.monotonic() - start
                patience, end = patience - waited, end + waited
                if patience <= 0:
                    disturbed.add(block)
                    break
        if busy.share() > 0.1:
            disturbed.add(block)
        if time.monotonic() > end or (block + 1 >= fewest and _is_precise(samples, sides, precision)):
            break
    clean = block + 1 - len(disturbed)
    return samples, (disturbed if clean >= 6 else set()), clean < 6


def _is_precise(samples, sides, precision):
    fastest = {}
    for name, times in samples.items():
        if name == "mkl-fft":
            continue
        middle = median(times.values())
        if sides[name] not in fastest or middle < fastest[sides[name]][0]:
            fastest[sides[name]] = (middle, times)
    if len(fastest) < 2:
        (_, values), = fastest.values()
        values = list(values.values())
    else:
        above, below = fastest["peers"][1], fastest["ours"][1]
        values = [above[b] / below[b] for b in above if b in below]
    interval = median_interval(values)
    if interval is None:
        return False
    middle = median(values)
    return max(interval[1] - middle, middle - interval[0]) <= precision * middle
