"""A server under test: an index, a stub upstream that recites, and simfilter between the two, all on loopback."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the extra [serve] is not installed")
uvicorn = pytest.importorskip("uvicorn", reason="the extra [serve] is not installed")
pytest.importorskip("prometheus_client", reason="the extra [serve] is not installed")

from starlette.applications import Starlette  # noqa: E402
from starlette.requests import Request  # noqa: E402
from starlette.responses import JSONResponse, Response, StreamingResponse  # noqa: E402
from starlette.routing import Route  # noqa: E402

from simfilter import Document, build  # noqa: E402
from simfilter.demo import ORIGINAL_PARAGRAPH  # noqa: E402
from simfilter.serve.app import Settings, create_app  # noqa: E402
from tests.stream.texts import STORY  # noqa: E402

PASSAGE = STORY.split("\n\n")[2]
PIECE = 9
"""Characters of one streamed piece."""
ANSWERS = {"innocent": ORIGINAL_PARAGRAPH, "recite": f"It goes like this. {PASSAGE} That was it."}


@dataclass
class Running:
    url: str
    app: Starlette


class Stub:
    """An upstream: answers the word in the last message, ``pace`` seconds a piece; counts pieces and connections."""

    def __init__(self, pace: float = 0.002) -> None:
        self.pace = pace
        self.sent = 0
        self.open = 0
        self.connections: set[int] = set()
        self.app = Starlette(routes=[Route("/v1/chat/completions", self.chat, methods=["POST"]),
                                     Route("/v1/completions", self.completions, methods=["POST"]),
                                     Route("/v1/responses", self.responses, methods=["POST"])])

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        word = body["messages"][-1]["content"]
        self.connections.add(request.client.port if request.client else 0)
        if word == "refuse":
            return JSONResponse({"error": {"message": "no " + PASSAGE, "type": "rate_limit"}}, 429)
        text = ANSWERS.get(word, ANSWERS["recite"])
        base = {"id": "c1", "created": 1, "model": body["model"]}
        if not body.get("stream"):
            choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}, "logprobs": None}
            return JSONResponse({**base, "object": "chat.completion", "choices": [choice]})

        async def events() -> AsyncIterator[bytes]:
            self.open += 1
            try:
                yield sse(self.piece(base, {"role": "assistant", "content": ""}))
                for at in range(0, len(text), PIECE):
                    if word == "die" and at > 40:
                        raise RuntimeError("the upstream dies")
                    self.sent += 1
                    yield sse(self.piece(base, {"content": text[at : at + PIECE]}))
                    await asyncio.sleep(self.pace if word != "endless" else 0.02)
                yield sse({**self.piece(base, {}), "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
                yield b"data: [DONE]\n\n"
            finally:
                self.open -= 1

        return StreamingResponse(events(), media_type="text/event-stream")

    @staticmethod
    def piece(base: dict[str, Any], delta: dict[str, Any]) -> dict[str, Any]:
        return {**base, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}

    async def completions(self, request: Request) -> Response:
        body = await request.json()
        text = ANSWERS[body["prompt"]]
        base = {"id": "t1", "object": "text_completion", "created": 1, "model": body["model"]}
        if not body.get("stream"):
            return JSONResponse({**base, "choices": [{"index": 0, "finish_reason": "stop", "text": text, "logprobs": None}]})

        async def events() -> AsyncIterator[bytes]:
            for at in range(0, len(text), PIECE):
                piece = {"index": 0, "text": text[at : at + PIECE], "logprobs": None, "finish_reason": None}
                yield sse({**base, "choices": [piece]})
            yield sse({**base, "choices": [{"index": 0, "text": "", "logprobs": None, "finish_reason": "stop"}]})
            yield b"data: [DONE]\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    async def responses(self, request: Request) -> Response:
        body = await request.json()
        text = ANSWERS[body["input"]]
        shell = {"id": "r1", "object": "response", "created_at": 1, "model": body["model"], "status": "in_progress", "output": [],
                 "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
        item = {"id": "m1", "type": "message", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": text, "annotations": []}]}
        if not body.get("stream"):
            return JSONResponse({**shell, "status": "completed", "output": [item]})
        place = {"item_id": "m1", "output_index": 0, "content_index": 0}

        async def events() -> AsyncIterator[bytes]:
            yield sse({"type": "response.created", "response": shell, "sequence_number": 0})
            yield sse({"type": "response.secret_new_kind", "text": text, "sequence_number": 1})
            for at in range(0, len(text), PIECE):
                delta = {"delta": text[at : at + PIECE], "logprobs": [], "sequence_number": at}
                yield sse({"type": "response.output_text.delta", **place, **delta})
            yield sse({"type": "response.output_text.done", **place, "text": text, "logprobs": [], "sequence_number": 9000})
            yield sse({"type": "response.output_item.done", "output_index": 0, "item": item, "sequence_number": 9001})
            done = {**shell, "status": "completed", "output": [item]}
            yield sse({"type": "response.completed", "response": done, "sequence_number": 9002})

        return StreamingResponse(events(), media_type="text/event-stream")


def sse(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()


def serving(app: Starlette) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("serve") / "index"
    build([Document(id="ledgers", text=STORY, source="Harbour Stories", licence="CC0-1.0")], path)
    return path


@pytest.fixture(scope="session")
def stub() -> Stub:
    return Stub()


@pytest.fixture(scope="session")
def upstream(stub: Stub) -> Iterator[str]:
    yield from serving(stub.app)


@pytest.fixture(scope="session")
def proxy(protected: Path, upstream: str) -> Iterator[Running]:
    app = create_app(Settings(protected, upstream=upstream + "/v1", upstream_key="upstream-key", keys=("secret-key",), concurrency=80))
    for url in serving(app):
        yield Running(url, app)
