"""Slow and evident: SipHash-1-3, and the text view's basic rules for prose of plain words."""

import re
import unicodedata

MASK = (1 << 64) - 1
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0f"
# An apostrophe or a hyphen joins unless digits stand on both sides.
WORD = re.compile(r"[^\W_]+(?:['’-](?:(?<=[^\W\d_].)|(?=[^\W\d_]))[^\W_]+)*")


def siphash13(data: bytes, key: bytes) -> int:
    k0, k1 = (int.from_bytes(key[i : i + 8], "little") for i in (0, 8))
    v0, v1 = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D
    v2, v3 = k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573

    def rotate(value: int, by: int) -> int:
        return (value << by | value >> (64 - by)) & MASK

    def sipround() -> None:
        nonlocal v0, v1, v2, v3
        v0 = (v0 + v1) & MASK
        v1 = rotate(v1, 13) ^ v0
        v0 = rotate(v0, 32)
        v2 = (v2 + v3) & MASK
        v3 = rotate(v3, 16) ^ v2
        v0 = (v0 + v3) & MASK
        v3 = rotate(v3, 21) ^ v0
        v2 = (v2 + v1) & MASK
        v1 = rotate(v1, 17) ^ v2
        v2 = rotate(v2, 32)

    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 255])
    for i in range(0, len(padded), 8):
        word = int.from_bytes(padded[i : i + 8], "little")
        v3 ^= word
        sipround()
        v0 ^= word
    v2 ^= 0xFF
    for _ in range(3):
        sipround()
    return v0 ^ v1 ^ v2 ^ v3


def symbol(token: bytes, key: bytes) -> int:
    value = siphash13(token, key)
    return (value >> 32 ^ value & 0xFFFFFFFF) or 1


def join_pairs(word: str) -> str:
    out = ""
    for char in word:
        pair = out[-1:] + char
        out = out[:-1] + {"rn": "m", "vv": "w", "cl": "d"}[pair] if pair in ("rn", "vv", "cl") else out + char
    return out


def fold(word: str) -> str:
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    text = "".join(
        c for c in text if unicodedata.category(c) != "Mn" and c not in INVISIBLE and c not in "'’-"
    )
    return join_pairs(text.translate(str.maketrans("i10", "llo")))


def words(text: str) -> list[str]:
    """Normalised words of a text without line breaks, letter spacing, list markers and look-alikes."""
    visible = "".join(c for c in text if c not in INVISIBLE)
    return [fold(found[0]) for found in WORD.finditer(visible)]
