"""Seed: exact runs the query shares with protected documents. Proposes; verifies nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simfilter.index.structure import Seeds
from simfilter.index.union import UnionStructure

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
    """Runs of at least k equal tokens, by query, then source position; None when there is none.

    The n-gram filter blanks what cannot match, so that novel text costs no look-up in the suffix array.
    """
    hits = structure.hits(symbols)
    if hits is None:
        return None
    covered = np.zeros(len(symbols), np.bool_)
    for step in range(structure.k):
        covered[step : step + len(hits)] |= hits
    seeds = structure.seeds(symbols * covered, occurrences)
    return seeds if len(seeds.length) else None


def runs_by_document(structure: UnionStructure, seeds: Seeds) -> dict[int, list[Run]]:
    """The runs of each document, the document that shares most tokens first."""
    documents = structure.document_of(seeds.source)
    found, inverse = np.unique(documents, return_inverse=True)
    shared = np.bincount(inverse, weights=seeds.length)
    best = found[np.argsort(-shared, kind="stable")[:DOCUMENTS]].tolist()
    runs: dict[int, list[Run]] = {document: [] for document in best}
    for document, query, source, length in zip(documents.tolist(), seeds.query.tolist(), seeds.source.tolist(),
                                               seeds.length.tolist(), strict=True):
        if document in runs:
            runs[document].append(Run(query, source, length))
    return runs
