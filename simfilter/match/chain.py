"""Chain: runs of one document that lie in the same order in query and source, a few changed tokens apart.

A greedy pass joins each run to the open chain it continues with the least shift; the ends are then carried over small changes as long
as two equal tokens in a row are found behind them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simfilter.match.seed import Run

GAP = 16
"""Tokens that may be changed between two runs of one chain."""

SHIFT = 8
"""By how much a gap's two sides may differ in length."""

REACH, RESYNC = 3, 2
"""At an end: tokens skipped on either side, and the equal tokens that must follow."""

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


def extend(chain: list[Run], query: NDArray[np.uint32], source: NDArray[np.uint32], base: int) -> list[Run]:
    """``chain`` carried outward at both ends; ``source`` holds the symbols of its document from position ``base`` on."""
    left = [Run(len(query) - run.query_end, len(source) - (run.source_end - base), run.length) for run in reversed(chain)]
    left = _forward(left, query[::-1], source[::-1])
    right = [Run(len(query) - run.query_end, len(source) - run.source_end, run.length) for run in reversed(left)]
    return [Run(run.query, run.source + base, run.length) for run in _forward(right, query, source)]


def _forward(chain: list[Run], query: NDArray[np.uint32], source: NDArray[np.uint32]) -> list[Run]:
    chain = list(chain)
    steps = sorted(((a, b) for a in range(REACH + 1) for b in range(REACH + 1) if a or b), key=lambda step: (sum(step), step))
    while True:
        q, s = chain[-1].query_end, chain[-1].source_end
        for skip, other in steps:
            length = _common(query[q + skip :], source[s + other :])
            if length >= RESYNC:
                chain.append(Run(q + skip, s + other, length))
                break
        else:
            return chain


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
