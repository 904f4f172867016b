"""What the watch takes apart was no copy: seeds that chains and groups of chains hold together, it holds together too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simfilter.index.structure import Seeds
from simfilter.match.chain import chains
from simfilter.watch import MOST_SORTED, Near, _heavy, _together

WORDS = 300


class OneDocument:
    """A corpus of one document."""

    def document_of(self, positions: NDArray[np.uint64]) -> NDArray[np.int64]:
        return np.zeros(len(positions), np.int64)


def test_no_copy_is_taken_apart() -> None:
    copies = 0
    for number in range(400):
        rng = np.random.default_rng(number)
        weights = rng.choice(np.array([0.3, 0.5, 0.8, 1.0], np.float32), WORDS)
        count, reach = rng.integers(1, MOST_SORTED), rng.choice([200, 900, 3000])
        drawn = zip(rng.integers(0, WORDS - 8, count).tolist(), rng.integers(0, reach, count).tolist(), strict=True)
        places = sorted(set(drawn))
        lengths = rng.integers(4, 9, len(places)).tolist()
        near: list[Near] = [(query, source, length, float(weights[query : query + length].sum()))
                            for (query, source), length in zip(places, lengths, strict=True)]
        copies += held_together(near, weights)
    assert copies > 400


def held_together(near: list[Near], weights: NDArray[np.float32]) -> int:
    """How many copies there are, each of which was found to be whole."""
    seeds = Seeds(np.array([item[0] for item in near], np.uint32), np.array([item[1] for item in near], np.uint64),
                  np.array([item[2] for item in near], np.uint32))
    found = chains(OneDocument(), seeds, weights)
    for group in found:
        anchors = {(int(query), int(source)) for chain in group for query, source in chain.anchors[:2].T}
        for seed in near:
            if seed[:2] in anchors:
                together = _together(near, seed)
                assert _heavy(together) and anchors <= {item[:2] for item in together}
    return len(found)


def test_far_seeds_are_taken_apart() -> None:
    one, other = (10, 100, 4, 3.0), (40, 700, 4, 3.0)
    assert _together([one, other], other) == [other] and not _heavy([other])
    close = (40, 150, 4, 3.0)
    assert _together([one, close], close) == [one, close]
    assert _together([one, (100, 190, 4, 3.0)], one) == [one]  # too far in the query
