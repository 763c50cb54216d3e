"""EKS112: the role of a service account trusts the tokens of its cluster.

What breaks: `WebIdentityErr … Not authorized to perform sts:AssumeRoleWithWebIdentity`. A token says which
cluster issued it, and for which namespace and service account. A trust policy that has another cluster's
id, another namespace, another name, or no provider in IAM, lets none of the pods in.

How it is proven: for each service account with the annotation `eks.amazonaws.com/role-arn`, and for
each add-on with a `ServiceAccountRoleArn`, as far as AWS documents its service account, the trust policy of
that role against the token's subject `system:serviceaccount:NAMESPACE:NAME`, its audience and its issuer, and
the OIDC provider of the cluster. An issuer's literal id is another cluster's on the first deployment and may
be the right one on an update: where all else fits, it is left unproven.

Fix: let the role trust the provider that the template makes for the cluster, with `sub` and `aud` of the
service account; or use EKS Pod Identity, which has nothing to get wrong there.

Sample:

    Account:
      Type: Custom::AWSCDK-EKS-KubernetesResource
      Properties:
        ClusterName: !Ref Kubernetes
        Manifest:
          - kind: ServiceAccount
            metadata:
              name: jobs
              namespace: web
              annotations: {eks.amazonaws.com/role-arn: !GetAtt AppRole.Arn}

Sources: https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html,
https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/1935,
https://github.com/aws/eks-charts/issues/507
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.accounts import accounts
from cais.rules.eks.credentials import by_token
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="EKS112", causes=("K8",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every service account that names a role."""
    for account in accounts(site):
        if account.role is not None:
            claim = Claim(
                subject=account.subject,
                proven=f"{describe(account.role)} trusts the pods of {account}",
                refuted=f"{describe(account.role)} does not trust the pods of {account}",
                fix="Let it trust the cluster's OIDC provider, with sub and aud of this service account.",
                settle="aws iam get-role --role-name ROLE; aws eks describe-cluster --name CLUSTER "
                "--query cluster.identity.oidc.issuer",
                service=label(account.subject),
                aspect=str(account),
            )
            yield RULE.judged(claim, by_token(account, site))
