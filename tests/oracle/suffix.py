"""Slow and evident: what may be asked of a suffix array, by looking at every suffix in order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from tests.oracle.matching import common, suffix_array

Interval = tuple[int, int]


def interval(order: Sequence[int], text: Sequence[int], pattern: Sequence[int]) -> Interval:
    """The ranks of the suffixes that begin with a pattern without 0; where there is none, an empty interval at its place."""
    suffixes = [list(text[at:]) for at in order]
    low = sum(suffix < list(pattern) for suffix in suffixes)
    return low, low + sum(suffix[: len(pattern)] == list(pattern) for suffix in suffixes)


def statistics(text: Sequence[int], query: Sequence[int]) -> list[tuple[int, int, int]]:
    """(length, low, high) of the longest match from each position of the query."""
    order = suffix_array(text)

    def longest(at: int) -> tuple[int, int, int]:
        length = max((common(query[at:], text[place:]) for place in order), default=0)
        return (length, *interval(order, text, query[at : at + length])) if length else (0, 0, 0)

    return [longest(at) for at in range(len(query))]


def capped_matches(query: Sequence[int], text: Sequence[int], least: int, cap: int) -> list[tuple[int, int, int]]:
    """(query position, text position, length) of maximal matches; of a beginning in more than ``cap`` places the ``cap`` first longest."""
    order, found = suffix_array(text), []
    for at in range(len(query)):
        reached = [(length, place) for place in order if (length := common(query[at:], text[place:])) >= least]
        if len(reached) > cap:
            reached = [item for item in reached if item[0] == max(reached)[0]][:cap]
        found += sorted((at, place, length) for length, place in reached if not (at and place and query[at - 1] == text[place - 1] != 0))
    return found


def documents(order: Sequence[int], starts: Sequence[int], groups: Sequence[int]) -> int:
    """Distinct groups of the documents in which these suffixes start."""
    return len({groups[bisect_right(starts, place) - 1] for place in order})
