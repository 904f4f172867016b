"""OpenTelemetry spans, where the extra [otel] is installed: one a request, from its first byte to the last of the answer.

A span tells route, status, action, how many matches there were; never text, source or key. It continues the caller's trace, and the
upstream's continues it (`traceparent`). Who exports spans is the application's affair; `export` does it for the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simfilter.errors import MissingExtraError

try:
    from opentelemetry import propagate, trace
except ImportError:  # no spans then
    trace = None  # type: ignore[assignment]


class Span:
    """One request's span, or nothing."""

    def __init__(self, route: str, headers: Mapping[str, str]) -> None:
        self._span = None
        if trace is not None:
            tracer = trace.get_tracer("simfilter")
            self._span = tracer.start_span(f"POST {route}", context=propagate.extract(dict(headers)), kind=trace.SpanKind.SERVER,
                                           attributes={"http.request.method": "POST", "http.route": route})

    def headers(self) -> dict[str, str]:
        """What lets an upstream continue this trace."""
        carrier: dict[str, str] = {}
        if self._span is not None:
            propagate.inject(carrier, context=trace.set_span_in_context(self._span))
        return carrier

    def end(self, status: int, **attributes: Any) -> None:
        """Close the span."""
        if self._span is None:
            return
        self._span.set_attribute("http.response.status_code", status)
        for name, value in attributes.items():
            if value is not None:
                self._span.set_attribute(f"simfilter.{name}", value)
        if status >= 500:
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.end()


def export() -> None:
    """Send spans by OTLP over HTTP to where the environment's OTEL_EXPORTER_OTLP_* say. Raises MissingExtraError."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise MissingExtraError(f"{error.name} is needed: pip install 'simfilter[otel]'") from None
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "simfilter"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
