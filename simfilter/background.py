"""Background: how often tokens stand in public text, so that what is common in the world weighs little though the corpus has it once.

Counts of words, renamed code tokens, forms of statements and names over a reference corpus, one container file (docs/FORMATS.md). An index
keeps working without; `Filter.open(..., background=path)` takes, for each token, the larger of its shares of corpus and background. A token
the background never saw is left to the corpus: to give it a share by smoothing would make every rare word common under a small background.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from simfilter.corpus import Document
from simfilter.errors import IndexDamagedError, IndexFormatError, ParameterError
from simfilter.index.container import Container, write_container
from simfilter.index.segment import PARAMETERS, STRUCTURES, Progress, streams_of
from simfilter.index.structure import names_of, stretches
from simfilter.views import read
from simfilter.views.tokens import PUBLIC_KEY

MAGIC = b"SIMFBGR\0"
VERSION = 2
COUNTED = (*STRUCTURES, "statement", "name")
"""What is counted: the symbols of each structure, the forms of statements, and the stretches of code each name or string stands in."""
AGREED = {name: PARAMETERS[name] for name in ("rename_window", "symbols", "statements", "name_stretch")}
"""What must agree before symbols of an index and of a background are compared."""

LEAST_TOKENS = 1000
"""At least so many are assumed: ten words of a ten-word corpus are not yet common."""

_PENDING = 1 << 22
"""Tokens counted at a time."""


@dataclass(slots=True)
class _Counter:
    """Counts of symbols, those not yet counted apart."""

    symbols: NDArray[np.uint32] = field(default_factory=lambda: np.empty(0, np.uint32))
    counts: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    pending: list[NDArray[np.uint32]] = field(default_factory=list)
    waiting: int = 0
    total: int = 0

    def add(self, symbols: NDArray[np.uint32], total: int | None = None) -> None:
        self.pending.append(symbols.copy())
        self.total += len(symbols) if total is None else total
        self.waiting += len(symbols)
        if self.waiting >= _PENDING:
            self.settle()

    def settle(self) -> None:
        new, times = np.unique(np.concatenate([self.symbols[:0], *self.pending]), return_counts=True)
        self.pending, self.waiting = [], 0
        both, inverse = np.unique(np.concatenate([self.symbols, new]), return_inverse=True)
        counts = np.zeros(len(both), np.uint64)
        counts[inverse[: len(self.symbols)]] = self.counts
        counts[inverse[len(self.symbols) :]] += times.astype(np.uint64)
        self.symbols, self.counts = both, counts


def build(documents: Iterable[Document], path: str | Path, *, progress: Progress | None = None) -> dict[str, Any]:
    """Count the tokens of ``documents`` and write the background to the file ``path``; returns what `Background.info` tells.

    Raises ParameterError when there is no document, OSError when it cannot be written; a file there is replaced whole or not at all.
    """
    counters = {name: _Counter() for name in COUNTED}
    number = 0
    for number, document in enumerate(documents, 1):
        reading = read(document.text, language=document.language, key=PUBLIC_KEY)
        for name, streams in streams_of(reading, code=document.language is not None).items():
            for symbols, *_ in streams:
                counters[name].add(symbols)
        for piece in reading.code:
            counters["statement"].add(piece.tokens.statements.hashes)
            counters["name"].add(names_of(piece.tokens), stretches(piece.tokens))
        if progress is not None:
            progress("read", number, None)
    if not number:
        raise ParameterError("nothing to count: no document was read")
    sections: dict[str, Any] = {"documents": np.array([number], np.uint64)}
    for name, counter in counters.items():
        counter.settle()
        sections |= {f"{name}.symbols": counter.symbols, f"{name}.counts": counter.counts,
                     f"{name}.total": np.array([counter.total], np.uint64)}
    write_container(path, sections, parameters=AGREED, magic=MAGIC, version=VERSION)
    with Background.open(path, verify=False) as background:
        return background.info()


class Background:
    """An opened background; immutable, shared by all threads.

    >>> import tempfile
    >>> where = tempfile.mkdtemp() + "/public.background"
    >>> build([Document(id="a", text="It was the best of times, it was the worst of times", source="s")], where)["tokens"]
    {'text': 12, 'code': 0, 'statement': 0, 'name': 0}
    """

    def __init__(self, container: Container) -> None:
        """Raises IndexFormatError for other parameters, IndexDamagedError when the columns do not belong together."""
        self._container = container
        if container.parameters != AGREED:
            raise IndexFormatError(f"{container.path.name} was built with other parameters than this version uses")
        self._documents = container.array("documents", np.uint64)
        self._columns: dict[str, tuple[NDArray[np.uint32], NDArray[np.uint64]]] = {}
        self._totals: dict[str, int] = {}
        for name in COUNTED:
            symbols, counts = container.array(f"{name}.symbols", np.uint32), container.array(f"{name}.counts", np.uint64)
            total = container.array(f"{name}.total", np.uint64)
            if len(symbols) != len(counts) or not (symbols[1:] > symbols[:-1]).all() or len(total) != 1 \
                    or not ((counts > 0) & (counts <= total)).all():
                raise IndexDamagedError(f"{container.path.name}: the columns of {name} do not fit each other")
            self._columns[name] = symbols, counts
            self._totals[name] = int(total[0])
        if len(self._documents) != 1:
            raise IndexDamagedError(f"{container.path.name} does not state its count of documents")

    @classmethod
    def open(cls, path: str | Path, *, verify: bool = True) -> Self:
        """Map the background at ``path``; with ``verify`` its checksums are tried first.

        Raises IndexNotFoundError, IndexFormatError (no background, another version), IndexDamagedError (truncated, flipped bits).
        """
        return cls(Container.open(path, verify=verify, magic=MAGIC, version=VERSION))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._columns.clear()
        self._container.close()

    def shares(self, name: str, symbols: NDArray[np.uint32]) -> NDArray[np.float64]:
        """Of each symbol its share of all that were `COUNTED` under ``name``, of a name that of stretches of code; 0 for one never seen."""
        known, counts = self._columns[name]
        shares = np.zeros(len(symbols))
        if len(known):
            at = np.minimum(np.searchsorted(known, symbols), len(known) - 1)
            seen = known[at] == symbols
            shares[seen] = counts[at[seen]] / max(self._totals[name], LEAST_TOKENS)
        return shares

    def info(self) -> dict[str, Any]:
        """Counts: documents, tokens (of statements: statements, of names: stretches) and distinct ones, bytes of the file."""
        return {"documents": int(self._documents[0]), "tokens": dict(self._totals),
                "distinct": {name: len(symbols) for name, (symbols, _) in self._columns.items()},
                "bytes": self._container.path.stat().st_size}
