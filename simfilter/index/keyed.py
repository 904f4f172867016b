"""A text-free index: keyed k-grams with document numbers and positions, one file, no text.

Of the c-th place of each k-gram (c below OCCURRENCES) two numbers are kept: a label, and the place under a pad. Both are BLAKE2b of the
k-gram and c under a secret key and the index's own salt. Without the key they are as good as random: nobody can tell whether a text is
held, nor which labels belong to one k-gram, and the file tells sizes only. This is the encrypted dictionary of Cash et al., "Dynamic
searchable encryption in very-large databases" (NDSS 2014). What that means, and what it does not: docs/text-free.md.

Why BLAKE2b: its keyed mode is a pseudo-random function by design (RFC 7693), it takes salt and purpose as parameters, gives label and pad
in one call, and stands in Python's library. SipHash-1-3, which the core has, is meant for hash tables and gives 64 bits.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from simfilter import _core
from simfilter.corpus import Document
from simfilter.errors import IndexDamagedError, IndexFormatError, ParameterError
from simfilter.index.container import Container, write_container
from simfilter.index.families import EMPTY, families, signatures
from simfilter.index.layout import ascends
from simfilter.index.segment import PARAMETERS, STRUCTURES, Progress, streams_of
from simfilter.index.structure import KGRAM_LENGTH, Seeds, build_filter, documents_of, kgram_hashes
from simfilter.types import Provenance
from simfilter.views import read
from simfilter.views.tokens import PUBLIC_KEY, Characters, encode

MAGIC = b"SIMFKEY\0"
VERSION = 1
LEAST_KEY = 32
"""Bytes of a key file. They must be random: a pass phrase can be guessed, and each guess tried on the stolen file."""
OCCURRENCES = 16
"""Places kept of one k-gram, in documents that are not near-equal where there are any: beyond ten it is common."""
SALT_SIZE, LABEL_SIZE, PLACE = 16, 8, 3
"""Bytes of salt and label; 32-bit numbers of a place: token in the structure; first character, and the one
behind the last, in the document."""
KEPT = {"rename_window": PARAMETERS["rename_window"], "symbols": PARAMETERS["symbols"], "kgram": KGRAM_LENGTH, "occurrences": OCCURRENCES}

Array = NDArray[Any]


def read_key(path: str | Path) -> bytes:
    """The key in a file of at least LEAST_KEY bytes. Raises ParameterError for a shorter one, OSError."""
    data = Path(path).read_bytes()
    if len(data) < LEAST_KEY:
        raise ParameterError(f"the key file has {len(data)} bytes; need {LEAST_KEY} random ones: head -c {LEAST_KEY} /dev/urandom > KEY")
    return blake2b(data, digest_size=32, person=b"simfilter key").digest()


@dataclass(frozen=True, slots=True)
class Labeller:
    """Labels and pads of one index; holds the key."""

    key: bytes
    salt: bytes

    @property
    def check(self) -> str:
        """What tells the right key from a wrong one."""
        return blake2b(key=self.key, salt=self.salt, person=b"key check", digest_size=16).hexdigest()

    def __call__(self, purpose: str, rows: NDArray[np.uint32], counts: NDArray[np.uint8]) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        """``labels[m]`` and ``pads[m, PLACE]`` for the ``counts[m]``-th places of the k-grams ``rows[m, k]``."""
        start = blake2b(key=self.key, salt=self.salt, person=purpose.encode(), digest_size=LABEL_SIZE + 4 * PLACE)
        packed = np.concatenate([rows.view(np.uint8).reshape(len(rows), 4 * rows.shape[1]), counts[:, None]], axis=1)
        width, data, found = packed.shape[1], packed.tobytes(), bytearray()
        for at in range(0, len(data), width):
            one = start.copy()
            one.update(data[at : at + width])
            found += one.digest()
        table = np.frombuffer(found, np.uint8).reshape(len(rows), LABEL_SIZE + 4 * PLACE)
        return (table[:, :LABEL_SIZE].copy().view(np.uint64).reshape(-1), table[:, LABEL_SIZE:].copy().view(np.uint32).reshape(-1, PLACE))


class _Collector:
    """The k-grams and words of one structure over all documents."""

    def __init__(self, k: int) -> None:
        self.k = k
        self.symbols: list[NDArray[np.uint32]] = []
        self.places: list[NDArray[np.uint32]] = []
        self.starts = [0]

    def add(self, streams: Iterable[tuple[NDArray[np.uint32], ...]], characters: Characters) -> None:
        count = self.starts[-1]
        for symbols, starts, ends in streams:
            if len(symbols):
                self.symbols += [symbols, np.zeros(1, np.uint32)]
                bounds = np.zeros((len(symbols) + 1, 2), np.uint32)
                bounds[:-1] = np.stack([characters.all_at(starts), characters.all_at(ends)], axis=1)
                self.places.append(bounds)
                count += len(symbols) + 1
        self.starts.append(count)

    def columns(self, label: Labeller, name: str, groups: NDArray[np.uint32]) -> dict[str, Array]:
        symbols = np.concatenate([*self.symbols, np.zeros(0, np.uint32)])
        bounds = np.concatenate([*self.places, np.zeros((0, 2), np.uint32)])
        if len(symbols) >= 1 << 32:
            raise ParameterError(f"{len(symbols)} tokens of {name}; a text-free index holds at most {1 << 32}: build several")
        starts = np.array(self.starts, np.uint64)
        hashes = kgram_hashes(symbols, self.k)
        kept, rank = _kept(hashes, groups, np.searchsorted(starts, np.arange(len(hashes)), side="right") - 1)
        windows = np.lib.stride_tricks.sliding_window_view(symbols, self.k) if len(hashes) else np.zeros((0, self.k), np.uint32)
        labels, pads = label(name, np.ascontiguousarray(windows[kept]), rank)
        places = np.stack([kept.astype(np.uint32), bounds[kept, 0], bounds[kept + self.k - 1, 1]], axis=1) if len(kept) else pads
        order = np.argsort(labels)
        words, times = np.unique(symbols[symbols != 0], return_counts=True)
        word_labels, word_pads = label(name + " word", words[:, None].copy(), np.zeros(len(words), np.uint8))
        by_label = np.argsort(word_labels)
        return {"documents": starts, "filter": build_filter(labels[rank == 0]), "labels": labels[order], "places": (places ^ pads)[order],
                "words": word_labels[by_label], "counts": (times.astype(np.uint32) ^ word_pads[:, 0])[by_label]}


def _kept(hashes: NDArray[np.uint64], groups: NDArray[np.uint32],
          documents: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Which windows are kept, and the rank of each among those of its hash: of near-equal documents the first, OCCURRENCES in all."""
    order = np.argsort(hashes, kind="stable")
    order = order[hashes[order] != 0]
    family = groups[documents[order]]
    by_family = np.lexsort((order, family, hashes[order]))
    order, family = order[by_family], family[by_family]
    first = np.concatenate(([True], (np.diff(hashes[order]) != 0) | (np.diff(family) != 0))) if len(order) else np.zeros(0, bool)
    begin = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0)) if len(order) else order
    order = order[documents[order] == documents[order[begin]]]
    first = np.concatenate(([True], np.diff(hashes[order]) != 0)) if len(order) else np.zeros(0, bool)
    rank = np.arange(len(order)) - np.maximum.accumulate(np.where(first, np.arange(len(order)), 0)) if len(order) else order
    few = rank < OCCURRENCES
    return order[few], rank[few].astype(np.uint8)


def build_keyed(documents: Iterable[Document], path: str | Path, *, key: bytes, progress: Progress | None = None) -> dict[str, Any]:
    """Write a text-free index of ``documents`` to the file ``path``; returns what `KeyedIndex.info` tells.

    ``key`` is what `read_key` gives. Boilerplate documents are left out. Raises ParameterError when there is no document or two share an
    id, OSError; a file there is replaced whole or not at all.
    """
    path = Path(path)
    if path.is_dir():
        raise ParameterError(f"{path} is a directory; a text-free index is a file")
    label = Labeller(key, os.urandom(SALT_SIZE))
    collectors = {name: _Collector(KGRAM_LENGTH[name]) for name in STRUCTURES}
    rows: list[bytes] = []
    signed: list[NDArray[np.uint32]] = []
    seen: set[str] = set()
    notes: dict[str, int] = {}
    for document in documents:
        if document.id in seen:
            raise ParameterError(f"two documents have the id {document.id!r}")
        seen.add(document.id)
        if document.boilerplate:
            continue
        reading = read(document.text, language=document.language, key=PUBLIC_KEY)
        for note in reading.notes:
            notes[note] = notes.get(note, 0) + 1
        streams = streams_of(reading, code=document.language is not None)
        characters = Characters(document.text, encode(document.text))
        for name, found in streams.items():
            collectors[name].add(found, characters)
        hashes = np.concatenate([np.zeros(0, np.uint64), *(kgram_hashes(one[0], KGRAM_LENGTH[name])
                                                          for name, found in streams.items() for one in found)])
        signed.append(signatures(hashes, np.array([0, len(hashes)], np.uint64))[0] if len(hashes) else EMPTY)
        row = asdict(document)
        del row["text"], row["boilerplate"]
        rows.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
        if progress is not None:
            progress("read", len(rows), None)
    if not rows:
        raise ParameterError("nothing to protect: no document was read")
    groups = families(np.array(signed, np.uint32))
    sections: dict[str, Any] = {"families": groups}
    for name, collector in collectors.items():
        if progress is not None:
            progress(f"label {name}", 0, 1)
        sections |= {f"{name}.{column}": values for column, values in collector.columns(label, name, groups).items()}
    sections |= {"document.rows": b"".join(rows), "document.offsets": np.cumsum([0, *map(len, rows)]).astype(np.uint64)}
    write_container(path, sections, parameters=KEPT | {"salt": label.salt.hex(), "key_check": label.check}, magic=MAGIC, version=VERSION)
    with KeyedIndex.open(path, verify=False) as index:
        return {**index.info(), "notes": notes}


class KeyedStructure:
    """What a text-free index tells, with the key, of one token stream."""

    def __init__(self, arrays: dict[str, Array], k: int, name: str, documents: int) -> None:
        """Raises IndexDamagedError when the arrays do not belong together."""
        self.k, self._name = k, name
        self.document_starts = arrays["documents"]
        self._labels, self._words, self._counts = arrays["labels"], arrays["words"], arrays["counts"]
        self.size = int(self.document_starts[-1]) if len(self.document_starts) else 0
        if not (ascends(self.document_starts) and self.size < 1 << 32 and len(self.document_starts) == documents + 1
                and len(self._words) == len(self._counts) and len(arrays["places"]) == PLACE * len(self._labels)):
            raise IndexDamagedError(f"the columns of {name} do not fit each other")
        self._places = arrays["places"].reshape(-1, PLACE)
        self._filter = _core.NgramFilter(arrays["filter"])

    @property
    def kgram_count(self) -> int:
        """Places of k-grams that are held."""
        return len(self._labels)

    def look_up(self, label: Labeller, symbols: NDArray[np.uint32]) -> NDArray[np.int64]:
        """``[h, 1 + PLACE]``: window of ``symbols``, and token, first and last character of a place that holds it."""
        count = len(symbols) - self.k + 1
        found = [np.zeros((0, 1 + PLACE), np.int64)]
        if count < 1 or not self.size:
            return found[0]
        windows = np.lib.stride_tricks.sliding_window_view(symbols, self.k)
        at = np.flatnonzero((windows != 0).all(axis=1))
        for occurrence in range(OCCURRENCES):
            labels, pads = label(self._name, np.ascontiguousarray(windows[at]), np.full(len(at), occurrence, np.uint8))
            if not occurrence:
                hits = np.zeros(len(labels), np.uint8)
                self._filter.contains(labels, hits)
                at, labels, pads = at[hits > 0], labels[hits > 0], pads[hits > 0]
            where = np.minimum(np.searchsorted(self._labels, labels), max(0, len(self._labels) - 1))
            same = self._labels[where] == labels if len(self._labels) else np.zeros(len(labels), bool)
            at, where, pads = at[same], where[same], pads[same]
            if not len(at):
                break
            found.append(np.concatenate([at[:, None], (self._places[where] ^ pads).astype(np.int64)], axis=1))
        table = np.concatenate(found)
        sound = (table[:, 1] + self.k <= self.size) & (table[:, 2] <= table[:, 3])  # a forged place, or two labels that are equal
        return table[sound]

    def occurrences(self, label: Labeller, words: NDArray[np.uint32]) -> NDArray[np.int64]:
        """How often each of n words stands in the corpus."""
        labels, pads = label(self._name + " word", words[:, None].copy(), np.zeros(len(words), np.uint8))
        if not len(self._words):
            return np.zeros(len(words), np.int64)
        where = np.minimum(np.searchsorted(self._words, labels), len(self._words) - 1)
        counts = (self._counts[where] ^ pads[:, 0]).astype(np.int64)
        return np.where(self._words[where] == labels, np.minimum(counts, self.size), 0)

    def document_of(self, positions: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The document that holds each token position."""
        return documents_of(self.document_starts, positions)


def seeds_of(table: NDArray[np.int64], k: int) -> Seeds:
    """Runs of k-grams that follow each other on both sides, from what `KeyedStructure.look_up` gives."""
    query, source = table[:, 0], table[:, 1]
    order = np.lexsort((query, source - query))
    query, source = query[order], source[order]
    begins = np.flatnonzero(np.concatenate(([True], (np.diff(query) != 1) | (np.diff(source) != 1))))
    length = np.diff(np.append(begins, len(query))) + k - 1
    query, source = query[begins], source[begins]
    order = np.lexsort((source, query))
    return Seeds(query[order].astype(np.uint32), source[order].astype(np.uint64), length[order].astype(np.uint32))


class KeyedIndex:
    """An opened text-free index; immutable, shared by all threads. Without its key it tells sizes and documents only."""

    def __init__(self, path: Path, container: Container, key: bytes | None) -> None:
        self.path, self._container = path, container
        parameters = container.parameters
        if {name: parameters.get(name) for name in KEPT} != json.loads(json.dumps(KEPT)):
            raise IndexFormatError(f"{path.name} was built with other parameters than this version uses")
        self._label: Labeller | None = None
        if key is not None:
            try:
                self._label = Labeller(key, bytes.fromhex(parameters["salt"]))
                check = self._label.check
            except (KeyError, TypeError, ValueError):
                raise IndexDamagedError(f"{path.name} does not state its salt") from None
            if check != parameters.get("key_check"):
                raise ParameterError(f"{path.name} was built with another key")
        self.families = container.array("families", np.uint32)
        self._rows, self._offsets = container.section("document.rows"), container.array("document.offsets", np.uint64)
        count = len(self.families)
        if len(self._offsets) != count + 1 or not ascends(self._offsets, len(self._rows)) or (self.families >= max(1, count)).any():
            raise IndexDamagedError(f"{path.name}: the documents' columns do not fit each other")
        kinds = {"documents": np.uint64, "filter": np.uint8, "labels": np.uint64, "places": np.uint32, "words": np.uint64,
                 "counts": np.uint32}
        self.structures = {name: KeyedStructure({column: container.array(f"{name}.{column}", kind) for column, kind in kinds.items()},
                                                KGRAM_LENGTH[name], name, count) for name in STRUCTURES}

    @classmethod
    def open(cls, path: str | Path, *, key: bytes | None = None, verify: bool = True) -> Self:
        """Map the text-free index at ``path``; ``key`` is what `read_key` gives.

        Raises IndexNotFoundError, IndexFormatError, IndexDamagedError, ParameterError for another key.
        """
        return cls(Path(path), Container.open(path, verify=verify, magic=MAGIC, version=VERSION), key)

    @property
    def label(self) -> Labeller:
        """Raises ParameterError when the index was opened without its key."""
        if self._label is None:
            raise ParameterError(f"{self.path.name} is a text-free index: nothing can be compared with it without its key (--key-file)")
        return self._label

    @property
    def segments(self) -> Any:
        """There is none: whoever needs the protected text is told."""
        raise ParameterError("a text-free index judges whole texts only; this needs an index that holds the text")

    def __len__(self) -> int:
        return len(self.families)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self.structures = {}
        self._container.close()

    def provenance(self, document: int) -> Provenance:
        """Where a document comes from."""
        start, end = self._offsets[document : document + 2].tolist()
        try:
            row = json.loads(bytes(self._rows[start:end]).decode("utf-8", "surrogatepass"))
            return Provenance(str(row["id"]), str(row["source"]), row["licence"], row["url"], row["language"], tuple(map(str, row["tags"])))
        except (ValueError, TypeError, KeyError, RecursionError):
            raise IndexDamagedError(f"document {document} has no readable description") from None

    @property
    def documents(self) -> Iterator[Provenance]:
        """Where each protected document comes from."""
        return (self.provenance(number) for number in range(len(self)))

    def info(self) -> dict[str, Any]:
        """Counts and sizes: documents, k-grams held, bytes of each part, bits a k-gram."""
        sizes = self._container.sizes()
        kgrams = {name: structure.kgram_count for name, structure in self.structures.items()}
        held = sum(size for name, size in sizes.items() if name.split(".")[-1] in ("filter", "labels", "places"))
        return {"path": str(self.path), "text_free": True, "documents": len(self), "kgrams": kgrams, "parts": sizes,
                "index_bytes": self.path.stat().st_size, "bits_per_kgram": 8 * held / max(1, sum(kgrams.values()))}
