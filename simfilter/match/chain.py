"""Chain: runs of one document that lie in the same order in query and source, a few changed tokens apart.

A greedy pass joins each run to the open chain it continues with the least shift; the ends are then carried over small changes as long
as equal tokens are found behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from simfilter.match.seed import Run

GAP = 16
"""Tokens that may be changed between two runs of one chain."""

SHIFT = 8
"""By how much a gap's two sides may differ in length."""

REACH = 3
"""At an end: tokens skipped on either side."""

RESYNC = (2, 3)
"""Equal tokens that must follow few or many skipped ones: more where more alignments are tried, so that chance carries no end on."""

RESYNC_WEIGHT = 8
"""Bytes those tokens must have together: `of the` follows anything."""

STEPS = sorted(((a, b) for a in range(REACH + 1) for b in range(REACH + 1)), key=lambda step: (sum(step), step))

Similar = Callable[[int, int], bool]

MAX_RUNS = 2000


def chains(runs: Sequence[Run]) -> list[list[Run]]:
    """Collinear groups of ``runs``, each in order and without overlap on either side."""
    done: list[list[Run]] = []
    open_: list[list[Run]] = []
    for run in sorted(sorted(runs, key=lambda run: -run.length)[:MAX_RUNS]):
        done += [chain for chain in open_ if chain[-1].query_end + GAP < run.query]
        open_ = [chain for chain in open_ if chain[-1].query_end + GAP >= run.query]
        best: tuple[int, list[Run], Run] | None = None
        for chain in open_:
            last = chain[-1]
            trim = max(0, last.query_end - run.query, last.source_end - run.source)
            rest = Run(run.query + trim, run.source + trim, run.length - trim)
            gap, source_gap = rest.query - last.query_end, rest.source - last.source_end
            if rest.length <= 0 or source_gap > GAP or gap > GAP or abs(gap - source_gap) > SHIFT or last.source >= run.source:
                continue
            cost = abs(gap - source_gap) + trim
            if best is None or cost < best[0]:
                best = (cost, chain, rest)
        if best is None:
            open_.append([run])
        else:
            best[1].append(best[2])
    return done + open_


def extend(chain: list[Run], query: NDArray[np.uint32], source: NDArray[np.uint32], base: int,
           weights: NDArray[np.uint32], similar: Similar) -> list[Run]:
    """``chain`` carried outward at both ends.

    ``source`` holds the symbols of its document from position ``base`` on, ``weights`` the length of each query token; ``similar`` tells
    whether a query and a source token are misspellings of each other. Such tokens are passed, as a run of length 0 behind them.
    """
    last, end = len(query) - 1, len(source) - 1
    left = [_turned(run, len(query), len(source) + base) for run in reversed(chain)]
    left = _forward(left, query[::-1], source[::-1], weights[::-1], lambda q, s: similar(last - q, base + end - s))
    right = [_turned(run, len(query), len(source)) for run in reversed(left)]
    right = _forward(right, query, source, weights, lambda q, s: similar(q, base + s))
    return [Run(run.query, run.source + base, run.length) for run in right]


def _turned(run: Run, query: int, source: int) -> Run:
    """The run as seen from the other end of both texts."""
    return Run(query - run.query_end, source - run.source_end, run.length)


def _forward(chain: list[Run], query: NDArray[np.uint32], source: NDArray[np.uint32], weights: NDArray[np.uint32],
             similar: Similar) -> list[Run]:
    chain = list(chain)
    while True:
        q, s = chain[-1].query_end, chain[-1].source_end
        for skip, other in STEPS:
            length = _common(query[q + skip :], source[s + other :])
            if length >= RESYNC[skip + other > 3] and weights[q + skip : q + skip + length].sum() >= RESYNC_WEIGHT:
                chain.append(Run(q + skip, s + other, length))
                break
        else:
            if q >= len(query) or s >= len(source) or not similar(q, s):
                return chain
            chain.append(Run(q + 1, s + 1, 0))


def _common(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> int:
    """Length of the common prefix."""
    size = min(len(a), len(b))
    probe = min(size, 32)
    different = np.flatnonzero(a[:probe] != b[:probe])
    if len(different):
        return int(different[0])
    if probe == size:
        return size
    different = np.flatnonzero(a[:size] != b[:size])
    return int(different[0]) if len(different) else size
