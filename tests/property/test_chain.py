"""Copies proposed from anchors, against the definition: what is near enough to others in the source to be part of a copy, in chains of
sf_chain, cut at documents, those near each other grouped.

Weights and costs are powers of two or small sums of them, exact in any order.
"""

from collections import defaultdict
from itertools import groupby, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simfilter import _core

GAP_COST, MAX_GAP, PART, COPY, APART = 0.125, 12, 1.0, 2.0, (0.25, 0.125)
TOKENS, DOCUMENT = 48, 40

ANCHORS = st.lists(st.tuples(st.integers(0, TOKENS - 8), st.integers(0, 4 * DOCUMENT - 9), st.integers(1, 8)), min_size=1, max_size=24)
Hull = tuple[int, int, int, int, list[tuple[int, int]]]
"""A chain's tokens, half-open, in query and source, and those of each of its anchors in the source."""


def grouped(chains: list[tuple[Hull, float]], most: int) -> list[list[int]]:
    """Chains of one document, the heaviest first, those near each other together."""
    groups: list[list[int]] = []
    for number, (hull, weight) in enumerate(chains):
        for members in groups if number < most else []:
            hulls = [chains[member][0] for member in members]
            bounds = [min(h[0] for h in hulls), max(h[1] for h in hulls), min(h[2] for h in hulls), max(h[3] for h in hulls)]
            apart = [max(0, hull[at] - bounds[at + 1], bounds[at] - hull[at + 1]) for at in (0, 2)]
            again = any(2 * (min(hull[1], other[1]) - max(hull[0], other[0])) > hull[1] - hull[0] for other in hulls)
            again |= any(2 * sum(max(0, min(b, d) - max(a, c)) for a, b in hull[4] for c, d in other[4]) > sum(b - a for a, b in hull[4])
                         for other in hulls)
            if not again and weight >= PART + APART[0] * apart[0] + APART[1] * apart[1]:
                members.append(number)
                break
        else:
            groups.append([number])
    return groups


def near_enough(source: np.ndarray, length: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Which anchors weigh as much as a copy together with those that follow each other in the source at most so far apart."""
    reach = max(MAX_GAP, (COPY - PART) / APART[1])
    kept = np.zeros(len(source), bool)
    near: list[int] = []
    for i in [*np.argsort(source, kind="stable").tolist(), None]:
        if near and (i is None or int(source[i]) - max(int(source[j] + length[j]) for j in near) > reach):
            kept[near] = weight[near].sum() >= COPY
            near = []
        if i is not None:
            near.append(i)
    return kept


def proposed(query: np.ndarray, source: np.ndarray, length: np.ndarray, document: np.ndarray, worth: np.ndarray, documents: int,
             most: int) -> list[list[tuple[list[int], float]]]:
    """(anchors, weight) of the chains of each copy, the heaviest copy first."""
    weight = np.array([worth[q : q + n].sum() for q, n in zip(query, length, strict=True)], np.float32)
    kept = np.flatnonzero(near_enough(source, length, weight))
    numbers = np.full(len(query), len(query), np.uint32)
    if len(kept):
        chain = np.empty(len(kept), np.uint32)
        _core.chain(query[kept], source[kept], length[kept], weight[kept], GAP_COST, MAX_GAP, chain)
        numbers[kept] = chain
    of = [(int(numbers[i]), int(document[i]), i) for i in kept.tolist()]
    heavy = [entry for entry in of if weight[numbers == entry[0]].sum() >= PART]
    shared: dict[int, float] = defaultdict(float)
    for _, name, i in heavy:
        shared[name] += float(weight[i])
    good = sorted((value for value in shared.values() if value >= COPY), reverse=True)[:documents]
    pieces: dict[int, list[tuple[list[int], float]]] = defaultdict(list)
    for (_, name), entries in groupby(sorted(entry for entry in heavy if good and shared[entry[1]] >= good[-1]), key=lambda e: e[:2]):
        members = sorted(i for *_, i in entries)
        pieces[name].append((members, float(weight[members].sum())))
    copies = []
    for name in sorted(pieces):
        chains = sorted(pieces[name], key=lambda piece: -piece[1])
        hulls = [((int(query[a[0]]), int(query[a[-1]] + length[a[-1]]), int(source[a[0]]), int(source[a[-1]] + length[a[-1]]),
                   [(int(source[i]), int(source[i] + length[i])) for i in a]), together) for a, together in chains]
        copies += [[chains[member] for member in group] for group in grouped(hulls, most)]
    heavy_copies = [copy for copy in copies if sum(together for _, together in copy) >= COPY]
    return sorted(heavy_copies, key=lambda copy: -sum(together for _, together in copy))


@given(ANCHORS, st.lists(st.sampled_from([0.25, 0.5, 1.0]), min_size=TOKENS, max_size=TOKENS), st.integers(1, 3), st.integers(1, 6))
def test_copies(drawn: list[tuple[int, int, int]], worths: list[float], documents: int, most: int) -> None:
    query, source, length = (np.array(column, dtype) for column, dtype in zip(
        zip(*sorted(set(drawn)), strict=True), (np.uint32, np.uint64, np.uint32), strict=True))
    document = (source // DOCUMENT).astype(np.int64)
    worth = np.array(worths, np.float32)
    numbers, weight = np.empty((3, len(query)), np.uint32), np.empty(len(query))
    count = _core.chain_propose(query, source, length, document, worth,
                                (GAP_COST, MAX_GAP, PART, COPY, documents, PART, *APART, most), numbers, weight)
    chains = [0, *numbers[2, :count].tolist()]
    anchors = [0, *numbers[1, : chains[-1]].tolist()]
    assert [[(numbers[0, anchors[chain] : anchors[chain + 1]].tolist(), weight[chain]) for chain in range(a, b)]
            for a, b in pairwise(chains)] == proposed(query, source, length, document, worth, documents, most)
