"""The protected corpus: documents with their provenance, from files, directories, JSONL and Parquet.

What cannot be read is reported, never passed over in silence: `Reader.skipped` says which file and why.
"""

from __future__ import annotations

import codecs
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simfilter.errors import InputError
from simfilter.tables import ParquetTable, is_json_lines, is_parquet, open_bytes

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

LARGEST_FILE = 256 << 20
"""Bytes of a single text file that are still read as one document."""

_LICENCE_FILE = re.compile(r"(UN)?LICEN[CS]E|COPYING|NOTICE|COPYRIGHT", re.IGNORECASE)
_SPDX = re.compile(r"SPDX-License-Identifier:\s*([\w.+() -]*[\w.+)])")
_MARKS = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
          codecs.BOM_UTF8: "utf-8-sig"}
"""Encodings by byte order mark, the longer marks first."""


@dataclass(frozen=True, slots=True)
class Document:
    """One protected text and where it comes from.

    ``language`` is that of code, None for prose. A ``boilerplate`` document is a text anybody may repeat (a licence file): it is not
    protected, and what stands in it never counts.

    >>> Document(id="poem", text="The quiet harbour ...", source="Harbour Songs", licence="CC-BY-4.0").tags
    ()
    """

    id: str
    text: str
    source: str
    licence: str | None = None
    url: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    boilerplate: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not read, and why."""

    path: str
    reason: str


def _no_language(path: str) -> str | None:
    return None


@dataclass(slots=True)
class Reader:
    """All documents of files, directories (what .gitignore names is left out) and record files (JSONL, JSONL.gz, JSONL.zst, Parquet).

    Files become documents with their path as id; ``source`` is the name of the file or directory given, unless stated. In records the
    columns are ``id``, ``source``, ``licence`` (or ``license``), ``url``, ``language``, ``tags`` and ``text_column``.
    ``language_of_path`` tells the language of a file. While iterating, ``skipped`` grows. Raises InputError for a malformed record or two
    equal ids, FileNotFoundError for a source that is not there.
    """

    sources: Sequence[str | Path]
    licence: str | None = None
    source: str | None = None
    text_column: str = "text"
    tags: tuple[str, ...] = ()
    language_of_path: Callable[[str], str | None] = _no_language
    skipped: list[Skipped] = field(default_factory=list)

    def __iter__(self) -> Iterator[Document]:
        seen: set[str] = set()
        for document in self._documents():
            if document.id in seen:
                raise InputError(f"two documents have the id {document.id!r}")
            seen.add(document.id)
            yield document

    def _documents(self) -> Iterator[Document]:
        roots = [Path(source) for source in self.sources]
        names = [_name(root) for root in roots]
        for root, name in zip(roots, names, strict=True):
            if not root.exists():
                raise FileNotFoundError(f"no such file or directory: {root}")
            # One root is left out of the ids; of several, each keeps its name, and its path where names are equal.
            label = "" if len(roots) == 1 else name if names.count(name) == 1 else root.as_posix()
            for path in walk([root], skipped=self.skipped):
                inner = path.relative_to(root).as_posix() if path != root else path.name
                identifier = f"{label}/{inner}" if label and path != root else inner if len(roots) == 1 else label
                yield from self._file(path, identifier, name)

    def _file(self, path: Path, identifier: str, name: str) -> Iterator[Document]:
        defaults = Document(id=identifier, text="", source=self.source or name, licence=self.licence, tags=self.tags)
        if is_record_file(path):
            rows = _parquet(path) if is_parquet(path) else _jsonl(path)
            for number, row in rows:
                yield self._record(row, replace(defaults, id=f"{identifier}:{number}"), f"{path}:{number}")
            return
        try:
            text = read_text(path)
        except (InputError, OSError) as error:
            self.skipped.append(Skipped(str(path), error.strerror or str(error) if isinstance(error, OSError) else str(error)))
            return
        spdx = _SPDX.search(text, 0, 4096)
        yield replace(defaults, text=text, licence=self.licence or (spdx[1] if spdx else None),
                      language=self.language_of_path(path.name), boilerplate=is_licence_file(path))

    def _record(self, row: Mapping[str, Any], defaults: Document, where: str) -> Document:
        text = row.get(self.text_column)
        if not isinstance(text, str):
            raise InputError(f"{where}: column {self.text_column!r} is {'not a string' if self.text_column in row else 'missing'}")
        tags = row.get("tags") or ()
        tags = tuple(tags.split(",")) if isinstance(tags, str) else tuple(map(str, tags))

        def column(*names: str) -> str | None:
            return next((str(row[name]) for name in names if row.get(name) is not None), None)

        return replace(defaults, id=column("id") or defaults.id, text=text, source=column("source") or defaults.source,
                       licence=column("licence", "license") or defaults.licence, url=column("url"), language=column("language"),
                       tags=tags + defaults.tags)


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or UTF-16 or UTF-32 with a byte order mark. Line ends stay as they are.

    Raises InputError for a binary file, another encoding or a file over `LARGEST_FILE` bytes; OSError when it cannot be read.
    """
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise InputError(f"too large: {size} of {LARGEST_FILE} bytes")
    data = path.read_bytes()
    encoding = next((encoding for mark, encoding in _MARKS.items() if data.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in data[:8192]:
        raise InputError("binary file")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"not {encoding.removesuffix('-sig').upper()}: byte {error.start}") from None


def is_record_file(path: Path) -> bool:
    """Whether a file's name says that it holds many documents."""
    return is_json_lines(path) or is_parquet(path)


def is_licence_file(path: Path) -> bool:
    """Whether a file holds a licence rather than protected content, by its name or REUSE's LICENSES folder."""
    if path.parent.name == "LICENSES":
        return True
    named = _LICENCE_FILE.match(path.name) is not None  # LICENSE, LICENSE-MIT, COPYING.LESSER; not license_check.py
    return named and (path.suffix.isupper() or path.suffix.lower() in ("", ".txt", ".md", ".rst"))


def walk(paths: Iterable[str | Path], *, skipped: list[Skipped] | None = None) -> Iterator[Path]:
    """All files at or below ``paths``, sorted: hidden ones, version control and what .gitignore names are left out, links not followed.

    A path given itself is always taken.
    """
    for given in paths:
        root = Path(given)
        if root.is_dir():
            yield from _walk(root, root, [], skipped if skipped is not None else [])
        else:
            yield root


def _walk(folder: Path, root: Path, specs: list[tuple[Path, GitIgnoreSpec]], skipped: list[Skipped]) -> Iterator[Path]:
    specs = [*specs, *_gitignore(folder)]
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        skipped.append(Skipped(str(folder), error.strerror or "cannot be read"))
        return
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith(".") or entry.is_symlink():
            continue
        is_folder = entry.is_dir(follow_symlinks=False)
        if _ignored(path, is_folder, specs):
            continue
        if is_folder:
            yield from _walk(path, root, specs, skipped)
        elif entry.is_file(follow_symlinks=False):
            yield path


def excluded(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path is named by one of ``patterns``, written as in .gitignore."""
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(patterns)
    return lambda path: spec.match_file(Path(path).as_posix().lstrip("/"))


def _ignored(path: Path, is_folder: bool, specs: list[tuple[Path, GitIgnoreSpec]]) -> bool:
    """Whether git would ignore the path: the deepest .gitignore that says anything decides."""
    for base, spec in reversed(specs):
        said = spec.check_file(path.relative_to(base).as_posix() + "/" * is_folder).include
        if said is not None:
            return said
    return False


def _gitignore(folder: Path) -> list[tuple[Path, GitIgnoreSpec]]:
    file = folder / ".gitignore"
    if not file.is_file():
        return []
    from pathspec import GitIgnoreSpec

    return [(folder, GitIgnoreSpec.from_lines(file.read_text("utf-8", "replace").splitlines()))]


def _name(root: Path) -> str:
    return root.name or root.resolve().name


def _jsonl(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    number = 0
    with open_bytes(path) as file:
        try:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise InputError(f"{path}:{number}: not a JSON object")
                yield number, row
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise InputError(f"{path}:{number}: not JSON") from None


def _parquet(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    number = 0
    for batch in ParquetTable(path).batches(1 << 14):
        for row in batch.to_pylist():
            number += 1
            yield number, row
