"""Bin packing: how many nodes hold these pods, as the scheduler would place them one by one.

First fit, the largest pods first: what a cluster autoscaler that adds nodes of one size comes to.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class NoRoomError(ValueError):
    """Pods that fit on no node, however many nodes there are."""


@dataclass(slots=True)
class _Room:
    """What is left on a node: cpu, memory and pods."""

    cpu: Decimal
    memory: Decimal
    pods: int

    def place(self, cpu: Decimal, memory: Decimal, count: int) -> int:
        """Takes in as many of `count` pods as there is room for; how many that were."""
        fitting = min(count, self.pods, _times(self.cpu, cpu), _times(self.memory, memory))
        self.cpu -= fitting * cpu
        self.memory -= fitting * memory
        self.pods -= fitting
        return fitting


def nodes_needed(node: tuple[Decimal, Decimal, int], pods: Iterable[tuple[Decimal, Decimal, int]]) -> int:
    """How many nodes it takes. A node has cpu, memory and a number of pods; a pod cpu, memory and a count.

    Raises:
        NoRoomError: a pod is larger than a node, or a node has no room at all.
    """
    if min(node) <= 0:
        raise NoRoomError(f"nothing fits on a node of {node[0]} vCPU, {node[1]} GiB and {node[2]} pods")
    rooms: list[_Room] = []
    for cpu, memory, count in sorted(
        pods, key=lambda pod: max(pod[0] / node[0], pod[1] / node[1]), reverse=True
    ):
        left = count
        for room in rooms:
            left -= room.place(cpu, memory, left)
        while left:
            room = _Room(*node)
            placed = room.place(cpu, memory, left)
            if not placed:
                raise NoRoomError(f"a pod of {cpu} vCPU and {memory} GiB is larger than a node")
            rooms.append(room)
            left -= placed
    return len(rooms)


def _times(room: Decimal, size: Decimal) -> int:
    return int((room + Decimal("1e-9")) // size) if size else 10**9
