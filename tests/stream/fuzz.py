"""Random texts in random pieces: what a stream gives out is never bad, and its verdict is that of `check` on the whole.

    python -m tests.stream.fuzz --chunkings 1000000 --record fuzz.json

Each text, copies with edits and disguises among innocent pieces, is cut in many ways. A filter that remembers what it judged serves them
all, since judging depends on nothing but the text. The record is written every minute and at the end; `--record` of an earlier run goes on
where that stopped.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simfilter import Action, Filter, Verdict
from simfilter.match import Found
from simfilter.policy import Evidence
from simfilter.stream import Stream
from simfilter.views import Reading
from tests.stream.texts import filters, pieces, text

CUTS = 1000
"""Ways in which one text is cut, in a long run."""

MOST = (1, 6, 12, 12, 25, 60, 60, 400)
"""Bytes of a piece at most, drawn for each set of pieces; single bytes take the longest."""

REMEMBERED = 20_000


class Remembering(Filter):
    """A filter that judges each text once."""

    def __init__(self, filter: Filter) -> None:
        super().__init__(filter.index, filter.policy, filter.background)
        self._verdicts: dict[str, Verdict] = {}
        self._readings: dict[str, Reading] = {}
        self._found: dict[tuple[bytes, bytes, bytes, int], list[Found]] = {}
        self._weighed: dict[int, tuple[list[Found], list[Evidence]]] = {}

    def forget(self) -> None:
        for kept in (self._verdicts, self._readings, self._found, self._weighed):
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
            if len(self._found) > REMEMBERED:
                self.forget()
            self._found[key] = super().found(reading, **options)
        return self._found[key]

    def weigh(self, found: list[Found], prompt: Any = None) -> list[Evidence]:
        if prompt:
            return super().weigh(found, prompt)
        if id(found) not in self._weighed:
            self._weighed[id(found)] = found, super().weigh(found)
        return self._weighed[id(found)][1]


class Leak(AssertionError):
    """What was given out is bad."""


def stream_through(filter_: Filter, parts: list[str | bytes]) -> tuple[str, Stream, int]:
    """What the reader sees before a fallback message, the stream, and how often something was given out. Raises Leak."""
    stream, shown, releases = Stream(filter_), "", 0
    for part in [*parts, None]:
        given = stream.close() if part is None else stream.accept(part)
        if stream.blocked:
            break
        shown += given
        if given:
            releases += 1
            if filter_.check(shown).action >= Action.REDACT:
                raise Leak(shown)
    return shown, stream, releases


def tried(filter_: Filter, whole: str, parts: list[str | bytes]) -> int:
    """One text in one set of pieces, all that is promised asserted; how often something was given out."""
    shown, stream, releases = stream_through(filter_, parts)
    verdict = filter_.check(stream.text)
    assert stream.verdict == verdict
    assert stream.blocked or stream.text == whole
    if not stream.blocked and verdict.action < Action.CITE:
        assert shown == whole
    return releases


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
            for _ in range(cuts):
                try:
                    record.releases += tried(every[name], whole, pieces(rng, whole, MOST))
                except AssertionError as error:
                    record.leaks += isinstance(error, Leak)
                    record.failed = f"{name}, text {number}: {type(error).__name__}"
                    break
                record.chunkings += 1
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
