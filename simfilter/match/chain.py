"""Chain: runs of one document that lie in the same order in query and source, joined over gaps; and reordered copies of several chains.

The core chains all runs at once (sf_chain); here its chains are cut at document bounds, and those that lie close together on both sides
but in another order are grouped: clauses of one passage, moved about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.index.structure import Seeds

GAP_COST = 0.1
"""Weight a skipped token costs on either side: two runs of six words, one word changed between them, lose a thirtieth of their weight."""

MAX_GAP = 48
"""Tokens that may be changed between two runs of one chain."""

LEAST_WEIGHT = 5.0
"""Of a copy that is worth verifying: eight middling words. At 7 two in a hundred copies of 20 words with two in ten edited are lost, at 4
none more is found."""

LEAST_PART = 2.0
"""Of a chain that may be a part of a reordered copy."""

PART_COST, APART_COST = 1.0, (0.15, 0.05)
"""Weight a part of a reordered copy must have at least, and more for each token between it and the rest in query and source."""

MOST_DOCUMENTS, TOKENS_A_DOCUMENT = 48, 8
"""Documents whose chains are looked at, those that share most with the query: so many, or more for a long text, one for so many tokens."""

MOST_MEMBERS = 48
"""Chains of one document that are grouped, the heaviest; the rest stay alone: sf_chain_group."""


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


class Holder(Protocol):
    """Who knows which document holds each token position."""

    def document_of(self, positions: NDArray[np.uint64]) -> NDArray[np.int64]: ...


def chains(structure: Holder, seeds: Seeds, weights: NDArray[np.float32]) -> list[list[Chain]]:
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
    documents = structure.document_of(seeds.source[kept])
    promising = _promising(documents, worth[kept], max(MOST_DOCUMENTS, len(weights) // TOKENS_A_DOCUMENT))
    kept, documents = kept[promising], documents[promising]
    if not len(kept):
        return []
    order = np.argsort(numbers[kept], kind="stable")
    kept, documents = kept[order], documents[order]
    edges = np.flatnonzero((np.diff(numbers[kept]) != 0) | (np.diff(documents) != 0)) + 1
    first, behind = np.append(0, edges), np.append(edges, len(kept))
    anchors = np.stack([query[kept], seeds.source[kept].astype(np.int64), seeds.length[kept].astype(np.int64)])
    last = anchors[:, behind - 1]
    hulls = np.stack([anchors[0, first], last[0] + last[2], anchors[1, first], last[1] + last[2]], axis=1).astype(np.uint64)
    weight = np.add.reduceat(worth[kept].astype(np.float64), first)
    return [[Chain(int(documents[first[member]]), anchors[:, first[member] : behind[member]], float(weight[member])) for member in group]
            for group in _reordered(documents[first], hulls, weight)]


def _promising(documents: NDArray[np.int64], worth: NDArray[np.float32], most: int) -> NDArray[np.bool_]:
    """Which anchors belong to a document that shares LEAST_WEIGHT with the query, and to one of the ``most`` that share the most."""
    _, inverse = np.unique(documents, return_inverse=True)
    shared = np.bincount(inverse, weights=worth)
    good = shared >= LEAST_WEIGHT
    if good.sum() > most:
        good &= shared >= np.partition(shared, -most)[-most]
    return good[inverse]


def _reordered(documents: NDArray[np.int64], hulls: NDArray[np.uint64], weight: NDArray[np.float64]) -> list[list[int]]:
    """Chains of one document that lie near each other on both sides made one group, the heaviest first; light groups dropped."""
    order = np.lexsort((-weight, documents))
    groups = np.empty(len(order), np.uint32)
    count = _core.chain_group(documents[order].astype(np.uint64), hulls[order], weight[order], PART_COST, *APART_COST, MOST_MEMBERS, groups)
    together = np.bincount(groups, weights=weight[order], minlength=count)
    heavy = np.flatnonzero(together >= LEAST_WEIGHT)
    members, behind = order[np.argsort(groups, kind="stable")], np.cumsum(np.bincount(groups, minlength=count))
    return [members[0 if not group else behind[group - 1] : behind[group]].tolist()
            for group in heavy[np.argsort(-together[heavy], kind="stable")].tolist()]
