"""`simfilter serve` on loopback: the latency it adds to the first byte of a streamed innocent answer, and what it answers a second.

Three processes: a stub upstream, simfilter in between, and this client, which asks both in turn with so many requests at a time (a
semaphore over httpx; so many answers and no more).
Checked first: innocent answers come whole, a recited one is blocked. The peer is the stub asked
without simfilter; `added` is the difference of the medians and of the 99th percentiles.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import numpy as np
import uvicorn
from corpora import table

from simfilter import Document, build
from simfilter.serve.app import Settings, create_app
from tests.serve.conftest import ANSWERS, Stub
from tests.stream.texts import STORY

Ask = Callable[[httpx.AsyncClient, str], Awaitable[float]]


def serve_stub(port: int) -> None:
    uvicorn.run(Stub().app, host="127.0.0.1", port=port, log_level="critical")


def serve_filter(port: int, index: str, upstream: str) -> None:
    uvicorn.run(create_app(Settings(Path(index), upstream=upstream)), host="127.0.0.1", port=port, log_level="critical")


def started(work: Callable[..., None], *arguments: str) -> tuple[multiprocessing.process.BaseProcess, str]:
    """A server in a process of its own, and where it is, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=work, args=(port, *arguments), daemon=True)
    process.start()
    for _ in range(600):
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
            return process, f"http://127.0.0.1:{port}"
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError("the server does not start")


async def stream(client: httpx.AsyncClient, url: str, word: str) -> tuple[float, str]:
    """Seconds to the first piece of text, and all of it."""
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": word}]}
    started, first, text = time.perf_counter(), 0.0, ""
    async with client.stream("POST", url + "/v1/chat/completions", json=body) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: {") and (piece := json.loads(line[6:])["choices"][0]["delta"].get("content")):
                first = first or time.perf_counter() - started
                text += piece
    return first, text


async def streamed(client: httpx.AsyncClient, url: str) -> float:
    first, text = await stream(client, url, "innocent")
    assert text == ANSWERS["innocent"]
    return first


async def checked(client: httpx.AsyncClient, url: str) -> float:
    started = time.perf_counter()
    answer = await client.post(url + "/v1/check", json={"text": ANSWERS["innocent"]})
    assert answer.json()["clean"]
    return time.perf_counter() - started


async def measured(ask: Ask, url: str, at_once: int, answers: int) -> tuple[float, float, float]:
    """p50 and p99 in milliseconds, answers a second."""
    gate = asyncio.Semaphore(at_once)
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=at_once), trust_env=False) as client:
        async def one() -> float:
            async with gate:
                return 1e3 * await ask(client, url)

        await asyncio.gather(*(one() for _ in range(at_once)))
        begun = time.perf_counter()
        times = await asyncio.gather(*(one() for _ in range(answers)))
        seconds = time.perf_counter() - begun
    return float(np.quantile(times, 0.5)), float(np.quantile(times, 0.99)), answers / seconds


async def blocked(url: str) -> bool:
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        return "I can't repeat" in (await stream(client, url, "recite"))[1]


def main() -> None:
    lines: list[list[object]] = []
    checks: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        build([Document(id="ledgers", text=STORY, source="s")], Path(folder) / "index")
        upstream, direct = started(serve_stub)
        between, proxied = started(serve_filter, str(Path(folder) / "index"), direct + "/v1")
        try:
            assert asyncio.run(blocked(proxied)) and not asyncio.run(blocked(direct))
            for at_once in (1, 16, 64):
                answers = max(100, 4 * at_once)
                alone, filtered = (asyncio.run(measured(streamed, url, at_once, answers)) for url in (direct, proxied))
                lines.append([f"{at_once} at once", *alone, *filtered, filtered[0] - alone[0], filtered[1] - alone[1]])
                checks.append([f"{at_once} at once", *asyncio.run(measured(checked, proxied, at_once, 3 * answers))])
        finally:
            for process in (between, upstream):
                process.terminate()
                process.join(10)
    table("first byte of a streamed answer, stub alone and with simfilter between",
          ["streams", "p50 ms", "p99 ms", "answers/s", "filtered p50", "p99", "answers/s", "added p50", "added p99"], lines)
    table("/v1/check", ["requests", "p50 ms", "p99 ms", "answers/s"], checks)


if __name__ == "__main__":
    main()
