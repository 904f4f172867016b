"""Replacement strategies: what the reader sees instead of a match.

A strategy takes a text, its verdict, and a `Judge` that judges what it makes of it. All but the plainest call back into the model: to write
again with the copied passages banned, or to put a passage in other words (the loop of BloomScrub, Zhang et al. 2025). What comes back is
judged again; when the attempts are used up, another strategy has the last word. A strategy never returns a text that is worse than its
verdict says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from simfilter.policy import REPLACEMENT_FIELDS, Policy
from simfilter.types import Action, Certificate, Match, Span, Verdict


@dataclass(frozen=True, slots=True)
class Judge:
    """What a strategy asks: the policy, the verdict on a text, and the longest protected runs it holds."""

    policy: Policy
    check: Callable[[str], Verdict]
    certify: Callable[[str], Certificate]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the reader may see, the verdict on it, and how often the model was asked."""

    text: str
    verdict: Verdict
    attempts: int = 0


class Strategy(Protocol):
    """A way to make a text fit to be seen."""

    def __call__(self, text: str, verdict: Verdict, judge: Judge) -> Outcome:
        """``text`` as it may be seen; ``verdict`` is the judge's on it."""
        ...


def by_policy(text: str, verdict: Verdict, judge: Judge) -> Outcome:
    """As the policy's actions say: cited, redacted with markers, or the fallback message. The verdict stays that on ``text``."""
    return Outcome(replaced(text, verdict, judge.policy), verdict)


def refusal(text: str, verdict: Verdict, judge: Judge) -> Outcome:
    """The policy's fallback message for a text that holds anything to redact or block."""
    return Outcome(judge.policy.fallback if verdict.action >= Action.REDACT else text, verdict)


@dataclass(frozen=True, slots=True)
class Regenerate:
    """Write anew, with the copied passages banned; ``generate(banned, attempt)`` returns another text.

    ``banned`` grows with each attempt; attempts count from 1. After ``attempts`` of them ``otherwise`` has the word over the last text.
    """

    generate: Callable[[tuple[str, ...], int], str]
    attempts: int = 3
    otherwise: Strategy = refusal

    def __call__(self, text: str, verdict: Verdict, judge: Judge) -> Outcome:
        banned: dict[str, None] = {}
        for attempt in range(1, self.attempts + 1):
            if verdict.action < Action.REDACT:
                return Outcome(text, verdict, attempt - 1)
            banned |= dict.fromkeys(span.of(text) for span, _ in united(acting(verdict)))
            text = self.generate(tuple(banned), attempt)
            verdict = judge.check(text)
        if verdict.action < Action.REDACT:
            return Outcome(text, verdict, self.attempts)
        return replace(self.otherwise(text, verdict, judge), attempts=self.attempts)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Put each copied passage in other words, until nothing is left; ``rewrite(passage, match)`` returns the new words.

    The verdict on what comes out carries a `Certificate`. After ``attempts`` rounds ``otherwise`` has the word over the last text.
    """

    rewrite: Callable[[str, Match], str]
    attempts: int = 3
    otherwise: Strategy = refusal

    def __call__(self, text: str, verdict: Verdict, judge: Judge) -> Outcome:
        rounds = 0
        while verdict.action >= Action.REDACT and rounds < self.attempts and (copies := united(acting(verdict))):
            rounds += 1
            for span, match in reversed(copies):
                text = text[: span.start] + self.rewrite(span.of(text), match) + text[span.end :]
            verdict = judge.check(text)
        if verdict.action >= Action.REDACT:
            return replace(self.otherwise(text, verdict, judge), attempts=rounds)
        return Outcome(text, replace(verdict, certificate=judge.certify(text)), rounds)


def acting(verdict: Verdict) -> list[Match]:
    """The matches that must not be seen."""
    return [match for match in verdict.matches if match.action >= Action.REDACT]


def replaced(text: str, verdict: Verdict, policy: Policy) -> str:
    """``text`` as the verdict lets it be seen.

    ALLOW and FLAG leave it as it is; CITE adds the sources below; REDACT puts the policy's marker in place of each match; BLOCK gives the
    policy's fallback message.
    """
    if verdict.action is Action.BLOCK:
        return policy.fallback
    for span, match in reversed(united(acting(verdict))):
        text = text[: span.start] + marker(match, policy.replacement) + text[span.end :]
    return text + citations(verdict)


def citations(verdict: Verdict) -> str:
    """A line for each source the verdict asks to cite; empty when there is none."""
    cited = dict.fromkeys(citation(match) for match in verdict.matches if match.action is Action.CITE)
    return "".join(f"\n[{number}] {line}" for number, line in enumerate(cited, 1))


def marker(match: Match, template: str) -> str:
    """The policy's replacement text, filled in."""
    origin = match.provenance
    values = {"source": origin.source, "document": origin.document, "licence": origin.licence or "unknown licence",
              "url": origin.url or "", "kind": match.kind.value, "tokens": match.tokens, "characters": match.characters}
    return template.format(**{name: values[name] for name in REPLACEMENT_FIELDS})


def citation(match: Match) -> str:
    """One line that names the source of a match."""
    origin = match.provenance
    name = origin.source if origin.document == origin.source else f"{origin.source}: {origin.document}"
    return ", ".join([name, *filter(None, (origin.licence, origin.url))])


def united(matches: Sequence[Match]) -> list[tuple[Span, Match]]:
    """Disjoint spans in order, overlapping matches made one under the name of the weightiest."""
    result: list[tuple[Span, Match]] = []
    for match in sorted(matches, key=lambda match: match.query):
        if result and match.query.start < result[-1][0].end:
            span, first = result[-1]
            heavier = max(first, match, key=lambda each: each.bits)
            result[-1] = Span(span.start, max(span.end, match.query.end)), heavier
        else:
            result.append((match.query, match))
    return result
