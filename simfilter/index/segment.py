"""A segment: one immutable file that holds documents, their text, and a `Structure` a view.

`SegmentWriter` collects documents and writes; `Segment` opens and answers. What the file's bytes mean is docs/FORMATS.md.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfilter.corpus import Document
from simfilter.errors import IndexDamagedError, ParameterError
from simfilter.index.container import Container, write_container
from simfilter.index.families import EMPTY, VALUES, families, signatures
from simfilter.index.layout import Column, TextReader, TextWriter, ascends
from simfilter.index.structure import (
    KGRAM_LENGTH,
    KGRAM_SEED,
    NAME_STRETCH,
    STATEMENT_COLUMNS,
    Counts,
    StatementIndex,
    StatementWriter,
    Stream,
    Structure,
    StructureWriter,
    build_filter,
    kgram_hashes,
    made_together,
    names_of,
    stretches,
)
from simfilter.types import Provenance, Span
from simfilter.views import Reading, read
from simfilter.views.code import RENAME_WINDOW
from simfilter.views.statements import NORMALIZATIONS
from simfilter.views.tokens import encode

Progress = Callable[[str, int, int | None], None]
"""Called with the stage, what is done and how much there is (None: not known)."""

STRUCTURES = ("text", "code")
COLUMNS = {"symbols": np.uint32, "documents": np.uint64, "filter": np.uint8, "gaps": np.uint8, "lengths": np.uint8,
           "checkpoints": np.uint64, "exceptions": np.uint64, "tokens": np.uint64}
PARAMETERS = {"kgram": KGRAM_LENGTH, "kgram_seed": KGRAM_SEED, "rename_window": RENAME_WINDOW, "symbols": "siphash-1-3/32", "statements": 1,
              "name_stretch": NAME_STRETCH, "segment": 3}
"""What must agree before an index and a query are compared."""


ROW = tuple(field.name for field in fields(Document) if field.name not in ("text", "boilerplate"))
"""What is told of a document beside its text."""


def streams_of(reading: Reading, *, code: bool) -> dict[str, list[Stream]]:
    """The token streams of one reading, a structure each; of code only the comments are text."""
    words = reading.comments() if code and reading.code else reading.words
    return {"text": [(words.symbols, words.starts, words.ends)],
            "code": [(piece.tokens.renamed, piece.tokens.starts, piece.tokens.ends) for piece in reading.code]}


class SegmentWriter:
    """Collects documents and writes them as one segment."""

    def __init__(self, key: bytes, progress: Progress | None = None, normalize: Iterable[str] = tuple(NORMALIZATIONS)) -> None:
        self._key = key
        self._normalize = list(normalize)
        if unknown := set(self._normalize) - set(NORMALIZATIONS):
            raise ParameterError(f"normalizations are {', '.join(NORMALIZATIONS)}; got {min(unknown)!r}")
        self._normalize.sort(key=list(NORMALIZATIONS).index)
        self._progress = progress or (lambda stage, done, total: None)
        self._structures = {name: StructureWriter() for name in STRUCTURES}
        self._allowed: dict[str, list[NDArray[np.uint64]]] = {name: [] for name in STRUCTURES}
        self._statements = StatementWriter()
        self._names = Column(np.uint32)
        self._stretches = 0
        self._text = TextWriter()
        self._rows: list[bytes] = []
        self._boilerplate: list[bytes] = []
        self._bounds = [0]
        self._signatures: list[NDArray[np.uint32]] = []
        self.identifiers: set[str] = set()
        self.notes: dict[str, int] = {}

    def add(self, document: Document) -> None:
        """Take one document. Raises ParameterError when its id was taken before."""
        if document.id in self.identifiers:
            raise ParameterError(f"two documents have the id {document.id!r}")
        self.identifiers.add(document.id)
        data = encode(document.text)
        reading = read(document.text, language=document.language, key=self._key, normalize=self._normalize)
        for note in reading.notes:
            self.notes[note] = self.notes.get(note, 0) + 1
        streams = streams_of(reading, code=document.language is not None)
        if document.boilerplate:
            self._boilerplate.append(_json(asdict(document)))
            for name, found in streams.items():
                self._allowed[name] += [kgram_hashes(symbols, KGRAM_LENGTH[name]) for symbols, *_ in found]
            return
        at = self._structures["code"].document_starts[-1]
        for piece in reading.code:
            if len(tokens := piece.tokens):
                self._statements.add(tokens, at)
                self._names.add(names_of(tokens))
                self._stretches += stretches(tokens)
                at += len(tokens) + 1
        self._statements.end_document()
        for name, found in streams.items():
            self._structures[name].add(found, self._bounds[-1])
        shingles = [kgram_hashes(symbols, KGRAM_LENGTH[name]) for name, found in streams.items() for symbols, *_ in found]
        self._signatures.append(signatures(joined := np.concatenate(shingles), np.array([0, len(joined)], np.uint64))[0]
                            if sum(map(len, shingles)) else EMPTY)
        self._rows.append(_json({name: getattr(document, name) for name in ROW}))
        self._text.add(data)
        self._bounds.append(self._bounds[-1] + len(data))
        self._progress("read", len(self._rows), None)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def boilerplate(self) -> int:
        """Boilerplate documents taken so far."""
        return len(self._boilerplate)

    @property
    def size(self) -> int:
        """Bytes of text taken so far."""
        return self._bounds[-1]

    def write(self, path: Path) -> dict[str, int]:
        """Write the segment file, after which this is empty; returns the size in bytes of each section.

        What takes least memory to make comes first: what is written is let go of before the suffix arrays are sorted.
        """
        self._progress("group near-equal documents", 0, 1)
        signed = np.array(self._signatures, np.uint32).reshape(-1, VALUES)
        self._text.finish()
        code = self._structures["code"].document_starts[-1]
        sections: dict[str, Any] = {
            "families": families(signed), "document.signatures": signed, "document.bounds": np.array(self._bounds, np.uint64),
            "document.rows": b"".join(self._rows), "document.offsets": np.cumsum([0, *map(len, self._rows)]).astype(np.uint64),
            "source.blocks": self._text.blocks.taken, "source.offsets": np.array(self._text.offsets, np.uint64),
            "source.bytes": np.array(self._text.byte_starts, np.uint64),
            "source.characters": np.array(self._text.character_starts, np.uint64),
            "boilerplate.documents": zlib.compress(b"\n".join(self._boilerplate)),
            "name.stretches": np.array([self._stretches], np.uint64),
            **_named("name", made_together(("once", "common", "counts"), lambda: Counts.build(self._names.joined()))),
            **_named("statement", self._statements.sections(code))}
        for name, structure in self._structures.items():
            columns = structure.sections(KGRAM_LENGTH[name])
            columns["filter"] = self._told(f"sort {name}", columns["filter"])
            sections |= _named(name, columns)
            sections[f"{name}.boilerplate"] = build_filter(np.concatenate([np.empty(0, np.uint64), *self._allowed[name]]))
        self._progress("write", 0, 1)
        return write_container(path, sections, parameters=PARAMETERS | {"normalize": self._normalize})

    def _told(self, stage: str, make: Callable[[], Any]) -> Callable[[], Any]:
        """``make``, which tells first that this stage begins."""
        def made() -> Any:
            self._progress(stage, 0, 1)
            return make()

        return made


def _named(part: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The sections that hold these columns of a part."""
    return {f"{part}.{column}": values for column, values in columns.items()}


class Segment:
    """An opened segment, read through a memory map. What it answers is of all its documents, but for what passes over ``removed`` ones."""

    def __init__(self, path: Path, *, verify: bool = True, removed: NDArray[np.uint8] | None = None) -> None:
        """``removed[d]`` is 1 for the documents that count no more. Raises what `Container.open` raises.

        Without ``verify`` time goes with the number of documents only: no column over tokens or statements is read. What is wrong
        there is found when it is used, and ends in IndexDamagedError.
        """
        self.path = path
        self.removed = removed
        self._container = container = Container.open(path, verify=verify)
        self.normalize: list[str] = container.parameters.get("normalize", [])
        """What the forms of its statements pass over, and so must those of a query."""
        if container.parameters != json.loads(json.dumps(PARAMETERS | {"normalize": [n for n in NORMALIZATIONS if n in self.normalize]})):
            raise IndexDamagedError(f"{path.name} was built with other parameters than this version uses")
        array = container.array
        self.families = array("families", np.uint32)
        self._bounds = array("document.bounds", np.uint64)
        self._rows = container.section("document.rows")
        self._offsets = array("document.offsets", np.uint64)
        if not (ascends(self._bounds) and ascends(self._offsets, len(self._rows)) and len(self._bounds) == len(self._offsets)
                == len(self.families) + 1 and (self.families < len(self._bounds)).all()):
            raise IndexDamagedError(f"{path.name}: the documents' columns do not fit each other")
        if removed is not None and len(removed) != len(self.families):
            raise IndexDamagedError(f"{path.name} has {len(self.families)} documents, of which {len(removed)} are kept or removed")
        self.signatures = array("document.signatures", np.uint32)
        if len(self.signatures) != VALUES * len(self.families):
            raise IndexDamagedError(f"{path.name}: not every document has a signature")
        self.structures: dict[str, Structure] = {}
        self.boilerplate: dict[str, NDArray[np.uint8]] = {}
        for name in STRUCTURES:
            columns: dict[str, NDArray[Any]] = {c: array(f"{name}.{c}", kind) for c, kind in COLUMNS.items()}
            wide = container.sizes().get(f"{name}.suffixes") == 8 * len(columns["symbols"]) and len(columns["symbols"]) > 0
            columns["suffixes"] = array(f"{name}.suffixes", np.int64 if wide else np.int32)
            self.structures[name] = Structure(columns, KGRAM_LENGTH[name], len(self), self.size, removed)
            self.boilerplate[name] = array(f"{name}.boilerplate", np.uint8)
        columns = {name: array(f"statement.{name}", kind) for name, kind in STATEMENT_COLUMNS.items()}
        wide = container.sizes().get("statement.starts") == 8 * len(columns["hashes"]) > 0
        columns["starts"] = array("statement.starts", np.uint64 if wide else np.uint32)
        self.statements = StatementIndex(columns, self.structures["code"])
        self.names = Counts(*(array(f"name.{column}", np.uint32) for column in ("once", "common", "counts")))
        """In how many stretches of code each name and string stands."""
        self.stretches = int(array("name.stretches", np.uint64).sum())
        self._text = TextReader(container.section("source.blocks"), array("source.offsets", np.uint64),
                                array("source.bytes", np.uint64), array("source.characters", np.uint64))
        if verify:
            for structure in self.structures.values():
                structure.verify()
            self.statements.verify()
            self.names.verify()
        container.scatter(name for name in container.sizes() if name.split(".")[0] in (*STRUCTURES, "statement", "name"))

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @property
    def size(self) -> int:
        """Bytes of protected text."""
        return int(self._bounds[-1])

    def sizes(self) -> dict[str, int]:
        """Bytes of each section of the file."""
        return dict(self._container.sizes())

    def provenance(self, document: int) -> Provenance:
        """Where a document comes from."""
        row = self._row(document)
        return Provenance(row["id"], row["source"], row["licence"], row["url"], row["language"], tuple(row["tags"]))

    def documents(self) -> Iterator[Document]:
        """All documents as they were given, boilerplate too, those removed left out."""
        for number in range(len(self)):
            if self.removed is None or not self.removed[number]:
                yield Document(**{**self._row(number), "tags": tuple(self._row(number)["tags"])}, text=self.text(number))
        yield from self.boilerplate_documents()

    def boilerplate_documents(self) -> Iterator[Document]:
        """Documents that are not protected, and are kept only so that a merge can tell what they allow."""
        try:
            lines = zlib.decompress(self._container.section("boilerplate.documents")).split(b"\n")
            for line in filter(None, lines):
                row = json.loads(line.decode("utf-8", "surrogatepass"))
                yield Document(**{**row, "tags": tuple(row["tags"])})
        except (ValueError, TypeError, KeyError, RecursionError, zlib.error):
            raise IndexDamagedError(f"{self.path.name}: the boilerplate documents cannot be read") from None

    def characters(self, document: int, start: int, end: int) -> Span:
        """The characters of the document between two absolute bytes."""
        base = self._text.characters_before(int(self._bounds[document]))
        return Span(self._text.characters_before(start) - base, self._text.characters_before(end) - base)

    def read(self, start: int, end: int) -> bytes:
        """The stored bytes between two absolute positions."""
        return self._text.read(start, end)

    def bounds(self, document: int) -> tuple[int, int]:
        """Absolute bytes where a document begins and ends."""
        start, end = self._bounds[document : document + 2].tolist()
        return start, end

    def text(self, document: int) -> str:
        """A document's text as stored."""
        try:
            return self.read(*self.bounds(document)).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise IndexDamagedError(f"the text of document {document} is not UTF-8") from None

    def close(self) -> None:
        """Let go of the file."""
        self.structures.clear()
        del self.statements, self.names
        self._container.close()

    def _row(self, document: int) -> dict[str, Any]:
        start, end = self._offsets[document : document + 2].tolist()
        try:
            row: dict[str, Any] = json.loads(bytes(self._rows[start:end]).decode("utf-8", "surrogatepass"))
            told = [row[name] for name in ("licence", "url", "language") if row[name] is not None]
            if set(row) == set(ROW) and isinstance(row["tags"], list) \
                    and all(isinstance(value, str) for value in (row["id"], row["source"], *told, *row["tags"])):
                return row
        except (ValueError, TypeError, KeyError, RecursionError):
            pass
        raise IndexDamagedError(f"document {document} has no readable description")


def _json(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
