"""Where the comments are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aws_cdk import Stack

from stacks.dynamodb import DynamoDbStore
from stacks.postgres import PostgresStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_secretsmanager as secretsmanager
    from constructs import Construct

    from stacks.network import NetworkStack
    from stacks.settings import StoreKind


class Store(Protocol):
    """What a target needs to know of a store."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables for the service; no secret among them."""
        ...

    @property
    def in_vpc(self) -> bool:
        """Whether only what is inside the network can connect."""
        ...

    @property
    def has_schema(self) -> bool:
        """Whether `python -m service migrate` must have run before the service is started."""
        ...

    @property
    def secret(self) -> secretsmanager.ISecret | None:
        """What holds the database password under `password`; None for a store that knows callers by role.

        A platform that can inject secrets gives it to the service as DATABASE_PASSWORD. On one that cannot,
        the service reads it itself: DATABASE_SECRET_ARN in its environment, `grant_read` for its role.
        """
        ...

    def grant_access(self, role: iam.IGrantable) -> None:
        """Let `role`, which the service runs as, read and write comments."""
        ...

    def admit(self, scope: Construct, client: ec2.ISecurityGroup) -> None:
        """Let what is in `client` connect, by rules in `scope`: the store's stack knows no client."""
        ...


class DataStack(Stack):
    """The comments' store, alone in its stack: it outlives every target."""

    def __init__(
        self, scope: Construct, construct_id: str, *, kind: StoreKind, network: NetworkStack
    ) -> None:
        super().__init__(scope, construct_id, description="The comments' store")
        self.store: Store = (
            DynamoDbStore(self, "Store")
            if kind == "dynamodb"
            else PostgresStore(self, "Store", network=network)
        )
