"""What uses databases and tables: containers, functions and pods, as their variables and secrets say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from cais.rules.data.pods import of_pods, role_of, told
from cais.rules.functions import contract_of, name_of, of_function, told_of
from cais.rules.places import ANYWHERE, of_instances, of_tasks
from cais.rules.services import label, owns, runs
from cais.site.model.values import Attribute, Text, describe, found

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cais.contract import Contract
    from cais.findings import Subject
    from cais.rules.services import Run
    from cais.site.model.data import Database, DatabaseProxy
    from cais.site.model.ecs import Container
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeText
    from cais.site.reach import Place


class Consumer(Struct, frozen=True, kw_only=True):
    """A container, a function or a Helm release, told of what it uses. `subject` is what makes it run.

    `place` is where it is in the network, None for a function outside of every VPC. `role` is whom it acts
    as. `secrets` are taken when it starts, by the name of the variable. `contract` is set where it is its
    own.
    """

    name: str
    aspect: str
    subject: Subject
    place: Place | None
    role: Key | None
    environment: Mapping[str, MaybeText]
    secrets: Mapping[str, Key] = field(default_factory=dict)
    contract: Contract | None = None

    def told(self, keys: Iterable[Key]) -> dict[Key, str]:
        """Which of these resources a variable names, and which variable."""
        return {key: variable for variable, key in told_of(self.environment, keys).items()}


class Link(Struct, frozen=True, kw_only=True):
    """A consumer and a database or proxy, with the variable that names it.

    It is `sure` that it connects to it where the variable holds the endpoint; one that takes the secret alone
    may go by a proxy, or by the Data API.
    """

    consumer: Consumer
    target: Database | DatabaseProxy
    variable: str
    sure: bool


def consumers(site: Site, contract: Contract | None = None) -> Iterator[Consumer]:
    """Every container of a task, every function, and what is installed in clusters of EKS."""
    for run in runs(site):
        for container in run.task.containers:
            yield _of_container(run, container, site, contract)
    for function in site.serverless.functions.values():
        yield Consumer(
            name=name_of(function),
            aspect=function.subject.logical_id,
            subject=function.subject,
            place=of_function(function),
            role=function.role,
            environment=function.environment,
            contract=contract_of(contract, function, site),
        )
    yield from _of_releases(site, contract)


def links(site: Site, contract: Contract | None = None) -> Iterator[Link]:
    """Every consumer with each database or proxy that it is told of."""
    for consumer in consumers(site, contract):
        named = _by_endpoint(consumer, site)
        yield from named or _by_secret(consumer, site)


def _by_endpoint(consumer: Consumer, site: Site) -> list[Link]:
    """Databases and proxies of which a variable holds the endpoint; a name alone connects to nothing."""
    known = {**site.data.databases, **site.data.proxies}
    held = {
        Attribute(part.template, part.logical_id, "Ref"): variable
        for variable, value in consumer.environment.items()
        for part in (value.parts if isinstance(value, Text) else (value,))
        if isinstance(part, Attribute) and "Endpoint" in part.name
    }
    return [
        Link(consumer=consumer, target=known[key], variable=variable, sure=True)
        for key, variable in held.items()
        if key in known
    ]


def _by_secret(consumer: Consumer, site: Site) -> Iterator[Link]:
    """Databases whose secret a consumer takes."""
    told = {key: variable for variable, key in consumer.secrets.items()} | consumer.told(site.data.secrets)
    for key, variable in told.items():
        secret = found(site.data.secrets, key)
        if secret and (database := found(site.data.databases, secret.database)):
            yield Link(consumer=consumer, target=database, variable=variable, sure=False)


def _of_releases(site: Site, contract: Contract | None) -> Iterator[Consumer]:
    """Every Helm release of a cluster of the site, with the values of its chart."""
    for release in site.eks.helm_releases.values():
        if cluster := found(site.eks.clusters, release.cluster):
            yield Consumer(
                name=label(release.subject),
                aspect=describe(release.release),
                subject=release.subject,
                place=of_pods(cluster, site),
                role=role_of(release.cluster, release.namespace, site),
                environment=dict(told(release.values)),
                contract=contract if contract and release.release == contract.name else None,
            )


def _of_container(run: Run, container: Container, site: Site, contract: Contract | None) -> Consumer:
    where = of_tasks if run.task.network_mode == "awsvpc" else of_instances
    return Consumer(
        name=run.name,
        aspect=describe(container.name),
        subject=(run.service or run.task).subject,
        place=where(run.service, site) if run.service else ANYWHERE,
        role=run.task.task_role,
        environment=container.environment,
        secrets={describe(secret.name): secret.source for secret in container.secrets},
        contract=contract if contract and owns(contract, container, site) else None,
    )
