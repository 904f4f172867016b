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
from simfilter.licence import licence_of, licence_of_file
from simfilter.tables import ParquetTable, is_json_lines, is_parquet, open_bytes

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

LARGEST_FILE = 256 << 20
"""Bytes of a single text file that are still read as one document."""

_LICENCE_FILE = re.compile(r"(UN)?LICEN[CS]E|COPYING|NOTICE|COPYRIGHT", re.IGNORECASE)
_TERMS = re.compile(r"(UN)?LICEN[CS]E|COPYING", re.IGNORECASE)
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
    ``language_of_path`` tells the language of a file. A file's licence is ``licence``, else what its first comments state, else that of
    the licence files in the nearest folder above it, up to the directory given. While iterating, ``skipped`` grows.

    Raises InputError for a malformed record or two equal ids, FileNotFoundError for a source that is not there.
    """

    sources: Sequence[str | Path]
    licence: str | None = None
    source: str | None = None
    text_column: str = "text"
    tags: tuple[str, ...] = ()
    language_of_path: Callable[[str], str | None] = _no_language
    skipped: list[Skipped] = field(default_factory=list)
    _folders: dict[Path, str | None] = field(default_factory=dict, init=False, repr=False)

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
                yield from self._file(path, identifier, name, root)

    def _file(self, path: Path, identifier: str, name: str, root: Path) -> Iterator[Document]:
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
        boilerplate = is_licence_file(path)
        licence = self.licence or (licence_of_file(text) if boilerplate else licence_of(text) or self._licence_of_folder(path.parent, root))
        yield replace(defaults, text=text, licence=licence, language=self.language_of_path(path.name), boilerplate=boilerplate)

    def _licence_of_folder(self, folder: Path, root: Path) -> str | None:
        """The licence of the licence files in the nearest folder that has one, up to ``root``."""
        if folder not in self._folders:
            above = folder.parent if folder != root and root in folder.parents else None
            found = _licence_files(folder)
            self._folders[folder] = found or (self._licence_of_folder(above, root) if above is not None else None)
        return self._folders[folder]

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
    """The text of a file, as `decode` reads it.

    Raises InputError also for a file over `LARGEST_FILE` bytes; OSError when it cannot be read.
    """
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise InputError(f"too large: {size} of {LARGEST_FILE} bytes")
    return decode(path.read_bytes())


def decode(data: bytes) -> str:
    """Text in UTF-8, or UTF-16 or UTF-32 with a byte order mark. Line ends stay as they are. Raises InputError for binary data."""
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


def _licence_files(folder: Path) -> str | None:
    """The licence that the licence files of a folder state: LICENSE-MIT beside LICENSE-APACHE is a choice, others hold together."""
    texts: dict[str, str] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if _TERMS.match(path.name) and is_licence_file(path) and path.is_file():
            try:
                licence = licence_of_file(read_text(path))
            except (InputError, OSError):
                continue
            if licence is not None:
                texts[path.name] = licence
    names = list(dict.fromkeys(texts.values()))
    if len(names) < 2:
        return names[0] if names else None
    choice = all("-" in name for name in texts)
    return (" OR " if choice else " AND ").join(f"({name})" if " " in name else name for name in names)


def walk(paths: Iterable[str | Path], *, skipped: list[Skipped] | None = None) -> Iterator[Path]:
    """All files at or below ``paths``, sorted: hidden ones, version control and what git ignores are left out, links not followed.

    What git ignores stands in the .gitignore of each folder and, within a repository, of those above, and in .git/info/exclude. A path
    given itself is always taken.
    """
    for given in paths:
        root = Path(given)
        if root.is_dir():
            yield from _walk(root, _above(root), skipped if skipped is not None else [])
        else:
            yield root


@dataclass(frozen=True, slots=True)
class _Ignored:
    """What a .gitignore says of files below ``folder``, which it calls by ``prefix`` and their path."""

    folder: Path
    prefix: str
    spec: GitIgnoreSpec

    def says(self, path: Path, is_folder: bool) -> bool | None:
        return self.spec.check_file(self.prefix + path.relative_to(self.folder).as_posix() + "/" * is_folder).include


def _walk(folder: Path, ignored: list[_Ignored], skipped: list[Skipped]) -> Iterator[Path]:
    ignored = [*ignored, *(_Ignored(folder, "", spec) for spec in _gitignore(folder / ".gitignore"))]
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
        if _is_ignored(path, is_folder, ignored):
            continue
        if is_folder:
            yield from _walk(path, ignored, skipped)
        elif entry.is_file(follow_symlinks=False):
            yield path


def _above(root: Path) -> list[_Ignored]:
    """What the repository around ``root`` ignores in it; nothing when it ignores ``root`` itself, which was asked for."""
    whole = root.resolve()
    top = next((folder for folder in (whole, *whole.parents) if (folder / ".git").exists()), None)
    if top is None:
        return []
    folders = [folder for folder in reversed(whole.parents) if folder.is_relative_to(top)]
    found = []
    for folder, file in [(top, top / ".git" / "info" / "exclude"), *((folder, folder / ".gitignore") for folder in folders)]:
        prefix = "".join(f"{part}/" for part in whole.relative_to(folder).parts)
        found += [_Ignored(root, prefix, spec) for spec in _gitignore(file)]
    given = [said for item in reversed(found) if item.prefix and (said := item.spec.check_file(item.prefix).include) is not None]
    return [] if given[:1] == [True] else found


def matching(pattern: str, *, skipped: list[Skipped] | None = None) -> Iterator[Path]:
    """All files that `walk` finds and a pattern like ``src/**/*.py`` names; a folder it names is taken whole."""
    from pathspec import GitIgnoreSpec

    parts = Path(pattern).parts
    fixed = next(at for at, part in enumerate(parts) if is_pattern(part))
    base = Path(*parts[:fixed])
    spec = GitIgnoreSpec.from_lines(["/" + "/".join(parts[fixed:])])
    for path in walk([base], skipped=skipped):
        if spec.match_file(path.relative_to(base).as_posix()):
            yield path


def is_pattern(path: str) -> bool:
    """Whether a path holds shell wildcards."""
    return any(sign in path for sign in "*?[")


def excluded(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path is named by one of ``patterns``, written as in .gitignore."""
    if not patterns:
        return lambda path: False
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(patterns)
    return lambda path: spec.match_file(Path(path).as_posix().lstrip("/"))


def _is_ignored(path: Path, is_folder: bool, ignored: list[_Ignored]) -> bool:
    """Whether git would ignore the path: the deepest .gitignore that says anything decides."""
    return next((said for item in reversed(ignored) if (said := item.says(path, is_folder)) is not None), False)


def _gitignore(file: Path) -> list[GitIgnoreSpec]:
    if not file.is_file():
        return []
    from pathspec import GitIgnoreSpec

    return [GitIgnoreSpec.from_lines(file.read_text("utf-8", "replace").splitlines())]


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
