"""DAT106: the secret holds the key that is taken out of it.

What breaks: a container that takes `password` out of a secret which has no such key does not start:
"retrieved secret from Secrets Manager did not contain json key password". Nor does one that takes a key
out of a plain text.

How it is proven: for secrets of the templates: the keys of what is generated, what an attachment to a
database adds, and what RDS writes itself. What is put into a secret by hand, the template does not tell.

Fix: name a key that the secret has, such as that of `GenerateStringKey`.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ContainerDefinitions:
          - Name: web
            Image: nginx
            PortMappings: [{ContainerPort: 8000}]
            Secrets: [{Name: PASSWORD, ValueFrom: !Sub "${Login}:pass::"}]

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html,
https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import runs
from cais.site.model.values import describe, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.ecs import Container, ContainerSecret
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeText

RULE = Rule(id="DAT106", causes=("P24",))
OF_RDS = frozenset({"username", "password"})


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at every key that a container takes out of a secret of the templates."""
    for run in runs(site):
        for container in run.task.containers:
            for secret in container.secrets:
                if secret.json_key is not None and _is_ours(secret, site):
                    yield _judge(run, container, secret, secret.json_key, site)


def _is_ours(secret: ContainerSecret, site: Site) -> bool:
    return secret.source in site.data.secrets or secret.source in site.data.databases


def _judge(
    run: Run, container: Container, secret: ContainerSecret, json_key: MaybeText, site: Site
) -> Finding:
    held = found(site.data.secrets, secret.source)
    keys = held.json_keys if held else OF_RDS
    name = shown(secret.source)
    claim = Claim(
        subject=run.task.subject,
        proven=f"{name} holds {shown(json_key)}, which {describe(secret.name)} takes out of it",
        refuted=f"{name} does not hold {shown(json_key)}, which {describe(secret.name)} takes out of it",
        fix=f"Name one of its keys: {', '.join(sorted(keys))}." if keys else "Take the whole secret.",
        settle=f"aws secretsmanager get-secret-value --secret-id {name} --query SecretString",
        service=run.name,
        aspect=f"{describe(container.name)} {describe(secret.name)}",
    )
    if keys is None or not isinstance(json_key, str):
        return RULE.unproven(claim, f"what {name} holds" if keys is None else describe(json_key))
    holds = f"It holds {', '.join(sorted(keys)) or 'a plain text'}"
    return RULE.proven(claim, holds) if json_key in keys else RULE.refuted(claim, holds)
