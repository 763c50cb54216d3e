"""The metrics of a copy on Lambda, as lines of its log from which CloudWatch makes metrics.

Lambda freezes a copy between requests, so nobody can scrape it. After each request this writes what every
counter and histogram has gained by it, under the names and labels that Prometheus would read. Gauges are left
out: a copy answers one request at a time, and CloudWatch counts the copies.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client import CollectorRegistry, Metric

    Handler = Callable[[Any, Any], Any]
    Labels = tuple[tuple[str, str], ...]

MOST_VALUES = 100  # of one metric in one line


class EmbeddedMetrics:
    """Writes what `registry` gains to stdout, as metrics of `namespace`; for one request at a time."""

    def __init__(self, registry: CollectorRegistry, *, namespace: str) -> None:
        self._registry = registry
        self._namespace = namespace
        self._seen: defaultdict[tuple[str, Labels], float] = defaultdict(float)
        self._gains()

    def after(self, handler: Handler) -> Handler:
        """The handler, with what its request has added written however it ends."""

        def measured(event: Any, context: Any) -> Any:
            try:
                return handler(event, context)
            finally:
                self.flush()

        return measured

    def flush(self) -> None:
        """Writes a line for each set of labels of which a metric has gained something."""
        milliseconds = time.time_ns() // 1_000_000
        lines = [self._line(labels, values, milliseconds) for labels, values in self._gains().items()]
        sys.stdout.write("".join(f"{json.dumps(line)}\n" for line in lines))
        sys.stdout.flush()

    def _line(self, labels: Labels, values: dict[str, Any], milliseconds: int) -> dict[str, Any]:
        dimensions = [name for name, _ in labels]
        metrics = [{"Name": name, "Unit": _unit(name)} for name in values]
        directive = {"Namespace": self._namespace, "Dimensions": [dimensions], "Metrics": metrics}
        return {
            "_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]},
            **dict(labels),
            **values,
        }

    def _gains(self) -> dict[Labels, dict[str, Any]]:
        """By labels, by name: a counter's gain, or the values that a histogram has observed."""
        gains: defaultdict[Labels, dict[str, Any]] = defaultdict(dict)
        for family in self._registry.collect():
            for labels, samples in _by_labels(family):
                gained = {name: self._gain(name, labels, value) for name, value in samples.items()}
                if family.type == "counter" and (gain := gained[f"{family.name}_total"]):
                    gains[labels][f"{family.name}_total"] = gain
                elif family.type == "histogram" and (count := int(gained[f"{family.name}_count"])):
                    mean = gained[f"{family.name}_sum"] / count
                    gains[labels][family.name] = [mean] * min(count, MOST_VALUES)
        return dict(gains)

    def _gain(self, name: str, labels: Labels, value: float) -> float:
        before = self._seen[name, labels]
        self._seen[name, labels] = value
        return value - before


def _by_labels(family: Metric) -> Iterator[tuple[Labels, dict[str, float]]]:
    """The samples of a counter or a histogram by their labels; of the latter, its count and its sum."""
    found: defaultdict[Labels, dict[str, float]] = defaultdict(dict)
    for sample in family.samples:
        if sample.name.endswith(("_total", "_count", "_sum")):
            found[tuple(sample.labels.items())][sample.name] = sample.value
    yield from found.items()


def _unit(name: str) -> str:
    return "Seconds" if name.endswith("_seconds") else "Count"
