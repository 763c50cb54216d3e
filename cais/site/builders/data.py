"""Databases, secrets, parameters, keys, log groups and tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cais.site.builders import values as v
from cais.site.builders.databases import build_databases, build_proxies, build_subnet_groups
from cais.site.builders.identity import document
from cais.site.model.data import Data, EncryptionKey, LogGroup, Parameter, Secret, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.site.model.identity import PolicyDocument
    from cais.site.model.network import Network
    from cais.site.model.values import Key
    from cais.template import Assembly, Resource, Value

TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")


ATTACHED = frozenset({"engine", "host", "port", "dbname", "dbInstanceIdentifier", "dbClusterIdentifier"})
"""What an attachment to a database adds to a secret.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
"""


def build_data(assembly: Assembly, network: Network) -> Data:
    """Everything that holds data."""
    return Data(
        databases=build_databases(assembly, network),
        subnet_groups=build_subnet_groups(assembly),
        proxies=build_proxies(assembly, network),
        tables={each.key: each for each in map(_table, assembly.resources(*TABLES))},
        secrets=_secrets(assembly),
        parameters={each.key: each for each in map(_parameter, assembly.resources("AWS::SSM::Parameter"))},
        encryption_keys={
            each.key: each for each in map(_encryption_key, assembly.resources("AWS::KMS::Key"))
        },
        log_groups={each.key: each for each in map(_log_group, assembly.resources("AWS::Logs::LogGroup"))},
    )


def _secrets(assembly: Assembly) -> dict[Key, Secret]:
    """Every secret; an attachment to a database is another name of its secret."""
    attachments = {
        v.own_key(each): each.properties
        for each in assembly.resources("AWS::SecretsManager::SecretTargetAttachment")
    }
    named = {key: v.key(given.get("SecretId")) for key, given in attachments.items()}
    databases = {named[key]: v.optional_key(given.get("TargetId")) for key, given in attachments.items()}
    policies = _beside(assembly, "AWS::SecretsManager::ResourcePolicy", named)
    rotations = _beside(assembly, "AWS::SecretsManager::RotationSchedule", named)
    secrets = {
        (key := v.own_key(each)): Secret(
            key=key,
            subject=v.subject(each),
            name=v.optional_text(each.properties.get("Name")),
            encryption_key=v.optional_key(each.properties.get("KmsKeyId")),
            database=databases.get(key),
            policy=_policy(policies.get(key)),
            rotation=v.subject(rotations[key]) if key in rotations else None,
            json_keys=_json_keys(each.properties, attached=key in databases),
        )
        for each in assembly.resources("AWS::SecretsManager::Secret")
    }
    return secrets | {key: secrets[secret] for key, secret in named.items() if secret in secrets}


def _beside(assembly: Assembly, kind: str, named: Mapping[Key, Key]) -> dict[Key, Resource]:
    """What is attached to secrets, by the secret; `named` are other names of secrets."""
    holders = ((v.key(each.properties.get("SecretId")), each) for each in assembly.resources(kind))
    return {named.get(key, key): each for key, each in holders}


def _policy(resource: Resource | None) -> PolicyDocument | None:
    return document(resource.properties.get("ResourcePolicy"), v.subject(resource)) if resource else None


def _json_keys(given: Mapping[str, Value], *, attached: bool) -> frozenset[str] | None:
    """The keys of the JSON that a secret holds; empty for a plain text, None where nobody knows."""
    generated = v.mapping(given.get("GenerateSecretString"))
    template = generated.get("SecretStringTemplate", given.get("SecretString"))
    if "GenerateSecretString" in given and template is None:
        return frozenset()
    try:
        held = json.loads(template) if isinstance(template, str) else None
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict):
        return None
    made = v.optional_text(generated.get("GenerateStringKey"))
    if made is not None and not isinstance(made, str):
        return None
    return frozenset(held) | ({made} if made else set()) | (ATTACHED if attached else set())


def _table(resource: Resource) -> Table:
    given = resource.properties
    throughput = v.mapping(given.get("ProvisionedThroughput"))
    return Table(
        key=v.own_key(resource),
        subject=v.subject(resource),
        name=v.optional_text(given.get("TableName")),
        billing=v.text(given.get("BillingMode"), "PROVISIONED"),
        read_capacity=v.optional_number(throughput.get("ReadCapacityUnits")),
        write_capacity=v.optional_number(throughput.get("WriteCapacityUnits")),
        encryption_key=v.optional_key(v.mapping(given.get("SSESpecification")).get("KMSMasterKeyId")),
    )


def _parameter(resource: Resource) -> Parameter:
    name = v.optional_text(resource.properties.get("Name"))
    return Parameter(key=v.own_key(resource), subject=v.subject(resource), name=name)


def _encryption_key(resource: Resource) -> EncryptionKey:
    holder = v.subject(resource)
    policy = document(resource.properties.get("KeyPolicy"), holder)
    return EncryptionKey(key=v.own_key(resource), subject=holder, policy=policy)


def _log_group(resource: Resource) -> LogGroup:
    given = resource.properties
    return LogGroup(
        key=v.own_key(resource),
        subject=v.subject(resource),
        name=v.optional_text(given.get("LogGroupName")),
        retention=v.optional_number(given.get("RetentionInDays")),
        encryption_key=v.optional_key(given.get("KmsKeyId")),
    )
