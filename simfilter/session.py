"""Sessions: what a conversation has quoted already counts when the next turn is judged.

A session is a filter with a memory. Of each document it remembers which stretches the reader has seen and what they weighed, as a union of
intervals over the source: saying the same again adds nothing. A match then weighs, beside itself,

- what it continues: stretches seen before within `JOIN` characters of it in the source are one copy, cut in two by a turn;
- under a quota, everything of its document that was seen before, wherever it stands: many short quotes are a long one.

What is lighter than eight middling words of prose, or shorter than 20 tokens of code, leaves no trace. The memory is bounded: at most
`DOCUMENTS` documents, those last quoted longest ago forgotten first, and `INTERVALS` stretches of each, the closest made one. It holds no
text and can be stored.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Self

from simfilter.errors import InputError, ParameterError
from simfilter.exempt import Prompt, supplied
from simfilter.filter import Filter
from simfilter.match import LEAST_TOKENS
from simfilter.match.found import Found
from simfilter.policy import Evidence
from simfilter.stream import AsyncFlow, Flow, Stream
from simfilter.types import Action, Verdict

JOIN = 300
"""Characters of the source between two stretches of one copy: the gap of 48 words that a chain may have."""

DOCUMENTS, INTERVALS = 256, 64

LEAST_RUN = 6
"""Words of a quotation that is remembered, if it weighs as much as a copy must (match/chain.py)."""

VERSION = 1


@dataclass(frozen=True, slots=True)
class Quota:
    """How much a conversation may quote: ``tokens`` of one document in all, a ``share`` of its characters (None: any), and tokens of all
    documents of one ``source`` (None: any). More is judged as one copy of that length. Raises ParameterError."""

    tokens: int = 60
    share: float | None = None
    source: int | None = None

    def __post_init__(self) -> None:
        if self.tokens < 0 or (self.source or 0) < 0 or not 0 <= (self.share or 0) <= 1:
            raise ParameterError(f"a quota is tokens >= 0, a share of 0 to 1 and source tokens >= 0; got {self}")


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a conversation has quoted of one document: ``tokens``, and the ``share`` of its characters within the quoted stretches."""

    document: str
    source: str
    tokens: float
    share: float


@dataclass(slots=True)
class Interval:
    """Characters ``start..end`` of a source that were seen, and what they weighed."""

    start: int
    end: int
    tokens: float
    bits: float

    def distance(self, start: int, end: int) -> int:
        return max(0, start - self.end, self.start - end)


@dataclass(slots=True)
class Ledger:
    """What was seen of each document, disjoint intervals in order; the document quoted last stands last.

    >>> ledger = Ledger()
    >>> ledger.add("a", 0, 100, 20, 100.0); ledger.add("a", 50, 150, 20, 100.0)
    >>> [(seen.start, seen.end, seen.tokens) for seen in ledger.seen["a"]]
    [(0, 150, 30.0)]
    """

    seen: dict[str, list[Interval]] = field(default_factory=dict)

    def add(self, document: str, start: int, end: int, tokens: float, bits: float) -> None:
        """Remember a stretch; of what was seen before, only the rest counts."""
        intervals = self.seen.pop(document, [])
        fresh = self.fresh(intervals, start, end)
        merged = Interval(start, end, tokens * fresh, bits * fresh)
        kept = []
        for other in intervals:
            if other.start < end and start < other.end:
                merged = Interval(min(merged.start, other.start), max(merged.end, other.end), merged.tokens + other.tokens,
                                  merged.bits + other.bits)
            else:
                kept.append(other)
        kept = sorted([*kept, merged], key=lambda interval: interval.start)
        while len(kept) > INTERVALS:
            at = min(range(len(kept) - 1), key=lambda at: kept[at + 1].start - kept[at].end)
            first, second = kept[at : at + 2]
            kept[at : at + 2] = [Interval(first.start, second.end, first.tokens + second.tokens, first.bits + second.bits)]
        self.seen[document] = kept
        while len(self.seen) > DOCUMENTS:
            del self.seen[next(iter(self.seen))]

    @staticmethod
    def fresh(intervals: Iterable[Interval], start: int, end: int) -> float:
        """The share of a stretch that was not seen yet."""
        known = sum(max(0, min(end, other.end) - max(start, other.start)) for other in intervals)
        return 1 - known / max(1, end - start)

    def characters(self, document: str) -> int:
        """Characters of a document that were seen."""
        return sum(interval.end - interval.start for interval in self.seen.get(document, []))

    def quoted(self, document: str) -> tuple[float, float]:
        """Tokens and bits seen of a document."""
        intervals = self.seen.get(document, [])
        return sum(interval.tokens for interval in intervals), sum(interval.bits for interval in intervals)

    def continued(self, document: str, start: int, end: int) -> tuple[float, float]:
        """Tokens and bits of what was seen within JOIN of a stretch, and within JOIN of that, and so on."""
        intervals = list(self.seen.get(document, []))
        tokens = bits = 0.0
        while near := [other for other in intervals if other.distance(start, end) <= JOIN]:
            intervals = [other for other in intervals if other not in near]
            tokens += sum(other.tokens for other in near)
            bits += sum(other.bits for other in near)
            start, end = min(start, *(other.start for other in near)), max(end, *(other.end for other in near))
        return tokens, bits

    def dumps(self) -> str:
        """As JSON; holds document ids and numbers, no text."""
        rows = {document: [[i.start, i.end, round(i.tokens, 3), round(i.bits, 3)] for i in intervals]
                for document, intervals in self.seen.items()}
        return json.dumps({"simfilter_ledger": VERSION, "seen": rows}, separators=(",", ":"))

    @classmethod
    def loads(cls, stored: str) -> Self:
        """The ledger `dumps` wrote. Raises InputError for anything else."""
        try:
            table = json.loads(stored)
            if table["simfilter_ledger"] != VERSION:
                raise InputError(f"a ledger of version {table['simfilter_ledger']!r}; this simfilter reads version {VERSION}")
            return cls({str(document): [Interval(int(start), int(end), float(tokens), float(bits)) for start, end, tokens, bits in rows]
                        for document, rows in table["seen"].items()})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"not a stored ledger: {type(error).__name__}") from None


class Session(Filter):
    """A filter that remembers one conversation; not for several threads at once.

    `check`, `apply`, `stream` and the strategies judge in the light of earlier turns. What the reader got to see is told by `record`.

    >>> import tempfile
    >>> from simfilter import Document, build
    >>> words = [f"{a}{b}" for a in ("har", "ked", "lor", "min", "nop", "qua") for b in ("ane", "ibo", "ocu", "ude", "yfi", "ago")]
    >>> where = tempfile.mkdtemp() + "/index"
    >>> _ = build([Document(id="poem", text=" ".join(words), source="Songs")], where)
    >>> session = Session(Filter.open(where))
    >>> session.turn(" ".join(words[:15])).action.name, session.turn(" ".join(words[15:30])).action.name
    ('ALLOW', 'BLOCK')
    """

    _least: Mapping[str, int] = {**LEAST_TOKENS, "text": LEAST_RUN}

    def __init__(self, filter: Filter, *, ledger: Ledger | None = None, quota: Quota | None = None) -> None:
        super().__init__(filter.index, filter.policy, filter.background)
        self.ledger = ledger or Ledger()
        self.quota = quota or Quota()

    def turn(self, text: str, *, prompt: str | Prompt | None = None) -> Verdict:
        """Judge an answer, and remember what of it the reader sees: nothing when it is blocked."""
        prompt = supplied(prompt)
        outcome = self.resolve(text, prompt=prompt)
        if outcome.verdict.action < Action.BLOCK:
            self.record(outcome.text, prompt=prompt)
        return outcome.verdict

    def stream(self, chunks: Iterable[str | bytes], *, prompt: str | Prompt | None = None) -> Flow:
        """As `Filter.stream`; what was given out of the text is remembered at its end."""
        prompt = supplied(prompt)
        return Flow(Stream(self, prompt=prompt), chunks, told=partial(self.record, prompt=prompt))

    def astream(self, chunks: AsyncIterable[str | bytes], *, prompt: str | Prompt | None = None) -> AsyncFlow:
        """The same for chunks that come asynchronously."""
        prompt = supplied(prompt)
        return AsyncFlow(Stream(self, prompt=prompt), chunks, told=partial(self.record, prompt=prompt))

    def record(self, shown: str, *, prompt: str | Prompt | None = None) -> None:
        """Remember what the reader saw."""
        found = self.found(self.read(shown))
        for item in super().weigh(found, prompt):
            if item.tokens:
                source = item.match.source
                self.ledger.add(item.match.provenance.document, source.start, source.end, item.tokens, item.bits)

    def quoted(self) -> list[Quoted]:
        """What was quoted so far, most tokens first; documents the index no longer holds are left out."""
        found = [Quoted(document, source, self.ledger.quoted(document)[0], self._share(document))
                 for document in self.ledger.seen if (source := self._source(document)) is not None]
        return sorted(found, key=lambda each: (-each.tokens, each.document))

    def weigh(self, found: list[Found], prompt: str | Prompt | None = None) -> list[Evidence]:
        """As `Filter.weigh`, with what was seen before added to each match it belongs to."""
        evidence = super().weigh(found, prompt)
        now = Ledger()
        for item in evidence:
            source = item.match.source
            now.add(item.match.provenance.document, source.start, source.end, item.tokens, item.bits)
        return [self._with_past(item, now) for item in evidence]

    def _with_past(self, item: Evidence, now: Ledger) -> Evidence:
        document, source = item.match.provenance.document, item.match.source
        fresh = Ledger.fresh(self.ledger.seen.get(document, []), source.start, source.end)
        if not item.tokens or (not fresh and item.tokens <= self.ledger.quoted(document)[0]):
            return item  # nothing that was not shown before
        before_tokens, before_bits = self.ledger.continued(document, source.start, source.end)
        tokens, bits = before_tokens + item.tokens * fresh, before_bits + item.bits * fresh
        for documents, exceeded in self._quotas(item, now):
            seen = [self.ledger.quoted(each) for each in documents]
            here = [now.quoted(each) for each in documents]
            total = sum(each for each, _ in seen) + fresh * sum(each for each, _ in here)
            if exceeded(total):
                tokens, bits = max(tokens, total), max(bits, sum(each for _, each in seen) + fresh * sum(each for _, each in here))
        if round(tokens) <= item.tokens:
            return item
        past = f"session: {round(tokens)} tokens with what was seen before"
        return replace(item, tokens=round(tokens), bits=max(bits, item.bits), past=past)

    def _quotas(self, item: Evidence, now: Ledger) -> Iterator[tuple[list[str], Callable[[float], bool]]]:
        """The documents each quota counts together, and when so many tokens of them are too many."""
        quota, origin = self.quota, item.match.provenance
        yield [origin.document], lambda tokens: tokens > quota.tokens
        if quota.share is not None:
            most = quota.share
            yield [origin.document], lambda tokens: self._share(origin.document, now) > most
        if quota.source is not None:
            limit = quota.source
            yield [each for each in {**self.ledger.seen, **now.seen} if self._source(each) == origin.source], lambda tokens: tokens > limit

    def _source(self, document: str) -> str | None:
        try:
            return self.index.segments.provenance(self.index.segments.document(document)).source
        except KeyError:
            return None  # no longer protected

    def _share(self, document: str, now: Ledger | None = None) -> float:
        """The share of a document's characters that was seen, and is seen ``now``."""
        both = Ledger({document: list(self.ledger.seen.get(document, []))})
        for interval in now.seen.get(document, []) if now is not None else ():
            both.add(document, interval.start, interval.end, 0, 0)
        return both.characters(document) / max(1, len(self.index.segments.text(self.index.segments.document(document))))
