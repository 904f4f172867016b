"""Reports for programs: one JSON document, or one JSON line a file; the keys are stable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from simfilter import __version__
from simfilter.report.findings import FileReport, Lines, finding_id
from simfilter.types import Exempt, Match, Span

SCHEMA_VERSION = 1


def render(reports: Sequence[FileReport], *, with_text: bool = False) -> str:
    """All reports as JSON; the protected text only ``with_text``."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "simfilter", "version": __version__},
        "files": [_file(report, with_text) for report in reports],
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace").decode() + "\n"


def render_lines(reports: Sequence[FileReport], *, with_text: bool = False) -> str:
    """All reports as JSON lines, one a file, as they stand under ``files`` in the JSON document."""
    return "".join(json.dumps(_file(report, with_text), ensure_ascii=False).encode("utf-8", "backslashreplace").decode() + "\n"
                   for report in reports)


def _file(report: FileReport, with_text: bool) -> dict[str, Any]:
    lines = Lines.of(report)
    verdict = report.verdict
    return {
        "path": report.path, "scanned": report.scanned, "not_scanned": list(report.reasons),
        "action": verdict.action.name.lower() if verdict else None,
        "matches": [match_fields(match, lines, report, with_text) for match in verdict.matches] if verdict else [],
        "set_aside": [{"reason": aside.reason, **match_fields(aside.match, lines, report, with_text)}
                      for aside in verdict.set_aside] if verdict else [],
        "exempt": [exempt_fields(piece) for piece in verdict.exempt] if verdict else [],
    }


def exempt_fields(piece: Exempt) -> dict[str, Any]:
    """What did not count, why, and where the prompt holds it."""
    return {"reason": piece.reason, "tokens": piece.tokens, "query": _span(piece.query),
            "prompt": None if piece.prompt is None else _span(piece.prompt)}


def match_fields(match: Match, lines: Lines, report: FileReport, with_text: bool) -> dict[str, Any]:
    """All fields of a match; spans are characters, half-open, lines and columns from 1."""
    origin, place = match.provenance, lines.place(match.query)
    fields: dict[str, Any] = {
        "id": finding_id(match), "action": match.action.name.lower(), "rule": match.rule,
        "kind": match.kind.value, "view": match.view.value,
        "query": {**_span(match.query), "line": place.line, "column": place.column, "end_line": place.end_line,
                  "end_column": place.end_column, **({"part": place.part} if place.part else {})},
        "source": {"document": origin.document, "source": origin.source, "licence": origin.licence, "url": origin.url,
                   "language": origin.language, "tags": list(origin.tags), **_span(match.source)},
        "tokens": match.tokens, "characters": match.characters, "longest_run": match.longest_run, "identity": match.identity,
        "coverage": match.coverage, "containment": match.containment, "density": match.density,
        "bits": match.bits, "documents": match.documents, "verified": match.verified,
        "renaming": [{"source": theirs, "query": mine} for theirs, mine in match.renaming],
    }
    if with_text:
        fields["query"]["text"] = match.query.of(report.text)
        fields["source"]["text"] = report.sources.get(match)
    return fields


def _span(span: Span) -> dict[str, int]:
    return {"start": span.start, "end": span.end}
