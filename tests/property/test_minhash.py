"""MinHash and LSH against their definitions, and the estimate against the true resemblance."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simfilter import _core
from tests.oracle import minhash as oracle

HASHES = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 5), max_size=80)
SEED = st.integers(0, 2**64 - 1)


def signed(sets: list[list[int]], seed: int, m: int) -> np.ndarray:
    rows = np.empty((len(sets), m), np.uint32)
    offsets = np.cumsum([0, *map(len, sets)]).astype(np.uint64)
    _core.minhash_sign(np.array([key for keys in sets for key in keys], np.uint64), offsets, seed, rows)
    return rows


def keys_of(rows: np.ndarray, bands: int, length: int) -> np.ndarray:
    keys = np.empty((len(rows), bands), np.uint64)
    _core.lsh_bands(rows, bands, length, keys)
    return keys


@given(st.lists(HASHES, max_size=4), SEED, st.integers(1, 70))
def test_core_agrees_with_the_obvious_version(sets: list[list[int]], seed: int, m: int) -> None:
    assert signed(sets, seed, m).tolist() == [oracle.signature(set(keys), seed, m) for keys in sets]


@given(st.integers(0, 2**32 - 1), st.integers(1, 400), st.integers(0, 400), st.integers(0, 400), st.sampled_from([64, 128]))
@settings(derandomize=True)  # by chance it would fail now and then
def test_the_estimate_is_within_four_sigma(seed: int, both: int, left: int, right: int, m: int) -> None:
    keys = np.random.default_rng(seed).integers(1, 2**64, both + left + right, np.uint64).tolist()
    a, b = signed([keys[: both + left], keys[:both] + keys[both + left :]], seed, m)
    true = both / (both + left + right)
    # Of the m values only as many are independent as bins are filled by the sets themselves.
    independent = m * (1 - math.exp(-(both + min(left, right)) / m))
    assert abs(_core.minhash_resemblance(a, b) - true) <= 4 * math.sqrt(true * (1 - true) / independent) + 2 / independent


@given(st.lists(st.integers(0, 2) | st.integers(0, 2**32 - 1), min_size=1, max_size=30), st.data())
def test_resemblance_is_the_share_of_equal_values(values: list[int], data: st.DataObject) -> None:
    others = data.draw(st.lists(st.integers(0, 2), min_size=len(values), max_size=len(values)))
    equal = sum(a == b for a, b in zip(values, others, strict=True))
    assert _core.minhash_resemblance(np.array(values, np.uint32), np.array(others, np.uint32)) == equal / len(values)


@given(st.integers(1, 6), st.integers(1, 5), st.data())
def test_band_keys_are_equal_where_the_rows_are(bands: int, length: int, data: st.DataObject) -> None:
    row = st.lists(st.integers(0, 1), min_size=bands * length + 1, max_size=bands * length + 1)
    rows = np.array([data.draw(row), data.draw(row)], np.uint32)
    keys = keys_of(rows, bands, length)
    assert keys.tolist() == [oracle.lsh_keys(values, bands, length) for values in rows.tolist()]
    slices = [(band, *values[band * length : (band + 1) * length]) for values in rows.tolist() for band in range(bands)]
    assert len(set(slices)) == len(set(keys.ravel().tolist()))
