"""The manifest: which files of a directory are the index. Publishing replaces it, and with it the whole index, at once.

Files are immutable: segments, and an overlay that tells what holds over all of them (families, removed documents). They are written and
synced first, the manifest is renamed into place last, files no longer named are removed then. One writer at a time holds a lock on the
directory, which the kernel lets go of however the writer ends; readers take none.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict, TypeVar

import xxhash

from simfilter.errors import IndexDamagedError, IndexFormatError, IndexNotFoundError, LockedError, ParameterError
from simfilter.index.container import MAGIC, Container, canonical, opened, parse_object, replacing, sync_directory, write_all
from simfilter.views.tokens import encode

MANIFEST_NAME = "MANIFEST.json"
MANIFEST_FORMAT = "simfilter index"
MANIFEST_VERSION = 2
MANIFEST_LIMIT = 1 << 24
OVERLAY_MAGIC = b"SIMFOVL\0"

_FILE = re.compile(r"(segment|overlay)-([1-9][0-9]{0,17})-(0|[1-9][0-9]{0,8})\.sf[xo]", re.ASCII)
_TEMPORARY = re.compile(r"\.(MANIFEST\.json|(segment|overlay)-[0-9]+-[0-9]+\.sf[xo])\.[0-9a-f]{16}\.tmp", re.ASCII)
_DAMAGED = re.compile(rf"({_FILE.pattern}|MANIFEST\.json)\.damaged", re.ASCII)

logger = logging.getLogger(__name__)
Opened = TypeVar("Opened")


class Manifest(TypedDict):
    """What an index directory consists of. ``files`` states size, digest, documents, removed ones and shard of each segment."""

    format: str
    version: int
    generation: int
    shards: int
    segments: list[str]
    files: dict[str, dict[str, Any]]
    overlay: dict[str, Any]
    parameters: dict[str, Any]


def shard_of(identifier: str, shards: int) -> int:
    """The shard that holds the document with this id, of so many."""
    return xxhash.xxh3_64_intdigest(encode(identifier)) % shards


@contextmanager
def writing(directory: str | Path, *, create: bool = False, wait: bool = False) -> Iterator[None]:
    """Be the one writer of the index at ``directory``, which is made when it is missing and ``create`` is set.

    Raises LockedError when another process writes and ``wait`` is not set; IndexNotFoundError; with ``create`` ParameterError when
    something else than an index stands there: nothing is ever overwritten.
    """
    directory = Path(directory)
    if create and not directory.exists():
        directory.mkdir(parents=True, exist_ok=True)
        sync_directory(directory.parent)
    try:
        file = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except NotADirectoryError:
        raise ParameterError(f"{directory} is a file; an index is a directory") from None
    except FileNotFoundError:
        raise IndexNotFoundError(f"no simfilter index: {directory} does not exist") from None
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(f"another process writes to {directory}") from None
        if create:
            current(directory)
        yield
    finally:
        os.close(file)


def new_name(directory: str | Path, kind: str = "segment") -> str:
    """A name for the next file of the index at ``directory``."""
    directory = Path(directory)
    generation = _next_generation(directory)
    counter = 0
    suffix = "sfx" if kind == "segment" else "sfo"
    while (directory / f"{kind}-{generation}-{counter}.{suffix}").exists():
        counter += 1
    return f"{kind}-{generation}-{counter}.{suffix}"


def publish(directory: str | Path, *, segments: Sequence[str], parameters: Mapping[str, Any], overlay: str | None = None,
            shards: Sequence[int] | None = None, shard_count: int = 1, removed: Sequence[int] | None = None) -> Manifest:
    """Make ``segments``, already written, the index at ``directory``; then remove the files no longer named.

    Segment i belongs to shard ``shards[i]`` of ``shard_count`` and has ``removed[i]`` removed documents. Readers see the old index or the
    new one, whenever this is interrupted; those that have old segments mapped keep them. For the holder of `writing`.
    """
    directory = Path(directory)
    files: dict[str, dict[str, Any]] = {}
    for number, name in enumerate(segments):
        if not _FILE.fullmatch(name) or name in files:
            raise ParameterError(f"segment name {name!r}: need a distinct name as new_name gives")
        with Container.open(directory / name, verify=False) as container:
            files[name] = {"size": (directory / name).stat().st_size, "digest": container.digest,
                           "documents": container.sizes().get("families", 0) // 4, "removed": removed[number] if removed else 0,
                           "shard": shards[number] if shards else 0}
    stated: dict[str, Any] = {}
    if overlay is not None:
        with Container.open(directory / overlay, verify=False, magic=OVERLAY_MAGIC) as container:
            stated = {"name": overlay, "size": (directory / overlay).stat().st_size, "digest": container.digest}
    manifest: Manifest = {
        "format": MANIFEST_FORMAT, "version": MANIFEST_VERSION, "generation": _next_generation(directory),
        "shards": shard_count, "segments": list(segments), "files": files, "overlay": stated,
        "parameters": json.loads(canonical(parameters, "parameters")),
    }
    write(directory, manifest)
    _sweep(directory, keep={*files, *([overlay] if overlay is not None else [])})
    return manifest


def write(directory: Path, manifest: Manifest) -> None:
    """Put a manifest into ``directory``."""
    rendered = _render(manifest)
    if len(rendered) > MANIFEST_LIMIT:
        raise ParameterError(f"the manifest takes {len(rendered)} bytes, at most {MANIFEST_LIMIT} can be read back")
    with replacing(directory / MANIFEST_NAME) as file:
        write_all(file, memoryview(rendered))


def read(directory: str | Path) -> Manifest:
    """The manifest of the index at ``directory``; its files are not looked at.

    Raises IndexNotFoundError, IndexFormatError, IndexDamagedError.
    """
    directory = Path(directory)
    name = f"{directory}/{MANIFEST_NAME}"
    with opened(directory / MANIFEST_NAME) as (file, size):
        if size > MANIFEST_LIMIT:
            raise IndexDamagedError(f"{name} has {size} bytes, at most {MANIFEST_LIMIT} are possible")
        data = b"".join(iter(lambda: os.read(file, MANIFEST_LIMIT), b""))
    manifest = parse_object(data, name)
    if manifest.get("format") != MANIFEST_FORMAT:
        raise IndexFormatError(f"{name} is not of a simfilter index")
    if manifest.get("version") != MANIFEST_VERSION:
        raise IndexFormatError(f"{name} has version {manifest.get('version')!r}; this simfilter reads version {MANIFEST_VERSION}")
    manifest.pop("checksum", None)
    if not _well_formed(manifest):
        raise IndexDamagedError(f"{name} does not state what a manifest must")
    if _render(manifest) != data:
        raise IndexDamagedError(f"{name} does not agree with its checksum")
    result: Manifest = manifest  # type: ignore[assignment]
    return result


def following(directory: str | Path, opener: Callable[[Manifest], Opened]) -> Opened:
    """``opener`` of the manifest; again when another was published meanwhile and its files are gone."""
    directory = Path(directory)
    manifest = read(directory)
    while True:
        try:
            return opener(manifest)
        except (IndexNotFoundError, IndexDamagedError, FileNotFoundError) as error:
            again = read(directory)
            if again == manifest:
                if isinstance(error, IndexNotFoundError):
                    raise IndexDamagedError(f"{directory}: a file of the manifest is missing: {error}") from None
                raise
            manifest = again


def check(path: Path, stated: Mapping[str, Any], *, magic: bytes = MAGIC) -> None:
    """Raise IndexNotFoundError or IndexDamagedError unless ``path`` is the file that a manifest states."""
    with Container.open(path, verify=False, magic=magic) as container:
        if path.stat().st_size != stated["size"] or container.digest != stated["digest"]:
            raise IndexDamagedError(f"{path.name} is not the file that the manifest states")


def current(directory: Path) -> Manifest | None:
    """The manifest of the index there, None where the first one may be made. Raises ParameterError for anything else."""
    try:
        names = os.listdir(directory)
    except NotADirectoryError:
        raise ParameterError(f"{directory} is a file; an index is a directory") from None
    if MANIFEST_NAME in names:
        try:
            return read(directory)
        except IndexFormatError as error:
            raise ParameterError(f"{directory} is not overwritten: {error}") from None
    for name in names:
        if not (_FILE.fullmatch(name) or _TEMPORARY.fullmatch(name) or _DAMAGED.fullmatch(name)):
            raise ParameterError(f"{directory} is not overwritten: it is neither empty nor an index ({name!r})")
    return None


def leftovers(directory: Path) -> list[str]:
    """Segments and overlays there, the newest first, whether a manifest names them or not."""
    found = [name for name in os.listdir(directory) if _FILE.fullmatch(name)]
    return sorted(found, key=_age, reverse=True)


def set_aside(directory: Path, name: str) -> None:
    """Give a damaged file the ending ``.damaged``, so that it does not count and is not lost."""
    os.replace(directory / name, directory / f"{name}.damaged")


def erase_damaged(directory: Path) -> None:
    """Remove what `set_aside` kept."""
    for name in os.listdir(directory):
        if _DAMAGED.fullmatch(name):
            os.unlink(directory / name)
    sync_directory(directory)


def _next_generation(directory: Path) -> int:
    """Where a manifest is lost, the names of the files tell how far it was."""
    before = current(directory)
    if before is not None:
        return before["generation"] + 1
    if not (directory / f"{MANIFEST_NAME}.damaged").exists():
        return 1
    return 1 + max((_age(name)[0] for name in leftovers(directory)), default=0)


def _age(name: str) -> tuple[int, int]:
    _, generation, number = name.split(".")[0].split("-")
    return int(generation), int(number)


def _well_formed(manifest: Mapping[str, Any]) -> bool:
    segments, files, overlay = manifest.get("segments"), manifest.get("files"), manifest.get("overlay")
    counted = {"size": int, "digest": str, "documents": int, "removed": int, "shard": int}
    named = {"name": str, "size": int, "digest": str}

    def fits(entry: Any, kinds: Mapping[str, type]) -> bool:
        return isinstance(entry, dict) and set(entry) == set(kinds) and all(type(entry[name]) is kind for name, kind in kinds.items())

    return (
        set(manifest) == set(Manifest.__annotations__)
        and type(manifest["generation"]) is int and manifest["generation"] >= 1
        and type(manifest["shards"]) is int and manifest["shards"] >= 1 and isinstance(manifest["parameters"], dict)
        and isinstance(segments, list) and all(isinstance(name, str) and _FILE.fullmatch(name) for name in segments)
        and isinstance(files, dict) and len(segments) == len(files) and set(segments) == set(files)
        and all(fits(file, counted) and 0 <= file["shard"] < manifest["shards"] for file in files.values())
        and isinstance(overlay, dict) and (not overlay or (fits(overlay, named) and _FILE.fullmatch(overlay["name"]) is not None))
    )


def _render(manifest: Mapping[str, Any]) -> bytes:
    """The one way to write a manifest: reading demands these bytes."""
    checksum = xxhash.xxh3_128_hexdigest(canonical(manifest, "manifest"))
    return json.dumps({**manifest, "checksum": checksum}, sort_keys=True, indent=1, allow_nan=False).encode("ascii") + b"\n"


def _sweep(directory: Path, keep: set[str]) -> None:
    """Remove files outside ``keep``, and temporary files whose writers, which hold a lock on them, are gone."""
    for name in os.listdir(directory):
        path = directory / name
        try:
            if _FILE.fullmatch(name) and name not in keep:
                path.unlink()
            elif _TEMPORARY.fullmatch(name):
                file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
                finally:
                    os.close(file)
        except BlockingIOError:
            pass
        except OSError as error:
            logger.warning("%s stays behind: %s", path, error.strerror)
    sync_directory(directory)  # what was removed does not come back
