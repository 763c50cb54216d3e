import json
from pathlib import Path

import jsonschema

from cais.verify.formatters import FORMATS
from cais.verify.report import Latency, Memory, Rollout, StateChange, TargetReport, VerifyFinding

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/reference/verify.schema.json").read_text())
HEALTHY = TargetReport(
    target="ecs",
    engine="docker",
    verdict="healthy",
    image="sha256:0123456789abcdef",
    image_mib=223.04,
    states=(StateChange(at=1.23456, copy="old-1", state="healthy"),),
    time_to_healthy=11.25,
    cold=Latency(p50=41.2, p99=55.5, requests=2),
    warm=Latency(p50=3.6, p99=12.1, requests=900),
    rollout=Rollout(seconds=48.04, requests=1200, failed=0),
    memory=Memory(at_rest=61.3, under_load=64.9, limit=512),
)
UNHEALTHY = TargetReport(
    target="eks",
    engine="kubernetes",
    verdict="unhealthy",
    findings=(
        VerifyFinding(
            cause="H6", resource="Task", message="connection refused", fix="bind 0.0.0.0", log_lines=("bye",)
        ),
    ),
    not_verified=("the network",),
)


def test_the_document_has_the_shape_of_its_schema():
    document = json.loads(FORMATS["json"]([HEALTHY, UNHEALTHY]))
    jsonschema.validate(document, SCHEMA)
    assert document["summary"] == {"healthy": 1, "unhealthy": 1, "unknown": 0}
    assert document["targets"][0]["states"][0]["at"] == 1.235
    assert document["targets"][1]["findings"][0]["logLines"] == ["bye"]


def test_text_is_one_table_then_what_is_wrong():
    assert FORMATS["text"]([HEALTHY, UNHEALTHY]) == (
        "                    ecs           eks\n"
        "verdict             healthy       unhealthy\n"
        "engine              docker        kubernetes\n"
        "image               0123456789ab  –\n"
        "image size          223.0 MiB     –\n"
        "time to healthy     11.2 s        –\n"
        "cold p50 / p99      41 / 56 ms    –\n"
        "warm p50 / p99      4 / 12 ms     –\n"
        "rolling deployment  48.0 s        –\n"
        "failed requests     0 of 1200     –\n"
        "memory at rest      61.3 MiB      –\n"
        "memory under load   64.9 MiB      –\n"
        "\n"
        "eks: error H6: Task: connection refused\n"
        "  fix: bind 0.0.0.0\n"
        "  its last lines:\n"
        "    bye\n"
        "\n"
        "eks: not verified\n"
        "  - the network\n"
    )
