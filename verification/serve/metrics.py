"""What the server counts, in Prometheus' format; with it, when a program has last been run."""

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from synthsmith.verification.serve.engine import Engine

CANCELLED = "cancelled"  # nobody is there to read the answer
NOT_RUN = ("internal", "internal_error", "invalid_input", CANCELLED)
_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


class Metrics:
    """Thread-safe counts of one server; outcomes are `right`, `wrong`, a status of a run, or a reason."""

    def __init__(self, engine: Engine) -> None:
        self.last_run = -float("inf")  # when a program ended by no fault of ours, on the monotonic clock
        self._registry = CollectorRegistry()
        self._submissions = Counter(
            "synthsmith_submissions",
            "Submissions, by route and outcome.",
            ("route", "outcome"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "synthsmith_submission_seconds",
            "Seconds that a worker spent on a submission.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._gauge("synthsmith_queue", "Submissions not yet started.", lambda: engine.waiting)
        self._gauge("synthsmith_running", "Submissions that run now.", lambda: engine.running)
        self._gauge("synthsmith_workers", "Programs that can run at once.", lambda: engine.workers)

    def count(self, route: str, outcome: str, seconds: float | None = None, times: int = 1) -> None:
        """Note an answer, or several, and for how long a worker was busy with it, if one was."""
        self._submissions.labels(route, outcome).inc(times)
        if seconds is not None:
            self._seconds.labels(route).observe(seconds)
            if outcome not in NOT_RUN:
                self.last_run = time.monotonic()

    def text(self) -> bytes:
        """All counts, for the scraper."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, meaning: str, value: Callable[[], int]) -> None:
        Gauge(name, meaning, registry=self._registry).set_function(value)
