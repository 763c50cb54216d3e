from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.synthesis import CONTRACT
from tests.unit.eks.conftest import COMPUTES, Render, one
from tests.unit.eks.templates import CLUSTER, STACK, references

if TYPE_CHECKING:
    from tests.synthesis import Assembly, Synthesize

pytestmark = pytest.mark.cdk

SCRAPER = "AWS::APS::Scraper"


@pytest.fixture(params=COMPUTES)
def assembly(request: pytest.FixtureRequest, synthesize: Synthesize) -> Assembly:
    return synthesize(eks_compute=request.param, metrics="managed-prometheus")


@pytest.fixture
def configuration(assembly: Assembly) -> dict[str, Any]:
    blob = assembly.one(STACK, SCRAPER)["ScrapeConfiguration"]["ConfigurationBlob"]
    return yaml.safe_load(blob["Fn::Base64"])


def test_off_is_the_default(either: Assembly):
    assert not either.all(STACK, SCRAPER)


def test_it_scrapes_this_cluster_from_its_private_subnets(assembly: Assembly):
    (cluster,) = assembly.resources(STACK, CLUSTER)
    scraper = assembly.one(STACK, SCRAPER)
    source = scraper["Source"]["EksConfiguration"]
    assert source["ClusterArn"] == {"Fn::GetAtt": [cluster, "Arn"]}
    assert source["SecurityGroupIds"] == [{"Fn::GetAtt": [cluster, "ClusterSecurityGroupId"]}]
    subnets = [subnet["Fn::ImportValue"] for subnet in source["SubnetIds"]]
    assert len(subnets) >= 2
    assert all("PrivateSubnet" in subnet for subnet in subnets)
    assert "WorkspaceArn" in scraper["Destination"]["AmpConfiguration"]["WorkspaceArn"]["Fn::ImportValue"]


def test_the_cluster_lets_it_in_as_it_must_be_asked(assembly: Assembly):
    cluster = assembly.one(STACK, CLUSTER)
    assert cluster["AccessConfig"]["AuthenticationMode"] in {"API", "API_AND_CONFIG_MAP"}
    assert cluster["ResourcesVpcConfig"]["EndpointPrivateAccess"] is True
    # EKS refuses access entries for a service-linked role; Managed Prometheus makes its own.
    for entry in assembly.all(STACK, "AWS::EKS::AccessEntry"):
        assert "AWSServiceRoleForAmazonPrometheusScraper" not in str(entry["PrincipalArn"])


def test_nothing_waits_for_it(assembly: Assembly):
    (scraper,) = assembly.resources(STACK, SCRAPER)
    everything = yaml.safe_load(assembly.text(STACK))["Resources"]
    assert not [name for name, one in everything.items() if scraper in references(one.get("Properties", {}))]


def test_it_scrapes_what_the_chart_runs(configuration: dict[str, Any], render: Render):
    deployment = one(render(migrate=True), "Deployment")["spec"]["template"]["spec"]
    (port,) = deployment["containers"][0]["ports"]
    (job,) = configuration["scrape_configs"]
    (discovery,) = job["kubernetes_sd_configs"]
    keep = next(rule for rule in job["relabel_configs"] if rule["action"] == "keep")
    assert discovery == {"role": "pod", "namespaces": {"names": [CONTRACT.name]}}
    assert keep["regex"] == f"{port['name']};false"
    assert job["metrics_path"] == CONTRACT.metrics_path


def test_it_asks_as_rarely_as_it_must_and_as_often_as_the_rules_need(configuration: dict[str, Any]):
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/managed-prometheus-collectors-scraper-configuration.html
    assert configuration["global"]["scrape_interval"] == "30s"
    assert configuration["scrape_configs"][0]["job_name"] == CONTRACT.name


def test_it_needs_no_way_out_of_the_vpc(synthesize: Synthesize):
    options = {"targets": "eks", "egress": "endpoints", "eks_compute": "auto"}
    plain, scraped = (
        synthesize(**options, metrics=metrics).resources(STACK, "AWS::EC2::VPCEndpoint")
        for metrics in ("off", "managed-prometheus")
    )
    assert set(plain) == set(scraped)
