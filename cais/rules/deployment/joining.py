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
from cais.site.model.values import Attribute, Pseudo, Unknown, describe, is_leaf
from cais.site.proof import Proof
from cais.template.text import join

if TYPE_CHECKING:
    from cais.site.model.ecs import Cluster, Service
    from cais.site.model.scaling import AutoScalingGroup, LaunchTemplate
    from cais.site.model.site import Site
    from cais.site.model.values import Leaf, MaybeText

GZIP = b"\x1f\x8b"
FIRST_MARK = 0xE000  # private use: in no user data
COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
NAMED = (
    re.compile(r"""\bECS_CLUSTER["']?\s*[=,]\s*(?:\\?["'])?((?:[^\s"'\\|;<>)]|\\(?!["'n]))*)"""),
    re.compile(r"""(?i)Initialize-ECSAgent\b(?:`\r?\n|[^\n])*?-Cluster\s+["']?([^\s"'|;<>)]+)"""),
    re.compile(r"""^\s*\[settings\.ecs\][^\[]*?^\s*"?cluster"?\s*=\s*["']([^"']*)["']""", re.MULTILINE),
    re.compile(r"""^\s*(?:settings\.)?ecs\.cluster\s*=\s*["']([^"']*)["']""", re.MULTILINE),
)
"""How user data names the cluster: in the agent's configuration, on Windows, and for Bottlerocket."""
NAME = re.compile(r"[\w-]+|arn:[\w:/-]+")
"""What a cluster is called; anything else is put together while the script runs."""
VARIABLE = re.compile(r"\$\{?(\w+)\}?")
MAY_NAME = re.compile(
    r"(?i)ecs|cfn-init|curl|wget|aws|http|python|ansible|puppet|chef|include|docker|\./|\.sh\b"
)
"""What in a script may configure the agent in ways that nobody reads here."""
RUN = re.compile(
    r"(?i)\A(?:#!|#cloud-|#include|#part-handler|## template:)|mime-version:|<(?:powershell|script)>"
)
"""How user data begins that cloud-init or Windows runs; Bottlerocket reads settings only.
https://docs.cloud-init.io/en/latest/explanation/format.html"""
SETTINGS = re.compile(r"^\s*\[?settings\b", re.MULTILINE)
AMAZON_LINUX = "/aws/service/ecs/optimized-ami/amazon-linux"
WITHOUT_AGENT = ("/aws/service/ami-amazon-linux-latest/", "/aws/service/canonical/", "/aws/service/debian/")
INSTALLS = re.compile(r"ecs-init|ecs-agent|docker|curl|wget|http|aws|ansible|puppet|chef")
OPTIMIZED = ("/aws/service/ecs/optimized-ami/", "/aws/service/bottlerocket/aws-ecs-", "ECS_Optimized")
"""Images that have no cluster in them."""
DEFAULT = "default"


def groups_of(service: Service, site: Site) -> tuple[AutoScalingGroup, ...]:
    """The groups whose instances join the cluster of a service; its providers' also where they may."""
    provided = provided_groups(service, site)
    return tuple(
        group
        for group, proof in each_joining(site.ecs.clusters[service.cluster], site)
        if proof.holds or (group.key in provided and proof.verdict == "unproven")
    )


def may_run(service: Service, site: Site) -> tuple[AutoScalingGroup, ...] | None:
    """The groups that run the tasks of a service; None where instances from elsewhere may do so."""
    if service.cluster not in site.ecs.clusters or site.scaling.other_instances or site.gaps:
        return None
    if managed_providers(service, site) or foreign_providers(service, site):
        return None
    proofs = each_joining(site.ecs.clusters[service.cluster], site)
    if any(proof.verdict == "unproven" for _, proof in proofs):
        return None
    return tuple(group for group, proof in proofs if proof.holds)


def sets(variable: str, site: Site) -> bool:
    """Whether any user data mentions a variable of the agent's."""
    given = (each.user_data for each in site.scaling.launch_templates.values())
    return any(variable in _flat(parts(_decoded(each or "")))[0] for each in given)


def each_joining(cluster: Cluster, site: Site) -> list[tuple[AutoScalingGroup, Proof]]:
    """Every group of the site, with whether its instances join the cluster."""
    return [(group, joins(group, cluster, site)) for group in site.scaling.auto_scaling_groups.values()]


def joins(group: AutoScalingGroup, cluster: Cluster, site: Site) -> Proof:
    """Whether the instances of a group join the cluster; refuted only where all of the user data is known."""
    name, template = group.subject.logical_id, launch_template(group, site)
    if template is None:
        return Proof(verdict="unproven", missing=f"what {name} is launched by")
    given = parts(_decoded(template.user_data or ""))
    script, marks = _flat(given)
    runs = _runs(given, template)
    named = [_value(each, marks) for each in _named(script)] if runs else []
    nothing = not named and (runs is False or _says_nothing(template, script))
    matches = {_is(each, cluster, site) for each in ([DEFAULT] if nothing else named)}
    if missing := _missing(script, template, runs=runs):
        return Proof(verdict="unproven", missing=missing)
    if matches == {Match.YES}:
        return Proof(verdict="proven", steps=(f"The instances of {name} join it",))
    known = all(isinstance(each, str | Attribute | Pseudo) for each in given)
    if matches == {Match.NO} and known and (runs is False or not _mentions(given, cluster)):
        said = _said(named, template, runs=runs is not False)
        steps = (f"The instances of {name} join {said}",)
        return Proof(verdict="refuted", steps=steps, culprit=template.subject)
    return Proof(verdict="unproven", missing=f"whether {name} joins it")


def _said(named: list[MaybeText], template: LaunchTemplate, *, runs: bool) -> str:
    """Which clusters instances join, and why; a name that is spelled is in quotation marks."""
    launch = template.subject.logical_id
    if not runs:
        return f"{DEFAULT}: the user data of {launch} does not begin with #!, so it is not run"
    if not named:
        return f"{DEFAULT}: nothing in {launch} names a cluster"
    said = (f'"{each}"' if isinstance(each, str) else describe(each) for each in named)
    return f"{', '.join(said)}, by the user data of {launch}"


def _mentions(given: tuple[str | Leaf, ...], cluster: Cluster) -> bool:
    """Whether user data has the cluster in it, for whatever it is there."""
    spelled = cluster.name if isinstance(cluster.name, str) else None
    return any(
        key(each) == cluster.key or (spelled and isinstance(each, str) and spelled in each) for each in given
    )


def _named(script: str) -> list[str]:
    """The names in a script; a variable that is set once is what it is set to."""
    named = [each for pattern in NAMED for each in pattern.findall(script)]
    return [
        _assigned(variable[1], script) or each if (variable := VARIABLE.fullmatch(each)) else each
        for each in named
    ]


def _assigned(variable: str, script: str) -> str | None:
    values = re.findall(rf"""(?<![\w$]){variable}=["']?([^\s"';|&<>)]*)""", script)
    return values[0] if len(values) == 1 else None


def _runs(given: tuple[str | Leaf, ...], template: LaunchTemplate) -> bool | None:
    """Whether the user data is run or read at all; None where the image or the beginning is not known."""
    text = "".join(each if isinstance(each, str) else "\0" for each in given)
    if not text.strip() or RUN.search(text) or SETTINGS.search(text):
        return True
    of_linux = AMAZON_LINUX in describe(template.image or "")
    return False if of_linux and isinstance(given[0], str) and not text[0].isspace() else None


def _missing(script: str, template: LaunchTemplate, *, runs: bool | None) -> str:
    """What nobody knows of user data, even where it names a cluster."""
    launch, image = template.subject.logical_id, describe(template.image or "")
    if runs is None:
        return f"whether the user data of {launch} is run, which does not begin with #!"
    if any(each in image for each in WITHOUT_AGENT) and not INSTALLS.search(script):
        return f"what installs the agent of ECS on the image of {launch}"
    return ""


def _flat(given: tuple[str | Leaf, ...]) -> tuple[str, dict[str, Leaf]]:
    """User data without its comments, with a character for each part that is no text."""
    leaves = dict.fromkeys(each for each in given if not isinstance(each, str))
    back = {each: chr(FIRST_MARK + number) for number, each in enumerate(leaves)}
    text = "".join(each if isinstance(each, str) else back[each] for each in given)
    return COMMENT.sub("", text), {mark: each for each, mark in back.items()}


def _decoded(text: MaybeText) -> MaybeText:
    """User data that the template has in base64 already; what is compressed in it is open."""
    if not isinstance(text, str):
        return text
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
        return Unknown("compressed user data") if data.startswith(GZIP) else data.decode()
    except ValueError:
        return text


def _value(text: str, marks: dict[str, Leaf]) -> MaybeText:
    """A name that was found, with the parts that are no text put back."""
    pieces = re.split(f"([{''.join(marks)}])", text) if marks else [text]
    return join([marks.get(each, each) for each in pieces if each])


def _is(named: MaybeText, cluster: Cluster, site: Site) -> Match:
    if key(named) == cluster.key or named == cluster.name:
        return Match.YES
    if isinstance(named, Attribute):
        return Match.NO if key(named) in site.ecs.clusters else Match.PERHAPS
    if not isinstance(named, str) or not NAME.fullmatch(named) or is_leaf(cluster.name):
        return Match.PERHAPS
    # What CloudFormation calls a cluster without a name may be known by the next update.
    made = re.fullmatch(rf".+-{cluster.subject.logical_id}-\w+", named) if cluster.name is None else None
    return Match.PERHAPS if made else Match.NO


def _says_nothing(template: LaunchTemplate, script: str) -> bool:
    """Whether neither the script nor the image can name a cluster."""
    image = describe(template.image or "")
    return any(each in image for each in OPTIMIZED) and not MAY_NAME.search(script)
