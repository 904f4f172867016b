"""The shapes of questions and answers: our own, OpenAI's moderations, Azure's protected material. Knows bodies, not how they travel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simfilter import __version__
from simfilter.policy import Policy
from simfilter.replace import replaced
from simfilter.report.json import exempt_fields
from simfilter.types import Action, Match, Verdict
from simfilter.views.languages import GRAMMARS, language_of_name
from simfilter.wire import Json

Judge = Callable[..., Verdict]
"""``judge(text, prompt=..., language=...)``."""


class ShapeError(ValueError):
    """A body that does not ask anything."""


def text_of(body: Json, name: str, *, needed: bool = True) -> str:
    """The string under ``name``. Raises ShapeError."""
    value = body.get(name, None if needed else "")
    if not isinstance(value, str):
        raise ShapeError(f"{name} must be a string")
    return value


def proxied(body: Json) -> bool:
    """Whether a request that goes to the upstream is to be streamed. Raises ShapeError for what makes none."""
    text_of(body, "model")
    messages, stream = body.get("messages", []), body.get("stream", False)
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise ShapeError("messages must be a list of objects")
    if not isinstance(stream, bool):
        raise ShapeError("stream must be true or false")
    return stream


def asked(body: Json) -> tuple[str, dict[str, str | None]]:
    """The text to judge, and what `Filter.check` is told besides. Raises ShapeError."""
    text, prompt, language = text_of(body, "text"), text_of(body, "prompt", needed=False), None
    if "language" in body and (language := language_of_name(text_of(body, "language"))) is None:
        raise ShapeError(f"language must be one of {', '.join(GRAMMARS)}")
    return text, {"prompt": prompt, "language": language}


def check(body: Json, judge: Judge, policy: Policy) -> Json:
    """`/v1/check`: the whole verdict, and the text as the policy lets it be seen."""
    text, options = asked(body)
    verdict = judge(text, **options)
    return {"action": verdict.action.name.lower(), "clean": verdict.clean, "scanned": verdict.scanned, "notes": list(verdict.notes),
            "matches": [_match(match) for match in verdict.matches],
            "set_aside": [{**_match(aside.match), "reason": aside.reason} for aside in verdict.set_aside],
            "exempt": [exempt_fields(piece) for piece in verdict.exempt], "text": replaced(text, verdict, policy)}


def _match(match: Match) -> Json:
    origin = match.provenance
    return {"kind": match.kind.value, "start": match.query.start, "end": match.query.end, "tokens": match.tokens,
            "bits": round(match.bits, 1), "source": origin.source, "document": origin.document, "licence": origin.licence,
            "url": origin.url, "action": match.action.name.lower(), "rule": match.rule}


def moderations(body: Json, judge: Judge, policy: Policy) -> Json:
    """`/v1/moderations`: one result for a string, or for each of a list of strings; a list of parts is one text."""
    given = body.get("input")
    text_of(body, "model", needed=False)
    parts = [given] if isinstance(given, str) else given
    if not isinstance(parts, list) or not parts:
        raise ShapeError("input must be a string, a list of strings, or a list of parts")
    if all(isinstance(part, dict) for part in parts):
        if any(part.get("type") != "text" or not isinstance(part.get("text"), str) for part in parts):
            raise ShapeError("only parts of type text are judged")
        parts = ["\n\n".join(part["text"] for part in parts)]
    if not all(isinstance(part, str) for part in parts):
        raise ShapeError("input must be a string, a list of strings, or a list of parts")
    return {"id": "modr-simfilter", "model": f"simfilter-{__version__}", "results": [_moderation(judge(text)) for text in parts]}


def _moderation(verdict: Verdict) -> Json:
    flagged = verdict.action > Action.ALLOW
    score = max((match.coverage for match in verdict.matches), default=1.0 if flagged else 0.0)
    return {"flagged": flagged, "categories": {"protected-material": flagged}, "category_scores": {"protected-material": score},
            "category_applied_input_types": {"protected-material": ["text"]}}


def azure_text(body: Json, judge: Judge, policy: Policy) -> Json:
    """`text:detectProtectedMaterial`."""
    return {"protectedMaterialAnalysis": {"detected": judge(text_of(body, "text")).action > Action.ALLOW}}


def azure_code(body: Json, judge: Judge, policy: Policy) -> Json:
    """`text:detectProtectedMaterialForCode`: with the licences and addresses of the sources."""
    verdict = judge(text_of(body, "code"))
    sources: dict[str, list[str]] = {}
    for match in verdict.matches:
        urls = sources.setdefault(match.provenance.licence or "NOASSERTION", [])
        if match.provenance.url is not None and match.provenance.url not in urls:
            urls.append(match.provenance.url)
    cited: list[dict[str, Any]] = [{"license": licence, "sourceUrls": urls} for licence, urls in sources.items()]
    return {"protectedMaterialAnalysis": {"detected": verdict.action > Action.ALLOW, "codeCitations": cited}}
