"""Databases, tables, secrets, keys and logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Subject
    from cais.site.model.identity import PolicyDocument
    from cais.site.model.values import Key, MaybeFlag, MaybeNumber, MaybeText


class Database(Struct, frozen=True, kw_only=True):
    """A DB instance or a cluster of RDS. `storage` in GiB.

    `subnets` are those of its subnet group; an instance of a cluster has the cluster's, and its security
    groups and port. `parameters` are those of its parameter group that were set, `family` is that group's.
    `cluster` is the cluster of an Aurora instance. `capacity` is the least and most of a serverless cluster,
    in ACU. `secret` is what its password is taken from, or the database's own key where RDS makes one.
    """

    key: Key
    subject: Subject
    kind: Literal["instance", "cluster"]
    engine: MaybeText | None
    version: MaybeText | None
    port: MaybeNumber | None
    engine_mode: MaybeText = "provisioned"
    subnets: tuple[Key, ...] = ()
    security_groups: tuple[Key, ...] = ()
    parameters: Mapping[str, MaybeText] = field(default_factory=dict)
    parameter_group: Key | None = None
    family: MaybeText | None = None
    public: MaybeFlag = False
    instance_class: MaybeText | None = None
    cluster: Key | None = None
    multi_zone: MaybeFlag = False
    storage: MaybeNumber | None = None
    capacity: tuple[float | MaybeText, float | MaybeText] | None = None
    username: MaybeText | None = None
    secret: Key | None = None


class SubnetGroup(Struct, frozen=True, kw_only=True):
    """The subnets that RDS may put a database into."""

    key: Key
    subject: Subject
    subnets: tuple[Key, ...] = ()


class DatabaseProxy(Struct, frozen=True, kw_only=True):
    """An RDS Proxy; `targets` are databases, `secrets` hold the passwords of its users.

    `iam_only` is whether it takes tokens of IAM, and no passwords, from its clients.
    """

    key: Key
    subject: Subject
    role: Key
    engine_family: MaybeText
    subnets: tuple[Key, ...] = ()
    security_groups: tuple[Key, ...] = ()
    targets: tuple[Key, ...] = ()
    secrets: tuple[Key, ...] = ()
    requires_tls: MaybeFlag = False
    iam_only: MaybeFlag = False


class Table(Struct, frozen=True, kw_only=True):
    """A DynamoDB table; `billing` is "PAY_PER_REQUEST" or "PROVISIONED"."""

    key: Key
    subject: Subject
    name: MaybeText | None
    billing: MaybeText = "PROVISIONED"
    read_capacity: MaybeNumber | None = None
    write_capacity: MaybeNumber | None = None
    encryption_key: Key | None = None


class Secret(Struct, frozen=True, kw_only=True):
    """A secret of Secrets Manager; `encryption_key` None is the account's aws/secretsmanager.

    `database` is what an attachment links it to; `policy` is its resource policy, `rotation` what rotates it.
    `json_keys` are the keys of what it holds: none for a plain text, None where nobody knows.
    """

    key: Key
    subject: Subject
    name: MaybeText | None
    encryption_key: Key | None = None
    database: Key | None = None
    policy: PolicyDocument | None = None
    rotation: Subject | None = None
    json_keys: frozenset[str] | None = None


class Parameter(Struct, frozen=True, kw_only=True):
    """A parameter of Systems Manager's parameter store."""

    key: Key
    subject: Subject
    name: MaybeText | None


class EncryptionKey(Struct, frozen=True, kw_only=True):
    """A KMS key."""

    key: Key
    subject: Subject
    policy: PolicyDocument


class LogGroup(Struct, frozen=True, kw_only=True):
    """A log group of CloudWatch; `retention` in days, None for ever."""

    key: Key
    subject: Subject
    name: MaybeText | None
    retention: MaybeNumber | None = None
    encryption_key: Key | None = None


class Data(Struct, frozen=True, kw_only=True):
    """Everything above, by key."""

    databases: Mapping[Key, Database] = field(default_factory=dict)
    subnet_groups: Mapping[Key, SubnetGroup] = field(default_factory=dict)
    proxies: Mapping[Key, DatabaseProxy] = field(default_factory=dict)
    tables: Mapping[Key, Table] = field(default_factory=dict)
    secrets: Mapping[Key, Secret] = field(default_factory=dict)
    parameters: Mapping[Key, Parameter] = field(default_factory=dict)
    encryption_keys: Mapping[Key, EncryptionKey] = field(default_factory=dict)
    log_groups: Mapping[Key, LogGroup] = field(default_factory=dict)
