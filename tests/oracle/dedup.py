"""Slow and evident: sets of word shingles, their similarity, connected rows, repeated windows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations

Shingles = frozenset[tuple[str, ...]]


def shingles(text: str, k: int) -> Shingles:
    words = text.split()
    if 0 < len(words) < k:
        return frozenset([tuple(words)])
    return frozenset(tuple(words[at : at + k]) for at in range(len(words) - k + 1))


def jaccard(a: Shingles, b: Shingles) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0


def containment(a: Shingles, b: Shingles) -> float:
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


def similar_pairs(texts: Sequence[str], k: int, threshold: float, *, contained: bool = False) -> dict[tuple[int, int], float]:
    sets = [shingles(text, k) for text in texts]
    measure = containment if contained else jaccard
    found = {(a, b): measure(sets[a], sets[b]) for a, b in combinations(range(len(texts)), 2)}
    return {pair: value for pair, value in found.items() if value >= threshold}


def components(count: int, pairs: Collection[tuple[int, int]]) -> list[int]:
    label = list(range(count))
    for _ in range(count):
        for a, b in pairs:
            label[a] = label[b] = min(label[a], label[b])
    return label


def repeated_tokens(texts: Sequence[str], k: int, times: int) -> set[tuple[int, int]]:
    """(text, token) of all tokens in windows of k that occur more than ``times`` times and do not stand there first."""
    places: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for number, text in enumerate(texts):
        words = text.split()
        for at in range(len(words) - k + 1):
            places.setdefault(tuple(words[at : at + k]), []).append((number, at))
    return {(number, at + offset) for found in places.values() if len(found) > times for number, at in found[1:] for offset in range(k)}
