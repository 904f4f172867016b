"""Random texts in random pieces: what a stream gives out is never bad, and its verdict is that of `check` on the whole.

    python -m tests.stream.fuzz --chunkings 1000000 --record fuzz.json

Each text, copies with edits and disguises among innocent pieces, is cut in many ways. What depends on nothing but the text is judged once
for them all, and of `BRANCHES` ways all but one are forks of the first, taken anywhere in it and cut anew from there. The record is
written every minute and at the end; `--record` of an earlier run goes on where that stopped.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import chain, count, islice
from pathlib import Path
from typing import Any

from simfilter import Action, Filter, Verdict
from simfilter.match.found import Found
from simfilter.policy import Evidence
from simfilter.stream import Stream
from simfilter.views import Reading
from tests.stream.texts import filters, pieces, text

CUTS = 1000
"""Ways in which one text is cut, in a long run."""

MOST = (1, 6, 12, 12, 25, 60, 60, 400)
"""Bytes of a piece at most, drawn for each set of pieces; single bytes take the longest."""

BRANCHES = 12
"""Ways that begin alike."""

REMEMBERED = 20_000


class Remembering(Filter):
    """A filter that judges each text once."""

    def __init__(self, filter: Filter) -> None:
        super().__init__(filter.index, filter.policy, filter.background)
        self._verdicts: dict[str, Verdict] = {}
        self._readings: dict[str, Reading] = {}
        self._found: dict[tuple[bytes, bytes, bytes, int], list[Found]] = {}
        self._weighed: dict[int, tuple[list[Found], list[Evidence]]] = {}
        self.answers: dict[tuple[Any, ...], Any] = {}

    def forget(self) -> None:
        for kept in (self._verdicts, self._readings, self._found, self._weighed, self.answers):
            kept.clear()  # type: ignore[attr-defined]

    def check(self, text: str, **options: Any) -> Verdict:
        if any(options.values()):
            return super().check(text, **options)
        if text not in self._verdicts:
            self._verdicts[text] = super().check(text)
        return self._verdicts[text]

    def read(self, text: str, **options: Any) -> Reading:
        if any(options.values()):
            return super().read(text, **options)
        if text not in self._readings:
            self._readings[text] = super().read(text)
        return self._readings[text]

    def found(self, reading: Reading, **options: Any) -> list[Found]:
        words = reading.words
        key = reading.data, words.symbols.tobytes(), words.starts.tobytes(), len(reading.code)
        if key not in self._found:
            if max(len(self._found), len(self.answers)) > REMEMBERED:
                self.forget()
            self._found[key] = super().found(reading, **options)
        return self._found[key]

    def weigh(self, found: list[Found], prompt: Any = None) -> list[Evidence]:
        if prompt:
            return super().weigh(found, prompt)
        if id(found) not in self._weighed:
            self._weighed[id(found)] = found, super().weigh(found)
        return self._weighed[id(found)][1]


class Recalling(Stream):
    """A stream that asks a remembering filter what another stream has seen of the same text already."""

    filter: Remembering

    def _recall(self, question: Callable[..., Any], size: int, *given: int) -> Any:
        key = question.__name__, self._seen.data(0, size), given
        if key not in self.filter.answers:
            self.filter.answers[key] = question(*given)
        return self.filter.answers[key]

    def _proposed(self, first: int) -> bool:
        return bool(self._recall(super()._proposed, self._seen.size, first))

    def _window(self, first: int, size: int) -> Any:
        return self._recall(super()._window, self._seen.size, first, size)

    def _check(self, size: int) -> Any:
        return self._recall(super()._check, size, size)


class Leak(AssertionError):
    """What was given out is bad."""


@dataclass
class Life:
    """A stream of ``whole``, what its reader has seen before a fallback message, and how often something was given out."""

    stream: Stream
    whole: str
    shown: str = ""
    releases: int = 0

    def take(self, part: str | bytes | None) -> None:
        """The next piece, None for the end. Raises Leak."""
        given = self.stream.close() if part is None else self.stream.accept(part)
        if given and not self.stream.blocked:
            self.shown += given
            self.releases += 1
            if self.stream.filter.check(self.shown).action >= Action.REDACT:
                raise Leak(self.shown)

    def close(self, parts: list[str | bytes]) -> Life:
        """With these pieces and the end."""
        for part in [*parts, None]:
            if not self.stream.blocked:
                self.take(part)
        return self

    def ended(self, parts: list[str | bytes]) -> Life:
        """The same, all that is promised asserted."""
        self.close(parts)
        verdict = self.stream.filter.check(self.stream.text)
        assert self.stream.verdict == verdict
        assert self.stream.blocked or self.stream.text == self.whole
        if not self.stream.blocked and verdict.action < Action.CITE:
            assert self.shown == self.whole
        return self

    def fork(self) -> Life:
        return replace(self, stream=self.stream.fork(), releases=0)


def stream_through(filter_: Filter, parts: list[str | bytes]) -> tuple[str, Stream]:
    """What the reader of these pieces sees before a fallback message, and the stream. Raises Leak."""
    life = Life(Stream(filter_), "").close(parts)
    return life.shown, life.stream


def tried(filter_: Filter, whole: str, parts: list[str | bytes]) -> Life:
    """One text in one set of pieces."""
    return Life(Stream(filter_), whole).ended(parts)


def branched(filter_: Remembering, whole: str, rng: random.Random) -> Iterator[Life]:
    """One text in many sets of pieces, a trunk and its branches."""
    parts = pieces(rng, whole, MOST)
    places = sorted(rng.randrange(len(parts)) for _ in range(BRANCHES - 1))
    trunk, at, begin = Life(Recalling(filter_), whole), 0, 0
    for place in places:
        for part in parts[at:place]:
            if trunk.stream.blocked:
                break
            trunk.take(part)
            begin += len(part.encode() if isinstance(part, str) else part)
        at = place
        if not trunk.stream.blocked:
            yield trunk.fork().ended(pieces(rng, whole, MOST, begin=begin))
    yield trunk.ended(parts[at:])


@dataclass
class Record:
    """What a run has tried."""

    seed: int
    texts: int = 0
    chunkings: int = 0
    releases: int = 0
    leaks: int = 0
    seconds: float = 0.0
    failed: str = ""


def run(record: Record, chunkings: int, *, until: float, path: Path | None, cuts: int = CUTS) -> Record:
    """Go on until so many chunkings were tried, or the time is up."""
    begun, told = time.monotonic() - record.seconds, 0.0
    with tempfile.TemporaryDirectory() as folder:
        every = {name: Remembering(filter_) for name, filter_ in filters(Path(folder)).items()}
        while record.chunkings < chunkings and time.time() < until and not record.failed:
            number = record.texts
            rng = random.Random(f"{record.seed} {number}")
            name = list(every)[number % len(every)]
            whole = text(rng, most=3)
            every[name].forget()
            try:
                for life in islice(chain.from_iterable(branched(every[name], whole, rng) for _ in count()), cuts):
                    record.releases += life.releases
                    record.chunkings += 1
            except AssertionError as error:
                record.leaks += isinstance(error, Leak)
                record.failed = f"{name}, text {number}: {type(error).__name__}"
            record.texts += 1
            record.seconds = time.monotonic() - begun
            if path is not None and (record.seconds - told > 60 or record.failed):
                told = record.seconds
                path.write_text(json.dumps(asdict(record)), "utf-8")
    if path is not None:
        path.write_text(json.dumps(asdict(record)), "utf-8")
    return record


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunkings", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop then, at the latest")
    parser.add_argument("--record", type=Path)
    given = parser.parse_args()
    record = Record(given.seed)
    if given.record is not None and given.record.exists():
        record = Record(**json.loads(given.record.read_text("utf-8")))
    print(run(record, given.chunkings, until=time.time() + given.seconds, path=given.record))
    raise SystemExit(1 if record.failed else 0)


if __name__ == "__main__":
    main()
