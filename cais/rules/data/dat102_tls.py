"""DAT102: the client speaks TLS where the database wants it.

What breaks: RDS for PostgreSQL refuses connections without TLS since version 15, and wherever
`rds.force_ssl` is 1: "no pg_hba.conf entry for host …, no encryption". A client whose address says
`sslmode=disable` never gets in.

How it is proven: for each address of a database in a variable: the parameter group, or the version's
default, against what the address says of TLS. An address that says nothing is advice, where TLS is wanted:
libpq tries TLS by itself, other drivers do not.

Fix: `sslmode=verify-full` with AWS's certificates, or at least `sslmode=require`.

Sample:

    Function:
      Type: AWS::Lambda::Function
      Properties:
        Environment:
          Variables: {DATABASE_URL: !Sub "postgresql://web@${Database.Endpoint.Address}:5432/web?sslmode=disable"}

Sources: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html,
https://www.postgresql.org/docs/current/libpq-ssl.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.rules.data.consumers import links
from cais.rules.data.engines import address, wants_tls
from cais.rules.rule import Claim, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.data.consumers import Link
    from cais.rules.data.engines import Address
    from cais.site.model.site import Site

RULE = Rule(id="DAT102", causes=("A1",))
WITHOUT = re.compile(r"\b(?:ssl-?mode=disabled?|usessl=false|ssl=(?:false|0))\b", re.IGNORECASE)
SAYS = {"no": "rules it out", "nothing": "says nothing of it", "yes": "asks for it"}
WITH = re.compile(r"\b(?:sslmode|ssl-mode|usessl|ssl)=", re.IGNORECASE)


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Reads every address of a database."""
    for link in links(site):
        found = address(link.consumer.environment.get(link.variable, ""), link.target.key)
        if found:
            yield _judge(link, found, site)


def _judge(link: Link, found: Address, site: Site) -> Finding:
    consumer, target, variable = link.consumer, link.target, link.variable
    name, (wanted, why) = target.subject.logical_id, wants_tls(target, site)
    says = "no" if WITHOUT.search(found.query) else "yes" if WITH.search(found.query) else "nothing"
    claim = Claim(
        subject=consumer.subject,
        proven=f"{variable} of {consumer.aspect} speaks to {name} as it wants",
        refuted=f"{name} wants TLS, {variable} of {consumer.aspect} {SAYS[says]}",
        fix=f"Add sslmode=verify-full, or at least sslmode=require, to {variable}.",
        settle="aws rds describe-db-parameters --db-parameter-group-name GROUP",
        service=consumer.name,
        aspect=f"{consumer.aspect} {name}",
    )
    if says == "yes" or wanted is False:
        return RULE.proven(claim, f"{variable} says {found.query or 'nothing of TLS'}", why)
    if wanted is None:
        return RULE.unproven(claim, why) if says != "nothing" else RULE.advice(claim, why)
    return RULE.advice(claim, why) if says == "nothing" else RULE.refuted(claim, why)
