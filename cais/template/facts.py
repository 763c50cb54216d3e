"""What AWS's documentation says about names in templates, as far as resolving them needs it."""

NESTED_STACK = "AWS::CloudFormation::Stack"
NO_RESOURCE = frozenset({None, "AWS::CDK::Metadata"})
"""Types that deploy nothing. CDK's usage statistics hang on a condition on the region, in every stack."""
GLOBAL_WORDS = frozenset({"AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::URLSuffix"})
"""Pseudo parameters that mean the same in every stack, and hold none of `SEPARATORS`."""
SEPARATORS = frozenset(",:/|; ")
PSEUDO_PARAMETERS = GLOBAL_WORDS | {"AWS::NotificationARNs", "AWS::StackId", "AWS::StackName"}
REPEATED = frozenset(
    {
        ("AWS::EC2::Subnet", "AvailabilityZone"),
        ("AWS::EC2::Subnet", "CidrBlock"),
        ("AWS::EC2::Subnet", "VpcId"),
        ("AWS::EC2::VPC", "CidrBlock"),
    }
)
"""Attributes that only repeat the property of that name."""
REGIONAL = {
    "AWS::DynamoDB::Table": "dynamodb",
    "AWS::ECR::Repository": "ecr",
    "AWS::ECS::Cluster": "ecs",
    "AWS::Lambda::Function": "lambda",
    "AWS::SQS::Queue": "sqs",
}
"""Types whose attribute Arn names the service, and their own region and account."""
ISSUER = "OpenIdConnectIssuer"
"""Our name for an issuer of tokens without "https://", as the ARN of its provider and its claims have it."""
ISSUERS = {
    ("OpenIdConnectIssuerUrl", "//"): "https:",
    ("OpenIdConnectIssuerUrl", "https://"): "",
    ("Ref", ":oidc-provider/"): None,
    ("Arn", ":oidc-provider/"): None,
}
"""Attributes that end with an issuer, the delimiter before it, and what is before that, where it is known."""
