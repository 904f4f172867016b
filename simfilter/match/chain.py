"""Chain: runs of one document that lie in the same order in query and source, joined over gaps; and reordered copies of several chains.

The core chains all runs at once and cuts the chains where documents end; those that lie close together on both sides but in another order
it groups: clauses of one passage, moved about (sf_chain_propose).
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.index.structure import Seeds

GAP_COST = 0.1
"""Weight a skipped token costs on either side: two runs of six words, one word changed between them, lose a thirtieth of their weight."""

MAX_GAP = 48
"""Tokens that may be changed between two runs of one chain."""

LEAST_WEIGHT = 4.0
"""Of a copy that is worth verifying: eight words, some of them short. Of copies shorter than 20 words 82 in a hundred are told of, 76 at 5;
at 3.5 one more, but one piece in 60 of a stream of single tokens is held back for a moment, at 4 one in 200."""

LEAST_PART = 2.0
"""Of a chain that may be a part of a reordered copy."""

MOST_DOCUMENTS, TOKENS_A_DOCUMENT = 48, 8
"""Documents whose chains are looked at, those that share most with the query: so many, or more for a long text, one for so many tokens."""

GROUP_COSTS = (1.0, 0.15, 0.05, 48)
"""Weight a part of a reordered copy must have at least, and more for each token between it and the rest in query and source; chains of
one document that are grouped, the heaviest, the rest stay alone: sf_chain_group_costs."""


class Chain(NamedTuple):
    """Anchors ``[3, m]`` (query token, source token, length) in order, all of ``document``; ``weight`` is what they are worth. ``query``
    and ``source`` are where they begin and end, in tokens."""

    document: int
    anchors: NDArray[np.int64]
    weight: float
    query: tuple[int, int]
    source: tuple[int, int]


class Holder(Protocol):
    """Who knows which document holds each token position."""

    def document_of(self, positions: NDArray[np.uint64]) -> NDArray[np.int64]: ...


def chains(structure: Holder, seeds: Seeds, weights: NDArray[np.float32]) -> list[list[Chain]]:
    """Proposed copies, the heaviest first: one chain each, or the parts of a reordered copy.

    ``weights[n]`` is what each query token is worth.
    """
    numbers = np.empty((3, len(seeds.length)), np.uint32)
    weight = np.empty(len(seeds.length))
    documents = structure.document_of(seeds.source)
    most = max(MOST_DOCUMENTS, len(weights) // TOKENS_A_DOCUMENT)
    count = _core.chain_propose(seeds.query, seeds.source, seeds.length, documents, weights,
                                (GAP_COST, MAX_GAP, LEAST_PART, LEAST_WEIGHT, most, *GROUP_COSTS), numbers, weight)
    if not count:
        return []
    ends = numbers[2, :count].tolist()
    bounds = [0, *numbers[1, : ends[-1]].tolist()]
    members = numbers[0, : bounds[-1]]
    anchors = np.array([seeds.query[members], seeds.source[members], seeds.length[members]], np.int64)
    first, last = bounds[:-1], np.array(bounds[1:]) - 1
    begins, stops = anchors[:2, first], anchors[:2, last] + anchors[2, last]
    query, source = np.stack([begins, stops], 1).tolist()
    hulls = zip(zip(*query, strict=True), zip(*source, strict=True), strict=True)
    holding = documents[members[first]].tolist()
    found = [Chain(document, anchors[:, begin:end], together, *hull)
             for document, (begin, end), together, hull in zip(holding, pairwise(bounds), weight.tolist(), hulls, strict=False)]
    return [found[first:end] for first, end in pairwise([0, *ends])]
