"""LAM114: the function may read the secrets that it is told of.

What breaks: Lambda injects no secrets: the code reads them by the function's role. Without
`secretsmanager:GetSecretValue` on the secret, and `kms:Decrypt` on a key of the customer's own, it ends with
AccessDeniedException when it starts.

How it is proven: for each variable that names a secret, the role's policies are evaluated as IAM does. Where
they do not allow it, that is refuted for a variable of the contract. Of another one nobody knows what the
code does with it, and a policy of the secret itself may allow it, too.

Fix: grant `secretsmanager:GetSecretValue` on the secret to the function's role.

Sample:

    Role:
      Type: AWS::IAM::Role
      Properties:
        Policies: []
        ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"]

Sources: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access.html,
https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import allowed, contract_of, name_of, told_of
from cais.rules.rule import Claim, Rule
from cais.site.proof import every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.data import Secret
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site
    from cais.site.proof import Proof

RULE = Rule(id="LAM114", causes=("L21",))
READ, DECRYPT = "secretsmanager:GetSecretValue", "kms:Decrypt"
ACCOUNTS_OWN = (None, "alias/aws/secretsmanager")


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Asks for every variable that names a secret."""
    for function in site.serverless.functions.values():
        ours = contract_of(contract, function, site)
        for variable, key in told_of(function.environment, site.data.secrets).items():
            needed = ours is not None and variable in ours.environment
            yield _judge(function, variable, site.data.secrets[key], site, needed=needed)


def _judge(function: Function, variable: str, secret: Secret, site: Site, *, needed: bool) -> Finding:
    name = secret.subject.logical_id
    proof = _may_read(function, secret, site)
    claim = Claim(
        subject=function.subject,
        proven=f"The function may read {name}, which {variable} names",
        refuted=f"The function may not read {name}, which {variable} names",
        fix=f"Grant {READ} on {name} to the function's role.",
        settle=f"aws iam simulate-principal-policy --policy-source-arn ROLE --action-names {READ}",
        service=name_of(function),
        aspect=variable,
    )
    if proof.verdict != "refuted" or (needed and secret.policy is None):
        return RULE.judged(claim, proof)
    missing = (
        f"what {secret.policy.subject.logical_id} allows" if secret.policy else "whether the code reads it"
    )
    return RULE.unproven(claim, missing, *proof.steps)


def _may_read(function: Function, secret: Secret, site: Site) -> Proof:
    names = [key for key, each in site.data.secrets.items() if each is secret]
    proofs = [allowed(function, site, [READ], names)]
    if secret.encryption_key not in ACCOUNTS_OWN and secret.encryption_key is not None:
        proofs.append(allowed(function, site, [DECRYPT], [secret.encryption_key]))
    return every(proofs)
