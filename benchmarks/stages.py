"""What each stage of a check costs, in ms a check on average: 2 KB of prose against 10 MB, Python functions against the standard library.

Stages are timed where they are called, so that one that runs several times counts whole and its parts are not told apart twice. Checked
first: copies are blocked, and the stages add up to no more than the whole.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from check_latency import ANSWER, HELD_OUT
from corpora import novels, prose, table

import simfilter.filter
import simfilter.match
import simfilter.match.clone
from simfilter import Action, Filter, build
from simfilter.evasion import PROSE, code
from tests.quality.data import functions, library, library_files, package_files

STAGES = {
    "views: tokens, language, tree": (simfilter.filter, "read"),
    "seeds": (simfilter.match, "seed"),
    "prose: chains": (simfilter.match, "chains"),
    "prose: alignment, words compared": (simfilter.match, "verify_words"),
    "code: unbroken runs": (simfilter.match, "_runs_of_code"),
    "code: seeds of statements, windows": (simfilter.match.clone, "_windows"),
    "code: forms aligned": (simfilter.match.clone, "_forms"),
    "code: text read, names aligned, tokens compared": (simfilter.match.clone, "_verified"),
    "bits": (simfilter.match, "_weigh"),
}


def stages(filter_: Filter, answers: list[str], **options: Any) -> list[float]:
    """Milliseconds a check of each stage, of the rest, and of the whole."""
    spent: Counter[str] = Counter()

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*arguments, **keywords)
            finally:
                spent[name] += time.perf_counter() - started
        return call

    originals = {name: getattr(module, function) for name, (module, function) in STAGES.items()}
    for answer in answers[:20]:
        filter_.check(answer, **options)
    started = time.perf_counter()
    for answer in answers:
        filter_.check(answer, **options)
    whole = time.perf_counter() - started
    try:
        for name, (module, function) in STAGES.items():
            setattr(module, function, timed(name, originals[name]))
        started = time.perf_counter()
        for answer in answers:
            filter_.check(answer, **options)
        traced = time.perf_counter() - started
    finally:
        for name, (module, function) in STAGES.items():
            setattr(module, function, originals[name])
    assert sum(spent.values()) <= traced
    parts = [1e3 * spent[name] / len(answers) for name in STAGES]
    return [*parts, 1e3 * (traced - sum(spent.values())) / len(answers), 1e3 * whole / len(answers)]


def main() -> None:
    rng = random.Random(0)
    hosts = "\n".join(document.text for document in novels("host"))
    innocent = [hosts[at : at + ANSWER] for at in range(0, 400 * ANSWER, ANSWER)]
    documents = list(prose(10_000_000))
    half = ANSWER // 2
    edited = []
    for at, text in enumerate(innocent[:200]):
        source = documents[at % 10].text
        start = at * 700 % (len(source) - half)
        edited.append(text[:half] + "\n\n" + PROSE["1 word in 8 changed"].apply(source[start : start + half], rng))
    others = [f"```python\n{source}\n```\n" for _, source in functions(package_files(*sorted(HELD_OUT)), 400)]
    disguise = code("python")["all at once"].apply
    own = [f"```python\n{disguise(source, rng)}\n```\n" for _, source in functions(library_files(), 200)]
    with tempfile.TemporaryDirectory() as folder:
        build(documents, Path(folder) / "prose")
        build(library(), Path(folder) / "code")
        words, lines = Filter.open(Path(folder) / "prose"), Filter.open(Path(folder) / "code")
        assert sum(words.check(text).action is Action.BLOCK for text in edited) >= 0.98 * len(edited)
        assert sum(lines.check(text).action is Action.BLOCK for text in own) >= 0.9 * len(own)
        columns = [stages(words, innocent), stages(words, edited), stages(lines, others), stages(lines, own)]
    table("cost of each stage, ms a check", ["stage", "innocent prose", "edited copies", "innocent functions", "disguised functions"],
          [[name, *(float(column[row]) for column in columns)] for row, name in enumerate([*STAGES, "the rest", "whole check, untimed"])])


if __name__ == "__main__":
    main()
