"""The document is true: schemathesis asks what it allows and what it forbids, and looks at the answers. Skips where it is absent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

pytest.importorskip("schemathesis", reason="schemathesis is not installed")

from tests.serve.asgi import Answer, Request, application, chat, streaming, whole
from tests.serve.conftest import ANSWERS, serving, sse

KEY = "secret-key"


def answer(request: Request) -> Answer:
    """An upstream that answers whatever it is asked."""
    route = request.path.rsplit("/", 1)[-1]
    if request.json.get("stream") is True:
        async def parts() -> AsyncIterator[bytes]:
            if route == "responses":
                yield sse({"type": "response.completed", "response": {"id": "r", "status": "completed", "output": []}})
            else:
                yield chat(ANSWERS["recite"], "stop")
                yield b"data: [DONE]\n\n"

        return streaming(parts)(request)
    if route == "responses":
        return whole({"id": "r", "object": "response", "status": "completed", "output": []})
    choice = {"index": 0, "finish_reason": "stop", "text": ANSWERS["recite"]}
    return whole({"id": "c", "object": "text_completion", "model": "m", "choices": [choice]})


def test_schemathesis_passes(protected: Path, tmp_path: Path) -> None:
    """Every check it has, on a real server: what is documented, what is not, keys left out, methods nobody offers."""
    for url in serving(application(protected, answer, keys=(KEY,))):
        command = [sys.executable, "-m", "schemathesis.cli", "--no-color", "run", url + "/openapi.json", "--header",
                   f"Authorization: Bearer {KEY}", "--phases", "examples,coverage,fuzzing", "--max-examples",
                   os.environ.get("SIMFILTER_EXAMPLES", "3"), "--generation-deterministic", "--warnings", "off"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=tmp_path)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
