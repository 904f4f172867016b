"""Naive definitions of what the core does with symbols."""

from __future__ import annotations

from collections.abc import Sequence


def suffix_array(symbols: Sequence[int]) -> list[int]:
    return sorted(range(len(symbols)), key=lambda at: list(symbols[at:]))


def common(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common prefix, in which no 0 stands."""
    length = 0
    while length < min(len(a), len(b)) and a[length] == b[length] != 0:
        length += 1
    return length


def maximal_matches(query: Sequence[int], text: Sequence[int], least: int) -> list[tuple[int, int, int]]:
    """(query position, text position, length), neither end extensible."""
    return [(q, s, length) for q in range(len(query)) for s in range(len(text))
            if (length := common(query[q:], text[s:])) >= least and not (q and s and query[q - 1] == text[s - 1] != 0)]


def distances(names: Sequence[int], window: int) -> list[int]:
    """Baker's parameterisation: how far back each name stood last, 0 for never or beyond the window."""
    return [next((back for back in range(1, min(window, at) + 1) if names[at - back] == name), 0) for at, name in enumerate(names)]


def renames_consistently(a: Sequence[int], b: Sequence[int]) -> bool:
    """Whether one bijection turns the names of one side into those of the other."""
    pairs = set(zip(a, b, strict=True))
    return len(pairs) == len({left for left, _ in pairs}) == len({right for _, right in pairs})
