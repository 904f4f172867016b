"""Reports a code host shows beside the code: GitHub's workflow commands, GitLab's code quality report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

import xxhash

from simfilter.report.findings import FileReport, Lines, Place, finding_id, heading, visible, weight
from simfilter.types import Action, Match

COMMANDS = {Action.FLAG: "notice", Action.CITE: "warning", Action.REDACT: "warning", Action.BLOCK: "error"}
SEVERITIES = {Action.FLAG: "info", Action.CITE: "minor", Action.REDACT: "major", Action.BLOCK: "critical"}


def render_github(reports: Sequence[FileReport]) -> str:
    """All findings as workflow commands, which GitHub Actions turns into annotations; what was not scanned is an error."""
    lines = []
    for report, match, place in _findings(reports):
        where = {"file": _file(report), "line": place.line, "endLine": place.end_line}
        if not place.part and not report.archive and place.line == place.end_line:
            where |= {"col": place.column, "endColumn": place.end_column - 1}  # inclusive, and only within one line
        lines.append(_command(COMMANDS[match.action], {**where, "title": f"{match.kind.value} copy"}, _message(report, match, place)))
    lines += [_command("error", {"file": _file(report), "title": "not scanned"}, f"{visible(report.path)}: not scanned: {visible(reason)}")
              for report in reports for reason in report.reasons]
    return "".join(line + "\n" for line in lines)


def render_gitlab(reports: Sequence[FileReport]) -> str:
    """All findings as a code quality report, which GitLab shows in merge requests; what was not scanned is an issue too."""
    issues = [_issue(_message(report, match, place), f"simfilter-{match.kind.value}", SEVERITIES[match.action], report,
                     f"{report.path}|{finding_id(match)}|{place.line}", place.line, place.end_line)
              for report, match, place in _findings(reports)]
    issues += [_issue(f"{visible(report.path)}: not scanned: {visible(reason)}", "simfilter-not-scanned", "major", report,
                      f"{report.path}|not scanned|{reason}", 1, 1) for report in reports for reason in report.reasons]
    return json.dumps(issues, indent=2) + "\n"


def _findings(reports: Sequence[FileReport]) -> Iterator[tuple[FileReport, Match, Place]]:
    for report in reports:
        lines = Lines.of(report)
        for match in report.findings:
            place = lines.place(match.query)
            yield report, match, Place(1, 1, 1, 1, f"{report.path} line {place.line}") if report.archive else place


def _file(report: FileReport) -> str:
    return visible(PurePath(report.archive or report.path).as_posix())


def _message(report: FileReport, match: Match, place: Place) -> str:
    inside = f" In {visible(place.part)}." if place.part else ""
    return f"{match.action.name}: {visible(heading(match))}; {weight(match)}.{inside} Finding {finding_id(match)}."


def _issue(text: str, check: str, severity: str, report: FileReport, identity: str, line: int, end_line: int) -> dict[str, Any]:
    return {"description": text, "check_name": check, "severity": severity,
            "fingerprint": xxhash.xxh3_128_hexdigest(identity.encode("utf-8", "surrogatepass")),
            "location": {"path": _file(report), "lines": {"begin": line, "end": end_line}}}


def _command(name: str, where: dict[str, Any], message: str) -> str:
    properties = ",".join(f"{key}={_escaped(str(value)).replace(':', '%3A').replace(',', '%2C')}" for key, value in where.items())
    return f"::{name} {properties}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
