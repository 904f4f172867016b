"""Documents from files, directories, JSONL and Parquet; what cannot be read is reported."""

import gzip
import json
from pathlib import Path

import pytest

from simfilter.corpus import Reader, is_licence_file, walk
from simfilter.errors import InputError
from simfilter.views.languages import language_of_path


def make(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_a_directory_is_read_as_git_sees_it(tmp_path: Path):
    make(tmp_path, {".gitignore": "*.log\nbuild/\n", "a.txt": "a", "b.log": "b", "build/c.txt": "c", "sub/.gitignore": "!keep.log\n*.tmp",
                    "sub/keep.log": "d", "sub/e.tmp": "e", ".git/config": "f", ".hidden": "g", "sub/h.py": "x = 1"})
    (tmp_path / "link.txt").symlink_to("a.txt")
    reader = Reader([tmp_path], licence="MIT", tags=("mine",), language_of_path=language_of_path)
    documents = list(reader)
    assert [document.id for document in documents] == ["a.txt", "sub/h.py", "sub/keep.log"]
    assert [document.language for document in documents] == [None, "python", None]
    assert {(document.source, document.licence, document.tags) for document in documents} == {(tmp_path.name, "MIT", ("mine",))}


def test_several_roots_keep_their_names_apart(tmp_path: Path):
    make(tmp_path, {"one/a.txt": "1", "two/a.txt": "2", "three.txt": "3"})
    documents = list(Reader([tmp_path / "one", tmp_path / "two", tmp_path / "three.txt"]))
    assert [(document.id, document.source) for document in documents] == [
        ("one/a.txt", "one"), ("two/a.txt", "two"), ("three.txt", "three.txt")]


@pytest.mark.parametrize(("content", "text", "reason"), [
    ("é\r\n".encode(), "é\r\n", None),
    (b"\xef\xbb\xbfmarked", "marked", None),
    ("zwei".encode("utf-16"), "zwei", None),
    ("latin é".encode("latin-1"), None, "not UTF-8: byte 6"),
    (b"\x7fELF\0\0", None, "binary file"),
    (b"", "", None),
])
def test_encodings(tmp_path: Path, content: bytes, text: str | None, reason: str | None):
    make(tmp_path, {"file.txt": content})
    reader = Reader([tmp_path])
    assert [document.text for document in reader] == ([text] if text is not None else [])
    assert [skipped.reason for skipped in reader.skipped] == ([reason] if reason else [])


def test_records(tmp_path: Path):
    rows = [{"id": "x", "text": "one", "source": "S", "license": "MIT", "url": "http://x", "tags": ["a", "b"], "language": "go"},
            {"text": "two"}]
    lines = "\n".join(map(json.dumps, rows)) + "\n\n"
    make(tmp_path, {"plain.jsonl": lines, "packed.jsonl.gz": gzip.compress(lines.replace('"x"', '"y"').encode())})
    documents = {document.id: document for document in Reader([tmp_path], licence="GPL-3.0")}
    assert sorted(documents) == ["packed.jsonl.gz:2", "plain.jsonl:2", "x", "y"]
    first = documents["x"]
    assert (first.text, first.source, first.licence, first.url, first.tags, first.language) == (
        "one", "S", "MIT", "http://x", ("a", "b"), "go")
    assert documents["plain.jsonl:2"].licence == "GPL-3.0"


def test_parquet(tmp_path: Path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"body": ["one", "two"], "id": ["a", "b"], "tags": [["t"], []]}), tmp_path / "rows.parquet")
    documents = list(Reader([tmp_path / "rows.parquet"], text_column="body"))
    assert [(document.id, document.text, document.tags) for document in documents] == [("a", "one", ("t",)), ("b", "two", ())]
    make(tmp_path, {"bad.parquet": b"nothing"})
    with pytest.raises(InputError, match="not Parquet"):
        list(Reader([tmp_path / "bad.parquet"]))


@pytest.mark.parametrize(("name", "content", "message"), [
    ("a.jsonl", b'{"text": "secret words"}\n{"text": secret}\n', "a.jsonl:2: not JSON"),
    ("a.jsonl", b'["secret"]\n', "a.jsonl:1: not a JSON object"),
    ("a.jsonl", b'{"body": "secret"}\n', "column 'text' is missing"),
    ("a.jsonl", b'{"text": 3}\n', "column 'text' is not a string"),
    ("a.jsonl.gz", gzip.compress(b'{"text": "secret words"}\n' * 99)[:-20], "damaged gzip"),
    ("a.jsonl", b'{"id": 1, "text": "x"}\n{"id": 1, "text": "secret"}\n', "two documents have the id '1'"),
])
def test_a_malformed_record_is_named_without_its_content(tmp_path: Path, name: str, content: bytes, message: str):
    make(tmp_path, {name: content})
    with pytest.raises(InputError) as caught:
        list(Reader([tmp_path / name]))
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_missing_source(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        list(Reader([tmp_path / "nowhere"]))


def test_licences(tmp_path: Path):
    make(tmp_path, {"LICENSE": "terms", "COPYING.LESSER": "terms", "LICENSES/MIT.txt": "terms",
                    "a.c": "// SPDX-License-Identifier: GPL-2.0-only OR MIT\nint x;", "license_check.py": "x = 1"})
    documents = {document.id: document for document in Reader([tmp_path])}
    assert {name for name, document in documents.items() if document.boilerplate} == {"LICENSE", "COPYING.LESSER", "LICENSES/MIT.txt"}
    assert documents["a.c"].licence == "GPL-2.0-only OR MIT"
    assert not is_licence_file(Path("licensing.py"))


def test_walk_takes_what_is_named(tmp_path: Path):
    make(tmp_path, {".gitignore": "*", "a.txt": ""})
    assert list(walk([tmp_path])) == []
    assert list(walk([tmp_path / "a.txt"])) == [tmp_path / "a.txt"]
