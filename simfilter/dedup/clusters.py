"""Stage 4: clusters of rows, which of each stay, and for every other one the row that stands for it.

Rows with equal text or equal tokens have one *head*, the first of them; only heads have edges. `Cluster.CHAIN` joins whatever hangs
together. `Cluster.DIRECT` walks through the heads in order of preference, keeps each that has no edge to one kept before, and gives the
others to the kept one they resemble most; so every removed row is similar enough to the row that is kept. Containment is always direct and
prefers the larger set: a page goes because the book stays, and two books are not joined by a page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.dedup.parameters import Cluster, Level, Metric, Parameters
from simfilter.dedup.verify import Edges, SetFile

Rows = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """For each removed row, ascending: the row kept in its place, their similarity, the cluster (its kept row of best rank), the level."""

    rows: Rows
    kept: Rows
    similarity: NDArray[np.float64]
    cluster: Rows
    level: NDArray[np.uint8]

    LEVELS = (Level.EXACT, Level.NEAR, Level.SUBSTRING)

    def __len__(self) -> int:
        return len(self.rows)


def decide(parameters: Parameters, exact: Rows, same: Rows, edges: Edges, sets: SetFile | None, sizes: NDArray[np.int64],
           columns: Callable[[Rows, str], list[Any]], references: int) -> Decisions:
    """What goes. ``exact`` and ``same`` [n] are the heads by text and by tokens, ``sizes`` [n] bytes of text, ``columns`` reads a column of
    rows, and the first ``references`` rows are a test set that is never removed."""
    head = same[exact]
    count = len(head)
    twins = np.flatnonzero(head != np.arange(count)).astype(np.uint32)
    involved = np.unique(np.concatenate((twins, head[twins], edges.left, edges.right)))
    if not len(involved):
        return _none()
    rank = _ranks(parameters, involved, sizes, columns, head, sets)
    if references:
        return _against(involved, head, exact, edges, references)
    if parameters.cluster is Cluster.DIRECT or parameters.metric is Metric.CONTAINMENT:
        root = _direct(involved, rank, head, edges)
    else:
        parent = np.arange(count, dtype=np.uint32)
        _core.cluster_join(parent, head, np.arange(count, dtype=np.uint32))
        _core.cluster_join(parent, edges.left, edges.right)
        _core.cluster_roots(parent)
        root = parent[involved]
    values = [] if parameters.by is None else columns(involved, parameters.by)
    _, group = np.unique([str(value) for value in values], return_inverse=True) if values else (None, np.zeros(len(involved), np.int64))
    order = np.lexsort((rank, group, root))
    rows, roots, groups = involved[order], root[order], group[order]
    fresh = np.concatenate(([True], (roots[1:] != roots[:-1]) | (groups[1:] != groups[:-1])))
    first = np.maximum.accumulate(np.where(fresh, np.arange(len(rows)), 0))
    goes = np.arange(len(rows)) - first >= parameters.copies
    best = _best(roots, rank[order])
    removed, kept, cluster = rows[goes], rows[first][goes], rows[best][goes]
    similarity = _similarity(parameters, removed, kept, head, exact, sets)
    level = np.where(exact[removed] == exact[kept], 0, 1).astype(np.uint8)
    ascending = np.argsort(removed)
    return Decisions(removed[ascending], kept[ascending], similarity[ascending], cluster[ascending], level[ascending])


def _none() -> Decisions:
    none = np.empty(0, np.uint32)
    return Decisions(none, none, np.empty(0, np.float64), none, np.empty(0, np.uint8))


def _ranks(parameters: Parameters, rows: Rows, sizes: NDArray[np.int64], columns: Callable[[Rows, str], list[Any]], head: Rows,
           sets: SetFile | None) -> NDArray[np.int64]:
    """The place of each row in the order of preference, the best first."""
    keys: list[Any] = [rows]
    rule, _, column = parameters.keep.partition(":")
    if rule == "longest":
        keys.append(-sizes[rows])
    elif column:
        keys.append(_column_ranks(columns(rows, column), largest=rule == "max"))
    if parameters.metric is Metric.CONTAINMENT and sets is not None:
        size = np.zeros(len(rows), np.int64)
        known = np.isin(head[rows], sets.rows)
        size[known] = sets.size_of(head[rows][known])
        keys.append(-size)
    place = np.empty(len(rows), np.int64)
    place[np.lexsort(keys)] = np.arange(len(rows))
    return place


def _column_ranks(values: list[Any], *, largest: bool) -> NDArray[np.int64]:
    """Equal values have equal ranks; numbers come before other values, and nothing comes last."""
    numbers = sorted({value for value in values if isinstance(value, (int, float)) and value == value}, reverse=largest)
    others = sorted({str(value) for value in values if value is not None and not isinstance(value, (int, float))}, reverse=largest)
    place: dict[Any, int] = {value: at for at, value in enumerate(numbers)}
    word = {value: len(numbers) + at for at, value in enumerate(others)}
    last = len(numbers) + len(others)
    return np.array([last if value is None else place.get(value, last) if isinstance(value, (int, float)) else word[str(value)]
                     for value in values], np.int64)


def _direct(involved: Rows, rank: NDArray[np.int64], head: Rows, edges: Edges) -> Rows:
    """The centre each row belongs to: a kept head, written as the head's own row."""
    heads, inverse = np.unique(head[involved], return_inverse=True)
    best = np.full(len(heads), np.iinfo(np.int64).max)
    np.minimum.at(best, inverse, rank)  # the preference of a head is that of its best member
    left, right = np.searchsorted(heads, edges.left), np.searchsorted(heads, edges.right)
    swap = best[left] > best[right]
    better, worse = np.where(swap, right, left), np.where(swap, left, right)
    order = np.lexsort((best[better], -edges.similarity, best[worse]))
    centre = np.arange(len(heads))
    kept = np.ones(len(heads), bool)
    for above, below in zip(better[order].tolist(), worse[order].tolist(), strict=True):  # all edges of a head to better ones, by likeness
        if kept[above] and kept[below]:
            kept[below] = False
            centre[below] = above
    root: Rows = heads[centre][inverse]
    return root


def _against(involved: Rows, head: Rows, exact: Rows, edges: Edges, references: int) -> Decisions:
    """Every row that overlaps a row of the test set itself, and the one it overlaps most."""
    twins = involved[(involved >= references) & (head[involved] < references)]
    fine = (edges.left < references) & (edges.right >= references)
    left, right, similarity = edges.left[fine], edges.right[fine], edges.similarity[fine]
    order = np.lexsort((left, -similarity, right))
    left, right, similarity = left[order], right[order], similarity[order]
    nodes, first = np.unique(right, return_index=True)
    members = involved[np.isin(head[involved], nodes)]
    at = np.searchsorted(nodes, head[members])
    rows = np.concatenate((twins, members))
    kept = np.concatenate((head[twins], left[first][at] if len(members) else left[:0]))
    likeness = np.concatenate((np.ones(len(twins)), similarity[first][at] if len(members) else similarity[:0]))
    level = np.where(exact[rows] == exact[kept], 0, 1).astype(np.uint8)
    ascending = np.argsort(rows)
    return Decisions(rows[ascending], kept[ascending], likeness[ascending], kept[ascending], level[ascending])


def _best(roots: Rows, ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where, for each place, the row of best rank of its cluster stands; clusters are stretches of equal ``roots``."""
    order = np.lexsort((ranks, roots))
    fresh = np.concatenate(([True], roots[order][1:] != roots[order][:-1]))
    begins = np.maximum.accumulate(np.where(fresh, np.arange(len(roots)), 0))
    found = np.empty(len(roots), np.int64)
    found[order] = order[begins]
    return found


def _similarity(parameters: Parameters, removed: Rows, kept: Rows, head: Rows, exact: Rows, sets: SetFile | None) -> NDArray[np.float64]:
    """Exact similarity of each removed row and the row kept for it; in a chain it may be below the threshold."""
    similarity = np.ones(len(removed))
    other = (head[removed] != head[kept]) & (exact[removed] != exact[kept])
    if sets is not None and other.any():
        similarity[other] = sets.similarity(head[removed[other]], head[kept[other]], containment=parameters.metric is Metric.CONTAINMENT)
    return similarity
