"""The page at `/`: one pastes a text, picks an index, sees matches. It loads its own style and script, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simfilter.filter import Filter
from simfilter.policy import Policy
from simfilter.report.findings import FileReport, heading, visible, weight
from simfilter.report.html import asset, matches, page
from simfilter.serve.shapes import Judge, asked
from simfilter.types import Verdict
from simfilter.views.languages import GRAMMARS
from simfilter.wire import Json

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; "
                               "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin", "cache-control": "no-cache",
}


def routes() -> list[Route]:
    """The page, its style and its script."""
    return [Route("/", _static(page("check.html"), "text/html")),
            Route("/page.css", _static(asset("look.css") + asset("check.css"), "text/css")),
            Route("/page.js", _static(asset("match.js") + asset("check.js"), "text/javascript"))]


def choices(filters: Mapping[str, Filter]) -> Json:
    """What one can choose: indices by name, languages."""
    return {"indices": [{"name": name, "documents": len(filter.index)} for name, filter in filters.items()], "languages": sorted(GRAMMARS)}


def explaining(filter: Filter, *, with_text: bool) -> Callable[[Json, Judge, Policy], Json]:
    """The shape of `/v1/explain`: a verdict as the page shows it; what it matched only ``with_text``."""
    def explain(body: Json, judge: Judge, policy: Policy) -> Json:
        text, options = asked(body)
        return _explained(filter, text, judge(text, **options), with_text)

    return explain


def _explained(filter: Filter, text: str, verdict: Verdict, with_text: bool) -> Json:
    sources = {match: filter.source_text(match) for match in verdict.matches} if with_text else {}
    return {"action": verdict.action.name.lower(), "clean": verdict.clean, "scanned": verdict.scanned, "notes": list(verdict.notes),
            "matches": matches(FileReport("the text", text, verdict, sources=sources), with_text=with_text),
            "set_aside": [{"reason": aside.reason, "heading": visible(heading(aside.match)), "weight": weight(aside.match)}
                          for aside in verdict.set_aside]}


def _static(body: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return Response(body, media_type=kind, headers=HEADERS)

    return answer
