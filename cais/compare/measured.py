"""What `cais verify --format json` measured, read back."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cais.compare.report import Figure, Latency, Measurement, StateChange

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class MeasuredError(ValueError):
    """A file that `cais verify` did not write."""


def load_measured(path: Path) -> dict[str, Mapping[str, Any]]:
    """The reports of verify by target.

    Raises:
        MeasuredError: the file cannot be read, or is none of verify's.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return {report["target"]: report for report in document["targets"]}
    except OSError as error:
        raise MeasuredError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise MeasuredError(
            f"{path}: is not what `cais verify --format json` writes: {type(error).__name__}: {error}"
        ) from error


def measured_figures(report: Mapping[str, Any]) -> dict[str, Figure]:
    """The times of one target that were measured, by id."""
    how = f"cais verify, {report.get('engine') or 'no engine'}"
    rollout, cold = report.get("rollout"), report.get("cold")
    found = {
        "healthy": ("from a copy's start to its first request", report.get("timeToHealthy")),
        "rollout": ("a rolling deployment", rollout["seconds"] if rollout else None),
        "cold-start": ("a cold start", Decimal(cold["p50"]) / 1000 if cold else None),
    }
    return {
        name: Figure(id=name, label=label, seconds=Decimal(seconds), basis="measured", how=how)
        for name, (label, seconds) in found.items()
        if seconds is not None
    }


def measured_latency(report: Mapping[str, Any]) -> tuple[Latency, ...]:
    """The distributions that were measured."""
    found = [(kind, report[kind]) for kind in ("cold", "warm") if report.get(kind)]
    return tuple(
        Latency(kind=kind, p50=Decimal(item["p50"]), p99=Decimal(item["p99"]), requests=item["requests"])
        for kind, item in found
    )


def measurement(report: Mapping[str, Any]) -> Measurement:
    """What the run showed over time."""
    rollout = report.get("rollout") or {}
    return Measurement(
        engine=report.get("engine") or "",
        verdict=report.get("verdict") or "unknown",
        states=tuple(
            StateChange(
                at=Decimal(change["at"]), copy=change["copy"], state=change["state"], reason=change["reason"]
            )
            for change in report.get("states", ())
        ),
        requests=rollout.get("requests"),
        failed=rollout.get("failed"),
        not_verified=tuple(report.get("notVerified", ())),
    )
