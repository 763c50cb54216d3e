"""What is in an account, to see that nothing is left of a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.account import Account

LISTS = (
    ("cloudformation", "list_stacks", "StackSummaries", "StackName"),
    ("dynamodb", "list_tables", "TableNames", ""),
    ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    ("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    ("ec2", "describe_addresses", "Addresses", "AllocationId"),
    ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    ("ecs", "list_clusters", "clusterArns", ""),
    ("eks", "list_clusters", "clusters", ""),
    ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerArn"),
    ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupArn"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("apigatewayv2", "get_apis", "Items", "ApiId"),
)
"""Service, operation, where its answer has the list, which member names an item."""

GONE = {"DELETE_COMPLETE", "deleted"}  # AWS lists what it deleted for a while


def inventory(aws: Account) -> set[str]:
    """The names of everything in the account that a stack of ours can hold."""
    found: set[str] = set()
    for service, operation, items, name in LISTS:
        answer = getattr(aws.client(service), operation)()
        for item in answer[items]:
            if not name:
                found.add(f"{service} {item}")
            elif GONE.isdisjoint({item.get("StackStatus"), item.get("State")}):
                found.add(f"{service} {item[name]}")
    return found
