"""Medians, their intervals, and ratios of times taken in the same blocks. The standard library alone."""

import math
from statistics import median


def median_interval(values, confidence=0.95):
    """The order statistics that hold the median of the distribution, or None of fewer than six.

    The number of values below the median is binomial with probability 1/2; the ranks are the widest
    that leave less than (1 - confidence) / 2 outside on each side.
    """
    n = len(values)
    tail, rank = 0.0, 0
    for k in range(n):
        tail += math.comb(n, k) / 2**n
        if tail > (1 - confidence) / 2:
            break
        rank = k + 1
    if rank == 0:
        return None
    ordered = sorted(values)
    return ordered[rank - 1], ordered[n - rank]


def quantile(values, q):
    """Linear between order statistics."""
    ordered = sorted(values)
    at = q * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def paired_ratio(above, below):
    """Median of above/below over the blocks that both have, with its interval; dictionaries by block."""
    ratios = [above[block] / below[block] for block in above if block in below]
    if not ratios:
        return None
    low, high = median_interval(ratios) or (math.nan, math.nan)
    return median(ratios), low, high
