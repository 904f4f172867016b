"""Rows in and out: JSON lines, Parquet, directories of text files, lists and Hugging Face datasets behind one role, `Source`.

A source is read twice, in the same order and the same batches: once for its texts, once to write what stays. Between the two it must not
change. Rows that cannot be read (not JSON, no text, not UTF-8) are no rows: they are handed over as `Malformed` and never get a number.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import orjson
from numpy.typing import NDArray

from simfilter import tables
from simfilter.corpus import Skipped, read_text, walk
from simfilter.errors import InputError, ParameterError
from simfilter.views.tokens import encode

BATCH_SIZE = 1 << 20
"""Bytes of a batch: tokens of it still lie in the cache when they are signed, and hundreds of documents share the cost of a call."""
BATCH_ROWS = 4096

Rows = NDArray[np.int64]
Edit = Callable[[int, str], Mapping[str, Any]]
"""(row in the source, its text) -> columns to set."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that is none: where, why, and as much of it as can be shown (bytes that are not UTF-8 are escaped)."""

    file: str
    line: int
    reason: str
    row: str


@dataclass(slots=True, eq=False)
class Batch:
    """Consecutive rows of a source: ``data`` holds their texts in UTF-8, row i from ``offsets[i]`` to ``offsets[i + 1]``.

    ``lines[i]`` is the line of the file, or number of the row in it, from 1; ``starts[i]``, ``ends[i]`` are bytes in a file of JSON lines.
    """

    data: bytes
    offsets: NDArray[np.uint64]
    lines: Rows
    starts: Rows
    ends: Rows
    columns: dict[str, list[Any]]
    malformed: list[Malformed] = field(default_factory=list)
    size: int = 0
    """Bytes of the file that it took, for progress."""

    def __len__(self) -> int:
        return len(self.lines)


class Source(Protocol):
    """Where rows come from and how what stays of them is written."""

    name: str
    """Under which it is written and named in the manifest."""

    @property
    def size(self) -> int:
        """Bytes to read, for progress."""
        ...

    @property
    def identity(self) -> list[Any]:
        """What must not change between two runs that are one."""
        ...

    def batches(self, text: str, columns: Sequence[str], skip: int = 0) -> Iterator[Batch]:
        """All batches but the first ``skip``; the same ones each time. Raises InputError for a missing column or a damaged file."""
        ...

    def write(self, target: Path, layout: Layout, keep: NDArray[np.bool_], edits: Mapping[int, Any] | None, edit: Edit, text: str) -> None:
        """Write rows with ``keep``; of those named in ``edits`` (None: of all) with the columns ``edit`` returns."""
        ...


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows of a source stand in it, as its batches said."""

    lines: Rows
    starts: Rows
    ends: Rows
    extra: tuple[tuple[str, str], ...] = ()
    """(name, Arrow type) of columns that ``edit`` adds."""


def _batch(texts: list[bytes], lines: list[int] | Rows, starts: list[int] | Rows, ends: list[int] | Rows, columns: dict[str, list[Any]],
           malformed: list[Malformed], size: int) -> Batch:
    offsets = np.zeros(len(texts) + 1, np.uint64)
    np.cumsum(list(map(len, texts)), out=offsets[1:])
    return Batch(b"".join(texts), offsets, np.array(lines, np.int64), np.array(starts, np.int64), np.array(ends, np.int64), columns,
                 malformed, size)


@dataclass(slots=True)
class _File:
    path: Path
    name: str

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    @property
    def identity(self) -> list[Any]:
        return [str(self.path), *_stamp(self.path)]


# ---- JSON lines ----


@dataclass(slots=True)
class JsonLines(_File):
    """A file of JSON objects, one a line. Lines that stay are copied byte for byte unless a column of theirs changes."""

    def batches(self, text: str, columns: Sequence[str], skip: int = 0) -> Iterator[Batch]:
        packed = self.path.suffix.lower() in (".gz", ".zst")
        ratio = 0.0 if packed else 1.0
        place, number = 0, 0
        with tables.open_bytes(self.path) as file:
            while chunk := file.read(BATCH_SIZE) + file.readline():
                size, lines = len(chunk), chunk.split(b"\n")
                del chunk
                if not lines[-1]:
                    lines.pop()
                if skip == 0:
                    batch = self._parse(lines, place, number, place + size, text, columns)
                    batch.size = int(size * ratio)
                    yield batch
                skip = max(0, skip - 1)
                place += size
                number += len(lines)

    def _parse(self, raw: list[bytes], place: int, number: int, stop: int, text: str, columns: Sequence[str]) -> Batch:
        """The rows of lines, all at once; line by line where one of them is none or odd."""
        try:
            rows = list(map(orjson.loads, raw))
            texts = [row[text].encode() for row in rows]
            found = {name: [row.get(name) for row in rows] for name in columns}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return self._parse_each(raw, place, number, stop, text, columns)
        sizes = np.fromiter(map(len, raw), np.int64, len(raw)) + 1
        ends = np.cumsum(sizes) + place
        return _batch(texts, np.arange(number + 1, number + 1 + len(raw)), ends - sizes, np.minimum(ends, stop), found, [], 0)

    def _parse_each(self, raw: list[bytes], place: int, number: int, stop: int, text: str, columns: Sequence[str]) -> Batch:
        texts: list[bytes] = []
        lines: list[int] = []
        starts: list[int] = []
        ends: list[int] = []
        found: dict[str, list[Any]] = {name: [] for name in columns}
        malformed: list[Malformed] = []
        loads = orjson.loads
        end = place
        for at, line in enumerate(raw, number + 1):
            start, end = end, end + len(line) + 1
            try:
                try:
                    row = loads(line)
                    data = row[text].encode()
                except orjson.JSONDecodeError:  # it refuses NaN, lone surrogates and numbers beyond 64 bits, which Python reads
                    row = json.loads(line)
                    data = encode(row[text])
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                if line.strip():
                    malformed.append(Malformed(self.name, at, _why(error, text), line.decode("utf-8", "backslashreplace")))
                continue
            texts.append(data)
            lines.append(at)
            starts.append(start)
            ends.append(min(end, stop))
            for name in columns:
                found[name].append(row.get(name))
        return _batch(texts, lines, starts, ends, found, malformed, 0)

    def write(self, target: Path, layout: Layout, keep: NDArray[np.bool_], edits: Mapping[int, Any] | None, edit: Edit, text: str) -> None:
        with tables.open_bytes(self.path) as file, tables.create_bytes(target, self.path.suffix.lower()) as out:
            place = 0
            for action, start, end, row in _stretches(layout, keep, edits):
                place = _skip(file, place, start)
                if action == "copy":
                    place = _copy(file, out, place, end)
                    continue
                line = file.read(end - start)
                place = end
                try:
                    record = orjson.loads(line)
                    record.update(edit(row, record[text]))
                    out.write(orjson.dumps(record) + b"\n")
                except (orjson.JSONDecodeError, orjson.JSONEncodeError):
                    record = json.loads(line)
                    record.update(edit(row, record[text]))
                    out.write(json.dumps(record).encode() + b"\n")


def _stretches(layout: Layout, keep: NDArray[np.bool_], edits: Mapping[int, Any] | None) -> Iterator[tuple[str, int, int, int]]:
    """("copy" or "edit", first byte, byte behind, row) of what is written, neighbours that are copied as one."""
    begin = stop = -1
    for row in np.flatnonzero(keep).tolist():
        start, end = int(layout.starts[row]), int(layout.ends[row])
        if edits is None or row in edits:
            if stop > begin:
                yield "copy", begin, stop, -1
            begin = stop = -1
            yield "edit", start, end, row
        elif start == stop:
            stop = end
        else:
            if stop > begin:
                yield "copy", begin, stop, -1
            begin, stop = start, end
    if stop > begin:
        yield "copy", begin, stop, -1


def _skip(file: BinaryIO, place: int, to: int) -> int:
    if to > place:
        file.seek(to - place, 1) if file.seekable() else _copy(file, None, place, to)
    return to


def _copy(file: BinaryIO, out: BinaryIO | None, place: int, to: int) -> int:
    data = b"\n"
    while place < to:
        data = file.read(min(1 << 20, to - place))
        if not data:
            raise InputError("a file became shorter while it was read")
        place += len(data)
        if out:
            out.write(data)
    if out and not data.endswith(b"\n"):
        out.write(b"\n")
    return to


def _why(error: Exception, text: str) -> str:
    if isinstance(error, KeyError):
        return f"no column {text!r}"
    if isinstance(error, AttributeError):
        return f"column {text!r} is not a string"
    if isinstance(error, TypeError):
        return "not a JSON object"
    return "not JSON"


# ---- Parquet and datasets ----


class _Arrow:
    """Rows of an Arrow table, written as Parquet; only the columns asked for are read the first time."""

    __slots__ = ()
    name: str

    @property
    def size(self) -> int:
        raise NotImplementedError

    def table(self) -> tables.ParquetTable | tables.DatasetTable:
        """The rows themselves."""
        raise NotImplementedError

    def batches(self, text: str, columns: Sequence[str], skip: int = 0) -> Iterator[Batch]:
        table = self.table()
        missing = [name for name in (text, *columns) if name not in table.schema.names]
        if missing:
            raise InputError(f"{self.name}: no column {missing[0]!r}; there are {', '.join(table.schema.names)}")
        done = 0
        for number, batch in enumerate(table.batches(BATCH_ROWS, [text, *columns])):
            if number >= skip:
                yield _arrow_batch(batch, done, self.name, text, columns, self.size * len(batch) // max(1, table.rows))
            done += len(batch)

    def write(self, target: Path, layout: Layout, keep: NDArray[np.bool_], edits: Mapping[int, Any] | None, edit: Edit, text: str) -> None:
        table = self.table()
        done = at = 0
        with table.writer(target, layout.extra) as writer:
            for batch in table.batches(BATCH_ROWS):
                stop = int(np.searchsorted(layout.lines, done + len(batch), "right"))
                rows = np.flatnonzero(keep[at:stop]) + at
                out = tables.select(batch, (layout.lines[rows] - 1 - done).tolist())
                if edits is None or layout.extra or any(row in edits for row in rows.tolist()):
                    texts = out.column(text).to_pylist()
                    changes = [edit(row, value) if edits is None or row in edits else {}
                               for row, value in zip(rows.tolist(), texts, strict=True)]
                    if any(text in change for change in changes):
                        out = tables.with_column(out, text, [change.get(text, value) for change, value in zip(changes, texts, strict=True)])
                    for name, kind in layout.extra:
                        out = tables.with_column(out, name, [change.get(name) for change in changes], kind)
                writer.write_batch(out)
                done, at = done + len(batch), stop


def _arrow_batch(batch: Any, done: int, name: str, text: str, columns: Sequence[str], size: int) -> Batch:
    texts: list[bytes] = []
    lines: list[int] = []
    malformed: list[Malformed] = []
    values = batch.column(batch.schema.get_field_index(text)).to_pylist()
    for number, value in enumerate(values, done + 1):
        if isinstance(value, str):
            texts.append(value.encode())
            lines.append(number)
        else:
            row = json.dumps(batch.slice(number - 1 - done, 1).to_pylist()[0], default=str)
            malformed.append(Malformed(name, number, f"column {text!r} is {'empty' if value is None else 'not a string'}", row))
    chosen = [line - 1 - done for line in lines]
    found = {}
    for column in columns:
        listed = batch.column(batch.schema.get_field_index(column)).to_pylist()
        found[column] = [listed[at] for at in chosen]
    return _batch(texts, lines, lines, lines, found, malformed, size)


@dataclass(slots=True)
class Parquet(_File, _Arrow):
    """A Parquet file."""

    def table(self) -> tables.ParquetTable:
        return tables.ParquetTable(self.path)


@dataclass(slots=True)
class Dataset(_Arrow):
    """A Hugging Face `datasets.Dataset`, written as a Parquet file; ``dataset.select(result.kept_rows)`` is the same in memory."""

    dataset: Any
    name: str = "dataset.parquet"

    @property
    def size(self) -> int:
        return int(self.dataset.data.nbytes)

    @property
    def identity(self) -> list[Any]:
        return [self.dataset._fingerprint]

    def table(self) -> tables.DatasetTable:
        return tables.DatasetTable(self.dataset)


# ---- texts and files of text ----


@dataclass(slots=True)
class Texts:
    """Texts in memory. They are not written: ``result.kept_rows`` are the numbers of those that stay."""

    texts: Sequence[str]
    name: str = "texts"

    @property
    def size(self) -> int:
        return sum(map(len, self.texts))

    @property
    def identity(self) -> list[Any]:
        return [len(self.texts)]

    def batches(self, text: str, columns: Sequence[str], skip: int = 0) -> Iterator[Batch]:
        if columns:
            raise ParameterError(f"texts have no columns: {', '.join(columns)}")
        at = 0
        while at < len(self.texts):
            chunk: list[bytes] = []
            size = 0
            while at + len(chunk) < len(self.texts) and size < BATCH_SIZE and len(chunk) < BATCH_ROWS:
                chunk.append(encode(self.texts[at + len(chunk)]))
                size += len(chunk[-1])
            lines = list(range(at + 1, at + len(chunk) + 1))
            at += len(chunk)
            if skip == 0:
                yield _batch(chunk, lines, lines, lines, {}, [], size)
            skip = max(0, skip - 1)

    def write(self, target: Path, layout: Layout, keep: NDArray[np.bool_], edits: Mapping[int, Any] | None, edit: Edit, text: str) -> None:
        raise ParameterError("texts in memory are not written: take those at result.kept_rows")


@dataclass(slots=True)
class Files:
    """A directory of text files, a row each; what .gitignore names is left out. Written as a directory of the files that stay."""

    root: Path
    name: str

    def paths(self, skipped: list[Skipped] | None = None) -> list[Path]:
        return [path for path in walk([self.root], skipped=skipped) if not tables.is_json_lines(path) and not tables.is_parquet(path)]

    @property
    def size(self) -> int:
        return sum(path.stat().st_size for path in self.paths())

    @property
    def identity(self) -> list[Any]:
        return [str(self.root), *((str(path), *_stamp(path)) for path in self.paths())]

    def labels(self) -> list[str]:
        """The file of each row, malformed ones included: row ``line`` is at ``line - 1``."""
        return [self._inner(path) for path in self.paths()]

    def _inner(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path != self.root else path.name

    def batches(self, text: str, columns: Sequence[str], skip: int = 0) -> Iterator[Batch]:
        skipped: list[Skipped] = []
        texts: list[bytes] = []
        lines: list[int] = []
        found: dict[str, list[Any]] = {name: [] for name in columns}
        malformed: list[Malformed] = []
        size = 0
        for number, path in enumerate(self.paths(skipped), 1):
            malformed += [Malformed(self.name, 0, item.reason, item.path) for item in skipped]
            skipped.clear()
            try:
                texts.append(encode(read_text(path)))
            except (InputError, OSError) as error:
                malformed.append(Malformed(self.name, number, str(error), self._inner(path)))
                continue
            lines.append(number)
            for name in columns:
                found[name].append({"path": self._inner(path), "extension": path.suffix, "folder": path.parent.name}.get(name))
            size += len(texts[-1])
            if size >= BATCH_SIZE or len(texts) >= BATCH_ROWS:
                if skip == 0:
                    yield _batch(texts, lines, lines, lines, found, malformed, size)
                skip = max(0, skip - 1)
                texts, lines, found, malformed, size = [], [], {name: [] for name in columns}, [], 0
        if (lines or malformed) and skip == 0:
            yield _batch(texts, lines, lines, lines, found, malformed, size)

    def write(self, target: Path, layout: Layout, keep: NDArray[np.bool_], edits: Mapping[int, Any] | None, edit: Edit, text: str) -> None:
        paths = self.paths()
        for row in np.flatnonzero(keep).tolist():
            path = paths[int(layout.lines[row]) - 1]
            copy = target / self._inner(path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            changed = edit(row, read_text(path)).get(text) if edits is None or row in edits else None
            if changed is None:
                shutil.copyfile(path, copy)
            else:
                copy.write_bytes(encode(changed))


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


# ---- choosing ----


def open_sources(given: Any) -> list[Source]:
    """The sources of paths (files, directories), a `datasets.Dataset` or dict of its splits, or sources themselves.

    FileNotFoundError for what is not there.
    """
    if isinstance(given, Mapping):
        return [Dataset(dataset, f"{split}.parquet") for split, dataset in given.items()]
    if hasattr(given, "select_columns"):
        if not hasattr(given, "select"):
            raise ParameterError("a streamed dataset cannot be read twice: write it to Parquet and give that")
        return [Dataset(given)]
    if isinstance(given, (str, Path)) or hasattr(given, "batches"):
        given = [given]
    sources: list[Source] = []
    for item in given:
        if hasattr(item, "batches"):
            sources.append(item)
            continue
        root = Path(item)
        if not root.exists():
            raise FileNotFoundError(f"no such file or directory: {root}")
        if root.is_file():
            sources.append(_of_file(root, root.name))
            continue
        label = root.name or root.resolve().name
        files = Files(root, label)
        if files.paths():
            sources.append(files)
        sources += [_of_file(path, f"{label}/{path.relative_to(root).as_posix()}") for path in walk([root])
                    if tables.is_json_lines(path) or tables.is_parquet(path)]
    names = [source.name for source in sources]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"two inputs would be written as {twice[0]!r}")
    return sources


def _of_file(path: Path, name: str) -> Source:
    if tables.is_parquet(path):
        return Parquet(path, name)
    if tables.is_json_lines(path):
        return JsonLines(path, name)
    return Files(path, name)

