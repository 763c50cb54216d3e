"""JSON; its shape is docs/reference/compare.schema.json. The HTML page is made of this document alone."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cais.compare.expression import as_data, evaluate

if TYPE_CHECKING:
    from decimal import Decimal

    from cais.compare.assumptions import Assumption
    from cais.compare.bill import CostLine
    from cais.compare.curves import Crossover
    from cais.compare.report import Architecture, Comparison, Measurement, Part, Parts, Target
    from cais.findings import Subject

SCHEMA_VERSION = "1.0"
DIGITS = 9


def render(comparison: Comparison) -> str:
    """The document, with a line break at its end."""
    return json.dumps(document(comparison), indent=2) + "\n"


def document(comparison: Comparison) -> dict[str, Any]:
    """The document as plain data."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "verdict": list(comparison.verdict),
        "warnings": list(comparison.warnings),
        "load": _load(comparison),
        "prices": _prices(comparison),
        "assumptions": [_assumption(item) for item in comparison.assumptions],
        "targets": [_target(target, comparison) for target in comparison.targets],
        "curves": {
            "requestsPerSecond": [number(rate) for rate in comparison.grid],
            "cheapest": list(comparison.cheapest),
            "perMonth": {name: [number(cost) for cost in costs] for name, costs in comparison.curves.items()},
        },
        "crossovers": [_crossover(item) for item in comparison.crossovers],
        "payOffs": [
            {"target": item.target, "than": item.than, "services": item.services, "lookedTo": item.looked_to}
            for item in comparison.pay_offs
        ],
        "measuredFrom": comparison.measured or None,
        "notModelled": list(comparison.not_modelled),
        "gaps": list(comparison.gaps),
    }


def number(value: Decimal) -> float | int:
    """A number of JSON, rounded far below a cent."""
    rounded = round(value, DIGITS)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)


def _load(comparison: Comparison) -> dict[str, Any]:
    load = comparison.load
    return {
        "requestsPerSecond": number(load.requests_per_second),
        "requestsPerMonth": number(comparison.requests_per_month),
        "shape": load.shape,
        "day": [{"share": float(period.share), "factor": float(period.factor)} for period in comparison.day],
        "source": load.source,
    }


def _prices(comparison: Comparison) -> dict[str, Any]:
    prices = comparison.prices
    return {
        "region": prices.region,
        "currency": prices.currency,
        "dated": prices.dated.isoformat(),
        "ageDays": prices.age_days(comparison.today),
        "old": prices.is_old(comparison.today),
    }


def _assumption(item: Assumption) -> dict[str, Any]:
    numbers = {
        "default": item.default,
        "minimum": item.minimum,
        "maximum": item.maximum,
        "low": item.low,
        "high": item.high,
    }
    words = {"id": item.id, "label": item.label, "unit": item.unit, "source": item.source}
    return {**words, **{name: number(value) for name, value in numbers.items()}}


def _target(target: Target, comparison: Comparison) -> dict[str, Any]:
    per_million = comparison.per_million(target.name)
    return {
        "name": target.name,
        "title": target.title,
        "variantOf": target.variant_of or None,
        "templates": list(target.templates),
        "architecture": _architecture(target.architecture),
        "perMonth": number(comparison.monthly[target.name]),
        "perMonthLow": number(comparison.bands[target.name][0]),
        "perMonthHigh": number(comparison.bands[target.name][1]),
        "perMillionRequests": None if per_million is None else number(per_million),
        "lines": [_line(line, comparison) for line in target.lines],
        "unpriced": [
            {
                "label": item.label,
                "reason": item.reason,
                "resources": [_subject(part) for part in item.resources],
            }
            for item in target.unpriced
        ],
        "parts": _parts(target.parts),
        "time": [
            {
                "id": item.id,
                "label": item.label,
                "basis": item.basis,
                "how": item.how,
                "seconds": None if item.seconds is None else number(item.seconds),
            }
            for item in target.time
        ],
        "latency": [
            {
                "kind": item.kind,
                "p50Ms": number(item.p50),
                "p99Ms": number(item.p99),
                "requests": item.requests,
            }
            for item in target.latency
        ],
        "measurement": _measurement(target.measurement),
        "behaviour": [asdict(item) for item in target.behaviour],
        "operations": [
            {"what": item.what, "perYear": item.per_year, "who": item.who, "source": item.source}
            for item in target.operations
        ],
    }


def _architecture(architecture: Architecture) -> dict[str, Any]:
    return {
        "zones": architecture.zones,
        "boxes": [
            {
                "id": box.id,
                "role": box.role,
                "label": box.label,
                "details": list(box.details),
                "count": box.count,
                "inNetwork": box.in_network,
                "resources": [_subject(part) for part in box.resources],
            }
            for box in architecture.boxes
        ],
        "links": [
            {"from": link.source, "to": link.target, "label": link.label} for link in architecture.links
        ],
    }


def _measurement(measurement: Measurement | None) -> dict[str, Any] | None:
    if measurement is None:
        return None
    return {
        "engine": measurement.engine,
        "verdict": measurement.verdict,
        "states": [{**asdict(change), "at": number(change.at)} for change in measurement.states],
        "requests": measurement.requests,
        "failed": measurement.failed,
        "notVerified": list(measurement.not_verified),
    }


def _line(line: CostLine, comparison: Comparison) -> dict[str, Any]:
    values, day = comparison.values, comparison.day
    quantity, unit_price = evaluate(line.quantity, values, day), evaluate(line.unit_price, values, day)
    return {
        "id": line.id,
        "topic": line.topic,
        "label": line.label,
        "quantity": number(quantity),
        "unit": line.unit,
        "unitPrice": float(unit_price),
        "amount": number(quantity * unit_price),
        "basis": line.basis,
        "shared": line.shared,
        "resources": [_subject(part) for part in line.resources],
        "price": {"id": line.price.id, "source": line.price.source, "confirmed": line.price.confirmed},
        "formula": {"quantity": as_data(line.quantity), "unitPrice": as_data(line.unit_price)},
    }


def _subject(subject: Subject) -> dict[str, Any]:
    return {
        "template": subject.template,
        "logicalId": subject.logical_id,
        "type": subject.type,
        "constructPath": subject.construct_path,
    }


def _parts(parts: Parts) -> dict[str, Any]:
    return {
        "resources": dict(parts.resources),
        "sharedResources": dict(parts.shared),
        "roles": parts.roles,
        "statements": parts.statements,
        "wideStatements": parts.wide_statements,
        "upkeep": [_part(part) for part in parts.upkeep],
        "rules": list(parts.rules),
        "causes": list(parts.causes),
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "name": part.name,
        "version": part.version,
        "resource": _subject(part.resource),
    }


def _crossover(item: Crossover) -> dict[str, Any]:
    return {
        "requestsPerSecond": number(item.rate),
        "below": item.below,
        "above": item.above,
        "low": number(item.low),
        "high": number(item.high),
        "influences": [
            {
                "assumption": one.assumption,
                "atLow": number(one.at_low),
                "atHigh": number(one.at_high),
            }
            for one in item.influences
        ],
    }
