"""Matches do not depend on how an index is cut into segments, nor on what was removed from it before."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simfilter import Document, Filter, Policy, build
from simfilter.index import add, compact, remove
from simfilter.index import update as module
from simfilter.types import Verdict

WORDS = [
    "harbour", "lamp", "pilot", "winter", "tide", "stove", "boots", "count", "masts", "turn", "quiet", "boat", "alight", "wait",
    "keeper", "stone", "ladder", "rope", "bell", "fog", "gull", "anchor", "chart", "north", "slow", "iron", "copper", "signal",
    "mirror", "oil", "wick", "glass", "stair", "door", "wind", "rain", "salt", "ledger", "log", "watch", "night", "dawn"]
NAMES = ["total", "rows", "index", "value", "result", "buffer", "width", "limit", "first", "last"]
LOOSE = Policy.parse({"common_documents": 0, "text": {kind: {"tokens": 8, "bits": 8} for kind in ("verbatim", "edited")},
                      "code": {kind: {"tokens": 8, "bits": 8} for kind in ("verbatim", "renamed", "edited")}})


def prose(seed: int, length: int) -> str:
    return " ".join(np.random.default_rng(seed).choice(WORDS, length))


def code(seed: int) -> str:
    draw = np.random.default_rng(seed)
    a, b, c, d = draw.permutation(NAMES)[:4]
    lines = [f"def {a}_{seed % 7}({b}, {c}):", f"    {d} = {b}.{draw.choice(WORDS)}({draw.integers(9)})"]
    for _ in range(draw.integers(3, 9)):
        x, y = draw.permutation([b, c, d])[:2]
        lines.append(draw.choice([f"    {x} += {y}.{draw.choice(WORDS)}()", f"    if {x} > {y}: {x}.{draw.choice(WORDS)}({y}, {x})",
                                  f"    {d} = [{x}[{y}] for {y} in {draw.choice(WORDS)}({x}, {draw.integers(9)})]"]))
    return "\n".join([*lines, f"    return {d}\n"])


@st.composite
def corpora(draw: st.DrawFn) -> tuple[list[Document], list[int], set[int]]:
    """Documents that share passages, where to cut them, and which are removed again."""
    pool = draw(st.lists(st.integers(0, 5), min_size=3, max_size=9))
    documents = []
    for number, seed in enumerate(pool):
        if draw(st.booleans()):
            text = prose(seed, 60) + " " + prose(100 + number, draw(st.integers(0, 40)))
            documents.append(Document(id=f"d{number}", text=text, source=f"s{seed}"))
        else:
            documents.append(Document(id=f"d{number}", text=code(seed) + code(200 + number), source=f"s{seed}", language="python"))
    cuts = draw(st.lists(st.integers(1, len(documents) - 1), max_size=3, unique=True))
    gone = draw(st.sets(st.integers(0, len(documents) - 1), max_size=len(documents) - 1))
    return documents, sorted(cuts), gone


def judged(path: Path, documents: list[Document]) -> list[Verdict]:
    filter_ = Filter.open(path, policy=LOOSE)
    verdicts = []
    for document in documents:
        half = document.text[: len(document.text) * 2 // 3]
        renamed = half.replace("total", "summe").replace("rows", "zeilen")
        edited = " ".join(word for at, word in enumerate(half.split(" ")) if at % 7 != 6)
        verdicts += [filter_.check(text, language=document.language) for text in (half, renamed if document.language else edited)]
    filter_.index.close()
    return verdicts


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(corpora(), st.booleans())
def test_a_cut_index_answers_like_one_built_whole(drawn: tuple[list[Document], list[int], set[int]], whole: bool) -> None:
    documents, cuts, gone = drawn
    with tempfile.TemporaryDirectory() as folder:
        pieces = [documents[low:high] for low, high in zip([0, *cuts], [*cuts, len(documents)], strict=True)]
        cut = Path(folder) / "cut"
        build(pieces[0], cut)
        for piece in pieces[1:]:
            add(piece, cut)
        if gone:
            remove(cut, ids=[documents[number].id for number in gone])
        if whole:
            compact(cut)
        build([document for number, document in enumerate(documents) if number not in gone], Path(folder) / "whole")
        assert judged(cut, documents) == judged(Path(folder) / "whole", documents)


def test_common_passages_are_found_among_removed_copies(tmp_path: Path) -> None:
    """More places of a passage were removed than are looked at of one passage."""
    copies = [Document(id=str(number), text=prose(1, 50) + " " + prose(10 + number, 10), source="s") for number in range(60)]
    build(copies, tmp_path / "cut")
    share, module.MOST_REMOVED = module.MOST_REMOVED, 1.0
    try:
        remove(tmp_path / "cut", ids=[str(number) for number in range(60) if number != 37])
    finally:
        module.MOST_REMOVED = share
    build([copies[37]], tmp_path / "whole")
    assert judged(tmp_path / "cut", copies) == judged(tmp_path / "whole", copies)
    assert [match.provenance.document for match in judged(tmp_path / "cut", copies[:1])[0].matches] == ["37"]
    add([replace(copies[0], id="again")], tmp_path / "cut")
    assert len(Filter.open(tmp_path / "cut").index) == 2
