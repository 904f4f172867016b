"""Slow and evident, after docs/FORMATS.md: statements of code tokens, the hash of one, and the hash of two."""

from __future__ import annotations

from collections.abc import Sequence

from tests.oracle.kgram import mix

FIXED, IDENTIFIER, NUMBER, STRING = range(4)
MOST = 64
LINES, BRACES, JOINS, COLONS, MODIFIERS = 1, 2, 4, 8, 16
GUARDS = b"if for while switch catch foreach synchronized".split()
ALONE = b"else do try finally".split()
HEADERS = b"if elif else for while with try except finally def class async match case".split()
IN_FRONT = b". ?. && || ? ?? |>".split()
WORDS_IN_FRONT = (b"public private protected internal static final abstract const let var val mut pub inline extern volatile register "
                  b"constexpr virtual override async export unsafe sealed readonly open auto transient native strictfp lateinit "
                  b"declare").split()


def goes_on(text: bytes) -> bool:
    """Whether a line that ends in this operator goes on."""
    return text == b"=>" or (text[-1:] in [b"%c" % c for c in b"+-*/%=&|^<,.~"] and text not in (b"++", b"--"))


def cut(source: bytes, tokens: Sequence[tuple[int, int, int]], flags: int) -> list[tuple[int, int]]:
    """(first token, length) of each statement of the tokens (start, end, class)."""
    found: list[list[int]] = []
    brackets: list[bytes] = []
    within = guard = header = False
    for number, (start, end, kind) in enumerate(tokens):
        text = source[start:end] if kind == FIXED else b""
        outside = brackets[-1:] in ([], [b"{"])
        before, last, before_kind = tokens[number - 1] if number else (0, start, FIXED)
        gap = source[last:start]
        joined = gap[: gap.find(b"\n")].endswith(b"\\") or (
            flags & JOINS and ((before_kind == FIXED and goes_on(source[before:last])) or text in IN_FRONT))
        if flags & LINES and outside and b"\n" in gap and not joined:
            within = False
        if (flags & BRACES and (text == b"{" or (text == b"}" and outside))) or (outside and text == b";"):
            within = False
        else:
            if not within:
                guard = header = False
                found.append([])
            elif len(found[-1]) == MOST:
                found.append([])
            within = True
            if found[-1]:
                found[-1].append(number)
            elif not (flags & MODIFIERS and text in WORDS_IN_FRONT):
                found[-1].append(number)
                guard |= bool(flags & BRACES) and text in GUARDS
                header |= bool(flags & COLONS) and text in HEADERS
                within = not (flags & BRACES and text in ALONE)
        if text == b"{" and flags & BRACES:
            brackets.append(b"{")
        elif text.endswith((b"(", b"[", b"{")):
            brackets.append(b"(")
        elif text.startswith((b")", b"]", b"}")) and text.endswith((b")", b"]", b"}")):
            del brackets[-1:]
        if brackets[-1:] in ([], [b"{"]) and ((guard and text == b")") or (header and text == b":")):
            within = False
    return [(statement[0], len(statement)) for statement in found if statement]


def form(tokens: Sequence[tuple[int, int]]) -> int:
    """The hash of the tokens (lexeme, class) of one statement, or of two in a row."""
    names = list(dict.fromkeys(lexeme for lexeme, kind in tokens if kind == IDENTIFIER))
    total = len(tokens)
    for lexeme, kind in tokens:
        code = lexeme if kind == FIXED else names.index(lexeme) if kind == IDENTIFIER else 0
        total = (total * 0x9E3779B97F4A7C15 + mix(kind << 32 | code)) % 2**64
    hashed = mix(total)
    return (hashed >> 32 ^ hashed) % 2**32 or 1
