"""DAT111: the proxy gets to its database.

What breaks: an RDS Proxy that cannot read the password, or cannot reach the database, is made without
complaint, stays `UNAVAILABLE`, and lets its clients wait: "timed out waiting to acquire database
connection".

How it is proven: the proxy has databases behind it, RDS may assume its role, the role may read its
secrets, and the databases' security groups let it in.

Fix: trust rds.amazonaws.com, grant `secretsmanager:GetSecretValue` on the secret, open the database's port
for the proxy's security group.

Sample:

    Proxy:
      Type: AWS::RDS::DBProxy
      Properties:
        EngineFamily: POSTGRESQL
        RoleArn: !GetAtt Role.Arn
        Auth: [{AuthScheme: SECRETS, SecretArn: !Ref Login}]
        VpcSubnetIds: [!Ref PrivateA, !Ref PrivateB]
        VpcSecurityGroupIds: [!GetAtt DatabaseGroup.GroupId]

Sources: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.troubleshooting.html,
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-iam-setup.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.data.engines import port_of
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe, found
from cais.site.permission import may_by
from cais.site.proof import Proof
from cais.site.reach import Place, reaches_port
from cais.site.trust import service_may_assume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.data import Database, DatabaseProxy
    from cais.site.model.identity import Role
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="DAT111", causes=("A13",))
RDS = "rds.amazonaws.com"
READ = "secretsmanager:GetSecretValue"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks everything that a proxy needs."""
    for proxy in site.data.proxies.values():
        role = found(site.identity.roles, proxy.role)
        yield _judge(proxy, "has a", "has no", "database behind it", _has_targets(proxy, site))
        if role:
            trust = service_may_assume(role, RDS)
            yield _judge(proxy, "may", "may not", f"be given its role by {RDS}", trust)
        for secret in proxy.secrets:
            read = _may_read(proxy, role, secret, site)
            yield _judge(proxy, "may", "may not", f"read {describe(secret)}", read)
        for key in proxy.targets:
            if database := found(site.data.databases, key):
                way = _reaches(proxy, database, site)
                yield _judge(proxy, "can", "cannot", f"reach {database.subject.logical_id}", way)


def _judge(proxy: DatabaseProxy, yes: str, no: str, what: str, proof: Proof) -> Finding:
    name = proxy.subject.logical_id
    claim = Claim(
        subject=proxy.subject,
        proven=f"{name} {yes} {what}",
        refuted=f"{name} {no} {what}",
        fix="Give it a target group, a role that trusts RDS and reads its secrets, and the database's port.",
        settle=f"aws rds describe-db-proxy-targets --db-proxy-name {name}",
        service=label(proxy.subject),
        aspect=what,
    )
    return RULE.judged(claim, proof)


def _has_targets(proxy: DatabaseProxy, site: Site) -> Proof:
    if proxy.targets:
        return Proof(verdict="proven", steps=(f"Behind it is {', '.join(map(describe, proxy.targets))}",))
    if site.gaps:
        return Proof(verdict="unproven", missing=site.gaps[0])
    return Proof(verdict="unproven", missing="whether another template has its target group")


def _may_read(proxy: DatabaseProxy, role: Role | None, secret: Key, site: Site) -> Proof:
    if role is None:
        return Proof(verdict="unproven", missing=f"what the role {describe(proxy.role)} allows")
    held = found(site.data.secrets, secret)
    names = [key for key, each in site.data.secrets.items() if each is held] if held else [secret]
    proof = may_by(site, role, READ, names)
    if proof.verdict == "refuted" and held and held.policy:
        return Proof(verdict="unproven", missing=f"what {held.policy.subject.logical_id} allows")
    return proof


def _reaches(proxy: DatabaseProxy, database: Database, site: Site) -> Proof:
    port = port_of(database)
    if not isinstance(port, int) or not proxy.subnets or not database.subnets:
        return Proof(verdict="unproven", missing="the port and the subnets of both")
    here = Place(name=proxy.subject.logical_id, subnets=proxy.subnets, security_groups=proxy.security_groups)
    there = Place(
        name=database.subject.logical_id, subnets=database.subnets, security_groups=database.security_groups
    )
    return reaches_port(site, here, there, port)
