"""Watch: can the newest words of a growing text complete a copy of prose? Cheap, and never wrong when it says no.

A copy of prose grows from seeds, runs of words shared with one place of one document, that weigh `LEAST_WEIGHT` together and lie near
each other on both sides (match/chain.py: a lighter run can join a copy over at most 40 words of the query and 120 of the source). The watch
keeps the seeds of the last `REACH` words by the stretch of the corpus they stand in. While no three neighbouring stretches weigh enough
together, no copy can have come about that was not there before. Novel text has hardly any seeds: the n-gram filter sees to it that it costs
two passes over its new words and no look-up.
"""

from __future__ import annotations

from copy import copy
from typing import Self

import numpy as np

from simfilter.index.structure import Structure
from simfilter.match.chain import LEAST_WEIGHT
from simfilter.match.score import word_weights
from simfilter.match.seed import OCCURRENCES, seed
from simfilter.views.growing import GrowingWords

REACH = 320
"""Words of the query within which the runs of one copy that is only just heavy enough must lie."""

STRETCH_BITS = 10
"""Stretches of the corpus are 1,024 words long: with its neighbours more than such a copy can span in its source."""

LONGEST = 64
"""Words of one run that are looked up again when it grows; longer ones are heavy enough in any case."""


class Watch:
    """What the newest words share with the corpus."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._hits = np.zeros(256, np.uint8)
        self._near: dict[int, list[tuple[int, float]]] = {}
        self._kept: list[tuple[int, int]] = []  # (query token, stretch) of all that stands in _near, in the order of the query
        self.run: int | None = None
        """The first token of the longest run that is shared with the corpus and reaches the end; None when there is none."""

    def look(self, words: GrowingWords, first: int) -> int | None:
        """Take in the words from token ``first`` on; the first token of a copy they may complete, None when there can be none."""
        self.run = None
        k = self._structure.k
        low, count = max(0, first - k + 1), words.count
        windows = count - k + 1
        if windows <= low:
            return None
        if windows > len(self._hits):
            self._hits = np.concatenate([self._hits, np.zeros(windows + len(self._hits), np.uint8)])
        found = self._structure.hits(words.symbols[low:])
        begin = low
        while begin > max(0, low - LONGEST) and self._hits[begin - 1]:
            begin -= 1
        while self._kept and self._kept[-1][0] >= begin:
            self._near[self._kept[-1][1]].pop()
            self._kept.pop()
        self._hits[low:windows] = 0 if found is None else found
        if not self._hits[begin:windows].any():
            return None
        return self._collect(words, begin)

    def _collect(self, words: GrowingWords, begin: int) -> int | None:
        """Look up the runs from token ``begin`` on."""
        count = words.count
        seeds = seed(self._structure, words.symbols[begin:], OCCURRENCES["text"])
        if seeds is None:
            return None
        worth = np.concatenate(([0.0], np.cumsum(word_weights(words.ends[begin:] - words.starts[begin:]), dtype=np.float64)))
        weights = worth[seeds.query + seeds.length] - worth[seeds.query]
        floor: int | None = None
        horizon = count - REACH
        stretches = (seeds.source >> np.uint64(STRETCH_BITS)).tolist()
        for start, length, stretch, weight in zip(seeds.query.tolist(), seeds.length.tolist(), stretches, weights.tolist(), strict=True):
            query = begin + start
            self._near.setdefault(stretch, []).append((query, weight))
            self._kept.append((query, stretch))
            if query + length >= count - 1 and (self.run is None or query < self.run):  # the last word may not be whole yet
                self.run = query
            near = [item for place in (stretch - 1, stretch, stretch + 1) for item in self._near.get(place, ()) if item[0] >= horizon]
            if sum(weight for _, weight in near) >= LEAST_WEIGHT - 0.01:
                floor = min(query for query, _ in near) if floor is None else min(floor, *(query for query, _ in near))
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
        other._hits = self._hits.copy()
        other._near = {stretch: list(near) for stretch, near in self._near.items()}
        other._kept = list(self._kept)
        return other
