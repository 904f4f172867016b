"""Zip and tar archives, read in memory within bounds.

A member's name is only shown, never used as a path. What an archive may unpack to is bounded for the outermost one and everything in it
together, whatever sizes it claims.
"""

from __future__ import annotations

import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from simfilter.errors import InputError
from simfilter.inputs.piece import TAR, ZIP

UNPACKED = 512 << 20
"""Bytes an archive and all in it may unpack to."""
MEMBERS = 100_000
DEPTH = 3
"""Archives within archives."""

_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError,
           NotImplementedError, RuntimeError, OverflowError, MemoryError)


@dataclass(slots=True)
class Budget:
    """What may still be unpacked; shared by an archive and those within it."""

    depth: int = DEPTH
    left: list[int] = None  # type: ignore[assignment]  # bytes, members

    def __post_init__(self) -> None:
        self.left = self.left or [UNPACKED, MEMBERS]

    def deeper(self) -> Budget:
        """For an archive within this one. Raises InputError when there are too many."""
        if not self.depth:
            raise InputError(f"archives within archives, more than {DEPTH} deep")
        return Budget(self.depth - 1, self.left)

    def take(self, size: int, members: int = 0) -> None:
        """Raises InputError when the budget is spent."""
        self.left[0] -= size
        self.left[1] -= members
        if self.left[0] < 0:
            raise InputError(f"unpacks to more than {UNPACKED} bytes; the rest was not looked at")
        if self.left[1] < 0:
            raise InputError(f"holds more than {MEMBERS} files; the rest was not looked at")


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive, or why it cannot be read."""

    name: str
    data: bytes = b""
    error: str | None = None


def members(name: str, content: bytes | Path, budget: Budget) -> Iterator[Member]:
    """The files of an archive, folders and links left out. Raises InputError for damage and when the budget is spent."""
    inner = _zipped if name.lower().endswith(ZIP) else _tarred
    try:
        yield from inner(name, content, budget)
    except InputError:
        raise
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InputError(f"damaged archive: {type(error).__name__}") from None


def _zipped(name: str, content: bytes | Path, budget: Budget) -> Iterator[Member]:
    with zipfile.ZipFile(io.BytesIO(content) if isinstance(content, bytes) else content) as archive:
        for entry in archive.infolist():
            budget.take(0, members=1)
            if entry.is_dir() or stat.S_ISLNK(entry.external_attr >> 16):
                continue
            if entry.flag_bits & 1:
                yield Member(entry.filename, error="encrypted")
                continue
            try:
                with archive.open(entry) as file:
                    data = file.read(budget.left[0] + 1)
            except _DAMAGE as error:
                yield Member(entry.filename, error=f"damaged: {type(error).__name__}")
                continue
            budget.take(len(data))
            yield Member(entry.filename, data)


def _tarred(name: str, content: bytes | Path, budget: Budget) -> Iterator[Member]:
    suffix = max((ending for ending in TAR if name.lower().endswith(ending)), key=len)
    with ExitStack() as stack:
        raw = stack.enter_context(io.BytesIO(content) if isinstance(content, bytes) else content.open("rb"))
        unpacked: Any = stack.enter_context(import_module(TAR[suffix]).open(raw)) if TAR[suffix] else raw
        bounded: Any = _Bounded(unpacked, budget)
        with tarfile.open(fileobj=bounded, mode="r|") as archive:
            for entry in archive:
                budget.take(0, members=1)
                if entry.isfile() and (file := archive.extractfile(entry)) is not None:
                    if entry.issparse():
                        yield Member(entry.name, error="sparse file")
                    else:
                        yield Member(entry.name, file.read())


class _Bounded:
    """A stream that takes what is read from it out of a budget: headers and skipped members count too."""

    def __init__(self, inner: Any, budget: Budget) -> None:
        self._inner, self._budget = inner, budget

    def read(self, size: int) -> bytes:
        data: bytes = self._inner.read(min(size, self._budget.left[0] + 1))
        self._budget.take(len(data))
        return data
