"""Build, open, verify; damage and misuse give clear errors."""

import subprocess
import sys
from pathlib import Path

import pytest

from simfilter import Document, Filter, Index, build
from simfilter.errors import IndexDamagedError, IndexFormatError, IndexNotFoundError, ParameterError

TEXT = ("The quiet harbour kept its lamps alight for every boat that winter had not found, and the pilots slept in their boots "
        "beside a stove that muttered to itself until the tide came round again")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    build([Document(id="a", text=TEXT, source="s", licence="MIT", url="u", tags=("t",)),
           Document(id="b", text="def f(x):\n    return x\n", source="s", language="python")], tmp_path / "index")
    return tmp_path / "index"


def test_info_counts_and_sizes(path: Path):
    with Index.open(path) as index:
        info = index.info()
        assert len(index) == info["documents"] == 2
        assert info["text_bytes"] == len(TEXT) + 23
        assert info["tokens"] == {"text": 35, "code": 8}
        assert sum(info["parts"].values()) <= info["index_bytes"]
        origins = list(index.documents)
        assert (origins[0].document, origins[0].licence, origins[0].url, origins[0].tags) == ("a", "MIT", "u", ("t",))
        assert index.segments.text(0) == TEXT
        assert index.verify() == []


def test_building_again_replaces_and_open_readers_go_on(path: Path):
    old = Filter.open(path)
    build([Document(id="c", text="Another thing entirely", source="s")], path)
    assert [origin.document for origin in Index.open(path).documents] == ["c"]
    assert not old.check(TEXT).clean


BUILT = """
import random, resource, sys
from simfilter import Document, build
rng = random.Random(1)
words = ["".join(rng.choices("abcdefghij", k=rng.randint(2, 7))) for _ in range(5000)]
def documents(size):
    for number in range(size // 100_000):
        yield Document(id=str(number), text=" ".join(rng.choices(words, k=18_200)), source="s")
def peak():
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
build(documents(1_000_000), sys.argv[1])
before = peak()
size = build(documents(11_000_000), sys.argv[1])["text_bytes"]
print((peak() - before) / (size - 1_000_000))
"""


def test_memory_of_a_build(tmp_path: Path):
    """Bytes a byte of text, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", BUILT, str(tmp_path / "index")], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 5


def test_nothing_to_protect(tmp_path: Path):
    with pytest.raises(ParameterError, match="nothing to protect"):
        build([], tmp_path / "index")
    assert not (tmp_path / "index").exists() or not any((tmp_path / "index").iterdir())


def test_equal_ids(tmp_path: Path):
    with pytest.raises(ParameterError, match="'a'"):
        build([Document(id="a", text="x", source="s"), Document(id="a", text="y", source="s")], tmp_path / "index")


def test_a_failed_build_leaves_the_old_index(path: Path):
    def broken():
        yield Document(id="new", text=TEXT, source="s")
        raise RuntimeError("reader died")

    with pytest.raises(RuntimeError):
        build(broken(), path)
    assert [origin.document for origin in Index.open(path).documents] == ["a", "b"]


def test_no_index(tmp_path: Path):
    with pytest.raises(IndexNotFoundError):
        Index.open(tmp_path / "none")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(ParameterError):
        build([Document(id="a", text=TEXT, source="s")], tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_a_truncated_index(path: Path):
    segment = next(path.glob("*.sfx"))
    data = segment.read_bytes()
    for size in (0, 7, 100, len(data) // 2, len(data) - 1):
        segment.write_bytes(data[:size])
        with pytest.raises(IndexDamagedError):
            Index.open(path)
    segment.write_bytes(data)
    assert len(Index.open(path)) == 2


def test_every_flipped_byte_is_found(path: Path):
    segment = next(path.glob("*.sfx"))
    data = bytearray(segment.read_bytes())
    for at in range(0, len(data), 7):
        data[at] ^= 1 << at % 8
        segment.write_bytes(data)
        with pytest.raises(IndexFormatError):
            Index.open(path)
        data[at] ^= 1 << at % 8
    segment.write_bytes(data)
    Index.open(path)


def test_a_thousand_copies_of_a_document(tmp_path: Path):
    build([Document(id=str(n), text=TEXT, source="s") for n in range(1000)], tmp_path / "index")
    match = Filter.open(tmp_path / "index").check(TEXT).matches[0]
    assert match.documents == 1
    assert match.tokens == 35


def test_only_code_only_comments_only_empty(tmp_path: Path):
    han = "".join(chr(0x4E00 + 37 * number) for number in range(80))
    build([Document(id="a", text="", source="s"), Document(id="b", text="# just a comment\n", source="s", language="python"),
           Document(id="c", text="x = 1", source="s", language="python"),
           Document(id="d", text=han, source="s")], tmp_path / "index")
    assert Filter.open(tmp_path / "index").check(han).matches[0].provenance.document == "d"
