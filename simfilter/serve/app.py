"""The routes: an ASGI application over one filter that can be loaded anew while requests run.

    /                                            a page to paste a text into
    /v1/check                                    a text -> the verdict
    /v1/explain                                  the same, with all a person needs to see why
    /v1/indices                                  what can be chosen as `index`
    /v1/moderations                              OpenAI's shape, for drop-in use: `flagged`, one category
    /contentsafety/text:detectProtectedMaterial  Azure's shape
    /v1/chat/completions, /v1/completions, /v1/responses    the proxy, with an upstream
    /healthz /readyz /metrics /openapi.json      without a key

A request holds the filter it began with, so that a reload drops none. Bodies, requests at a time and time are limited: 413, 503 with
Retry-After, 504. Logs are one JSON line a request: route, status, action, time; no text, no source, no key.
"""

from __future__ import annotations

import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from simfilter import __version__
from simfilter.errors import ParameterError, SimfilterError
from simfilter.filter import Filter
from simfilter.policy import Policy
from simfilter.replace import replaced
from simfilter.serve import page
from simfilter.serve.metrics import Metrics
from simfilter.serve.proxy import Upstream, UpstreamError, safe_events
from simfilter.types import Action, Match, Verdict
from simfilter.wire import Json

logger = logging.getLogger(__name__)

PROXIED = ("/v1/chat/completions", "/v1/completions", "/v1/responses")
OPEN = ("/healthz", "/readyz", "/metrics", "/openapi.json")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server is started with. Without ``keys`` anybody who reaches it may ask: bind it to loopback then."""

    index: Path
    """The one in force wherever a request names none."""
    policy: Path | None = None
    upstream: str | None = None
    upstream_key: str | None = None
    keys: tuple[str, ...] = ()
    body_limit: int = 4 << 20
    concurrency: int = 256
    timeout: float = 30.0
    upstream_timeout: float = 600.0
    others: tuple[Path, ...] = ()
    """Indices that a check may name, by the names of their files."""
    with_text: bool = False
    """Whether `/v1/explain` tells the protected text a match was found in."""


class Server:
    """The filter in force, and what requests share."""

    def __init__(self, settings: Settings, *, upstream: Upstream | None = None) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.filters = self._load()
        self.upstream = upstream
        if upstream is None and settings.upstream is not None:
            self.upstream = Upstream(settings.upstream, key=settings.upstream_key, timeout=settings.upstream_timeout,
                                     connections=settings.concurrency)
        self.active = 0
        self.ready = True

    @property
    def filter(self) -> Filter:
        """The filter over the first index."""
        return next(iter(self.filters.values()))

    def choose(self, body: Json) -> Filter:
        """The filter over the index a request names, or over the first."""
        name = _text(body, "index", needed=False)
        if name and name not in self.filters:
            raise Refused(422, "no such index: /v1/indices tells their names")
        return self.filters[name] if name else self.filter

    def _load(self) -> dict[str, Filter]:
        policy = Policy.load(self.settings.policy) if self.settings.policy else None
        paths = (self.settings.index, *self.settings.others)
        filters = {path.stem: Filter.open(path, policy=policy) for path in paths}
        if len(filters) < len(paths):
            raise ParameterError("indices are told apart by the names of their files; two are the same")
        self.metrics.documents.set(sum(len(filter.index) for filter in filters.values()))
        return filters

    def reload(self) -> bool:
        """Load index and policy anew; what cannot be loaded leaves the old ones in force. Requests in hand keep what they began with."""
        try:
            self.filters = self._load()
        except SimfilterError as error:
            self.metrics.reloads.labels("failed").inc()
            logger.error("reload failed, the old index and policy stay in force: %s", error)
            return False
        self.metrics.reloads.labels("done").inc()
        return True


def create_app(settings: Settings, *, upstream: Upstream | None = None) -> Starlette:
    """The application. Raises what `Filter.open` and `Policy.load` raise."""
    server = Server(settings, upstream=upstream)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        server.ready = False
        if server.upstream is not None:
            await server.upstream.close()

    routes = [Route(path, _guarded(server, path, handler), methods=["POST"]) for path, handler in (
        ("/v1/check", _check), ("/v1/explain", _explain), ("/v1/moderations", _moderations),
        ("/contentsafety/text:detectProtectedMaterial", _azure),
        *((path, _proxy) for path in PROXIED))]
    routes += [Route("/v1/indices", _guarded(server, "/v1/indices", _indices)), *page.routes()]
    routes += [Route("/healthz", _healthz), Route("/readyz", _readyz), Route("/metrics", _metrics), Route("/openapi.json", _openapi)]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.server = server
    return app


class Answer(JSONResponse):
    """JSON in ASCII: a lone surrogate of a caller's text can be told that way too."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


class Streamed(StreamingResponse):
    """A streamed answer whose source is closed also when the reader is gone or too slow to wait for."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await self.body_iterator.aclose()  # type: ignore[attr-defined]


Handler = Callable[[Server, Filter, Json, Request], Awaitable[Response]]


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str, kind: str = "invalid_request_error") -> None:
        super().__init__(message)
        self.status, self.kind = status, kind

    def response(self) -> Response:
        headers = {"retry-after": "1"} if self.status == 503 else {"www-authenticate": "Bearer"} if self.status == 401 else None
        error = {"message": str(self), "type": self.kind, "param": None, "code": str(self.status)}
        return Answer({"error": error}, self.status, headers)


def _guarded(server: Server, path: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """The handler behind key, limits, time-out and count."""

    async def guarded(request: Request) -> Response:
        started = time.perf_counter()
        if server.active >= server.settings.concurrency:
            return _told(server, path, Refused(503, "too many requests at a time", "overloaded_error").response(), started)
        server.active += 1
        server.metrics.active.set(server.active)
        response: Response | None = None
        try:
            _authenticate(server, request)
            body = await _body(request, server.settings.body_limit) if request.method == "POST" else {}
            with anyio.fail_after(server.settings.timeout if path not in PROXIED else server.settings.upstream_timeout):
                response = await handler(server, server.filter if path in PROXIED else server.choose(body), body, request)
        except Refused as refused:
            response = refused.response()
        except UpstreamError as error:
            response = Refused(error.status, str(error), "upstream_error").response()
        except TimeoutError:
            response = Refused(504, "not judged in time", "timeout_error").response()
        except ClientDisconnect:
            response = Response(status_code=499)
        finally:
            if not isinstance(response, Streamed):
                server.active -= 1
                server.metrics.active.set(server.active)
        return _told(server, path, response, started)

    return guarded


def _told(server: Server, path: str, response: Response, started: float) -> Response:
    seconds = time.perf_counter() - started
    server.metrics.requests.labels(path, str(response.status_code)).inc()
    server.metrics.seconds.labels(path).observe(seconds)
    logger.info("%s", json.dumps({"route": path, "status": response.status_code, "action": response.headers.get("x-simfilter-action"),
                                  "ms": round(1e3 * seconds, 2)}))
    return response


def _authenticate(server: Server, request: Request) -> None:
    if not server.settings.keys:
        return
    given = request.headers.get("authorization", "").removeprefix("Bearer ") or request.headers.get("ocp-apim-subscription-key", "")
    if not any(hmac.compare_digest(given.encode(), key.encode()) for key in server.settings.keys):
        raise Refused(401, "a valid API key is needed", "authentication_error")


async def _body(request: Request, limit: int) -> Json:
    size, parts = 0, []
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise Refused(413, f"the body exceeds {limit} bytes")
        parts.append(part)
    try:
        body = json.loads(b"".join(parts))
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise Refused(400, "the body must be a JSON object")
    return body


def _text(body: Json, name: str, *, needed: bool = True) -> str:
    value = body.get(name, None if needed else "")
    if not isinstance(value, str):
        raise Refused(422, f"{name} must be a string")
    return value


async def _judged(server: Server, filter: Filter, text: str, prompt: str = "", language: str | None = None) -> Verdict:
    try:
        verdict = await anyio.to_thread.run_sync(lambda: filter.check(text, prompt=prompt, language=language), abandon_on_cancel=True)
    except SimfilterError as error:
        raise Refused(422, str(error)) from None
    server.metrics.actions.labels(verdict.action.name.lower()).inc()
    return verdict


def _shown_match(match: Match) -> Json:
    origin = match.provenance
    return {"kind": match.kind.value, "start": match.query.start, "end": match.query.end, "tokens": match.tokens,
            "bits": round(match.bits, 1), "source": origin.source, "document": origin.document, "licence": origin.licence,
            "url": origin.url, "action": match.action.name.lower(), "rule": match.rule}


async def _check(server: Server, filter: Filter, body: Json, request: Request) -> Response:
    text, prompt = _text(body, "text"), _text(body, "prompt", needed=False)
    language = _text(body, "language", needed=False) or None
    verdict = await _judged(server, filter, text, prompt, language)
    shown = {"action": verdict.action.name.lower(), "clean": verdict.clean, "scanned": verdict.scanned, "notes": list(verdict.notes),
             "matches": [_shown_match(match) for match in verdict.matches], "text": replaced(text, verdict, filter.policy)}
    return Answer(shown, headers={"x-simfilter-action": verdict.action.name.lower()})


async def _explain(server: Server, filter: Filter, body: Json, request: Request) -> Response:
    text, prompt = _text(body, "text"), _text(body, "prompt", needed=False)
    verdict = await _judged(server, filter, text, prompt, _text(body, "language", needed=False) or None)

    shown = await anyio.to_thread.run_sync(lambda: page.explained(filter, text, verdict, with_text=server.settings.with_text),
                                           abandon_on_cancel=True)
    return Answer(shown, headers={"x-simfilter-action": verdict.action.name.lower()})


async def _indices(server: Server, filter: Filter, body: Json, request: Request) -> Response:
    return Answer(page.choices(server.filters))


async def _moderations(server: Server, filter: Filter, body: Json, request: Request) -> Response:
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Refused(422, "input must be a string or a list of strings")
    results = []
    for text in texts:
        verdict = await _judged(server, filter, text)
        flagged = verdict.action > Action.ALLOW
        score = max((match.coverage for match in verdict.matches), default=1.0 if flagged else 0.0)
        results.append({"flagged": flagged, "categories": {"protected-material": flagged},
                        "category_scores": {"protected-material": score}})
    return Answer({"id": "modr-simfilter", "model": f"simfilter-{__version__}", "results": results})


async def _azure(server: Server, filter: Filter, body: Json, request: Request) -> Response:
    verdict = await _judged(server, filter, _text(body, "text"))
    return Answer({"protectedMaterialAnalysis": {"detected": verdict.action > Action.ALLOW}})


async def _proxy(server: Server, filter: Filter, body: Json, request: Request) -> Response:
    if server.upstream is None:
        raise Refused(404, "no upstream is set")
    path, headers = request.url.path, dict(request.headers)
    if server.settings.keys:
        headers.pop("authorization", None)  # ours, not the upstream's
    if not body.get("stream"):
        status, answer, action = await server.upstream.whole(path.removeprefix("/v1"), body, headers, filter)
        server.metrics.actions.labels(action.name.lower()).inc()
        return Answer(answer, status, headers={"x-simfilter-action": action.name.lower()})
    events = await server.upstream.open(path.removeprefix("/v1"), body, headers)

    def done(blocked: bool) -> None:
        server.active -= 1
        server.metrics.active.set(server.active)
        server.metrics.actions.labels("block" if blocked else "allow").inc()

    return Streamed(safe_events(events, path, body, filter, done), media_type="text/event-stream",
                             headers={"cache-control": "no-cache", "x-accel-buffering": "no"})


async def _healthz(request: Request) -> Response:
    return Answer({"status": "ok", "version": __version__})


async def _readyz(request: Request) -> Response:
    server: Server = request.app.state.server
    return Answer({"ready": server.ready, "documents": len(server.filter.index)}, 200 if server.ready else 503)


async def _metrics(request: Request) -> Response:
    page, kind = request.app.state.server.metrics.page()
    return Response(page, media_type=kind)


async def _openapi(request: Request) -> Response:
    return Answer(openapi())


def openapi() -> Json:
    """The OpenAPI document."""
    def post(summary: str, fields: dict[str, Any], needed: list[str], answer: Json) -> Json:
        error = {"description": "refused", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
        body = {"type": "object", "properties": fields, "required": needed}
        return {"post": {"summary": summary, "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
                         "responses": {"200": {"description": "judged", "content": {"application/json": {"schema": answer}}},
                                       **{str(code): error for code in (400, 401, 413, 422, 502, 503, 504, 404)}}}}

    def get(summary: str, kind: str = "application/json") -> Json:
        return {"get": {"summary": summary, "responses": {"200": {"description": "ok", "content": {kind: {}}}}}}

    string, thing = {"type": "string"}, {"type": "object"}
    judged = {"text": string, "prompt": string, "language": string, "index": string}
    paths = {
        "/v1/check": post("Judge a text", judged, ["text"],
                          {"type": "object", "required": ["action", "clean", "scanned", "matches", "text"]}),
        "/v1/explain": post("Judge a text and tell why", judged, ["text"],
                            {"type": "object", "required": ["action", "clean", "scanned", "notes", "matches", "set_aside"]}),
        "/v1/indices": get("Indices and languages to choose from"),
        "/v1/moderations": post("Judge texts, in OpenAI's shape", {"input": {"anyOf": [string, {"type": "array", "items": string}]}},
                                ["input"], {"type": "object", "required": ["results"]}),
        "/contentsafety/text:detectProtectedMaterial": post("Judge a text, in Azure's shape", {"text": string}, ["text"],
                                                            {"type": "object", "required": ["protectedMaterialAnalysis"]}),
        **{path: post("Ask the upstream, see what is safe", {"model": string, "stream": {"type": "boolean"}}, ["model"], thing)
           for path in PROXIED},
        "/": get("A page to paste a text into", "text/html"), "/page.css": get("Its style", "text/css"),
        "/page.js": get("Its script", "text/javascript"),
        "/healthz": get("Alive"), "/readyz": get("Ready"), "/metrics": get("For Prometheus", "text/plain"), "/openapi.json": get("This"),
    }
    error = {"type": "object", "required": ["error"], "properties": {"error": {"type": "object", "required": ["message", "type"]}}}
    return {"openapi": "3.1.0", "info": {"title": "simfilter", "version": __version__}, "paths": paths,
            "components": {"schemas": {"Error": error}, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}}}
