"""OpenTelemetry spans, with the in-memory exporter. Skips where the extra [otel] is absent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

pytest.importorskip("opentelemetry.sdk", reason="the extra [otel] is not installed")

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from simfilter.serve.app import Settings, create_app
from tests.serve.asgi import ASKED, Answer, Request, application, chat, streaming
from tests.serve.conftest import ANSWERS, PASSAGE

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Of a provider of our own: a process may have one already, and keeps its first."""
    monkeypatch.delenv("OTEL_SDK_DISABLED", raising=False)
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    return exporter


def told(span: ReadableSpan) -> dict[str, object]:
    return {name.removeprefix("simfilter."): value for name, value in dict(span.attributes or {}).items()}


def test_a_span_a_request(protected: Path, spans: InMemorySpanExporter) -> None:
    client = TestClient(create_app(Settings(protected)))
    client.post("/v1/check", json={"text": PASSAGE}, headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    client.post("/v1/check", json={"text": 3})
    client.get("/healthz")
    blocked, refused = spans.get_finished_spans()
    assert blocked.name == "POST /v1/check" and blocked.kind is trace.SpanKind.SERVER
    assert f"{blocked.context.trace_id:032x}" == TRACE and blocked.parent is not None and f"{blocked.parent.span_id:016x}" == PARENT
    assert told(blocked) == {"http.request.method": "POST", "http.route": "/v1/check", "http.response.status_code": 200, "action": "block",
                             "matches": 1}
    assert told(refused)["http.response.status_code"] == 422 and refused.parent is None
    for span in (blocked, refused):
        assert "Harbour" not in span.to_json() and PASSAGE[:20] not in span.to_json()


def test_a_stream_is_one_span_to_its_end(protected: Path, spans: InMemorySpanExporter) -> None:
    seen: list[dict[str, str]] = []

    async def parts() -> AsyncIterator[bytes]:
        assert not spans.get_finished_spans()
        for word in ANSWERS["recite"].split():
            yield chat(word + " ")
        yield b"data: [DONE]\n\n"

    def answer(request: Request) -> Answer:
        seen.append(request.headers)
        return streaming(parts)(request)

    TestClient(application(protected, answer)).post("/v1/chat/completions", json=ASKED)
    (span,) = spans.get_finished_spans()
    assert told(span)["action"] == "block" and span.status.is_unset
    assert seen[0]["traceparent"].split("-")[1:3] == [f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}"]


def test_a_failure_of_ours_is_marked(protected: Path, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings(protected))
    monkeypatch.setattr(app.state.server.filter, "check", None, raising=False)
    TestClient(app).post("/v1/check", json={"text": "a"})
    assert spans.get_finished_spans()[0].status.status_code is trace.StatusCode.ERROR
