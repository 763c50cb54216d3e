"""The rest: images in ECR, secrets, encryption keys.

https://aws.amazon.com/ecr/pricing/, https://aws.amazon.com/secrets-manager/pricing/,
https://aws.amazon.com/kms/pricing/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.assumptions import IMAGE_GB, IMAGES_KEPT, SERVICES

if TYPE_CHECKING:
    from cais.compare.bill import Bill
    from cais.compare.scope import Scope


def charge_storage(scope: Scope, bill: Bill) -> None:
    """What the target keeps."""
    compute = tuple(dict.fromkeys(line.resources[0] for line in bill.lines if line.topic == "compute"))
    if compute:
        bill.charge(
            topic="storage",
            label="images in ECR",
            quantity=IMAGE_GB * IMAGES_KEPT * SERVICES,
            price="ecr-gb-month",
            resources=compute,
            basis="every image kept, as if none shared a layer",
        )
    for secret in scope.within(scope.site.data.secrets).values():
        bill.charge(
            topic="storage",
            label="secret",
            quantity=SERVICES,
            price="secret-month",
            resources=(secret.subject,),
            basis="one secret",
        )
    for key in scope.within(scope.site.data.encryption_keys).values():
        bill.charge(
            topic="storage",
            label="encryption key",
            quantity=1,
            price="kms-key-month",
            resources=(key.subject,),
            basis="one key",
            shared=True,
        )
