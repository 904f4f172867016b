"""Replacement strategies: what the reader sees instead of a match."""

from __future__ import annotations

from collections.abc import Sequence

from simfilter.policy import REPLACEMENT_FIELDS, Policy
from simfilter.types import Action, Match, Span, Verdict


def replaced(text: str, verdict: Verdict, policy: Policy) -> str:
    """``text`` as the verdict lets it be seen.

    ALLOW and FLAG leave it as it is; CITE adds the sources below; REDACT puts the policy's marker in place of each match; BLOCK gives the
    policy's fallback message.
    """
    if verdict.action is Action.BLOCK:
        return policy.fallback
    redacted = [match for match in verdict.matches if match.action >= Action.REDACT]
    for span, match in reversed(united(redacted)):
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
