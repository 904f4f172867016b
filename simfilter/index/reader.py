"""Reading an index: its segments opened as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from simfilter.errors import IndexDamagedError, IndexFormatError, IndexNotFoundError
from simfilter.index import manifest as files
from simfilter.index.container import Container
from simfilter.index.families import REMOVED
from simfilter.index.segment import STRUCTURES, Segment
from simfilter.index.union import Removed, Segments, removed_of
from simfilter.types import Provenance


class Index:
    """An opened index; immutable, shared by all threads.

    ``lost`` says which shards could not be opened and why; ``generation`` grows with each change of the index on disk.

    >>> import tempfile
    >>> from simfilter import Document, build
    >>> where = tempfile.mkdtemp() + "/index"
    >>> _ = build([Document(id="a", text="Call me Ishmael.", source="Moby Dick")], where)
    >>> len(Index.open(where))
    1
    """

    def __init__(self, path: Path, manifest: files.Manifest, segments: Segments, lost: tuple[str, ...] = ()) -> None:
        self.path = path
        self.manifest = manifest
        self.segments = segments
        self._lost = lost

    @classmethod
    def open(cls, path: str | Path, *, verify: bool = True, shard: int | None = None) -> Self:
        """Map the index at ``path``, or one of its shards. With ``verify`` every checksum is tried first.

        Raises IndexNotFoundError, IndexFormatError (another version or parameters), IndexDamagedError (truncated, flipped bits). Of several
        shards those that are damaged or missing are left out, as ``lost`` tells, unless none is left.
        """
        return cls(*files.following(path, partial(_opened, Path(path), verify, shard, frozenset())))

    def reload(self) -> Self:
        """The index as it is on disk now: this one when nothing changed, else one that has what was added and lacks what was removed.

        Files that this one had open are not verified again. This one stays open and answers as before. Raises as `open` does.
        """
        if not self.lost and files.read(self.path) == self.manifest:
            return self
        trusted = frozenset(file["digest"] for file in self.manifest["files"].values())
        return type(self)(*files.following(self.path, partial(_opened, self.path, True, None, trusted)))

    @property
    def lost(self) -> tuple[str, ...]:
        """The shards that could not be opened, and why."""
        return self._lost

    @property
    def generation(self) -> int:
        """How often the index was published."""
        return self.manifest["generation"]

    def __len__(self) -> int:
        return len(self.segments)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        self.segments.close()

    @property
    def documents(self) -> Iterator[Provenance]:
        """Where each protected document comes from."""
        return self.segments.provenances()

    def info(self) -> dict[str, Any]:
        """Counts and sizes: documents, bytes of text, tokens and bytes of each part, bytes of index per byte of text."""
        sizes = self.segments.sizes()
        total = sum(file.stat().st_size for file in self.path.iterdir())
        size = self.segments.size
        return {
            "path": str(self.path), "documents": len(self), "text_bytes": size,
            "tokens": {name: part.token_count for name, part in self.segments.structures.items()},
            "normalize": self.segments.normalize, "generation": self.generation, "segments": len(self.segments.parts),
            "shards": self.manifest["shards"], "removed": int((self.segments.families == REMOVED).sum()), "lost": list(self.lost),
            "index_bytes": total, "bytes_per_input_byte": total / max(1, size), "parts": sizes,
        }

    def verify(self) -> list[str]:
        """What is wrong with the index; empty when every checksum agrees."""
        try:
            with Index.open(self.path, verify=True) as index:
                return list(index.lost)
        except (IndexFormatError, IndexNotFoundError) as error:
            return [str(error)]


Opened = tuple[Path, files.Manifest, Segments, tuple[str, ...]]


def _opened(path: Path, verify: bool, shard: int | None, trusted: frozenset[str], manifest: files.Manifest) -> Opened:
    """What an `Index` consists of; segments with a digest in ``trusted`` are not verified."""
    families, removed = _overlay(path, manifest, verify)
    parts: list[Segment] = []
    kept: list[NDArray[np.uint32]] = []
    lost: dict[int, str] = {}
    base = 0
    for name in manifest["segments"]:
        stated = manifest["files"][name]
        base, first = base + stated["documents"], base
        if stated["shard"] in lost or shard not in (None, stated["shard"]):
            continue
        mine = families[first:base] if families is not None else None
        gone = (mine == REMOVED).astype(np.uint8) if mine is not None and stated["removed"] else None
        try:
            files.check(path / name, stated)
            part = Segment(path / name, verify=verify and stated["digest"] not in trusted, removed=gone)
        except (IndexNotFoundError, IndexDamagedError) as error:
            if manifest["shards"] == 1 or files.read(path) != manifest:
                raise
            lost[stated["shard"]] = str(error)
            continue
        parts.append(part)
        kept.append(mine if mine is not None else part.families)
    if not parts:
        raise IndexDamagedError(f"{path}: no segment is left: {'; '.join(lost.values()) or f'shard {shard} has none'}")
    if len({tuple(part.normalize) for part in parts}) > 1:
        raise IndexDamagedError(f"{path}: its segments were built with different normalizations")
    if removed is not None and len(parts) < len(manifest["segments"]):
        removed = removed_of(parts)  # the overlay tells what was removed from all
    notes = tuple(f"shard {number} of {manifest['shards']} is lost: {reason}" for number, reason in sorted(lost.items()))
    return path, manifest, Segments(parts, np.concatenate(kept) if len(kept) > 1 else kept[0], removed), notes


def _overlay(path: Path, manifest: files.Manifest, verify: bool) -> tuple[NDArray[np.uint32] | None, Removed | None]:
    """The families of all documents, and what removed ones hold; None where a single segment tells all."""
    stated = manifest["overlay"]
    if not stated:
        if len(manifest["segments"]) != 1 or any(file["removed"] for file in manifest["files"].values()):
            raise IndexDamagedError(f"{path}: the manifest names no overlay")
        return None, None
    files.check(path / stated["name"], stated, magic=files.OVERLAY_MAGIC)
    container = Container.open(path / stated["name"], verify=verify, magic=files.OVERLAY_MAGIC)
    families = container.array("families", np.uint32)
    count = sum(file["documents"] for file in manifest["files"].values())
    gone = families == REMOVED
    if container.parameters.get("segments") != manifest["segments"] or len(families) != count or (families[~gone] >= max(1, count)).any():
        raise IndexDamagedError(f"{stated['name']} does not fit the manifest")
    if not gone.any():
        return families, None
    symbols = {name: container.array(f"{name}.symbols", np.uint32) for name in STRUCTURES}
    wide = {name: len(container.section(f"{name}.suffixes")) == 8 * len(symbols[name]) > 0 for name in STRUCTURES}
    suffixes = {name: container.array(f"{name}.suffixes", np.int64 if wide[name] else np.int32) for name in STRUCTURES}
    if any(len(symbols[name]) != len(suffixes[name]) for name in STRUCTURES):
        raise IndexDamagedError(f"{stated['name']}: its columns do not fit each other")
    return families, Removed(symbols, suffixes, container.array("statements", np.uint32), container.array("pairs", np.uint32),
                             container.array("names", np.uint32), int(container.array("stretches", np.uint64).sum()))


def open_overlay(path: Path, segments: Mapping[str, Segment]) -> tuple[list[str], list[int], dict[str, NDArray[np.bool_]]]:
    """The segments an overlay was made for, the shard of each, and the removed documents of those at hand.

    Raises IndexNotFoundError, IndexFormatError, IndexDamagedError.
    """
    with Container.open(path, magic=files.OVERLAY_MAGIC) as container:
        gone = np.array(container.array("families", np.uint32)) == REMOVED
        names, shards, counts = (container.parameters.get(key) for key in ("segments", "shards", "documents"))
    if not (isinstance(names, list) and isinstance(shards, list) and isinstance(counts, list)
            and len(names) == len(shards) == len(counts) and sum(counts) == len(gone)):
        raise IndexDamagedError(f"{path.name} does not tell its segments")
    masks = dict(zip(names, np.split(gone, np.cumsum(counts)[:-1]), strict=True))
    return names, shards, {name: masks[name] for name in names if name in segments and len(masks[name]) == len(segments[name])}
