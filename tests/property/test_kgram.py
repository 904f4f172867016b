"""k-gram hashes against their definition."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simfilter import _core
from tests.oracle import kgram as oracle

SYMBOLS = st.one_of(*(st.lists(st.integers(0, most), max_size=50) for most in (1, 3, 2**32 - 1)),
                    st.tuples(st.lists(st.integers(0, 9), max_size=6), st.integers(0, 8)).map(lambda pair: pair[0] * pair[1]))
WORDS = st.integers(0, 2**64 - 1)


def hashed(symbols: list[int], k: int, seed: int) -> list[int]:
    hashes = np.empty(max(0, len(symbols) - k + 1), np.uint64)
    _core.kgram_hash(np.array(symbols, np.uint32), k, seed, hashes)
    return hashes.tolist()


@given(SYMBOLS, st.integers(1, 60), WORDS)
def test_core_agrees_with_the_obvious_version(symbols: list[int], k: int, seed: int) -> None:
    assert hashed(symbols, k, seed) == oracle.kgram_hashes(symbols, k, seed)


@given(SYMBOLS, SYMBOLS, st.integers(1, 8))
def test_a_hash_knows_nothing_of_its_surroundings(before: list[int], symbols: list[int], k: int) -> None:
    alone = hashed(symbols, k, 0)
    assert hashed(before + symbols, k, 0)[len(before) :][: len(alone)] == alone


@given(st.lists(st.integers(1, 3), min_size=1, max_size=20), WORDS, WORDS)
def test_another_seed_or_length_is_another_hash(symbols: list[int], seed: int, other: int) -> None:
    k = len(symbols)
    if seed != other:
        assert hashed(symbols, k, seed) != hashed(symbols, k, other)
    assert hashed(symbols, k, seed)[0] not in hashed([*symbols, 1], k + 1, seed)
