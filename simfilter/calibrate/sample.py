"""Samples: copies of what an index protects, disguised and planted in innocent text; and innocent texts.

Everything follows from the index, the negatives and the seed. Documents are cut in two halves by their source, or where a view has few
sources by family of near-equal documents: thresholds are chosen on the first half and reported on the second. Where there are few families
too, pieces are cut in halves instead.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from simfilter import evasion
from simfilter.corpus import Document
from simfilter.errors import ParameterError
from simfilter.evasion.syntax import functions
from simfilter.index.union import Segments
from simfilter.types import Span
from simfilter.views.text import tokenize
from simfilter.views.tokens import Characters, encode

LEAST_GROUPS = 4
"""Sources, or families, that are cut in halves."""
HOST_WORDS = 100
"""Words of a host before and behind a copy."""
WINDOW_WORDS = 200
"""Words of an innocent piece of prose."""
FUNCTION_LINES = (5, 60)
"""Lines of an innocent function."""
MOST_INNOCENT = 8000
"""Pieces of a view: enough to show 1 in 1,000 on each half."""
NOT_PROTECTED = -1
"""The family of negatives."""
PARTIAL = "partial"
"""The evasion that sets a third of a function into another one."""

_INTRODUCTION, _CLOSE = "Here is one way to do it:\n\n", "\n\nTell me if anything is unclear."


@dataclass(frozen=True, slots=True)
class Piece:
    """A text to judge, of ``document``. ``half`` is 0 or 1, ``without`` the families of documents that are no evidence in it."""

    text: str
    document: str
    view: str
    half: int
    without: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Copy(Piece):
    """A piece that holds a copy of a document of ``family`` at the characters ``planted``; ``length`` says of what length."""

    family: int = NOT_PROTECTED
    planted: Span = field(default_factory=lambda: Span(0, 0))
    evasion: str = ""
    length: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A document, read when it is needed: of ``group`` and of the other ``families`` in it no piece is evidence against its own."""

    name: str
    family: int
    group: str
    families: frozenset[int]
    half: int
    language: str | None
    read: Callable[[], str]

    @property
    def view(self) -> str:
        return view_of(self.language)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a text without its disguise."""

    text: str
    of: Text
    half: int

    @property
    def family(self) -> int:
        return self.of.family

    @property
    def language(self) -> str | None:
        return self.of.language


def view_of(language: str | None) -> str:
    """The view a document's copies are looked for in."""
    return "text" if language is None else "code"


def protected(segments: Segments, seed: int) -> list[Text]:
    """The documents of an index in the order they are drawn from."""
    numbers = segments.numbers
    families: list[int] = segments.families[numbers].tolist()
    origins = list(segments.provenances())
    order = list(range(len(segments)))
    _rng(seed, "documents").shuffle(order)
    views = [view_of(origin.language) for origin in origins]
    sources = {view: {origin.source for origin, at in zip(origins, views, strict=True) if at == view} for view in set(views)}
    groups = [f"{view} of {origin.source}" if len(sources[view]) >= LEAST_GROUPS else f"family {family}"
              for view, origin, family in zip(views, origins, families, strict=True)]
    members: dict[str, set[int]] = {}
    for group, family in zip(groups, families, strict=True):
        members.setdefault(group, set()).add(family)
    together = {group: frozenset(members[group]) for group in members}
    half = {group: at % 2 for at, group in enumerate(dict.fromkeys(groups[number] for number in order))}
    return [Text(origins[number].document, families[number], groups[number], together[groups[number]], half[groups[number]],
                 origins[number].language, partial(segments.text, numbers[number])) for number in order]


def foreign(documents: Sequence[Document], seed: int) -> list[Text]:
    """The operator's negatives in the order they are drawn from."""
    order = list(enumerate(documents))
    _rng(seed, "negatives").shuffle(order)
    return [Text(document.id, NOT_PROTECTED, f"negative {number}", frozenset(), at % 2, document.language,
                 partial(getattr, document, "text")) for at, (number, document) in enumerate(order)]


def split_by_piece(texts: Sequence[Text], view: str) -> bool:
    """Whether a view has too few documents to be cut in halves of documents."""
    return len({text.group for text in texts if text.view == view}) < LEAST_GROUPS


def copies(texts: Sequence[Text], hosts: Sequence[Text], *, count: int, lengths: Sequence[int], lines: Sequence[tuple[int, int]],
           seed: int) -> Iterator[Copy]:
    """For each evasion ``count`` copies of each length, of prose in words and of functions in lines; every evasion of the same passages."""
    for length in lengths:
        passages = _drawn(texts, "text", count, partial(_windows, length=length), seed, f"{length} words")
        for name, disguise in evasion.PROSE.items():
            rng = _rng(seed, name, length)
            for passage in passages:
                yield _in_prose(passage, disguise.apply(passage.text, rng), hosts, rng, name, f"{length} words")
    functions_at_hand = hosts if any(host.view == "code" for host in hosts) else texts
    others = _drawn(functions_at_hand, "code", 4 * count, partial(_functions, lines=FUNCTION_LINES), seed, "hosts")
    for least, most in lines:
        label = f"{least}-{most} lines"
        passages = _drawn(texts, "code", count, partial(_functions, lines=(least, most)), seed, label)
        names = list(evasion.code("python"))
        for name in (*names, PARTIAL):
            rng = _rng(seed, name, label)
            for passage in passages:
                if name == PARTIAL:
                    copy = _in_code(passage, others, rng, label)
                    if copy is not None:
                        yield copy
                else:
                    disguised = evasion.code(passage.language or "")[name].apply(passage.text, rng)
                    yield _fenced(passage, disguised, Span(0, len(disguised)), frozenset(), name, label)


def innocents(texts: Sequence[Text], view: str, *, seed: int, most: int = MOST_INNOCENT) -> list[Piece]:
    """Pieces that copy nothing: windows of prose, functions in a fence; what is shorter whole. Of protected documents their own group is
    no evidence."""
    def found(text: Text, rng: random.Random) -> list[str]:
        if view == "text":
            return _windows(text, rng, length=WINDOW_WORDS) or [text.read()]
        return _functions(text, rng, lines=FUNCTION_LINES) or [text.read()] * (text.read().count("\n") <= FUNCTION_LINES[1])

    passages = _drawn(texts, view, most, found, seed, "innocent")
    return [Piece(passage.text if view == "text" else _fence(passage.text, passage.language), passage.of.name, view, passage.half,
                  passage.of.families) for passage in passages]


def _rng(seed: int, *purpose: object) -> random.Random:
    return random.Random("/".join(map(str, (seed, *purpose))))


def _drawn(texts: Sequence[Text], view: str, count: int, found: Callable[[Text, random.Random], list[str]], seed: int, purpose: str,
           ) -> list[Passage]:
    """``count`` passages of a view, as many of each half as there are, spread over the documents."""
    rng = _rng(seed, view, purpose)
    fitting = [text for text in texts if text.view == view]
    by_piece = split_by_piece(texts, view)
    share = max(4, 8 * count // max(1, len(fitting)))
    halves: tuple[list[Passage], list[Passage]] = [], []
    for text in fitting:
        if all(len(half) >= 2 * count for half in halves):
            break
        pieces = found(text, rng)
        for at, piece in enumerate(rng.sample(pieces, min(len(pieces), count if by_piece else share))):
            half = at % 2 if by_piece else text.half
            halves[half].append(Passage(piece, text, half))
    return [passage for half in halves for passage in rng.sample(half, min(len(half), count // 2))]


def _windows(text: Text, rng: random.Random, *, length: int) -> list[str]:
    """All stretches of ``length`` words that do not overlap, from a random beginning."""
    content = text.read()
    data = encode(content)
    words, characters = tokenize(data), Characters(content, data)
    begin = rng.randrange(min(length, max(1, len(words) - length + 1)))
    return [characters.span(int(words.starts[at]), int(words.ends[at + length - 1])).of(content)
            for at in range(begin, len(words) - length + 1, length)]


def _functions(text: Text, rng: random.Random, *, lines: tuple[int, int]) -> list[str]:
    """The functions of so many lines, at the margin."""
    content = text.read()
    found = []
    for span in functions(content, text.language or "", lines=lines):
        line = content[content.rfind("\n", 0, span.start) + 1 : span.start]
        found.append(span.of(content).replace("\n" + line, "\n") if line and not line.strip() else span.of(content))
    return found


def _in_prose(passage: Passage, copy: str, hosts: Sequence[Text], rng: random.Random, name: str, label: str) -> Copy:
    """The copy between words of a host of another family."""
    before, behind, family = _INTRODUCTION, _CLOSE, NOT_PROTECTED
    fitting = [host for host in hosts if host.view == "text" and host.family != passage.family]
    if fitting:
        host = rng.choice(fitting)
        words = host.read().split()
        at = rng.randrange(max(1, len(words) - 2 * HOST_WORDS))
        family = host.family
        before = " ".join(words[at : at + HOST_WORDS]) + "\n\n"
        behind = "\n\n" + " ".join(words[at + HOST_WORDS : at + 2 * HOST_WORDS])
    return Copy(before + copy + behind, passage.of.name, "text", passage.half, frozenset((family,)) - {NOT_PROTECTED}, passage.family,
                Span(len(before), len(before) + len(copy)), name, label)


def _in_code(passage: Passage, others: Sequence[Passage], rng: random.Random, label: str) -> Copy | None:
    """A third of the function within another one of its language; None when either has no statements to part."""
    fitting = [other for other in others if other.language == passage.language and other.family != passage.family]
    language = passage.language or ""
    for other in rng.sample(fitting, min(8, len(fitting))):
        try:
            third = evasion.piece(evasion.code(language)["renamed"].apply(passage.text, rng), rng, language)
            whole, span = evasion.planted(third, rng, language, other.text)
        except ParameterError:
            continue
        return _fenced(passage, whole, span, frozenset((other.family,)) - {NOT_PROTECTED}, PARTIAL, label)
    return None


def _fenced(passage: Passage, code: str, span: Span, without: frozenset[int], name: str, label: str) -> Copy:
    answer = _fence(code, passage.language)
    at = answer.index("\n", len(_INTRODUCTION)) + 1
    return Copy(answer, passage.of.name, "code", passage.half, without, passage.family, Span(at + span.start, at + span.end), name, label)


def _fence(code: str, language: str | None) -> str:
    fence = "`" * 3
    while fence in code:
        fence += "`"
    return f"{_INTRODUCTION}{fence}{language}\n{code}\n{fence}{_CLOSE}"
