"""Stage 1: rows become tokens, digests and band keys, one block a batch. Everything after works on these and reads no text.

Reading and parsing happen on the caller's thread; the core's work runs on others without the GIL. Blocks are numbered in reading order
whatever thread made them, so a run gives the same blocks each time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import xxhash
from numpy.typing import NDArray

from simfilter import _core
from simfilter.dedup import tokens
from simfilter.dedup.parameters import Level, Metric, Normalise, Parameters, Unit
from simfilter.dedup.source import Batch, Files, Source
from simfilter.dedup.store import Blocks
from simfilter.dedup.tokens import TokenStreams
from simfilter.views.text import normalize

Item = TypeVar("Item")
Made = TypeVar("Made")
Progress = Callable[[str, int, int], None]
"""(stage, done, of how many)."""

QUERY_SAMPLE = 24
"""Shingles of each document that are looked for in all others under `Metric.CONTAINMENT`, the least by hash."""

NONE = np.uint64(2**64 - 1)


def ordered(function: Callable[[Item], Made], items: Iterable[Item], threads: int) -> Iterator[Made]:
    """The results in the order of the items, made on ``threads`` threads, at most that many ahead of the one taken."""
    if threads < 2:
        yield from map(function, items)
        return
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def sign(sources: Sequence[Source], parameters: Parameters, blocks: Blocks,
         spread: Callable[[Callable[[tuple[int, Batch]], Any], Iterable[tuple[int, Batch]]], Iterator[Any]], progress: Progress) -> None:
    """Make the blocks that are missing; ``spread`` maps over batches (`Engine.map`). Raises what the sources raise, and OSError."""
    total = sum(source.size for source in sources)
    done = sum(note["size"] for note in blocks.notes)
    columns = parameters.columns

    def batches() -> Iterator[tuple[int, Batch]]:
        for number, source in enumerate(sources):
            there = sum(note["source"] == number for note in blocks.notes)
            if any(note["source"] > number for note in blocks.notes):
                continue  # finished before the next one began
            wanted = columns
            if isinstance(source, Files) and parameters.language == "extension":
                wanted = tuple(dict.fromkeys((*columns, "extension")))
            for batch in source.batches(parameters.text, wanted, there):
                yield number, batch

    for note, arrays in spread(partial(block, parameters), batches()):
        blocks.append(note, arrays)
        done += note["size"]
        progress("read", min(done, total), total)


def block(parameters: Parameters, item: tuple[int, Batch]) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What a run keeps of a batch, given with the number of its source."""
    source, batch = item
    sizes = np.diff(batch.offsets.astype(np.int64))
    arrays: dict[str, NDArray[Any]] = {"lines": batch.lines, "starts": batch.starts, "ends": batch.ends, "sizes": sizes}
    if Level.EXACT in parameters.levels:
        arrays["exact"] = exact_digests(batch, parameters.normalise)
    in_bytes = Level.SUBSTRING in parameters.levels and parameters.unit is Unit.BYTES
    if in_bytes:
        arrays["bytes"] = np.frombuffer(batch.data, np.uint8)
    if Level.NEAR in parameters.levels or (Level.SUBSTRING in parameters.levels and not in_bytes):
        streams = stream(batch, parameters)
        arrays["tokens"], arrays["offsets"] = streams.symbols, streams.offsets
        if Level.NEAR in parameters.levels:
            arrays |= near_arrays(streams, parameters)
    note = {"source": source, "rows": len(batch), "size": batch.size, "columns": batch.columns,
            "malformed": [[bad.file, bad.line, bad.reason, bad.row] for bad in batch.malformed]}
    return note, arrays


def near_arrays(streams: TokenStreams, parameters: Parameters) -> dict[str, NDArray[Any]]:
    """Digests of whole token streams, band keys [bands, rows], and for containment the query sample [rows, QUERY_SAMPLE]."""
    lsh = parameters.lsh
    signatures = streams.sign(parameters.shingle, lsh.values, parameters.seed)
    keys = np.empty((len(streams), lsh.bands), np.uint64)
    _core.lsh_bands(signatures, lsh.bands, lsh.rows, keys)
    arrays: dict[str, NDArray[Any]] = {"same": digests(streams.symbols.view(np.uint8), streams.offsets * 4),
                                       "keys": np.ascontiguousarray(keys.T)}
    if parameters.metric is Metric.CONTAINMENT:
        sets = streams.sets(parameters.shingle)
        sample = np.full((len(streams), QUERY_SAMPLE), NONE, np.uint64)
        bounds = sets.offsets.tolist()
        for row, (first, last) in enumerate(pairwise(bounds)):
            least = sets.hashes[first : min(last, first + QUERY_SAMPLE)]
            sample[row, : len(least)] = least
        arrays["sample"] = sample
    return arrays


def stream(batch: Batch, parameters: Parameters) -> TokenStreams:
    """The tokens of a batch: words, or renamed code where a language is stated."""
    wanted = parameters.language
    if wanted is None:
        return tokens.words(batch.data, batch.offsets)
    if wanted == "extension":
        names = batch.columns.get("extension", [None] * len(batch))
    elif wanted.startswith("column:"):
        names = batch.columns[wanted.partition(":")[2]]
    else:
        return tokens.renamed(batch.data, batch.offsets, [tokens.checked_language(wanted)] * len(batch))
    return tokens.renamed(batch.data, batch.offsets, [tokens.language_of(name) for name in names])


def exact_digests(batch: Batch, normalise: Normalise) -> NDArray[np.uint64]:
    """xxh3-128 [rows, 2] of the texts as they are, with white space squeezed, or of their normalised words."""
    if normalise is Normalise.NONE:
        return digests(np.frombuffer(batch.data, np.uint8), batch.offsets)
    if normalise is Normalise.SPACE:
        out = np.empty(len(batch.data), np.uint8)
        offsets = np.empty(len(batch.offsets), np.uint64)
        _core.squeeze(batch.data, batch.offsets, out, offsets)
        return digests(out, offsets)
    bounds = batch.offsets.tolist()
    rows = [xxhash.xxh3_128_digest(b" ".join(normalize(batch.data[a:b])[0])) for a, b in pairwise(bounds)]
    return np.frombuffer(b"".join(rows), np.uint64).reshape(-1, 2)


def digests(data: NDArray[np.uint8], offsets: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """xxh3-128 [n, 2] of the stretches ``data[offsets[i]:offsets[i + 1]]``."""
    view, bounds = memoryview(data), offsets.tolist()  # type: ignore[arg-type]
    digest = xxhash.xxh3_128_digest
    return np.frombuffer(b"".join([digest(view[a:b]) for a, b in pairwise(bounds)]), np.uint64).reshape(-1, 2)
