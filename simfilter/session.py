"""Sessions: what a conversation has quoted already counts when the next turn is judged.

A session is a filter with a memory. Of each document it remembers which stretches the reader has seen and what they weighed, as a union of
intervals over the source: saying the same again adds nothing. A match then weighs, beside itself,

- what it continues: stretches seen before within `JOIN` characters of it in the source are one copy, cut in two by a turn;
- under a quota, everything of its document that was seen before, wherever it stands: many short quotes are a long one.

What is too short to be a match at all (12 words, 24 code tokens) leaves no trace. The memory is bounded: at most `DOCUMENTS` documents,
those last quoted longest ago forgotten first, and `INTERVALS` stretches of each, the closest made one. It holds no text and can be stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from simfilter.errors import InputError
from simfilter.exempt import Exemption
from simfilter.filter import Filter
from simfilter.match import Found
from simfilter.policy import Evidence
from simfilter.types import Action, Verdict

JOIN = 300
"""Characters of the source between two stretches of one copy: the gap of 48 words that a chain may have."""

DOCUMENTS, INTERVALS = 256, 64

VERSION = 1


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of one document a conversation may quote: ``tokens`` in all; more is judged as one copy of that length."""

    tokens: int = 60


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

    def __init__(self, filter: Filter, *, ledger: Ledger | None = None, quota: Quota | None = None) -> None:
        super().__init__(filter.index, filter.policy, filter.background)
        self.ledger = ledger or Ledger()
        self.quota = quota or Quota()

    def turn(self, text: str, *, prompt: str | Exemption | None = None) -> Verdict:
        """Judge an answer, and remember what of it the reader sees: nothing when it is blocked."""
        verdict = self.check(text, prompt=prompt)
        if verdict.action < Action.BLOCK:
            self.record(self.resolve(text, prompt=prompt).text, prompt=prompt)
        return verdict

    def record(self, shown: str, *, prompt: str | Exemption | None = None) -> None:
        """Remember what the reader saw."""
        found = self.found(self.read(shown))
        for item in super().weigh(found, prompt):
            if item.tokens:
                source = item.match.source
                self.ledger.add(item.match.provenance.document, source.start, source.end, item.tokens, item.bits)

    def weigh(self, found: list[Found], prompt: str | Exemption | None = None) -> list[Evidence]:
        """As `Filter.weigh`, with what was seen before added to each match it belongs to."""
        evidence = super().weigh(found, prompt)
        now: dict[str, Ledger] = {}
        for item in evidence:
            source, document = item.match.source, item.match.provenance.document
            now.setdefault(document, Ledger()).add(document, source.start, source.end, item.tokens, item.bits)
        return [self._with_past(item, now[item.match.provenance.document]) for item in evidence]

    def _with_past(self, item: Evidence, now: Ledger) -> Evidence:
        document, source = item.match.provenance.document, item.match.source
        fresh = Ledger.fresh(self.ledger.seen.get(document, []), source.start, source.end)
        if not item.tokens or (not fresh and item.tokens <= self.ledger.quoted(document)[0]):
            return item  # nothing that was not shown before
        own_tokens, own_bits = item.tokens * fresh, item.bits * fresh
        before_tokens, before_bits = self.ledger.continued(document, source.start, source.end)
        seen_tokens, seen_bits = self.ledger.quoted(document)
        here_tokens, here_bits = now.quoted(document)
        if seen_tokens + here_tokens * fresh > self.quota.tokens:
            tokens, bits = seen_tokens + here_tokens * fresh, seen_bits + here_bits * fresh
        else:
            tokens, bits = before_tokens + own_tokens, before_bits + own_bits
        if round(tokens) <= item.tokens:
            return item
        past = f"session: {round(tokens)} tokens with what was seen before"
        return replace(item, tokens=round(tokens), bits=max(bits, item.bits), past=past)
