"""Policy: verified matches -> what to do. Pure; reads no index.

A policy has thresholds for each way of copying, rules that give an action by source, licence, kind or tag, and allowances (texts
anybody may repeat, passages common to many documents). The strictest action of all counting matches is the verdict's.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from functools import reduce
from pathlib import Path
from typing import Any, Self

from simfilter.errors import PolicyError, SimfilterError
from simfilter.types import Action, Exempt, Kind, Match, SetAside, Verdict, View

WHOLE, WHOLE_SOURCE, WHOLE_BOTH = 0.5, 0.7, 1.1
ENTIRE, ENTIRE_SHARE = 0.95, 0.4
ENTIRE_SOURCE, ENTIRE_SOURCE_SHARE, ENTIRE_SOURCE_COVERAGE = 0.8, 0.65, 0.25
PLAIN = 1.5
DENSE, DENSE_TOKENS = 0.7, 60

SIDES = ("whole_bits", "dense_bits", "bits")
"""What of a `Threshold` is asked of a match, the least first."""


def side(match: Match) -> str:
    """Which of `SIDES` is asked of a match: it is less likely to be chance when it is `WHOLE` of the query's tokens, `WHOLE_SOURCE` of the
    source document's or `WHOLE_BOTH` of the two together, or `DENSE` of a stretch of at least `DENSE_TOKENS`."""
    if match.coverage >= WHOLE or match.containment >= WHOLE_SOURCE or match.coverage + match.containment >= WHOLE_BOTH:
        return "whole_bits"
    return "dense_bits" if match.density >= DENSE and match.tokens >= DENSE * DENSE_TOKENS else "bits"


@dataclass(frozen=True, slots=True)
class Threshold:
    """The least a match of one kind must weigh: ``tokens`` equal tokens, ``bits`` of surprise, ``identity`` share of equal tokens.

    A match that is most of the query or of the source document needs only ``whole_bits``, a share of them when it is all of either; one
    that is most of the stretch it stands on needs ``dense_bits``: innocent code shares pieces with others, hardly ever most of itself.
    """

    tokens: int
    bits: float
    identity: float = 0.0
    whole_bits: float = math.inf
    dense_bits: float = math.inf

    def bits_on(self, side: str) -> float:
        """The bits asked on one of `SIDES`."""
        asked = (self.whole_bits, self.dense_bits, self.bits)
        return min(asked[SIDES.index(side) :])

    def ease(self, match: Match) -> float:
        """The share of ``whole_bits`` that is asked of a match: less when it is all of the query or nearly all of the source document; the
        latter only with `ENTIRE_SOURCE_COVERAGE` of the query, for a long file holds by chance what is like some small document."""
        if self.whole_bits == math.inf:
            return 1.0
        if match.coverage >= ENTIRE:
            return ENTIRE_SHARE
        return ENTIRE_SOURCE_SHARE if match.containment >= ENTIRE_SOURCE and match.coverage >= ENTIRE_SOURCE_COVERAGE else 1.0

    def needed(self, match: Match) -> float:
        """The bits that are asked of the match."""
        return self.ease(match) * self.bits_on(side(match))

    def shortfall(self, match: Match, tokens: int, bits: float) -> str | None:
        """Why the match is too light, or None."""
        if tokens < self.tokens:
            return f"short: {tokens} of {self.tokens} tokens"
        if bits < (needed := self.needed(match)):
            return f"unsurprising: {bits:.0f} of {needed:.0f} bits"
        if match.identity < self.identity:
            return f"unlike: identity {match.identity:.2f} of {self.identity:.2f}"
        return None


@dataclass(frozen=True, slots=True)
class Rule:
    """An action for the matches it fits; patterns are shell wildcards, an empty tuple fits all.

    >>> Rule(action=Action.CITE, licence=("MIT", "BSD-*")).name
    'licence=MIT|BSD-*'
    """

    action: Action
    licence: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    document: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()

    PATTERNS = ("licence", "source", "document", "language", "kind", "tag")

    @property
    def name(self) -> str:
        """What the rule asks for, in one line."""
        return " ".join(f"{name}={'|'.join(getattr(self, name))}" for name in self.PATTERNS if getattr(self, name)) or "any"

    def fits(self, match: Match) -> bool:
        """Whether every condition of the rule holds."""
        origin = match.provenance
        have: dict[str, tuple[str, ...]] = {
            "licence": (origin.licence or "",), "source": (origin.source,), "document": (origin.document,),
            "language": (origin.language or "",), "kind": (match.kind.value,), "tag": origin.tags,
        }
        return all(not getattr(self, name) or any(fnmatchcase(value, pattern) for value in have[name]
                                                  for pattern in getattr(self, name)) for name in self.PATTERNS)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A match with what is left of it once ``exempt`` pieces are taken out, or what it weighs with what was seen before: ``past`` tells.
    ``exemption`` is the reason for most of what was taken out."""

    match: Match
    tokens: int
    bits: float
    exemption: str = ""
    past: str = ""
    exempt: tuple[Exempt, ...] = ()


# Prose: of 5,100 innocent pieces of 200 words (novels, speeches, licence notices) against ten novels none was matched at all. Against texts
# of its own kind formulaic prose tells more: of 442 Bible passages 15 fire against 442 others, of 895 pieces of speeches 14 against earlier
# speeches, most of them quotations. Copies of 20 words with one in ten edited: 95 % caught, two in ten 95 %, three in ten 87 %.
TEXT_THRESHOLDS = {
    Kind.VERBATIM: Threshold(tokens=18, bits=70.0),
    Kind.EDITED: Threshold(tokens=14, bits=70.0, identity=0.45),
}
# Code, 2,500 functions of 20 to 60 lines of other projects a language against 5,000 to 10,000 protected ones, rates in docs/matching.md.
CODE_THRESHOLDS = {
    Kind.VERBATIM: Threshold(tokens=40, bits=100.0),
    Kind.RENAMED: Threshold(tokens=20, bits=130.0, whole_bits=70.0, dense_bits=80.0),
    Kind.EDITED: Threshold(tokens=20, bits=130.0, whole_bits=70.0, dense_bits=80.0),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts as a copy, and what happens then.

    ``text`` and ``code`` hold a `Threshold` a kind. ``rules`` are tried in order, the first that fits gives the action; ``action`` is for
    matches no rule fits. ``common_documents``: a passage that stands in at least so many distinct documents is common property, one that
    stands in d of them weighs 1 - log d / log common_documents of its bits (0: off).
    ``allow_texts`` are texts anybody may repeat. ``boilerplate``: licences, counting and the corpus's own licence files never count.
    ``fail_open``: what could not be scanned is let pass; by default it is blocked.

    >>> Policy().action.name
    'BLOCK'
    """

    text: Mapping[Kind, Threshold] = None  # type: ignore[assignment]  # set below: mutable defaults are not allowed
    code: Mapping[Kind, Threshold] = None  # type: ignore[assignment]
    rules: tuple[Rule, ...] = ()
    action: Action = Action.BLOCK
    common_documents: int = 10
    allow_texts: tuple[str, ...] = ()
    boilerplate: bool = True
    fail_open: bool = False
    replacement: str = "[removed: {tokens} tokens from {source}]"
    fallback: str = "I can't repeat that text: it is protected."

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", {**TEXT_THRESHOLDS, **(self.text or {})})
        object.__setattr__(self, "code", {**CODE_THRESHOLDS, **(self.code or {})})
        if self.common_documents < 0:
            raise PolicyError(f"common_documents must be 0 or more, got {self.common_documents}")
        for template in (self.replacement, self.fallback):
            try:
                template.format(**dict.fromkeys(REPLACEMENT_FIELDS, ""))
            except (KeyError, IndexError, ValueError, AttributeError):
                raise PolicyError(f"replacement may use {', '.join(REPLACEMENT_FIELDS)}; got {template!r}") from None

    @classmethod
    def default(cls) -> Self:
        """Block every copy that is long and surprising enough."""
        return cls()

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The policy in a TOML file. Raises PolicyError; allow-listed files are read relative to it."""
        path = Path(path)
        try:
            with path.open("rb") as file:
                table = tomllib.load(file)
        except FileNotFoundError:
            raise PolicyError(f"no policy file {path}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PolicyError(f"{path} is not TOML: {error}") from None
        try:
            return cls.parse(table, base=path.parent)
        except PolicyError as error:
            raise PolicyError(f"{path}: {error}") from None

    @classmethod
    def parse(cls, table: Mapping[str, Any], *, base: Path | None = None) -> Self:
        """The policy in a table as TOML gives it. Raises PolicyError on an unknown key or a wrong value.

        >>> Policy.parse({"action": "flag", "text": {"verbatim": {"tokens": 30}}}).text[Kind.VERBATIM].tokens
        30
        """
        table = dict(table)
        try:
            given: dict[str, Any] = {
                "text": _thresholds(TEXT_THRESHOLDS, table.pop("text", {})),
                "code": _thresholds(CODE_THRESHOLDS, table.pop("code", {})),
                "rules": tuple(_rule(entry) for entry in table.pop("rule", [])),
                "action": Action.parse(_typed("action", table.pop("action", "block"), str)),
                "allow_texts": _allowed(table.pop("allow", {}), base or Path()),
            }
            for name, kind in (("common_documents", int), ("boilerplate", bool), ("fail_open", bool),
                               ("replacement", str), ("fallback", str)):
                if name in table:
                    given[name] = _typed(name, table.pop(name), kind)
        except PolicyError:
            raise
        except SimfilterError as error:
            raise PolicyError(str(error)) from None
        if table:
            known = ", ".join(["text", "code", "rule", "allow", *[f.name for f in fields(cls)[3:]]])
            raise PolicyError(f"unknown key {sorted(table)[0]!r}; known: {known}")
        return cls(**given)

    def decide(self, evidence: Sequence[Evidence], *, scanned: bool = True, notes: tuple[str, ...] = ()) -> Verdict:
        """The verdict over all evidence. A text not wholly scanned is blocked unless ``fail_open``."""
        counting: list[Match] = []
        aside: list[SetAside] = []
        for item in evidence:
            reason = self._reason(item)
            if reason is None:
                action, rule = self._action(item.match)
                counting.append(replace(item.match, action=action, rule=f"{rule}; {item.past}" if item.past else rule))
            else:
                aside.append(SetAside(item.match, reason))
        code: dict[str, list[Match]] = {}
        for match in counting:
            if match.view is not View.TEXT:
                code.setdefault(match.provenance.document, []).append(match)
        counting = [match for match in counting if not any(_says_more(other, match) for other in code.get(match.provenance.document, ()))]
        floor = Action.ALLOW if scanned or self.fail_open else Action.BLOCK
        action = reduce(max, (match.action for match in counting), floor)
        exempt = tuple(sorted({piece for item in evidence for piece in item.exempt}, key=lambda piece: (piece.query, piece.reason)))
        return Verdict(action, tuple(counting), tuple(aside), scanned, notes, exempt=exempt)

    def strength(self, match: Match) -> float:
        """How strongly a match speaks for a copy, to rank by: its bits over those that are asked of it, up to `PLAIN`. More bits make it no
        plainer; from there on the share of the protected document it holds comes on top."""
        threshold = self.threshold(match)
        passed = match.bits / threshold.needed(match) if threshold else 0.0
        return passed if passed < PLAIN else PLAIN + match.containment

    def share(self, documents: int) -> float:
        """What a match keeps of its bits that stands in so many distinct documents; 0 when that makes it common."""
        if 0 < self.common_documents <= documents:
            return 0.0
        return 1 - math.log(documents) / math.log(self.common_documents) if self.common_documents > 1 else 1.0

    def _reason(self, item: Evidence) -> str | None:
        match = item.match
        if 0 < self.common_documents <= match.documents:
            return f"common: stands in {match.documents} documents"
        share = self.share(match.documents)
        threshold = self.threshold(match)
        if threshold is None:
            return f"no threshold for {match.kind}"
        shortfall = threshold.shortfall(match, item.tokens, item.bits * share)
        if shortfall and item.exemption and not threshold.shortfall(match, match.tokens, match.bits * share):
            return item.exemption
        return shortfall

    def threshold(self, match: Match) -> Threshold | None:
        """What is asked of a match; None when matches of its kind never count."""
        return (self.text if match.view is View.TEXT else self.code).get(match.kind)

    def _action(self, match: Match) -> tuple[Action, str]:
        for rule in self.rules:
            if rule.fits(match):
                return rule.action, rule.name
        return self.action, "default"


def _says_more(code: Match, text: Match) -> bool:
    """Whether a copy of code, which is acted on as strictly, takes in a copy of the comments within it."""
    return (text.view is View.TEXT and code.action >= text.action
            and code.query.overlap(text.query) >= 0.9 * len(text.query))


REPLACEMENT_FIELDS = ("source", "document", "licence", "url", "kind", "tokens", "characters")


def _typed(name: str, value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise PolicyError(f"{name} must be {kind.__name__}, got {value!r}")
    return value


def _thresholds(defaults: Mapping[Kind, Threshold], table: Mapping[str, Any]) -> dict[Kind, Threshold]:
    result = dict(defaults)
    known = [field.name for field in fields(Threshold)]
    for name, values in table.items():
        if name not in {kind.value for kind in defaults}:
            raise PolicyError(f"unknown kind {name!r}; known: {', '.join(kind.value for kind in defaults)}")
        for key, value in values.items():
            if key not in known or isinstance(value, bool) or not isinstance(value, int | float):
                raise PolicyError(f"{name} takes numbers {', '.join(known)}; got {key} = {value!r}")
            if value < 0 or (key == "identity" and value > 1):
                raise PolicyError(f"{name}.{key} is outside its range: {value!r}")
        usual = result[Kind(name)]
        least = max((values[key] for key in SIDES[:-1] if key in values), default=0)  # who raises one means the next too
        raised = {key: max(least, getattr(usual, key)) for key in SIDES[1:]}
        result[Kind(name)] = replace(usual, **{**raised, **values})
    return result


def _rule(table: Mapping[str, Any]) -> Rule:
    table = dict(table)
    if "action" not in table:
        raise PolicyError("a rule needs an action")
    action = Action.parse(str(table.pop("action")))
    patterns = {}
    for name, value in table.items():
        if name not in Rule.PATTERNS:
            raise PolicyError(f"unknown condition {name!r} in a rule; known: {', '.join(Rule.PATTERNS)}")
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(entry, str) for entry in values):
            raise PolicyError(f"condition {name} takes a string or a list of strings, got {value!r}")
        patterns[name] = tuple(values)
    return Rule(action, **patterns)


def _allowed(table: Mapping[str, Any], base: Path) -> tuple[str, ...]:
    texts: list[str] = list(table.get("texts", []))
    if unknown := set(table) - {"texts", "files"}:
        raise PolicyError(f"allow takes texts and files, got {sorted(unknown)[0]!r}")
    for name in table.get("files", []):
        try:
            texts.append((base / name).read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise PolicyError(f"allow-listed file {name}: {error}") from None
    return tuple(texts)
