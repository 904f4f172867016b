"""Slow and evident, after csrc/FORMATS.md: MinHash signatures by one permutation, and their LSH keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import count

from tests.oracle.kgram import BASE, WORD, mix, scale

EMPTY = 2**32 - 1


def signature(hashes: Collection[int], seed: int, m: int) -> list[int]:
    salt = mix(seed + BASE)
    bins: dict[int, int] = {}
    for mixed in (mix(hashed ^ salt) for hashed in hashes if hashed):
        place, value = scale(mixed >> 32, m), min(mixed % 2**32, EMPTY - 1)
        bins[place] = min(value, bins.get(place, value))

    def lender(place: int) -> int:
        tried = (scale(mix(place << 32 ^ attempt ^ salt) >> 32, m) for attempt in count(1))
        return next(other for other in tried if other in bins)

    return [bins[place if place in bins else lender(place)] if bins else EMPTY for place in range(m)]


def lsh_keys(signed: Sequence[int], bands: int, rows: int) -> list[int]:
    def key(band: int) -> int:
        value = mix(band + 1)
        for entry in signed[band * rows : (band + 1) * rows]:
            value = (mix(value ^ entry) + BASE) % WORD
        return value

    return [key(band) for band in range(bands)]
