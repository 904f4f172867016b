"""Literals: other numbers, other words in strings."""

from __future__ import annotations

import random
import re

from simfilter.evasion.names import WORDS
from simfilter.evasion.syntax import Edit, edited, to_text, tokens
from simfilter.views.code import NUMBER, STRING
from simfilter.views.tokens import encode

_PIECES = re.compile(rb"""^[A-Za-z@$&#]*["'`<]+  # prefix and opening quotes
                      | \\(?:[xuU]\{?[0-9a-fA-F]+\}?|[0-7]+|.)  # an escape
                      | %[-+ #0-9.*]*[A-Za-z] | \{[^{}]*\} | \$\w+  # what a format fills in
                      | (?P<word>[A-Za-z]+)""", re.X | re.S)
_PREFIXED = re.compile(rb"0[xXbBoO]")


def change(text: str, rng: random.Random, language: str) -> str:
    """Every number another of about its size, the words of strings other words. Quotes, escapes and format fields stay."""
    source = encode(text)
    found = tokens(source, language)
    groups: list[tuple[Edit]] = []
    for start, end, kind in zip(found.starts.tolist(), found.ends.tolist(), found.classes.tolist(), strict=True):
        if kind == NUMBER:
            groups.append(((start, end, _number(source[start:end], rng)),))
        elif kind == STRING:
            groups.append(((start, end, _string(source[start:end], rng)),))
    return to_text(edited(source, groups, language))


def _number(literal: bytes, rng: random.Random) -> bytes:
    if literal.isdigit() and (literal == b"0" or not literal.startswith(b"0")):
        return str(next(value for value in iter(lambda: rng.randrange(2, 10 ** len(literal) + 3), None) if value != int(literal))).encode()
    prefix = match[0] if (match := _PREFIXED.match(literal)) else b""
    digits = b"01" if prefix in (b"0b", b"0B") else b"1234567"
    return prefix + re.sub(rb"[0-9]", lambda _: digits[(at := rng.randrange(len(digits))) : at + 1], literal[len(prefix) :])


def _string(literal: bytes, rng: random.Random) -> bytes:
    def other(match: re.Match[bytes]) -> bytes:
        word = match["word"]
        if word is None:
            return match[0]
        if len(word) == 1:  # a character stays one
            return bytes([rng.choice(b"abcdefghijklmnopqrstuvwxyz")])
        fresh = rng.choice(WORDS).encode()
        return fresh.upper() if word.isupper() else fresh.capitalize() if word[:1].isupper() else fresh
    return _PIECES.sub(other, literal)
