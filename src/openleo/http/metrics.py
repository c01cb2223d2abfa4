"""What the server counts of itself, as Prometheus reads it. No terminal, name or position is among it."""

from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from openleo.service.controller import Controller

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_EDGES: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Counters of requests, and of what the controller decided."""

    def __init__(self, controller: "Controller") -> None:
        self._controller = controller
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "openleo_requests", "Requests by path and status", ("path", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "openleo_request_seconds", "Time to the answer", ("path",), buckets=_EDGES,
            registry=self._registry,
        )  # fmt: skip
        self._outcomes = Gauge(
            "openleo_decisions", "Decisions taken since the start, by outcome", ("outcome",),
            registry=self._registry,
        )  # fmt: skip
        self._refusals = Gauge(
            "openleo_refusals", "Refusals since the start, by primary reason", ("reason",),
            registry=self._registry,
        )  # fmt: skip
        self._up = Gauge("openleo_store_up", "Whether the store answers", registry=self._registry)

    def seen(self, path: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def page(self) -> bytes:
        """All of it, as text."""
        outcomes, refusals = self._controller.counts()
        for outcome, number in outcomes.items():
            self._outcomes.labels(outcome).set(number)
        for reason, number in refusals.items():
            self._refusals.labels(reason).set(number)
        self._up.set(0 if self._controller.fault() else 1)
        return generate_latest(self._registry)
