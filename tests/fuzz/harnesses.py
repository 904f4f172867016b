"""What hostile bytes may reach from Python: each harness takes bytes and lets nothing through but simfilter's own errors.

`python -m tests.fuzz NAME` looks for new inputs with atheris; tests/fuzz/test_fuzz.py tries the kept seeds and some changes of each.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from simfilter import Document, Filter, build
from simfilter.background import Background
from simfilter.diff import parse
from simfilter.errors import SimfilterError
from simfilter.index import Index
from simfilter.index.container import MAGIC, Container, write_container
from simfilter.index.keyed import MAGIC as KEYED
from simfilter.index.keyed import KeyedIndex, build_keyed
from simfilter.index.manifest import read as read_manifest
from simfilter.index.segment import Segment
from simfilter.index.union import Segments
from simfilter.policy import Policy
from simfilter.session import Ledger
from simfilter.stream import Stream
from simfilter.views import read

KEY = bytes(32)
POEM = "The quiet harbour kept its lamps alight for every boat that winter had not found, and those who waited counted masts. " * 2
CODE = "def total(prices, tax=0):\n    result = 0\n    for price in prices:\n        result += price * (1 + tax)\n    return result\n"
DOCUMENTS = [Document(id="poem", text=POEM, source="Songs"), Document(id="total.py", text=CODE, source="shop", language="python")]


@cache
def folder() -> Path:
    """A folder of this process, with a small index in it."""
    made = Path(tempfile.mkdtemp(prefix="simfilter-fuzz-"))
    build(DOCUMENTS, made / "index")
    build_keyed(DOCUMENTS, made / "keyed", key=KEY)
    return made


@cache
def judge() -> Filter:
    return Filter.open(folder() / "index")


def _file(data: bytes) -> Path:
    path = folder() / f"input-{os.getpid()}"
    path.write_bytes(data)
    return path


def _judge(segment: Segment) -> Filter:
    """A filter over an index of one segment, wherever that came from."""
    whole = judge().index
    return Filter(Index(whole.path, whole.manifest, Segments([segment], segment.families)))


def _asked(segment: Segment) -> None:
    """For what its first documents are and hold, and for copies of them."""
    for number in range(min(4, len(segment))):
        segment.provenance(number)
        segment.text(number)
    _judge(segment).check(POEM + "\n```python\n" + CODE + "```\n")


def container(data: bytes) -> None:
    """A segment's file: opened as a container, as a segment, and asked for what it holds."""
    path = _file(data)
    with suppress(SimfilterError), Container.open(path) as opened:
        for name in opened.sizes():
            bytes(opened.section(name))
    with suppress(SimfilterError):
        _asked(Segment(path, verify=False))
    with suppress(SimfilterError):
        Background.open(path).info()


def keyed(data: bytes) -> None:
    """A text-free index, with its key and a text to compare."""
    with suppress(SimfilterError):
        Filter(KeyedIndex.open(_file(data), key=KEY, verify=False)).check(POEM + CODE)


@cache
def _sections(name: str) -> tuple[dict[str, bytes], dict[str, object], bytes]:
    path, magic = (folder() / "keyed", KEYED) if name == "keyed" else (next((folder() / "index").glob("*.sfx")), MAGIC)
    with Container.open(path, magic=magic) as opened:
        return {section: bytes(opened.section(section)) for section in opened.sizes()}, opened.parameters, magic


def forged(data: bytes) -> None:
    """An index with sound checksums and other numbers in it: which file, which section, where, by how much it is cut, what stands there."""
    if len(data) < 5:
        return
    name = ("keyed", "index")[data[0] & 1]
    sections, parameters, magic = _sections(name)
    chosen = list(sections)[data[1] % len(sections)]
    held = bytearray(sections[chosen])
    at = int.from_bytes(data[2:4], "little") % (len(held) + 1)
    held[at : at + len(data) - 5] = data[5:]
    del held[len(held) - data[4] % (len(held) + 1) if data[4] & 1 else len(held) :]
    path = folder() / f"forged-{os.getpid()}"
    write_container(path, sections | {chosen: held}, parameters=parameters, magic=magic)
    if name == "keyed":
        with suppress(SimfilterError):
            Filter(KeyedIndex.open(path, key=KEY)).check(POEM + CODE)
        return
    for verify in (True, False):
        with suppress(SimfilterError):
            _asked(Segment(path, verify=verify))


def manifest(data: bytes) -> None:
    """The manifest of an index."""
    place = folder() / f"manifest-{os.getpid()}"
    place.mkdir(exist_ok=True)
    (place / "MANIFEST.json").write_bytes(data)
    with suppress(SimfilterError):
        read_manifest(place)


def answer(data: bytes) -> None:
    """A model's answer, whole and in pieces: one verdict, spans inside."""
    text = data.decode("utf-8", "replace")
    verdict = judge().check(text)
    assert all(0 <= match.query.start < match.query.end <= len(text) for match in verdict.matches)
    stream = Stream(judge())
    shown = "".join([stream.accept(text[at : at + 31]) for at in range(0, len(text), 31)] + [stream.close()])
    assert stream.blocked or (stream.verdict.action is verdict.action and shown == text), "a stream gives out what it was given"


def source(data: bytes) -> None:
    """A file of code in the language its first byte names."""
    from simfilter.views.languages import GRAMMARS

    names = list(GRAMMARS)
    text = data[1:].decode("utf-8", "surrogateescape")
    reading = read(text, language=names[data[0] % len(names)] if data else names[0])
    assert all((piece.tokens.starts < piece.tokens.ends).all() for piece in reading.code)


def patch(data: bytes) -> None:
    """A patch for `scan --diff`."""
    with suppress(SimfilterError):
        parse(data.decode("utf-8", "surrogateescape"))


def settings(data: bytes) -> None:
    """A stored ledger and a policy."""
    with suppress(SimfilterError):
        Ledger.loads(data.decode("utf-8", "replace"))
    with suppress(SimfilterError):
        Policy.load(_file(data))


HARNESSES: dict[str, Callable[[bytes], None]] = {harness.__name__: harness for harness in (
    container, forged, keyed, manifest, answer, source, patch, settings)}


@cache
def seeds() -> dict[str, list[bytes]]:
    """Where each harness begins."""
    made = folder() / "index"
    segment = next(made.glob("*.sfx")).read_bytes()
    code = CODE.encode()
    return {
        "container": [segment],
        "forged": [bytes([file, section, 0, 0, 0, value, value]) for file in range(2) for section in range(32) for value in (1, 255)],
        "keyed": [(folder() / "keyed").read_bytes()], "manifest": [(made / "MANIFEST.json").read_bytes()],
        "answer": [POEM.encode(), code, "h\u200ba漢字 e\u0301\u202e".encode() * 9,
                   b"```python\n" + code + b"```\nand so\n\n    x = 1\n> - 1. a\n"],
        "source": [bytes([number]) + code + b"/* a */ 'b' \"c\" `${d}` <<E\n" for number in range(17)],
        "patch": [b"--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,3 @@\n a\n+b\n c\n",
                  b'diff --git "a/\\303\\251" b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n'],
        "settings": [b'{"simfilter_ledger":1,"seen":{"a":[[0,10,3.0,9.5]]}}',
                     b'action = "cite"\n[text.verbatim]\ntokens = 9\n[[rule]]\nlicence = ["MIT"]\naction = "flag"\n'],
    }
