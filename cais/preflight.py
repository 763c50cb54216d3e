"""Preflight: from templates to findings."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from cais.rules.alike import folded
from cais.rules.catalogue import FAMILIES, family, rules_of
from cais.rules.services import passed_over
from cais.rules.worlds import World, merged
from cais.site.build import build_site
from cais.site.model.site import Site
from cais.template import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.delivery import Workflow
    from cais.template import Assembly

WORKFLOWS = (".github", "workflows")


class Report(Struct, frozen=True, kw_only=True):
    """Every finding. `gaps` is what could not be read at all, such as a macro.

    `files` are the paths of the templates by the names that findings have for them. `passed_over` are the
    containers that get requests, where the contract is none of theirs and so was of no use. `unjudged` says
    which nodes of EKS no rule looks at.
    """

    findings: tuple[Finding, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()

    @property
    def summary(self) -> dict[str, int]:
        """How many findings were proven, refuted and left unproven."""
        return _counted(self.findings)

    @property
    def services(self) -> dict[str, dict[str, int]]:
        """The same for each service, function and workload."""
        by_service: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            by_service[finding.service].append(finding)
        return {name: _counted(findings) for name, findings in by_service.items() if name}


def preflight(
    paths: Iterable[Path], *, parameters: Mapping[str, str] | None = None, contract: Contract | None = None
) -> Report:
    """What the rules say of the templates, and of the workflows in .github/workflows, at `paths`.

    `parameters` are values for template parameters. Without a `contract`, what only it can tell is unproven.

    Raises:
        TemplateError: the templates or workflows cannot be used; the text lists every problem.
    """
    given = list(paths)
    workflows = _workflows([path for path in given if _is_of_workflows(path)])
    templates = [path for path in given if not _is_of_workflows(path)]
    assemblies = load(templates, parameters=parameters) if templates or not workflows else ()
    sites = [replace(_site(assembly), workflows=workflows) for assembly in assemblies]
    sites = sites or [Site(workflows=workflows)]
    worlds = [World(findings=tuple(_check(site, contract)), assumptions=site.assumptions) for site in sites]
    return Report(
        findings=merged(worlds, complete=all(site.all_worlds for site in sites)),
        files=_files(assemblies),
        gaps=tuple(dict.fromkeys(gap for site in sites for gap in (*site.gaps, *site.serverless.gaps))),
        passed_over=passed_over(contract, sites[0]) if contract else (),
        unjudged=tuple(dict.fromkeys(each for site in sites for each in _unjudged(site))),
    )


def _is_of_workflows(path: Path) -> bool:
    """Whether a path is a folder `.github/workflows`, or a file in one."""
    parts = path.absolute().parts
    return WORKFLOWS in (parts[-2:], parts[-3:-1])


def _workflows(paths: list[Path]) -> tuple[Workflow, ...]:
    if not paths:
        return ()
    from cais.workflows import read_workflows  # noqa: PLC0415 - templates alone do not need it

    return read_workflows(paths)


def _counted(findings: Iterable[Finding]) -> dict[str, int]:
    counts = Counter(finding.verdict for finding in findings)
    return {"proven": counts["proven"], "refuted": counts["refuted"], "unproven": counts["unproven"]}


def _site(assembly: Assembly) -> Site:
    site = build_site(assembly)
    if not (site.eks.helm_releases or site.eks.manifests):
        return site
    from cais.charts.read import with_charts  # noqa: PLC0415 - few deployments need it to start slower

    return with_charts(site, assembly)


def _unjudged(site: Site) -> Iterator[str]:
    eks = site.eks
    if eks.clusters or eks.node_groups or eks.fargate_profiles or site.scaling.auto_scaling_groups:
        from cais.rules.eks.self_managed import unjudged  # noqa: PLC0415 - the others start faster without

        yield from unjudged(site)


def _check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    for name in FAMILIES:
        if family(name).concerns(site):
            for rule in rules_of(name):
                yield from folded(rule.check(site, contract))


def _files(assemblies: Iterable[Assembly]) -> dict[str, str]:
    templates = (template for assembly in assemblies for template in assembly.templates)
    return {template.name: template.path.as_posix() for template in templates if template.path}
