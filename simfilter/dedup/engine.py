"""Where the work of a run is done: on threads of this process, or on a Ray cluster (ray_engine.py). The result is the same byte for byte.

An engine maps a function over items, keeping their order, proposes the pairs that share a band, and compares sets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from simfilter.dedup import candidates
from simfilter.dedup.sign import Progress, ordered
from simfilter.dedup.store import Blocks
from simfilter.dedup.verify import SetFile
from simfilter.errors import ParameterError

Item = TypeVar("Item")
Made = TypeVar("Made")


class Engine(Protocol):
    """Does the work."""

    pairs_in_chunk: int
    """Pairs compared by one call."""

    def map(self, function: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
        """The results in the order of the items."""
        ...

    def propose(self, blocks: Blocks, alive: NDArray[np.bool_], bands: int, references: int, runs: candidates.PairRuns, memory: int,
                progress: Progress) -> None:
        """Add the pairs of living rows that share a band."""
        ...


    def compare(self, chunks: Iterable[candidates.Pairs], sets: SetFile, *, containment: bool) -> Iterator[NDArray[np.float64]]:
        """The exact similarities of pairs, chunk by chunk."""
        ...


class Local:
    """Threads of this process; the core works without the GIL."""

    pairs_in_chunk = 1 << 14

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def map(self, function: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
        return ordered(function, items, self.threads)

    def propose(self, blocks: Blocks, alive: NDArray[np.bool_], bands: int, references: int, runs: candidates.PairRuns, memory: int,
                progress: Progress) -> None:
        candidates.band_candidates(blocks, alive, bands, references, runs, memory, progress)

    def compare(self, chunks: Iterable[candidates.Pairs], sets: SetFile, *, containment: bool) -> Iterator[NDArray[np.float64]]:
        return ordered(partial(sets.similarity_of, containment=containment), chunks, self.threads)


def engine_of(name: str, threads: int) -> Any:
    """The engine named "local" or "ray". Raises ParameterError, MissingExtraError."""
    if name == "local":
        return Local(threads)
    if name == "ray":
        from simfilter.dedup.ray_engine import RayEngine

        return RayEngine()
    raise ParameterError(f"engine {name!r}: need local or ray")
