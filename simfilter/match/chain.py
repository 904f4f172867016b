"""Chain: runs of one document that lie in the same order in query and source, joined over gaps; and reordered copies of several chains.

The core chains all runs at once (sf_chain); here its chains are cut at document bounds, and those that lie close together on both sides
but in another order are grouped: clauses of one passage, moved about.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.index.structure import Seeds, Structure

GAP_COST = 0.1
"""Weight a skipped token costs on either side: two runs of six words, one word changed between them, lose a thirtieth of their weight."""

MAX_GAP = 48
"""Tokens that may be changed between two runs of one chain."""

LEAST_WEIGHT = 7.0
"""Of a copy that is worth verifying: a dozen middling words."""

LEAST_PART = 2.0
"""Of a chain that may be a part of a reordered copy."""

PART_COST, APART_COST = 1.0, (0.15, 0.05)
"""Weight a part of a reordered copy must have at least, and more for each token between it and the rest in query and source."""

RIVALS = 4
"""Copies of the same stretch of the query that are verified."""

MOST_COPIES, TOKENS_A_COPY = 48, 16
"""Copies verified for one text, the heaviest first: so many, or more in a long text, one for so many of its tokens."""


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Anchors ``[3, m]`` (query token, source token, length) in order, all of ``document``; ``weight`` is what they are worth."""

    document: int
    anchors: NDArray[np.int64]
    weight: float

    @property
    def hull(self) -> tuple[int, int, int, int]:
        """First and last token, half-open, in query and source."""
        first, last = self.anchors[:, 0], self.anchors[:, -1]
        return int(first[0]), int(last[0] + last[2]), int(first[1]), int(last[1] + last[2])


def chains(structure: Structure, seeds: Seeds, weights: NDArray[np.float32]) -> list[list[Chain]]:
    """Proposed copies, the heaviest first: one chain each, or the parts of a reordered copy.

    ``weights[n]`` is what each query token is worth.
    """
    if not len(seeds.length):
        return []
    total = np.concatenate(([0.0], np.cumsum(weights, dtype=np.float64)))
    query = seeds.query.astype(np.int64)
    worth = (total[query + seeds.length] - total[query]).astype(np.float32)
    numbers = np.empty(len(query), np.uint32)
    count = _core.chain(seeds.query, seeds.source, seeds.length, np.maximum(worth, np.float32(1e-3)), GAP_COST, MAX_GAP, numbers)
    heavy = np.bincount(numbers, weights=worth, minlength=count) >= LEAST_PART
    kept = np.flatnonzero(heavy[numbers])
    if not len(kept):
        return []
    kept = kept[np.argsort(numbers[kept], kind="stable")]
    documents = structure.document_of(seeds.source[kept])
    edges = np.flatnonzero((np.diff(numbers[kept]) != 0) | (np.diff(documents) != 0)) + 1
    anchors = np.stack([query[kept], seeds.source[kept].astype(np.int64), seeds.length[kept].astype(np.int64)])
    found = [Chain(int(documents[first]), anchors[:, first:last], float(worth[kept[first:last]].sum()))
             for first, last in zip([0, *edges.tolist()], [*edges.tolist(), len(kept)], strict=True)]
    return _thinned(_reordered(found), len(weights))[: max(MOST_COPIES, len(weights) // TOKENS_A_COPY)]


def _reordered(found: list[Chain]) -> list[list[Chain]]:
    """Chains of one document that lie near each other on both sides made one group; light groups dropped."""
    groups: list[list[Chain]] = []
    by_document: dict[int, list[Chain]] = {}
    for chain in found:
        by_document.setdefault(chain.document, []).append(chain)
    for members in by_document.values():
        if sum(chain.weight for chain in members) >= LEAST_WEIGHT:
            members.sort(key=lambda chain: -chain.weight)
            groups += _nearby(members[:MOST_COPIES]) + [[chain] for chain in members[MOST_COPIES:]]
    heavy = [group for group in groups if sum(chain.weight for chain in group) >= LEAST_WEIGHT]
    return sorted(heavy, key=lambda group: -sum(chain.weight for chain in group))


def _thinned(groups: list[list[Chain]], size: int) -> list[list[Chain]]:
    """Without the groups whose stretch of the query RIVALS heavier ones cover already: of a thousand near-equal documents a few will do."""
    kept = []
    covered = np.zeros(size, np.int32)
    for group in groups:
        hulls = [chain.hull for chain in group]
        stretch = slice(min(hull[0] for hull in hulls), max(hull[1] for hull in hulls))
        if covered[stretch].mean() < RIVALS:
            kept.append(group)
            for start, end, *_ in hulls:
                covered[start:end] += 1
    return kept


def _nearby(members: list[Chain]) -> list[list[Chain]]:
    """Single-linkage groups; a chain whose query tokens its group has already is another copy of the same words and stays alone."""
    groups: list[tuple[list[Chain], list[int]]] = []
    for chain in members:
        hull = chain.hull
        for group, bounds in groups:
            apart = max(0, _apart(*hull[:2], *bounds[:2])), max(0, _apart(*hull[2:], *bounds[2:]))
            if chain.weight >= PART_COST + APART_COST[0] * apart[0] + APART_COST[1] * apart[1] \
                    and not any(min(hull[1], other.hull[1]) - max(hull[0], other.hull[0]) > 0.5 * (hull[1] - hull[0]) for other in group):
                group.append(chain)
                bounds[:] = [min(bounds[0], hull[0]), max(bounds[1], hull[1]), min(bounds[2], hull[2]), max(bounds[3], hull[3])]
                break
        else:
            groups.append(([chain], list(hull)))
    return [group for group, _ in groups]


def _apart(start: int, end: int, other_start: int, other_end: int) -> int:
    """Tokens between two stretches; 0 or less when they touch or overlap."""
    return max(start - other_end, other_start - end)
