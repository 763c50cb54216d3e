"""Secrets, parameters, keys, log groups and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.builders import values as v
from cais.site.builders.identity import document
from cais.site.model.data import Data, EncryptionKey, LogGroup, Parameter, Secret, Table

if TYPE_CHECKING:
    from cais.site.model.values import Key
    from cais.template import Assembly, Resource

TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")


def build_data(assembly: Assembly) -> Data:
    """Everything that holds data, but databases, which no rule asks for yet."""
    return Data(
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
    databases = {
        v.key(given.get("SecretId")): v.optional_key(given.get("TargetId")) for given in attachments.values()
    }
    secrets = {
        v.own_key(each): Secret(
            key=v.own_key(each),
            subject=v.subject(each),
            name=v.optional_text(each.properties.get("Name")),
            encryption_key=v.optional_key(each.properties.get("KmsKeyId")),
            database=databases.get(v.own_key(each)),
        )
        for each in assembly.resources("AWS::SecretsManager::Secret")
    }
    named = {key: v.key(given.get("SecretId")) for key, given in attachments.items()}
    return secrets | {key: secrets[secret] for key, secret in named.items() if secret in secrets}


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
