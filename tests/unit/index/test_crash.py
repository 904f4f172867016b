"""Whenever a writer is interrupted, what it leaves opens as the index before or the index after, never as a broken one."""

import errno
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from simfilter import Document, Filter, Index, build
from simfilter.errors import IndexNotFoundError
from simfilter.index import add, compact, remove, repair
from tests.unit.index.journal import CALLS, failing, files_of, recording

TEXTS = ("the quiet harbour kept its lamps alight for every boat that winter had not found",
         "a pilot slept in his boots beside a stove that muttered until the tide came round",
         "def moor(boat, berth):\n    berth.boats.append(boat)\n    return len(berth.boats) * boat.beam\n")


def document(number: int) -> Document:
    return Document(id=f"d{number}", text=f"{TEXTS[number % 3]} {number}", source=f"s{number % 2}",
                    language=(None, None, "python")[number % 3])


def several(path: Path) -> None:
    """An index of three segments and a removed document."""
    build([document(0), document(2)], path)
    add([document(3)], path)
    add([document(4)], path)
    remove(path, ids=["d0"])


CHANGES: dict[str, tuple[Callable[[Path], object], Callable[[Path], object]]] = {
    "first build": (lambda path: None, lambda path: build([document(0), document(1)], path)),
    "first build of shards": (lambda path: None, lambda path: build(map(document, range(5)), path, shards=3)),
    "build anew": (several, lambda path: build([document(5)], path)),
    "add": (several, lambda path: add([document(6)], path)),
    "add that merges": (lambda path: (several(path), add([document(7)], path), None)[2], lambda path: add([document(8)], path)),
    "replace": (several, lambda path: add([document(3)], path, replace=True)),
    "remove": (several, lambda path: remove(path, ids=["d2"])),
    "remove, written anew": (several, lambda path: remove(path, ids=["d3", "d2"])),
    "compact": (several, lambda path: compact(path)),
    "repair": (several, lambda path: repair(path)),
}


def held(path: Path) -> frozenset[str] | None:
    """The documents of an index every checksum of which agrees; None where there is none."""
    try:
        with Index.open(path) as index:
            assert index.lost == ()
            return frozenset(origin.document for origin in index.documents)
    except IndexNotFoundError:
        return None


def restore(files: dict[str, bytes], folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def recorded(name: str, tmp_path: Path):
    before, change = CHANGES[name]
    path = tmp_path / "index"
    path.mkdir(parents=True)
    before(path)
    old = held(path)
    with recording(path) as journal:
        change(path)
    assert journal._state(len(journal.calls)) == files_of(path), "the layer missed a call"
    return path, journal, old, held(path)


def test_every_crash_leaves_the_old_index_or_the_new(tmp_path: Path) -> None:
    points = 0
    for name in CHANGES:
        path, journal, old, new = recorded(name, tmp_path / name)
        assert old != new or name in ("compact", "repair", "replace")
        seen = set()
        for what, files in journal.crashes():
            points += 1
            key = tuple(sorted(files.items()))
            if key in seen:
                continue  # a state that was tried already
            seen.add(key)
            found = held(restore(files, tmp_path / "crashed"))
            # Changes are one publication, but for the merge behind an addition: it holds the same documents.
            assert found in (old, new), f"{name}: {what}: {found}"
        for _, files in journal.crashes(since=len(journal.calls)):
            assert files == files_of(path)  # what was done is not undone, what was erased does not come back
    assert points >= 1000


@pytest.mark.parametrize("name", ["first build", "add that merges", "compact"])
def test_the_next_writer_goes_on_from_any_crash(name: str, tmp_path: Path) -> None:
    _, journal, _, _ = recorded(name, tmp_path)
    for number, (_, files) in enumerate(journal.crashes()):
        if number % 7:
            continue
        path = restore(files, tmp_path / "crashed")
        known = held(path)
        (add if known is not None else build)([document(9)], path)
        assert held(path) == (known or frozenset()) | {"d9"}
        assert not [file for file in path.iterdir() if file.name.endswith(".tmp")]


@pytest.mark.parametrize("name", CHANGES)
def test_a_writer_killed_at_each_call(name: str, tmp_path: Path) -> None:
    """SIGKILL to a process of its own; the lock it held is gone with it."""
    path, journal, old, new = recorded(name, tmp_path)
    counts = {"open": 0, "write": 0, "fsync": 0, "replace": 0, "unlink": 0}
    for call in journal.calls:
        kind = {"create": "open", "rename": "replace"}.get(call[0], call[0])
        counts[kind] = counts.get(kind, 0) + 1
    for call, count in counts.items():
        for number in range(0, count, 1 if name == "add" else 4):
            restore(journal.before, path)
            child = os.fork()
            if child == 0:
                real = getattr(os, call)
                left = [number]

                def dying(*arguments, real=real, left=left, **options):
                    if left[0] == 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                    left[0] -= 1
                    return real(*arguments, **options)

                try:
                    setattr(os, call, dying)
                    CHANGES[name][1](path)
                finally:
                    os._exit(0)
            os.waitpid(child, 0)
            assert held(path) in (old, new)
            if held(path) is not None:
                add([document(9)], path)  # not locked


@pytest.mark.parametrize("name", ["first build", "add", "remove", "compact"])
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_is_told_and_loses_nothing(name: str, call: str, tmp_path: Path) -> None:
    path, journal, old, new = recorded(name, tmp_path)
    calls = sum(entry[0] == {"replace": "rename"}.get(call, call) for entry in journal.calls)
    assert calls
    for number in range(calls):
        restore(journal.before, path)
        with failing(call, number, OSError(errno.ENOSPC, "No space left on device")), pytest.raises(OSError, match="No space left"):
            CHANGES[name][1](path)
        assert held(path) in (old, new)
        assert not [file for file in path.iterdir() if file.name.endswith(".tmp")]


def test_a_read_only_disk_and_missing_rights(tmp_path: Path) -> None:
    path, _, old, _ = recorded("add", tmp_path)
    old = held(path)
    for number in (errno.EROFS, errno.EACCES, errno.EDQUOT):
        real = os.open

        def refusing(name, flags, *rest, real=real, number=number, **options):
            if flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
                raise OSError(number, os.strerror(number), str(name))
            return real(name, flags, *rest, **options)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "open", refusing)
            with pytest.raises(OSError, match=os.strerror(number)):
                add([document(9)], path)
            assert not Filter.open(path).check(TEXTS[0]).notes  # reading goes on
        assert held(path) == old
    assert set(CALLS) >= {"open", "write", "fsync", "replace", "unlink"}
