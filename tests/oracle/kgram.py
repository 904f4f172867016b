"""Slow and evident, after docs/FORMATS.md: mixing, k-gram hashes, the bits of the n-gram filter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WORD = 2**64
BASE = 0x9E3779B97F4A7C15
SALTS = (0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D, 0x705495C7, 0x2DF1424B, 0x9EFC4947, 0x5C6BFB31)


def mix(x: int) -> int:
    x %= WORD
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 % WORD
    x = (x ^ x >> 27) * 0x94D049BB133111EB % WORD
    return x ^ x >> 31


def scale(x: int, n: int) -> int:
    return x * n >> 32


def kgram_hashes(symbols: Sequence[int], k: int, seed: int) -> list[int]:
    salt = mix(seed + k)

    def hashed(window: Sequence[int]) -> int:
        total = sum(mix(symbol + salt) * pow(BASE, k - 1 - at, WORD) for at, symbol in enumerate(window))
        return 0 if 0 in window else mix(total % WORD ^ salt) or 1

    return [hashed(symbols[at : at + k]) for at in range(len(symbols) - k + 1)]


def filter_bytes(keys: Sequence[int]) -> bytes:
    count = max(1, -(-len(keys) * 10 // 256))
    blocks = bytearray(32 * count)
    for byte, bit in (place for key in keys if key for place in places(key, count)):
        blocks[byte] |= 1 << bit
    return b"SFBLOOM1" + b"".join(number.to_bytes(8, "little") for number in (count, len(keys), 0)) + blocks


def places(key: int, count: int) -> Iterable[tuple[int, int]]:
    """Byte and bit of the eight places a key has among ``count`` blocks."""
    for word, salt in enumerate(SALTS):
        bit = key % 2**32 * salt % 2**32 >> 27
        yield 32 * scale(key >> 32, count) + 4 * word + bit // 8, bit % 8
