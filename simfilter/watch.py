"""Watch: can the newest words of a growing text complete a copy of prose? Cheap, and never wrong when it says no.

A copy of prose grows from seeds, runs of words shared with one place of one document, that weigh `LEAST_WEIGHT` together and lie near
each other on both sides (match/chain.py: a lighter run can join a copy over at most 40 words of the query and 120 of the source). The watch
keeps the seeds of the last `REACH` words by the stretch of the corpus they stand in. While no three neighbouring stretches weigh enough
together, or what they hold falls apart into parts too far from each other that are too light each, no copy can have come about that was
not there before. Novel text has hardly any seeds: the n-gram filter sees to it that it costs two passes over its new words and no look-up.
"""

from __future__ import annotations

from copy import copy
from itertools import accumulate
from operator import itemgetter
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.index.union import UnionStructure
from simfilter.match import score
from simfilter.match.chain import LEAST_WEIGHT
from simfilter.match.seed import OCCURRENCES

REACH = 320
"""Words of the query within which the runs of one copy that is only just heavy enough must lie."""

STRETCH_BITS = 10
"""Stretches of the corpus are 1,024 words long: with its neighbours more than such a copy can span in its source."""

APART = (48, 120)
"""Words between two parts of such a copy, in query and source: a gap within a chain is `MAX_GAP` at most, and a part that weighs less than
`LEAST_WEIGHT` joins over 20 and 60 at most."""

LONGEST = 64
"""Words of one run that are looked up again when it grows; longer ones are heavy enough in any case."""


MOST_SORTED = 64
"""Seeds near each other whose gaps are looked at; where there are more, they are taken to belong together."""

WORTH = tuple(score.WORTH.tolist())
"""What a word of so many bytes is worth; longer ones as much as the last."""

Near = tuple[int, int, int, float]
"""A seed: its token in the query, in the source, its length, and what it weighs."""


class Watch:
    """What the newest words share with the corpus."""

    def __init__(self, structure: UnionStructure) -> None:
        self._structure = structure
        self._near: dict[int, list[Near]] = {}
        self._kept: list[tuple[int, int]] = []  # (query token, stretch) of all that stands in _near, in the order of the query
        self.end = 0
        """The last token of any seed."""
        self._run = (0, 0)  # the longest of the runs that reach furthest

    def look(self, words: _core.GrowingWords, changed: int, hits: int) -> int | None:
        """Take in the words from token ``changed`` on; the first token of a copy they may complete, None when there can be none.

        ``hits`` tells in how many places there the corpus may hold a seed.
        """
        if not hits and self.end <= changed:
            return None
        low = max(0, changed - self._structure.k + 1)
        begin = low
        while begin > max(0, low - LONGEST) and words.hit(begin - 1):
            begin -= 1
        while self._kept and self._kept[-1][0] >= begin:
            self._near[self._kept.pop()[1]].pop()
        self.end = changed
        return self._collect(words, begin) if words.windows > begin else None

    def run(self, count: int, least: int) -> int | None:
        """The first token of the longest run of ``least`` or more that is shared with the corpus and reaches the end, token ``count``.

        The last word may not be whole yet, and is not asked for.
        """
        begin, end = self._run
        return begin if end - begin >= least and end >= count - 1 else None

    def _collect(self, words: _core.GrowingWords, begin: int) -> int | None:
        """Look up the runs from token ``begin`` on."""
        symbols, starts, ends = columns(words, begin)
        hits = np.empty(words.windows - begin, np.uint8)
        words.hits(begin, hits)
        seeds = self._structure.seeds(symbols, OCCURRENCES["text"], hits)
        if not len(seeds.length):
            return None
        worth = [0.0, *accumulate([WORTH[size] if size < len(WORTH) else WORTH[-1] for size in (ends - starts).tolist()])]
        floor: int | None = None
        horizon = words.count - REACH
        places = self._near
        for start, length, source in zip(seeds.query.tolist(), seeds.length.tolist(), seeds.source.tolist(), strict=True):
            query, stretch = begin + start, source >> STRETCH_BITS
            seed = query, source, length, worth[start + length] - worth[start]
            here = places.setdefault(stretch, [])
            here.append(seed)
            self._kept.append((query, stretch))
            if query + length > self.end:
                self.end = query + length
                self._run = (query, self.end)
            before, behind = places.get(stretch - 1), places.get(stretch + 1)
            if not before and not behind and len(here) == 1 and seed[3] < LEAST_WEIGHT - 0.01:
                continue  # nearly always: it stands alone
            near = [item for place in (before, here, behind) for item in place or () if item[0] >= horizon]
            if _heavy(near) and _heavy(part := _together(near, seed)):
                first = min(part)[0]
                floor = first if floor is None else min(floor, first)
        if len(self._kept) > 4096 and self._kept[len(self._kept) // 2][0] < horizon:
            self._forget(horizon)
        return floor

    def _forget(self, horizon: int) -> None:
        self._kept = [item for item in self._kept if item[0] >= horizon]
        kept = {stretch: [item for item in near if item[0] >= horizon] for stretch, near in self._near.items()}
        self._near = {stretch: near for stretch, near in kept.items() if near}

    def copy(self) -> Self:
        """An independent copy."""
        other = copy(self)
        other._near = {stretch: list(near) for stretch, near in self._near.items()}
        other._kept = list(self._kept)
        return other


def _together(near: list[Near], seed: Near) -> list[Near]:
    """Those of ``near`` that ``seed`` may make a copy with: no gap between them, in query or source, is wider than a copy goes over."""
    size = 0
    while size != len(near) <= MOST_SORTED:
        size = len(near)
        near = _around(_around(near, seed, 1), seed, 0)
    return near


def _around(near: list[Near], seed: Near, side: Literal[0, 1]) -> list[Near]:
    part: list[Near] = []
    behind = 0
    for item in sorted(near, key=itemgetter(side)):
        if part and item[side] - behind > APART[side]:
            if seed in part:
                break
            part = []
        part.append(item)
        behind = max(behind, item[side] + item[2])
    return part


def _heavy(near: list[Near]) -> bool:
    return sum(seed[3] for seed in near) >= LEAST_WEIGHT - 0.01


def columns(words: _core.GrowingWords, first: int) -> NDArray[np.uint32]:
    """Symbols, starts and ends of the words from ``first`` on."""
    found = np.empty((3, words.count - first), np.uint32)
    words.read(first, *found)
    return found
