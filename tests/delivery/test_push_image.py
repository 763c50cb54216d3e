"""The image is built once, for one platform, and named by its digest."""

import json
from pathlib import Path

import pytest

from scripts.push_image import push
from tests.delivery.conftest import StandIn

REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/cdk-assets"
DIGEST = f"sha256:{'a' * 64}"
WRITES_METADATA = f"""
import json
file = next(each for each in sys.argv if each.startswith("--metadata-file=")).partition("=")[2]
json.dump({{"containerimage.digest": "{DIGEST}"}}, open(file, "w"))
"""


def test_the_image_is_named_by_its_digest(stand_in: StandIn):
    stand_in("docker", WRITES_METADATA)
    assert push(REPOSITORY, "1", platform="linux/amd64") == f"{REPOSITORY}@{DIGEST}"


def test_lambda_would_take_what_is_pushed(stand_in: StandIn):
    seen = stand_in("docker", WRITES_METADATA)
    push(REPOSITORY, "1", platform="linux/arm64")
    words = seen.read_text().split()
    assert {"--provenance=false", "--sbom=false", "--platform=linux/arm64", "--push"} <= set(words)
    assert f"--tag={REPOSITORY}:1" in words


@pytest.mark.parametrize(
    ("context", "wanted"), [({}, False), ({"traces": "off"}, False), ({"traces": "x-ray"}, True)]
)
def test_the_image_has_what_the_choices_want(
    stand_in: StandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    context: dict[str, str],
    *,
    wanted: bool,
):
    seen = stand_in("docker", WRITES_METADATA)
    (tmp_path / "cdk.json").write_text(json.dumps({"context": context}))
    monkeypatch.chdir(tmp_path)
    push(REPOSITORY, "1", platform="linux/amd64")
    assert ("--build-arg=TRACES=on" in seen.read_text().split()) == wanted


def test_a_push_that_fails_is_not_hidden(stand_in: StandIn):
    stand_in("docker", "sys.exit(1)")
    with pytest.raises(Exception, match="docker"):
        push(REPOSITORY, "1", platform="linux/amd64")
