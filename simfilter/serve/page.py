"""The page at `/`: one pastes a text, picks an index, sees matches. It loads its own style and script, and nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simfilter.report.html import asset, page

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


def _static(body: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return Response(body, media_type=kind, headers=HEADERS)

    return answer
