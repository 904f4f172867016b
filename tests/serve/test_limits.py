"""What goes wrong between a caller, the server and an upstream: no leak, no hang, the right error, and every slot given back."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from starlette.testclient import TestClient

from simfilter import Document, Policy, build
from simfilter.serve.app import Settings, create_app
from tests.serve.asgi import ASKED, Answer, Caller, Request, application, chat, streaming, whole
from tests.serve.conftest import ANSWERS, PASSAGE, sse

DONE = b"data: [DONE]\n\n"
WORDS = [word + " " for word in PASSAGE.split()]
LINE = "So it went on for a while, and nobody could tell why it had. "


def idle(app: Any) -> bool:
    return bool(app.state.server.visits.active == 0)


def test_a_body_that_does_not_come(protected: Path) -> None:
    async def slow() -> None:
        app = create_app(Settings(protected, timeout=0.1))
        caller = Caller(app, "/v1/check", None)
        caller.coming.put_nowait({"type": "http.request", "body": b'{"te', "more_body": True})
        await asyncio.wait_for(caller.run(), 5)
        assert caller.status == 504 and idle(app)

    asyncio.run(slow())


def test_a_judgement_that_takes_too_long(protected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings(protected, timeout=0.1))
    monkeypatch.setattr(app.state.server.filter, "check", lambda *_, **__: time.sleep(0.5), raising=False)
    answer = TestClient(app).post("/v1/check", json={"text": "a"})
    assert answer.status_code == 504 and answer.json()["error"]["type"] == "timeout_error" and idle(app)


def test_no_more_at_a_time_than_allowed(protected: Path) -> None:
    async def three() -> None:
        app = create_app(Settings(protected, concurrency=1))
        first = Caller(app, "/v1/check", None)
        running = asyncio.create_task(first.run())
        await asyncio.sleep(0)
        second = Caller(app, "/v1/check", {"text": "a"})
        await second.run()
        assert second.status == 503 and (b"retry-after", b"1") in second.sent[0]["headers"]
        first.coming.put_nowait({"type": "http.request", "body": b'{"text": "a"}', "more_body": False})
        await running
        third = Caller(app, "/v1/check", {"text": "a"})
        await third.run()
        assert (first.status, third.status) == (200, 200) and idle(app)

    asyncio.run(three())


def test_an_upstream_is_read_no_faster_than_the_reader_reads(protected: Path) -> None:
    async def slow() -> None:
        asked, answers = 0, list[Answer]()

        async def endless() -> AsyncIterator[bytes]:
            nonlocal asked
            while True:
                asked += 1
                yield chat(LINE)
                await asyncio.sleep(0)

        app = application(protected, streaming(endless, answers), reader_timeout=0.3)
        caller = Caller(app, "/v1/chat/completions", ASKED)
        running = asyncio.create_task(caller.run())
        while len(caller.sent) < 20:
            await asyncio.sleep(0)
        caller.may_send.clear()  # from here on it takes nothing
        before = asked
        await asyncio.sleep(0.1)
        assert asked - before <= 3
        await asyncio.wait_for(running, 5)  # let go of after reader_timeout
        assert answers[0].closed and idle(app)

    asyncio.run(slow())


@pytest.mark.parametrize("stream", [True, False])
def test_a_caller_that_leaves_before_the_answer_begins(protected: Path, stream: bool) -> None:
    async def leaving() -> None:
        cancelled = False

        async def never(request: Request) -> Answer:
            nonlocal cancelled
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled = True
                raise
            raise AssertionError

        app = application(protected, never)
        caller = Caller(app, "/v1/chat/completions", {**ASKED, "stream": stream})
        running = asyncio.create_task(caller.run())
        await asyncio.sleep(0.05)
        caller.leave()
        await asyncio.wait_for(running, 5)
        assert cancelled and idle(app)

    asyncio.run(leaving())


def test_a_caller_that_leaves_amid_the_answer(protected: Path) -> None:
    async def leaving() -> None:
        answers: list[Answer] = []

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield chat(LINE)
                await asyncio.sleep(0.001)

        app = application(protected, streaming(endless, answers))
        caller = Caller(app, "/v1/chat/completions", ASKED)
        running = asyncio.create_task(caller.run())
        while len(caller.sent) < 5:
            await asyncio.sleep(0)
        caller.leave()
        await asyncio.wait_for(running, 5)
        assert answers[0].closed and idle(app)

    asyncio.run(leaving())


def raises() -> bytes:
    raise aiohttp.ClientPayloadError("died")


@pytest.mark.parametrize("end", [raises, lambda: b"", lambda: b"data: {not json\n\n", lambda: sse({"error": {"message": PASSAGE}}),
                                 lambda: sse({"choices": [7]}), lambda: b"data: " + b"x" * (1 << 22) + b"\n\n", lambda: b"data: {"],
                         ids=["dies", "just ends", "no JSON", "an error", "nonsense", "a huge event", "half an event"])
@pytest.mark.parametrize("route", ["chat/completions", "completions", "responses"])
def test_an_upstream_that_breaks_off(protected: Path, route: str, end: Callable[[], bytes]) -> None:
    """What was held back then, eight words of a copy, is never shown."""
    def event(text: str) -> bytes:
        if route == "responses":
            return sse({"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": text})
        made = {"text": text} if route == "completions" else {"delta": {"content": text}}
        return sse({"id": "c", "object": "o", "created": 1, "model": "m", "choices": [{"index": 0, "finish_reason": None, **made}]})

    async def parts() -> AsyncIterator[bytes]:
        yield event(LINE)
        for word in WORDS[:8]:
            yield event(word)
        yield end()

    async def asked() -> Caller:
        app = application(protected, streaming(parts))
        caller = Caller(app, f"/v1/{route}", {**ASKED, "prompt": "?", "input": "?"})
        await asyncio.wait_for(caller.run(), 10)
        assert idle(app)
        return caller

    caller = asyncio.run(asked())
    events = [json.loads(line[6:]) for line in caller.text.splitlines() if line.startswith("data: {")]
    told = events[-1]
    assert "broke off" in (told["message"] if route == "responses" else told["error"]["message"])
    assert "[DONE]" not in caller.text and LINE.split(",")[0] in caller.text and "".join(WORDS[4:8]) not in caller.text


@pytest.mark.parametrize(("kind", "status"), [("application/json", 502), ("text/event-stream; charset=utf-8", 200)])
def test_an_upstream_must_stream(protected: Path, kind: str, status: int) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield chat(LINE, "stop")
        yield DONE

    answer = TestClient(application(protected, streaming(parts, kind=kind))).post("/v1/chat/completions", json=ASKED)
    assert answer.status_code == status


@pytest.mark.parametrize(("failure", "status"), [(aiohttp.ClientConnectionError("no"), 502), (aiohttp.ServerDisconnectedError(), 502),
                                                 (aiohttp.ServerTimeoutError("late"), 504)])
@pytest.mark.parametrize("stream", [True, False])
def test_an_upstream_that_is_not_there(protected: Path, failure: Exception, status: int, stream: bool) -> None:
    def answer(request: Request) -> Answer:
        raise failure

    app = application(protected, answer)
    assert TestClient(app).post("/v1/completions", json={**ASKED, "stream": stream}).status_code == status and idle(app)


@pytest.mark.parametrize("stream", [True, False])
def test_nobody_listens_there(protected: Path, stream: bool) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and does not listen
        app = create_app(Settings(protected, upstream=f"http://127.0.0.1:{bound.getsockname()[1]}/v1"))
        with TestClient(app) as client:
            answer = client.post("/v1/completions", json={**ASKED, "stream": stream})
    assert answer.status_code == 502 and answer.json()["error"]["type"] == "upstream_error" and idle(app)


def test_fields_that_nobody_knows_tell_nothing(protected: Path) -> None:
    message = {"role": "assistant", "content": [{"type": "text", "text": PASSAGE}], "reasoning_details": [{"text": PASSAGE}],
               "audio": {"transcript": PASSAGE}, "function_call": {"name": "f", "arguments": PASSAGE}}
    choice = {"index": 0, "finish_reason": "stop", "message": message, "extra": PASSAGE}

    def answer(request: Request) -> Answer:
        return whole({"id": "c", "model": "m", "object": "chat.completion", "echo": PASSAGE, "choices": [choice]})

    told = TestClient(application(protected, answer)).post("/v1/chat/completions", json={**ASKED, "stream": False})
    assert told.json()["choices"][0]["finish_reason"] == "content_filter" and PASSAGE[60:90] not in told.text

    async def parts() -> AsyncIterator[bytes]:
        delta = {"function_call": {"name": "f", "arguments": PASSAGE}, "thoughts": PASSAGE}
        yield sse({"id": "c", "trace": PASSAGE, "choices": [{"index": 0, "delta": delta, "finish_reason": None, "note": PASSAGE}]})
        yield DONE

    told = TestClient(application(protected, streaming(parts))).post("/v1/chat/completions", json=ASKED)
    assert "content_filter" in told.text and PASSAGE[60:90] not in told.text


def test_a_failure_tells_no_text(protected: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(Settings(protected))

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(PASSAGE)

    monkeypatch.setattr(app.state.server.filter, "check", broken, raising=False)
    with caplog.at_level(logging.DEBUG):
        answer = TestClient(app).post("/v1/check", json={"text": PASSAGE})
    assert answer.status_code == 500 and answer.json()["error"]["type"] == "server_error" and idle(app)
    assert PASSAGE[:20] not in answer.text + caplog.text and "RuntimeError" in caplog.text


def test_reloads_under_load_drop_nothing(protected: Path, tmp_path: Path) -> None:
    """Every request that comes while index and policy are loaded anew, again and again, is answered by one of the two."""
    path, policy = tmp_path / "index", tmp_path / "policy.toml"
    shutil.copytree(protected, path)
    policy.write_text('action = "block"')
    app = create_app(Settings(path, policy=policy))
    client, server = TestClient(app), app.state.server
    answers: list[tuple[int, str]] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            answer = client.post("/v1/check", json={"text": PASSAGE})
            answers.append((answer.status_code, answer.json()["action"]))

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    for action in ("flag", "block", "redact", "flag"):
        policy.write_text(f'action = "{action}"')
        assert server.reload()
    before = len(answers)
    while len(answers) < before + 4:
        time.sleep(0.01)
    stop.set()
    for thread in asking:
        thread.join()
    assert {status for status, _ in answers} == {200}
    assert {action for _, action in answers} <= {"block", "flag", "redact"} and answers[-1][1] == "flag"
    policy.write_text("action = 3")
    assert not server.reload() and client.post("/v1/check", json={"text": PASSAGE}).json()["action"] == "flag"


def test_a_stream_in_hand_keeps_the_filter_it_began_with(protected: Path, tmp_path: Path) -> None:
    path = tmp_path / "index"
    shutil.copytree(protected, path)

    async def reloaded() -> str:
        app: Any = None

        async def parts() -> AsyncIterator[bytes]:
            for at, word in enumerate(WORDS):
                if at == 3:
                    build([Document(id="other", text=ANSWERS["innocent"], source="s")], path)
                    assert app.state.server.reload()
                yield chat(word)
            yield DONE

        app = application(path, streaming(parts))
        caller = Caller(app, "/v1/chat/completions", ASKED)
        await caller.run()
        assert not app.state.server.filter.check(PASSAGE).matches
        return caller.text

    assert Policy().fallback in asyncio.run(reloaded())
