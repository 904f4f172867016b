"""Archives: everything in them is told where it stands, and hostile ones end in a reason."""

import bz2
import gzip
import io
import json
import lzma
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from simfilter.inputs import archive, pieces

TEXT = "A line of text.\n"


def zipped(files: dict[str, bytes | str], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out.getvalue()


def tarred(files: dict[str, bytes], pack=lambda data: data) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))
    return pack(out.getvalue())


def read(name: str, data: bytes, **options) -> dict[str, str]:
    """Text, or the reason in brackets, by shown path."""
    return {piece.path: f"[{piece.error}]" if piece.error else piece.text for piece in pieces(name, data=data, **options)}


@pytest.mark.parametrize(("name", "data"), [
    ("a.zip", zipped({"x/a.txt": TEXT, "b.py": "x = 1"})),
    ("a.whl", zipped({"x/a.txt": TEXT, "b.py": "x = 1"}, method=zipfile.ZIP_STORED)),
    *((f"a{suffix}", tarred({"x/a.txt": TEXT.encode(), "b.py": b"x = 1"}, pack)) for suffix, pack in (
        (".tar", bytes), (".tar.gz", gzip.compress), (".TGZ", gzip.compress), (".tar.bz2", bz2.compress), (".tar.xz", lzma.compress))),
])
def test_members_are_read(name: str, data: bytes, tmp_path: Path) -> None:
    assert read(name, data) == {f"{name}!/x/a.txt": TEXT, f"{name}!/b.py": "x = 1"}
    (tmp_path / name).write_bytes(data)
    found = list(pieces(str(tmp_path / name)))
    assert [(piece.archive, piece.language) for piece in found] == [(str(tmp_path / name), None), (str(tmp_path / name), "python")]


def test_archives_within_archives_and_other_inputs_are_opened() -> None:
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}], "metadata": {}})
    inner = tarred({"deep/n.ipynb": notebook.encode()}, gzip.compress)
    found = list(pieces("out.zip", data=zipped({"in.tar.gz": inner})))
    assert [(piece.path, piece.text, piece.archive) for piece in found] == [("out.zip!/in.tar.gz!/deep/n.ipynb", "x = 1", "out.zip")]


def test_what_is_excluded_is_passed_over() -> None:
    data = zipped({"a.txt": TEXT, "logo.png": b"\x89PNG\0"})
    assert read("a.zip", data, left_out=lambda name: name == "a.zip/logo.png") == {"a.zip!/a.txt": TEXT}
    assert read("a.zip", data)["a.zip!/logo.png"] == "[binary file]"


def test_names_are_never_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.txt").write_text("on disk")
    files = {"../../escape.txt": TEXT.encode(), "/etc/passwd": b"not the real one", "secret.txt": b"in the archive"}
    for name, data in (("a.zip", zipped(dict(files))), ("a.tar", tarred(files))):
        told = read(name, data)
        assert told[f"{name}!/secret.txt"] == "in the archive" and told[f"{name}!/../../escape.txt"] == TEXT
        assert "not the real one" in told.values()
    assert [path.name for path in tmp_path.iterdir()] == ["secret.txt"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("on disk")
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            entry = tarfile.TarInfo(f"link{kind!r}")
            entry.type, entry.linkname = kind, str(tmp_path / "secret.txt")
            file.addfile(entry)
    assert read("a.tar", out.getvalue()) == {}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(entry, str(tmp_path / "secret.txt"))
    assert read("a.zip", out.getvalue()) == {}


@pytest.fixture
def small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "UNPACKED", 1 << 20)
    monkeypatch.setattr(archive, "MEMBERS", 100)


ZEROS = bytes(4 << 20)


@pytest.mark.parametrize(("name", "data"), [
    ("bomb.zip", zipped({"a.txt": TEXT, "zeros": ZEROS})),
    ("bomb.tar.gz", tarred({"a.txt": TEXT.encode(), "zeros": ZEROS}, gzip.compress)),
    ("bomb.tar.xz", tarred({"a.txt": TEXT.encode(), "zeros": ZEROS}, lzma.compress)),
    ("bomb.zip", zipped({"a.txt": TEXT, "in.tar.bz2": tarred({"zeros": ZEROS}, bz2.compress)})),
    ("bomb.zip", zipped({"a.txt": TEXT, **{f"{number}.zip": zipped({"z": bytes(300_000)}) for number in range(9)}})),
    ("long.tar.gz", gzip.compress(tarfile.TarInfo("x" * (4 << 20)).tobuf(tarfile.PAX_FORMAT))),
])
def test_bombs_are_bounded_and_not_clean(name: str, data: bytes, small_budget: None) -> None:
    told = read(name, data)
    assert any("unpacks to more than 1048576 bytes" in text for text in told.values())
    assert "a.txt" not in str(data) or told[f"{name}!/a.txt"] == TEXT
    assert sum(map(len, told.values())) < 2 << 20


def test_sizes_that_lie_are_bounded(small_budget: None) -> None:
    data = bytearray(zipped({"zeros": ZEROS}))
    for at in (22, data.index(b"PK\1\2") + 24):  # the uncompressed size in both headers
        data[at : at + 4] = (10).to_bytes(4, "little")
    assert next(iter(read("a.zip", bytes(data)).values())).startswith("[")


def test_too_many_members_and_too_deep(small_budget: None) -> None:
    told = read("many.zip", zipped({f"{number}.txt": "x" for number in range(150)}))
    assert len(told) == 101 and "holds more than 100 files" in told["many.zip"]
    data = zipped({"a.txt": TEXT})
    for _ in range(5):
        data = zipped({"in.zip": data})
    assert "more than 3 deep" in next(iter(read("deep.zip", data).values()))


@pytest.mark.parametrize(("name", "data"), [
    ("a.zip", b""), ("a.zip", b"PK\3\4 nothing"), ("a.zip", zipped({"a.txt": TEXT * 99})[:-30]), ("a.tar", b"x" * 600),
    ("a.tar.gz", gzip.compress(b"y" * 2000)), ("a.tar.gz", tarred({"a.txt": TEXT.encode() * 99}, gzip.compress)[:-20]),
    ("a.tar.xz", b"\xfd7zXZ\0 nothing"), ("a.tar.bz2", b"BZh nothing"),
])
def test_damage_is_told(name: str, data: bytes) -> None:
    told = read(name, data)
    assert "damaged" in told[name], told


def test_a_damaged_and_an_encrypted_member_leave_the_others() -> None:
    data = bytearray(zipped({"bad.txt": b"first member " * 50, "good.txt": TEXT}, method=zipfile.ZIP_STORED))
    data[60] ^= 1
    told = read("a.zip", bytes(data))
    assert told["a.zip!/bad.txt"].startswith("[damaged") and told["a.zip!/good.txt"] == TEXT
    data = bytearray(zipped({"locked.txt": TEXT}))
    for at in (6, data.index(b"PK\1\2") + 8):
        data[at] |= 1
    assert read("a.zip", bytes(data)) == {"a.zip!/locked.txt": "[encrypted]"}
