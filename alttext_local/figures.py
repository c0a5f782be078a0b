"""What the house counts, for Prometheus: numbers alone, nothing that tells a person, a file or a text.

Each process has its own. A worker's lie in a file beside the database, written at each heartbeat, and the server shows
them with its own, told apart by the label `process`; a worker on another machine has its file there, for the node
exporter's textfile collector.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from alttext_local.passage import CANCELLED, STEPS, Passage

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
SHOTS = (1, 2, 4, 8, 12, 16, 24, 32, 64)
SUFFIX = ".prom"
STALE_SECONDS = 300
"""A worker whose file is so old is not shown: it is gone."""

Reading = tuple[Sequence[str], float]
"""Values of the labels, and the number."""


@dataclass(frozen=True)
class Watched(Collector):
    """A number that is read when it is asked for."""

    name: str
    told: str
    labels: tuple[str, ...]
    read: Callable[[], Iterable[Reading]]
    kind: type[GaugeMetricFamily] | type[CounterMetricFamily]

    def collect(self) -> Iterator[Metric]:
        """The readings of now."""
        family = self.kind(self.name, self.told, labels=self.labels)
        for values, number in self.read():
            family.add_metric(values, number)
        yield family


class Figures:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._images = self._counter("alttext_images", "Images that came to an end.", "model", "outcome")
        self._failures = self._counter("alttext_image_failures", "Images without a description.", "code")
        self._cache = self._counter("alttext_cache_lookups", "Questions to the result cache.", "result")
        self._requests = self._counter(
            "alttext_requests", "Requests by their route's template.", "method", "route", "status", "code"
        )
        self._steps = Histogram(
            "alttext_step_seconds",
            "Seconds of one image by step; of ocr and model with the waiting for their turn.",
            ("step",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._total = Histogram(
            "alttext_image_seconds",
            "Seconds from an image's bytes to its description.",
            ("cache",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._batches = Histogram(
            "alttext_batch_shots",
            "Images that the model took at once.",
            ("model",),
            buckets=SHOTS,
            registry=self.registry,
        )

    def note_passage(self, passage: Passage) -> None:
        """An image is through."""
        outcome = "described" if not passage.code else CANCELLED if passage.code == CANCELLED else "failed"
        self._images.labels(passage.model, outcome).inc()
        if outcome == "failed":
            self._failures.labels(passage.code).inc()
        if passage.cache != "not asked":
            self._cache.labels(passage.cache).inc()
        for step in STEPS:
            if step in passage.seconds:
                self._steps.labels(step).observe(passage.seconds[step])
        if outcome == "described":
            self._total.labels(passage.cache).observe(passage.total)

    def note_batch(self, model: str, shots: int) -> None:
        """The model takes so many images in hand."""
        self._batches.labels(model).observe(shots)

    def note_request(self, method: str, route: str, status: int, code: str) -> None:
        """A request was answered. `route` is a template, never an address."""
        self._requests.labels(method, route, str(status), code).inc()

    def watch(
        self,
        name: str,
        told: str,
        labels: tuple[str, ...],
        read: Callable[[], Iterable[Reading]],
        *,
        grows: bool = False,
    ) -> None:
        """Ask `read` each time that the figures are read. `grows`: a counter, else a gauge."""
        self.registry.register(Watched(name, told, labels, read, CounterMetricFamily if grows else GaugeMetricFamily))

    def text(self) -> str:
        """This process's figures in Prometheus' text format."""
        return generate_latest(self.registry).decode()

    def write(self, folder: Path, process: str) -> None:
        """Leave them in a file for the server to show, and take away those of workers that are long gone."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = folder / f".{process}.{os.getpid()}"
        part.write_text(self.text(), encoding="utf-8")
        part.replace(folder / f"{process}{SUFFIX}")

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(name, told, labels, registry=self.registry)


def merged(own: str, folder: Path, process: str = "server") -> str:
    """`own` and what workers left in `folder`, as one text; each number has the label `process`."""
    families: dict[str, Metric] = {}
    for name, text in {process: own, **_left_by_workers(folder)}.items():
        for family in text_string_to_metric_families(text):
            kept = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            for sample in family.samples:
                kept.add_sample(sample.name, {**sample.labels, "process": name}, sample.value)

    class Everything(Collector):
        def collect(self) -> Iterator[Metric]:
            return iter([m for m in families.values() if not m.name.endswith("_created")])

    registry = CollectorRegistry()
    registry.register(Everything())
    return generate_latest(registry).decode()


def _left_by_workers(folder: Path) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            if time.time() - path.stat().st_mtime < STALE_SECONDS:
                found[f"worker {path.stem}"] = path.read_text(encoding="utf-8")
        except FileNotFoundError:  # a worker has just replaced it
            continue
    return found
