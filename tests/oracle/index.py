"""A reader of indices written from docs/FORMATS.md alone, slow and evident."""

import array
import json
import struct
import zlib
from bisect import bisect_right
from itertools import pairwise
from pathlib import Path

import xxhash

from tests.oracle.kgram import kgram_hashes

KINDS = {"u8": "B", "u32": "I", "i32": "i", "u64": "Q", "i64": "q"}
K = {"text": 4, "code": 16}
SALT = [int(word, 16) for word in ["47b6137b", "44974d91", "8824ad5b", "a2b7289d", "705495c7", "2df1424b", "9efc4947", "5c6bfb31"]]
REMOVED = 0xFFFFFFFF


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


class Container:
    """Sections by name, every byte of the file accounted for."""

    def __init__(self, path: Path, magic: bytes) -> None:
        data = path.read_bytes()
        found, version, mark, size, count = struct.unpack_from("<8sIIQQ", data)
        assert (found, version, mark, size) == (magic, 1, 0x01020304, len(data))
        self.end = 64 + 48 * count
        self.head = xxhash.xxh3_128_hexdigest(data[: self.end])
        assert struct.unpack_from("<QQ", data, 48) == (xxhash.xxh3_64_intdigest(data[64 : self.end]), xxhash.xxh3_64_intdigest(data[:56]))
        self.sections: dict[str, bytes] = {}
        end = self.end
        for number in range(count):
            name, offset, length, checksum = struct.unpack_from("<24sQQQ", data, 64 + 48 * number)
            assert offset == -(-end // 64) * 64 and not any(data[end:offset])
            section = data[offset : offset + length]
            assert len(section) == length and xxhash.xxh3_64_intdigest(section) == checksum
            self.sections[name.rstrip(b"\0").decode("ascii")] = section
            end = offset + length
        assert end == len(data) and next(iter(self.sections)) == "parameters"
        assert xxhash.xxh3_128_digest(self.sections["parameters"]) == data[32:48]
        self.parameters = json.loads(self.sections["parameters"])
        assert canonical(self.parameters) == self.sections["parameters"]

    def numbers(self, name: str, kind: str) -> list[int]:
        return array.array(KINDS[kind], self.sections[name]).tolist()


class Segment(Container):
    """Documents, and each structure's tokens with their places in the text."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, b"SIMFSEG\0")
        offsets = self.numbers("source.offsets", "u64")
        text = b"".join(zlib.decompress(self.sections["source.blocks"][low:high]) for low, high in pairwise(offsets))
        for starts, count in (("source.bytes", len), ("source.characters", lambda piece: len(piece.decode("utf-8")))):
            assert all(count(text[:at]) == stated for at, stated in
                       zip(self.numbers("source.bytes", "u64"), self.numbers(starts, "u64"), strict=True))
        self.text = text
        self.bounds = self.numbers("document.bounds", "u64")
        rows = self.numbers("document.offsets", "u64")
        self.rows = [json.loads(self.sections["document.rows"][low:high]) for low, high in pairwise(rows)]
        self.boilerplate = [json.loads(line) for line in zlib.decompress(self.sections["boilerplate.documents"]).split(b"\n") if line]
        self.symbols = {name: self.numbers(f"{name}.symbols", "u32") for name in K}
        self.starts = {name: self.numbers(f"{name}.documents", "u64") for name in K}
        self.places = {name: self._places(name) for name in K}

    def document(self, number: int) -> str:
        return self.text[self.bounds[number] : self.bounds[number + 1]].decode("utf-8", "surrogatepass")

    def _places(self, name: str) -> list[tuple[int, int]]:
        gaps, lengths = self.numbers(f"{name}.gaps", "u8"), self.numbers(f"{name}.lengths", "u8")
        checkpoints, flat = self.numbers(f"{name}.checkpoints", "u64"), self.numbers(f"{name}.exceptions", "u64")
        exceptions = {flat[at]: (flat[at + 1], flat[at + 2]) for at in range(0, len(flat), 3)}
        places: list[tuple[int, int]] = []
        for at, (gap, length) in enumerate(zip(gaps, lengths, strict=True)):
            start = checkpoints[at // 64] if at % 64 == 0 else (places[-1][1] if places else 0) + gap
            places.append(exceptions.get(at, (start, start + length)))
        return places

    def check(self) -> None:
        """Suffix arrays are sorted, filters have every k-gram, statements are counted."""
        for name, k in K.items():
            symbols = self.symbols[name]
            assert self.numbers(f"{name}.tokens", "u64") == [len(symbols) - symbols.count(0)]
            order = self.numbers(f"{name}.suffixes", "i32")
            assert order == sorted(range(len(symbols)), key=lambda at: symbols[at:])
            assert all(may_hold(self.sections[f"{name}.filter"], value) for value in kgram_hashes(symbols, k, 0) if value)
        forms = self.numbers("statement.hashes", "u32")
        counted = dict(zip(self.numbers("statement.common", "u32"), self.numbers("statement.counts", "u32"), strict=True))
        counted |= dict.fromkeys(self.numbers("statement.once", "u32"), 1)
        assert counted == {form: forms.count(form) for form in forms}
        firsts, pairs = self.numbers("statement.firsts", "u32"), self.numbers("statement.pairs", "u32")
        assert list(zip(pairs, firsts, strict=True)) == sorted(zip(pairs, firsts, strict=True))
        starts, lengths = self.numbers("statement.starts", "u32"), self.numbers("statement.lengths", "u8")
        assert all(low + length <= high for low, length, high in zip(starts, lengths, starts[1:], strict=False))
        assert self.numbers("statement.documents", "u64") == [sum(start < first for start in starts) for first in self.starts["code"]]


def may_hold(filter_: bytes, key: int) -> bool:
    magic, count, _, zero = struct.unpack_from("<8sQQQ", filter_)
    assert magic == b"SFBLOOM1" and zero == 0 and len(filter_) == 32 * (count + 1)
    words = struct.unpack_from("<8I", filter_, 32 * (1 + ((key >> 32) * count >> 32)))
    return all(word >> ((key & 0xFFFFFFFF) * salt % (1 << 32) >> 27) & 1 for word, salt in zip(words, SALT, strict=True))


class Index:
    """All segments, and which documents count."""

    def __init__(self, path: Path) -> None:
        raw = (path / "MANIFEST.json").read_bytes()
        manifest = json.loads(raw)
        assert json.dumps(manifest, sort_keys=True, indent=1).encode("ascii") + b"\n" == raw
        checksum = manifest.pop("checksum")
        assert checksum == xxhash.xxh3_128_hexdigest(canonical(manifest))
        assert (manifest["format"], manifest["version"]) == ("simfilter index", 2)
        self.manifest = manifest
        self.segments = [Segment(path / name) for name in manifest["segments"]]
        for name, segment in zip(manifest["segments"], self.segments, strict=True):
            stated = manifest["files"][name]
            size = (path / name).stat().st_size
            assert (stated["size"], stated["digest"], stated["documents"]) == (size, segment.head, len(segment.rows))
            assert segment.parameters == manifest["parameters"]
        if manifest["overlay"]:
            self.overlay = Container(path / manifest["overlay"]["name"], b"SIMFOVL\0")
            assert self.overlay.head == manifest["overlay"]["digest"]
            self.families = self.overlay.numbers("families", "u32")
        else:
            self.families = self.segments[0].numbers("families", "u32")

    def documents(self) -> dict[str, str]:
        """The text of each document that counts, by id."""
        families = iter(self.families)
        return {row["id"]: segment.document(number) for segment in self.segments for number, row in enumerate(segment.rows)
                if next(families) != REMOVED}

    def find(self, symbols: list[int], name: str) -> set[tuple[str, int, int]]:
        """(id, first byte, last byte of the document) of each place that holds these symbols."""
        found = set()
        base = 0
        for segment in self.segments:
            stream = segment.symbols[name]
            for at in range(len(stream) - len(symbols) + 1):
                if stream[at : at + len(symbols)] == symbols:
                    number = bisect_right(segment.starts[name], at) - 1
                    if self.families[base + number] != REMOVED:
                        low = segment.bounds[number]
                        places = segment.places[name]
                        found.add((segment.rows[number]["id"], places[at][0] - low, places[at + len(symbols) - 1][1] - low))
            base += len(segment.rows)
        return found
