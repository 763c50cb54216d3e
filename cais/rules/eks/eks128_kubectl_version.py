"""EKS128: kubectl is as old as the cluster.

What breaks: kubectl speaks to clusters one minor version away from its own. An older one that prunes asks
for kinds that newer clusters do not know any more, and fails after it has applied everything: "error
retrieving RESTMappings to prune: invalid resource extensions/v1beta1, Kind=Ingress". CDK's own kubectl is
1.20 unless a layer brings another.

How it is proven: the version in the description of the layer of the function that runs kubectl, against
that of the cluster. Versions before 1.22 prune Ingresses of a group that clusters from 1.22 on do not have;
any other distance is advice.

Fix: the layer of the cluster's version, such as `KubectlV36Layer`.

Sample:

    KubectlLayer:
      Type: AWS::Lambda::LayerVersion
      Properties: {Description: /opt/kubectl/kubectl 1.20.0, Content: {S3Bucket: a, S3Key: b}}
    Handler:
      Type: AWS::Lambda::Function
      Properties:
        Role: !GetAtt AppRole.Arn
        Runtime: python3.13
        Handler: a.b
        Code: {ZipFile: ""}
        Layers: [!Ref KubectlLayer]
    App:
      Type: Custom::AWSCDK-EKS-KubernetesResource
      Properties: {ServiceToken: !GetAtt Handler.Arn, Manifest: [], PruneLabel: a}

Sources: https://kubernetes.io/releases/version-skew-policy/#kubectl,
https://github.com/aws/aws-cdk/issues/19843, https://github.com/aws/aws-cdk/issues/23376
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.rules.eks.installers import installers
from cais.rules.functions import name_of
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.installers import Installer
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeText

RULE = Rule(id="EKS128", causes=("K30",))
VERSION = re.compile(r"kubectl[ /v]*(\d+)\.(\d+)")
WITHOUT_OLD_INGRESSES = (1, 22)


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every function that has a layer with kubectl."""
    for each in installers(site):
        layers = [found(site.serverless.layers, key) for key in each.function.layers]
        given = [layer.description for layer in layers if layer and layer.description is not None]
        told = [text for text in given if "kubectl" in describe(text)]
        if told:
            yield _judge(each, told[0])


def _judge(given: Installer, text: MaybeText) -> Finding:
    name, version = given.cluster.subject.logical_id, describe(given.cluster.version or "")
    claim = Claim(
        subject=given.function.subject,
        proven=f"kubectl in {given.function.subject.logical_id} is as old as {name}",
        refuted=f"kubectl in {given.function.subject.logical_id} is not made for the version of {name}",
        fix=f"Give it the kubectl layer of Kubernetes {version}.",
        settle="aws lambda get-layer-version --layer-name LAYER --version-number NUMBER",
        service=name_of(given.function),
        aspect=name,
    )
    step = f"The layer has {describe(text)}; {name} has version {version or 'that EKS chooses'}"
    own = VERSION.search(describe(text))
    theirs = re.fullmatch(r"(\d+)\.(\d+)", version)
    if own is None or theirs is None:
        return RULE.unproven(claim, "the version of kubectl" if own is None else "that of the cluster", step)
    mine, other = (tuple(map(int, match.groups())) for match in (own, theirs))
    prunes = any(manifest.prunes for manifest in given.manifests)
    if prunes and mine < WITHOUT_OLD_INGRESSES <= other:
        return RULE.refuted(
            claim, step, "It prunes Ingresses of extensions/v1beta1, which are gone since 1.22"
        )
    if abs(mine[1] - other[1]) > 1:
        return RULE.advice(claim, step)
    return RULE.proven(claim, step)
