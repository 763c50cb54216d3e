"""IMG114: the execution role may decrypt the secrets.

What breaks: a secret with a key of the customer's own is decrypted with the caller's rights. Without
`kms:Decrypt` on that key, fetching the secret fails, whatever is granted on the secret itself.

How it is proven: for each secret of the templates that names a key, the execution role's policies allow
`kms:Decrypt` on it, or the key's own policy lets the role.

Fix: grant `kms:Decrypt` on the key to the execution role.

Sample:

    Key:
      Type: AWS::KMS::Key
      Properties: {KeyPolicy: {Version: "2012-10-17", Statement: []}}
    Password:
      Type: AWS::SecretsManager::Secret
      Properties: {KmsKeyId: !GetAtt Key.Arn}

Sources: https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.image.permissions import allowed
from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import runs
from cais.site.model.values import describe, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.ecs import ContainerSecret
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="IMG114", causes=("P23",))
DECRYPT = "kms:Decrypt"
ACCOUNTS_OWN = "alias/aws/secretsmanager"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every secret with a key of the customer's own."""
    for run in runs(site):
        for container in run.task.containers if run.task.execution_role is not None else ():
            for secret in container.secrets:
                kept = found(site.data.secrets, secret.source)
                key = kept.encryption_key if kept else None
                if key is not None and key != ACCOUNTS_OWN:
                    yield _judge(
                        run, f"{describe(container.name)} {describe(secret.name)}", secret, key, site
                    )


def _judge(run: Run, aspect: str, secret: ContainerSecret, key: Key, site: Site) -> Finding:
    claim = Claim(
        subject=run.task.subject,
        proven=f"The execution role may decrypt {shown(secret.source)} for {aspect}",
        refuted=f"The execution role may not decrypt {shown(secret.source)}: its key is {shown(key)}",
        fix=f"Grant {DECRYPT} on {describe(key)} to the execution role.",
        settle=f"aws iam simulate-principal-policy --policy-source-arn ROLE --action-names {DECRYPT}",
        service=run.name,
        aspect=aspect,
    )
    return RULE.judged(claim, allowed(run, site, [DECRYPT], [key]))
