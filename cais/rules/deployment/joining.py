"""Which cluster of ECS the instances of a group join: what their user data tells the agent.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html,
https://bottlerocket.dev/en/os/latest/api/settings/ecs/
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from cais.rules.deployment.instances import (
    foreign_providers,
    launch_template,
    managed_providers,
    provided_groups,
)
from cais.site.builders.values import key, parts
from cais.site.matching import Match
from cais.site.model.values import Attribute, Pseudo, describe, is_leaf
from cais.site.proof import Proof
from cais.template.text import join

if TYPE_CHECKING:
    from cais.site.model.ecs import Cluster, Service
    from cais.site.model.scaling import AutoScalingGroup, LaunchTemplate
    from cais.site.model.site import Site
    from cais.site.model.values import Leaf, MaybeText

FIRST_MARK = 0xE000  # private use: in no user data
COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
NAMED = (
    re.compile(r"""\bECS_CLUSTER["']?\s*[=,]\s*["']?([^\s"'`|;&<>)]*)"""),
    re.compile(r"""Initialize-ECSAgent\b[^\n]*?-Cluster\s+["']?([^\s"'`|;&<>)]+)"""),
    re.compile(r"""^\s*\[settings\.ecs\][^\[]*?^\s*cluster\s*=\s*["']([^"']*)["']""", re.MULTILINE),
    re.compile(r"""^\s*settings\.ecs\.cluster\s*=\s*["']([^"']*)["']""", re.MULTILINE),
)
"""How user data names the cluster: in the agent's configuration, on Windows, and for Bottlerocket."""
MAY_NAME = re.compile(r"ecs|cfn-init|curl|wget|aws|http|python|ansible|puppet|chef|include|docker|\./|\.sh\b")
"""What in a script may configure the agent in ways that nobody reads here."""
OPTIMIZED = ("/aws/service/ecs/optimized-ami/", "/aws/service/bottlerocket/aws-ecs-", "ECS_Optimized")
"""Images that have no cluster in them."""
DEFAULT = "default"


def groups_of(service: Service, site: Site) -> tuple[AutoScalingGroup, ...]:
    """The groups whose instances join the cluster of a service; its providers' also where they may."""
    cluster, provided = site.ecs.clusters[service.cluster], provided_groups(service, site)
    proofs = ((group, joins(group, cluster, site)) for group in site.scaling.auto_scaling_groups.values())
    return tuple(
        group
        for group, proof in proofs
        if proof.holds or (group.key in provided and proof.verdict == "unproven")
    )


def may_run(service: Service, site: Site) -> tuple[AutoScalingGroup, ...] | None:
    """The groups that run the tasks of a service; None where instances from elsewhere may do so."""
    if service.cluster not in site.ecs.clusters or site.scaling.other_instances or site.gaps:
        return None
    if managed_providers(service, site) or foreign_providers(service, site):
        return None
    cluster = site.ecs.clusters[service.cluster]
    proofs = [(group, joins(group, cluster, site)) for group in site.scaling.auto_scaling_groups.values()]
    if any(proof.verdict == "unproven" for _, proof in proofs):
        return None
    return tuple(group for group, proof in proofs if proof.holds)


def sets(variable: str, site: Site) -> bool:
    """Whether any user data mentions a variable of the agent's."""
    given = (each.user_data for each in site.scaling.launch_templates.values())
    return any(variable in _flat(parts(each or ""))[0] for each in given)


def joins(group: AutoScalingGroup, cluster: Cluster, site: Site) -> Proof:
    """Whether the instances of a group join the cluster; refuted only where all of the user data is known."""
    name, template = group.subject.logical_id, launch_template(group, site)
    if template is None:
        return Proof(verdict="unproven", missing=f"what {name} is launched by")
    given = parts(template.user_data or "")
    script, marks = _flat(given)
    named = [_value(each, marks) for pattern in NAMED for each in pattern.findall(script)]
    if not named and _says_nothing(template, script):
        named = [DEFAULT]
    matches = {_is(each, cluster, site) for each in named}
    mentioned = matches <= {Match.PERHAPS} and any(key(each) == cluster.key for each in given)
    if matches == {Match.YES} or mentioned:
        return Proof(verdict="proven", steps=(f"The instances of {name} join it",))
    if matches == {Match.NO} and all(isinstance(each, str | Attribute | Pseudo) for each in given):
        said = f"The instances of {name} join {', '.join(map(describe, named))}, by the user data of"
        steps = (f"{said} {template.subject.logical_id}",)
        return Proof(verdict="refuted", steps=steps, culprit=template.subject)
    return Proof(verdict="unproven", missing=f"whether {name} joins it")


def _flat(given: tuple[str | Leaf, ...]) -> tuple[str, dict[str, Leaf]]:
    """User data without its comments, with a character for each part that is no text."""
    leaves = dict.fromkeys(each for each in given if not isinstance(each, str))
    back = {each: chr(FIRST_MARK + number) for number, each in enumerate(leaves)}
    text = "".join(each if isinstance(each, str) else back[each] for each in given)
    return COMMENT.sub("", _decoded(text)), {mark: each for each, mark in back.items()}


def _decoded(text: str) -> str:
    """User data that the template has in base64 already."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return text


def _value(text: str, marks: dict[str, Leaf]) -> MaybeText:
    """A name that was found, with the parts that are no text put back."""
    pieces = re.split(f"([{''.join(marks)}])", text) if marks else [text]
    return join([marks.get(each, each) for each in pieces if each])


def _is(named: MaybeText, cluster: Cluster, site: Site) -> Match:
    named = named or DEFAULT
    if key(named) == cluster.key or named == cluster.name:
        return Match.YES
    if isinstance(named, Attribute):
        return Match.NO if key(named) in site.ecs.clusters else Match.PERHAPS
    if not isinstance(named, str) or "$" in named or is_leaf(cluster.name):
        return Match.PERHAPS
    # What CloudFormation calls a cluster without a name may be known by the next update.
    made = re.fullmatch(rf".+-{cluster.subject.logical_id}-\w+", named) if cluster.name is None else None
    return Match.PERHAPS if made else Match.NO


def _says_nothing(template: LaunchTemplate, script: str) -> bool:
    """Whether neither the script nor the image can name a cluster."""
    image = describe(template.image or "")
    return any(each in image for each in OPTIMIZED) and not MAY_NAME.search(script)
