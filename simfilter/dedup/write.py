"""Stage 6: the rows that stay, in files like those they came from, each published by a rename."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfilter.dedup.parameters import Action, Level, Parameters
from simfilter.dedup.run import Result
from simfilter.dedup.source import Files, Layout, Source
from simfilter.dedup.tokens import places
from simfilter.views.tokens import Characters

DUPLICATE_OF, SIMILARITY, CLUSTER, SPANS = ("simfilter_duplicate_of", "simfilter_similarity", "simfilter_cluster", "simfilter_spans")
"""Columns that `Action.MARK` adds: label of the kept row, likeness to it, label of the cluster, and spans as JSON [[start, end], ...] in
characters."""


class Writer:
    """Writes sources as a result says."""

    def __init__(self, parameters: Parameters, result: Result) -> None:
        self._parameters, self._result = parameters, result
        self._cut: dict[int, int] = {}
        spans = result.spans
        rows, first, count = np.unique(spans.row, return_index=True, return_counts=True)
        self._spans_of = {row: (at, at + length) for row, at, length in zip(rows.tolist(), first.tolist(), count.tolist(), strict=True)}

    def write(self, source: Source, target: Path, first: int, last: int, lines: NDArray[np.int64], starts: NDArray[np.int64],
              ends: NDArray[np.int64]) -> int:
        """Write the rows ``first`` to ``last`` of the run, those of ``source``, below ``target``. Returns the bytes cut out of texts."""
        self._cut.clear()
        action, decided = self._parameters.action, self._result.decisions
        keep = np.ones(last - first, bool) if action is Action.MARK else self._result.keep[first:last]
        extra: tuple[tuple[str, str], ...] = ()
        edits: dict[int, Any] = {}
        if action is Action.MARK:
            extra = ((DUPLICATE_OF, "string"), (SIMILARITY, "double"), (CLUSTER, "string"))
            if Level.SUBSTRING in self._parameters.levels:
                extra += ((SPANS, "string"),)
            low, high = np.searchsorted(decided.rows, [first, last]).tolist()
            edits = {int(decided.rows[at]) - first: at for at in range(low, high)}
        if action in (Action.MARK, Action.CUT):
            for row in self._spans_of:
                if first <= row < last:
                    edits.setdefault(row - first, None)

        def edit(row: int, text: str) -> Mapping[str, Any]:
            return self._edit(row + first, text, edits.get(row))

        path = target / source.name
        temporary = target / f".{source.name.replace('/', '_')}.tmp"
        path.parent.mkdir(parents=True, exist_ok=True)
        if temporary.is_dir():
            shutil.rmtree(temporary)
        whole = isinstance(source, Files) and source.root.is_dir()
        source.write(temporary, Layout(lines, starts, ends, extra), keep, edits, edit, self._parameters.text)
        if isinstance(source, Files):
            for folder, _, names in os.walk(temporary):
                for name in names:
                    inner = Path(folder, name)
                    final = path / inner.relative_to(temporary) if whole else path
                    final.parent.mkdir(parents=True, exist_ok=True)
                    os.replace(inner, final)
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            os.replace(temporary, path)
        return sum(self._cut.values())

    def _edit(self, row: int, text: str, decision: int | None) -> dict[str, Any]:
        decided, label = self._result.decisions, self._result.labels
        changed: dict[str, Any] = {}
        if decision is not None:
            changed = {DUPLICATE_OF: label(decided.kept[decision]), SIMILARITY: round(float(decided.similarity[decision]), 6),
                       CLUSTER: label(decided.cluster[decision])}
        if row not in self._spans_of:
            return changed
        first, last = self._spans_of[row]
        spans = self._result.spans
        data, starts, ends = places(text, self._result.language_of(row), self._parameters.unit)
        cuts = [(int(starts[spans.start[at]]), int(ends[spans.end[at] - 1])) for at in range(first, last)]
        cuts = [(start, end) for start, end in cuts if start < end]
        if self._parameters.action is Action.MARK:
            characters = Characters(text, data)
            changed[SPANS] = json.dumps([[characters.at(start), characters.at(end)] for start, end in cuts])
        else:
            self._cut[row] = sum(end - start for start, end in cuts)
            parts = [data[a:b] for a, b in zip([0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(data)], strict=True)]
            changed[self._parameters.text] = b"".join(parts).decode("utf-8", "surrogatepass")
        return changed
