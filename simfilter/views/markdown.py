"""Markdown answers: prose and code told apart, on the caller's own characters.

markdown-it-py parses blocks; here only its line numbers are turned into spans. Text without any sign of a code block is not parsed at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from simfilter.types import Span
from simfilter.views.languages import language_of_name

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_SIGNS = re.compile(r"```|~~~|^(?:[ ]{4}|[ ]{0,3}\t)", re.MULTILINE)
_BYTE_SIGNS = re.compile(_SIGNS.pattern.encode(), re.MULTILINE)
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of prose or of code; ``pieces`` are its characters, a line each where a quote's or list's prefixes are cut away.

    Indented lines may as well be a poem: they are code only by their look.
    """

    kind: Literal["prose", "fenced", "indented"]
    span: Span
    language: str | None
    pieces: tuple[Span, ...]


def may_hold_code(text: str | bytes) -> bool:
    """Whether anything looks like the beginning of a block of code; without it all is prose. ``bytes`` are UTF-8."""
    if isinstance(text, str):  # substrings are found ten times as fast as the pattern, and most prose has none of these
        return any(sign in text for sign in ("```", "~~~", "    ", "\t")) and _SIGNS.search(text) is not None
    return _BYTE_SIGNS.search(text) is not None


def regions(text: str) -> list[Region]:
    """Prose and code of ``text``, in order; fence lines belong to neither.

    >>> [(region.kind, region.span.of("Hi\\n```py\\nx = 1\\n```\\n")) for region in regions("Hi\\n```py\\nx = 1\\n```\\n")]
    [('prose', 'Hi\\n'), ('fenced', 'x = 1\\n')]
    """
    if not may_hold_code(text):
        return [_prose(0, len(text))] if text else []
    lines = [0, *(found.end() for found in _LINE_END.finditer(text))]
    if lines[-1] != len(text):
        lines.append(len(text))
    result: list[Region] = []
    done = 0
    # A NUL would become two characters' worth of nothing for the parser's line count, so it is shown a space; lengths stay.
    for token in _markdown().parse(text.replace("\0", " ")):
        if token.type not in ("fence", "code_block") or token.map is None:
            continue
        first, last = token.map
        last = min(last, len(lines) - 1)
        content = token.content.split("\n")
        if content[-1] == "":
            content.pop()
        opening = first + (token.type == "fence")
        body = [(lines[number], lines[number + 1]) for number in range(opening, min(opening + len(content), last))]
        pieces = tuple(Span(_content_start(text, start, end, line), end)
                       for (start, end), line in zip(body, content, strict=False))
        if lines[first] > done:
            result.append(_prose(done, lines[first]))
        done = lines[last]
        if pieces:
            language = language_of_name(token.info) if token.type == "fence" else None
            kind: Literal["fenced", "indented"] = "fenced" if token.type == "fence" else "indented"
            result.append(Region(kind, Span(pieces[0].start, pieces[-1].end), language, _united(pieces)))
    if done < len(text):
        result.append(_prose(done, len(text)))
    return result


def _prose(start: int, end: int) -> Region:
    return Region("prose", Span(start, end), None, (Span(start, end),))


def _content_start(text: str, start: int, end: int, line: str) -> int:
    """Where the parser's ``line`` begins within the caller's line: behind the prefixes it took away."""
    stop = end
    while stop > start and text[stop - 1] in "\r\n":
        stop -= 1
    if text[start:stop].endswith(line):
        return stop - len(line)
    return start  # tabs were expanded: keep the whole line


def _united(pieces: tuple[Span, ...]) -> tuple[Span, ...]:
    """Touching pieces made one."""
    result: list[Span] = []
    for piece in pieces:
        if result and result[-1].end == piece.start:
            result[-1] = Span(result[-1].start, piece.end)
        else:
            result.append(piece)
    return tuple(result)


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # What stands within a line is not asked for, and reading it takes the square of its length.
    return MarkdownIt("commonmark", {"maxNesting": 20}).disable(["inline", "text_join", "reference"])
