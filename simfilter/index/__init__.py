"""The protected corpus made searchable: build, open, verify, inspect.

An index is a directory: a manifest that names immutable segment files. Building publishes atomically; a crash leaves the old index
or the new one.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from simfilter.corpus import Document
from simfilter.errors import IndexFormatError, ParameterError
from simfilter.index.container import new_segment_name, publish, read_manifest
from simfilter.index.segment import PARAMETERS, Progress, Segment, SegmentWriter
from simfilter.types import Provenance
from simfilter.views.statements import NORMALIZATIONS
from simfilter.views.tokens import PUBLIC_KEY

__all__ = ["Index", "Progress", "Segment", "build"]


def build(documents: Iterable[Document], path: str | Path, *, progress: Progress | None = None,
          normalize: Iterable[str] = tuple(NORMALIZATIONS)) -> dict[str, Any]:
    """Index ``documents`` at the directory ``path``, replacing the index there; returns what `Index.info` tells, and the rate.

    ``normalize`` names what the forms of code statements pass over (`simfilter.views.statements.NORMALIZATIONS`; all by default).
    Raises ParameterError when there is no document, when two share an id, or when ``path`` holds something else than an index.
    """
    started = time.perf_counter()
    path = Path(path)
    writer = SegmentWriter(PUBLIC_KEY, progress, normalize)
    for document in documents:
        writer.add(document)
    if not len(writer):
        raise ParameterError("nothing to protect: no document was read")
    name = new_segment_name(path)
    writer.write(path / name)
    publish(path, segments=[name], parameters=PARAMETERS)
    seconds = time.perf_counter() - started
    with Index.open(path, verify=False) as index:
        return {**index.info(), "seconds": seconds, "bytes_per_second": writer.size / seconds,
                "boilerplate_documents": writer.boilerplate, "notes": writer.notes}


class Index:
    """An opened index; immutable, shared by all threads.

    >>> import tempfile
    >>> from simfilter.corpus import Document
    >>> where = tempfile.mkdtemp() + "/index"
    >>> _ = build([Document(id="a", text="Call me Ishmael.", source="Moby Dick")], where)
    >>> len(Index.open(where))
    1
    """

    def __init__(self, path: Path, segment: Segment) -> None:
        self.path = path
        self.segment = segment

    @classmethod
    def open(cls, path: str | Path, *, verify: bool = True) -> Self:
        """Map the index at ``path``. With ``verify`` every checksum is tried first.

        Raises IndexNotFoundError, IndexFormatError (another version or parameters), IndexDamagedError (truncated, flipped bits).
        """
        path = Path(path)
        names = read_manifest(path)["segments"]
        if len(names) != 1:
            raise IndexFormatError(f"{path} has {len(names)} segments; this version reads one")
        return cls(path, Segment(path / names[0], verify=verify))

    def __len__(self) -> int:
        return len(self.segment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        self.segment.close()

    @property
    def documents(self) -> Iterator[Provenance]:
        """Where each protected document comes from."""
        return self.segment.provenances()

    def info(self) -> dict[str, Any]:
        """Counts and sizes: documents, bytes of text, tokens and bytes of each part, bytes of index per byte of text."""
        sizes = self.segment.sizes()
        total = sum(file.stat().st_size for file in self.path.iterdir())
        return {
            "path": str(self.path), "documents": len(self), "text_bytes": self.segment.size,
            "tokens": {name: part.token_count for name, part in self.segment.structures.items()},
            "normalize": self.segment.normalize,
            "index_bytes": total, "bytes_per_input_byte": total / max(1, self.segment.size), "parts": sizes,
        }

    def verify(self) -> list[str]:
        """What is wrong with the index; empty when every checksum agrees."""
        try:
            Index.open(self.path, verify=True).close()
        except IndexFormatError as error:
            return [str(error)]
        return []
