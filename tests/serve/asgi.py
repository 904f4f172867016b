"""An application driven message by message, before an upstream made of a generator: slow readers, callers that leave, broken streams."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx

from simfilter.serve.app import Settings, create_app
from simfilter.serve.proxy import Upstream
from tests.serve.conftest import sse


class Body(httpx.AsyncByteStream):
    """What an upstream sends; knows whether it was let go of."""

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self.parts, self.closed = parts, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self.parts:
            yield part

    async def aclose(self) -> None:
        self.closed = True


def application(index: Path, answer: Callable[[httpx.Request], Any], **settings: Any) -> Any:
    """The application before an upstream that answers with ``answer(request)``."""
    upstream = Upstream("http://upstream/v1", transport=httpx.MockTransport(answer))
    return create_app(Settings(index, upstream="http://upstream/v1", **settings), upstream=upstream)


def streaming(parts: Callable[[], AsyncIterator[bytes]], bodies: list[Body] | None = None,
              kind: str = "text/event-stream") -> Callable[[httpx.Request], httpx.Response]:
    """An upstream that streams ``parts()``; its bodies are kept in ``bodies``."""
    def answer(request: httpx.Request) -> httpx.Response:
        body = Body(parts())
        if bodies is not None:
            bodies.append(body)
        return httpx.Response(200, headers={"content-type": kind}, stream=body)

    return answer


class Caller:
    """One request to an application; ``sent`` are the messages it answered with."""

    def __init__(self, app: Any, path: str, body: Any, *, headers: dict[str, str] | None = None) -> None:
        self.scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http", "path": path,
                      "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1),
                      "server": ("127.0.0.1", 80), "headers": [(k.encode(), v.encode()) for k, v in (headers or {}).items()]}
        self.app = app
        self.coming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.may_send = asyncio.Event()
        self.may_send.set()
        if body is not None:
            self.coming.put_nowait({"type": "http.request", "body": json.dumps(body).encode(), "more_body": False})

    async def send(self, message: dict[str, Any]) -> None:
        await self.may_send.wait()
        self.sent.append(message)

    def leave(self) -> None:
        self.coming.put_nowait({"type": "http.disconnect"})

    async def run(self) -> None:
        await self.app(self.scope, self.coming.get, self.send)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent[1:]).decode()


def chat(text: str, finish: str | None = None) -> bytes:
    """A chunk of a chat completion."""
    return sse({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
                "choices": [{"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}]})


ASKED = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "?"}]}
