"""Files of each released version open for ever, and FORMATS.md is enough to read them."""

from pathlib import Path

import pytest

from simfilter import Background, Filter, Index, build
from simfilter.dedup import LSHIndex, MinHasher
from simfilter.index import add, compact, remove
from tests.golden.make_index import CODE, DOCUMENTS, POEM
from tests.oracle import index as oracle
from tests.oracle.text import symbol, words

GOLDEN = sorted(path for path in (Path(__file__).parents[2] / "golden").glob("index-*"))
KEPT = {document.id: document.text for document in DOCUMENTS if document.id not in ("withdrawn", "LICENSE")}


def symbols(text: str) -> list[int]:
    return [symbol(word.encode(), b"simfilter/public") for word in words(text)]


def check_by_another(path: Path) -> None:
    """What the reader of tests/oracle, which knows only FORMATS.md, makes of an index of DOCUMENTS."""
    index = oracle.Index(path)
    for segment in index.segments:
        segment.check()
    assert index.documents() == KEPT
    assert [row["text"] for segment in index.segments for row in segment.boilerplate] == [DOCUMENTS[3].text]
    run = "every boat that winter had not found, and the pilots"
    start = POEM.index("every boat")
    places = {(name, start + shift, start + shift + len(run)) for name, shift in (("poem", 0), ("poem, second edition", 3))}
    assert index.find(symbols(run), "text") == places
    assert index.find(symbols("log breaks off"), "text") == set()
    with Index.open(path) as own:
        assert own.segments.families.tolist() == index.families
        for name in oracle.K:
            held = [value for segment in index.segments for value in segment.symbols[name]]
            assert own.segments.structures[name].bases[-1] == len(held)


def test_the_golden_files_are_there() -> None:
    assert [path.name for path in GOLDEN] == ["index-0.1.0"]


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.name)
def test_golden_files_open(golden: Path, tmp_path: Path) -> None:
    filter_ = Filter.open(golden / "protected.index")
    assert filter_.index.verify() == []
    assert {origin.document for origin in filter_.index.documents} == set(KEPT)
    verdict = filter_.check(POEM.upper())
    assert [(match.provenance.document, match.tokens, match.documents) for match in verdict.matches] == [("poem", 41, 1)]
    assert filter_.source_text(verdict.matches[0]) in POEM
    renamed = CODE.replace("berth", "slot").replace("boat", "ship").replace("margin", "spare")
    assert [match.provenance.document for match in filter_.check(renamed, language="python").matches] == ["moor.py"]
    assert filter_.check("the pilots: and then the log breaks off in the middle of a wo").clean
    assert filter_.check(DOCUMENTS[3].text).clean
    with Background.open(golden / "public.background") as background:
        assert background.info()["documents"] == len(DOCUMENTS)
    near = LSHIndex.open(golden / "near.lsh")
    assert "poem" in near.query(MinHasher().sign([POEM])[0])


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.name)
def test_another_reader_understands_the_golden_index(golden: Path) -> None:
    check_by_another(golden / "protected.index")


def test_another_reader_understands_what_is_written_now(tmp_path: Path) -> None:
    path = tmp_path / "index"
    build(DOCUMENTS[:4], path)
    add(DOCUMENTS[4:6], path)
    add(DOCUMENTS[6:], path)
    remove(path, ids=["withdrawn"])
    check_by_another(path)
    compact(path)
    check_by_another(path)
