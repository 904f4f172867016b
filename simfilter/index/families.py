"""Families: near-equal documents count once.

How common a passage is must not depend on how many versions of one file the operator holds: a thousand copies of a file are one
witness. Documents whose MinHash signatures agree in a band are proposed, and joined when the estimated resemblance is at least 0.5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simfilter import _core

VALUES, BANDS, ROWS = 64, 16, 4
"""16 bands of 4 rows propose 64 % of the pairs with resemblance 0.5 and 99.97 % of those with 0.8."""

RESEMBLANCE = 0.5
SEED = 0
EMPTY = np.full(VALUES, 0xFFFFFFFF, np.uint32)
"""The signature of a document without k-grams, which is like no other."""
REMOVED = 0xFFFFFFFF
"""The family of a document that was removed."""


def signatures(hashes: NDArray[np.uint64], offsets: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """MinHash signatures [d, VALUES] of d sets, the slices of ``hashes`` between ``offsets[d + 1]``."""
    result = np.empty((len(offsets) - 1, VALUES), np.uint32)
    _core.minhash_sign(hashes, offsets, SEED, result)
    return result


def families(signed: NDArray[np.uint32], removed: NDArray[np.bool_] | None = None) -> NDArray[np.uint32]:
    """For each of d documents with these signatures its family: the lowest document number in it, or REMOVED."""
    count = len(signed)
    empty = (signed == EMPTY).all(axis=1)
    if removed is not None:
        empty |= removed
    parent = np.arange(count, dtype=np.uint32)
    keys = np.empty((count, BANDS), np.uint64)
    _core.lsh_bands(signed, BANDS, ROWS, keys)

    candidates = np.flatnonzero(~empty).astype(np.uint32)
    for band in range(BANDS):
        _, first, inverse = np.unique(keys[candidates, band], return_index=True, return_inverse=True)
        heads = candidates[first][inverse]
        pairs = np.flatnonzero(heads != candidates)
        left, right = heads[pairs], candidates[pairs]
        alike = (signed[left] == signed[right]).mean(axis=1) >= RESEMBLANCE if len(pairs) else np.empty(0, bool)
        _core.cluster_join(parent, left[alike], right[alike])
    _core.cluster_roots(parent)
    if removed is not None:
        parent[removed] = REMOVED
    return parent
