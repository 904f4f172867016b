"""The way to the upstream: a request goes on as it came, the answer comes back with only what is safe in it.

Whole answers are judged whole. Streamed ones (server-sent events) are judged event by event; the upstream is left as soon as an answer is
blocked or the reader is gone, and is read no faster than the reader reads. An upstream that dies in the midst ends the stream with an error
event; what was held back then is never shown.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress

import aiohttp
import anyio
import anyio.to_thread

from simfilter.exempt import supplied
from simfilter.filter import Filter
from simfilter.types import Action
from simfilter.wire import ChatWire, Json, ResponsesWire, Wire, prompt_of, safe_answer

PASSED_ON = ("authorization", "openai-organization", "openai-project", "user-agent", "x-request-id", "traceparent", "tracestate")
"""Headers of the request that the upstream sees."""

EVENT_LIMIT = 1 << 22
"""Bytes of one event."""

KEEP_ALIVE = 4.0
"""Seconds that an idle connection is kept: less than most servers keep theirs, or a request would go into one that is just closing."""

NONSENSE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What comes of an event or answer that is not as it should be."""

LINGER = 0.05
"""Seconds to wait for the end of an answer that said it is done."""


class UpstreamError(Exception):
    """The upstream cannot be reached, died, or speaks no JSON; ``status`` is what to answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Upstream:
    """One OpenAI-compatible server."""

    def __init__(self, url: str, *, key: str | None = None, timeout: float = 600.0, connections: int = 256,
                 session: aiohttp.ClientSession | None = None) -> None:
        """``key`` takes the place of what the caller authenticates with; ``timeout`` is seconds between two pieces of an answer."""
        self._url, self._key = url.rstrip("/"), key
        self._timeout, self._connections = timeout, connections
        self._session = session

    async def _post(self, path: str, request: Json, headers: dict[str, str]) -> aiohttp.ClientResponse:
        """An answer, its headers read."""
        if self._session is None:  # here, for it belongs to the loop it is made in
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=KEEP_ALIVE)
            waits = aiohttp.ClientTimeout(total=None, sock_connect=10.0, sock_read=self._timeout)
            self._session = aiohttp.ClientSession(connector=connector, timeout=waits, cookie_jar=aiohttp.DummyCookieJar())
        passed = {name: headers[name] for name in PASSED_ON if name in headers}
        if self._key is not None:
            passed["authorization"] = f"Bearer {self._key}"
        with _reaching():
            return await self._session.post(self._url + path, json=request, headers=passed, allow_redirects=False)

    async def whole(self, path: str, request: Json, headers: dict[str, str], filter: Filter) -> tuple[int, Json, Action]:
        """Status and safe answer of a request that is not streamed, and the strictest action in it."""
        answer = await self._post(path, request, headers)
        try:
            with _reaching():
                body = await answer.json(content_type=None)
        except (ValueError, RecursionError) as error:
            raise UpstreamError(502, "the upstream answered with something else than JSON") from error
        finally:
            answer.close()
        if answer.status != 200 or not isinstance(body, dict):
            return answer.status, _plain_error(body), Action.ALLOW
        made, action = await anyio.to_thread.run_sync(lambda: safe_answer(filter, body, prompt=prompt_of(request)), abandon_on_cancel=True)
        return 200, made, action

    async def open(self, path: str, request: Json, headers: dict[str, str]) -> aiohttp.ClientResponse:
        """A streamed answer, its headers read. Raises UpstreamError also when the upstream refuses."""
        answer = await self._post(path, request, headers)
        if answer.status != 200:
            answer.close()
            raise UpstreamError(answer.status, "the upstream refused the request")
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.close()
            raise UpstreamError(502, "the upstream does not stream")
        return answer

    async def close(self) -> None:
        """Let go of all connections."""
        if self._session is not None:
            await self._session.close()


@contextmanager
def _reaching() -> Iterator[None]:
    """What goes wrong on the way to an upstream, as an UpstreamError."""
    try:
        yield
    except TimeoutError as error:
        raise UpstreamError(504, "the upstream did not answer in time") from error
    except (aiohttp.ClientError, OSError) as error:
        raise UpstreamError(502, "the upstream cannot be reached") from error


def _plain_error(body: object) -> Json:
    """An upstream's error without what it may quote."""
    error = body.get("error") if isinstance(body, dict) else None
    kind = error.get("type") if isinstance(error, dict) else None
    return {"error": {"message": "the upstream refused the request", "type": kind or "upstream_error", "param": None, "code": None}}


async def safe_events(answer: aiohttp.ClientResponse, path: str, request: Json, filter: Filter,
                      acted: Callable[[Action], None]) -> AsyncIterator[bytes]:
    """The server-sent events of an upstream's answer, made safe; ``acted`` is told the strictest action at the end."""
    responses = path.endswith("/responses")
    prompt = supplied(prompt_of(request))
    wire = ResponsesWire(filter, prompt=prompt) if responses else ChatWire(filter, prompt=prompt)
    shown: list[bytes] = []  # what came together goes out together
    try:
        async for events in _events(answer.content.iter_any()):
            for event in events:
                shown += map(_sse, _judged(wire, event, responses))
            if shown:
                yield b"".join(shown)
                shown.clear()
            if wire.done or "[DONE]" in events:
                break
        else:
            if not wire.ended:
                raise UpstreamError(502, "the upstream broke off")
        for made in wire.rest():
            yield _sse(made)
        if not responses:
            yield b"data: [DONE]\n\n"
        if not wire.done:  # an answer read to its end leaves its connection to the next
            with suppress(aiohttp.ClientError, OSError), anyio.move_on_after(LINGER):
                await answer.content.readany()
    except (aiohttp.ClientError, OSError, UpstreamError, *NONSENSE):
        if shown:
            yield b"".join(shown)
        error = {"message": "the upstream broke off", "type": "upstream_error", "param": None, "code": "502"}
        yield _sse({"type": "error", **error}) if responses else _sse({"error": error})
    finally:
        acted(wire.action)


def _sse(data: Json) -> bytes:
    name = f"event: {data['type']}\n" if isinstance(data.get("type"), str) else ""
    return f"{name}data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode("utf-8", "replace")


def _judged(wire: Wire, event: str, responses: bool) -> Iterator[Json]:
    """The events to show in place of one."""
    if wire.done or event == "[DONE]":
        return
    data = json.loads(event)
    if not isinstance(data, dict) or "error" in data or (not responses and "choices" not in data):
        raise UpstreamError(502, "the upstream sent an error, or an event of another kind")
    yield from wire.event(data)


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[str]]:
    """The data of the events that came together, `[DONE]` the last. Raises UpstreamError for one beyond EVENT_LIMIT, or when the stream
    breaks off within one."""
    lines: list[bytes] = []
    rest, returned = b"", False
    async for chunk in chunks:
        chunk = chunk[1:] if returned and chunk.startswith(b"\n") else chunk
        returned = chunk.endswith(b"\r")
        whole = (rest + chunk).splitlines(keepends=True)  # of bytes: a text may hold other ends of lines
        rest = whole.pop() if whole and not whole[-1].endswith((b"\n", b"\r")) else b""
        events: list[str] = []
        for line in whole:
            line = line.rstrip(b"\r\n")
            if line.startswith(b"data:"):
                lines.append(line[5:].removeprefix(b" "))
            elif not line and lines:
                events.append(b"\n".join(lines).decode("utf-8", "replace"))
                lines = []
        if len(rest) + sum(map(len, lines)) > EVENT_LIMIT:
            raise UpstreamError(502, "an event is too large")
        if events:
            yield events
    if [*lines, rest.removeprefix(b"data: ")] not in ([b""], [b"[DONE]"], [b"[DONE]", b""]):
        raise UpstreamError(502, "the upstream broke off within an event")
