"""`simfilter serve` on loopback: the latency it adds to the first byte of a streamed innocent answer, and what it answers a second.

Three processes: a stub upstream, simfilter in between, and a client. Latency: the stub writes as fast as a model (`PACE` seconds for a
piece of nine characters), a client on bare sockets holds so many streams open, begun one after the other, and asks both in turn; `added`
is the difference of the medians and of the 99th percentiles. Throughput: `wrk` (apt-get install wrk), on the answers of a stub that does
not wait and on `/v1/check`. Beside each stands the processor time of the server, since a loaded machine makes the rest mean little.
Checked first: innocent answers come whole, a recited one is blocked. The peer is the stub asked without simfilter.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httptools
import httpx
import numpy as np
import uvicorn
from corpora import table

from simfilter import Document, build
from simfilter.serve.app import Settings, create_app
from simfilter.wire import Json
from tests.serve.conftest import ANSWERS, PIECE, Stub
from tests.stream.texts import STORY

PACE = 0.03
STREAMS = {1: 20, 16: 160, 64: 640}
"""Streams open at a time, and answers asked for."""

SECONDS = 10

FIRST = re.compile(rb'"content": ?"[^"]')
"""The first piece of text of a streamed answer."""


def serve_stub(port: int, pace: float) -> None:
    uvicorn.run(Stub(pace).app, host="127.0.0.1", port=port, log_level="critical")


def serve_filter(port: int, index: str, upstream: str) -> None:
    uvicorn.run(create_app(Settings(Path(index), upstream=upstream)), host="127.0.0.1", port=port, log_level="critical")


def started(work: Callable[..., None], *arguments: object) -> tuple[multiprocessing.process.BaseProcess, str]:
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


async def stream(url: str, word: str) -> tuple[float, str]:
    """Seconds to the first piece of text, and all of it. Nothing is parsed before the end: the client should cost the machine little."""
    body = json.dumps({"model": "m", "stream": True, "messages": [{"role": "user", "content": word}]}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
    host, _, port = url.removeprefix("http://").partition(":")
    started, first, sent = time.perf_counter(), 0.0, b""
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head.encode() + body)
    while part := await reader.read(1 << 16):
        sent += part
        if not first and FIRST.search(sent):
            first = time.perf_counter() - started
    writer.close()
    told = Told()
    httptools.HttpResponseParser(told).feed_data(sent)
    events = [json.loads(line[6:]) for line in told.body.decode().split("\n") if line.startswith("data: {")]
    return first, "".join(event["choices"][0]["delta"].get("content") or "" for event in events)


class Told:
    """What httptools finds in an answer."""

    def __init__(self) -> None:
        self.body = b""

    def on_body(self, part: bytes) -> None:
        self.body += part


async def measured(url: str, at_once: int, answers: int) -> tuple[float, float]:
    """p50 and p99 in milliseconds, the streams begun one after the other."""
    gate = asyncio.Semaphore(at_once)
    apart = PACE * len(ANSWERS["innocent"]) / PIECE / at_once

    async def one(number: int) -> float:
        await asyncio.sleep(apart * min(number, at_once))
        async with gate:
            first, text = await stream(url, "innocent")
        assert text == ANSWERS["innocent"]
        return 1e3 * first

    times = await asyncio.gather(*(one(number) for number in range(at_once + answers)))
    return float(np.quantile(times[at_once:], 0.5)), float(np.quantile(times[at_once:], 0.99))


def used(process: multiprocessing.process.BaseProcess) -> float:
    """Seconds of processor time of a process until now."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def loaded(url: str, path: str, body: Json, folder: Path) -> float:
    """Answers a second, by wrk with 64 connections."""
    script = folder / "post.lua"
    script.write_text(f"wrk.method = 'POST'\nwrk.headers['content-type'] = 'application/json'\nwrk.body = [==[{json.dumps(body)}]==]\n")
    command = ["wrk", "-t1", "-c64", f"-d{SECONDS}s", "--timeout", "30s", "-s", str(script), url + path]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in told and "Socket errors" not in told, told
    return float(re.search(r"Requests/sec:\s+([\d.]+)", told).group(1))  # type: ignore[union-attr]


def blocked(url: str) -> bool:
    return "I can't repeat" in asyncio.run(stream(url, "recite"))[1]


def main() -> None:
    lines: list[list[object]] = []
    loads: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        index = str(Path(folder) / "index")
        build([Document(id="ledgers", text=STORY, source="s")], index)
        upstream, direct = started(serve_stub, PACE)
        hasty, quick = started(serve_stub, 0.0)
        between, proxied = started(serve_filter, index, direct + "/v1")
        at_speed, rushed = started(serve_filter, index, quick + "/v1")
        try:
            assert blocked(proxied) and not blocked(direct)
            for at_once, answers in STREAMS.items():
                alone = asyncio.run(measured(direct, at_once, answers))
                before = used(between)
                filtered = asyncio.run(measured(proxied, at_once, answers))
                spent = 1e3 * (used(between) - before) / (at_once + answers)
                lines.append([f"{at_once} at once", *alone, *filtered, filtered[0] - alone[0], filtered[1] - alone[1], spent])
            if shutil.which("wrk") is None:
                print("throughput is not measured: wrk is not installed")
            else:
                body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "innocent"}]}
                for name, process, url, path, asked in (
                        ("streamed, stub alone", hasty, quick, "/v1/chat/completions", body),
                        ("streamed, filtered", at_speed, rushed, "/v1/chat/completions", body),
                        ("/v1/check", at_speed, rushed, "/v1/check", {"text": ANSWERS["innocent"]})):
                    before = used(process)
                    rate = loaded(url, path, asked, Path(folder))
                    loads.append([name, rate, 1e3 * (used(process) - before) / (rate * SECONDS)])
        finally:
            for process in (between, at_speed, upstream, hasty):
                process.terminate()
                process.join(10)
    table(f"first byte of a streamed answer, a piece each {1e3 * PACE:.0f} ms, stub alone and with simfilter between",
          ["streams", "p50 ms", "p99 ms", "filtered p50", "p99", "added p50", "added p99", "processor ms an answer"], lines)
    table(f"{len(ANSWERS['innocent'])} characters in pieces of {PIECE}, 64 connections",
          ["answers", "a second", "processor ms an answer of the server"], loads)


if __name__ == "__main__":
    main()
