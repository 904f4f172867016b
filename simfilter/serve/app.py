"""The routes: an ASGI application over one filter that can be loaded anew while requests run.

    /                                            a page to paste a text into
    /v1/check                                    a text -> the verdict
    /v1/explain                                  the same, with all a person needs to see why
    /v1/indices                                  what can be chosen as `index`
    /v1/moderations                              OpenAI's shape, for drop-in use: `flagged`, one category
    /contentsafety/text:detectProtectedMaterial  Azure's shape; ...ForCode with licences
    /v1/chat/completions, /v1/completions, /v1/responses    the proxy, with an upstream
    /healthz /readyz /metrics /openapi.json      without a key

A request holds the filter it began with, so that a reload drops none. Bodies, requests at a time and time are limited: 413, 503 with
Retry-After, 504. What a request costs ends with it: a caller that goes away, or does not read for `reader_timeout`, is let go of with its
upstream.
"""

from __future__ import annotations

import hmac
import json
import logging
import math
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from simfilter import __version__
from simfilter.errors import ParameterError, ShardLostError, SimfilterError
from simfilter.filter import Filter
from simfilter.index import Index
from simfilter.policy import Policy
from simfilter.serve import page, shapes
from simfilter.serve.document import openapi
from simfilter.serve.metrics import Metrics
from simfilter.serve.proxy import Upstream, UpstreamError, safe_events
from simfilter.serve.visit import Visit, Visits
from simfilter.types import Verdict
from simfilter.wire import Json

logger = logging.getLogger(__name__)

PROXIED = ("/v1/chat/completions", "/v1/completions", "/v1/responses")
OPEN = ("/healthz", "/readyz", "/metrics", "/openapi.json")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server is started with. Sizes are bytes, times seconds. Without ``keys`` anybody who reaches it may ask: bind it to loopback.

    ``timeout`` is for a judgement, its body's arrival included; ``upstream_timeout`` for an upstream's answer to begin, and between two
    pieces of it; ``reader_timeout`` for a reader to take one. A check may name one of ``others``, by the name of its file, in place of
    ``index``; only ``with_text`` does `/v1/explain` tell the protected text a match was found in. With ``engine`` "ray" the shards of all
    indices are held by actors of a Ray cluster, and one that does not answer in ``shard_timeout`` is lost until it does.
    """

    index: Path
    policy: Path | None = None
    upstream: str | None = None
    upstream_key: str | None = None
    keys: tuple[str, ...] = ()
    body_limit: int = 4 << 20
    concurrency: int = 256
    timeout: float = 30.0
    upstream_timeout: float = 600.0
    reader_timeout: float = 60.0
    others: tuple[Path, ...] = ()
    with_text: bool = False
    engine: str = "local"
    shard_timeout: float = 5.0

    def open(self, path: Path) -> Index:
        """An index as these settings want it. Raises ParameterError, MissingExtraError, and what `Index.open` raises."""
        if self.engine == "local":
            return Index.open(path)
        if self.engine != "ray":
            raise ParameterError(f"engine {self.engine!r}: need local or ray")
        from simfilter.index.remote import RemoteIndex

        return RemoteIndex.connect(path, timeout=self.shard_timeout)


class Server:
    """The filter in force, and what requests share."""

    def __init__(self, settings: Settings, *, upstream: Upstream | None = None) -> None:
        self.settings = settings
        self.metrics = Metrics()
        paths = (settings.index, *settings.others)
        self.filters = self._over({path.stem: settings.open(path) for path in paths})
        if len(self.filters) < len(paths):
            raise ParameterError("indices are told apart by the names of their files; two are the same")
        self._loading = threading.Lock()
        self.upstream = upstream
        if upstream is None and settings.upstream is not None:
            self.upstream = Upstream(settings.upstream, key=settings.upstream_key, timeout=settings.upstream_timeout,
                                     connections=settings.concurrency)
        self.visits = Visits(self.metrics, settings.concurrency)
        self.ready = True

    @property
    def filter(self) -> Filter:
        """The filter over the first index."""
        return next(iter(self.filters.values()))

    def choose(self, body: Json) -> Filter:
        """The filter over the index a check names, or over the first."""
        if "index" not in body:
            return self.filter
        if (name := shapes.text_of(body, "index")) not in self.filters:
            raise Refused(404, "no such index: /v1/indices tells their names")
        return self.filters[name]

    def _over(self, indices: dict[str, Index]) -> dict[str, Filter]:
        policy = Policy.load(self.settings.policy) if self.settings.policy else None
        self.metrics.documents.set(sum(map(len, indices.values())))
        for note in (note for index in indices.values() for note in index.lost):
            logger.error("%s", note)
        return {name: Filter(index, policy) for name, index in indices.items()}

    def reload(self) -> bool:
        """Load index and policy anew; what cannot be loaded leaves the old ones in force. Requests in hand keep what they began with."""
        with self._loading:  # the last one asked for is the last one loaded
            try:
                self.filters = self._over({name: filter.index.reload() for name, filter in self.filters.items()})
            except Exception as error:  # whatever is wrong with what stands there now, what is in force stays
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

    azure = "/contentsafety/text:detectProtectedMaterial"
    handlers: dict[str, Handler] = {
        "/v1/check": _judging(shapes.check), "/v1/explain": _explain, "/v1/moderations": _judging(shapes.moderations),
        azure: _judging(shapes.azure_text), azure + "ForCode": _judging(shapes.azure_code), **dict.fromkeys(PROXIED, _proxy)}
    routes = [Route(path, _guarded(server, path, handler), methods=["POST"]) for path, handler in handlers.items()]
    routes += [Route("/v1/indices", _guarded(server, "/v1/indices", _indices)), *page.routes()]
    routes += [Route(path, told) for path, told in zip(OPEN, (_healthz, _readyz, _metrics, _openapi), strict=True)]
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={HTTPException: _not_here})
    app.state.server = server
    return app


class Answer(JSONResponse):
    """JSON in ASCII: a lone surrogate of a caller's text can be told that way too."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


class Streamed(StreamingResponse):
    """A streamed answer. Its source is closed, and ``closed`` called, also when the reader is gone or takes nothing for ``patience``."""

    def __init__(self, content: AsyncIterator[bytes], closed: Callable[[], Awaitable[None]], patience: float) -> None:
        super().__init__(content, media_type="text/event-stream", headers={"cache-control": "no-cache", "x-accel-buffering": "no"})
        self._source, self._closed, self._patience = content, closed, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def patiently(message: Message) -> None:
            waiting.deadline = anyio.current_time() + self._patience
            await send(message)
            waiting.deadline = math.inf

        try:
            with anyio.CancelScope() as waiting:  # one for all messages: a scope for each costs more than to judge it
                await super().__call__(scope, receive, patiently)
            if waiting.cancelled_caught:
                logger.warning("a reader took nothing for %s s and was let go", self._patience)
        finally:
            with anyio.CancelScope(shield=True):
                await self._source.aclose()  # type: ignore[attr-defined]
                await self._closed()


Handler = Callable[[Server, Filter, Json, Request, Visit], Awaitable[Response]]


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str, kind: str = "invalid_request_error") -> None:
        super().__init__(message)
        self.status, self.kind = status, kind

    def response(self, headers: dict[str, str] | None = None) -> Response:
        headers = headers or {503: {"retry-after": "1"}, 401: {"www-authenticate": "Bearer"}}.get(self.status)
        error = {"message": str(self), "type": self.kind, "param": None, "code": str(self.status)}
        return Answer({"error": error}, self.status, headers)


def _guarded(server: Server, path: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """The handler behind key, limits, time-out and count."""
    settings = server.settings

    async def guarded(request: Request) -> Response:
        visit = Visit(server.visits, path, request.headers)
        response = await _refusing(answered(request, visit))
        visit.first()
        if not isinstance(response, Streamed):
            visit.end(response.status_code)
        return response

    async def answered(request: Request, visit: Visit) -> Response:
        if visit.refused:
            raise Refused(503, "too many requests at a time", "overloaded_error")
        _authenticate(settings.keys, request)
        with anyio.fail_after(settings.timeout):
            body = await _body(request, settings.body_limit) if request.method == "POST" else {}
        with anyio.fail_after(settings.timeout if path not in PROXIED else settings.upstream_timeout):
            filter = server.filter if path in PROXIED else server.choose(body)
            return await _while_asked(request, handler(server, filter, body, request, visit))

    return guarded


async def _refusing(answer: Awaitable[Response]) -> Response:
    """The answer, or the error that tells why there is none."""
    try:
        return await answer
    except Refused as refused:
        return refused.response()
    except ShardLostError as error:
        return Refused(503, str(error), "overloaded_error").response()
    except (shapes.ShapeError, SimfilterError) as error:
        return Refused(422, str(error)).response()
    except UpstreamError as error:
        return Refused(error.status, str(error), "upstream_error").response()
    except TimeoutError:
        return Refused(504, "not judged in time", "timeout_error").response()
    except ClientDisconnect:
        return Response(status_code=499)
    except Exception as error:  # its message may quote the text: only its kind is told
        logger.error("a request failed: %s", type(error).__name__)
        return Refused(500, "the request failed", "server_error").response()


async def _while_asked(request: Request, answer: Awaitable[Response]) -> Response:
    """The answer; given up when the caller goes away. Raises ClientDisconnect then."""
    made: list[Response] = []
    failed: list[Exception] = []

    async def make(scope: anyio.CancelScope) -> None:
        try:
            made.append(await answer)
        except Exception as error:
            failed.append(error)
        scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(make, group.cancel_scope)
        while (await request.receive())["type"] != "http.disconnect":
            pass
        group.cancel_scope.cancel()
    if failed:
        raise failed[0]
    if not made:
        raise ClientDisconnect
    return made[0]


def _authenticate(keys: tuple[str, ...], request: Request) -> None:
    if not keys:
        return
    given = request.headers.get("authorization", "").removeprefix("Bearer ") or request.headers.get("ocp-apim-subscription-key", "")
    if not any(hmac.compare_digest(given.encode(), key.encode()) for key in keys):
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


def _judging(shape: Callable[[Json, shapes.Judge, Policy], Json]) -> Handler:
    """A handler that answers in this shape; texts are judged on a thread."""
    async def judging(server: Server, filter: Filter, body: Json, request: Request, visit: Visit) -> Response:
        verdicts: list[Verdict] = []

        def judge(text: str, **options: Any) -> Verdict:
            verdicts.append(filter.check(text, **options))
            return verdicts[-1]

        shown = await anyio.to_thread.run_sync(lambda: shape(body, judge, filter.policy), abandon_on_cancel=True)
        for verdict in verdicts:
            visit.judged(verdict)
        return Answer(shown, headers={"x-simfilter-action": max(verdict.action for verdict in verdicts).name.lower()})

    return judging


async def _explain(server: Server, filter: Filter, body: Json, request: Request, visit: Visit) -> Response:
    judging = _judging(page.explaining(filter, with_text=server.settings.with_text))
    return await judging(server, filter, body, request, visit)


async def _indices(server: Server, filter: Filter, body: Json, request: Request, visit: Visit) -> Response:
    return Answer(page.choices(server.filters))


async def _proxy(server: Server, filter: Filter, body: Json, request: Request, visit: Visit) -> Response:
    if server.upstream is None:
        raise Refused(404, "no upstream is set")
    streamed = shapes.proxied(body)
    path, headers = request.url.path, dict(request.headers) | visit.span.headers()
    if server.settings.keys:
        headers.pop("authorization", None)  # ours, not the upstream's
    if not streamed:
        status, answer, action = await server.upstream.whole(path.removeprefix("/v1"), body, headers, filter)
        visit.acted(action)
        return Answer(answer, status, headers={"x-simfilter-action": action.name.lower()})
    events = await server.upstream.open(path.removeprefix("/v1"), body, headers)

    async def closed() -> None:
        visit.end(200)
        events.close()

    return Streamed(safe_events(events, path, body, filter, visit.acted), closed, server.settings.reader_timeout)


async def _not_here(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Refused(error.status_code, error.detail).response(dict(error.headers or {}))


async def _healthz(request: Request) -> Response:
    return Answer({"status": "ok", "version": __version__})


async def _readyz(request: Request) -> Response:
    server: Server = request.app.state.server
    index = server.filter.index
    return Answer({"ready": server.ready, "documents": len(index), "lost": list(index.lost)}, 200 if server.ready else 503)


async def _metrics(request: Request) -> Response:
    page, kind = request.app.state.server.metrics.page()
    return Response(page, media_type=kind)


async def _openapi(request: Request) -> Response:
    return Answer(openapi(secured=bool(request.app.state.server.settings.keys)))
