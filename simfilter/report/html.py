"""Reports for the browser: one self-contained HTML file, which may load nothing and ask nobody (its Content-Security-Policy says so)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any

from simfilter import __version__
from simfilter.report.compare import Mark, Pieces, compare
from simfilter.report.findings import FileReport, Lines, heading, visible, weight
from simfilter.types import Match, View

CONTEXT = 200
"""Characters of the output shown around a match."""


def render(reports: Sequence[FileReport], *, with_text: bool = True) -> str:
    """All reports as one HTML page; without ``with_text`` the protected side is left out."""
    style, script = asset("look.css") + asset("report.css"), asset("match.js") + asset("report.js")
    policy = f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; base-uri 'none'; form-action 'none'"
    return page("report.html", items=[item for report in reports for item in matches(report, with_text=with_text)], files=len(reports),
                missed=[(visible(report.path), visible(reason)) for report in reports for reason in report.reasons],
                style=style, script=script, content_security_policy=policy)


def page(template: str, **values: Any) -> str:
    """A template of this folder filled in; all values are escaped."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(asset(template)).render(version=__version__, **values).encode("utf-8", "xmlcharrefreplace").decode()


def asset(name: str) -> str:
    """A file of this folder."""
    return resources.files("simfilter.report").joinpath(name).read_text("utf-8")


def matches(report: FileReport, *, with_text: bool) -> list[dict[str, Any]]:
    """What a page shows of each match of a file; nothing in it that a reader would not see."""
    lines = Lines.of(report)
    return [_item(report, lines, match, with_text) for match in report.findings]


def _item(report: FileReport, lines: Lines, match: Match, with_text: bool) -> dict[str, Any]:
    place, origin = lines.place(match.query), match.provenance
    start, end = match.query.start, match.query.end
    copy, source = match.query.of(report.text), report.sources.get(match, "") if with_text else ""
    ours, theirs = compare(match, copy, source) if source else ([(Mark.SAME, copy)], [])
    return {
        "action": match.action.name.lower(), "kind": match.kind.value, "path": visible(report.path), "line": place.line,
        "end_line": place.end_line, "heading": visible(heading(match)), "weight": weight(match), "rule": visible(match.rule),
        "prose": match.view is View.TEXT,
        "document": visible(origin.document), "source_name": visible(origin.source), "licence": visible(origin.licence or "not stated"),
        "url": visible(origin.url or ""), "before": visible(report.text[max(0, start - CONTEXT) : start]),
        "copied": _shown(ours), "source": _shown(theirs),
        "after": visible(report.text[end : end + CONTEXT]),
        "renaming": [(visible(theirs), visible(mine)) for theirs, mine in match.renaming],
    }


def _shown(pieces: Pieces) -> list[tuple[str, str]]:
    return [(mark, visible(text)) for mark, text in pieces]


def _digest(inline: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"
