"""Seed: exact runs the query shares with protected documents. Proposes; verifies nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simfilter.index.structure import Seeds
from simfilter.index.union import UnionStructure
from simfilter.views.code import CodeTokens

OCCURRENCES = {"text": 16, "code": 64}
"""Occurrences of one run that are looked at: what stands more often is common, and so many name enough sources."""

DOCUMENTS = 32
"""Documents of code that are looked at for one query, those that share most tokens first."""


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """``length`` equal tokens at token ``query`` of the query and ``source`` of the structure."""

    query: int
    source: int
    length: int

    @property
    def query_end(self) -> int:
        return self.query + self.length

    @property
    def source_end(self) -> int:
        return self.source + self.length


def seed(structure: UnionStructure, symbols: NDArray[np.uint32], occurrences: int) -> Seeds | None:
    """Runs of at least k equal tokens, by query, then source position; None when there is none."""
    if len(symbols) < structure.k:
        return None
    seeds = structure.seeds(symbols, occurrences)
    return seeds if len(seeds.length) else None


def runs_by_document(structure: UnionStructure, tokens: CodeTokens, seeds: Seeds, least: int, key: bytes) -> dict[int, list[Run]]:
    """The runs of each document that may grow to ``least`` tokens, the document that shares most tokens first."""
    found, inverse = np.unique(structure.document_of(seeds.source), return_inverse=True)
    best = np.argsort(-np.bincount(inverse, weights=seeds.length), kind="stable")[:DOCUMENTS]
    kept = np.isin(inverse, best)
    number, seeds = inverse[kept], Seeds(seeds.query[kept], seeds.source[kept], seeds.length[kept])
    may = structure.may_reach(tokens, seeds, least, key)
    runs: dict[int, list[Run]] = {}
    columns = (column[may].tolist() for column in (number, seeds.query, seeds.source, seeds.length))
    for each, *run in zip(*columns, strict=True):
        runs.setdefault(each, []).append(Run(*run))
    return {int(found[each]): runs[each] for each in best.tolist() if each in runs}
