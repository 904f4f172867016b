"""Remote: an index whose shards are held elsewhere, by Ray actors, seen as one.

Matching runs here and asks the shards, all at once where all must be asked; what it gets is what `union.Segments` gives of the same shards
on one machine, so verdicts are the same. Text is read as matching needs it. Held here are 30 bytes a document, and the n-gram filters once
a text is streamed.

A shard that does not answer in time, or whose actor is gone, is lost: counts and seeds go on without it, what was to be read of it raises
ShardLostError, `RemoteIndex.lost` tells it, and it is asked again until it is back.
"""

from __future__ import annotations

import logging
import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from simfilter import _core, cluster
from simfilter.errors import IndexDamagedError, ShardLostError, SimfilterError
from simfilter.index import manifest as files
from simfilter.index.families import REMOVED
from simfilter.index.reader import Index
from simfilter.index.segment import STRUCTURES
from simfilter.index.shard import Contents, Longest, Outline, ShardHolder, TokenStretch
from simfilter.index.structure import KGRAM_LENGTH, KGRAM_SEED, Seeds
from simfilter.index.union import Segments, UnionStatements, UnionStructure, bases_of, joined_bounds, reaching
from simfilter.types import Provenance, Span
from simfilter.views.code import CodeTokens

logger = logging.getLogger(__name__)

Waiting = Callable[[float], Any]
"""Gives an answer, waiting at most so many seconds for it."""

Caller = Callable[..., Waiting]
"""Asks one shard for a method of `ShardHolder` with arguments."""

TIMEOUT, OPENING, RETRY = 5.0, 600.0, 2.0
"""Seconds for an answer, for a shard to be opened and verified, and between two attempts to have a lost one back."""

MOST_SEEDS = 1 << 21
"""Of one text, as `UnionStructure.seeds` stops looking there."""

STRETCH, STRETCH_BYTES, MOST_KEPT = 2048, 16384, 64
"""What is read of a shard begins and ends at multiples of so many tokens, or bytes, and so many stretches are kept: the same copy is looked
at again and again."""

Fetched = TypeVar("Fetched")


class Recent(Generic[Fetched]):
    """What was fetched last, stretch by stretch. For all threads."""

    def __init__(self, fetch: Callable[[int, int, int], Fetched], grain: int) -> None:
        """``fetch`` gives what stands from one place of a segment to another."""
        self._fetch, self._grain = fetch, grain
        self._kept: deque[tuple[int, int, int, Fetched]] = deque(maxlen=MOST_KEPT)

    def of(self, segment: int, first: int, last: int, size: int) -> tuple[Fetched, int]:
        """A stretch that holds ``first..last`` of a segment of this ``size``, and where it begins."""
        for other, low, high, fetched in tuple(self._kept):
            if other == segment and low <= first and last <= high:
                return fetched, low
        low, high = first - first % self._grain, min(size, last + -last % self._grain)
        fetched = self._fetch(segment, low, high)
        if high - low <= 8 * self._grain:
            self._kept.append((segment, low, high, fetched))
        return fetched, low


class Shards:
    """The holders of all shards, and which of them answer. For all threads."""

    def __init__(self, start: Callable[[int], Caller], manifest: files.Manifest, *, timeout: float = TIMEOUT) -> None:
        """``start`` makes the holder of a shard. Those that cannot be opened are lost for good; raises IndexDamagedError if all are."""
        self.count = manifest["shards"]
        self._start, self._manifest, self._timeout = start, manifest, timeout
        self.absent: dict[int, str] = {}
        """Shards that were never there, and why."""
        self.lost: Mapping[int, str] = {}
        """Shards that were there and do not answer, and why. Replaced when it changes."""
        self._changing = threading.Lock()
        self._closed = threading.Event()
        self._callers = {number: start(number) for number in sorted({file["shard"] for file in manifest["files"].values()})}
        self.contents: dict[int, Contents] = {}
        waiting = {number: caller("contents", manifest) for number, caller in self._callers.items()}
        for number, answer in waiting.items():
            try:
                self.contents[number] = answer(OPENING)
            except Exception as error:
                self.absent[number] = why(error, OPENING)
        if not self.contents:
            raise IndexDamagedError(f"no shard is left: {'; '.join(self.absent.values())}")

    @property
    def alive(self) -> list[int]:
        """The shards that answer."""
        lost = self.lost
        return [number for number in self.contents if number not in lost]

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be told of shards that are not compared."""
        return tuple(f"shard {number} of {self.count} is lost: {reason}" for number, reason in sorted({**self.absent, **self.lost}.items()))

    def all(self, method: str, *arguments: Any, each: Callable[[int], tuple[Any, ...]] | None = None) -> dict[int, Any]:
        """The answers of the shards that have one; ``each`` gives what a single shard is asked besides."""
        deadline = time.monotonic() + self._timeout
        waiting = {number: self._callers[number](method, *arguments, *(each(number) if each else ())) for number in self.alive}
        answers: dict[int, Any] = {}
        for number, answer in waiting.items():
            try:
                answers[number] = answer(max(0.0, deadline - time.monotonic()))
            except Exception as error:
                self._lose(number, error)
        return answers

    def one(self, number: int, method: str, *arguments: Any) -> Any:
        """The answer of one shard. Raises ShardLostError."""
        if number not in self.lost:
            try:
                return self._callers[number](method, *arguments)(self._timeout)
            except Exception as error:
                self._lose(number, error)
        raise ShardLostError(f"shard {number} of {self.count} is lost")

    def close(self) -> None:
        """Ask for lost shards no more."""
        self._closed.set()

    def _lose(self, number: int, error: Exception) -> None:
        with self._changing:
            if number in self.lost or self._closed.is_set():
                return
            self.lost = {**self.lost, number: why(error, self._timeout)}
        logger.error("shard %d of %d is lost: %s", number, self.count, self.lost[number])
        threading.Thread(target=self._regain, args=(number,), daemon=True).start()

    def _regain(self, number: int) -> None:
        """Ask the old holder and a new one in turn until one answers."""
        caller = self._callers[number]
        while not self._closed.wait(RETRY):
            try:
                caller("contents", self._manifest)(OPENING if caller is not self._callers[number] else self._timeout)
            except Exception as error:
                if not isinstance(error, TimeoutError):  # the old one is gone, not slow
                    caller = self._start(number)
                continue
            with self._changing:
                self._callers[number] = caller
                self.lost = {other: reason for other, reason in self.lost.items() if other != number}
            logger.warning("shard %d of %d is back", number, self.count)
            return


def why(error: Exception, timeout: float) -> str:
    """What is told of a holder's failure: our own words, of anything else its kind, since its message may quote the text."""
    cause = getattr(error, "cause", None) or error
    if isinstance(cause, SimfilterError):
        return str(cause)
    return f"no answer in {timeout:g} s" if isinstance(error, TimeoutError) else type(cause).__name__


class RemoteIndex(Index):
    """An index whose shards are held by actors of a Ray cluster. Used as an `Index` is; ``lost`` changes while it is used."""

    segments: RemoteSegments

    def __init__(self, path: Path, manifest: files.Manifest, shards: Shards, connect: Callable[[], RemoteIndex]) -> None:
        super().__init__(path, manifest, RemoteSegments(shards, manifest))
        self.shards, self._connect = shards, connect

    @classmethod
    def connect(cls, path: str | Path, *, verify: bool = True, timeout: float = TIMEOUT) -> RemoteIndex:
        """Have the shards of the index at ``path`` opened by actors of the Ray cluster that RAY_ADDRESS names (without one, of this
        machine); each must find its files there. ``timeout`` is in seconds, for an answer of a shard.

        A shard goes to a node with the resource ``simfilter-shard-N`` where the cluster has one, else to any. Raises MissingExtraError, and
        what `Index.open` raises.
        """
        path = Path(path)
        ray = cluster.connected()
        actor = ray.remote(max_concurrency=16, num_cpus=0)(ShardHolder)

        def start(number: int) -> Caller:
            place = f"simfilter-shard-{number}"
            wanted = {place: 1e-3} if place in ray.cluster_resources() else {}
            holder = actor.options(scheduling_strategy="SPREAD", resources=wanted).remote(str(path.absolute()), number, verify)
            return partial(_ask_actor, ray, holder)

        def opened(manifest: files.Manifest) -> RemoteIndex:
            return cls(path, manifest, Shards(start, manifest, timeout=timeout), partial(cls.connect, path, verify=verify, timeout=timeout))

        return files.following(path, opened)

    @property
    def lost(self) -> tuple[str, ...]:
        """The shards that are not compared now, and why."""
        return self.shards.notes

    def reload(self) -> RemoteIndex:
        """The index as it is on disk now: this one when nothing changed, else one with new holders, also of lost shards."""
        if not self.lost and files.read(self.path) == self.manifest:
            return self
        index = self._connect()
        self.close()
        return index

    def close(self) -> None:
        """Ask for lost shards no more. Holders end with the last reference to this index."""
        self.shards.close()


def _ask_actor(ray: Any, holder: Any, method: str, *arguments: Any) -> Waiting:
    answer = getattr(holder, method).remote(*arguments)
    return lambda timeout: ray.get(answer, timeout=timeout)


class RemoteSegments(Segments):
    """All segments of shards that are held elsewhere. Documents, tokens, bytes and statements are numbered as on one machine."""

    def __init__(self, shards: Shards, manifest: files.Manifest) -> None:
        self._shards = shards
        self._homes: list[tuple[int, int]] = []  # of each segment: its shard, and its number there
        outlines: list[Outline] = []
        seen: dict[int, int] = {}
        for name in manifest["segments"]:
            shard = manifest["files"][name]["shard"]
            if shard in shards.contents:
                self._homes.append((shard, seen.get(shard, 0)))
                outlines.append(shards.contents[shard].outlines[self._homes[-1][1]])
                seen[shard] = self._homes[-1][1] + 1
        every = list(shards.contents.values())
        if len({tuple(contents.normalize) for contents in every}) > 1:
            raise IndexDamagedError("its segments were built with different normalizations")
        self.normalize = every[0].normalize
        self.families = np.concatenate([outline.families for outline in outlines])
        self.bases = bases_of(len(outline.families) for outline in outlines)
        self._bytes = bases_of(outline.size for outline in outlines)
        structures = {name: RemoteStructure(name, shards, self._homes, outlines, self._bytes) for name in STRUCTURES}
        self.structures = {**structures}
        self.statements = RemoteStatements(shards, self._homes, outlines, structures["code"].bases)
        self.parts = outlines  # type: ignore[assignment]  # to be counted
        self._read: Recent[bytes] = Recent(lambda at, low, high: self._ask(at, "read", low, high), STRETCH_BYTES)
        self._counted: tuple[list[int], NDArray[np.int64]] = [], np.zeros(0, np.int64)

    @property
    def stretches(self) -> int:  # type: ignore[override]
        """How many stretches of code there are, over which names are counted."""
        return sum(contents.stretches for contents in self._present())

    def __len__(self) -> int:
        return sum(contents.documents for contents in self._present())

    @property
    def size(self) -> int:
        """Bytes of the protected text."""
        return sum(contents.size for contents in self._present())

    def boilerplate(self, name: str) -> list[NDArray[np.uint8]]:
        """As `Segments.boilerplate`."""
        return [packed for contents in self._shards.contents.values() for packed in contents.boilerplate[name]]

    def provenance(self, document: int) -> Provenance:
        """As `Segments.provenance`."""
        at = bisect_right(self.bases, document) - 1
        found: Provenance = self._ask(at, "provenance", document - self.bases[at])
        return found

    def versions(self, document: int) -> int:
        """As `Segments.versions`; those in lost shards are not counted."""
        alive, counts = self._counted
        if alive != (now := self._shards.alive):
            families = self.families[self.numbers]
            alive, counts = self._counted = now, np.bincount(families, minlength=int(families.max(initial=0)) + 1)
        family = int(self.families[document])
        return int(counts[family]) if family < len(counts) else 0

    def names(self, symbols: NDArray[np.uint32]) -> NDArray[np.int64]:
        """As `Segments.names`."""
        return _sum(self._shards.all("names", symbols), len(symbols))

    def characters(self, document: int, start: int, end: int) -> Span:
        """As `Segments.characters`."""
        at = bisect_right(self.bases, document) - 1
        base = self._bytes[at]
        found: Span = self._ask(at, "characters", document - self.bases[at], start - base, end - base)
        return found

    def read(self, start: int, end: int) -> bytes:
        """As `Segments.read`."""
        at = min(bisect_right(self._bytes, start), len(self._homes)) - 1
        base = self._bytes[at]
        text, low = self._read.of(at, start - base, end - base, self._bytes[at + 1] - base)
        return text[start - base - low : end - base - low]

    def document(self, identifier: str) -> int:
        """As `Segments.document`. Raises ShardLostError too."""
        shard = files.shard_of(identifier, self._shards.count)
        if shard not in self._shards.contents or (number := self._shards.one(shard, "document", identifier)) is None:
            raise KeyError(identifier)
        for base, end, (home, _) in zip(self.bases[:-1], self.bases[1:], self._homes, strict=True):
            if home == shard:
                if number < end - base:
                    return int(base + number)
                number -= end - base
        raise KeyError(identifier)

    def text(self, document: int) -> str:
        """As `Segments.text`."""
        at = bisect_right(self.bases, document) - 1
        found: str = self._ask(at, "text", document - self.bases[at])
        return found

    def sizes(self) -> dict[str, int]:
        """As `Segments.sizes`."""
        every = list(self._present())
        return {name: sum(contents.sizes[name] for contents in every) for name in (every[0].sizes if every else ())}

    @property
    def numbers(self) -> list[int]:
        """As `Segments.numbers`; those in lost shards are left out."""
        kept = self.families != REMOVED
        kept &= np.repeat([shard not in self._shards.lost for shard, _ in self._homes], np.diff(self.bases))
        return np.flatnonzero(kept).tolist()

    def close(self) -> None:
        """Nothing is open here."""

    def _present(self) -> Iterator[Contents]:
        return (self._shards.contents[number] for number in self._shards.alive)

    def _ask(self, segment: int, method: str, *arguments: Any) -> Any:
        shard, number = self._homes[segment]
        return self._shards.one(shard, method, number, *arguments)


class RemoteStructure(UnionStructure):
    """The structures of one view of all segments."""

    def __init__(self, name: str, shards: Shards, homes: Sequence[tuple[int, int]], outlines: Sequence[Outline],
                 byte_bases: Sequence[int]) -> None:
        self.k = KGRAM_LENGTH[name]
        self._name, self._shards, self._homes, self._bytes = name, shards, homes, byte_bases
        starts = [outline.starts[name] for outline in outlines]
        self.bases = bases_of(int(each[-1]) for each in starts)
        self.document_starts = joined_bounds(starts, self.bases)
        self._tokens: Recent[TokenStretch] = Recent(self._fetch, STRETCH)
        self._filters: dict[int, list[_core.NgramFilter]] = {}  # type: ignore[assignment]  # of each shard, once asked for

    def __len__(self) -> int:
        return sum(self._shards.contents[number].lengths[self._name] for number in self._shards.alive)

    @property
    def token_count(self) -> int:
        """As `UnionStructure.token_count`."""
        return sum(self._shards.contents[number].token_counts[self._name] for number in self._shards.alive)

    def growing(self, key: bytes) -> _core.GrowingWords:
        """As `UnionStructure.growing`; the filters are fetched when this is first asked for."""
        if set(self._shards.alive) - set(self._filters):
            for number, packed in self._shards.all("filters", self._name).items():
                self._filters[number] = list(map(_core.NgramFilter, packed))
        return _core.GrowingWords(key, self.k, KGRAM_SEED, [known for each in list(self._filters.values()) for known in each])

    def seeds(self, symbols: NDArray[np.uint32], occurrences: int, hits: NDArray[np.uint8] | None = None) -> Seeds:
        """As `UnionStructure.seeds`: which k-grams stand in too many places is known once all shards have told in how many. The shards
        ask their own filters, so ``hits`` tells them nothing."""
        places = _sum(self._shards.all("places", self._name, symbols), max(0, len(symbols) - self.k + 1))
        if not places.any():
            return Seeds(np.empty(0, np.uint32), np.empty(0, np.uint64), np.empty(0, np.uint32))
        common = places > occurrences
        at = np.flatnonzero(common)
        answers: dict[int, tuple[Seeds, list[Longest]]] = self._shards.all("seeds", self._name, symbols, common, occurrences)
        found = [Seeds(seeds.query, self._numbered(shard, seeds.source), seeds.length) for shard, (seeds, _) in answers.items()]
        if len(at):
            here = [segment for segment, (shard, _) in enumerate(self._homes) if shard in answers]
            of_segment = [answers[self._homes[segment][0]][1][self._homes[segment][1]] for segment in here]
            found += _first_longest(at, of_segment, [self.bases[segment] for segment in here], occurrences)
        query, source, length = (np.concatenate([getattr(each, column) for each in found] or [np.empty(0, kind)])
                                 for column, kind in (("query", np.uint32), ("source", np.uint64), ("length", np.uint32)))
        order = np.lexsort((source, query))[:MOST_SEEDS]
        return Seeds(query[order], source[order], length[order])

    def may_reach(self, tokens: CodeTokens, seeds: Seeds, least: int, key: bytes) -> NDArray[np.bool_]:
        """As `UnionStructure.may_reach`."""
        may = np.zeros(len(seeds.length), np.bool_)
        for number, (document, source, length) in enumerate(zip(self.document_of(seeds.source).tolist(), seeds.source.tolist(),
                                                                seeds.length.tolist(), strict=True)):
            low, high = self.document_bounds(document)
            low, high = max(low, source - least), min(high, source + length + least)
            run = Seeds(seeds.query[number : number + 1], np.array([source - low], np.uint64), seeds.length[number : number + 1])
            may[number] = reaching(tokens, self.symbols(low, high), run, least, key)[0]
        return may

    def symbols(self, first: int, last: int) -> NDArray[np.uint32]:
        """As `UnionStructure.symbols`."""
        (symbols, *_), inside, _ = self._tokens_of(first, last)
        return symbols[inside]

    def positions(self, first: int, last: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """As `UnionStructure.positions`."""
        (_, base, starts, ends), inside, shift = self._tokens_of(first, last)
        return starts[inside].astype(np.int64) + (base + shift), ends[inside].astype(np.int64) + (base + shift)

    def occurrences(self, ngrams: NDArray[np.uint32]) -> NDArray[np.int64]:
        """As `UnionStructure.occurrences`."""
        return _sum(self._shards.all("occurrences", self._name, ngrams), len(ngrams))

    def families_of(self, symbols: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """As `UnionStructure.families_of`."""
        return np.unique(np.concatenate([np.empty(0, np.uint32), *self._shards.all("families", self._name, symbols).values()]))

    def document_count(self, symbols: NDArray[np.uint32]) -> int:
        """As `UnionStructure.document_count`."""
        return len(self.families_of(symbols))

    def _tokens_of(self, first: int, last: int) -> tuple[TokenStretch, slice, int]:
        """A stretch of tokens that holds these, where they stand in it, and where the bytes of their segment begin."""
        at = min(bisect_right(self.bases, first), len(self._homes)) - 1
        base = self.bases[at]
        stretch, low = self._tokens.of(at, first - base, last - base, self.bases[at + 1] - base)
        return stretch, slice(first - base - low, last - base - low), self._bytes[at]

    def _fetch(self, segment: int, first: int, last: int) -> TokenStretch:
        shard, number = self._homes[segment]
        found: TokenStretch = self._shards.one(shard, "tokens", number, self._name, first, last)
        return found

    def _numbered(self, shard: int, sources: NDArray[np.uint64]) -> NDArray[np.uint64]:
        return _numbered(shard, sources, self._homes, self.bases)


class RemoteStatements(UnionStatements):
    """The statements of all segments."""

    def __init__(self, shards: Shards, homes: Sequence[tuple[int, int]], outlines: Sequence[Outline], tokens: Sequence[int]) -> None:
        """``tokens``: where those of each segment begin."""
        self._shards, self._homes, self._tokens = shards, homes, list(tokens)
        self._bases = bases_of(int(outline.firsts[-1]) for outline in outlines)
        self.document_firsts = joined_bounds([outline.firsts for outline in outlines], self._bases)

    def __len__(self) -> int:
        return sum(self._shards.contents[number].statements for number in self._shards.alive)

    def found(self, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        """As `UnionStatements.found`."""
        return _sum(self._shards.all("counts", hashes), len(hashes))

    def pairs(self, hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
        """As `UnionStatements.pairs`."""
        return _sum(self._shards.all("pairs", hashes), len(hashes))

    def holding(self, hashes: NDArray[np.uint32], most: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """As `UnionStatements.holding`: of each the first ``most`` of those the shards have."""
        answers = self._shards.all("holding", hashes, most)
        number = np.concatenate([np.empty(0, np.int64), *(numbers for numbers, _ in answers.values())])
        found = np.concatenate([np.empty(0, np.uint64),
                                *(_numbered(shard, each, self._homes, self._bases) for shard, (_, each) in answers.items())])
        at = np.searchsorted(np.array(self._bases[1:], np.uint64), found, side="right")
        order = np.lexsort((at, number))  # within a segment they come in its own order
        number, found = number[order], found[order]
        kept = np.arange(len(number)) - np.searchsorted(number, number) < most[number]
        return number[kept], found[kept]

    def rows(self, low: int, high: int) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.uint32]]:
        """As `UnionStatements.rows`."""
        at = min(bisect_right(self._bases, low), len(self._homes)) - 1
        shard, number = self._homes[at]
        starts, lengths, hashes = self._shards.one(shard, "rows", number, low - self._bases[at], high - self._bases[at])
        return starts + self._tokens[at], lengths, hashes


def _first_longest(at: NDArray[np.int64], segments: Sequence[Longest], bases: Sequence[int], most: int) -> list[Seeds]:
    """Of the matches at the positions ``at[c]`` the longest of all segments, at each position the first ``most`` places in the order of the
    segments; of these, those that cannot be extended to the left."""
    lengths = np.array([segment.lengths for segment in segments])
    longest = lengths.max(axis=0)
    places = np.array([segment.places for segment in segments]) * (lengths == longest)
    left = np.maximum(most - (np.cumsum(places, axis=0) - places), 0)
    found: list[Seeds] = []
    for segment, base, taken in zip(segments, bases, np.minimum(places, left), strict=True):
        number = np.repeat(np.arange(len(at)), segment.places)
        rank = np.arange(len(number)) - np.searchsorted(number, number)
        kept = segment.maximal & (rank < taken[number])
        found.append(Seeds(at[number[kept]].astype(np.uint32), segment.sources[kept].astype(np.uint64) + np.uint64(base),
                           longest[number[kept]].astype(np.uint32)))
    return found


def _numbered(shard: int, numbers: NDArray[np.uint64], homes: Sequence[tuple[int, int]], bases: Sequence[int]) -> NDArray[np.uint64]:
    """Numbers counted through the segments of one shard, counted through those of all."""
    mine = [segment for segment, (home, _) in enumerate(homes) if home == shard]
    begins = np.array(bases_of(bases[segment + 1] - bases[segment] for segment in mine)[:-1], np.int64)
    shifts = np.array([bases[segment] for segment in mine], np.int64) - begins
    signed = numbers.astype(np.int64)
    found: NDArray[np.uint64] = (signed + shifts[np.searchsorted(begins, signed, side="right") - 1]).astype(np.uint64)
    return found


def _sum(answers: Mapping[int, NDArray[np.int64]], size: int) -> NDArray[np.int64]:
    return sum(answers.values(), np.zeros(size, np.int64))
