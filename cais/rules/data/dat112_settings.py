"""DAT112: RDS takes the database's settings.

What breaks: RDS refuses a parameter group of another engine version, an instance class `db.serverless` in
a cluster without a capacity, a least capacity of 0 in a version that cannot pause, and a few names of the
first user. The stack rolls back, after everything that was made before it.

How it is proven: the settings against each other, as far as they are written in the templates.

Fix: the family of the engine's version, `ServerlessV2ScalingConfiguration`, another name.

Sample:

    Parameters:
      Type: AWS::RDS::DBParameterGroup
      Properties: {Family: postgres15, Description: x}
    Database:
      Type: AWS::RDS::DBInstance
      Properties: {EngineVersion: "16.4", DBParameterGroupName: !Ref Parameters}

Sources: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.html,
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html,
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.data.engines import numbers
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.data import Database
    from cais.site.model.site import Site

RULE = Rule(id="DAT112", causes=("A12",), speed="fast")
SERVERLESS = "db.serverless"
PAUSES_FROM = {13: 15, 14: 12, 15: 7, 16: 3}
"""The first minor version of Aurora PostgreSQL that can pause, by major version; all later ones can."""
RESERVED = {"postgres": {"admin", "rdsadmin"}, "aurora-postgresql": {"admin", "rdsadmin"}}
FROM_ONE_NUMBER = {"postgres": 10, "aurora-postgresql": 10, "mysql": 1000, "mariadb": 1000}
"""From which version on the name of an engine's family has one number instead of two."""


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at the settings of every database."""
    for database in site.data.databases.values():
        yield _judge(database, list(_problems(database, site)))


def _judge(database: Database, problems: list[str]) -> Finding:
    name = database.subject.logical_id
    claim = Claim(
        subject=database.subject,
        proven=f"Nothing in the settings of {name} contradicts another",
        refuted=f"RDS refuses {name}: {' and '.join(problems)}",
        fix="Change one of the two.",
        service=label(database.subject),
    )
    return RULE.refuted(claim, *problems) if problems else RULE.proven(claim)


def _problems(database: Database, site: Site) -> Iterator[str]:
    engine, version, user = str(database.engine), numbers(database.version), database.username
    wanted = _family(engine, version)
    if wanted and isinstance(database.family, str) and database.family != wanted:
        yield f"its parameter group is of {database.family}, its version {told(version)} of {wanted}"
    cluster = found(site.data.databases, database.cluster)
    if database.instance_class == SERVERLESS and cluster and cluster.capacity is None:
        yield f"{SERVERLESS} needs ServerlessV2ScalingConfiguration in {cluster.subject.logical_id}"
    if database.cluster is None and isinstance(user, str) and user.lower() in RESERVED.get(engine, set()):
        yield f"its first user may not be called {user}"
    if database.capacity:
        yield from _capacity(engine, version, database.capacity)


def told(version: tuple[int, ...]) -> str:
    """A version as AWS writes it."""
    return ".".join(map(str, version))


def _capacity(engine: str, version: tuple[int, ...], capacity: tuple[object, object]) -> Iterator[str]:
    least, most = capacity
    if isinstance(least, float) and isinstance(most, float) and least > most:
        yield f"its least capacity {least:g} is above its most {most:g}"
    if least == 0 and engine == "aurora-postgresql" and len(version) > 1:
        head, minor = version[:2]
        if head < min(PAUSES_FROM) or minor < PAUSES_FROM.get(head, 0):
            yield f"version {told(version)} cannot pause, so its least capacity may not be 0"


def _family(engine: str, version: tuple[int, ...]) -> str | None:
    """The family of parameter groups of a version; None where nobody knows."""
    if engine in FROM_ONE_NUMBER and version:
        count = 1 if version[0] >= FROM_ONE_NUMBER[engine] else 2
        return f"{engine}{told(version[:count])}" if len(version) >= count else None
    return None
