"""A file layer that remembers: what a writer asked of the disk, and every state a crash may leave of it.

Calls of `os` on one directory are recorded as they are carried out. A crash after the n-th leaves, at the choice of the machine, any of
the bytes that were not synced, and the changes of the directory that were not synced up to any one of them.
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

    def crashes(self) -> Iterator[tuple[str, Files]]:
        """Every state a crash may leave: after each call, as `kill -9` and as a power cut leave it; before each write, torn ones."""
        for count in range(len(self.calls) + 1):
            yield f"killed after {count}", self._state(count)
            yield f"power cut after {count}, nothing unsynced kept", self._state(count, data="synced", names=0)
            yield f"power cut after {count}, only names kept", self._state(count, data="synced")
            yield f"power cut after {count}, unsynced bytes zero", self._state(count, data="zero")
            for kept in range(1, self._unsynced_names(count)):
                yield f"power cut after {count}, {kept} unsynced names kept", self._state(count, names=kept)
            if count < len(self.calls) and self.calls[count][0] == "write":
                size = len(self.calls[count][3])
                for part in sorted({1, 64, size // 3, size // 2, size - 1} & set(range(1, size))):
                    yield f"killed within write {count}, {part} of {size} bytes", self._state(count, torn=part)

    def _unsynced_names(self, count: int) -> int:
        calls = self.calls[:count]
        last = max((at for at, call in enumerate(calls) if call == ("fsync", None)), default=-1)
        return sum(call[0] in ("create", "rename", "unlink") for call in calls[last + 1 :])

    def _state(self, count: int, *, data: str = "all", names: int | None = None, torn: int = 0) -> Files:
        """Files after ``count`` calls; of names changed and not synced since only the first ``names``."""
        content: dict[object, bytearray] = {("before", name): bytearray(value) for name, value in self.before.items()}
        synced = {key: bytes(value) for key, value in content.items()}
        folder: dict[str, object] = {name: ("before", name) for name in self.before}
        pending = 0
        unsynced = self._unsynced_names(count)
        changes = sum(call[0] in ("create", "rename", "unlink") for call in self.calls[:count])
        for call in self.calls[:count] + ([self._torn(self.calls[count], torn)] if torn else []):
            if call[0] in ("create", "rename", "unlink"):
                pending += 1
                if call[0] == "create":
                    content[call[2]], synced[call[2]] = bytearray(), b""
                if names is not None and pending > changes - unsynced + names:
                    continue
                if call[0] == "create":
                    folder[call[1]] = call[2]
                elif call[0] == "rename":
                    folder[call[2]] = folder.pop(call[1])
                else:
                    folder.pop(call[1], None)
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
