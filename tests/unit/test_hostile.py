"""Hostile texts end in a verdict: no input of n bytes costs more than c n, and what is cut off is not scanned, never clean.

Each runs in a child that has 60 seconds of processor time, a hundred times what they take: before there were limits most took minutes.
Rates stand in benchmarks/hostile.py.
"""

import os
import random
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from simfilter import Action, Document, Filter, Policy, build
from simfilter.errors import CapacityError
from simfilter.stream import Stream
from simfilter.views import read
from simfilter.views.languages import parse

WORDS = ["harbour", "lamp", "winter", "boat", "tide", "count", "mast", "quiet", "evening", "water", "stone", "bridge"]
RANDOM = random.Random(1)
POEM = " ".join(RANDOM.choices(WORDS, k=400))
FUNCTION = "def merge(spans, gap=0):\n    out = []\n    for a, b in sorted(spans):\n        out.append((a, b + gap))\n    return out\n"
SIZE = 24_000


def pieces() -> str:
    """Short runs of the poem in any order."""
    words = POEM.split()
    starts = [RANDOM.randrange(390) for _ in range(SIZE // 40)]
    return " ".join(" ".join(words[at : at + RANDOM.randint(4, 9)]) for at in starts)


def repeated(unit: str) -> str:
    return unit * (SIZE // len(unit))


TEXTS = {
    "zero-width flood": repeated("\u200b"), "combining marks": "a" + repeated("\u0301"), "one line": repeated("a"),
    "surrogates": repeated("\ud800"), "equal tokens": repeated("buffalo "), "period": repeated("the cat sat on the mat and then "),
    "off by one": repeated("the cat sat on the mat x "),
    "the poem": repeated(POEM + " "), "pieces": pieces(), "two words": " ".join(RANDOM.choices(["buffalo", "cat"], k=SIZE // 6)),
    "brackets behind a fence": "```\n```\n" + repeated("["), "links behind a fence": "```\n```\n" + repeated("[a]("),
    "nested quotes": "```\n```\n" + repeated(">- "), "open fences": repeated("```py\nx\n"), "indented code": repeated("    x = 1\n"),
    "definitions": "```\n```\n[" + repeated("a\n"),
}
CODE = {
    "backslashes": ("python", repeated("\\\n")), "nesting": ("python", repeated("(")),
    "table": ("c", "int T[] = {" + repeated("0, ") + "};"),
    "same function": ("python", repeated(FUNCTION)), "same statement": ("python", repeated("x = 0\n")), "arrows": ("go", repeated("->")),
    "generics": ("java", repeated("a<")), "comments": ("kotlin", repeated("/*")), "hashes": ("swift", repeated("#")),
    "markup": ("python", repeated("<!-- ")), "raw strings": ("rust", repeated('r#"')),
}


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Filter:
    where = tmp_path_factory.mktemp("hostile") / "index"
    documents = [Document(id="period", text="the cat sat on the mat and then " * 2000, source="s"),
                 Document(id="equal", text="buffalo " * 5000, source="s"),
                 Document(id="zeros", text="x = 0\n" * 2000, source="s", language="python"),
                 Document(id="table", text="int T[] = {" + "0, " * 5000 + "};", source="s", language="c")]
    documents += [Document(id=f"poem-{number}", text=POEM, source="s") for number in range(40)]
    documents += [Document(id=f"merge-{number}", text=FUNCTION * 4, source="s", language="python") for number in range(40)]
    build(documents, where)
    return Filter.open(where)


def within_a_minute(work: Callable[[], bool]) -> None:
    """Run ``work``, which says whether all is well, in a child that is killed after a minute of processor time."""
    child = os.fork()
    if not child:
        status = 3
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
            status = 0 if work() else 1
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("name", [*TEXTS, *CODE])
def test_every_text_gets_a_verdict(judge: Filter, name: str) -> None:
    language, text = CODE[name] if name in CODE else (None, TEXTS[name])

    def work() -> bool:
        verdict = judge.check(text, language=language)
        return verdict.scanned == (not verdict.notes) and (verdict.scanned or verdict.action is Action.BLOCK)

    within_a_minute(work)


@pytest.mark.parametrize("name", ["off by one", "pieces", "open fences", "zero-width flood"])
def test_a_stream_of_it_ends_too(judge: Filter, name: str) -> None:
    def work() -> bool:
        stream = Stream(judge)
        for at in range(0, SIZE // 4, 100):
            stream.accept(TEXTS[name][at : min(at + 100, SIZE // 4)])
        stream.close()
        return stream.verdict.action is judge.check(stream.text).action

    within_a_minute(work)


@pytest.mark.parametrize("name", ["backslashes", "generics", "arrows", "markup"])
def test_what_the_parser_cannot_do_is_not_scanned(judge: Filter, name: str) -> None:
    language, text = CODE[name]
    with pytest.raises(CapacityError, match="too much for its parser"):
        parse(text.encode(), language)
    verdict = judge.check(text, language=language)
    assert not verdict.scanned and not verdict.clean and verdict.action is Action.BLOCK and language in verdict.notes[0]
    opened = Filter(judge.index, Policy(fail_open=True)).check(text, language=language)
    assert opened.action is Action.ALLOW and not opened.clean


def test_too_many_blocks_of_code_are_not_scanned() -> None:
    reading = read("```py\nx\n```\n\n" * 400)
    assert len(reading.code) == 256 and reading.notes == ("of 400 blocks of code 256 were read as code",)
    assert not read("```py\nx\n```\n\n" * 200).notes


def test_offsets_of_code_behind_other_characters() -> None:
    text = "漢é😀\n```py\nname = 1\n```\n漢\n```py\nother = 2\n```\n"
    reading = read(text)
    starts = [reading.characters.span(int(piece.tokens.starts[0]), int(piece.tokens.ends[0])).of(text) for piece in reading.code]
    assert starts == ["name", "other"]


def test_dedup_takes_hostile_rows(tmp_path: Path) -> None:
    import json

    from simfilter.dedup import deduplicate

    rows = [{"id": name, "text": text, "language": language} for name, (language, text) in CODE.items()]
    rows += [{"id": f"{name} again", "text": text, "language": None} for name, text in TEXTS.items() if name != "surrogates"]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    within_a_minute(lambda: bool(deduplicate([tmp_path / "rows.jsonl"], output=tmp_path / "out", language="column:language")) or True)
