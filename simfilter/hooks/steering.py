"""Steering: which next tokens keep a text clean. Knows token ids and a decoder, no framework; the logits hooks share it.

All is a function of the token prefix. Beam search reorders rows, drafts are taken back, prompt lookup asks about texts that never were: so
the streams here are found by the ids they have read, whatever row they stood in, and taken back or forked to where a prefix parts from
them.

The text is judged, not the tokens: capitals, spacing and other ways to cut words into tokens evade nothing. A step costs one `accept`.
Only when a text is restless (`Stream.restless`) are candidates tried, the likeliest first, one check of the live stretch each (of the whole
text within code); then those not tried are shut out too, so that what is sampled was judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from simfilter.filter import Filter
from simfilter.stream import Mark, Stream

Decode = Callable[[Sequence[int]], str]
"""Token ids to text, special tokens left out."""

BROKEN = "\ufffd"

WINDOW = 12
"""Ids that are decoded again at most, but for a character that takes longer."""


class Detokenizer:
    """Token ids to pieces of text, one at a time: a piece is what a token adds to the text decoded so far.

    Decoders look at neighbours (leading spaces, characters of several tokens), so a few ids are decoded again with each; what ends in the
    midst of a character waits for the rest.
    """

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self.ids: list[int] = []
        self._begin = 0  # ids from here on are decoded again; those before have been told
        self._known = ""

    def piece(self, token: int) -> str:
        """What ``token`` would add."""
        text = self._decode([*self.ids[self._begin :], token])
        return "" if text.endswith(BROKEN) else text[len(self._known) :]

    def add(self, token: int) -> str:
        """Take a token; what it adds."""
        added = self.piece(token)
        self.ids.append(token)
        self._known += added
        if added and len(self.ids) - self._begin > WINDOW:
            begin = len(self.ids) - WINDOW // 2
            known = self._decode(self.ids[begin:])
            if not known.endswith(BROKEN):
                self._begin, self._known = begin, known
        return added

    def state(self) -> tuple[int, int, str]:
        """For `restore`."""
        return len(self.ids), self._begin, self._known

    def restore(self, state: tuple[int, int, str]) -> None:
        size, self._begin, self._known = state
        del self.ids[size:]

    def copy(self) -> Detokenizer:
        """An independent copy."""
        other = Detokenizer(self._decode)
        other.ids, other._begin, other._known = list(self.ids), self._begin, self._known
        return other


class _Line:
    """A stream and the ids it has read, with a place to go back to after each."""

    def __init__(self, stream: Stream, words: Detokenizer) -> None:
        self.stream, self.words = stream, words
        self.places: list[tuple[Mark, tuple[int, int, str]]] = [(stream.mark(), words.state())]

    def go_to(self, ids: Sequence[int], common: int) -> None:
        """Read ``ids``, of which the first ``common`` are known."""
        if common < len(self.words.ids):
            mark, state = self.places[common]
            self.stream.rollback(mark)
            self.words.restore(state)
            del self.places[common + 1 :]
        for token in ids[common:]:
            self.stream.accept(self.words.add(token), release=False)
            self.places.append((self.stream.mark(), self.words.state()))

    def fork(self) -> _Line:
        other = _Line(self.stream.fork(), self.words.copy())
        other.places = list(self.places)
        return other


class Ranked(Protocol):
    """The candidates of one row, the likeliest first, as many as are asked for."""

    def __call__(self, count: int) -> Sequence[int]: ...


class Steering:
    """For each generated prefix, the tokens that may follow."""

    def __init__(self, filter: Filter, decode: Decode, *, end: int, candidates: int = 8, prompt: str | None = None) -> None:
        """``end`` is the token that ends a text; ``candidates`` are tried a restless step, eight times as many when none may follow."""
        self._fresh = Stream(filter, prompt=prompt)
        self._decode, self._end, self._candidates = decode, end, candidates
        self._lines: dict[tuple[int, ...], _Line] = {}

    def step(self, rows: Iterable[Sequence[int]], ranked: Callable[[int], Ranked]) -> list[list[int] | None]:
        """For each row of generated ids the tokens that may follow, None when any may; ``ranked(row)`` gives its candidates."""
        lines: dict[tuple[int, ...], _Line] = {}
        allowed = []
        for number, row in enumerate(rows):
            ids = tuple(row)
            line = lines.get(ids)
            if line is None:
                line = lines[ids] = self._line(ids)
            allowed.append(self._allowed(line, ranked(number)))
        for ids, line in self._lines.items():  # others may be asked for again: beams that were overtaken, drafts
            if len(lines) >= 4 * max(1, len(allowed)):
                break
            lines.setdefault(ids, line)
        self._lines = lines
        return allowed

    def _line(self, ids: tuple[int, ...]) -> _Line:
        exact = self._lines.pop(ids, None) or self._lines.pop(ids[:-1], None)
        if exact is not None:
            exact.go_to(ids, len(exact.words.ids))
            return exact
        best, common = None, 0
        for known, line in self._lines.items():
            shared = next((at for at, (a, b) in enumerate(zip(known, ids, strict=False)) if a != b), min(len(known), len(ids)))
            if shared > common:
                best, common = line, shared
        line = best.fork() if best is not None else _Line(self._fresh.fork(), Detokenizer(self._decode))
        line.go_to(ids, common)
        return line

    def _allowed(self, line: _Line, ranked: Ranked) -> list[int] | None:
        stream = line.stream
        if not stream.restless:
            return None
        if not stream.allows(""):
            return [self._end]
        for tried in (self._candidates, 8 * self._candidates):
            allowed = [token for token in ranked(tried) if token == self._end or stream.allows(line.words.piece(token))]
            if allowed:
                return allowed
        return [self._end]
