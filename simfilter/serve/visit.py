"""One request from its beginning to the last byte of its answer: its slot, count, span and log line. Never any text, source or key."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping

from simfilter.serve.metrics import Metrics
from simfilter.serve.trace import Span
from simfilter.types import Action, Verdict

logger = logging.getLogger(__name__)


class Visits:
    """The requests in hand, at most ``most`` at a time."""

    def __init__(self, metrics: Metrics, most: int) -> None:
        self.metrics, self.most, self.active = metrics, most, 0

    def change(self, by: int) -> None:
        self.active += by
        self.metrics.active.set(self.active)


class Visit:
    """A request in hand; `end` gives its slot back, whoever calls it first."""

    def __init__(self, visits: Visits, route: str, headers: Mapping[str, str]) -> None:
        self.refused = visits.active >= visits.most
        """Whether there was no slot."""
        self._visits, self._route = visits, route
        self._started = time.perf_counter()
        self._first = 0.0
        self._action: Action | None = None
        self._matches = 0
        self.span = Span(route, headers)
        self._ended = False
        if not self.refused:
            visits.change(1)

    def judged(self, verdict: Verdict) -> None:
        """Count a text judged."""
        self.acted(verdict.action)
        self._matches += len(verdict.matches)

    def acted(self, action: Action) -> None:
        """Count what was done with a text; the strictest is told."""
        self._visits.metrics.actions.labels(action.name.lower()).inc()
        self._action = action if self._action is None else max(self._action, action)

    def first(self) -> None:
        """The answer begins."""
        self._first = time.perf_counter() - self._started

    def end(self, status: int) -> None:
        """The answer is over."""
        if self._ended:
            return
        self._ended = True
        if not self.refused:
            self._visits.change(-1)
        seconds = time.perf_counter() - self._started
        metrics, first = self._visits.metrics, self._first or seconds
        metrics.requests.labels(self._route, str(status)).inc()
        metrics.seconds.labels(self._route).observe(first)
        action = None if self._action is None else self._action.name.lower()
        self.span.end(status, action=action, matches=self._matches)
        logger.info("%s", json.dumps({"route": self._route, "status": status, "action": action, "matches": self._matches,
                                      "first_ms": round(1e3 * first, 2), "ms": round(1e3 * seconds, 2)}))
