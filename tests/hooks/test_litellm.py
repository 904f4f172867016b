"""LiteLLM's own proxy, started with the guardrail, before an upstream that recites. Skips where it is absent."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("litellm", reason="litellm is not installed")
LITELLM = Path(sys.executable).with_name("litellm")
if not LITELLM.exists():
    pytest.skip("litellm's proxy is not installed", allow_module_level=True)

import httpx  # noqa: E402

from simfilter.demo import ORIGINAL_PARAGRAPH  # noqa: E402
from tests.serve.conftest import PASSAGE, protected, stub, upstream  # noqa: E402, F401

KEY = "sk-3f9c0e5a7b1d48d2a6e4c8f0b2d4a6e8"
FALLBACK = "I can't repeat that text"


@pytest.fixture(scope="module")
def proxy(protected: Path, upstream: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # noqa: F811
    folder = tmp_path_factory.mktemp("litellm")
    guardrail = {"guardrail": "simfilter.hooks.litellm.SimfilterGuardrail", "mode": "post_call", "default_on": True}
    config = {"model_list": [{"model_name": "m", "litellm_params": {"model": "openai/m", "api_base": upstream + "/v1", "api_key": "k"}}],
              "guardrails": [{"guardrail_name": "simfilter", "litellm_params": guardrail}],
              "general_settings": {"master_key": KEY}}
    (folder / "config.yaml").write_text(json.dumps(config))  # JSON is YAML
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "SIMFILTER_INDEX": str(protected), "PYTHONPATH": str(root), "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                   "LITELLM_TELEMETRY": "False"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([str(LITELLM), "--config", str(folder / "config.yaml"), "--host", "127.0.0.1", "--port", str(port)],
                                   env=environment, stdout=log, stderr=log, cwd=folder)
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(400):
                try:
                    if httpx.get(url + "/health/liveliness").status_code == 200:
                        break
                except httpx.HTTPError:
                    pass
                if process.poll() is not None:
                    pytest.fail((folder / "log").read_text()[-3000:])
                time.sleep(0.3)
            else:
                pytest.fail("the proxy does not start: " + (folder / "log").read_text()[-3000:])
            yield url
        finally:
            process.terminate()
            process.wait(20)
            shutil.rmtree(folder, ignore_errors=True)


def ask(url: str, word: str, stream: bool) -> str:
    body = {"model": "m", "stream": stream, "messages": [{"role": "user", "content": word}]}
    answer = httpx.post(url + "/v1/chat/completions", json=body, headers={"authorization": f"Bearer {KEY}"}, timeout=60)
    assert answer.status_code == 200, answer.text
    if not stream:
        return str(answer.json()["choices"][0]["message"]["content"])
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ") and line != "data: [DONE]"]
    return "".join(event["choices"][0]["delta"].get("content") or "" for event in events if event.get("choices"))


@pytest.mark.parametrize("stream", [False, True])
def test_a_recited_passage_is_blocked(proxy: str, stream: bool) -> None:
    text = ask(proxy, "recite", stream)
    assert FALLBACK in text and PASSAGE[120:160] not in text


@pytest.mark.parametrize("stream", [False, True])
def test_innocent_answers_pass(proxy: str, stream: bool) -> None:
    assert ask(proxy, "innocent", stream) == ORIGINAL_PARAGRAPH
