"""The values that travel between the rooms: Span, Provenance, Match, Verdict, Action.

All are immutable. Spans are characters of the string the caller gave (query) or of the document as stored (source).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from simfilter.errors import ParameterError


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range of characters in the text as the caller gave it.

    >>> Span(3, 8).overlap(Span(6, 9))
    2
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ParameterError(f"need 0 <= start <= end, got {self.start}..{self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def overlap(self, other: Span) -> int:
        """Characters the two spans share."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def of(self, text: str) -> str:
        """The piece of ``text`` this span covers."""
        return text[self.start : self.end]


class Action(IntEnum):
    """What to do with an output; several are combined by ``max``."""

    ALLOW = 0
    FLAG = 1
    CITE = 2
    REDACT = 3
    BLOCK = 4

    @classmethod
    def parse(cls, name: str) -> Action:
        """The action called ``name`` (any case). Raises ParameterError."""
        try:
            return cls[name.upper()]
        except KeyError:
            raise ParameterError(f"unknown action {name!r}; one of {', '.join(a.name.lower() for a in cls)}") from None


class Kind(StrEnum):
    """How a match relates to its source."""

    VERBATIM = "verbatim"  # equal under the view: case, spacing, look-alikes aside
    RENAMED = "renamed"  # code whose names or literals were changed consistently
    EDITED = "edited"  # equal but for a few inserted, deleted or changed tokens


class View(StrEnum):
    """What counts as the same."""

    TEXT = "text"
    LEXEME = "lexeme"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a protected document comes from."""

    document: str
    source: str
    licence: str | None = None
    url: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A copy: ``query`` characters of the judged text equal ``source`` characters of a protected document.

    ``tokens`` counts query tokens inside the match, ``longest_run`` the longest unbroken run of equal tokens. ``coverage`` is the share
    of the query's tokens this match covers, ``containment`` the share of the source document's, ``density`` that of the query's tokens
    from its first to its last. ``bits`` is the surprise: minus the summed log2 probability of the tokens. ``documents`` counts the
    distinct documents (near-equal ones once) that hold the longest run. ``renaming`` lists ``(source name, query name)`` for renamed
    code. ``verified`` is False for what a text-free index tells: chained keyed k-grams, no text compared.
    """

    kind: Kind
    view: View
    query: Span
    source: Span
    provenance: Provenance
    tokens: int
    longest_run: int
    identity: float
    coverage: float
    containment: float
    bits: float
    documents: int
    density: float = 1.0
    renaming: tuple[tuple[str, str], ...] = ()
    action: Action = Action.ALLOW
    rule: str = ""
    verified: bool = True

    @property
    def characters(self) -> int:
        """Length of the match in characters of the query."""
        return len(self.query)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A verified match that does not count, and why."""

    match: Match
    reason: str


@dataclass(frozen=True, slots=True, order=True)
class Exempt:
    """``tokens`` equal tokens of a match within ``query`` that do not count, and why; ``prompt`` are the characters of the prompt that hold
    the same tokens, None where it was not the prompt."""

    query: Span
    tokens: int
    reason: str
    prompt: Span | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """The longest unbroken runs of equal tokens that a text shares with any protected document, exempt passages included.

    Runs are counted on symbols, which equal tokens always share: never too few. Where none is as long as a seed, a seed less one is told.

    >>> str(Certificate(words=3, code=15))
    'no protected run of 4 words or 16 code tokens or more remains'
    """

    words: int
    code: int

    def __str__(self) -> str:
        return f"no protected run of {self.words + 1} words or {self.code + 1} code tokens or more remains"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement over one text.

    ``scanned`` is False when some part could not be looked at; ``notes`` then say which and why. Not scanned is never clean:
    ``clean`` is True only for a text that was scanned whole and holds no match above ALLOW. ``exempt`` lists all pieces of matches that did
    not count because the prompt supplied them or they are boilerplate. ``certificate`` is given for a text that was rewritten.
    """

    action: Action
    matches: tuple[Match, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    scanned: bool = True
    notes: tuple[str, ...] = field(default=())
    certificate: Certificate | None = None
    exempt: tuple[Exempt, ...] = ()

    @property
    def clean(self) -> bool:
        """True when everything was scanned and nothing was found."""
        return self.scanned and self.action is Action.ALLOW
