"""Latency the proxy adds to the first byte of a streamed innocent answer, and answers a second, on loopback against a stub upstream.

Checked first: innocent answers come whole, a recited one is blocked. The peer is the same client asking the stub itself.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
from corpora import table

from simfilter import Document, build
from simfilter.serve.app import Settings, create_app
from tests.serve.conftest import ANSWERS, Stub, serving
from tests.stream.texts import STORY


async def ask(client: httpx.AsyncClient, url: str, word: str) -> tuple[float, str]:
    """Seconds to the first piece of text, and all of it."""
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": word}]}
    started, first, text = time.perf_counter(), 0.0, ""
    async with client.stream("POST", url + "/v1/chat/completions", json=body) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: {") and (piece := json.loads(line[6:])["choices"][0]["delta"].get("content")):
                first = first or time.perf_counter() - started
                text += piece
    return first, text


async def measured(url: str, at_once: int, answers: int) -> tuple[float, float, float]:
    """p50 and p99 in milliseconds, answers a second."""
    gate = asyncio.Semaphore(at_once)
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=at_once), trust_env=False) as client:
        async def one() -> float:
            async with gate:
                first, text = await ask(client, url, "innocent")
                assert text == ANSWERS["innocent"]
                return 1e3 * first

        await one()
        started = time.perf_counter()
        times = await asyncio.gather(*(one() for _ in range(answers)))
        seconds = time.perf_counter() - started
    return float(np.quantile(times, 0.5)), float(np.quantile(times, 0.99)), answers / seconds


async def blocked(url: str) -> bool:
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        return "I can't repeat" in (await ask(client, url, "recite"))[1]


def main() -> None:
    lines: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        build([Document(id="ledgers", text=STORY, source="s")], Path(folder) / "index")
        upstream = serving(Stub().app)
        direct = next(upstream)
        between = serving(create_app(Settings(Path(folder) / "index", upstream=direct + "/v1")))
        proxied = next(between)
        assert asyncio.run(blocked(proxied)) and not asyncio.run(blocked(direct))
        for at_once in (1, 16, 64):
            for name, url in (("stub alone", direct), ("simfilter serve between", proxied)):
                lines.append([f"{at_once} at once", name, *asyncio.run(measured(url, at_once, max(50, 3 * at_once)))])
        for server in (between, upstream):
            next(server, None)
    table("first byte of a streamed answer", ["streams", "asked", "p50 ms", "p99 ms", "answers/s"], lines)


if __name__ == "__main__":
    main()
