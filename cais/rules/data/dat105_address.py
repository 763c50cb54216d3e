"""DAT105: the client's address is of this database.

What breaks: an address with another port or another engine than the database's: connections are refused,
or hang where the security group lets only the right port pass. Aurora PostgreSQL without `Port` is the
trap: CloudFormation gives it 3306, RDS alone would give it 5432.

How it is proven: for each address of a database in a variable: its scheme against the engine, its port
against the database's.

Fix: write the database's own `Endpoint.Port` into the address.

Sample:

    Function:
      Type: AWS::Lambda::Function
      Properties:
        Environment:
          Variables: {DATABASE_URL: !Sub "mysql://web@${Database.Endpoint.Address}:5432/web"}

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbcluster.html,
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.data.consumers import links
from cais.rules.data.engines import SCHEMES, address, port_of, protocol
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.data.consumers import Link
    from cais.rules.data.engines import Address
    from cais.site.model.site import Site

RULE = Rule(id="DAT105", causes=("A7",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Reads every address of a database."""
    for link in links(site):
        found = address(link.consumer.environment.get(link.variable, ""), link.target.key)
        if found and found.scheme in SCHEMES:
            yield _judge(link, found)


def _judge(link: Link, found: Address) -> Finding:
    consumer, target, variable = link.consumer, link.target, link.variable
    name, port, spoken = target.subject.logical_id, port_of(target), protocol(target)
    wrong = []
    if spoken and SCHEMES[found.scheme] != spoken:
        wrong.append(f"{variable} speaks {found.scheme}, {name} speaks {spoken}")
    if isinstance(port, int) and found.port not in {None, port}:
        wrong.append(f"{variable} names port {found.port}, {name} listens on {port}")
    claim = Claim(
        subject=consumer.subject,
        proven=f"{variable} of {consumer.aspect} is the address of {name}",
        refuted=f"{variable} of {consumer.aspect} is not the address of {name}: {' and '.join(wrong)}",
        fix=f"Write the engine's scheme and the Endpoint.Port of {name} into {variable}.",
        settle=f"aws rds describe-db-clusters --db-cluster-identifier {name} --query 'DBClusters[].Port'",
        service=consumer.name,
        aspect=f"{consumer.aspect} {name}",
    )
    if wrong:
        return RULE.refuted(claim, *wrong)
    if found.port is not None and not isinstance(port, int):
        return RULE.unproven(claim, describe(port))
    return RULE.proven(claim)
