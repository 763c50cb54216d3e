"""A stack is deployed, tested, and taken back where it does not serve."""

import json

import boto3
import pytest
from botocore.stub import ANY, Stubber

from scripts.bootstrap import Bootstrap
from scripts.deploy import deliver, is_asked_for
from scripts.rollback import deployed_template, roll_back
from service.app import create_app
from service.settings import Settings
from service.stores.memory import MemoryStore
from tests.delivery.conftest import Serve, StandIn

HERE = Bootstrap(account="123456789012", region="eu-west-1")
TEMPLATE = json.dumps({"Parameters": {"BootstrapVersion": {"Type": "String"}}, "Resources": {}})
WRITES_OUTPUTS = """
import json
outputs = next(each for each in sys.argv if each.startswith("--outputs-file=")).partition("=")[2]
json.dump({{"EcsStack": {outputs}}}, open(outputs, "w"))
"""


def deployed(stand_in: StandIn, outputs: dict[str, str]) -> list[str]:
    """What is called back, after a deployment with these outputs."""
    stand_in("cdk", WRITES_OUTPUTS.format(outputs=outputs))
    called: list[str] = []
    code = deliver("EcsStack", ["-c", "image=x"], roll_back=lambda: called.append("roll back"))
    return [*called, str(code)]


def test_what_serves_stays(stand_in: StandIn, serve: Serve):
    url = serve(create_app(Settings(database_url="memory://"), store=MemoryStore()))
    assert deployed(stand_in, {"Url": url}) == ["0"]


def test_what_does_not_serve_is_taken_back(stand_in: StandIn, serve: Serve):
    def broken(environ: object, start_response: object) -> list[bytes]:  # noqa: ARG001 - WSGI
        start_response("502 Bad Gateway", [])  # pyright: ignore[reportCallIssue]
        return [b""]

    assert deployed(stand_in, {"Url": serve(broken)}) == ["roll back", "1"]


def test_a_stack_without_an_address_is_not_tested(stand_in: StandIn):
    assert deployed(stand_in, {}) == ["0"]


def test_what_cloudformation_gives_up_on_it_has_taken_back_itself(stand_in: StandIn):
    stand_in("cdk", "sys.exit(1)")
    assert deliver("EcsStack", [], roll_back=lambda: pytest.fail("rolled back twice")) == 1


def test_one_stack_is_deployed_at_a_time_without_questions(stand_in: StandIn):
    seen = stand_in("cdk", WRITES_OUTPUTS.format(outputs={}))
    deliver("EcsStack", ["-c", "image=x"], roll_back=lambda: None)
    words = seen.read_text().split()
    assert words[:2] == ["deploy", "EcsStack"]
    assert words[-2:] == ["-c", "image=x"]
    assert {"--exclusively", "--require-approval=never"} <= set(words)


def test_an_optional_stack_is_deployed_where_the_app_has_it(stand_in: StandIn):
    seen = stand_in("cdk", "print('NetworkStack\\nEcsStack')")
    assert is_asked_for("EcsStack", ["-c", "image=x"])
    assert not is_asked_for("MetricsStack", [])
    assert seen.read_text().splitlines()[0] == "list -c image=x"


@pytest.fixture
def cloudformation() -> Stubber:
    return Stubber(boto3.client("cloudformation", region_name=HERE.region))


def test_the_deployed_template_is_kept_as_it_was(cloudformation: Stubber):
    cloudformation.add_response(
        "get_template",
        {"TemplateBody": TEMPLATE},
        {"StackName": "EcsStack", "TemplateStage": "Original"},
    )
    with cloudformation:
        kept = deployed_template(cloudformation.client, "EcsStack")
    assert json.loads(kept or "") == json.loads(TEMPLATE)


def test_a_new_stack_has_no_template(cloudformation: Stubber):
    cloudformation.add_client_error("get_template", "ValidationError", "Stack EcsStack does not exist")
    with cloudformation:
        assert deployed_template(cloudformation.client, "EcsStack") is None


def test_the_template_goes_back_through_the_bucket_with_its_parameters(cloudformation: Stubber):
    s3 = Stubber(boto3.client("s3", region_name=HERE.region))
    s3.add_response("put_object", {}, {"Bucket": HERE.bucket, "Key": ANY, "Body": TEMPLATE.encode()})
    update = {
        "StackName": "EcsStack",
        "TemplateURL": ANY,
        "Parameters": [{"ParameterKey": "BootstrapVersion", "UsePreviousValue": True}],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        "RoleARN": HERE.execution_role_arn,
    }
    stack = {"StackName": "EcsStack", "CreationTime": 0, "StackStatus": "UPDATE_COMPLETE"}
    cloudformation.add_response("update_stack", {}, update)
    cloudformation.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": "EcsStack"})
    with cloudformation, s3:
        roll_back("EcsStack", TEMPLATE, bootstrap=HERE, cloudformation=cloudformation.client, s3=s3.client)
    cloudformation.assert_no_pending_responses()
    s3.assert_no_pending_responses()


def test_a_template_that_is_deployed_already_is_left(cloudformation: Stubber):
    s3 = Stubber(boto3.client("s3", region_name=HERE.region))
    s3.add_response("put_object", {})
    cloudformation.add_client_error("update_stack", "ValidationError", "No updates are to be performed.")
    with cloudformation, s3:
        roll_back("EcsStack", TEMPLATE, bootstrap=HERE, cloudformation=cloudformation.client, s3=s3.client)
