"""DAT107: no running copy keeps a password that is rotated.

What breaks: ECS gives a secret to a container when it starts. Once the password is rotated, running copies
still have the old one, and every new connection is refused, a week after everything was fine. RDS rotates
the passwords that it manages itself every seven days.

How it is seen: a secret of a database that a container takes as a variable has a rotation schedule, or is
RDS's own. That is advice: an image may read the secret again by itself.

Fix: let the image read the secret when it connects, or deploy again after each rotation.

Sample:

    Rotation:
      Type: AWS::SecretsManager::RotationSchedule
      Properties: {SecretId: !Ref Login, RotationRules: {ScheduleExpression: "rate(30 days)"}}

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html,
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.data.consumers import consumers
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="DAT107", causes=("A11",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at every secret of a database that is taken at the start."""
    for consumer in consumers(site):
        for variable, key in consumer.secrets.items():
            if key in site.data.databases or key in site.data.secrets:
                by = _rotated_by(key, site)
                claim = Claim(
                    subject=consumer.subject,
                    proven=f"{describe(key)}, which {consumer.aspect} takes as {variable}, is not rotated",
                    refuted=f"{by} rotates {describe(key)}, which {consumer.aspect} takes when it starts",
                    fix="Let the image read the secret when it connects, or deploy after each rotation.",
                    service=consumer.name,
                    aspect=f"{consumer.aspect} {variable}",
                )
                yield RULE.advice(claim) if by else RULE.proven(claim)


def _rotated_by(key: Key, site: Site) -> str:
    """What rotates a secret; empty where nothing does."""
    secret = found(site.data.secrets, key)
    if secret is None:
        return "RDS"
    return secret.rotation.logical_id if secret.rotation else ""
