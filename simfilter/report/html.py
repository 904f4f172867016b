"""Reports for the browser: one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any

from simfilter import __version__
from simfilter.report.findings import FileReport, Lines, heading, visible, weight
from simfilter.types import Match

CONTEXT = 200
"""Characters of the output shown around a match."""


def render(reports: Sequence[FileReport], *, with_text: bool = True) -> str:
    """All reports as one HTML page; without ``with_text`` the protected side is left out."""
    items = [_item(report, match, with_text) for report in reports for match in report.findings]
    return page("report.html", items=items, files=len(reports), kinds=sorted({item["kind"] for item in items}),
                sources=sorted({item["source_name"] for item in items}),
                missed=[(visible(report.path), visible(reason)) for report in reports for reason in report.reasons])


def page(template: str, **values: Any) -> str:
    """A template of this folder filled in; all values are escaped."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    source = resources.files("simfilter.report").joinpath(template).read_text("utf-8")
    return environment.from_string(source).render(version=__version__, **values).encode("utf-8", "xmlcharrefreplace").decode()


def _item(report: FileReport, match: Match, with_text: bool) -> dict[str, Any]:
    place = Lines.of(report).place(match.query)
    start, end = match.query.start, match.query.end
    return {
        "action": match.action.name.lower(), "kind": match.kind.value, "path": visible(report.path), "line": place.line,
        "end_line": place.end_line, "heading": visible(heading(match)), "weight": weight(match), "rule": match.rule,
        "source_name": visible(match.provenance.source), "url": match.provenance.url or "",
        "before": visible(report.text[max(0, start - CONTEXT) : start]), "copied": visible(match.query.of(report.text)),
        "after": visible(report.text[end : end + CONTEXT]),
        "source": visible(report.sources.get(match, "")) if with_text else "",
        "renaming": [(visible(theirs), visible(mine)) for theirs, mine in match.renaming],
    }
