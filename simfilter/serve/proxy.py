"""The way to the upstream: a request goes on as it came, the answer comes back with only what is safe in it.

Whole answers are judged whole. Streamed ones (server-sent events) are judged event by event; the upstream is left as soon as an answer is
blocked or the reader is gone, and is read no faster than the reader reads. An upstream that dies in the midst ends the stream with an error
event; what was held back then is never shown.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator

import anyio.to_thread
import httpx

from simfilter.exempt import supplied
from simfilter.filter import Filter
from simfilter.types import Action
from simfilter.wire import ChatWire, Json, ResponsesWire, Wire, prompt_of, safe_answer

PASSED_ON = ("authorization", "openai-organization", "openai-project", "user-agent", "x-request-id", "traceparent", "tracestate")
"""Headers of the request that the upstream sees."""

EVENT_LIMIT = 1 << 22
"""Bytes of one event."""


class UpstreamError(Exception):
    """The upstream cannot be reached, died, or speaks no JSON; ``status`` is what to answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Upstream:
    """One OpenAI-compatible server."""

    def __init__(self, url: str, *, key: str | None = None, timeout: float = 600.0, connections: int = 256,
                 transport: httpx.AsyncBaseTransport | None = None) -> None:
        """``key`` takes the place of what the caller authenticates with; ``timeout`` is seconds between two pieces of an answer."""
        self._key = key
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self.client = httpx.AsyncClient(base_url=url.rstrip("/"), timeout=httpx.Timeout(timeout, connect=10.0), limits=limits,
                                        transport=transport, trust_env=False)

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        passed = {name: headers[name] for name in PASSED_ON if name in headers}
        if self._key is not None:
            passed["authorization"] = f"Bearer {self._key}"
        return passed

    async def whole(self, path: str, request: Json, headers: dict[str, str], filter: Filter) -> tuple[int, Json, Action]:
        """Status and safe answer of a request that is not streamed, and the strictest action in it."""
        try:
            answer = await self.client.post(path, json=request, headers=self._headers(headers))
            body = answer.json()
        except httpx.TimeoutException as error:
            raise UpstreamError(504, "the upstream did not answer in time") from error
        except httpx.HTTPError as error:
            raise UpstreamError(502, "the upstream cannot be reached") from error
        except ValueError as error:
            raise UpstreamError(502, "the upstream answered with something else than JSON") from error
        if answer.status_code != 200 or not isinstance(body, dict):
            return answer.status_code, _plain_error(body), Action.ALLOW
        made, action = await anyio.to_thread.run_sync(lambda: safe_answer(filter, body, prompt=prompt_of(request)), abandon_on_cancel=True)
        return 200, made, action

    async def open(self, path: str, request: Json, headers: dict[str, str]) -> httpx.Response:
        """A streamed answer, its headers read. Raises UpstreamError also when the upstream refuses."""
        try:
            sent = self.client.build_request("POST", path, json=request, headers=self._headers(headers))
            answer = await self.client.send(sent, stream=True)
        except httpx.TimeoutException as error:
            raise UpstreamError(504, "the upstream did not answer in time") from error
        except httpx.HTTPError as error:
            raise UpstreamError(502, "the upstream cannot be reached") from error
        if answer.status_code != 200:
            await answer.aclose()
            raise UpstreamError(answer.status_code, "the upstream refused the request")
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            await answer.aclose()
            raise UpstreamError(502, "the upstream does not stream")
        return answer

    async def close(self) -> None:
        """Let go of all connections."""
        await self.client.aclose()


def _plain_error(body: object) -> Json:
    """An upstream's error without what it may quote."""
    error = body.get("error") if isinstance(body, dict) else None
    kind = error.get("type") if isinstance(error, dict) else None
    return {"error": {"message": "the upstream refused the request", "type": kind or "upstream_error", "param": None, "code": None}}


async def safe_events(answer: httpx.Response, path: str, request: Json, filter: Filter,
                      acted: Callable[[Action], None]) -> AsyncIterator[bytes]:
    """The server-sent events of an upstream's answer, made safe; ``acted`` is told the strictest action at the end."""
    responses = path.endswith("/responses")
    prompt = supplied(prompt_of(request))
    wire = ResponsesWire(filter, prompt=prompt) if responses else ChatWire(filter, prompt=prompt)
    shown: list[bytes] = []  # what came together goes out together
    try:
        async for events in _events(answer):
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
    except (httpx.HTTPError, UpstreamError, ValueError, KeyError, TypeError, AttributeError):  # the last four: what it sent makes no sense
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


async def _events(answer: httpx.Response) -> AsyncIterator[list[str]]:
    """The data of the events that came together, `[DONE]` the last. Raises UpstreamError for one beyond EVENT_LIMIT, or when the stream
    breaks off within one."""
    lines: list[bytes] = []
    rest, returned = b"", False
    async for chunk in answer.aiter_bytes():
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
