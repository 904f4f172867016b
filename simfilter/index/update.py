"""Changing an index: build, add, remove, compact, snapshot, repair.

Each change writes new files and publishes them at once; what it was interrupted in never counts. Removing marks documents in the
overlay, with effect for whoever opens or reloads from then on; their bytes go when their segment is written anew, at the latest by
`compact`. A merge reads the documents of its segments and indexes them again, so that nothing of a removed one is left in any column.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfilter.corpus import Document
from simfilter.errors import IndexDamagedError, IndexFormatError, IndexNotFoundError, InputError, ParameterError
from simfilter.index import manifest as files
from simfilter.index.container import sync_directory, write_container
from simfilter.index.families import VALUES, families
from simfilter.index.reader import Index, open_overlay
from simfilter.index.segment import PARAMETERS, STRUCTURES, Progress, Segment, SegmentWriter
from simfilter.index.union import removed_of
from simfilter.types import Provenance
from simfilter.views.statements import NORMALIZATIONS
from simfilter.views.tokens import PUBLIC_KEY

FANOUT, SMALLEST = 4, 1 << 16
"""So many segments of one size make one of the next, FANOUT times as large; those below SMALLEST bytes of text are of one size."""

MOST_REMOVED = 0.5
"""Share of a segment's documents that may be removed before it is written anew at once."""

MOST_SHARDS = 256
CONDITIONS = ("id", "source", "licence", "url", "language", "tag")
"""What documents may be chosen by."""


@dataclass(slots=True)
class _Part:
    """A segment of the index to be, and which of its documents do not count."""

    name: str
    shard: int
    segment: Segment
    removed: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))

    def __post_init__(self) -> None:
        if not len(self.removed):
            self.removed = (np.zeros(len(self.segment), bool) if self.segment.removed is None else self.segment.removed.astype(bool))

    @property
    def size(self) -> int:
        """Bytes of text, removed ones too: what merging it costs, and by which it is ranked."""
        return self.segment.size


class _Change:
    """Segments that are to be the index."""

    def __init__(self, path: Path, shards: int, normalize: Iterable[str], parts: Iterable[_Part] = (),
                 progress: Progress | None = None) -> None:
        self.path, self.shards, self.normalize, self.progress = path, shards, list(normalize), progress
        self.parts = list(parts)

    @classmethod
    def of(cls, path: Path, progress: Progress | None = None) -> _Change:
        """The index as it is. Raises what `Index.open` raises, also for a lost shard."""
        index = Index.open(path, verify=False)
        if index.lost:
            raise IndexDamagedError(f"{path}: {index.lost[0]}; repair it first")
        stated = index.manifest["files"]
        parts = [_Part(name, stated[name]["shard"], part)
                 for name, part in zip(index.manifest["segments"], index.segments.parts, strict=True)]
        return cls(path, index.manifest["shards"], index.segments.normalize, parts, progress)

    def write(self, shard: int, writer: SegmentWriter, at: int | None = None) -> None:
        """Write a segment; it stands behind all others of its shard, or at a place."""
        name = files.new_name(self.path)
        writer.write(self.path / name)
        part = _Part(name, shard, Segment(self.path / name, verify=False))
        self.parts.insert(sum(other.shard <= shard for other in self.parts) if at is None else at, part)

    def rewrite(self, low: int, high: int, without: Callable[[Document], bool] = lambda document: False) -> None:
        """Make one segment of the parts ``low..high`` of one shard, without removed documents; their checksums are tried first."""
        writer = self.writer()
        for part in self.parts[low:high]:
            removed = part.removed.astype(np.uint8)
            for document in Segment(part.segment.path, removed=removed).documents():
                if not without(document):
                    writer.add(document)
        shard = self.parts[low].shard
        del self.parts[low:high]
        if len(writer) or writer.boilerplate or not self.parts:
            self.write(shard, writer, low)

    def writer(self) -> SegmentWriter:
        return SegmentWriter(PUBLIC_KEY, self.progress, self.normalize)

    def merge(self) -> None:
        """Join segments of a size until fewer than FANOUT of it are left."""
        for shard in range(self.shards):
            while (low := _mergeable([part.size for part in self.parts if part.shard == shard])) is not None:
                first = sum(part.shard < shard for part in self.parts)
                self.rewrite(first + low, sum(part.shard <= shard for part in self.parts))

    def publish(self) -> None:
        """Make the parts the index."""
        removed = np.concatenate([part.removed for part in self.parts])
        overlay = None
        if len(self.parts) > 1 or removed.any():
            for part in self.parts:
                mask = part.removed.astype(np.uint8) if part.removed.any() else None
                part.segment = Segment(part.segment.path, verify=False, removed=mask)
            signed = np.concatenate([part.segment.signatures for part in self.parts]).reshape(-1, VALUES)
            gone = removed_of([part.segment for part in self.parts])
            sections: dict[str, Any] = {"families": families(signed, removed), "statements": gone.statements, "pairs": gone.pairs,
                                        "names": gone.names, "stretches": np.array([gone.stretches], np.uint64)}
            for name in STRUCTURES:
                sections |= {f"{name}.symbols": gone.symbols[name], f"{name}.suffixes": gone.suffixes[name]}
            overlay = files.new_name(self.path, "overlay")
            write_container(self.path / overlay, sections, magic=files.OVERLAY_MAGIC,
                            parameters={
                "segments": [part.name for part in self.parts], "shards": [part.shard for part in self.parts],
                "documents": [len(part.removed) for part in self.parts]})
        files.publish(self.path, segments=[part.name for part in self.parts], parameters=PARAMETERS | {"normalize": self.normalize},
                      overlay=overlay, shards=[part.shard for part in self.parts], shard_count=self.shards,
                      removed=[int(part.removed.sum()) for part in self.parts])


def build(documents: Iterable[Document], path: str | Path, *, progress: Progress | None = None,
          normalize: Iterable[str] = tuple(NORMALIZATIONS), shards: int = 1) -> dict[str, Any]:
    """Index ``documents`` at the directory ``path``, replacing the index there; returns what `Index.info` tells, and the rate.

    ``normalize`` names what the forms of code statements pass over (`simfilter.views.statements.NORMALIZATIONS`; all by default).
    ``shards`` parts are made of it, by the hash of the id; they are opened as one, and one that is lost is told in each verdict.
    Raises ParameterError when there is no document, when two share an id, or when ``path`` holds something else than an index;
    LockedError when another process writes there.
    """
    started = time.perf_counter()
    path = Path(path)
    if not 1 <= shards <= MOST_SHARDS:
        raise ParameterError(f"shards: need 1 to {MOST_SHARDS}, got {shards}")
    change = _Change(path, shards, normalize, progress=progress)
    with files.writing(path, create=True):
        writers = _distribute(documents, change)
        if not any(map(len, writers.values())):
            raise ParameterError("nothing to protect: no document was read")
        for shard, writer in sorted(writers.items()):
            change.write(shard, writer)
        change.normalize = change.parts[0].segment.normalize
        change.publish()
    return _told(path, writers, started)


def add(documents: Iterable[Document], path: str | Path, *, replace: bool = False, wait: bool = False,
        progress: Progress | None = None) -> dict[str, Any]:
    """Protect ``documents`` too; returns what `Index.info` tells, and the rate.

    With ``replace`` a document takes the place of one of the same id. Raises ParameterError when an id is there already or given twice;
    LockedError, unless ``wait``, when another process writes; what `Index.open` raises.
    """
    started = time.perf_counter()
    path = Path(path)
    with files.writing(path, wait=wait):
        change = _Change.of(path, progress)
        known = {part.segment.provenance(number).document: (part, number) for part in change.parts
                 for number in np.flatnonzero(~part.removed).tolist()}
        writers = _distribute(documents, change, taken=() if replace else known)
        if not any(len(writer) or writer.boilerplate for writer in writers.values()):
            raise ParameterError("nothing to add: no document was read")
        for identifier in [identifier for writer in writers.values() for identifier in writer.identifiers if identifier in known]:
            part, number = known[identifier]
            part.removed[number] = True
        for shard, writer in sorted(writers.items()):
            change.write(shard, writer)
        change.publish()
        before = [part.name for part in change.parts]
        change.merge()
        if [part.name for part in change.parts] != before:
            change.publish()
    return _told(path, writers, started)


def remove(path: str | Path, *, ids: Iterable[str] = (), sources: Iterable[str] = (), where: Mapping[str, str] | None = None,
           wait: bool = False, progress: Progress | None = None) -> list[Provenance]:
    """Protect documents no more: those with one of these ``ids``, of one of these ``sources``, or that fit all of ``where``.

    ``where`` maps names of `CONDITIONS` to shell wildcards, as a policy's rules do. Returns what was removed. It takes effect for whoever
    opens or reloads the index from then on; the bytes stay on disk until their segment is written anew, at the latest by `compact`.
    Raises ParameterError when an id or source is not there, or nothing fits; LockedError, unless ``wait``; what `Index.open` raises.
    """
    path, ids, sources, where = Path(path), set(ids), set(sources), dict(where or {})
    if unknown := set(where) - set(CONDITIONS):
        raise ParameterError(f"conditions are {', '.join(CONDITIONS)}; got {min(unknown)!r}")
    if not (ids or sources or where):
        raise ParameterError("name what to remove: ids, sources or where")

    def meant(origin: Provenance) -> bool:
        have = {"id": (origin.document,), "source": (origin.source,), "licence": (origin.licence or "",), "url": (origin.url or "",),
                "language": (origin.language or "",), "tag": origin.tags}
        return origin.document in ids or origin.source in sources or (
            bool(where) and all(any(fnmatchcase(value, pattern) for value in have[name]) for name, pattern in where.items()))

    def boilerplate_meant(document: Document) -> bool:
        return document.boilerplate and meant(origin_of(document))

    with files.writing(path, wait=wait):
        change = _Change.of(path, progress)
        gone: list[Provenance] = []
        stale: list[bool] = []
        for part in change.parts:
            allowed = [origin_of(document) for document in part.segment.boilerplate_documents()]
            allowed = [origin for origin in allowed if meant(origin)]
            for number in np.flatnonzero(~part.removed).tolist():
                if meant(origin := part.segment.provenance(number)):
                    part.removed[number] = True
                    gone.append(origin)
            gone += allowed
            stale.append(bool(allowed) or part.removed.sum() > MOST_REMOVED * len(part.removed))
        if missing := (ids - {origin.document for origin in gone}) or (sources - {origin.source for origin in gone}):
            raise ParameterError(f"{path} has no document {min(missing)!r}; nothing was removed")
        if not gone:
            raise ParameterError(f"{path} has no document that fits {where}; nothing was removed")
        for number in reversed(np.flatnonzero(stale).tolist()):
            change.rewrite(number, number + 1, boilerplate_meant)
        change.publish()
    return gone


def compact(path: str | Path, *, wait: bool = False, progress: Progress | None = None) -> dict[str, Any]:
    """Make one segment (of each shard one) of all, without what was removed: afterwards no byte or hash of it is left in the directory.

    Readers that have the index open keep what they have; snapshots are files of their own right. Returns what `Index.info` tells.
    Raises LockedError, unless ``wait``; what `Index.open` raises.
    """
    path = Path(path)
    with files.writing(path, wait=wait):
        change = _Change.of(path, progress)
        for shard in range(change.shards):
            mine = [number for number, part in enumerate(change.parts) if part.shard == shard]
            if len(mine) > 1 or any(change.parts[number].removed.any() for number in mine):
                change.rewrite(mine[0], mine[-1] + 1)
        change.publish()
        files.erase_damaged(path)
    with Index.open(path, verify=False) as index:
        return index.info()


def snapshot(path: str | Path, target: str | Path) -> None:
    """Put the index as it is now at ``target``, a directory that is not there yet; writers may go on meanwhile.

    Files are shared with the index (hard links) where the file system can, and copied elsewhere; what is removed from the index later stays
    in the snapshot. Raises ParameterError when ``target`` is there; what `Index.open` raises.
    """
    path, target = Path(path), Path(target)
    if target.exists():
        raise ParameterError(f"{target} is there already")
    half = target.with_name(f".{target.name}.{os.getpid()}.tmp")

    def take(stated: files.Manifest) -> None:
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        for name in [*stated["segments"], *([stated["overlay"]["name"]] if stated["overlay"] else [])]:
            try:
                os.link(path / name, half / name)
            except FileNotFoundError:
                raise
            except OSError:
                shutil.copyfile(path / name, half / name)
        files.write(half, stated)

    try:
        files.following(path, take)
        Index.open(half).close()
        os.rename(half, target)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    sync_directory(target.parent)


def repair(path: str | Path, *, forget_removals: bool = False, wait: bool = False) -> dict[str, list[str]]:
    """Make an index of the segments that are sound; returns the names ``kept`` and ``lost``. Damaged files get the ending ``.damaged``
    and stay until `compact`.

    Without a manifest the newest sound overlay, or else the newest sound segment, tells what belonged together. When the overlay is
    damaged which documents were removed is not known any more: then, unless ``forget_removals``, InputError is raised and nothing is done.
    Raises IndexNotFoundError when there is nothing to save, LockedError unless ``wait``.
    """
    path = Path(path)
    with files.writing(path, wait=wait):
        manifest: files.Manifest | None = None
        with suppress(IndexNotFoundError, IndexDamagedError):
            manifest = files.read(path)
        found = files.leftovers(path)
        removed: dict[str, NDArray[np.bool_]] | None = None
        if manifest is not None:
            overlays = [manifest["overlay"]["name"]] if manifest["overlay"] else []
            names = manifest["segments"]
            shards = [manifest["files"][name]["shard"] for name in names]
            none_removed = not any(file["removed"] for file in manifest["files"].values())
        else:
            overlays = [name for name in found if name.startswith("overlay")]
            names, shards, none_removed = [name for name in found if name.startswith("segment")], [], not overlays
        sound: dict[str, Segment] = {}
        damaged: list[str] = []
        for name in names:
            with suppress(IndexFormatError, IndexNotFoundError):
                sound[name] = Segment(path / name)
            if name not in sound:
                damaged.append(name)
        for name in overlays:
            try:
                named, named_shards, masks = open_overlay(path / name, sound)
            except (IndexFormatError, IndexNotFoundError):
                damaged.append(name)
                continue
            names, shards, removed = named, named_shards, masks
            break
        if removed is None:
            if not none_removed and not forget_removals:
                raise InputError(f"{path}: which documents were removed is lost with {', '.join(overlays) or 'the overlay'}; "
                                 "with forget_removals they are protected again")
            if manifest is None:
                names = [name for name in names if name in sound][: None if overlays else 1]
                shards = [0] * len(names)
            removed = {}
        kept = [name for name in names if name in sound]
        if not kept:
            raise IndexNotFoundError(f"{path}: no segment is sound")
        change = _Change(path, max(shards, default=0) + 1 if manifest is None else manifest["shards"], sound[kept[0]].normalize,
                         [_Part(name, shard, sound[name], removed.get(name, np.empty(0, bool)))
                          for name, shard in zip(names, shards, strict=True) if name in sound])
        for name in damaged if manifest is not None else [*damaged, files.MANIFEST_NAME]:
            with suppress(FileNotFoundError):
                files.set_aside(path, name)
        change.publish()
    return {"kept": kept, "lost": [name for name in names if name not in sound] + [name for name in damaged if name not in names]}


def origin_of(document: Document) -> Provenance:
    """Where a document comes from."""
    return Provenance(document.id, document.source, document.licence, document.url, document.language, tuple(document.tags))


def _distribute(documents: Iterable[Document], change: _Change, taken: Mapping[str, Any] | Sequence[str] = ()) -> dict[int, SegmentWriter]:
    """Writers by shard that hold the documents."""
    writers: dict[int, SegmentWriter] = {}
    for document in documents:
        if document.id in taken:
            raise ParameterError(f"a document with the id {document.id!r} is in the index")
        shard = files.shard_of(document.id, change.shards)
        if shard not in writers:
            writers[shard] = change.writer()
        writers[shard].add(document)
    return writers


def _told(path: Path, writers: Mapping[int, SegmentWriter], started: float) -> dict[str, Any]:
    seconds = time.perf_counter() - started
    notes: dict[str, int] = {}
    for writer in writers.values():
        for note, count in writer.notes.items():
            notes[note] = notes.get(note, 0) + count
    with Index.open(path, verify=False) as index:
        return {**index.info(), "seconds": seconds, "bytes_per_second": sum(writer.size for writer in writers.values()) / seconds,
                "boilerplate_documents": sum(writer.boilerplate for writer in writers.values()), "notes": notes}


def _mergeable(sizes: Sequence[int]) -> int | None:
    """From which on the segments of these sizes, the oldest first, are to become one; None when none are."""
    tiers = [max(0, (size // SMALLEST).bit_length() + 1) // 2 for size in sizes]
    for tier in sorted(set(tiers)):
        low = len(tiers)
        while low and tiers[low - 1] <= tier:
            low -= 1
        if tiers[low:].count(tier) >= FANOUT:
            return low
    return None
