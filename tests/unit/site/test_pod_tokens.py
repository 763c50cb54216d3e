"""Issuers of tokens, however templates write them."""

import pytest

from cais.template.facts import ISSUER
from cais.template.text import split
from cais.template.values import Attribute, Unknown

CLUSTER = Attribute("template.json", "Kubernetes", "OpenIdConnectIssuerUrl")
PROVIDER = Attribute("template.json", "Provider", "Arn")


@pytest.mark.parametrize(
    ("delimiter", "given", "first"),
    [
        ("//", CLUSTER, "https:"),
        ("https://", CLUSTER, ""),
        (":oidc-provider/", PROVIDER, Unknown("what is before :oidc-provider/")),
    ],
)
def test_what_follows_the_delimiter_is_the_issuer(delimiter: str, given: Attribute, first: str | Unknown):
    issuer = Attribute(given.template, given.logical_id, ISSUER)
    assert split(delimiter, given) == [first, issuer]


@pytest.mark.parametrize("delimiter", ["/", ":", "//oidc"])
def test_other_delimiters_leave_it_open(delimiter: str):
    assert isinstance(split(delimiter, CLUSTER), Unknown)
