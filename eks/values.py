"""The values that EksStack gives the chart in `eks/chart`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cais.contract import Contract

MILLICORES = 1000
CPU_UNITS = 1024
KUBERNETES_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


def millicores(contract: Contract) -> int:
    """A copy's CPU in thousandths of a vCPU, rounded up; the contract counts in 1024ths, as Fargate does."""
    return math.ceil(contract.cpu * MILLICORES / CPU_UNITS)


def contract_values(contract: Contract) -> dict[str, Any]:
    """The contract in the chart's words: the first block of `eks/chart/values.yaml`."""
    return {
        "port": contract.port,
        "paths": {
            "health": contract.health_path,
            "ready": contract.ready_path,
            "metrics": contract.metrics_path,
        },
        "seconds": {"startup": contract.startup_seconds, "drain": contract.drain_seconds},
        "architecture": KUBERNETES_ARCHITECTURES[contract.architecture],
        "resources": {"cpu": f"{millicores(contract)}m", "memory": f"{contract.memory_mib}Mi"},
        "copies": {"min": contract.min_copies, "max": contract.max_copies},
    }
