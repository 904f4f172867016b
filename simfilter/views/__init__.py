"""Views: characters -> tokens with spans, one `Reading` a text.

`read` is the only thing the index and the filter call: both see a text through the same eyes, or nothing would match.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from simfilter.errors import CapacityError, GrammarError
from simfilter.views import text as text_view
from simfilter.views.code import STRING, CodeTokens, code_tokens
from simfilter.views.guess import guess_bare, guess_language
from simfilter.views.markdown import regions
from simfilter.views.statements import NORMALIZATIONS
from simfilter.views.tokens import PUBLIC_KEY, Characters, Tokens, encode

__all__ = ["CodePiece", "CodeTokens", "Reading", "Tokens", "read"]

MOST_BLOCKS, CHARACTERS_A_BLOCK = 256, 200
"""Blocks of code that are read in one text: so many, or one for so many of its characters. The shortest block takes a millisecond."""

LONG_STRING = 18
"""Words of a string in code that is text too, as many as the default policy asks of a verbatim copy: a prompt or a page of a manual has
them, a message has not."""


@dataclass(frozen=True, slots=True, eq=False)
class CodePiece:
    """The tokens of one stretch of code; offsets are bytes of the whole text."""

    language: str
    tokens: CodeTokens


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One text under all its views.

    ``words`` are the tokens of the whole text, ``code`` the pieces of code. ``notes`` say what could not be read, and why.
    """

    data: bytes
    characters: Characters
    words: Tokens
    code: tuple[CodePiece, ...]
    notes: tuple[str, ...]

    def comments(self) -> Tokens:
        """The words that stand in comments, docstrings and strings of LONG_STRING words or more, one stream: what of code is text."""
        inside = np.zeros(len(self.words) + 1, np.int32)
        for piece in self.code:
            tokens = piece.tokens
            strings = np.stack([tokens.starts, tokens.ends], axis=1)[tokens.classes == STRING]
            for spans, least in ((tokens.comments, 1), (strings, LONG_STRING)):
                first = np.searchsorted(self.words.starts, spans[:, 0])
                last = np.searchsorted(self.words.ends, spans[:, 1], side="right")
                enough = last - first >= least
                np.add.at(inside, first[enough], 1)
                np.subtract.at(inside, last[enough], 1)
        kept = np.cumsum(inside[:-1]) > 0
        return Tokens(self.words.symbols[kept], self.words.starts[kept], self.words.ends[kept])


def read(text: str, *, language: str | None = None, key: bytes = PUBLIC_KEY,
         normalize: Collection[str] = tuple(NORMALIZATIONS)) -> Reading:
    """See ``text`` under every view; ``normalize`` names what forms of statements pass over.

    With ``language`` the whole text is code of that language. Without, it is read as a chat answer: markdown prose with fenced code;
    a bare snippet has its language guessed.
    """
    data = encode(text)
    characters = Characters(text, data)
    words = text_view.tokenize(data, key=key)
    pieces: list[CodePiece] = []
    notes: list[str] = []
    for where, name in _stretches(text, language, notes):
        try:
            pieces.append(CodePiece(name, _code(text, characters, where, name, key, normalize)))
        except (GrammarError, CapacityError) as error:
            notes.append(str(error))
    return Reading(data, characters, words, tuple(pieces), tuple(dict.fromkeys(notes)))


def _stretches(text: str, language: str | None, notes: list[str]) -> list[tuple[list[tuple[int, int]], str]]:
    """Where code stands: for each stretch its character pieces, in order, and its language; what is too much is noted."""
    if language is not None:
        return [([(0, len(text))], language)]
    blocks = [region for region in regions(text) if region.kind != "prose"]
    if all(block.kind == "indented" for block in blocks) and (guess := guess_bare(text)) is not None:
        return [([(0, len(text))], guess)]
    most = max(MOST_BLOCKS, len(text) // CHARACTERS_A_BLOCK)
    if len(blocks) > most:
        notes.append(f"of {len(blocks)} blocks of code {most} were read as code")
    result = []
    for block in blocks[:most]:
        where = [(piece.start, piece.end) for piece in block.pieces]
        guesser = guess_language if block.kind == "fenced" else guess_bare
        name = block.language or guesser("".join(text[a:b] for a, b in where))
        if name is not None:
            result.append((where, name))
    return result


def _code(text: str, characters: Characters, where: list[tuple[int, int]], language: str, key: bytes,
          normalize: Collection[str]) -> CodeTokens:
    """Tokens of the pieces read as one snippet, with offsets in bytes of the whole text."""
    parts = [encode(text[a:b]) for a, b in where]
    tokens = code_tokens(b"".join(parts), language, key=key, normalize=normalize)
    if len(where) == 1 and where[0][0] == 0:
        return tokens
    begins = characters.bytes_before([a for a, _ in where])
    local = np.concatenate(([0], np.cumsum([len(part) for part in parts])))[:-1]

    def outer(offsets: np.ndarray, at_end: bool) -> np.ndarray:
        piece = np.searchsorted(local, offsets, side="left" if at_end else "right") - 1
        piece = np.maximum(piece, 0)
        return (offsets - local[piece] + begins[piece]).astype(np.uint32)

    comments = tokens.comments
    if len(comments):
        comments = np.stack([outer(comments[:, 0], False), outer(comments[:, 1], True)], axis=1)
    return CodeTokens(outer(tokens.starts, False), outer(tokens.ends, True), tokens.classes, tokens.lexemes,
                      tokens.renamed, tokens.statements, comments, tokens.errors)
