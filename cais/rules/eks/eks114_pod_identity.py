"""EKS114: EKS Pod Identity gives pods the role of their association.

What breaks: an agent on each node hands the credentials out. Without it, or where the role does not trust
`pods.eks.amazonaws.com` with both `sts:AssumeRole` and `sts:TagSession`, the pods have no credentials at
all, and whatever they ask of AWS fails until somebody looks at the log.

How it is proven: the add-on `eks-pod-identity-agent` in the cluster of each association, unless that is one
of EKS Auto Mode, which has it built in; `eks-auth:AssumeRoleForPodIdentity` on the cluster for the nodes'
role, which the agent uses; the role's trust. An agent that a chart or a DaemonSet may bring is left open.
Fargate has no agent: the selectors of its profiles are put to the namespace and labels of the pods.

Fix: the add-on, `AmazonEKSWorkerNodePolicy` on the nodes' role, and both actions in the trust policy.

Sample:

    Agent:
      Type: AWS::EKS::Addon
      Properties: {AddonName: amazon-cloudwatch-observability}

Sources: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html,
https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html,
https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.accounts import AGENT, identities
from cais.rules.eks.credentials import PODS, by_agent
from cais.rules.eks.nodes import names_of
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe
from cais.site.trust import ASSUME, TAG_SESSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.eks import EksCluster, PodIdentity
    from cais.site.model.site import Site

RULE = Rule(id="EKS114", causes=("K10",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every association, those of add-ons too."""
    for identity in identities(site):
        if cluster := _cluster(identity, site):
            account = describe(identity.service_account)
            claim = Claim(
                subject=identity.subject,
                proven=f"The pods of {account} get the role {describe(identity.role)}",
                refuted=f"The pods of {account} do not get the role {describe(identity.role)}",
                fix=f"Add {AGENT}, and let the role trust {PODS} with {ASSUME} and {TAG_SESSION}.",
                settle="aws eks list-addons --cluster-name CLUSTER",
                service=label(identity.subject),
                aspect=account,
            )
            yield RULE.judged(claim, by_agent(identity, cluster, site))


def _cluster(identity: PodIdentity, site: Site) -> EksCluster | None:
    return next((each for each in site.eks.clusters.values() if identity.cluster in names_of(each)), None)
