"""The short form of fuzzing: seeds, inputs that once failed, and some changes of each, the same each time. `make fuzz` is the long one."""

import random

import pytest

from tests.fuzz.harnesses import HARNESSES, seeds

CHANGES = {"container": 40, "forged": 4, "keyed": 40, "manifest": 100, "answer": 8, "source": 12, "patch": 100, "settings": 100}
AWKWARD = [b"\0", b"\xff", b"\x80", b"\xed\xa0\x80", b"\xe2\x80\x8b", b"\n", b"```", b"\\", b"{", b"(", b"\"", b"1e999", b"[[", b"-1",
           b"2" * 20]

ONCE_FAILED: list[tuple[str, bytes]] = [
    ("forged", bytes([0, 2, 24, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255])),  # more tokens than a signed number can count
    ("forged", bytes([1, 3, 31, 0, 0]) + b"licencf"),  # a document's description without its licence
    ("patch", '--- a\n+++ "\u65e5"\n@@ -1 +1 @@\n+a\n'.encode()),  # a quoted path of characters beyond Latin-1
]


def changed(data: bytes, rng: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at, length = rng.randrange(len(found) + 1), rng.randint(1, 16)
        kind = rng.randrange(5)
        if kind == 0 and at < len(found):
            found[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            found[at : at + length] = rng.choice(AWKWARD)
        elif kind == 2:
            del found[at : at + length]
        elif kind == 3:
            found[at:at] = found[at : at + length] * rng.randint(1, 20)
        else:
            found[at : at + 8] = rng.randbytes(8)
    return bytes(found)


@pytest.mark.parametrize("name", HARNESSES)
def test_hostile_bytes_end_in_an_error_of_ours(name: str) -> None:
    rng = random.Random(name)
    for seed in seeds()[name]:
        HARNESSES[name](seed)
        for _ in range(CHANGES[name]):
            HARNESSES[name](changed(seed, rng))
    for where, data in ONCE_FAILED:
        if where == name:
            HARNESSES[name](data)
