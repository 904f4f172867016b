"""Hostile texts: microseconds a byte at two sizes, and the ratio of the two, which is 1 where time grows as the text does.

The texts are those of tests/unit/test_hostile.py, checked against corpora that repeat what they repeat. Checked first: each ends in a
verdict that says whether all of it was scanned. Beside them ordinary prose and code of the same size.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from corpora import grown, prose, table

from simfilter import Document, Filter, build
from tests.unit import test_hostile as hostile


def seconds(judge: Filter, text: str, language: str | None) -> tuple[float, bool]:
    started = time.process_time()
    verdict = judge.check(text, language=language)
    assert verdict.scanned == (not verdict.notes)
    return time.process_time() - started, verdict.scanned


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        documents = [Document(id="period", text="the cat sat on the mat and then " * 20_000, source="s"),
                     Document(id="zeros", text="x = 0\n" * 20_000, source="s", language="python"),
                     Document(id="table", text="int T[] = {" + "0, " * 50_000 + "};", source="s", language="c")]
        documents += [Document(id=f"poem-{number}", text=hostile.POEM, source="s") for number in range(100)]
        build(documents, Path(folder) / "index")
        judge = Filter.open(Path(folder) / "index")
        cases = {name: (None, text) for name, text in hostile.TEXTS.items()} | hostile.CODE
        cases |= {"ordinary prose": (None, next(iter(prose(4 * hostile.SIZE))).text),
                  "ordinary Python": ("python", "\n".join(document.text for document in grown("python", 4 * hostile.SIZE)))}
        lines: list[list[object]] = []
        for name, (language, text) in cases.items():
            short = text[: hostile.SIZE]
            long = text if len(text) > 2 * len(short) else text * 4
            (first, _), (second, scanned) = seconds(judge, short, language), seconds(judge, long, language)
            rates = 1e6 * first / len(short.encode("utf-8", "surrogatepass")), 1e6 * second / len(long.encode("utf-8", "surrogatepass"))
            lines.append([name, *rates, rates[1] / rates[0], "yes" if scanned else "in part"])
    table("check of hostile texts", ["text", "us a byte, 24 KB", "us a byte, 96 KB", "ratio", "scanned"], lines)


if __name__ == "__main__":
    main()
