"""How a cluster comes by the image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from cais.verify import kube_image as module
from cais.verify.errors import EngineMissingError, VerifyError
from cais.verify.kube_image import in_cluster
from cais.verify.verifier import Request
from tests.unit.verify.test_scheduler import Silent

if TYPE_CHECKING:
    from cais.verify.kube import Cluster

ID = f"sha256:{'a' * 64}"
TAGGED = "cais-verify:aaaaaaaaaaaa"


class FakeCluster:
    """Its current context is that of an EKS cluster."""

    def kubectl(self, *_: str) -> str:
        return "arn:aws:eks:eu-west-1:111122223333:cluster/production\n"


CLUSTER = cast("Cluster", FakeCluster())


def request(*, image: str | None = None, context: str | None = None) -> Request:
    return Request(home=Path(), image=image, context=context)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(module, "require_docker", lambda: None)
    monkeypatch.setattr(module, "at_hand", lambda *_, **__: ID)
    monkeypatch.setattr(module, "docker", lambda *words: said.append(" ".join(("docker", *words))))
    monkeypatch.setattr(module, "_run", lambda words: said.append(" ".join(words)))
    return said


def test_a_cluster_of_elsewhere_is_left_alone_unless_an_image_is_named(commands: list[str]):
    with pytest.raises(EngineMissingError, match="--image REFERENCE"):
        in_cluster("x", request(), CLUSTER, Silent())
    assert commands == []
    assert in_cluster("x", request(image="here:1"), CLUSTER, Silent()) == "here:1"


@pytest.mark.parametrize(
    ("context", "load"),
    [
        ("kind-try", f"kind load docker-image {TAGGED} --name=try"),
        ("k3d-try", f"k3d image import {TAGGED} --cluster=try"),
        ("minikube", f"minikube image load {TAGGED}"),
    ],
)
def test_a_local_cluster_is_given_it_and_no_name_of_it_is_left(commands: list[str], context: str, load: str):
    assert in_cluster("x", request(context=context), CLUSTER, Silent()) == TAGGED
    assert commands == [f"docker tag {ID} {TAGGED}", load, f"docker image rm {TAGGED}"]


def test_no_name_is_left_where_the_cluster_does_not_take_it(
    commands: list[str], monkeypatch: pytest.MonkeyPatch
):
    def fails(words: list[str]) -> None:
        raise VerifyError(f"{words[0]} failed")

    monkeypatch.setattr(module, "_run", fails)
    with pytest.raises(VerifyError, match="kind failed"):
        in_cluster("x", request(context="kind-try"), CLUSTER, Silent())
    assert commands[-1] == f"docker image rm {TAGGED}"
