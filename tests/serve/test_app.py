"""The sidecar's own routes: shapes, limits, keys, reload, and that no answer or log tells protected text."""

from __future__ import annotations

import logging
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from simfilter import Document, build
from simfilter.errors import ParameterError
from simfilter.serve.app import Settings, create_app
from simfilter.serve.document import openapi
from simfilter.serve.run import need_key
from tests.serve.conftest import ANSWERS, PASSAGE
from tests.stream.texts import FUNCTIONS


@pytest.fixture
def client(protected: Path) -> TestClient:
    return TestClient(create_app(Settings(protected, body_limit=20_000)))


def test_check(client: TestClient) -> None:
    answer = client.post("/v1/check", json={"text": ANSWERS["recite"]}).json()
    assert (answer["action"], answer["clean"], answer["scanned"]) == ("block", False, True)
    match = answer["matches"][0]
    assert match["source"] == "Harbour Stories" and ANSWERS["recite"][match["start"] :].startswith("Nobody had asked")
    assert PASSAGE[30:60] not in answer["text"]
    assert client.post("/v1/check", json={"text": ANSWERS["innocent"]}).json()["clean"]
    assert client.post("/v1/check", json={"text": PASSAGE, "prompt": PASSAGE}).json()["clean"]


def test_an_index_by_name(protected: Path, tmp_path: Path) -> None:
    build([Document(id="other", text=ANSWERS["innocent"], source="Others")], tmp_path / "others.index")
    client = TestClient(create_app(Settings(protected, others=(tmp_path / "others.index",))))
    told = client.get("/v1/indices").json()
    assert told["indices"] == [{"name": "index", "documents": 1}, {"name": "others", "documents": 1}] and "python" in told["languages"]
    for name, clean in ((None, True), ("index", True), ("others", False)):
        answer = client.post("/v1/check", json={"text": ANSWERS["innocent"], **({"index": name} if name else {})}).json()
        assert answer["clean"] is clean
    refused = client.post("/v1/check", json={"text": "a", "index": "none"})
    assert refused.status_code == 404 and "/v1/indices" in refused.json()["error"]["message"]
    with pytest.raises(ParameterError, match="the same"):
        create_app(Settings(protected, others=(protected,)))


def test_protected_text_is_told_only_where_it_was_allowed(client: TestClient, protected: Path) -> None:
    changed = PASSAGE.replace("harbour board", "quayside board")
    for asked, told in ((client, False), (TestClient(create_app(Settings(protected, with_text=True))), True)):
        answer = asked.post("/v1/explain", json={"text": changed})
        match = answer.json()["matches"][0]
        assert match["source_name"] == "Harbour Stories" and bool(match["source"]) is told and ("harbour" in answer.text) is told


def test_moderations(client: TestClient) -> None:
    results = client.post("/v1/moderations", json={"input": list(ANSWERS.values())}).json()["results"]
    assert [result["flagged"] for result in results] == [False, True]
    assert results[1]["categories"] == {"protected-material": True}


def test_azure(client: TestClient) -> None:
    path = "/contentsafety/text:detectProtectedMaterial?api-version=2024-09-01"
    assert client.post(path, json={"text": PASSAGE}).json() == {"protectedMaterialAnalysis": {"detected": True}}
    assert client.post(path, json={"text": "Hello."}).json() == {"protectedMaterialAnalysis": {"detected": False}}


def test_azure_for_code(tmp_path: Path) -> None:
    source = next(each for each in FUNCTIONS if each.startswith("def _wrap_chunks"))
    build([Document(id="wrap.py", text=source, source="CPython", licence="PSF-2.0", url="https://example.org/wrap", language="python")],
          tmp_path / "index")
    client = TestClient(create_app(Settings(tmp_path / "index")))
    path = "/contentsafety/text:detectProtectedMaterialForCode?api-version=2024-09-15-preview"
    assert client.post(path, json={"code": source}).json() == {"protectedMaterialAnalysis": {
        "detected": True, "codeCitations": [{"license": "PSF-2.0", "sourceUrls": ["https://example.org/wrap"]}]}}
    assert client.post(path, json={"code": "x = 1"}).json()["protectedMaterialAnalysis"] == {"detected": False, "codeCitations": []}


def test_what_was_exempt_is_told(client: TestClient) -> None:
    prompt = "Correct: " + PASSAGE
    verdict = client.post("/v1/check", json={"text": PASSAGE, "prompt": prompt}).json()
    (piece,) = verdict["exempt"]
    assert piece["reason"] == verdict["set_aside"][0]["reason"] == "supplied by the prompt"
    span = piece["prompt"]
    assert prompt[span["start"] : span["end"]] == PASSAGE[piece["query"]["start"] : piece["query"]["end"]]


@pytest.mark.parametrize(("body", "status"), [
    (b"{", 400), (b"[]", 400), (b"{}", 422), (b'{"text": 3}', 422), (b'{"text": "a", "prompt": []}', 422),
    (b'{"text": "a", "language": "x"}', 422),
    (b'{"text": "\\ud800"}', 200), (b"[" * 19_000, 400), (b'{"text": "' + b"a" * 20_000 + b'"}', 413),
])
def test_what_is_no_request_is_refused(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/v1/check", content=body)
    assert answer.status_code == status
    assert status == 200 or answer.json()["error"]["message"]


def test_keys(protected: Path) -> None:
    client = TestClient(create_app(Settings(protected, keys=("one", "two"))))
    assert client.post("/v1/check", json={"text": "a"}).status_code == 401
    assert client.post("/v1/check", json={"text": "a"}, headers={"authorization": "Bearer three"}).status_code == 401
    assert client.post("/v1/check", json={"text": "a"}, headers={"authorization": "Bearer two"}).status_code == 200
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200


def test_no_upstream(client: TestClient) -> None:
    assert client.post("/v1/chat/completions", json={"model": "m", "messages": []}).status_code == 404


def test_reload_drops_nothing(protected: Path, tmp_path: Path) -> None:
    path = tmp_path / "index"
    shutil.copytree(protected, path)
    app = create_app(Settings(path))
    client, server = TestClient(app), app.state.server
    before = server.filter
    build([Document(id="other", text=ANSWERS["innocent"], source="s")], path)
    assert server.reload()
    assert before.check(PASSAGE).matches and not server.filter.check(PASSAGE).matches  # a request in hand still has its index
    assert not client.post("/v1/check", json={"text": ANSWERS["innocent"]}).json()["clean"]
    (path / "MANIFEST.json").write_text("{")
    assert not server.reload()
    assert not client.post("/v1/check", json={"text": ANSWERS["innocent"]}).json()["clean"]


def test_metrics_and_logs_tell_no_text(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client.post("/v1/check", json={"text": PASSAGE})
    page = client.get("/metrics").text
    assert 'simfilter_actions_total{action="block"} 1.0' in page and 'route="/v1/check",status="200"' in page
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("simfilter")]
    assert len(ours) == 1 and '"action": "block"' in ours[0]
    for told in (page, *ours):
        assert "Harbour" not in told and PASSAGE[:20] not in told


def test_the_document_names_every_route(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document == openapi(secured=False)
    assert set(document["paths"]) == {route.path for route in client.app.routes}  # type: ignore[attr-defined]


def test_the_command_serves_and_reloads(protected: Path, tmp_path: Path) -> None:
    """The real process: started, asked, told to load anew, stopped."""
    path = tmp_path / "index"
    shutil.copytree(protected, path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "simfilter", "serve", "--index", str(path), "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        def asked() -> bool:
            answer = httpx.post(f"http://127.0.0.1:{port}/v1/check", json={"text": ANSWERS["innocent"]}, timeout=10)
            return bool(answer.json()["clean"])

        for _ in range(200):
            try:
                assert asked()
                break
            except httpx.TransportError:
                time.sleep(0.1)
        build([Document(id="other", text=ANSWERS["innocent"], source="s")], path)
        assert asked()
        foreign = httpx.post(f"http://127.0.0.1:{port}/v1/check", json={"text": "a"}, headers={"host": "example.org"}, timeout=10)
        assert foreign.status_code == 400
        process.send_signal(signal.SIGHUP)
        for _ in range(100):
            if not asked():
                break
            time.sleep(0.05)
        assert not asked()
    finally:
        process.terminate()
        assert process.wait(20) in (0, -15)


def test_a_public_address_needs_keys() -> None:
    with pytest.raises(ParameterError, match="keys"):
        need_key("0.0.0.0", ())
    need_key("0.0.0.0", ("k",))
    need_key("::1", ())
