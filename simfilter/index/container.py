"""Container: a file of an index, one a segment.

A container is named sections of bytes behind a checked header and table; docs/FORMATS.md defines every byte. It knows nothing of
what the sections mean. Writing goes to a hidden file beside the target, which is synced and takes the target's name last. Opening
maps the file read-only and accepts exactly what writing makes: sections lie in table order, each at the next multiple of 64, so that
overlaps and offsets beyond the file cannot even be stated, and every byte is under a checksum or must be zero.

Checksums find damage, not forgery. Whatever the bytes, opening ends in a `Container` or in IndexFormatError; only a file that is
made shorter while it is mapped can hurt (SIGBUS), which is why segments are replaced and never rewritten.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import re
import secrets
import stat
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import numpy as np
import xxhash
from numpy.typing import DTypeLike, NDArray

from simfilter.errors import IndexDamagedError, IndexFormatError, IndexNotFoundError, ParameterError

MAGIC = b"SIMFSEG\0"
VERSION = 1
BYTE_ORDER_MARK = 0x01020304
ALIGNMENT = 64
"""Of every section: a cache line, and a multiple of the size of every number stored."""
NAME_SIZE = 24
SECTIONS_LIMIT = 4096
PARAMETERS_LIMIT = 1 << 20
"""Bytes of parameters and count of sections are limited so that opening hostile bytes costs little."""
PARAMETERS = "parameters"
"""Name of the first section of every container."""

_HEADER = struct.Struct("<8sIIQQ16sQ")  # magic, version, mark, file size, count, parameters digest, table checksum; then its own
_ENTRY = struct.Struct("<24sQQQ")  # name, offset, size, checksum
_HEADER_SIZE = _HEADER.size + 8
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,24}", re.ASCII)
_PENDING_SIZE = 1 << 20
_WRITE_SIZE = 1 << 30  # Linux writes at most 0x7ffff000 bytes a call



def write_container(path: str | Path, sections: Mapping[str, Any], *, parameters: Mapping[str, Any], magic: bytes = MAGIC,
                    version: int = VERSION) -> dict[str, int]:
    """Write a container at ``path``, replacing what was there; returns the size in bytes of each section.

    A section is a C-contiguous buffer, an iterable of them when it should not stand in memory as a whole, or a function that gives either,
    called when the sections before are written and let go of. After any exception ``path`` is as it was. Raises ParameterError for what
    cannot be stored, and lets OSError through (a full disk, say).

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "one.sfx"
    >>> write_container(path, {"numbers": np.arange(3, dtype=np.uint32)}, parameters={"k": 8})
    {'numbers': 12}
    >>> with Container.open(path) as container:
    ...     container.array("numbers", np.uint32).tolist(), container.parameters
    ([0, 1, 2], {'k': 8})
    """
    path = Path(path)
    _need_little_endian()
    stored = canonical(parameters, "parameters")
    if len(stored) > PARAMETERS_LIMIT:
        raise ParameterError(f"parameters take {len(stored)} bytes, at most {PARAMETERS_LIMIT} can be stored")
    if len(sections) >= SECTIONS_LIMIT:
        raise ParameterError(f"{len(sections)} sections, at most {SECTIONS_LIMIT - 1} can be stored")
    for name in sections:
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name == PARAMETERS:
            raise ParameterError(f"section name {name!r}: need 1 to {NAME_SIZE} of A-Z a-z 0-9 _ . - and not {PARAMETERS!r}")
    if len(magic) != 8 or not 0 <= version < 1 << 32:
        raise ParameterError(f"need a magic of 8 bytes and a version of 32 bits, got {magic!r} and {version}")
    head_size = _HEADER_SIZE + _ENTRY.size * (len(sections) + 1)
    sizes: dict[str, int] = {}
    with replacing(path) as file:
        output = _Output(file)
        output.write(bytes(head_size))
        table = b""
        for name, content in ((PARAMETERS, stored), *sections.items()):
            output.write(bytes(-output.position % ALIGNMENT))
            offset, checksum = output.position, xxhash.xxh3_64()
            if callable(content):
                content = content()
            for piece in _pieces(name, content):
                checksum.update(piece)
                output.write(piece)
            del content
            piece = memoryview(b"")  # nor does this hold what was written
            sizes[name] = output.position - offset
            table += _ENTRY.pack(name.encode("ascii"), offset, sizes[name], checksum.intdigest())
        output.flush()
        header = _HEADER.pack(magic, version, BYTE_ORDER_MARK, output.position, len(sections) + 1,
                              xxhash.xxh3_128_digest(stored), xxhash.xxh3_64_intdigest(table))
        os.lseek(file, 0, os.SEEK_SET)
        write_all(file, memoryview(header + struct.pack("<Q", xxhash.xxh3_64_intdigest(header)) + table))
    del sizes[PARAMETERS]
    return sizes


class Container:
    """An opened container: sections as read-only views into the mapped file.

    Immutable and shared by all threads. A view keeps the map alive, also after `close`.
    """

    def __init__(self, path: Path, mapped: mmap.mmap, magic: bytes, version: int, verify: bool) -> None:
        self.path = path
        self._map = mapped
        self._bytes: memoryview | None = memoryview(mapped)
        self._entries = _table(path.name, self._bytes, magic, version)
        self.digest: str = xxhash.xxh3_128_hexdigest(self._bytes[: _HEADER_SIZE + _ENTRY.size * len(self._entries)])
        """Of header and table, and through the checksums there of every byte of the file."""
        self.parameters_digest: str = bytes(self._bytes[32:48]).hex()
        """What must agree before two things are compared."""
        self.parameters: dict[str, Any] = self._read_parameters()
        if verify:
            self._verify()

    @classmethod
    def open(cls, path: str | Path, *, verify: bool = True, magic: bytes = MAGIC, version: int = VERSION) -> Self:
        """Map the container at ``path``; with ``verify`` try the checksum of every section first, which reads the whole file.

        Raises IndexNotFoundError; IndexFormatError for another kind of file or another version; IndexDamagedError for a file that
        was cut, grew or changed. Header, table and parameters are checked either way.
        """
        path = Path(path)
        _need_little_endian()
        with opened(path) as (file, size):
            if size == 0:
                raise IndexDamagedError(f"{path.name} is empty")
            try:
                mapped = mmap.mmap(file, size, access=mmap.ACCESS_READ)
            except ValueError:
                raise IndexDamagedError(f"{path.name} became shorter while it was opened") from None
        return cls(path, mapped, magic, version, verify)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def section(self, name: str) -> memoryview:
        """The bytes of a section. Raises IndexFormatError when there is none of this name."""
        if self._bytes is None:
            raise ParameterError(f"{self.path.name} is closed")
        try:
            offset, size, _ = self._entries[name]
        except KeyError:
            raise IndexFormatError(f"{self.path.name} has no section {name!r}") from None
        return self._bytes[offset : offset + size]

    def array(self, name: str, dtype: DTypeLike) -> NDArray[Any]:
        """The numbers of a section, read-only. Raises IndexDamagedError when its size is no multiple of theirs."""
        kind = np.dtype(dtype)
        if kind.hasobject or kind.itemsize == 0 or kind.alignment > ALIGNMENT:
            raise ParameterError(f"need a dtype of numbers, got {kind}")
        view = self.section(name)
        if len(view) % kind.itemsize:
            raise IndexDamagedError(f"{self.path.name}: section {name!r} has {len(view)} bytes, no multiple of {kind.itemsize}")
        return np.frombuffer(view, kind)

    def scatter(self, names: Iterable[str]) -> None:
        """Tell the system that these sections are read here and there: of a file it does not hold yet it then reads what is asked for,
        where it would read 128 KiB around each place."""
        for name in names:
            offset, size, _ = self._entries[name]
            if size:
                begin = offset - offset % mmap.PAGESIZE
                self._map.madvise(mmap.MADV_RANDOM, begin, offset + size - begin)

    def sizes(self) -> dict[str, int]:
        """Size in bytes of each section, in file order."""
        return {name: size for name, (_, size, _) in self._entries.items() if name != PARAMETERS}

    def close(self) -> None:
        """Let go of the file. While views of sections are held, the map stays until the last of them is gone."""
        if self._bytes is not None:
            self._bytes.release()
            self._bytes = None
            with suppress(BufferError):
                self._map.close()

    def _read_parameters(self) -> dict[str, Any]:
        stored = self.section(PARAMETERS)
        if xxhash.xxh3_128_hexdigest(stored) != self.parameters_digest:
            raise IndexDamagedError(f"{self.path.name}: section {PARAMETERS!r} does not agree with its digest")
        return parse_object(bytes(stored), f"{self.path.name}: section {PARAMETERS!r}")

    def _verify(self) -> None:
        assert self._bytes is not None
        end = _HEADER_SIZE + _ENTRY.size * len(self._entries)
        for name, (offset, size, checksum) in self._entries.items():
            if any(self._bytes[end:offset]):
                raise IndexDamagedError(f"{self.path.name}: bytes before section {name!r} are not zero")
            end = offset + size
            if xxhash.xxh3_64_intdigest(self._bytes[offset:end]) != checksum:
                raise IndexDamagedError(f"{self.path.name}: section {name!r} does not agree with its checksum")


def _table(file: str, data: memoryview, magic: bytes, version: int) -> dict[str, tuple[int, int, int]]:
    """Offset, size and checksum of each section, once header and table are proven sound."""
    size = len(data)
    if bytes(data[:8]) != magic[:size]:
        raise IndexFormatError(f"{file} is not a simfilter index")
    if size < _HEADER_SIZE:
        raise IndexDamagedError(f"{file} is truncated: {size} bytes, its header takes {_HEADER_SIZE}")
    _, found, mark, file_size, count, _, table_checksum = _HEADER.unpack(data[: _HEADER.size])
    if mark == int.from_bytes(BYTE_ORDER_MARK.to_bytes(4, "little"), "big"):
        raise IndexFormatError(f"{file} was written by a big-endian machine; this simfilter reads little-endian files")
    if found != version:
        raise IndexFormatError(f"{file} has format version {found}; this simfilter reads version {version}")
    if xxhash.xxh3_64_intdigest(data[: _HEADER.size]) != int.from_bytes(data[_HEADER.size : _HEADER_SIZE], "little"):
        raise IndexDamagedError(f"{file}: the header does not agree with its checksum")
    if mark != BYTE_ORDER_MARK:
        raise IndexFormatError(f"{file} has byte order mark {mark:#010x}; this simfilter reads {BYTE_ORDER_MARK:#010x}")
    if not 1 <= count <= SECTIONS_LIMIT:
        raise IndexDamagedError(f"{file}: the header counts {count} sections; 1 to {SECTIONS_LIMIT} are possible")
    end = _HEADER_SIZE + _ENTRY.size * count
    if size < end:
        raise IndexDamagedError(f"{file} is truncated within the section table: {size} of {file_size} bytes")
    if xxhash.xxh3_64_intdigest(data[_HEADER_SIZE:end]) != table_checksum:
        raise IndexDamagedError(f"{file}: the section table does not agree with its checksum")
    entries: dict[str, tuple[int, int, int]] = {}
    for raw, offset, length, checksum in _ENTRY.iter_unpack(data[_HEADER_SIZE:end]):
        name = raw.rstrip(b"\0").decode("ascii", "replace")
        if not _NAME.fullmatch(name) or name in entries:
            raise IndexDamagedError(f"{file}: entry {len(entries)} of the section table has no name of its own")
        if offset != end + -end % ALIGNMENT or length > file_size - offset:
            raise IndexDamagedError(f"{file}: section {name!r} is not where it must be")
        if offset + length > size:
            raise IndexDamagedError(f"{file} is truncated within section {name!r}: {size} of {file_size} bytes")
        entries[name] = offset, length, checksum
        end = offset + length
    if end != file_size or next(iter(entries)) != PARAMETERS or entries[PARAMETERS][1] > PARAMETERS_LIMIT:
        raise IndexDamagedError(f"{file}: header and section table do not agree")
    if size != file_size:
        raise IndexDamagedError(f"{file} has {size - file_size} bytes behind its last section {name!r}")
    return entries


class _Output:
    """Appends to a file descriptor, small pieces together."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._pending = bytearray()
        self.position = 0

    def write(self, piece: bytes | memoryview) -> None:
        self.position += len(piece)
        if len(piece) < _PENDING_SIZE:
            self._pending += piece
            if len(self._pending) >= _PENDING_SIZE:
                self.flush()
        else:
            self.flush()
            write_all(self._file, memoryview(piece))

    def flush(self) -> None:
        pending, self._pending = self._pending, bytearray()
        write_all(self._file, memoryview(pending))


def write_all(file: int, piece: memoryview) -> None:
    while len(piece):
        piece = piece[os.write(file, piece[:_WRITE_SIZE]) :]


def _pieces(name: str, content: Any) -> Iterator[memoryview]:
    """The bytes of a section's content, buffer by buffer."""
    try:
        memoryview(content)
    except TypeError:
        parts: Iterable[Any] = content if isinstance(content, Iterable) and not isinstance(content, str) else (None,)
    else:
        parts = (content,)
    for part in parts:
        if isinstance(part, np.ndarray) and (part.dtype.byteorder == ">" or part.dtype.hasobject):
            raise ParameterError(f"section {name!r}: need little-endian numbers, got {part.dtype}")
        try:
            view = memoryview(part)
        except (TypeError, ValueError):
            raise ParameterError(f"section {name!r}: need buffers, got {type(part).__name__}") from None
        if not view.c_contiguous:
            raise ParameterError(f"section {name!r}: need C-contiguous buffers")
        if view.nbytes:
            flat: Any = np.frombuffer(part, np.uint8)
            yield memoryview(flat)


@contextmanager
def replacing(path: Path) -> Iterator[int]:
    """A descriptor whose bytes become the file ``path``, whole and synced, or vanish."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    file = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield file
        os.fsync(file)
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)
        raise
    finally:
        os.close(file)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    file = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


@contextmanager
def opened(path: Path) -> Iterator[tuple[int, int]]:
    """Descriptor and size of a regular file; opening never waits, whatever stands there."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise IndexNotFoundError(f"no simfilter index: {path} does not exist") from None
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise IndexFormatError(f"{path.name} is not a simfilter index: not a regular file")
        yield file, status.st_size
    finally:
        os.close(file)


def canonical(value: Mapping[str, Any], what: str) -> bytes:
    """JSON that is the same for equal values: sorted keys, no spaces, ASCII."""
    try:
        return json.dumps(dict(value), sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise ParameterError(f"{what} cannot be stored as JSON: {error}") from None


def parse_object(data: bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise IndexDamagedError(f"{what} is not JSON") from None
    if not isinstance(value, dict):
        raise IndexDamagedError(f"{what} is not a JSON object")
    return value


def _need_little_endian() -> None:
    if sys.byteorder != "little":
        raise IndexFormatError("containers are used as they are stored, little-endian; this machine is big-endian")
