"""Maximal: of copies that say the same of the query, the one that says most; copies shelved by where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from simfilter.match.seed import Run
from simfilter.match.verify import Copy
from simfilter.types import View

Item = TypeVar("Item")

CELL = 256
"""Tokens of the query in a cell of `Shelf`."""

SOURCES = 8
"""Sources named for one stretch of the query when several hold it equally well."""


class Shelf(Generic[Item]):
    """Things by the stretch of the query they stand on, so that each is held against its neighbours only."""

    def __init__(self) -> None:
        self._cells: dict[int, dict[int, Item]] = {}
        self._count = 0

    def add(self, start: int, end: int, item: Item) -> None:
        for cell in range(start // CELL, -(-end // CELL)):
            self._cells.setdefault(cell, {})[self._count] = item
        self._count += 1

    def near(self, start: int, end: int) -> Iterator[Item]:
        """What may overlap a stretch, in the order it was added."""
        cells = [self._cells[cell] for cell in range(start // CELL, -(-end // CELL)) if cell in self._cells]
        found: dict[int, Item] = {}
        for cell in cells:
            found |= cell
        yield from found.values() if len(cells) < 2 else (found[number] for number in sorted(found))


def shelved(copies: list[Copy]) -> Shelf[Copy]:
    """Copies by the tokens of the query they stand on."""
    shelf: Shelf[Copy] = Shelf()
    for copy in copies:
        shelf.add(*copy.query, copy)
    return shelf


def maximal(copies: list[Copy]) -> list[Copy]:
    """Without the copies whose stretch of the query a heavier one of the same kind explains; ties name up to SOURCES documents.

    What joins the statements of a clone does not count as equal, so of code less is asked.
    """
    kept: list[Copy] = []
    shelf: Shelf[Copy] = Shelf()
    for copy in sorted(copies, key=lambda copy: (-copy.tokens, -copy.longest, copy.document, copy.query)):
        ties = 0
        for other in shelf.near(*copy.query):
            if explains(other, copy, 0.9 if copy.view is View.TEXT else 0.8):
                ties += 1
                if ties == SOURCES or other.tokens != copy.tokens or other.document == copy.document:
                    break
        else:
            kept.append(copy)
            shelf.add(*copy.query, copy)
    return kept


def explains(other: Copy, copy: Copy, share: float = 0.9) -> bool:
    """Whether a copy of the same kind has at least this ``share`` of this one's tokens of the query."""
    if other.view is not copy.view or min(other.query[1], copy.query[1]) - max(other.query[0], copy.query[0]) < share * copy.tokens:
        return False
    return _shared(copy.runs, other.runs) >= share * copy.tokens


def _shared(mine: tuple[Run, ...], theirs: tuple[Run, ...]) -> int:
    """Query tokens that runs of both sides hold; runs are in query order."""
    others = [(run.query, run.query + run.length) for run in theirs]
    total = at = 0
    for run in mine:
        begin, end = run.query, run.query + run.length
        while at < len(others) and others[at][1] <= begin:
            at += 1
        for low, high in others[at:]:
            if low >= end:
                break
            total += (high if high < end else end) - (low if low > begin else begin)
    return total
