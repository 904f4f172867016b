"""A file layer that remembers: what a writer asked of the disk, and every state a crash may leave of it.

Calls of `os` on one directory are recorded as they are carried out. A crash after the n-th leaves, at the choice of the machine, all or
none of the bytes that were not synced, or zeros, and of the changes of the directory that were not synced all, none, those up to any one,
or all but one.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

Files = dict[str, bytes]
CALLS = ("open", "write", "fsync", "replace", "rename", "unlink")


@dataclass
class Journal:
    """``before``, the files as they were; ``calls``, each (name, arguments) that changed anything, by file number."""

    before: Files
    calls: list[tuple] = field(default_factory=list)

    def crashes(self, since: int = 0) -> Iterator[tuple[str, Files]]:
        """Every state a crash may leave: after each call, as `kill -9` and as a power cut leave it; before each write, torn ones."""
        for count in range(since, len(self.calls) + 1):
            yield f"killed after {count}", self._state(count)
            yield f"power cut after {count}, only names kept", self._state(count, data="synced")
            yield f"power cut after {count}, unsynced bytes zero", self._state(count, data="zero")
            names = self._unsynced_names(count)
            for lost in {*(names[kept:] for kept in range(len(names))), *((name,) for name in names)}:
                yield f"power cut after {count}, names {lost} lost", self._state(count, lost=lost)
            yield f"power cut after {count}, nothing unsynced kept", self._state(count, data="synced", lost=names)
            if count < len(self.calls) and self.calls[count][0] == "write":
                size = len(self.calls[count][3])
                for part in sorted({1, 64, size // 3, size // 2, size - 1} & set(range(1, size))):
                    yield f"killed within write {count}, {part} of {size} bytes", self._state(count, torn=part)

    def _unsynced_names(self, count: int) -> tuple[int, ...]:
        """The calls that changed names the directory was not synced after."""
        synced = max((at for at, call in enumerate(self.calls[:count]) if call == ("fsync", None)), default=-1)
        return tuple(at for at in range(synced + 1, count) if self.calls[at][0] in ("create", "rename", "unlink"))

    def _state(self, count: int, *, data: str = "all", lost: tuple[int, ...] = (), torn: int = 0) -> Files:
        """Files after ``count`` calls, without the changes of names ``lost``; of the next, a write, only ``torn`` bytes."""
        content: dict[object, bytearray] = {("before", name): bytearray(value) for name, value in self.before.items()}
        synced = {key: bytes(value) for key, value in content.items()}
        folder: dict[str, object] = {name: ("before", name) for name in self.before}
        seen = dict(folder)  # as the writer sees it
        for at, call in enumerate(self.calls[:count] + ([self._torn(self.calls[count], torn)] if torn else [])):
            if call[0] in ("create", "rename", "unlink"):
                if call[0] == "create":
                    content[call[2]], synced[call[2]] = bytearray(), b""
                file = call[2] if call[0] == "create" else seen[call[1]]
                for names in (seen,) if at in lost else (seen, folder):
                    if call[0] != "create":
                        names.pop(call[1], None)
                    if call[0] != "unlink":
                        names[call[1] if call[0] == "create" else call[2]] = file
            elif call[0] == "write":
                _, number, at, piece = call
                content[number][at : at + len(piece)] = piece
            elif call[1] is not None:
                synced[call[1]] = bytes(content[call[1]])
        if data == "synced":
            return {name: synced[key] for name, key in folder.items()}
        if data == "zero":
            return {name: synced[key] + bytes(len(content[key]) - len(synced[key])) if bytes(content[key]) != synced[key] else synced[key]
                    for name, key in folder.items()}
        return {name: bytes(content[key]) for name, key in folder.items()}

    @staticmethod
    def _torn(call: tuple, part: int) -> tuple:
        return (*call[:3], call[3][:part])


def files_of(folder: Path) -> Files:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


@contextmanager
def recording(folder: Path) -> Iterator[Journal]:
    """Record what is asked of ``folder`` meanwhile."""
    journal = Journal(files_of(folder))
    open_files: dict[int, object] = {}
    real = {name: getattr(os, name) for name in CALLS}

    def inside(path: object) -> bool:
        return isinstance(path, str | Path) and Path(path).parent == folder

    def opening(path, flags, *rest, **options):
        created = inside(path) and flags & os.O_CREAT and not Path(path).exists()
        file = real["open"](path, flags, *rest, **options)
        open_files.pop(file, None)
        if created:
            open_files[file] = number = len(journal.calls)
            journal.calls.append(("create", Path(path).name, number))
        elif Path(path) == folder:
            open_files[file] = None
        return file

    def writing(file, data):
        if file in open_files:
            at = os.lseek(file, 0, os.SEEK_CUR)
            journal.calls.append(("write", open_files[file], at, bytes(data)))
        return real["write"](file, data)

    def syncing(file):
        if file in open_files:
            journal.calls.append(("fsync", open_files[file]))
        return real["fsync"](file)

    def renaming(source, target, **options):
        if inside(source):
            journal.calls.append(("rename", Path(source).name, Path(target).name))
        return real["replace"](source, target, **options)

    def unlinking(path, **options):
        if inside(path):
            journal.calls.append(("unlink", Path(path).name))
        return real["unlink"](path, **options)

    with ExitStack() as stack:
        for name, layer in zip(CALLS, (opening, writing, syncing, renaming, renaming, unlinking), strict=True):
            stack.enter_context(mock.patch.object(os, name, layer))
        yield journal


@contextmanager
def failing(call: str, number: int, error: BaseException) -> Iterator[list[int]]:
    """The ``number``-th call of ``os``'s function, from 0, raises; yields how many there were, a list of one."""
    count = [0]
    real = getattr(os, call)

    def layer(*arguments, **options):
        count[0] += 1
        if count[0] == number + 1:
            raise error
        return real(*arguments, **options)

    with mock.patch.object(os, call, layer):
        yield count
