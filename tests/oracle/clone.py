"""Slow and evident, after csrc/include/simfilter/sf_clone.h: two rows of statements aligned under one renaming.

Of ways that bring the same the first counts: nothing, an insertion, an omission, two that are equal, two swapped; of cells and stretches
that bring the same the one first met.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Name = int


@dataclass(frozen=True)
class Statement:
    """``form`` stands for what it looks like with names abstracted; ``names`` in the order they stand, each once; ``text`` as it is."""

    form: int
    names: tuple[Name, ...]
    text: tuple[int, ...]


@dataclass(frozen=True)
class Costs:
    inserted: float
    omitted: float
    swapped: float
    moved: float
    conflict: float
    most_name: float
    stretches: int
    votes: int


def worths(source: Sequence[Statement], most: float) -> dict[Name, float]:
    """Bits each name of the source brings: minus log2 of its share of all names, each counted once a statement."""
    counts = Counter(name for statement in source for name in statement.names)
    return {name: min(-math.log2(count / counts.total()), most) for name, count in counts.items()}


def stretch(query: Sequence[Statement], source: Sequence[Statement], mates: dict[int, int], costs: Costs,
            brings: Callable[[int, int], float]) -> tuple[float, dict[int, int]]:
    """(bits, mates) of the best local alignment of statements that have no mate yet."""
    def equal(i: int, j: int) -> bool:
        return min(i, j) >= 0 and query[i].form == source[j].form and i not in mates and j not in mates.values()

    cells: dict[tuple[int, int], tuple[float, dict[int, int]]] = {}
    best: tuple[float, dict[int, int]] = (0.0, {})
    for i in range(len(query) + 1):
        for j in range(len(source) + 1):
            ways: list[tuple[float, dict[int, int]]] = [(0.0, {})]
            if i and j:
                bits, pairs = cells[i - 1, j]
                ways.append((bits - costs.inserted, pairs))
                bits, pairs = cells[i, j - 1]
                ways.append((bits - costs.omitted, pairs))
                if equal(i - 1, j - 1):
                    bits, pairs = cells[i - 1, j - 1]
                    ways.append((bits + brings(i - 1, j - 1), pairs | {i - 1: j - 1}))
                if equal(i - 1, j - 2) and equal(i - 2, j - 1):
                    bits, pairs = cells[i - 2, j - 2]
                    ways.append((bits + brings(i - 1, j - 2) + brings(i - 2, j - 1) - costs.swapped, pairs | {i - 1: j - 2, i - 2: j - 1}))
            cells[i, j] = max(ways, key=lambda way: way[0])
            best = max(best, cells[i, j], key=lambda way: way[0])
    return best


def aligned(query: Sequence[Statement], source: Sequence[Statement], costs: Costs,
            brings: Callable[[int, int], float]) -> tuple[float, dict[int, int]]:
    """(bits, mates) of one stretch after another, as long as one brings more than the move costs."""
    total, mates = 0.0, dict[int, int]()
    for number in range(costs.stretches):
        bits, pairs = stretch(query, source, mates, costs, brings)
        cost = costs.moved if number else 0
        if bits <= cost:
            break
        total += bits - cost
        mates |= pairs
    return total, mates


def align(query: Sequence[Statement], source: Sequence[Statement], weight: Sequence[float],
          costs: Costs) -> tuple[dict[int, int], list[float], float]:
    """(mates, bits of each statement of the query, bits of the whole)."""
    worth = worths(source, costs.most_name)
    names: dict[Name, Name] = {}
    votes: Counter[tuple[Name, Name]] = Counter()
    mates: dict[int, int] = {}
    before: dict[int, int] = {}

    def together(i: int, j: int) -> list[tuple[Name, Name]]:
        return list(zip(query[i].names, source[j].names, strict=False))

    def with_names(i: int, j: int) -> float:
        bits = weight[i]
        for mine, theirs in together(i, j):
            others_say = votes[mine, theirs] - (weight[i] if before.get(i) == j else 0)
            if names.get(mine) == theirs:
                bits += worth[theirs] if others_say > 0.5 else 0
            elif mine in names or theirs in names.values():
                bits -= costs.conflict
        return bits

    brings: Callable[[int, int], float] = lambda i, j: weight[i]  # noqa: E731
    total, mates = aligned(query, source, costs, brings)
    for _ in range(costs.votes):
        votes = Counter()
        for i, j in sorted(mates.items()):
            for pair in together(i, j):
                votes[pair] += weight[i] or 0.001
        names, before, brings = {}, mates, with_names
        for mine, theirs in sorted(votes, key=lambda pair: (-votes[pair], number(query, pair[0]), number(source, pair[1]))):
            if mine not in names and theirs not in names.values():
                names[mine] = theirs
        total, mates = aligned(query, source, costs, brings)
    costs_paid = sum(brings(i, j) for i, j in mates.items()) - total
    bits, stood = [0.0] * len(query), set[Name]()
    for i, j in sorted(mates.items()):
        bits[i] = weight[i]
        again = any(query[k].form == query[i].form and query[k].names == query[i].names for k in mates if k < i)
        for mine, theirs in together(i, j) if costs.votes else ():
            if names.get(mine) != theirs:
                bits[i] -= costs.conflict
            elif mine in stood:
                bits[i] += 0 if again else worth[theirs]
            else:
                stood.add(mine)
    return mates, bits, sum(bits) - costs_paid


def number(row: Sequence[Statement], name: Name) -> int:
    """Which of the row's names this is, in the order they stand."""
    return list(dict.fromkeys(name for statement in row for name in statement.names)).index(name)
