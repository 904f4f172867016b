"""Files of many rows: JSON lines (plain, gzip, zstd) as bytes, Parquet as Arrow batches. The one door to pyarrow.

Knows files, not what stands in them. What is damaged raises InputError with the file's name; zstd and Parquet need the extra
``simfilter[parquet]``.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from simfilter.errors import InputError, MissingExtraError

JSON_LINES = tuple(kind + packing for kind in (".jsonl", ".ndjson") for packing in ("", ".gz", ".zst"))
PARQUET = ".parquet"
GZIP_LEVEL = 4
"""On English prose 6 takes twice the time for 2 % of the size."""


def is_json_lines(path: Path) -> bool:
    """Whether a file's name says that each of its lines is a record."""
    return path.name.lower().endswith(JSON_LINES)


def is_parquet(path: Path) -> bool:
    """Whether a file's name says that it is Parquet."""
    return path.name.lower().endswith(PARQUET)


def open_bytes(path: Path) -> BinaryIO:
    """What stands in a file, unpacked by its name (.gz, .zst), from the start. A damaged packing raises InputError on reading."""
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return cast(BinaryIO, io.BufferedReader(_Checked(gzip.open(path), path), 1 << 20))
    if suffix == ".zst":
        return cast(BinaryIO, io.BufferedReader(_Checked(_arrow("zstd").input_stream(str(path), compression="zstd"), path), 1 << 20))
    return path.open("rb")


@contextmanager
def create_bytes(path: Path, packing: str) -> Iterator[BinaryIO]:
    """A new file at ``path``, packed as the suffix ``packing`` says (".gz", ".zst", anything else is plain).

    Equal bytes make equal files: no time or name is stored.
    """
    if packing == ".gz":
        with path.open("wb") as raw, gzip.GzipFile("", "wb", GZIP_LEVEL, raw, 0) as file:
            yield cast(BinaryIO, file)
    elif packing == ".zst":
        with _arrow("zstd").CompressedOutputStream(str(path), "zstd") as file:
            yield cast(BinaryIO, file)
    else:
        with path.open("wb", 1 << 20) as file:
            yield file


class _Checked(io.RawIOBase):
    """A stream whose damage is told as InputError."""

    def __init__(self, inner: Any, path: Path) -> None:
        self._inner, self._path = inner, path

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            found = self._inner.read(len(buffer))
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise InputError(f"{self._path}: damaged gzip") from None
        except OSError as error:
            if error.errno is not None:
                raise
            raise InputError(f"{self._path}: damaged zstd") from None
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        self._inner.close()
        super().close()


class ParquetTable:
    """A Parquet file, read in batches of rows and written back in the same order, schema and compression.

    Raises MissingExtraError without pyarrow, InputError when the file is none.
    """

    def __init__(self, path: Path) -> None:
        from_parquet = _arrow("Parquet", "parquet")
        self.path = path
        try:
            self._file = from_parquet.ParquetFile(path)
        except _arrow("Parquet").ArrowException as error:
            raise InputError(f"{path}: not Parquet: {type(error).__name__}") from None
        self.schema = self._file.schema_arrow
        self.rows: int = self._file.metadata.num_rows

    def batches(self, rows: int, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """Record batches of at most so many rows, of all columns or those named. Raises InputError for damage."""
        try:
            yield from self._file.iter_batches(rows, columns=None if columns is None else list(columns))
        except (_arrow("Parquet").ArrowException, OSError) as error:
            raise InputError(f"{self.path}: damaged Parquet: {type(error).__name__}") from None

    def writer(self, path: Path, extra: Sequence[tuple[str, str]] = ()) -> Any:
        """A writer of batches for a file like this one with ``extra`` columns (name, Arrow type), through `with_column`."""
        metadata = self._file.metadata
        packed = metadata.row_group(0).column(0).compression.lower() if metadata.num_row_groups and metadata.num_columns else "snappy"
        return _writer(path, self.schema, extra, "none" if packed == "uncompressed" else packed)


class DatasetTable:
    """A Hugging Face `datasets.Dataset`, read in batches of rows and written as Parquet."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset
        self.schema = dataset.features.arrow_schema
        self.rows: int = dataset.num_rows

    def batches(self, rows: int, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """Record batches of at most so many rows, of all columns or those named."""
        chosen = self._dataset if columns is None else self._dataset.select_columns(list(columns))
        for table in chosen.with_format("arrow").iter(rows):
            yield one_batch(table)

    def writer(self, path: Path, extra: Sequence[tuple[str, str]] = ()) -> Any:
        """A writer of batches with ``extra`` columns (name, Arrow type), through `with_column`."""
        return _writer(path, self.schema, extra, "snappy")


def _writer(path: Path, schema: Any, extra: Sequence[tuple[str, str]], compression: str) -> Any:
    arrow = _arrow("Parquet")
    for name, kind in extra:
        schema = schema.append(arrow.field(name, arrow.type_for_alias(kind)))
    return _arrow("Parquet", "parquet").ParquetWriter(path, schema, compression=compression)


def select(batch: Any, rows: Sequence[int]) -> Any:
    """Those rows of a record batch."""
    return batch.take(_arrow("Parquet").array(rows, "int64"))


def with_column(batch: Any, name: str, values: Sequence[Any], kind: str | None = None) -> Any:
    """A record batch with a column replaced, or added at the end with the Arrow type ``kind``."""
    arrow = _arrow("Parquet")
    at = batch.schema.get_field_index(name)
    field = batch.schema.field(at) if at >= 0 else arrow.field(name, arrow.type_for_alias(kind))
    column = arrow.array(values, field.type)
    arrays, fields = list(batch.columns), list(batch.schema)
    if at >= 0:
        arrays[at] = column
    else:
        arrays.append(column)
        fields.append(field)
    return arrow.RecordBatch.from_arrays(arrays, schema=arrow.schema(fields, batch.schema.metadata))


def arrow_table(columns: dict[str, Any]) -> Any:
    """An Arrow table of numpy arrays."""
    return _arrow("Parquet").table(columns)


def one_batch(table: Any) -> Any:
    """The record batch of a small Arrow table."""
    combined = table.combine_chunks().to_batches()
    return combined[0] if combined else _arrow("Parquet").RecordBatch.from_pylist([], table.schema)


def _arrow(what: str, module: str | None = None) -> Any:
    from importlib import import_module

    try:
        return import_module(f"pyarrow.{module}" if module else "pyarrow")
    except ImportError:
        raise MissingExtraError(f"reading {what} needs pyarrow: pip install 'simfilter[parquet]'") from None
