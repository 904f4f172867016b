"""Containers and manifests: what is written comes back, any damage is an error, a crash leaves the old index or the new one."""

import errno
import os
import signal
import subprocess
import sys
import time
import weakref
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simfilter.errors import IndexDamagedError, IndexFormatError, IndexNotFoundError, ParameterError
from simfilter.index import container as module
from simfilter.index import manifest
from simfilter.index.container import Container, write_container

SECTIONS = {"numbers": np.arange(5, dtype=np.uint32), "empty": b"", "text": "é words".encode()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_container(tmp_path / "one.sfx", SECTIONS, parameters={"k": 4})
    return tmp_path / "one.sfx"


def test_what_is_written_comes_back(path: Path) -> None:
    with Container.open(path) as container:
        assert container.array("numbers", np.uint32).tolist() == [0, 1, 2, 3, 4]
        assert bytes(container.section("text")) == "é words".encode() and len(container.section("empty")) == 0
        assert container.parameters == {"k": 4}
        with pytest.raises(IndexFormatError, match="no section 'other'"):
            container.section("other")
        with pytest.raises(ValueError, match="read-only"):
            container.array("numbers", np.uint32)[0] = 1


def test_a_section_is_made_when_the_ones_before_are_let_go_of(tmp_path: Path) -> None:
    before: list[weakref.ref[np.ndarray]] = []

    def made(number: int) -> np.ndarray:
        assert all(each() is None for each in before)
        values = np.full(1 << 18, number)
        before.append(weakref.ref(values))
        return values

    sizes = write_container(tmp_path / "lazy.sfx", {f"s{number}": partial(made, number) for number in range(3)}, parameters={})
    assert sizes == {"s0": 1 << 21, "s1": 1 << 21, "s2": 1 << 21}
    with Container.open(tmp_path / "lazy.sfx") as container:
        assert [int(container.array(f"s{number}", np.int64)[-1]) for number in range(3)] == [0, 1, 2]


def test_every_truncation_is_an_error(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    for size in range(len(data)):
        (tmp_path / "cut.sfx").write_bytes(data[:size])
        with pytest.raises(IndexFormatError):
            Container.open(tmp_path / "cut.sfx")
    (tmp_path / "grown.sfx").write_bytes(data + b"\0")
    with pytest.raises(IndexDamagedError, match="behind its last section"):
        Container.open(tmp_path / "grown.sfx")


def test_every_flipped_bit_is_an_error(path: Path, tmp_path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(len(data)):
        for bit in range(8):
            data[at] ^= 1 << bit
            (tmp_path / "flipped.sfx").write_bytes(data)
            data[at] ^= 1 << bit
            with pytest.raises(IndexFormatError):
                Container.open(tmp_path / "flipped.sfx")


@given(st.binary(max_size=400))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_random_bytes_are_an_error(tmp_path: Path, data: bytes) -> None:
    for prefix in (b"", module.MAGIC, module.MAGIC + b"\1\0\0\0\4\3\2\1"):
        (tmp_path / "random.sfx").write_bytes(prefix + data)
        with pytest.raises(IndexFormatError):
            Container.open(tmp_path / "random.sfx")


@pytest.mark.parametrize(("field", "value"), [("count", 1 << 40), ("count", 0), ("file size", 1 << 62), ("offset", 64), ("size", 1 << 63)])
def test_hostile_numbers_with_right_checksums(path: Path, tmp_path: Path, field: str, value: int) -> None:
    data = bytearray(path.read_bytes())
    entry = module._HEADER_SIZE + module._ENTRY.size  # the second section's
    where = {"file size": 16, "count": 24, "offset": entry + 24, "size": entry + 32}[field]
    data[where : where + 8] = value.to_bytes(8, "little")
    count = int.from_bytes(data[24:32], "little")
    if count < 100:
        end = module._HEADER_SIZE + module._ENTRY.size * count
        table = xxhash.xxh3_64_intdigest(bytes(data[module._HEADER_SIZE : end]))
        data[module._HEADER.size - 8 : module._HEADER.size] = table.to_bytes(8, "little")
    header = bytes(data[: module._HEADER.size])
    data[module._HEADER.size : module._HEADER_SIZE] = xxhash.xxh3_64_intdigest(header).to_bytes(8, "little")
    (tmp_path / "hostile.sfx").write_bytes(data)
    with pytest.raises(IndexDamagedError):
        Container.open(tmp_path / "hostile.sfx")


def test_other_files_and_versions(path: Path, tmp_path: Path) -> None:
    with pytest.raises(IndexNotFoundError):
        Container.open(tmp_path / "nowhere")
    with pytest.raises(IndexFormatError, match="not a regular file"):
        Container.open(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(IndexFormatError, match="not a regular file"):
        Container.open(tmp_path / "pipe")
    (tmp_path / "text").write_text("just a text file, long enough to hold a header " * 4)
    with pytest.raises(IndexFormatError, match="not a simfilter index"):
        Container.open(tmp_path / "text")
    write_container(tmp_path / "new.sfx", SECTIONS, parameters={}, version=2)
    with pytest.raises(IndexFormatError, match="version 2; this simfilter reads version 1"):
        Container.open(tmp_path / "new.sfx")


@pytest.mark.parametrize("name", ["", "x" * 25, "a/b", "parameters", "é"])
def test_bad_section_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(ParameterError):
        write_container(tmp_path / "bad.sfx", {name: b""}, parameters={})
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def full(file: int, data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        write_container(path, SECTIONS, parameters={})
    monkeypatch.undo()
    assert path.read_bytes() == before and [file.name for file in path.parent.iterdir()] == ["one.sfx"]


def publish_one(folder: Path, value: int) -> str:
    folder.mkdir(exist_ok=True)
    name = manifest.new_name(folder)
    write_container(folder / name, {"value": np.array([value], np.uint32)}, parameters={})
    manifest.publish(folder, segments=[name], parameters={})
    return name


def test_publishing_replaces_and_readers_keep_what_they_have(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    first = publish_one(folder, 1)
    reader = Container.open(folder / first)
    second = publish_one(folder, 2)
    assert manifest.read(folder)["segments"] == [second] and manifest.read(folder)["generation"] == 2
    assert not (folder / first).exists()
    assert reader.array("value", np.uint32).tolist() == [1]


def test_a_folder_with_other_things_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(ParameterError, match="thesis.tex"):
        manifest.new_name(tmp_path)


def test_a_damaged_manifest_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    publish_one(folder, 1)
    file = folder / "MANIFEST.json"
    data = file.read_bytes()
    for size in range(0, len(data), 7):
        file.write_bytes(data[:size])
        with pytest.raises(IndexFormatError):
            manifest.read(folder)
    for at in range(len(data)):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(IndexFormatError):
            manifest.read(folder)
    for hostile in (b"[]", b"[" * 100_000, b'{"format": "simfilter index", "version": 1, "segments": ["../../etc/passwd"]}', b"\xff"):
        file.write_bytes(hostile)
        with pytest.raises(IndexFormatError):
            manifest.read(folder)
    file.write_bytes(data)
    next(folder.glob("*.sfx")).unlink()
    with pytest.raises(IndexDamagedError, match="missing"):
        manifest.following(folder, lambda stated: [manifest.check(folder / name, stated["files"][name]) for name in stated["segments"]])


WRITER = """
import sys
from simfilter import Document, build
while True:
    build([Document(id=str(n), text=f"words number {n} and more of them " * 2000, source="s") for n in range(20)], sys.argv[1])
    print("built", flush=True)
"""


def test_a_killed_writer_leaves_an_index_that_opens(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    for delay in (0.0, 0.01, 0.03, 0.06, 0.1):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3])
        assert process.stdout is not None and process.stdout.readline() == b"built\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with Container.open(folder / manifest.read(folder)["segments"][0]) as segment:
            assert len(segment.section("document.bounds")) == 8 * 21
    publish_one(folder, 1)
    assert sorted(file.name for file in folder.iterdir()) == ["MANIFEST.json", *manifest.read(folder)["segments"]]  # leftovers are gone
