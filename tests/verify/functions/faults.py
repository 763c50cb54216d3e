"""Handlers, each with one fault."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any


def well(event: dict[str, Any], _: object) -> dict[str, Any]:
    return {"statusCode": 200, "body": event.get("rawPath", event.get("path"))}


def slow(event: dict[str, Any], _: object) -> dict[str, Any]:
    time.sleep(60)
    return well(event, _)


def hungry(event: dict[str, Any], _: object) -> dict[str, Any]:
    hoard = [bytearray(2**20) for _ in range(2**14)]
    return {**well(event, _), "body": str(len(hoard))}


def elsewhere(event: dict[str, Any], _: object) -> dict[str, Any]:
    return {**well(event, _), "statusCode": 404}


def moved(event: dict[str, Any], _: object) -> dict[str, Any]:
    return {**well(event, _), "statusCode": 301}


def private(event: dict[str, Any], _: object) -> dict[str, Any]:
    return {**well(event, _), "statusCode": 401}


def no_database(event: dict[str, Any], _: object) -> dict[str, Any]:
    return {**well(event, _), "statusCode": 503}


def crash(event: dict[str, Any], _: object) -> dict[str, Any]:
    raise RuntimeError(f"the setting GREETING is missing; asked {event.get('rawPath')}")


def writes(event: dict[str, Any], _: object) -> dict[str, Any]:
    Path("/app/cache").write_text("", encoding="utf-8")
    return well(event, _)


def old_adapter(event: dict[str, Any], _: object) -> dict[str, Any]:
    return {"statusCode": 200, "body": event["httpMethod"]}
