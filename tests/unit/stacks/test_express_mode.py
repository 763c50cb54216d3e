import subprocess
import sys
from pathlib import Path

import pytest

from stacks.registry import TargetError, installed_targets
from stacks.settings import SettingsError
from tests.synthesis import CONTRACT, ROOT, Synthesize

pytestmark = pytest.mark.cdk

EXAMPLE = ROOT / "docs" / "examples" / "express-mode"
STACK = "ExpressModeStack"


@pytest.fixture(scope="module")
def site_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example in it, as an installer leaves it."""
    folder = tmp_path_factory.mktemp("site-packages")
    uv = Path(sys.executable).with_name("uv")
    options = ["--no-deps", "--no-build-isolation", "--offline", "--quiet", "--python", sys.executable]
    subprocess.run([uv, "pip", "install", *options, "--target", folder, EXAMPLE], check=True)
    return folder


@pytest.fixture(autouse=True)
def installed(site_packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(site_packages))


def test_it_is_found_beside_ours():
    assert set(installed_targets()) == {"ecs", "eks", "express", "serverless"}


def test_its_service_is_what_the_contract_says(synthesize: Synthesize):
    assembly = synthesize(targets="express", store="dynamodb")
    assert assembly.stacks == {"NetworkStack", "DataStack", STACK}
    assert assembly.findings() == []
    service = assembly.one(STACK, "AWS::ECS::ExpressGatewayService")
    assert (service["Cpu"], service["Memory"]) == (str(CONTRACT.cpu), str(CONTRACT.memory_mib))
    assert service["HealthCheckPath"] == CONTRACT.health_path
    assert service["PrimaryContainer"]["ContainerPort"] == CONTRACT.port
    assert [variable["Name"] for variable in service["PrimaryContainer"]["Environment"]] == ["DATABASE_URL"]
    assert service["ScalingTarget"] == {
        "MinTaskCount": CONTRACT.min_copies,
        "MaxTaskCount": CONTRACT.max_copies,
    }
    assert all(
        "PublicSubnet" in subnet["Fn::ImportValue"] for subnet in service["NetworkConfiguration"]["Subnets"]
    )


def test_it_runs_the_image_that_ours_run(synthesize: Synthesize):
    service = synthesize(targets="express", store="dynamodb").one(STACK, "AWS::ECS::ExpressGatewayService")
    task = synthesize(targets="ecs", store="dynamodb").one("EcsStack", "AWS::ECS::TaskDefinition")
    assert service["PrimaryContainer"]["Image"] == task["ContainerDefinitions"][0]["Image"]


def test_it_refuses_a_setting_that_it_cannot_serve(synthesize: Synthesize):
    with pytest.raises(SettingsError, match=r"target express: .* deploy with -c store=dynamodb"):
        synthesize(targets="express", store="postgres")


def test_a_second_package_of_its_name_is_named_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    metadata = tmp_path / "other-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[cais.targets]\nexpress = other.target:Other\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(TargetError) as raised:
        installed_targets()
    assert str(raised.value) == (
        "two targets are called 'express': other.target:Other of other and "
        "cais_express_mode.target:ExpressModeTarget of cais-express-mode; uninstall one"
    )
