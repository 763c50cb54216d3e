"""Functions, their callers and what calls them, from template text."""

import pytest

from cais.site.model.serverless import Callee
from cais.template.values import Attribute, Unknown
from tests.unit.site.conftest import MakeSite


def key(name: str) -> Attribute:
    return Attribute("App.yaml", name, "Ref")


FUNCTION = """
Role: {Type: AWS::IAM::Role}
Function:
  Type: AWS::Lambda::Function
  Properties:
    FunctionName: web
    Role: !GetAtt Role.Arn
    Code: {ImageUri: !Sub "${AWS::AccountId}.dkr.ecr.eu-west-1.amazonaws.com/web:1.0"}
    ImageConfig: {Command: [web.handler]}
    Environment: {Variables: {NAME: value, NUMBER: 8}}
    FileSystemConfigs: [{Arn: x, LocalMountPath: /mnt/data}]
Alias: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Function, Name: live}}
"""


def test_a_function_has_lambdas_defaults_where_it_says_nothing(site: MakeSite):
    function = site(FUNCTION).serverless.functions[key("Function")]
    assert (function.timeout, function.memory, function.storage) == (3, 128, 512)
    assert (function.architecture, function.snap_start, function.reserved_concurrency) == (
        "x86_64",
        "None",
        None,
    )
    assert function.subnets == ()


def test_a_function_has_what_it_says(site: MakeSite):
    function = site(FUNCTION).serverless.functions[key("Function")]
    assert function.image is not None
    assert (function.image.registry, function.image.tag) == ("ecr", "1.0")
    assert function.role == key("Role")
    assert function.command == ("web.handler",)
    assert function.environment == {"NAME": "value", "NUMBER": "8"}
    assert function.mounts == ("/mnt/data",)


def test_code_in_the_template_is_no_image(site: MakeSite):
    made = site("""
        Function:
          Type: AWS::Lambda::Function
          Properties: {Handler: index.handler, Runtime: python3.13, Code: {ZipFile: pass}}
        """).serverless.functions[key("Function")]
    assert (made.image, made.code, made.handler) == (None, "pass", "index.handler")


FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function"
CALLS = {
    "!Ref Function": Callee(function=key("Function")),
    "!GetAtt Function.Arn": Callee(function=key("Function")),
    "!Ref Alias": Callee(function=key("Function"), qualifier=key("Alias")),
    '!Sub "${Function.Arn}:live"': Callee(function=key("Function"), qualifier="live"),
    "web": Callee(function=key("Function")),
    "web:live": Callee(function=key("Function"), qualifier="live"),
    f'"{FUNCTION_ARN}:web"': Callee(function=key("Function")),
    f'"{FUNCTION_ARN}:other:3"': Callee(function="other", qualifier="3"),
}


@pytest.mark.parametrize("written", CALLS)
def test_a_permission_is_for_the_function_however_it_is_written(site: MakeSite, written: str):
    made = site(f"""{FUNCTION}
Permission: {{Type: AWS::Lambda::Permission, Properties: {{FunctionName: {written}}}}}
""")
    assert made.serverless.permissions[key("Permission")].callee == CALLS[written]


def test_a_url_calls_the_alias_that_it_names(site: MakeSite):
    made = site(f"""{FUNCTION}
Url:
  Type: AWS::Lambda::Url
  Properties: {{TargetFunctionArn: !Ref Function, Qualifier: live, AuthType: NONE}}
""")
    url = made.serverless.urls[key("Url")]
    assert url.callee == Callee(function=key("Function"), qualifier="live")
    assert url.authentication == "NONE"


HTTP = (
    FUNCTION
    + """
Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP}}
Integration:
  Type: AWS::ApiGatewayV2::Integration
  Properties:
    ApiId: !Ref Api
    IntegrationType: AWS_PROXY
    IntegrationUri: !GetAtt Function.Arn
    PayloadFormatVersion: "2.0"
    TimeoutInMillis: 5000
Route:
  Type: AWS::ApiGatewayV2::Route
  Properties: {ApiId: !Ref Api, RouteKey: GET /, Target: !Join ["/", [integrations, !Ref Integration]]}
Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, AutoDeploy: true}}
"""
)


def test_an_integration_knows_its_function_and_its_routes(site: MakeSite):
    integration = site(HTTP).serverless.integrations[key("Integration")]
    assert integration.callee == Callee(function=key("Function"))
    assert (integration.payload_format, integration.timeout_ms) == ("2.0", 5000)
    assert integration.routes == ("GET /",)


def test_an_api_knows_its_stages(site: MakeSite):
    api = site(HTTP).serverless.apis[key("Api")]
    assert (api.protocol, api.is_described) == ("HTTP", False)
    assert [(stage.subject.logical_id, stage.has_deployment) for stage in api.stages] == [("Stage", True)]


REST = (
    FUNCTION
    + """
Api: {Type: AWS::ApiGateway::RestApi}
Method:
  Type: AWS::ApiGateway::Method
  Properties:
    RestApiId: !Ref Api
    HttpMethod: POST
    Integration:
      Type: AWS_PROXY
      IntegrationHttpMethod: POST
      Uri: !Sub "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${Alias}/invocations"
Elsewhere:
  Type: AWS::ApiGateway::Method
  Properties: {RestApiId: !Ref Api, HttpMethod: GET, Integration: {Type: HTTP, Uri: "https://example.org"}}
Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api, StageName: live}}
"""
)


def test_a_method_of_a_rest_api_calls_what_its_uri_names(site: MakeSite):
    integrations = site(REST).serverless.integrations
    assert integrations[key("Method")].callee == Callee(function=key("Function"), qualifier=key("Alias"))
    assert integrations[key("Method")].routes == ("POST",)
    assert integrations[key("Elsewhere")].callee is None


def test_a_deployment_that_names_a_stage_makes_it(site: MakeSite):
    api = site(REST).serverless.apis[key("Api")]
    assert [(stage.subject.logical_id, stage.has_deployment) for stage in api.stages] == [
        ("Deployment", True)
    ]
    assert [each.logical_id for each in api.deployments] == ["Deployment"]


def test_a_custom_resource_is_made_by_the_function_of_its_token(site: MakeSite):
    (made,) = site(f"""{FUNCTION}
Thing: {{Type: "Custom::Thing", Properties: {{ServiceToken: !GetAtt Function.Arn}}}}
""").serverless.custom_resources
    assert (made.subject.logical_id, made.callee) == ("Thing", Callee(function=key("Function")))


def test_open_variables_are_told(site: MakeSite):
    made = site("""
        Function:
          Type: AWS::Lambda::Function
          Properties: {Environment: {Variables: !FindInMap [A, B, C]}}
        """).serverless.functions[key("Function")]
    assert made.environment == {}
    assert all(isinstance(each, Unknown) for each in made.open_environment)
    assert len(made.open_environment) == 1
