"""Slow and evident, after csrc/include/simfilter/sf_gather.h: the windows in which seeds gather."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

Seed = tuple[int, int, float]
Stretch = tuple[int, int]
Window = tuple[int, Stretch, Stretch, float]


def gather(seeds: Sequence[Seed], count: int, firsts: Sequence[int], size: int, margin: int, most: int, least: float,
           share: float) -> list[Window]:
    """The windows over a query of ``count`` statements, the heaviest first."""
    cells: dict[tuple[int, int, int], list[Seed]] = {}
    for query, source, bits in seeds:
        document = max(number for number in range(len(firsts) - 1) if firsts[number] <= source)
        long = count > 2 * size
        for back, left in product((0, 1), (0, 1) if long else (0,)):
            cell = document, (source - firsts[document]) // size - back, query // size * long - left
            cells.setdefault(cell, []).append((query, source, bits))
    weights = {cell: sum(max(bits for at, _, bits in inside if at == query) for query in {at for at, _, _ in inside})
               for cell, inside in cells.items()}
    depth, peak = [0] * count, [0.0] * count
    found: list[Window] = []
    for cell in sorted(cells, key=lambda cell: (-weights[cell], cell)):
        weight, document = weights[cell], cell[0]
        first, last = min(query for query, _, _ in cells[cell]), max(query for query, _, _ in cells[cell]) + 2
        low, high = min(source for _, source, _ in cells[cell]), max(source for _, source, _ in cells[cell]) + 2
        if weight < least or weight < share * max(peak[first:last]) or sum(depth[first:last]) >= most * (last - first):
            continue
        for at in range(first, last):
            depth[at], peak[at] = depth[at] + 1, max(peak[at], weight)
        mine = max(0, first - margin), min(count, last + margin)
        theirs = max(firsts[document], low - margin), min(firsts[document + 1], high + margin)
        if not any(other[0] == document and _half(mine, other[1]) and _half(theirs, other[2]) for other in found):
            found.append((document, mine, theirs, weight))
    return found


def _half(stretch: Stretch, other: Stretch) -> bool:
    return 2 * max(0, min(stretch[1], other[1]) - max(stretch[0], other[0])) >= stretch[1] - stretch[0]
