"""Reports for code scanning: SARIF 2.1.0."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from simfilter import __version__
from simfilter.report.findings import FileReport, Lines, finding_id, heading, weight
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
    notifications = [{"level": "error", "message": {"text": f"{report.path}: not scanned: {reason}"},
                      "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(report)}}}]}
                     for report in reports for reason in report.reasons]
    run = {
        "tool": {"driver": {"name": "simfilter", "version": __version__, "semanticVersion": __version__, "rules": [
            {"id": kind.value, "name": f"{kind.value.capitalize()}Copy", "shortDescription": {"text": f"{kind.value.capitalize()} copy"},
             "fullDescription": {"text": text}, "defaultConfiguration": {"level": "error"}} for kind, text in RULES.items()]}},
        "columnKind": "utf16CodeUnits",
        "invocations": [{"executionSuccessful": not notifications, "toolExecutionNotifications": notifications}],
        "artifacts": [{"location": {"uri": uri(report)}} for report in reports],
        "results": [_result(report, match, index, with_text) for index, report in enumerate(reports) for match in report.findings],
    }
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace").decode() + "\n"


def _result(report: FileReport, match: Match, artifact: int, with_text: bool) -> dict[str, Any]:
    place = Lines.of(report, utf16=True).place(match.query)
    told = f"{match.action.name}: {heading(match)}; {weight(match)}"
    location: dict[str, Any] = {"artifactLocation": {"uri": uri(report), "index": artifact}}
    if report.archive:
        told += f"; in {report.path} line {place.line}"
    elif place.part:
        told += f"; in {place.part}"
        location["region"] = {"startLine": place.line, "endLine": place.end_line}
    else:
        location["region"] = {"startLine": place.line, "startColumn": place.column, "endLine": place.end_line,
                              "endColumn": place.end_column, "charOffset": match.query.start, "charLength": len(match.query)}
    return {
        "ruleId": match.kind.value, "ruleIndex": list(RULES).index(match.kind), "level": LEVELS[match.action], "message": {"text": told},
        "locations": [{"physicalLocation": location}], "partialFingerprints": {"simfilter/v1": finding_id(match)},
        "properties": match_fields(match, Lines.of(report), report, with_text),
    }


def uri(report: FileReport) -> str:
    """The file a report is about, of a member its archive, as a relative, percent-encoded URI; standard input is named so."""
    path = report.archive or report.path
    return quote(PurePath(path).as_posix().lstrip("/"), errors="replace") if path != "-" else "stdin"
