"""Where seeds gather, against the definition; bits are quarters, which sum exactly in any order."""

from itertools import accumulate

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simfilter import _core
from tests.oracle import gather as oracle


@given(st.lists(st.integers(0, 2**32 - 1) | st.sampled_from([0, 1, 2**31, 2**32 - 1]), max_size=60),
       st.lists(st.integers(0, 2**32 - 1), max_size=10))
def test_ranges_of_pairs(known: list[int], others: list[int]) -> None:
    pairs = np.array(sorted(known), np.uint32)
    hashes = np.array([*known, *others], np.uint32)
    low, high = np.empty((2, len(hashes)), np.uint64)
    _core.gather_find(pairs, hashes, low, high)
    assert low.tolist() == np.searchsorted(pairs, hashes, "left").tolist()
    assert high.tolist() == np.searchsorted(pairs, hashes, "right").tolist()


@given(st.data(), st.integers(2, 30), st.lists(st.integers(0, 25), min_size=1, max_size=4), st.integers(1, 8), st.integers(0, 4),
       st.integers(1, 3), st.sampled_from([1.0, 4.0, 8.0]), st.sampled_from([0.0, 0.5]))
def test_windows(data: st.DataObject, count: int, documents: list[int], size: int, margin: int, most: int, least: float,
                 share: float) -> None:
    firsts = [0, *accumulate(documents)]
    seed = st.tuples(st.integers(0, count - 2), st.integers(0, max(0, firsts[-1] - 2)), st.integers(1, 16).map(lambda bits: bits / 4))
    seeds = data.draw(st.lists(seed, max_size=30 if firsts[-1] else 0))
    seeds.sort(key=lambda seed: -seed[2])
    query, source, bits = (np.array([seed[column] for seed in seeds], kind)
                           for column, kind in enumerate((np.uint32, np.uint64, np.float64)))
    limits = size, margin, most, least, share
    assert _core.gather(query, source, bits, count, np.array(firsts, np.uint64), *limits) == oracle.gather(seeds, count, firsts, *limits)
