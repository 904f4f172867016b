"""Reports for code scanning: SARIF 2.1.0."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

import xxhash

from simfilter import __version__
from simfilter.report.findings import FileReport, Lines, heading, weight
from simfilter.report.json import match_fields
from simfilter.types import Action, Kind, Match

LEVELS = {Action.ALLOW: "none", Action.FLAG: "note", Action.CITE: "warning", Action.REDACT: "warning", Action.BLOCK: "error"}
RULES = {
    Kind.VERBATIM: "Text or code equal to a protected source, case, spacing and look-alike characters aside.",
    Kind.RENAMED: "Code equal to a protected source once its names are renamed consistently.",
    Kind.EDITED: "Text equal to a protected source but for a few changed words.",
}


def render(reports: Sequence[FileReport], *, with_text: bool = False) -> str:
    """All reports as one SARIF run; the protected text only ``with_text``."""
    notifications = [{"level": "error", "message": {"text": f"not scanned: {reason}"},
                      "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(report.path)}}}]}
                     for report in reports for reason in report.reasons]
    run = {
        "tool": {"driver": {"name": "simfilter", "version": __version__, "semanticVersion": __version__, "rules": [
            {"id": kind.value, "name": f"{kind.value.capitalize()}Copy", "shortDescription": {"text": f"{kind.value.capitalize()} copy"},
             "fullDescription": {"text": text}, "defaultConfiguration": {"level": "error"}} for kind, text in RULES.items()]}},
        "columnKind": "utf16CodeUnits",
        "invocations": [{"executionSuccessful": not notifications, "toolExecutionNotifications": notifications}],
        "artifacts": [{"location": {"uri": _uri(report.path)}} for report in reports],
        "results": [_result(report, match, index, with_text) for index, report in enumerate(reports) for match in report.findings],
    }
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace").decode() + "\n"


def _result(report: FileReport, match: Match, artifact: int, with_text: bool) -> dict[str, Any]:
    place = Lines(report.text, utf16=True).place(match.query)
    origin = match.provenance
    identity = f"{match.kind}|{origin.source}|{origin.document}|{match.source.start}|{match.source.end}"
    properties = match_fields(match, Lines(report.text), report, with_text)
    return {
        "ruleId": match.kind.value, "ruleIndex": list(RULES).index(match.kind), "level": LEVELS[match.action],
        "message": {"text": f"{match.action.name}: {heading(match)}; {weight(match)}"},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": _uri(report.path), "index": artifact},
            "region": {"startLine": place.line, "startColumn": place.column, "endLine": place.end_line, "endColumn": place.end_column,
                       "charOffset": match.query.start, "charLength": len(match.query)}}}],
        "partialFingerprints": {"simfilter/v1": xxhash.xxh3_128_hexdigest(identity.encode("utf-8", "surrogatepass"))},
        "properties": properties,
    }


def _uri(path: str) -> str:
    """A path as a relative, percent-encoded URI; standard input is named so."""
    return quote(PurePath(path).as_posix().lstrip("/"), errors="replace") if path != "-" else "stdin"
