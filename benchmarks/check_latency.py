"""Latency of one check: p50 and p99, in ms, of 2 KB answers against 10 MB and 100 MB of protected text, and of functions against code.

Checked first: the copies among the answers are blocked, the others are not. The peer is a Bloom filter of word 10-grams in Python
(MemFree's way), which tells yes or no; for code, the bare tree-sitter parse of the same answer.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from corpora import novels, prose, table

from simfilter import Action, Document, Filter, build
from simfilter.demo import renamed
from simfilter.views.languages import parser
from tests.quality.data import SITE, functions, library, library_files, package_files

ANSWER = 2000


def latency(check: Callable[[str], object], answers: list[str]) -> tuple[float, float]:
    """p50 and p99 in milliseconds; the first tenth of the answers also warms up."""
    for answer in answers[: len(answers) // 10 + 1]:
        check(answer)
    times = []
    for answer in answers:
        started = time.perf_counter()
        check(answer)
        times.append(1e3 * (time.perf_counter() - started))
    return float(np.quantile(times, 0.5)), float(np.quantile(times, 0.99))


def prose_answers() -> tuple[list[str], list[str]]:
    """Innocent answers, and ones that are half a copy of the first novel."""
    hosts = "\n".join(document.text for document in novels("host"))
    innocent = [hosts[at : at + ANSWER] for at in range(0, len(hosts) - ANSWER, ANSWER)][:1000]
    copied = novels("protected")[0].text
    return innocent, [innocent[at][:1000] + copied[900 * at : 900 * at + 1000] for at in range(min(100, len(copied) // 900 - 1))]


class TenGrams:
    """Word 10-grams in a Bloom filter of 10 bits a key, in Python and numpy."""

    def __init__(self, documents: Iterable[Document]) -> None:
        hashes = {hash(gram) for document in documents for gram in self.grams(document.text)}
        self.size = 10 * len(hashes)
        self.bits = bytearray(self.size // 8 + 1)
        for value in hashes:
            for place in self.places(value):
                self.bits[place >> 3] |= 1 << (place & 7)

    @staticmethod
    def grams(text: str) -> Iterable[str]:
        words = re.findall(r"\w+", text.lower())
        return (" ".join(words[at : at + 10]) for at in range(len(words) - 9))

    def places(self, value: int) -> Iterable[int]:
        step = value >> 32 | 1
        return ((value + number * step) % self.size for number in range(7))

    def check(self, text: str) -> bool:
        return any(all(self.bits[place >> 3] >> (place & 7) & 1 for place in self.places(hash(gram))) for gram in self.grams(text))


def code_corpus(size: int) -> list[Document]:
    """The standard library, then installed packages, up to about ``size`` bytes."""
    found = list(library())
    total = sum(len(document.text.encode()) for document in found)
    for path in sorted(SITE.rglob("*.py")):
        if total >= size:
            break
        parts = path.relative_to(SITE).parts
        if HELD_OUT.isdisjoint(parts) and not any(name in parts[0] for name in HELD_OUT):  # a11y_pygments holds what pygments does
            try:
                text = path.read_text("utf-8")
            except UnicodeDecodeError:
                continue
            total += len(text.encode())
            found.append(Document(id=f"site/{path.relative_to(SITE)}", text=text, source="packages", language="python"))
    return found


HELD_OUT = {"hypothesis", "mypy", "rich", "jinja2", "jsonschema", "pygments"}


def main() -> None:
    innocent, copies = prose_answers()
    lines: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in (10_000_000, 100_000_000):
            documents = list(prose(size))
            info = build(documents, Path(folder) / f"prose{size}")
            filter_ = Filter.open(Path(folder) / f"prose{size}", verify=False)
            assert all(filter_.check(answer).action is Action.BLOCK for answer in copies)
            if novels("host")[0].source != "samples":
                assert not any(filter_.check(answer).action is Action.BLOCK for answer in innocent)
            name = f"prose, {info['text_bytes'] / 1e6:.0f} MB"
            lines.append([f"{name}: innocent", "simfilter", *latency(filter_.check, innocent)])
            lines.append([f"{name}: half a copy", "simfilter", *latency(filter_.check, copies)])
            if size == 10_000_000:
                peer = TenGrams(documents)
                assert all(peer.check(answer) for answer in copies)
                lines.append([f"{name}: innocent", "10-gram Bloom in Python", *latency(peer.check, innocent)])
        others = [f"```python\n{source}\n```\n" for _, source in functions(package_files(*sorted(HELD_OUT)), 400)]
        own = [f"```python\n{renamed(source)}\n```\n" for _, source in functions(library_files(), 200)]
        for documents in (list(library()), code_corpus(100_000_000)):
            info = build(documents, Path(folder) / "code")
            filter_ = Filter.open(Path(folder) / "code", verify=False)
            assert sum(filter_.check(answer).action is Action.BLOCK for answer in own) >= 0.97 * len(own)
            assert sum(filter_.check(answer).action is Action.BLOCK for answer in others) <= 0.02 * len(others)
            name = f"Python, {info['text_bytes'] / 1e6:.0f} MB"
            lines.append([f"{name}: other functions", "simfilter", *latency(filter_.check, others)])
            lines.append([f"{name}: renamed copies", "simfilter", *latency(filter_.check, own)])
        bare = latency(lambda answer: parser("python").parse(answer.encode()), others)
        lines.append(["Python: other functions", "bare tree-sitter parse", *bare])
    table("latency of a check", ["corpus and answers", "checked by", "p50 ms", "p99 ms"], lines)


if __name__ == "__main__":
    main()
