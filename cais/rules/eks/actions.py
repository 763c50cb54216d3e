"""Actions of an Ingress: what its annotations `actions.NAME` say, for backends that send there.

A backend whose port is named "use-annotation" is no Service: the controller does what the annotation of its
name says. https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#actions
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cais.site.model.kubernetes import Backend
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.site.model.kubernetes import Ingress

ACTIONS = "alb.ingress.kubernetes.io/actions."
USE_ANNOTATION = "use-annotation"
WANTED = {
    "forward": ("forwardConfig", "targetGroupARN", "targetGroupName"),
    "redirect": ("redirectConfig",),
    "fixed-response": ("fixedResponseConfig",),
}


def backends(ingress: Ingress) -> Iterator[Backend]:
    """The Services that an Ingress sends to, also those of its actions."""
    for backend in ingress.backends:
        if backend.port == USE_ANNOTATION:
            yield from _forwarded(_given(ingress, backend))
        else:
            yield backend


def wrong_actions(ingress: Ingress) -> Iterator[str]:
    """What the controller does not understand of the actions that the Ingress uses, an action a line."""
    for name in dict.fromkeys(each.service for each in ingress.backends if each.port == USE_ANNOTATION):
        text = ingress.annotations.get(f"{ACTIONS}{describe(name)}")
        if text is None:
            yield f"actions.{describe(name)} is missing, and a backend uses it"
        elif isinstance(text, str) and (wrong := _wrong(text)):
            yield f"actions.{describe(name)} {wrong}: {text!r}"


def _wrong(text: str) -> str:
    """Why an action is none; empty where it is one."""
    try:
        action = _folded(json.loads(text))
    except ValueError:
        return "is no JSON"
    kind = action.get("type")
    if not isinstance(kind, str) or kind not in WANTED:
        return f"has no type of {', '.join(sorted(WANTED))}"
    if not any(name.lower() in action for name in WANTED[kind]):
        return f"misses {' or '.join(WANTED[kind])}"
    return ""


def _given(ingress: Ingress, backend: Backend) -> dict[str, Any]:
    text = ingress.annotations.get(f"{ACTIONS}{describe(backend.service)}")
    try:
        return _folded(json.loads(text)) if isinstance(text, str) else {}
    except ValueError:
        return {}


def _forwarded(action: dict[str, Any]) -> Iterator[Backend]:
    config = _folded(action.get("forwardconfig"))
    groups = config.get("targetgroups")
    for group in groups if isinstance(groups, list) else ():
        given = _folded(group)
        service, port = given.get("servicename"), given.get("serviceport")
        if isinstance(service, str) and isinstance(port, str | int):
            number = int(port) if isinstance(port, str) and port.isdigit() else port
            yield Backend(service=service, port=number)


def _folded(value: Any) -> dict[str, Any]:
    """An object with its names in lower case, as the controller reads them: in any."""
    return {str(name).lower(): each for name, each in value.items()} if isinstance(value, dict) else {}
