"""Server-sent events in any pieces and with any line ends: the same answer, and what came together goes out together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simfilter import Document, build
from tests.serve.asgi import Caller, application, streaming
from tests.serve.conftest import ANSWERS, PASSAGE

ASKED = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "?"}]}
TEXT = "One line\u2028another\x85 and a third\u2029; so what (naïve)?"


@pytest.fixture(scope="module")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("events") / "index"
    build([Document(id="p", text=PASSAGE, source="s")], path)
    return path


def events(text: str, end: str) -> bytes:
    """An answer in pieces of nine characters, as upstreams send it that leave Unicode as it is."""
    pieces = [text[at : at + 9] for at in range(0, len(text), 9)]
    chunks = [{"id": "c", "object": "o", "created": 1, "model": "m",
               "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None if number else "stop"}]}
              for number, piece in zip(range(len(pieces) - 1, -1, -1), pieces, strict=True)]
    told = [f": a comment{end}{end}", *(f"event: chunk{end}data: {json.dumps(chunk, ensure_ascii=False)}{end}{end}" for chunk in chunks)]
    return "".join([*told, f"data: [DONE]{end}{end}"]).encode()


def asked(protected: Path, data: bytes, size: int) -> Caller:
    async def parts() -> AsyncIterator[bytes]:
        for at in range(0, len(data), size):
            yield data[at : at + size]

    async def run() -> Caller:
        caller = Caller(application(protected, streaming(parts)), "/v1/chat/completions", ASKED)
        await asyncio.wait_for(caller.run(), 30)
        return caller

    return asyncio.run(run())


def text_of(caller: Caller) -> str:
    data = b"".join(message.get("body", b"") for message in caller.sent)
    told = [json.loads(line[6:]) for line in data.split(b"\n") if line.startswith(b"data: {")]
    return "".join(choice["delta"].get("content", "") for event in told for choice in event.get("choices", []))


@pytest.mark.parametrize("size", [1, 7, 64, 10**6])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["newline", "both", "return"])
def test_any_pieces_and_line_ends(protected: Path, end: str, size: int) -> None:
    for text in (TEXT, ANSWERS["innocent"]):
        caller = asked(protected, events(text, end), size)
        assert text_of(caller) == text and "broke off" not in caller.text and caller.text.endswith("data: [DONE]\n\n")


def test_what_came_together_goes_out_together(protected: Path) -> None:
    caller = asked(protected, events(ANSWERS["innocent"], "\n"), 10**6)
    assert len([message for message in caller.sent if message.get("body")]) == 2  # the answer, and its end
    blocked = asked(protected, events(ANSWERS["recite"], "\n"), 10**6)
    assert "I can't repeat" in text_of(blocked) and PASSAGE[150:200] not in blocked.text


def test_what_was_judged_before_a_broken_event_is_shown(protected: Path) -> None:
    data = events(TEXT, "\n").removesuffix(b"data: [DONE]\n\n") + b"data: {broken\n\n"
    caller = asked(protected, data, 10**6)
    assert text_of(caller) == TEXT and "broke off" in caller.text
