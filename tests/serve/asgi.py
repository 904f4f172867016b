"""An application driven message by message, before an upstream made of a generator: slow readers, callers that leave, broken streams."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from inspect import isawaitable
from pathlib import Path
from typing import Any

from simfilter.serve.app import Settings, create_app
from simfilter.serve.proxy import Upstream
from tests.serve.conftest import sse


@dataclass
class Request:
    """A request as an upstream gets it."""

    path: str
    json: Any
    headers: dict[str, str]


class Answer:
    """An upstream's answer, what of `aiohttp.ClientResponse` is used; knows whether it was let go of."""

    def __init__(self, parts: AsyncIterator[bytes], *, status: int = 200, kind: str = "text/event-stream") -> None:
        self.parts, self.status, self.headers, self.closed = parts, status, {"content-type": kind}, False
        self.content = self

    def iter_any(self) -> AsyncIterator[bytes]:
        return self.parts

    async def readany(self) -> bytes:
        return await anext(self.parts, b"")

    async def json(self, content_type: str | None) -> Any:
        return json.loads(b"".join([part async for part in self.parts]))

    def close(self) -> None:
        self.closed = True


class Session:
    """What of `aiohttp.ClientSession` is used, before an upstream that is a function."""

    def __init__(self, answer: Callable[[Request], Any]) -> None:
        self.answer = answer

    async def post(self, url: str, *, json: Any, headers: dict[str, str], allow_redirects: bool) -> Answer:
        made = self.answer(Request(url.removeprefix("http://upstream/v1"), json, headers))
        return await made if isawaitable(made) else made  # type: ignore[no-any-return]

    async def close(self) -> None:
        pass


def application(index: Path, answer: Callable[[Request], Any], **settings: Any) -> Any:
    """The application before an upstream that answers with ``answer(request)``."""
    upstream = Upstream("http://upstream/v1", session=Session(answer))  # type: ignore[arg-type]
    return create_app(Settings(index, upstream="http://upstream/v1", **settings), upstream=upstream)


def streaming(parts: Callable[[], AsyncIterator[bytes]], answers: list[Answer] | None = None,
              kind: str = "text/event-stream") -> Callable[[Request], Answer]:
    """An upstream that streams ``parts()``; its answers are kept in ``answers``."""
    def answer(request: Request) -> Answer:
        made = Answer(parts(), kind=kind)
        if answers is not None:
            answers.append(made)
        return made

    return answer


def whole(body: Any) -> Answer:
    """An answer in one piece."""
    async def parts() -> AsyncIterator[bytes]:
        yield json.dumps(body).encode()

    return Answer(parts(), kind="application/json")


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
