"""Slow and evident, after docs/FORMATS.md: MinHash signatures by fast similarity sketching, and their LSH keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tests.oracle.kgram import BASE, WORD, mix, scale

EMPTY = 2**32 - 1


def signature(hashes: Collection[int], seed: int, m: int) -> list[int]:
    hashes = [hashed for hashed in hashes if hashed]
    bins: dict[int, int] = {}

    def mixed(salt: int) -> list[int]:
        return [mix(hashed ^ mix(seed + salt * BASE)) for hashed in hashes]

    for salt in range(1, m + 1):
        new: dict[int, int] = {}
        for value in mixed(salt):
            place = scale(value >> 32, m)
            if place not in bins:
                new[place] = min(value % 2**32, EMPTY - 1, new.get(place, EMPTY))
        bins |= new
        if len(bins) == m:
            break
    for place in range(m if hashes else 0):
        if place not in bins:
            bins[place] = min(min(value % 2**32, EMPTY - 1) for value in mixed(m + place + 1))
    return [bins.get(place, EMPTY) for place in range(m)]


def lsh_keys(signed: Sequence[int], bands: int, rows: int) -> list[int]:
    def key(band: int) -> int:
        value = mix(band + 1)
        for entry in signed[band * rows : (band + 1) * rows]:
            value = (mix(value ^ entry) + BASE) % WORD
        return value

    return [key(band) for band in range(bands)]
