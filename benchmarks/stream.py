"""Cost and delay of a stream: microseconds of CPU a word for innocent prose against 100 MB of protected prose, by size of the pieces.

Checked first: innocent texts leave whole and unblocked, copies are blocked and no more of them leaves than a policy lets pass. `held` is
how many bytes wait, on average and at most, after each piece; `words seen` how many words of a copy leave before the stream blocks.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from corpora import novels, prose, table

from simfilter import Action, Filter, build
from simfilter.stream import Stream
from simfilter.views.text import tokenize

ANSWER = 2000
SIZES = {"single tokens": 1, "16 tokens": 16, "64 tokens": 64, "whole answer": 10**6}


def tokens(text: str) -> list[str]:
    """Pieces as a language model makes them: a space and up to about five letters."""
    return re.findall(r"\s?\S{1,5}|\s", text)


def cut(text: str, size: int) -> list[str]:
    parts = tokens(text)
    return ["".join(parts[at : at + size]) for at in range(0, len(parts), size)]


def run(filter_: Filter, pieces: list[str]) -> tuple[str, Stream, list[int]]:
    stream = Stream(filter_)
    shown, held = "", []
    for piece in pieces:
        shown += stream.accept(piece)
        held.append(stream.held)
    return shown + stream.close(), stream, held


def timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    hosts = "\n".join(document.text for document in novels("host"))
    innocent = [hosts[at : at + ANSWER] for at in range(0, len(hosts) - ANSWER, ANSWER)][:300]
    lines: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        documents = list(prose(100_000_000))
        build(documents, Path(folder) / "prose")
        filter_ = Filter.open(Path(folder) / "prose", verify=False)
        copied = documents[0].text
        copies = [copied[at : at + 1000] for at in range(2000, len(copied) - 1000, 5000)][:50]
        assert all(filter_.check(copy).action is Action.BLOCK for copy in copies)
        seen = []
        for copy in copies:
            _, stream, _ = run(filter_, tokens(copy))
            assert stream.blocked and stream.verdict.action is Action.BLOCK
            seen.append(len(tokenize(stream.text.encode()[: stream._out])))
        assert max(seen) < 40
        words = sum(len(tokenize(answer.encode())) for answer in innocent)
        for name, size in SIZES.items():
            cuts = [cut(answer, size) for answer in innocent]
            waits: list[int] = []
            for answer, pieces in zip(innocent, cuts, strict=True):
                shown, stream, held = run(filter_, pieces)
                assert shown == answer and not stream.blocked
                waits += held
            seconds = min(timed(lambda cuts=cuts: [run(filter_, pieces) for pieces in cuts]) for _ in range(3))  # type: ignore[misc]
            lines.append([name, 1e6 * seconds / words, 1e6 * seconds / sum(map(len, map(tokens, innocent))), float(np.mean(waits)),
                          float(np.mean(np.array(waits) > 0)), max(waits)])
        seconds = min(timed(lambda: [filter_.check(answer) for answer in innocent]) for _ in range(3))
        lines.append(["check alone", 1e6 * seconds / words, 1e6 * seconds / sum(map(len, map(tokens, innocent))), 0.0, 0.0, 0])
        table("streams of innocent prose, 100 MB protected",
              ["pieces", "µs a word", "µs a token", "held, mean", "pieces after which some is held", "held, most"], lines)
        table("verbatim copies, single tokens", ["words seen, mean", "most"], [[float(np.mean(seen)), max(seen)]])


if __name__ == "__main__":
    main()
