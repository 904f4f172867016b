"""10,000 near-equal files beside an ordinary corpus of the same size: build time, p50 and p99 of a check; the bar is 2 times.

Near-equal: one text of 2 KB (a page of a novel, or two functions) with one line in forty changed from file to file. Checked first: a
copy is blocked in both corpora, edited prose and renamed code too.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from check_latency import HELD_OUT, code_corpus, latency
from corpora import novels, prose, table

from simfilter import Action, Document, Filter, build
from simfilter.evasion import PROSE, code
from tests.quality.data import functions, library_files, package_files

FILES, SIZE = 10_000, 2_000


def versions(text: str, language: str | None, seed: int = 0) -> Iterator[Document]:
    """FILES versions of ``text``, each with one word in forty replaced by one of its own."""
    rng = random.Random(seed)
    lines = text.split("\n") if language else text.split(" ")
    for number in range(FILES):
        mine = list(lines)
        for _ in range(max(1, len(lines) // 40)):
            at = rng.randrange(len(mine))
            indent = mine[at][: len(mine[at]) - len(mine[at].lstrip())]
            mine[at] = f"{indent}version_{number} = {rng.randrange(10**6)}" if language else f"v{number}"
        yield Document(id=f"{number}", text=("\n" if language else " ").join(mine), source="versions", language=language)


def measure(name: str, corpora: dict[str, list[Document]], answers: list[str], copies: dict[str, list[str]]) -> list[list[object]]:
    lines: list[list[object]] = []
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, documents in corpora.items():
            started = time.perf_counter()
            info = build(documents, Path(folder) / kind)
            seconds = time.perf_counter() - started
            filter_ = Filter.open(Path(folder) / kind, verify=False)
            caught = sum(filter_.check(copy).action is Action.BLOCK for copy in copies[kind])
            assert caught >= 0.9 * len(copies[kind]), (kind, caught, len(copies[kind]))
            innocent, copied = latency(filter_.check, answers), latency(filter_.check, copies[kind])
            figures.append([seconds / info["text_bytes"], *innocent, *copied])
            lines.append([f"{name}, {kind}", f"{info['text_bytes'] / 1e6:.1f}", seconds, *innocent, *copied])
    lines.append([f"{name}: times as much", "", *(near / ordinary for near, ordinary in zip(figures[1], figures[0], strict=True))])
    return lines


def main() -> None:
    rng = random.Random(1)
    page = novels("protected")[0].text[20_000 : 20_000 + SIZE]
    hosts = "\n".join(document.text for document in novels("host"))
    innocent = [hosts[at : at + SIZE] for at in range(0, 400 * SIZE, SIZE)]
    ordinary = list(prose(FILES * SIZE))
    edited = PROSE["1 word in 8 changed"]
    half = SIZE // 2
    copies = {"near-equal": [innocent[at][:half] + "\n\n" + edited.apply(page[at : at + half], rng) for at in range(200)]}
    starts = [rng.randrange(len(ordinary[0].text) - half) for _ in range(200)]
    copies["ordinary"] = [innocent[at][:half] + "\n\n" + edited.apply(ordinary[0].text[start : start + half], rng)
                          for at, start in enumerate(starts)]
    lines = measure("prose", {"ordinary": ordinary, "near-equal": list(versions(page, None))}, innocent, copies)

    own = functions(library_files(), 200)
    pair = "\n\n\n".join(source for _, source in own[:2])
    others = [f"```python\n{source}\n```\n" for _, source in functions(package_files(*sorted(HELD_OUT)), 400)]
    swap = code("python")["all at once"]
    copies = {"near-equal": [f"```python\n{swap.apply(own[at % 2][1], rng)}\n```\n" for at in range(200)],
              "ordinary": [f"```python\n{swap.apply(source, rng)}\n```\n" for _, source in own]}
    size = FILES * len(pair)
    lines += measure("Python", {"ordinary": code_corpus(size), "near-equal": list(versions(pair, "python"))}, others, copies)
    table("10,000 near-equal files", ["corpus", "MB", "build s", "innocent p50 ms", "p99", "copies p50 ms", "p99"], lines)


if __name__ == "__main__":
    main()
