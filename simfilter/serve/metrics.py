"""What is counted, for Prometheus. Never any text, source or key."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The counters of one server, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("simfilter_requests", "Requests answered", ["route", "status"], registry=self.registry)
        self.actions = Counter("simfilter_actions", "Texts judged, by the verdict's action", ["action"], registry=self.registry)
        self.seconds = Histogram("simfilter_request_seconds", "Time to the first byte of an answer", ["route"], registry=self.registry,
                                 buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 30))
        self.active = Gauge("simfilter_active_requests", "Requests in hand", registry=self.registry)
        self.documents = Gauge("simfilter_index_documents", "Documents protected", registry=self.registry)
        self.reloads = Counter("simfilter_reloads", "Times index and policy were loaded anew", ["outcome"], registry=self.registry)

    def page(self) -> tuple[bytes, str]:
        """The page and its type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST
